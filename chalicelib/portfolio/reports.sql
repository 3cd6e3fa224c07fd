-- What values and reports are made of. Days are sent as numbers from the opening day (0), amounts as text, both joined by
-- commas in one row for each asset or currency: a five-year history of 20 assets arrives in 15 ms instead of 100. The
-- roles' time zone is UTC, so a date is that day's midnight there.

-- name: portfolio(id)^
select portfolio.id, portfolio.currency,
    (select min(day) from portfolio.entries as entry where entry.portfolio_id = portfolio.id) as first_day
from portfolio.portfolios as portfolio
where portfolio.id = :id;

-- name: moved(id, opening, last)
-- What lies before the range is summed up under day 0 (holdings and cash only). What was bought and sold comes from the
-- transactions themselves, the rest from what the ledger made of them. Grouped by stored columns and unsorted, so that
-- PostgreSQL hashes: sorting by day here takes three times as long as in Python.
select kind, asset_id, asset.symbol, asset.is_active as active, coalesce(currency, asset.native_currency) as currency,
    numbers, amounts, unknown_gains
from (
    select kind, asset_id, currency, '0' as numbers, sum(amount)::text as amounts, 0 as unknown_gains
    from portfolio.entries
    where portfolio_id = :id and day <= :opening and kind in ('holding', 'cash')
    group by kind, asset_id, currency
    having sum(amount) <> 0
    union all
    select kind, asset_id, currency, string_agg((day - :opening::date)::text, ','), string_agg(amount::text, ','), 0
    from portfolio.entries
    where portfolio_id = :id and day > :opening and day <= :last and kind <> 'split'
    group by kind, asset_id, currency
    union all
    select case when transaction_type in ('buy', 'transfer_in') then 'bought' else 'sold' end, null, currency,
        string_agg((timestamp::date - :opening::date)::text, ','), string_agg((quantity * price)::text, ','),
        count(*) filter (where transaction_type in ('sell', 'transfer_out') and realised_gain is null)
    from portfolio.transactions
    where portfolio_id = :id and transaction_type in ('buy', 'sell', 'transfer_in', 'transfer_out')
        and timestamp >= :opening::date + 1 and timestamp < :last::date + 1
    group by transaction_type, currency
) as moved
left join market.assets as asset on kind = 'holding' and asset.id = asset_id;

-- name: bars(assets, opening, begin, end, places)
-- Asset after asset, so that the first can be worked on while the rest are still being read. The days of the closes are
-- sent, and read, only where one is missing in between: where there is one for each, the first says them all.
select wanted.id as asset_id, bars.closes, bars.places, bars.first, splits.numbers as split_numbers, splits.ratios,
    latest.as_of::date - :opening::date as latest_number, latest.price as latest_price,
    case when bars.count <= bars.last - bars.first then (
        select string_agg((timestamp::date - :opening::date)::text, ',' order by timestamp)
        from market.asset_prices
        where asset_id = wanted.id and timestamp >= :begin and timestamp < :end
    ) end as numbers
from unnest(:assets::bigint[]) as wanted (id)
cross join lateral (
    select string_agg(round(close, :places)::text, ',' order by timestamp) as closes, max(scale(close)) as places, count(*) as count,
        min(timestamp)::date - :opening::date as first, max(timestamp)::date - :opening::date as last
    from market.asset_prices
    where asset_id = wanted.id and timestamp >= :begin and timestamp < :end
) as bars
left join lateral (
    select string_agg((ex_date - :opening::date)::text, ',' order by ex_date) as numbers,
        string_agg(ratio::text, ',' order by ex_date) as ratios
    from market.corporate_actions
    where asset_id = wanted.id and action_type = 'split' and history_adjusted and ex_date > :opening
) as splits on true
left join market.latest_prices as latest on latest.asset_id = wanted.id;

-- name: rates_a_week(currencies, last)$
-- How many rates of these currencies a recent week has: a source publishes daily or hourly.
select count(*) from market.exchange_rates
where currency_code = any (:currencies::text[]) and timestamp >= :last::date - 7 and timestamp < :last::date + 1;

-- name: daily_rates(currencies, opening, last)
-- All rates, oldest first: where there is about one a day, this is quicker than looking each day's up.
select currency_code as currency, string_agg((timestamp::date - :opening::date)::text, ',' order by timestamp) as numbers,
    string_agg(rate_to_usd::text, ',' order by timestamp) as rates
from market.exchange_rates
where currency_code = any (:currencies::text[]) and timestamp >= :opening::date - 6 and timestamp < :last::date + 1
group by currency_code;

-- name: rates(currencies, opening, days)
-- Of each day the last rate before its end, at most seven days old; nothing between two commas where there is none.
select wanted.currency, string_agg(coalesce(rate.rate_to_usd::text, ''), ',' order by number) as rates
from unnest(:currencies::text[]) as wanted (currency)
cross join generate_series(0, :days::integer) as number
left join lateral (
    select held.rate_to_usd
    from market.exchange_rates as held
    where held.currency_code = wanted.currency and held.timestamp < :opening::date + number + 1
        and held.timestamp >= :opening::date + number + 1 - 7
    order by held.timestamp desc
    limit 1
) as rate on true
group by wanted.currency;

-- name: middle_portfolio()$
-- The number that half of all portfolios lie below, so that their snapshots can be taken in two halves.
select percentile_disc(0.5) within group (order by id) from portfolio.portfolios;

-- name: take_snapshots(day, after, up_to)$
select portfolio.take_snapshots(:day, p_after => :after, p_up_to => :up_to) as taken;

-- name: list_snapshots(id, before, limit)
select snapshot_date, total_value_usd, positions_snapshot, created_at
from portfolio.portfolio_snapshots
where portfolio_id = :id and (:before::date is null or snapshot_date < :before)
order by snapshot_date desc
limit :limit;

-- name: due_performance(older_than, limit)
select portfolio.due_performance(:older_than, :limit) as id;

-- name: refresh_performance(ids, now)$
select portfolio.refresh_performance(:ids::bigint[], :now) as refreshed;

-- name: cached_performance(id)^
select current_value_usd, total_invested_usd, total_return_pct, day_change_pct, week_change_pct, month_change_pct,
    year_change_pct, valid, last_updated
from portfolio.portfolio_performance_cache
where portfolio_id = :id;

-- name: asset(id)^
select id, symbol, native_currency as currency, is_active as active from market.assets where id = :id;

-- name: assets_named(symbol)
select id, symbol, native_currency as currency, is_active as active
from market.assets
where symbol = :symbol
order by id;

-- name: retake_stale_snapshots(limit)$
select portfolio.retake_stale_snapshots(:limit) as changed;
