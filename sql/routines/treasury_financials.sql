-- Financials: one row is in force on each day. A new one closes the one before it, and is closed by the one after it. What a
-- row does not state hides nothing that an earlier one does: of each field the latest stated value is what is known.

create or replace function treasury.stated_on(p_company_id bigint, p_day date)
returns table (
    field text, value text, effective_date date, currency text, financials_id bigint, source text, source_url text, accession text)
language sql stable
as $$
    select distinct on (stated.key) stated.key, stated.value, held.effective_date, held.currency, held.id, held.source,
        held.source_url, held.accession
    from treasury.company_financials as held
    cross join lateral jsonb_each_text(to_jsonb(held) - array[
        'id', 'company_id', 'effective_date', 'end_date', 'currency', 'shares_unit_date', 'source', 'source_url', 'accession',
        'flags', 'created_at']) as stated
    where held.company_id = p_company_id and held.effective_date <= p_day and stated.value is not null
    order by stated.key, held.effective_date desc
$$;
comment on function treasury.stated_on is 'Of each field of a company''s financials the latest value stated by a day, and where.';
grant execute on function treasury.stated_on(bigint, date) to holdfast_api, holdfast_jobs;

create or replace function treasury.know_financials(p_companies bigint[])
returns void
language sql
security definer
set search_path = pg_catalog
as $$
    delete from treasury.known_financials where company_id = any (p_companies);
    insert into treasury.known_financials
    select row.company_id, row.effective_date, row.next_date, row.currency,
        cap.market_cap, row.market_cap_date, cap.currency,
        basic.shares_basic, row.basic_date, coalesce(basic.shares_unit_date, row.basic_date),
        assumed.shares_assumed_diluted, row.assumed_date, coalesce(assumed.shares_unit_date, row.assumed_date),
        fully.shares_fully_diluted, row.fully_date, coalesce(fully.shares_unit_date, row.fully_date),
        debt.total_debt, row.debt_date, debt.currency, preferred.preferred_equity, row.preferred_date, preferred.currency,
        cash.cash, row.cash_date, cash.currency, cost.cost_basis_avg, row.cost_date, cost.currency,
        staking.staking_pct, row.staking_date
    from (
        select company_id, effective_date, currency,
            coalesce(lead(effective_date) over so_far, 'infinity') as next_date,
            max(effective_date) filter (where market_cap is not null) over so_far as market_cap_date,
            max(effective_date) filter (where shares_basic is not null) over so_far as basic_date,
            max(effective_date) filter (where shares_assumed_diluted is not null) over so_far as assumed_date,
            max(effective_date) filter (where shares_fully_diluted is not null) over so_far as fully_date,
            max(effective_date) filter (where total_debt is not null) over so_far as debt_date,
            max(effective_date) filter (where preferred_equity is not null) over so_far as preferred_date,
            max(effective_date) filter (where cash is not null) over so_far as cash_date,
            max(effective_date) filter (where cost_basis_avg is not null) over so_far as cost_date,
            max(effective_date) filter (where staking_pct is not null) over so_far as staking_date
        from treasury.company_financials
        where company_id = any (p_companies)
        window so_far as (partition by company_id order by effective_date)) as row
    left join treasury.company_financials as cap on cap.company_id = row.company_id and cap.effective_date = row.market_cap_date
    left join treasury.company_financials as basic on basic.company_id = row.company_id and basic.effective_date = row.basic_date
    left join treasury.company_financials as assumed
        on assumed.company_id = row.company_id and assumed.effective_date = row.assumed_date
    left join treasury.company_financials as fully on fully.company_id = row.company_id and fully.effective_date = row.fully_date
    left join treasury.company_financials as debt on debt.company_id = row.company_id and debt.effective_date = row.debt_date
    left join treasury.company_financials as preferred
        on preferred.company_id = row.company_id and preferred.effective_date = row.preferred_date
    left join treasury.company_financials as cash on cash.company_id = row.company_id and cash.effective_date = row.cash_date
    left join treasury.company_financials as cost on cost.company_id = row.company_id and cost.effective_date = row.cost_date
    left join treasury.company_financials as staking
        on staking.company_id = row.company_id and staking.effective_date = row.staking_date
$$;
comment on function treasury.know_financials is 'Derives what is known of these companies'' financials on each day.';

create or replace function treasury.keep_known()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog
as $$
begin
    perform treasury.know_financials(array(select distinct company_id from changed));
    return null;
end
$$;
create or replace trigger keep_known_inserted after insert on treasury.company_financials
referencing new table as changed for each statement execute function treasury.keep_known();
create or replace trigger keep_known_updated after update on treasury.company_financials
referencing new table as changed for each statement execute function treasury.keep_known();
create or replace trigger keep_known_deleted after delete on treasury.company_financials
referencing old table as changed for each statement execute function treasury.keep_known();

-- what was there before it was kept
select treasury.know_financials(array(
    select company_id from treasury.company_financials except select company_id from treasury.known_financials));

create or replace function treasury.add_financials(p_company_id bigint, p_values jsonb, p_carry boolean)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    v_day constant date := p_values ->> 'effective_date';
    v_before treasury.company_financials;
    v_new treasury.company_financials;
    v_id bigint;
begin
    if coalesce(app.role(), '') not in ('job', 'admin') then
        raise exception 'financials come from jobs and administrators' using errcode = 'insufficient_privilege';
    end if;
    perform from treasury.companies as company where company.id = p_company_id for no key update;
    if not found then
        raise exception 'there is no company %', p_company_id using constraint = 'company_financials_company_id_fkey';
    end if;
    select * into v_before from treasury.company_financials
    where company_id = p_company_id and effective_date < v_day
    order by effective_date desc
    limit 1;
    v_new := jsonb_populate_record(case when p_carry then v_before end, p_values);
    v_new.company_id := p_company_id;
    v_new.currency := coalesce(v_new.currency, (select currency from treasury.companies where id = p_company_id));
    v_new.end_date := (
        select min(effective_date) from treasury.company_financials
        where company_id = p_company_id and effective_date > v_day);
    v_new.flags := coalesce(v_new.flags, '{}');
    if p_carry then
        v_new.source_url := p_values ->> 'source_url';
        v_new.accession := p_values ->> 'accession';
        -- counts of one row are all in shares of one day: none is taken over beside new ones
        if p_values ?| array['shares_basic', 'shares_assumed_diluted', 'shares_fully_diluted'] then
            v_new.shares_basic := p_values ->> 'shares_basic';
            v_new.shares_assumed_diluted := p_values ->> 'shares_assumed_diluted';
            v_new.shares_fully_diluted := p_values ->> 'shares_fully_diluted';
            v_new.shares_unit_date := p_values ->> 'shares_unit_date';
        else
            v_new.shares_unit_date := coalesce(v_before.shares_unit_date, v_before.effective_date);
        end if;
    end if;
    update treasury.company_financials set end_date = v_day
    where id = v_before.id and coalesce(end_date, 'infinity') > v_day;
    insert into treasury.company_financials (
        company_id, effective_date, end_date, currency, market_cap, shares_basic, shares_assumed_diluted,
        shares_fully_diluted, shares_unit_date, total_debt, preferred_equity, cash, cost_basis_avg, staking_pct, staking_apy,
        staking_method, capital_raised_atm, capital_raised_pipe, capital_raised_converts, quarterly_burn, avg_daily_volume,
        leverage_ratio, mined_annual, has_options, options_open_interest, source, source_url, accession, flags)
    values (
        v_new.company_id, v_new.effective_date, v_new.end_date, v_new.currency, v_new.market_cap, v_new.shares_basic,
        v_new.shares_assumed_diluted, v_new.shares_fully_diluted, v_new.shares_unit_date, v_new.total_debt,
        v_new.preferred_equity, v_new.cash, v_new.cost_basis_avg, v_new.staking_pct, v_new.staking_apy, v_new.staking_method,
        v_new.capital_raised_atm, v_new.capital_raised_pipe, v_new.capital_raised_converts, v_new.quarterly_burn,
        v_new.avg_daily_volume, v_new.leverage_ratio, v_new.mined_annual, v_new.has_options, v_new.options_open_interest,
        v_new.source, v_new.source_url, v_new.accession, v_new.flags)
    returning id into v_id;
    return v_id;
end
$$;
comment on function treasury.add_financials is
'A new row of financials from its effective date on; p_carry: what it does not say is taken over from the one before.';
grant execute on function treasury.add_financials(bigint, jsonb, boolean) to holdfast_api, holdfast_jobs;

-- A row that should not have been: the one before it is in force until the one after.
create or replace function treasury.remove_financials(p_id bigint)
returns boolean
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    v_gone treasury.company_financials;
begin
    perform treasury.only_admins();
    perform from treasury.companies as company
    where company.id = (select company_id from treasury.company_financials where id = p_id) for no key update;
    delete from treasury.company_financials where id = p_id returning * into v_gone;
    if not found then
        return false;
    end if;
    update treasury.company_financials set end_date = v_gone.end_date
    where company_id = v_gone.company_id and end_date = v_gone.effective_date;
    return true;
end
$$;
comment on function treasury.remove_financials is 'An administrator takes a row of financials out; the one before it goes on.';
grant execute on function treasury.remove_financials(bigint) to holdfast_api;
