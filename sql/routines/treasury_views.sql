-- Read as they are: what was held, what was bought, what waits for a decision.

create or replace view treasury.v_holdings_history with (security_invoker = true) as
select held.company_id, held.id as snapshot_id, held.snapshot_date, held.holdings, held.shares_outstanding, held.share_basis,
    held.shares_unit_date, split.factor as split_factor,
    trim_scale(held.shares_outstanding * split.factor) as shares_adjusted,
    held.holdings_per_share as holdings_per_share_stated,
    trim_scale(round(round(held.holdings, 24) / (held.shares_outstanding * split.factor), 18)) as holdings_per_share,
    held.total_cost, held.average_price, held.currency, held.source, held.source_url, held.accession
from treasury.holdings_snapshots as held
join treasury.companies as company on company.id = held.company_id
cross join lateral (
    select trim_scale(treasury.split_factor(
        company.share_asset_id, coalesce(held.shares_unit_date, held.snapshot_date))) as factor) as split
where held.status = 'approved';
comment on view treasury.v_holdings_history is 'What companies held by approved snapshots: shares as stated, and in today''s shares.';

-- A stated period that contains other purchases (a quarter's, of which each week is known) is covering: only the finest count
-- in sums, so that nothing is bought twice. Of two documents about one period the earlier snapshot counts.
create or replace view treasury.v_purchases with (security_invoker = true) as
select held.company_id, held.id as snapshot_id, held.snapshot_date, coalesce(held.purchased, held.holdings - earlier.holdings) as amount,
    case when held.purchased is not null then 'stated' else 'difference' end as method,
    held.holdings - earlier.holdings as change, held.holdings, held.period_start, held.period_end,
    earlier.held_date as previous_date, held.purchase_cost, held.purchase_average_price, held.currency, held.source,
    held.source_url, held.accession,
    held.purchased is not null and held.period_start is not null and exists (
        select
        from treasury.holdings_snapshots as finer
        left join lateral treasury.held_on(finer.company_id, finer.snapshot_date - 1) as base on finer.purchased is null
        cross join lateral (
            select case when finer.purchased is null then base.held_date + 1
                    else coalesce(finer.period_start, finer.snapshot_date) end as first,
                case when finer.purchased is null then finer.snapshot_date
                    else coalesce(finer.period_end, finer.snapshot_date) end as last) as period
        where finer.company_id = held.company_id and finer.status = 'approved' and finer.id <> held.id
            and finer.snapshot_date >= held.period_start
            and coalesce(finer.purchased, finer.holdings - base.holdings) <> 0
            and period.first >= held.period_start and period.last <= coalesce(held.period_end, held.snapshot_date)
            and (period.last - period.first < coalesce(held.period_end, held.snapshot_date) - held.period_start
                 or finer.snapshot_date < held.snapshot_date)) as covering
from treasury.holdings_snapshots as held
left join lateral treasury.held_on(held.company_id, held.snapshot_date - 1) as earlier on true
where held.status = 'approved' and coalesce(held.purchased, held.holdings - earlier.holdings) <> 0;
comment on view treasury.v_purchases is
'By how much holdings changed: as the document states what was bought, else the difference from what was known before.';

drop view if exists treasury.v_pending_holdings;
create or replace view treasury.v_pending_holdings with (security_invoker = true) as
select held.id as snapshot_id, held.company_id, company.ticker, company.name, asset.symbol as asset, held.snapshot_date,
    held.holdings, earlier.held_date as previous_date, earlier.holdings as previous_holdings,
    held.holdings - earlier.holdings as change,
    trim_scale(round((held.holdings - earlier.holdings) / nullif(earlier.holdings, 0) * 100, 6)) as change_percent,
    company.current_holdings, company.current_holdings_date, held.flags, held.confidence,
    cardinality(held.corroborated_by) + 1 as sources, held.evidence, held.rule, held.source, held.source_url,
    held.accession, held.created_at
from treasury.holdings_snapshots as held
join treasury.companies as company on company.id = held.company_id
join market.assets as asset on asset.id = company.asset_id
left join lateral treasury.held_on(held.company_id, held.snapshot_date - 1) as earlier on true
where held.status = 'pending';
comment on view treasury.v_pending_holdings is
'What waits for a decision, beside what was known before its date. Row security shows it to administrators alone.';

grant select on treasury.v_holdings_history, treasury.v_purchases, treasury.v_pending_holdings to holdfast_api, holdfast_jobs;
