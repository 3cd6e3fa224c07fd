-- Companies and their figures -----------------------------------------------------------------------------------------

-- name: ranked_companies(asset, tier, is_miner, words, ticker, sort, after_key, after_name, after_id, limit)
-- What sorts is one number, the greatest first and unknown ones last, or the name. The words match as beginnings of names
-- and tickers, and of words that strategies and notes have in any form.
with found as (
    select company.id, ts_rank(company.search, wanted.query) + case when company.ticker = :ticker then 10 else 0 end as rank
    from treasury.companies as company
    cross join lateral (
        select to_tsquery('simple', coalesce(:words, '')) || to_tsquery('english', coalesce(:words, '')) as query
    ) as wanted
    where :words::text is null or company.search @@ wanted.query
        -- the words of 0434.HK are two, its ticker is one
        or starts_with(company.ticker, :ticker)
), sorted as (
    select held.*, yield.yield_ytd_percent, found.rank,
        case :sort when 'value' then held.holdings_value when 'mnav' then held.mnav_basic when 'holdings' then held.holdings
            when 'yield' then yield.yield_ytd_percent when 'relevance' then found.rank::numeric end as sort_key,
        case when :sort = 'name' then held.name else '' end as sort_name
    from treasury.v_company_holdings as held
    join found on found.id = held.company_id
    left join treasury.v_company_yields as yield on yield.company_id = held.company_id and :sort = 'yield'
    where (:asset::text is null or held.asset = :asset)
        and (:tier::integer is null or held.tier = :tier)
        and (:is_miner::boolean is null or held.is_miner = :is_miner)
)
select sorted.*, yield.snapshot_date as yield_date, yield.year_base_date, yield.yield_ytd_percent as yield_ytd,
    yield.gain_ytd, yield.quarter_base_date, yield.yield_qtd_percent as yield_qtd, yield.gain_qtd,
    yield.reasons as yield_reasons
from (
    select * from sorted
    where :after_id::bigint is null
        or (coalesce(-sort_key, 'Infinity'), sort_name, company_id)
            > (coalesce(-(:after_key::numeric), 'Infinity'), :after_name, :after_id)
    order by coalesce(-sort_key, 'Infinity'), sort_name, company_id
    limit :limit
) as sorted
left join treasury.v_company_yields as yield on yield.company_id = sorted.company_id
order by coalesce(-sorted.sort_key, 'Infinity'), sorted.sort_name, sorted.company_id;

-- name: company_figures(company_id)^
select held.*, yield.snapshot_date as yield_date, yield.year_base_date, yield.yield_ytd_percent as yield_ytd,
    yield.gain_ytd, yield.quarter_base_date, yield.yield_qtd_percent as yield_qtd, yield.gain_qtd,
    yield.reasons as yield_reasons
from treasury.v_company_holdings as held
join treasury.v_company_yields as yield on yield.company_id = held.company_id
where held.company_id = :company_id;

-- name: current_statement(company_id)^
-- The approved snapshot that the company's row names, or else the statement of that day.
select held.id, coalesce(held.snapshot_date, stated.stated_date) as snapshot_date,
    coalesce(held.holdings, stated.holdings) as holdings, coalesce(held.source, stated.source) as source,
    case when held.id is null then stated.source_url else held.source_url end as source_url, held.accession, held.evidence,
    held.confidence, coalesce(held.flags, stated.flags, '{}') as flags, held.reviewed_at
from treasury.companies as company
left join treasury.holdings_snapshots as held on held.id = company.current_snapshot_id
left join treasury.stated_holdings as stated
    on stated.company_id = company.id and stated.stated_date = company.current_holdings_date and held.id is null
where company.id = :company_id and company.current_holdings is not null;

-- One company over time -----------------------------------------------------------------------------------------------

-- name: company_exists(company_id)$
select exists (select from treasury.companies where id = :company_id) as known;

-- name: yields(company_id, before, limit)
select * from treasury.yields(:company_id)
where :before::date is null or snapshot_date < :before
order by snapshot_date desc
limit :limit;

-- name: purchases(company_id, before, limit)
select * from treasury.v_purchases
where company_id = :company_id and (:before::date is null or snapshot_date < :before)
order by snapshot_date desc
limit :limit;

-- name: mnav_days(company_id, first, last, before, limit)
select * from treasury.mnav_snapshots
where company_id = :company_id and (:first::date is null or day >= :first) and (:last::date is null or day <= :last)
    and (:before::date is null or day < :before)
order by day desc
limit :limit;

-- name: history(company_id)
select * from treasury.v_holdings_history where company_id = :company_id order by snapshot_date;

-- Everybody -----------------------------------------------------------------------------------------------------------

-- name: totals()
-- Sums of what is known, and how many companies are not in them.
select asset, asset_id, count(*) as companies, coalesce(sum(holdings), 0) as holdings,
    coalesce(sum(holdings_value), 0) as holdings_value, count(*) filter (where holdings_value is null) as unvalued,
    sum(market_cap_usd) as market_cap_usd, max(coin_price_usd) as coin_price_usd,
    case when count(supply_share_percent) > 0
        then sum(supply_share_percent) end as supply_share_percent,
    coalesce(min(reasons ->> 'supply_share_percent') filter (where holdings is not null),
        min(reasons ->> 'supply_share_percent')) as supply_reason,
    min(reasons ->> 'coin_price_usd') as price_reason,
    -- what most of them lack
    mode() within group (order by reasons ->> 'market_cap_usd') as cap_reason,
    coalesce(jsonb_agg(jsonb_build_object('company_id', company_id, 'ticker', ticker, 'fields', (
        select jsonb_agg(field order by field) from jsonb_object_keys(overridden) as field
        where field in ('current_holdings', 'market_cap', 'shares_basic'))) order by ticker, company_id)
        filter (where overridden ?| array['current_holdings', 'market_cap', 'shares_basic']), '[]') as overridden
from treasury.v_company_holdings
group by asset, asset_id
order by holdings_value desc, asset;

-- name: leaders(asset, since, days, count)
-- What was bought somewhen in more days than are asked for is not bought lately. Miners hold what they mine: what the market pays for their coins, and their yields, say nothing beside those of others.
with held as materialized (
    select * from treasury.v_company_holdings where :asset::text is null or asset = :asset
), bought as (
    select purchase.company_id, purchase.snapshot_date, purchase.amount,
        trim_scale(round(purchase.amount * held.coin_price_usd, 8)) as value
    from treasury.v_purchases as purchase
    join held on held.company_id = purchase.company_id
    where purchase.snapshot_date >= :since and purchase.amount > 0 and not purchase.covering
        and coalesce(case purchase.method when 'difference' then purchase.snapshot_date - purchase.previous_date
            else purchase.period_end - purchase.period_start + 1 end <= :days, true)
), entries as (
    select 'largest_holders' as board, company_id, holdings_value as figure, snapshot_date as day, holdings as amount,
        row_number() over (order by holdings_value desc nulls last, company_id) as rank
    from held where holdings_value > 0
    union all
    select 'highest_mnav', company_id, mnav_basic, snapshot_date, holdings,
        row_number() over (order by mnav_basic desc, company_id)
    from held where mnav_basic is not null and not is_miner
    union all
    select 'lowest_mnav', company_id, mnav_basic, snapshot_date, holdings, row_number() over (order by mnav_basic, company_id)
    from held where mnav_basic is not null and not is_miner
    union all
    select 'best_yield_ytd', held.company_id, yield.yield_ytd_percent, yield.snapshot_date, yield.gain_ytd,
        row_number() over (order by yield.yield_ytd_percent desc, held.company_id)
    from held
    join treasury.v_company_yields as yield on yield.company_id = held.company_id
    where yield.yield_ytd_percent is not null and not held.is_miner
    union all
    select 'recent_purchases', company_id, value, snapshot_date, amount,
        row_number() over (order by value desc nulls last, snapshot_date desc, company_id)
    from bought
)
select entries.board, entries.rank, entries.company_id, held.ticker, held.name, held.asset, entries.figure, entries.amount,
    entries.day, held.overridden,
    case when entries.figure is null then held.reasons ->> 'coin_price_usd' end as reason
from entries
join held on held.company_id = entries.company_id
where entries.rank <= :count
order by entries.board, entries.rank;

-- Jobs ----------------------------------------------------------------------------------------------------------------

-- name: snapshot_mnav(day)$
select treasury.snapshot_mnav(:day) as changed;
