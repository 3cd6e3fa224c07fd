-- Market data for everybody: the book, the tape, the last 24 hours, each offering at a glance. Prices and shares, never whose they are.

-- ---------------------------------------------------------------------------------------------------------------
-- The book. A stable function looks at one moment, that of the statement that calls it; the topic's number is changed by the
-- transaction that changes the book. So whoever begins with this answer and goes on with the events after its seq misses nothing.
-- Both sides begin at the offering's quote: better prices are only traces of orders that are gone.

create or replace function exchange.order_book(p_offering_id bigint, p_depth text, p_limit integer, p_now timestamptz)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog
-- a plan for any limit sorts the whole side
set plan_cache_mode = force_custom_plan
as $$
declare
    v_offering exchange.vehicle_offerings;
    v_bids jsonb;
    v_asks jsonb;
begin
    select * into v_offering from exchange.vehicle_offerings where id = p_offering_id;
    if not found then
        return null;
    end if;
    if p_depth = 'orders' then
        select jsonb_agg(exchange.book_line(price_per_share, shares, null, id) order by place) into v_bids
        from (
            select id, price_per_share, shares_requested - shares_filled as shares, row_number() over () as place
            from (
                select * from exchange.market_orders
                where offering_id = p_offering_id and is_open and order_type = 'buy' and time_in_force in ('day', 'gtc')
                    and price_per_share <= v_offering.highest_bid
                order by price_per_share desc, priority
                limit p_limit
            ) as best
        ) as bid;
        select jsonb_agg(exchange.book_line(price_per_share, shares, null, id) order by place) into v_asks
        from (
            select id, price_per_share, shares_requested - shares_filled as shares, row_number() over () as place
            from (
                select * from exchange.market_orders
                where offering_id = p_offering_id and is_open and order_type = 'sell' and time_in_force in ('day', 'gtc')
                    and price_per_share >= v_offering.lowest_ask
                order by price_per_share, priority
                limit p_limit
            ) as best
        ) as ask;
    else
        select jsonb_agg(exchange.book_line(price_per_share, shares, orders, null) order by price_per_share desc) into v_bids
        from (
            select price_per_share, sum(shares_requested - shares_filled)::bigint as shares, count(*) as orders
            from exchange.market_orders
            where offering_id = p_offering_id and is_open and order_type = 'buy' and time_in_force in ('day', 'gtc')
                and price_per_share <= v_offering.highest_bid
            group by price_per_share
            order by price_per_share desc
            limit p_limit
        ) as level;
        select jsonb_agg(exchange.book_line(price_per_share, shares, orders, null) order by price_per_share) into v_asks
        from (
            select price_per_share, sum(shares_requested - shares_filled)::bigint as shares, count(*) as orders
            from exchange.market_orders
            where offering_id = p_offering_id and is_open and order_type = 'sell' and time_in_force in ('day', 'gtc')
                and price_per_share >= v_offering.lowest_ask
            group by price_per_share
            order by price_per_share
            limit p_limit
        ) as level;
    end if;
    return jsonb_build_object(
        'phase', exchange.phase(v_offering, p_now),
        'seq', coalesce((select last_seq from app.outbox_topics where topic = 'exchange-' || p_offering_id), 0),
        'current_share_price', v_offering.current_share_price::text,
        'highest_bid', v_offering.highest_bid::text, 'lowest_ask', v_offering.lowest_ask::text,
        'bid_ask_spread', v_offering.bid_ask_spread::text,
        'bids', coalesce(v_bids, '[]'), 'asks', coalesce(v_asks, '[]'));
end
$$;
comment on function exchange.order_book is
'What rests for continuous trading, the best first: p_limit price levels of each side or (depth ''orders'') as many single orders,
and the number of the topic''s last event that is in it. Null: there is no such offering.';

create or replace function exchange.book_line(p_price numeric, p_shares bigint, p_orders bigint, p_id bigint) returns jsonb
language sql immutable
return jsonb_build_object('price_per_share', p_price::text, 'shares', p_shares, 'orders', p_orders, 'order_id', p_id);

create or replace function exchange.tape(p_offering_id bigint, p_before bigint, p_limit integer)
returns table (id bigint, price_per_share numeric, shares_traded bigint, total_value numeric, trade_type text, taker text,
               executed_at timestamptz)
language sql
stable
security definer
set search_path = pg_catalog
set plan_cache_mode = force_custom_plan
as $$
    select trade.id, trade.price_per_share, trade.shares_traded, trade.total_value, trade.trade_type, trade.taker, trade.executed_at
    from exchange.market_trades as trade
    where trade.offering_id = p_offering_id and trade.id < coalesce(p_before, 9223372036854775807)
    order by trade.id desc
    limit p_limit
$$;
comment on function exchange.tape is 'An offering''s trades, the newest first, without who traded.';

grant execute on function exchange.order_book(bigint, text, integer, timestamptz), exchange.tape(bigint, bigint, integer)
to holdfast_api, holdfast_jobs;

-- ---------------------------------------------------------------------------------------------------------------
-- The last 24 hours, by candles: from the first full hour in them until now.

create or replace function exchange.statistics_24h(p_now timestamptz, p_offering_id bigint default null)
returns table (
    offering_id bigint, symbol text, since timestamptz, current_mark numeric, mark_before numeric, change numeric, change_pct numeric,
    high_price numeric, low_price numeric, volume_shares bigint, volume_usd numeric, trade_count bigint)
language sql stable
as $$
    select offering.id, offering.symbol, moment.since, coalesce(offering.current_share_price, offering.issue_price),
        coalesce(earlier.close_price, offering.issue_price),
        coalesce(offering.current_share_price, offering.issue_price) - coalesce(earlier.close_price, offering.issue_price),
        round((coalesce(offering.current_share_price, offering.issue_price) / coalesce(earlier.close_price, offering.issue_price) - 1)
              * 100, 2),
        traded.high_price, traded.low_price, coalesce(traded.volume_shares, 0), coalesce(traded.volume_usd, 0.00),
        coalesce(traded.trade_count, 0)
    from exchange.vehicle_offerings as offering
    cross join (
        -- rounded up to the hour
        select date_trunc('hour', p_now - interval '23 hours 0.000001 seconds', 'UTC') as since
    ) as moment
    left join (
        select candle.offering_id, max(candle.high_price) as high_price, min(candle.low_price) as low_price,
            sum(candle.volume_shares)::bigint as volume_shares, sum(candle.volume_usd) as volume_usd,
            sum(candle.trade_count)::bigint as trade_count
        from exchange.market_snapshots as candle
        where candle.snapshot_hour >= date_trunc('hour', p_now - interval '23 hours 0.000001 seconds', 'UTC')
            and (p_offering_id is null or candle.offering_id = p_offering_id)
        group by candle.offering_id
    ) as traded on traded.offering_id = offering.id
    left join lateral (
        select candle.close_price from exchange.market_snapshots as candle
        where candle.offering_id = offering.id and candle.snapshot_hour < moment.since
        order by candle.snapshot_hour desc limit 1
    ) as earlier on true
    where p_offering_id is null or offering.id = p_offering_id
$$;
comment on function exchange.statistics_24h is
'Of one offering or of all: volume, trades, high and low of the last 24 hours, and how the price changed. The price before is that of
the last trade before them, or the issue price before any.';
grant execute on function exchange.statistics_24h(timestamptz, bigint) to holdfast_api, holdfast_jobs;

-- ---------------------------------------------------------------------------------------------------------------
-- Each offering at a glance, counted by a job.

create or replace function exchange.refresh_market_state(p_now timestamptz)
returns bigint
language plpgsql
set jit = off
as $$
declare
    v_rows bigint;
begin
    insert into exchange.current_market_state as held (
        offering_id, current_share_price, previous_close, buy_side_depth, sell_side_depth, buy_side_shares, sell_side_shares,
        holders, volume_shares_24h, volume_usd_24h, trades_24h, market_value, refreshed_at)
    select offering.id, offering.current_share_price, offering.previous_close,
        coalesce(book.bids, 0), coalesce(book.asks, 0), coalesce(book.bid_shares, 0), coalesce(book.ask_shares, 0),
        coalesce(holding.holders, 0), today.volume_shares, today.volume_usd, today.trade_count,
        offering.shares_issued * today.current_mark, p_now
    from exchange.vehicle_offerings as offering
    join exchange.statistics_24h(p_now) as today on today.offering_id = offering.id
    left join (
        select offering_id,
            count(*) filter (where order_type = 'buy') as bids, count(*) filter (where order_type = 'sell') as asks,
            (sum(shares_requested - shares_filled) filter (where order_type = 'buy'))::bigint as bid_shares,
            (sum(shares_requested - shares_filled) filter (where order_type = 'sell'))::bigint as ask_shares
        from exchange.market_orders
        where is_open and time_in_force in ('day', 'gtc')
        group by offering_id
    ) as book on book.offering_id = offering.id
    left join (
        select offering_id, count(*) as holders from exchange.share_holdings where shares_owned > 0 group by offering_id
    ) as holding on holding.offering_id = offering.id
    on conflict (offering_id) do update
    set current_share_price = excluded.current_share_price, previous_close = excluded.previous_close,
        buy_side_depth = excluded.buy_side_depth, sell_side_depth = excluded.sell_side_depth,
        buy_side_shares = excluded.buy_side_shares, sell_side_shares = excluded.sell_side_shares, holders = excluded.holders,
        volume_shares_24h = excluded.volume_shares_24h, volume_usd_24h = excluded.volume_usd_24h,
        trades_24h = excluded.trades_24h, market_value = excluded.market_value, refreshed_at = excluded.refreshed_at
    where held.refreshed_at <= excluded.refreshed_at;
    get diagnostics v_rows = row_count;
    return v_rows;
end
$$;
comment on function exchange.refresh_market_state is 'Counts every offering''s book, holders and last 24 hours anew; returns how many.';
grant execute on function exchange.refresh_market_state(timestamptz) to holdfast_jobs;
