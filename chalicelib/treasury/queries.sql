-- Companies ------------------------------------------------------------------------------------------------------------

-- name: show_company(id)^
select company.*, asset.symbol as asset, coalesce(active.overridden, '{}') as overridden
from treasury.companies as company
join market.assets as asset on asset.id = company.asset_id
left join treasury.v_active_overrides as active on active.company_id = company.id
where company.id = :id;

-- name: companies_for_admins(words, ticker, active, after_name, after_id, limit)
-- By name, those that are not tracked any more among them.
select company.*, asset.symbol as asset, coalesce(overrides.overridden, '{}') as overridden
from treasury.companies as company
join market.assets as asset on asset.id = company.asset_id
left join treasury.v_active_overrides as overrides on overrides.company_id = company.id
where (:words::text is null or starts_with(company.ticker, :ticker)
        or company.search @@ (to_tsquery('simple', :words) || to_tsquery('english', :words)))
    and (:active::boolean is null or company.is_active = :active)
    and (:after_id::bigint is null or (lower(company.name), company.id) > (:after_name, :after_id))
order by lower(company.name), company.id
limit :limit;

-- name: stored_values(ids, day)
-- As text: a JSON number would be rounded on its way.
select company.id, coalesce((
    select jsonb_object_agg(stored.key, stored.value)
    from jsonb_each_text(treasury.stored_values(company.id, :day::date)) as stored), '{}') as stored
from treasury.companies as company
where company.id = any (:ids::bigint[]);

-- name: coin_named(symbol)$
select id from market.assets where symbol = :symbol and asset_type = 'crypto' and is_active;

-- name: listed_shares(symbol, currency, exchange)
-- One listing is enough of what trades under one ticker in one currency; that on the exchange named comes first.
select id, coalesce(lower(exchange) = lower(:exchange), false) as exact
from market.assets
where symbol = :symbol and asset_type = 'stock' and native_currency = :currency
order by exact desc, id;

-- name: add_company(external_id, ticker, name, asset_id, share_asset_id, currency, exchange, country, tier, is_miner, is_active, website, twitter, leader, strategy, notes, dat_start_date, tokenized_address, tokenized_chain, auto_approve_confidence)$
insert into treasury.companies (external_id, ticker, name, asset_id, share_asset_id, currency, exchange, country, tier,
    is_miner, is_active, website, twitter, leader, strategy, notes, dat_start_date, tokenized_address, tokenized_chain,
    auto_approve_confidence)
values (:external_id, :ticker, :name, :asset_id, :share_asset_id, :currency, :exchange, :country, :tier, :is_miner,
    :is_active, :website, :twitter, :leader, :strategy, :notes, :dat_start_date, :tokenized_address, :tokenized_chain,
    :auto_approve_confidence)
returning id;

-- name: change_company(id, changes)$
-- What `changes` names takes its value, null included; the rest stays as it is at this moment.
update treasury.companies as company
set (external_id, ticker, name, share_asset_id, currency, exchange, country, tier, is_miner, is_active, website, twitter,
     leader, strategy, notes, dat_start_date, tokenized_address, tokenized_chain, auto_approve_confidence) = (
    select changed.external_id, changed.ticker, changed.name, changed.share_asset_id, changed.currency, changed.exchange,
        changed.country, changed.tier, changed.is_miner, changed.is_active, changed.website, changed.twitter,
        changed.leader, changed.strategy, changed.notes, changed.dat_start_date, changed.tokenized_address,
        changed.tokenized_chain, changed.auto_approve_confidence
    from jsonb_populate_record(company, :changes::jsonb) as changed)
where id = :id
returning id;

-- name: settle_priced(assets)
select treasury.settle_priced(:assets::bigint[]) as backfill;

-- Financials -----------------------------------------------------------------------------------------------------------

-- name: add_financials(company_id, figures, carry)$
select treasury.add_financials(:company_id, :figures::jsonb, :carry) as id;

-- name: remove_financials(id)$
select treasury.remove_financials(:id) as removed;

-- name: financials(company_id, id, as_of)
select * from treasury.company_financials
where (:company_id::bigint is null or company_id = :company_id) and (:id::bigint is null or id = :id)
    and (:as_of::date is null or effective_date <= :as_of and coalesce(end_date, 'infinity') > :as_of)
order by effective_date desc;

-- name: known_financials(company_id, as_of)
select * from treasury.stated_on(:company_id, :as_of::date);

-- Snapshots ------------------------------------------------------------------------------------------------------------

-- name: holdings(company_id, before_date, limit)
-- Counts in today's shares; holdings over them is holdings per share.
select held.id, held.company_id, held.snapshot_date, held.holdings, held.shares_outstanding, held.share_basis,
    held.shares_basic, held.shares_unit_date, held.purchased, held.period_start, held.period_end, held.purchase_cost,
    held.purchase_average_price, held.total_cost, held.average_price, held.currency, held.source, held.source_url,
    held.accession, held.evidence, held.confidence, held.reviewed_at,
    split.factor as split_factor, trim_scale(held.shares_outstanding * split.factor) as shares_adjusted,
    trim_scale(round(held.holdings / (held.shares_outstanding * split.factor), 18)) as holdings_per_share
from treasury.holdings_snapshots as held
join treasury.companies as company on company.id = held.company_id
cross join lateral (
    select trim_scale(treasury.split_factor(
        company.share_asset_id, coalesce(held.shares_unit_date, held.snapshot_date))) as factor) as split
where held.company_id = :company_id and held.status = 'approved'
    and (:before_date::date is null or held.snapshot_date < :before_date)
order by held.snapshot_date desc
limit :limit;

-- name: snapshots(id, company_id, status, flag, before, limit)
-- For review: each beside what was known before its date.
select held.id, held.company_id, held.snapshot_date, held.holdings, held.shares_outstanding, held.share_basis,
    held.shares_basic, held.shares_unit_date, held.purchased, held.period_start, held.period_end, held.purchase_cost,
    held.purchase_average_price, held.total_cost, held.average_price, held.currency, held.source, held.source_url,
    held.accession, held.evidence, held.confidence, held.reviewed_at,
    held.status, held.source_id, held.scraper_job_id, held.rule, held.corroborated_by, held.flags, held.reviewed_by,
    held.review_note, held.superseded_by, held.created_at, case when :id::bigint is not null then held.raw_data end as raw_data,
    company.ticker, company.name as company_name, asset.symbol as asset, split.factor as split_factor,
    trim_scale(held.shares_outstanding * split.factor) as shares_adjusted,
    trim_scale(round(held.holdings / (held.shares_outstanding * split.factor), 18)) as holdings_per_share,
    earlier.holdings as previous_holdings, earlier.held_date as previous_date,
    held.holdings - earlier.holdings as change,
    trim_scale(round((held.holdings - earlier.holdings) / nullif(earlier.holdings, 0) * 100, 6)) as change_percent,
    company.current_holdings, company.current_holdings_date, company.current_snapshot_id
from treasury.holdings_snapshots as held
join treasury.companies as company on company.id = held.company_id
join market.assets as asset on asset.id = company.asset_id
cross join lateral (
    select trim_scale(treasury.split_factor(
        company.share_asset_id, coalesce(held.shares_unit_date, held.snapshot_date))) as factor) as split
left join lateral treasury.held_on(held.company_id, held.snapshot_date - 1) as earlier on true
where (:id::bigint is null or held.id = :id)
    and (:company_id::bigint is null or held.company_id = :company_id)
    and (:status::text is null or held.status = :status)
    and (:flag::text is null or :flag = any (held.flags))
    and (:before::bigint is null or held.id < :before)
order by held.id desc
limit :limit;

-- name: approve(ids, note)
select * from treasury.approve_snapshots(:ids::bigint[], :note);

-- name: reject(id, note, expected)^
select * from treasury.reject_snapshot(:id, :note, :expected);

-- name: correct(id, corrected, note, expected)^
select * from treasury.correct_snapshot(:id, :corrected::jsonb, :note, :expected);

-- name: propose(company_id, source_id, job_id, candidates)
select place, outcome, id, flags
from treasury.propose_snapshots(:company_id, :source_id, :job_id, :candidates::jsonb);

-- name: manual_source()$
select id from treasury.data_sources where type = 'manual' order by id limit 1;

-- Overrides ------------------------------------------------------------------------------------------------------------

-- name: override_fields(items, source)
select id from treasury.override_fields(:items::jsonb, :source);

-- name: deactivate_override(id)$
select treasury.deactivate_override(:id) as deactivated;

-- name: active_overrides(company_id)
select field, override_value as value, original_value as original, reason, source, created_at as since, expires_at
from treasury.company_overrides
where company_id = :company_id and is_active and (expires_at is null or expires_at > now())
order by field;

-- name: overrides(id, company_id, active, before, limit)
select held.id, held.company_id, company.ticker, held.field, held.override_value as value,
    held.original_value as original, held.reason, held.source, held.created_at as since, held.expires_at,
    held.is_active and coalesce(held.expires_at, 'infinity') > now() as is_active, held.created_by, held.deactivated_at,
    held.deactivated_by
from treasury.company_overrides as held
join treasury.companies as company on company.id = held.company_id
where (:id::bigint is null or held.id = :id)
    and (:company_id::bigint is null or held.company_id = :company_id)
    and (:active::boolean is null or (held.is_active and coalesce(held.expires_at, 'infinity') > now()) = :active)
    and (:before::bigint is null or held.id < :before)
order by held.id desc
limit :limit;

-- name: companies_called(names, day)
-- Companies by their id, external id or ticker, with what is stored of them and what overrides it.
select company.id, company.external_id, company.ticker, asset.symbol as asset,
    -- as text: a JSON number would be rounded on its way
    (select jsonb_object_agg(key, value) from jsonb_each_text(treasury.stored_values(company.id, :day::date))) as stored,
    coalesce(active.overridden, '{}') as overridden
from treasury.companies as company
join market.assets as asset on asset.id = company.asset_id
left join treasury.v_active_overrides as active on active.company_id = company.id
where company.external_id = any (:names::text[]) or lower(company.ticker) = any (:names::text[])
    or company.id::text = any (:names::text[])
order by company.id;

-- name: expire_overrides(as_of)$
select treasury.expire_overrides(:as_of) as expired;
