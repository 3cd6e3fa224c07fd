-- The treasury tracker's security page, what is audited and kept by triggers, and the functions that change what companies
-- hold and are worth: the review of snapshots, financials over time, overrides.

call app.clear_security('treasury');
call app.let_jobs('treasury');

-- ---------------------------------------------------------------------------------------------------------------
-- Who sees what. Companies and what was approved about them are public; what waits for a decision, and how it was found, is
-- for administrators. Snapshots, financials and overrides are written by the functions below only.

grant select on treasury.companies, treasury.company_financials, treasury.data_sources, treasury.mnav_snapshots,
    treasury.stated_holdings, treasury.known_financials
to holdfast_api;
create policy everyone_reads on treasury.companies for select to holdfast_api using (true);
create policy everyone_reads on treasury.company_financials for select to holdfast_api using (true);
create policy everyone_reads on treasury.data_sources for select to holdfast_api using (true);
create policy everyone_reads on treasury.mnav_snapshots for select to holdfast_api using (true);
create policy everyone_reads on treasury.stated_holdings for select to holdfast_api using (true);
create policy everyone_reads on treasury.known_financials for select to holdfast_api using (true);

grant select on treasury.holdings_snapshots to holdfast_api;
create policy everyone_reads_approved on treasury.holdings_snapshots for select to holdfast_api
using (status = 'approved' or (select app.is_admin()));

grant select on treasury.company_overrides to holdfast_api;
create policy everyone_reads_active on treasury.company_overrides for select to holdfast_api
using (is_active and (expires_at is null or expires_at > now()) or (select app.is_admin()));

grant select on treasury.company_sources, treasury.scraper_jobs, treasury.scraped_documents to holdfast_api;
create policy admins_read on treasury.company_sources for select to holdfast_api using ((select app.is_admin()));
create policy admins_read on treasury.scraper_jobs for select to holdfast_api using ((select app.is_admin()));
create policy admins_read on treasury.scraped_documents for select to holdfast_api using ((select app.is_admin()));

grant insert (external_id, ticker, name, asset_id, share_asset_id, currency, exchange, country, tier, is_miner, is_active,
              website, twitter, leader, strategy, notes, dat_start_date, tokenized_address, tokenized_chain,
              auto_approve_confidence),
    update (external_id, ticker, name, share_asset_id, currency, exchange, country, tier, is_miner, is_active,
            website, twitter, leader, strategy, notes, dat_start_date, tokenized_address, tokenized_chain,
            auto_approve_confidence)
on treasury.companies to holdfast_api;
create policy admins_insert on treasury.companies for insert to holdfast_api with check ((select app.is_admin()));
create policy admins_update on treasury.companies for update to holdfast_api
using ((select app.is_admin())) with check ((select app.is_admin()));

grant update (is_active, check_every) on treasury.data_sources to holdfast_api;
create policy admins_update on treasury.data_sources for update to holdfast_api
using ((select app.is_admin())) with check ((select app.is_admin()));

grant insert (company_id, source_id, external_id, priority, is_active, verified_at, verification),
    update (external_id, priority, is_active, verified_at, verification)
on treasury.company_sources to holdfast_api;
create policy admins_insert on treasury.company_sources for insert to holdfast_api with check ((select app.is_admin()));
create policy admins_update on treasury.company_sources for update to holdfast_api
using ((select app.is_admin())) with check ((select app.is_admin()));

-- ---------------------------------------------------------------------------------------------------------------
-- Audit, and when a row last changed. That a source was looked at is no change of it: jobs do that every hour.

create or replace trigger touch before update on treasury.companies
for each row execute function app.touch_updated_at();
create or replace trigger touch before update on treasury.data_sources
for each row execute function app.touch_updated_at();
create or replace trigger touch
before update of external_id, priority, is_active, verified_at, verification on treasury.company_sources
for each row execute function app.touch_updated_at();
create or replace trigger touch before update on treasury.holdings_snapshots
for each row execute function app.touch_updated_at();
create or replace trigger touch before update on treasury.stated_holdings
for each row execute function app.touch_updated_at();

create or replace trigger audit after insert or update or delete on treasury.companies
for each row execute function app.audit('id', 'search');
create or replace trigger audit after insert or update or delete on treasury.company_financials
for each row execute function app.audit('id');
create or replace trigger audit after insert or update or delete on treasury.holdings_snapshots
for each row execute function app.audit('id', 'raw_data');
create or replace trigger audit after insert or update or delete on treasury.stated_holdings
for each row execute function app.audit('company_id', 'raw_data');
create or replace trigger audit after insert or update or delete on treasury.company_overrides
for each row execute function app.audit('id');
create or replace trigger audit
after insert or update of external_id, priority, is_active, verified_at, verification or delete on treasury.company_sources
for each row execute function app.audit('id');
create or replace trigger audit after insert or update or delete on treasury.data_sources
for each row execute function app.audit('id');

create or replace function treasury.only_admins()
returns void
language plpgsql stable
as $$
begin
    if not app.is_admin() then
        raise exception 'only an administrator decides that' using errcode = 'insufficient_privilege';
    end if;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- What a company holds now: its approved snapshot of the latest date, or what a tracker's file states of a later one. Once a
-- statement, so that a history of thousands of rows updates its company once. The lock first: of two who write snapshots of one company, the second sees what the first
-- committed.

create or replace function treasury.held_on(p_company_id bigint, p_day date)
returns table (snapshot_id bigint, held_date date, holdings numeric)
language sql stable
as $$
    select known.snapshot_id, known.held_date, known.holdings
    from (
        (select held.id as snapshot_id, held.snapshot_date as held_date, held.holdings
         from treasury.holdings_snapshots as held
         where held.company_id = p_company_id and held.status = 'approved' and held.snapshot_date <= p_day
         order by held.snapshot_date desc
         limit 1)
        union all
        (select null, stated.stated_date, stated.holdings
         from treasury.stated_holdings as stated
         where stated.company_id = p_company_id and stated.stated_date <= p_day
         order by stated.stated_date desc
         limit 1)) as known
    order by known.held_date desc, known.snapshot_id
    limit 1
$$;
comment on function treasury.held_on is
'What is known of a day: the approved snapshot of the latest date up to it, or a later statement (its snapshot_id is null).';
grant execute on function treasury.held_on(bigint, date) to holdfast_api, holdfast_jobs;

create or replace function treasury.refresh_current(p_companies bigint[])
returns void
language plpgsql
security definer
set search_path = pg_catalog
as $$
begin
    perform from treasury.companies where id = any (p_companies) order by id for no key update;
    update treasury.companies as company
    set current_holdings = latest.holdings, current_holdings_date = latest.held_date,
        current_snapshot_id = latest.snapshot_id
    from unnest(p_companies) as affected (id)
    left join lateral treasury.held_on(affected.id, 'infinity') as latest on true
    where company.id = affected.id
        and (company.current_holdings, company.current_holdings_date, company.current_snapshot_id)
            is distinct from (latest.holdings, latest.held_date, latest.snapshot_id);
end
$$;

create or replace function treasury.keep_current()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    v_companies bigint[];
begin
    if current_setting('treasury.deciding', true) = 'on' then
        return null; -- the decision's last step follows, and with it the company
    end if;
    if tg_op = 'INSERT' then
        v_companies := array(select distinct company_id from new_rows where status = 'approved');
    elsif tg_op = 'DELETE' then
        v_companies := array(select distinct company_id from old_rows where status = 'approved');
    else
        v_companies := array(select company_id from new_rows where status = 'approved'
                             union select company_id from old_rows where status = 'approved');
    end if;
    if cardinality(v_companies) > 0 then
        perform treasury.refresh_current(v_companies);
    end if;
    return null;
end
$$;
comment on function treasury.keep_current is 'Keeps companies.current_*: what is known of the latest date.';

create or replace function treasury.keep_current_stated()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog
as $$
begin
    perform treasury.refresh_current(array(select distinct company_id from changed));
    return null;
end
$$;
create or replace trigger keep_current_inserted after insert on treasury.stated_holdings
referencing new table as changed for each statement execute function treasury.keep_current_stated();
create or replace trigger keep_current_updated after update on treasury.stated_holdings
referencing new table as changed for each statement execute function treasury.keep_current_stated();
create or replace trigger keep_current_deleted after delete on treasury.stated_holdings
referencing old table as changed for each statement execute function treasury.keep_current_stated();

create or replace trigger keep_current_inserted after insert on treasury.holdings_snapshots
referencing new table as new_rows for each statement execute function treasury.keep_current();
create or replace trigger keep_current_updated after update on treasury.holdings_snapshots
referencing new table as new_rows old table as old_rows for each statement execute function treasury.keep_current();
create or replace trigger keep_current_deleted after delete on treasury.holdings_snapshots
referencing old table as old_rows for each statement execute function treasury.keep_current();

-- ---------------------------------------------------------------------------------------------------------------
-- Prices. The tracker keeps the coins and shares of its active companies priced, in nobody's name, and lets go of those that
-- no active company has any more. An asset without a source of prices is kept once it has one.

create or replace function treasury.settle_priced(p_assets bigint[])
returns setof bigint
language plpgsql
as $$
declare
    v_asset record;
begin
    for v_asset in
        select asset.id, needed.since, cardinality(asset.price_sources) > 0 as priceable, kept.since as kept_since
        from market.assets as asset
        left join market.asset_keepers as kept on kept.asset_id = asset.id and kept.kind = 'treasury'
        cross join lateral (
            select min(least(company.dat_start_date, (now() at time zone 'UTC')::date)) as since
            from treasury.companies as company
            where company.is_active and (company.asset_id = asset.id or company.share_asset_id = asset.id)) as needed
        where asset.id = any (p_assets)
        order by asset.id
    loop
        if v_asset.since is null then
            perform market.let_asset_go(v_asset.id, 'treasury');
        elsif v_asset.priceable and coalesce(v_asset.kept_since > v_asset.since, true) then
            return query select market.keep_asset(v_asset.id, 'treasury', v_asset.since);
        end if;
    end loop;
end
$$;
comment on function treasury.settle_priced is
'Has the market keep those of these assets priced that active companies have, and let go of the others; returns backfills to ring for.';
grant execute on function treasury.settle_priced(bigint[]) to holdfast_api, holdfast_jobs;

-- ---------------------------------------------------------------------------------------------------------------
-- Splits. Share counts are stored as they were stated; this is what brings one into today's shares. A split counts from the
-- moment in which our prices are in new shares, so that price times shares is right on every day.

create or replace function treasury.split_factor(p_share_asset_id bigint, p_unit_date date)
returns numeric
language sql stable
as $$
    select coalesce(app.product(action.ratio), 1)
    from market.corporate_actions as action
    where action.asset_id = p_share_asset_id and action.action_type = 'split' and action.applied_at is not null
        and action.ex_date > p_unit_date
$$;
comment on function treasury.split_factor is 'How many of today''s shares one share of that day has become.';
grant execute on function treasury.split_factor(bigint, date) to holdfast_api, holdfast_jobs;

-- ---------------------------------------------------------------------------------------------------------------
-- Flags: why a reviewer should look twice at a snapshot, held against what is approved or stated and what else waits.
--   differs_much    more than 5 % from the amount known before it
--   shrinks         less than the amount known before it
--   backdated       something of a later date is known
--   contradicts     for its date something else is approved or stated, or waits
--   contradicts_…   for its date and amount something else is: _shares, _cost, _average, _purchase (treasury_candidates.sql)
--   split_suspect   its share count is 1.9 times the one before or more, 0.55 or less, and no split that we know explains it
--   low_confidence  below 0.8
-- What only the reader of the document knows (unit_unclear, coin_unclear, …) comes with the candidate.

create or replace function treasury.computed_flags() returns text[]
language sql immutable parallel safe
return array['backdated', 'contradicts', 'contradicts_average', 'contradicts_cost', 'contradicts_purchase', 'contradicts_shares',
             'differs_much', 'low_confidence', 'shrinks', 'split_suspect'];

create or replace function treasury.snapshot_flags(
    p_company_id bigint, p_id bigint, p_date date, p_holdings numeric, p_shares numeric, p_basis text, p_unit_date date,
    p_confidence numeric)
returns text[]
language sql stable
as $$
    select array_remove(array[
        case when later.found then 'backdated' end,
        case when other.found then 'contradicts' end,
        case when abs(p_holdings - before.holdings) > before.holdings * 0.05 then 'differs_much' end,
        case when p_confidence < 0.8 then 'low_confidence' end,
        case when p_holdings < before.holdings then 'shrinks' end,
        case when shares.growth >= 1.9 or shares.growth <= 0.55 then 'split_suspect' end], null)
    from treasury.companies as company
    left join lateral treasury.held_on(company.id, p_date - 1) as before on true
    -- a count of another kind (basic, diluted) says nothing about this one
    left join lateral (
        select p_shares * treasury.split_factor(company.share_asset_id, coalesce(p_unit_date, p_date))
            / (held.shares_outstanding
               * treasury.split_factor(company.share_asset_id, coalesce(held.shares_unit_date, held.snapshot_date))) as growth
        from treasury.holdings_snapshots as held
        where held.company_id = company.id and held.status = 'approved' and held.snapshot_date < p_date
            and held.share_basis = p_basis and held.shares_outstanding is not null
        order by held.snapshot_date desc
        limit 1) as shares on true
    left join lateral (
        select exists (
                select from treasury.holdings_snapshots as held
                where held.company_id = company.id and held.status = 'approved' and held.snapshot_date > p_date)
            or exists (
                select from treasury.stated_holdings as stated
                where stated.company_id = company.id and stated.stated_date > p_date) as found) as later on true
    left join lateral (
        select exists (
                select from treasury.holdings_snapshots as held
                where held.company_id = company.id and held.status in ('approved', 'pending') and held.snapshot_date = p_date
                    and held.id is distinct from p_id and held.holdings <> p_holdings)
            or exists (
                select from treasury.stated_holdings as stated
                where stated.company_id = company.id and stated.stated_date = p_date
                    and stated.holdings <> p_holdings) as found) as other on true
    where company.id = p_company_id
$$;
comment on function treasury.snapshot_flags is 'The flags of a snapshot, stored (p_id) or not yet, against what is known now.';
grant execute on function
    treasury.snapshot_flags(bigint, bigint, date, numeric, numeric, text, date, numeric) to holdfast_api, holdfast_jobs;

-- ---------------------------------------------------------------------------------------------------------------
-- Review. Who decides about snapshots locks their companies first, in the order of their ids, and reads them only then.

create or replace function treasury.lock_companies_of(p_snapshots bigint[])
returns void
language plpgsql
as $$
begin
    perform from treasury.companies as company
    where company.id in (
        select held.company_id from treasury.holdings_snapshots as held where held.id = any (p_snapshots))
    order by company.id
    for no key update;
end
$$;

-- Approves those that are pending, in the order given: a later one for the same company and date supersedes an earlier one.
-- One row for each id asked for: `approved` says that this call did it, `status` what it is now (null: there is none).
create or replace function treasury.approve_now(p_ids bigint[], p_reviewer uuid, p_note text)
returns table (snapshot_id bigint, approved boolean, status text, superseded_id bigint)
language plpgsql
as $$
declare
    v_pending bigint[];
begin
    perform treasury.lock_companies_of(p_ids);
    v_pending := array(
        select held.id
        from unnest(p_ids) with ordinality as wanted (id, place)
        join treasury.holdings_snapshots as held on held.id = wanted.id
        where held.status = 'pending'
        group by held.id
        order by min(wanted.place));

    -- first what goes: at no moment may two be approved for one date
    perform set_config('treasury.deciding', 'on', true);
    update treasury.holdings_snapshots as old
    set status = 'superseded', superseded_by = first.id
    from (
        select distinct on (held.company_id, held.snapshot_date) held.id, held.company_id, held.snapshot_date
        from unnest(v_pending) with ordinality as wanted (id, place)
        join treasury.holdings_snapshots as held on held.id = wanted.id
        order by held.company_id, held.snapshot_date, wanted.place) as first
    where old.company_id = first.company_id and old.snapshot_date = first.snapshot_date and old.status = 'approved';
    perform set_config('treasury.deciding', '', true);

    update treasury.holdings_snapshots as held
    set status = case when decided.next_id is null then 'approved' else 'superseded' end,
        superseded_by = decided.next_id, reviewed_by = p_reviewer, reviewed_at = now(), review_note = p_note
    from (
        select wanted.id,
            lead(wanted.id) over (partition by own.company_id, own.snapshot_date order by wanted.place) as next_id
        from unnest(v_pending) with ordinality as wanted (id, place)
        join treasury.holdings_snapshots as own on own.id = wanted.id) as decided
    where held.id = decided.id;

    return query
    select wanted.id, coalesce(wanted.id = any (v_pending), false), held.status,
        (select old.id from treasury.holdings_snapshots as old where old.superseded_by = wanted.id limit 1)
    from (
        select given.id, min(given.place) as place from unnest(p_ids) with ordinality as given (id, place) group by given.id
    ) as wanted
    left join treasury.holdings_snapshots as held on held.id = wanted.id
    order by wanted.place;
end
$$;

create or replace function treasury.approve_snapshots(p_ids bigint[], p_note text)
returns table (snapshot_id bigint, approved boolean, status text, superseded_id bigint)
language plpgsql
security definer
set search_path = pg_catalog
as $$
begin
    perform treasury.only_admins();
    return query select * from treasury.approve_now(p_ids, app.user_id(), p_note);
end
$$;
comment on function treasury.approve_snapshots is
'An administrator approves snapshots: those that are pending; what is approved for the same dates is superseded.';
grant execute on function treasury.approve_snapshots(bigint[], text) to holdfast_api;

-- The snapshot under the lock, if a decision about it is still open: pending, or approved and now taken back.
create or replace function treasury.open_snapshot(p_id bigint, p_expected text)
returns treasury.holdings_snapshots
language plpgsql
as $$
declare
    v_held treasury.holdings_snapshots;
begin
    perform treasury.lock_companies_of(array[p_id]);
    select * into v_held from treasury.holdings_snapshots where id = p_id;
    if not found then
        return null;
    end if;
    if v_held.status not in ('pending', 'approved') then
        raise exception 'Snapshot % is % already: decide about the one that counts now.', p_id, v_held.status
            using constraint = 'holdings_snapshots_decided';
    end if;
    if v_held.status <> p_expected then
        raise exception 'Snapshot % is %, not % any more: somebody decided meanwhile.', p_id, v_held.status, p_expected
            using constraint = 'holdings_snapshots_status_expected';
    end if;
    return v_held;
end
$$;

-- An approved snapshot that goes gives its place back to the one that it had taken it from. The caller sees to what the
-- company holds: a correction has one more step to come.
create or replace function treasury.reject_now(p_id bigint, p_note text)
returns bigint
language plpgsql
as $$
declare
    v_restored bigint;
begin
    perform set_config('treasury.deciding', 'on', true);
    update treasury.holdings_snapshots
    set status = 'rejected', reviewed_by = app.user_id(), reviewed_at = now(), review_note = p_note
    where id = p_id;
    update treasury.holdings_snapshots
    set status = 'approved', superseded_by = null
    where superseded_by = p_id
    returning id into v_restored;
    perform set_config('treasury.deciding', '', true);
    return v_restored;
end
$$;

create or replace function treasury.reject_snapshot(p_id bigint, p_note text, p_expected text default null)
returns table (snapshot_id bigint, restored_id bigint)
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    v_held treasury.holdings_snapshots;
begin
    perform treasury.only_admins();
    v_held := treasury.open_snapshot(p_id, p_expected);
    if v_held.id is not null then
        snapshot_id := p_id;
        restored_id := treasury.reject_now(p_id, p_note);
        perform treasury.refresh_current(array[v_held.company_id]);
        return next;
    end if;
end
$$;
comment on function treasury.reject_snapshot is
'An administrator rejects a snapshot. Of an approved one the one that it superseded is approved again; no row: there is none.';
grant execute on function treasury.reject_snapshot(bigint, text, text) to holdfast_api;

-- p_values: the fields that are wrong, with their right values. The rest, and where it comes from, is taken over.
create or replace function treasury.correct_snapshot(p_id bigint, p_values jsonb, p_note text, p_expected text default null)
returns table (snapshot_id bigint, superseded_id bigint)
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    v_old treasury.holdings_snapshots;
    v_new treasury.holdings_snapshots;
    v_values jsonb;
    v_id bigint;
begin
    perform treasury.only_admins();
    v_old := treasury.open_snapshot(p_id, p_expected);
    if v_old.id is null then
        return;
    end if;
    select coalesce(jsonb_object_agg(given.key, given.value), '{}') into v_values
    from jsonb_each(p_values) as given
    where given.key = any (array[
        'snapshot_date', 'holdings', 'shares_outstanding', 'share_basis', 'shares_basic', 'shares_unit_date', 'purchased',
        'period_start', 'period_end', 'purchase_cost', 'purchase_average_price', 'total_cost', 'average_price', 'currency', 'source_url',
        'evidence']);
    v_new := jsonb_populate_record(v_old, v_values);
    if v_new is not distinct from v_old then
        raise exception 'Nothing is corrected: every value is as it was. Approve the snapshot instead.'
            using constraint = 'holdings_snapshots_correction_changes';
    end if;
    insert into treasury.holdings_snapshots (
        company_id, snapshot_date, holdings, shares_outstanding, share_basis, shares_basic, shares_unit_date, purchased,
        period_start, period_end, purchase_cost, purchase_average_price, total_cost, average_price, currency, source, source_id,
        scraper_job_id, accession, source_url, evidence, rule, raw_data)
    values (
        v_new.company_id, v_new.snapshot_date, v_new.holdings, v_new.shares_outstanding, v_new.share_basis, v_new.shares_basic,
        v_new.shares_unit_date, v_new.purchased, v_new.period_start, v_new.period_end, v_new.purchase_cost,
        v_new.purchase_average_price, v_new.total_cost, v_new.average_price, v_new.currency,
        left('corrected: ' || v_old.source, 255), v_old.source_id, v_old.scraper_job_id, v_old.accession, v_new.source_url,
        v_new.evidence, v_old.rule,
        -- as text: a JSON number would be rounded on its way to whoever looks
        jsonb_build_object('corrects', p_id, 'raw_data', v_old.raw_data, 'original', (
            select jsonb_object_agg(was.key, was.value) from jsonb_each_text(to_jsonb(v_old) - 'raw_data') as was)))
    returning id into v_id;
    perform treasury.reject_now(p_id, left(format('corrected by %s: %s', v_id, p_note), 2000));
    return query
    select decided.snapshot_id, decided.superseded_id
    from treasury.approve_now(array[v_id], app.user_id(), p_note) as decided;
end
$$;
comment on function treasury.correct_snapshot is
'An administrator approves a snapshot with other values: the original is rejected, a corrected copy approved in its place.';
grant execute on function treasury.correct_snapshot(bigint, jsonb, text, text) to holdfast_api;

-- ---------------------------------------------------------------------------------------------------------------
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

-- ---------------------------------------------------------------------------------------------------------------
-- Overrides: a value that an administrator puts in the place of the stored one, which stays. Readers cast them to the types
-- below, so that nothing else may be stored.

create or replace function treasury.overridable()
returns table (field text, kind text)
language sql immutable
as $$
    values ('current_holdings', 'amount'), ('market_cap', 'amount'), ('total_debt', 'amount'),
        ('preferred_equity', 'amount'), ('cash', 'amount'), ('cost_basis_avg', 'amount'),
        ('shares_basic', 'shares'), ('shares_assumed_diluted', 'shares'), ('shares_fully_diluted', 'shares'),
        ('staking_pct', 'percent'), ('tier', 'tier'), ('is_miner', 'flag'),
        ('name', 'text'), ('website', 'url'), ('twitter', 'url'), ('leader', 'text'), ('strategy', 'text'),
        ('notes', 'text'), ('exchange', 'text'), ('country', 'country')
$$;
comment on function treasury.overridable is 'Which fields may be overridden, and of what kind their values are.';
grant execute on function treasury.overridable() to holdfast_api, holdfast_jobs;

create or replace function treasury.check_override()
returns trigger
language plpgsql
as $$
declare
    v_kind constant text := (select kind from treasury.overridable() where field = new.field);
    v_fits boolean;
begin
    if v_kind is null then
        raise exception '% is not a field that can be overridden', new.field
            using constraint = 'company_overrides_field_known';
    end if;
    v_fits := case
        when v_kind in ('amount', 'shares', 'percent') and new.override_value !~ '^[0-9]{1,20}(\.[0-9]{1,18})?$' then false
        when v_kind = 'shares' then new.override_value::numeric > 0
        when v_kind = 'percent' then new.override_value::numeric <= 100
        when v_kind = 'tier' then new.override_value ~ '^[1-9]$'
        when v_kind = 'flag' then new.override_value in ('true', 'false')
        when v_kind = 'url' then new.override_value ~ '^https?://.' and length(new.override_value) <= 2000
        when v_kind = 'country' then new.override_value ~ '^[A-Z]{2}$'
        else true end;
    if not v_fits then
        raise exception '% is no value for % (%)', left(new.override_value, 100), new.field, v_kind
            using constraint = 'company_overrides_value_fits';
    end if;
    return new;
end
$$;
create or replace trigger check_value before insert or update of field, override_value on treasury.company_overrides
for each row execute function treasury.check_override();

-- What is stored for a field, whatever overrides it: of the company, or the latest that its financials state by a day.
create or replace function treasury.stored_values(p_company_id bigint, p_day date)
returns jsonb
language sql stable
as $$
    select coalesce(
            (select jsonb_object_agg(stated.field, stated.value) from treasury.stated_on(company.id, p_day) as stated), '{}')
        || to_jsonb(company)
    from treasury.companies as company
    where company.id = p_company_id
$$;
comment on function treasury.stored_values is 'What is stored of a company on a day, by field, without overrides.';
grant execute on function treasury.stored_values(bigint, date) to holdfast_api, holdfast_jobs;

-- p_items: [{company_id, field, value, reason, expires_at}, …], each field of a company once.
create or replace function treasury.override_fields(p_items jsonb, p_source text)
returns setof treasury.company_overrides
language plpgsql
security definer
set search_path = pg_catalog
as $$
begin
    perform treasury.only_admins();
    perform from treasury.companies as company
    where company.id in (select (item ->> 'company_id')::bigint from jsonb_array_elements(p_items) as item)
    order by company.id
    for no key update;
    update treasury.company_overrides as held
    set is_active = false, deactivated_at = now(), deactivated_by = app.user_id()
    from jsonb_array_elements(p_items) as item
    where held.company_id = (item ->> 'company_id')::bigint and held.field = item ->> 'field' and held.is_active;
    return query
    insert into treasury.company_overrides (
        company_id, field, original_value, override_value, reason, source, expires_at, created_by)
    select (item ->> 'company_id')::bigint, item ->> 'field',
        treasury.stored_values((item ->> 'company_id')::bigint, (now() at time zone 'UTC')::date) ->> (item ->> 'field'),
        item ->> 'value', item ->> 'reason', p_source, (item ->> 'expires_at')::timestamptz, app.user_id()
    from jsonb_array_elements(p_items) with ordinality as given (item, place)
    order by place
    returning *;
end
$$;
comment on function treasury.override_fields is
'An administrator overrides fields; an active override of the same field is deactivated, what is stored is kept with it.';
grant execute on function treasury.override_fields(jsonb, text) to holdfast_api;

create or replace function treasury.deactivate_override(p_id bigint)
returns boolean
language plpgsql
security definer
set search_path = pg_catalog
as $$
begin
    perform treasury.only_admins();
    update treasury.company_overrides
    set is_active = false, deactivated_at = now(), deactivated_by = app.user_id()
    where id = p_id and is_active;
    return found;
end
$$;
comment on function treasury.deactivate_override is 'An administrator ends an override. False: there is none, or it has ended.';
grant execute on function treasury.deactivate_override(bigint) to holdfast_api;

create or replace function treasury.expire_overrides(p_as_of timestamptz)
returns bigint
language sql
as $$
    with expired as (
        update treasury.company_overrides
        set is_active = false, deactivated_at = now()
        where is_active and expires_at <= p_as_of
        returning 1
    )
    select count(*) from expired
$$;
comment on function treasury.expire_overrides is 'Ends the overrides whose time is over; reads ignore them from that moment anyway.';
grant execute on function treasury.expire_overrides(timestamptz) to holdfast_jobs;

-- For reads: what is overridden at a moment. Values are text that casts to the field's type:
-- (overridden #>> '{market_cap,value}')::numeric.
create or replace function treasury.overrides_at(p_at timestamptz)
returns table (company_id bigint, overridden jsonb)
language sql stable
as $$
    select held.company_id, jsonb_object_agg(held.field, jsonb_build_object(
        'value', held.override_value, 'original', held.original_value, 'reason', held.reason, 'source', held.source,
        'since', held.created_at, 'expires_at', held.expires_at))
    from treasury.company_overrides as held
    where held.created_at <= p_at and coalesce(held.deactivated_at, 'infinity') > p_at
        and coalesce(held.expires_at, 'infinity') > p_at
    group by held.company_id
$$;
comment on function treasury.overrides_at is 'For each company: {field: {value, original, reason, source, since, expires_at}}.';
grant execute on function treasury.overrides_at(timestamptz) to holdfast_api, holdfast_jobs;

create or replace view treasury.v_active_overrides with (security_invoker = true) as
select company_id, overridden from treasury.overrides_at(now());
comment on view treasury.v_active_overrides is 'treasury.overrides_at this moment.';
grant select on treasury.v_active_overrides to holdfast_api, holdfast_jobs;
