-- Yields, by the rules of chalicelib/treasury/yields.py: growth of holdings per share in per cent. To date, on assumed diluted shares
-- alone, from the last approved snapshot before the quarter or the year; by period, from the snapshot before, where both count the
-- same kind of shares.

-- The last approved snapshot with assumed diluted shares before a day.
create or replace function treasury.diluted_before(p_company_id bigint, p_day date)
returns table (snapshot_date date, holdings numeric, shares numeric, unit_date date)
language sql stable
as $$
    select held.snapshot_date, held.holdings, held.shares_outstanding, coalesce(held.shares_unit_date, held.snapshot_date)
    from treasury.holdings_snapshots as held
    where held.company_id = p_company_id and held.status = 'approved' and held.share_basis = 'assumed_diluted'
        and held.shares_outstanding is not null and held.snapshot_date < p_day
    order by held.snapshot_date desc
    limit 1
$$;

create or replace function treasury.yield_reason(
    p_found boolean, p_other_basis boolean, p_in_period boolean, p_base numeric)
returns text
language sql immutable
return case
    when p_found is not true then case when p_other_basis then 'basis_differs' else 'no_diluted_shares' end
    when p_in_period is not true then 'no_snapshot_in_period'
    when p_base is null then 'no_base'
    when p_base = 0 then 'no_opening_holdings'
end;

create or replace function treasury.growth_percent(p_base numeric, p_base_shares numeric, p_end numeric, p_end_shares numeric)
returns numeric
language sql immutable
return trim_scale(round(round(p_end * p_base_shares * 100, 24) / (nullif(p_base, 0) * p_end_shares) - 100, 8));
comment on function treasury.growth_percent is 'By how many per cent holdings per share grew.';

-- What a company's holdings per share grew, for each approved snapshot that states shares, the latest first.
create or replace function treasury.yields(p_company_id bigint)
returns table (
    snapshot_id bigint, snapshot_date date, holdings numeric, share_basis text, shares numeric, holdings_per_share numeric,
    previous_date date, period_percent numeric, period_gain numeric,
    quarter_base_date date, quarter_percent numeric, quarter_gain numeric,
    year_base_date date, year_percent numeric, year_gain numeric, reasons jsonb)
language sql stable
as $$
    with series as materialized (
        select held.id, held.snapshot_date as day, held.holdings, held.share_basis as basis,
            trim_scale(held.shares_outstanding * case when splits.some then treasury.split_factor(
                company.share_asset_id, coalesce(held.shares_unit_date, held.snapshot_date)) else 1 end) as shares
        from treasury.holdings_snapshots as held
        join treasury.companies as company on company.id = held.company_id
        cross join (
            select exists (
                select from market.corporate_actions as action
                join treasury.companies as own on own.share_asset_id = action.asset_id
                where own.id = p_company_id and action.action_type = 'split') as some) as splits
        where held.company_id = p_company_id and held.status = 'approved' and held.shares_outstanding is not null
    ), closings as materialized (
        -- the last of each quarter that has one: what later quarters and years may begin with
        select distinct on (date_trunc('quarter', day)) day, holdings, shares
        from series
        where basis = 'assumed_diluted'
        order by date_trunc('quarter', day), day desc
    ), compared as (
        select series.*, lag(series.day) over by_day as previous_day, lag(series.holdings) over by_day as previous_holdings,
            lag(series.shares) over by_day as previous_shares, lag(series.basis) over by_day as previous_basis
        from series
        window by_day as (order by series.day)
    ), judged as (
        select compared.*, quarter.day as quarter_day, quarter.holdings as quarter_holdings,
            quarter.shares as quarter_shares, year.day as year_day, year.holdings as year_holdings,
            year.shares as year_shares,
            case when previous_day is null then 'no_previous' when previous_basis <> basis then 'basis_differs'
                 when previous_holdings = 0 then 'no_opening_holdings' end as period_reason,
            treasury.yield_reason(basis = 'assumed_diluted', true, true, quarter.holdings) as quarter_reason,
            treasury.yield_reason(basis = 'assumed_diluted', true, true, year.holdings) as year_reason
        from compared
        left join lateral (
            select * from closings where closings.day < date_trunc('quarter', compared.day) order by closings.day desc limit 1
        ) as quarter on true
        left join lateral (
            select * from closings where closings.day < date_trunc('year', compared.day) order by closings.day desc limit 1
        ) as year on true
    ), grown as (
        select judged.*,
            case when period_reason is null
                 then treasury.growth_percent(previous_holdings, previous_shares, holdings, shares) end as period_percent,
            case when quarter_reason is null
                 then treasury.growth_percent(quarter_holdings, quarter_shares, holdings, shares) end as quarter_percent,
            case when year_reason is null
                 then treasury.growth_percent(year_holdings, year_shares, holdings, shares) end as year_percent
        from judged
    )
    select id, day, holdings, basis, shares, trim_scale(round(round(holdings, 24) / shares, 18)),
        previous_day, period_percent, trim_scale(round(period_percent / 100 * previous_holdings, 8)),
        quarter_day, quarter_percent, trim_scale(round(quarter_percent / 100 * quarter_holdings, 8)),
        year_day, year_percent, trim_scale(round(year_percent / 100 * year_holdings, 8)),
        jsonb_strip_nulls(jsonb_build_object(
            'period_percent', period_reason, 'period_gain', period_reason, 'quarter_percent', quarter_reason,
            'quarter_gain', quarter_reason, 'year_percent', year_reason, 'year_gain', year_reason))
    from grown
    order by day desc
$$;
comment on function treasury.yields is 'Yields of a company by period, quarter to date and year to date, in per cent, with the gain in coins.';

-- Quarter and year to date of every active company, from its last approved snapshot with assumed diluted shares.
create or replace view treasury.v_company_yields with (security_invoker = true) as
select company.id as company_id, latest.snapshot_date,
    quarter.snapshot_date as quarter_base_date, quarter.percent as yield_qtd_percent,
    trim_scale(round(quarter.percent / 100 * quarter.holdings, 8)) as gain_qtd,
    year.snapshot_date as year_base_date, year.percent as yield_ytd_percent,
    trim_scale(round(year.percent / 100 * year.holdings, 8)) as gain_ytd,
    jsonb_strip_nulls(jsonb_build_object(
        'yield_qtd_percent', quarter_reason.code, 'gain_qtd', quarter_reason.code,
        'yield_ytd_percent', year_reason.code, 'gain_ytd', year_reason.code))
        as reasons
from treasury.companies as company
cross join lateral (
    select date_trunc('quarter', now() at time zone 'UTC')::date as quarter,
        date_trunc('year', now() at time zone 'UTC')::date as year,
        exists (
            select from market.corporate_actions as action
            where action.asset_id = company.share_asset_id and action.action_type = 'split') as splits
    offset 0) as today
left join lateral treasury.diluted_before(company.id, 'infinity') as latest on true
left join lateral (
    select base.*, treasury.growth_percent(
        base.holdings, base.shares
            * case when today.splits then treasury.split_factor(company.share_asset_id, base.unit_date) else 1 end,
        latest.holdings, latest.shares
            * case when today.splits then treasury.split_factor(company.share_asset_id, latest.unit_date) else 1 end) as percent
    from treasury.diluted_before(company.id, today.quarter) as base
    where latest.snapshot_date >= today.quarter) as quarter on true
left join lateral (
    select base.*, treasury.growth_percent(
        base.holdings, base.shares
            * case when today.splits then treasury.split_factor(company.share_asset_id, base.unit_date) else 1 end,
        latest.holdings, latest.shares
            * case when today.splits then treasury.split_factor(company.share_asset_id, latest.unit_date) else 1 end) as percent
    from treasury.diluted_before(company.id, today.year) as base
    where latest.snapshot_date >= today.year) as year on true
left join lateral (
    select true as found
    from treasury.holdings_snapshots as held
    where latest.snapshot_date is null and held.id = company.current_snapshot_id and held.shares_outstanding is not null
) as other on true
cross join lateral (select treasury.yield_reason(
    latest.snapshot_date is not null, other.found, latest.snapshot_date >= today.quarter, quarter.holdings) as code) as quarter_reason
cross join lateral (select treasury.yield_reason(
    latest.snapshot_date is not null, other.found, latest.snapshot_date >= today.year, year.holdings) as code) as year_reason
where company.is_active;
comment on view treasury.v_company_yields is 'Growth of holdings per assumed diluted share since the quarter and the year began.';

grant execute on function treasury.diluted_before(bigint, date), treasury.yield_reason(boolean, boolean, boolean, numeric),
    treasury.growth_percent(numeric, numeric, numeric, numeric), treasury.yields(bigint)
to holdfast_api, holdfast_jobs;
grant select on treasury.v_company_yields to holdfast_api, holdfast_jobs;
