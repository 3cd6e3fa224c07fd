-- Market data, trading days, statistics and leaderboards.

-- name: order_book(offering_id, depth, limit, now)$
select exchange.order_book(:offering_id, :depth, :limit, :now) as book;

-- name: list_trades(offering_id, before, limit)
select id, price_per_share, shares_traded, total_value, trade_type, taker, executed_at
from exchange.tape(:offering_id, :before, :limit);

-- name: list_candles(offering_id, width, start, end)
-- Candles are of whole hours; longer ones are put together from those of 1 hour. Each is whole: hours are counted from a candle's
-- start on, also where :end falls into it.
select bucket as opens_at, (array_agg(open_price order by snapshot_hour))[1] as open_price, max(high_price) as high_price,
    min(low_price) as low_price, (array_agg(close_price order by snapshot_hour desc))[1] as close_price,
    sum(volume_shares)::bigint as volume_shares, sum(volume_usd) as volume_usd, sum(trade_count)::bigint as trade_count
from (
    select date_bin(:width::interval, snapshot_hour, '2000-01-01 00:00+00') as bucket, *
    from exchange.market_snapshots
    where offering_id = :offering_id and snapshot_hour >= :start and snapshot_hour < :end::timestamptz + :width::interval
) as candle
where bucket >= :start and bucket < :end
group by bucket
order by bucket;

-- name: list_statistics(offering_id, after, limit, now)
select * from exchange.statistics_24h(:now, :offering_id)
where :after::bigint is null or offering_id > :after
order by offering_id
limit :limit;

-- name: list_trending(by, limit, now)
-- Offerings that are traded, the most first; equal ones by id.
select today.*
from exchange.statistics_24h(:now) as today
join exchange.vehicle_offerings as offering on offering.id = today.offering_id and offering.status <> 'closed'
order by case :by when 'volume' then today.volume_usd when 'trades' then today.trade_count else today.change_pct end desc,
    today.offering_id
limit :limit;

-- name: list_market_states(after, limit)
select state.offering_id, offering.symbol, offering.status, state.current_share_price, state.previous_close, state.buy_side_depth,
    state.sell_side_depth, state.buy_side_shares, state.sell_side_shares, state.holders, state.volume_shares_24h,
    state.volume_usd_24h, state.trades_24h, state.market_value, state.refreshed_at
from exchange.current_market_state as state
join exchange.vehicle_offerings as offering on offering.id = state.offering_id
where :after::bigint is null or state.offering_id > :after
order by state.offering_id
limit :limit;

-- name: refresh_market_state(now)$
select exchange.refresh_market_state(:now) as refreshed;

-- name: market_state_is_stale(refreshed_until)$
-- Whether an offering was last counted up to a moment, or never.
select exists (
    select from exchange.vehicle_offerings as offering
    left join exchange.current_market_state as state on state.offering_id = offering.id
    where state.refreshed_at is null or state.refreshed_at <= :refreshed_until) as stale;

-- Trading days ---------------------------------------------------------------------------------------------------------

-- name: first_listing()$
select min(created_at) as listed from exchange.vehicle_offerings;

-- name: closed_days()
select day from exchange.trading_days;

-- name: close_trading_day(day, starts_after, ends_at, now)$
select exchange.close_trading_day(:day, :starts_after, :ends_at, :now) as closed;

-- name: offerings_with_day_orders(placed_until)
select id from exchange.offerings_with_day_orders(:placed_until) as id;

-- name: expire_day_orders(offering_id, placed_until, now)$
select exchange.expire_day_orders(:offering_id, :placed_until, :now) as expired;

-- name: wrong_candles(from_moment, until)
select offering_id, snapshot_hour, expected, found from exchange.wrong_candles(:from_moment, :until);

-- name: list_trading_days(before, limit)
select day, starts_after, ends_at, closed_at, traders, trades, volume_usd
from exchange.trading_days
where :before::integer is null or day < date '2000-01-01' + :before::integer
order by day desc
limit :limit;

-- name: show_trading_day(number)^
-- The one asked for, by its days since 2000-01-01, or the last.
select day, starts_after, ends_at, closed_at, traders, trades, volume_usd
from exchange.trading_days
where :number::integer is null or day = date '2000-01-01' + :number::integer
order by day desc
limit 1;

-- name: list_ranking(day, after, limit)
select rank, user_id, display_name, daily_gain_loss, daily_gain_loss_pct, portfolio_value, consecutive_profitable_days
from exchange.leaderboard_snapshots
where snapshot_date = :day and rank > :after
order by rank
limit :limit;

-- name: list_trading_stats(user_id, before, limit)
select stats.stat_date, ranking.rank, stats.trades_executed, stats.shares_bought, stats.shares_sold, stats.value_bought,
    stats.value_sold, stats.commission, stats.realised_gain, stats.unrealised_change, stats.opening_equity, stats.closing_equity,
    stats.net_deposits, stats.daily_gain_loss, stats.daily_gain_loss_pct, stats.win_rate_pct, ranking.consecutive_profitable_days
from exchange.user_trading_stats as stats
left join exchange.leaderboard_snapshots as ranking
    on ranking.user_id = stats.user_id and ranking.snapshot_date = stats.stat_date
where stats.user_id = :user_id and (:before::integer is null or stats.stat_date < date '2000-01-01' + :before::integer)
order by stats.stat_date desc
limit :limit;
