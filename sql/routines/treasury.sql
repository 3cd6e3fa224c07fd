-- The treasury tracker's security page, what is audited and kept by triggers: what a company holds now, which assets
-- are priced, at what a reviewer should look twice.

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
