-- Auctions: what has been collected, and how it trades at one price. The price itself is found by chalicelib/exchange/auction.py
-- on the levels that exchange.auction_levels gives, in the same transaction and under the same lock.

-- ---------------------------------------------------------------------------------------------------------------
-- Who takes part: what rests for continuous trading, and the orders for this very auction. Aggregated, so that it tells
-- everybody how much is wanted and nobody by whom.

create or replace function exchange.auction_orders(p_offering_id bigint, p_event_type text)
returns table (id bigint, order_type text, pricing text, price_per_share numeric, shares bigint, priority bigint)
language sql stable
as $$
    -- one branch for each partial index
    select held.id, held.order_type, held.pricing, held.price_per_share, held.shares_requested - held.shares_filled, held.priority
    from exchange.market_orders as held
    where held.offering_id = p_offering_id and held.is_open and held.order_type = 'buy' and held.time_in_force in ('day', 'gtc')
    union all
    select held.id, held.order_type, held.pricing, held.price_per_share, held.shares_requested - held.shares_filled, held.priority
    from exchange.market_orders as held
    where held.offering_id = p_offering_id and held.is_open and held.order_type = 'sell' and held.time_in_force in ('day', 'gtc')
    union all
    select held.id, held.order_type, held.pricing, held.price_per_share, held.shares_requested - held.shares_filled, held.priority
    from exchange.market_orders as held
    where held.offering_id = p_offering_id and held.is_open and held.time_in_force in ('at_open', 'at_close')
        and held.time_in_force = case p_event_type when 'opening_auction' then 'at_open' else 'at_close' end
$$;
comment on function exchange.auction_orders is 'The open orders that take part in an offering''s opening or closing auction.';

create or replace function exchange.auction_levels(p_offering_id bigint, p_event_type text)
returns table (order_type text, pricing text, price_per_share numeric, shares bigint, orders bigint)
language sql stable
security definer
set search_path = pg_catalog
as $$
    select held.order_type, held.pricing, held.price_per_share, sum(held.shares)::bigint, count(*)
    from exchange.auction_orders(p_offering_id, p_event_type) as held
    group by held.order_type, held.pricing, held.price_per_share
$$;
comment on function exchange.auction_levels is 'What an auction has collected, by side and price: shares and number of orders.';
grant execute on function exchange.auction_levels(bigint, text) to holdfast_api, holdfast_jobs;

-- ---------------------------------------------------------------------------------------------------------------
-- The auction that is due, once: whoever gets the book first holds it, the next finds the schedule moved on.

create or replace function exchange.claim_auction(p_offering_id bigint, p_now timestamptz)
returns exchange.vehicle_offerings
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    v_offering exchange.vehicle_offerings;
begin
    perform exchange.lock_book(p_offering_id);
    select * into v_offering from exchange.vehicle_offerings
    where id = p_offering_id and status <> 'closed' and next_auction_at <= p_now;
    -- its own time decides, however late it is held: of auctions that were missed together, the next day's is without this day's orders
    if found and (v_offering.next_auction_at <= v_offering.day_ends_at) is not true then
        v_offering := exchange.turn_day(p_offering_id, v_offering.next_auction_at, p_now, '{}');
    end if;
    return v_offering;
end
$$;
comment on function exchange.claim_auction is
'Takes the book of an offering whose auction is due, after the day orders of days that had ended by then; null where none is. The lock
is held until the transaction ends.';
grant execute on function exchange.claim_auction(bigint, timestamptz) to holdfast_jobs;

-- How the shares of both sides pair up at one price. Each side stands in a line, market orders first, then by price, then by
-- time; every cut where an order of either side ends separates two trades. Windows over the cuts, so that it takes as long as
-- sorting, not as long as comparing all with all.
create or replace function exchange.auction_fills(p_offering_id bigint, p_event_type text, p_price numeric, p_shares bigint)
returns table (buy_order_id bigint, sell_order_id bigint, shares bigint)
language sql stable
-- how many rows come out of windows and groups the planner cannot know: guessing few, it would compare all with all
set enable_nestloop = off
as $$
    with willing as (
        select id, order_type, shares,
            (sum(shares) over (
                partition by order_type
                order by (pricing = 'limit'),
                    case when pricing = 'market' then 0 when order_type = 'buy' then -price_per_share else price_per_share end,
                    priority
                rows unbounded preceding))::bigint as up_to
        from exchange.auction_orders(p_offering_id, p_event_type)
        where case when order_type = 'buy' then price_per_share >= p_price
                   else pricing = 'market' or price_per_share <= p_price end
    ), matched as materialized (
        select id, order_type, least(up_to, p_shares) as cut,
            row_number() over (partition by order_type order by up_to) as place
        from willing
        where up_to - shares < p_shares
    ), cuts as (
        select cut, count(*) filter (where order_type = 'buy') as buys, count(*) filter (where order_type = 'sell') as sells
        from matched
        group by cut
    ), pieces as (
        select cut, cut - lag(cut, 1, 0::bigint) over by_cut as shares,
            1 + sum(buys) over by_cut - buys as buy_place, 1 + sum(sells) over by_cut - sells as sell_place
        from cuts
        window by_cut as (order by cut rows unbounded preceding)
    )
    select buy.id, sell.id, pieces.shares
    from pieces
    join matched as buy on buy.order_type = 'buy' and buy.place = pieces.buy_place
    join matched as sell on sell.order_type = 'sell' and sell.place = pieces.sell_place
    order by pieces.cut
$$;
comment on function exchange.auction_fills is 'Who trades how many shares with whom when so many shares change hands at one price.';

create or replace function exchange.auction_trades_json(p_ids bigint[], p_shares bigint[], p_price numeric, p_after integer) returns jsonb
language sql immutable
return (
    select coalesce(jsonb_agg(jsonb_build_array(id, p_price::text, shares, null) order by id), '[]')
    from unnest(p_ids[p_after + 1 : p_after + 1000], p_shares[p_after + 1 : p_after + 1000]) as fill (id, shares));
comment on function exchange.auction_trades_json is
'An auction''s trades as an event carries them, at most 1,000: [id, price, shares, null], because nobody''s order came second.';

-- p_price and p_shares: what the rule made of the levels; null and 0 where nothing crosses. p_next: the schedule's next
-- auction {next_auction, next_auction_day, next_auction_at, calls_from}. The caller has claimed the auction in this transaction.
create or replace function exchange.hold_auction(
    p_offering_id bigint, p_price numeric, p_shares bigint, p_surplus bigint, p_next jsonb, p_now timestamptz)
returns exchange.price_discovery_events
language plpgsql
security definer
set search_path = pg_catalog
-- what is inserted has foreign keys, which are checked row by row with plans of this setting: others would be made for each row
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
    v_offering exchange.vehicle_offerings;
    v_event exchange.price_discovery_events;
    v_opening boolean;
    v_bids bigint[];
    v_asks bigint[];
    v_parts bigint[];
    v_trades bigint[]; -- ids, in the order of v_parts
    v_cancelled bigint[];
    v_book jsonb;
    v_next exchange.vehicle_offerings;
begin
    select * into strict v_offering from exchange.vehicle_offerings where id = p_offering_id;
    v_opening := v_offering.next_auction = 'opening_auction';
    v_next := jsonb_populate_record(v_offering, p_next);
    if (v_next.next_auction_at, v_next.next_auction) is not distinct from (v_offering.next_auction_at, v_offering.next_auction) then
        raise exception 'the auction after this one is missing' using errcode = 'invalid_parameter_value';
    end if;

    insert into exchange.price_discovery_events
        (offering_id, event_type, auction_day, scheduled_at, executed_at, equilibrium_price, reference_price,
         bids_collected, asks_collected, bid_shares, ask_shares, orders_matched, trades, shares_matched,
         surplus_side, surplus_shares)
    select p_offering_id, v_offering.next_auction, v_offering.next_auction_day, v_offering.next_auction_at, p_now,
        p_price, v_offering.current_share_price,
        count(*) filter (where order_type = 'buy'), count(*) filter (where order_type = 'sell'),
        coalesce(sum(shares) filter (where order_type = 'buy'), 0), coalesce(sum(shares) filter (where order_type = 'sell'), 0),
        0, 0, p_shares,
        case when p_price is not null and p_surplus > 0 then 'buy' when p_price is not null and p_surplus < 0 then 'sell' end,
        case when p_price is null then 0 else abs(p_surplus) end
    from exchange.auction_orders(p_offering_id, v_offering.next_auction)
    returning * into v_event;

    if p_price is not null then
        select array_agg(buy_order_id), array_agg(sell_order_id), array_agg(shares)
        into v_bids, v_asks, v_parts
        from exchange.auction_fills(p_offering_id, v_offering.next_auction, p_price, p_shares);
        if (select sum(part) from unnest(v_parts) as part) is distinct from p_shares then
            raise exception 'the book does not hold the % shares that should trade at %', p_shares, p_price;
        end if;
        v_trades := exchange.settle_auction(
            p_offering_id, v_bids, v_asks, v_parts, p_price, case when v_opening then 'opening' else 'closing' end, p_now);
        update exchange.price_discovery_events
        set trades = cardinality(v_parts),
            orders_matched = (select count(distinct id) from unnest(v_bids || v_asks) as id)
        where id = v_event.id
        returning * into v_event;
    end if;

    v_cancelled := array(select id from exchange.cancel_open_orders(p_offering_id, array(
        select id from exchange.market_orders
        where offering_id = p_offering_id and is_open and time_in_force in ('at_open', 'at_close')
            and time_in_force = case when v_opening then 'at_open' else 'at_close' end), 'auction_over', p_now));

    update exchange.vehicle_offerings
    set opening_price = case when v_opening then p_price else opening_price end,
        previous_close = case when v_opening then previous_close else closing_price end,
        closing_price = case when v_opening then closing_price else coalesce(p_price, current_share_price, closing_price) end,
        next_auction = v_next.next_auction, next_auction_day = v_next.next_auction_day,
        next_auction_at = v_next.next_auction_at, calls_from = v_next.calls_from, updated_at = p_now
    where id = p_offering_id;
    perform exchange.refresh_quote(p_offering_id);
    select * into strict v_offering from exchange.vehicle_offerings where id = p_offering_id;

    -- What rested and traded is told as changes of the book, so that a copy of it stays exact. Owners hear of their orders, both those
    -- that traded and those that ended with the auction. The trades follow in as many events as they need.
    select jsonb_agg(jsonb_build_array(order_type, price::text, -shares)) into v_book
    from (
        select held.order_type, held.price_per_share as price, sum(part.shares)::bigint as shares
        from unnest(v_bids || v_asks, v_parts || v_parts) as part (id, shares)
        join exchange.market_orders as held on held.id = part.id and held.time_in_force in ('day', 'gtc')
        group by held.order_type, held.price_per_share
    ) as gone;
    perform exchange.tell(
        p_offering_id,
        exchange.market_json(
            exchange.auction_trades_json(v_trades, v_parts, p_price, 0), coalesce(v_book, '[]'), v_offering.current_share_price, v_offering.highest_bid, v_offering.lowest_ask,
            exchange.phase(v_offering, p_now)),
        coalesce(v_bids || v_asks, '{}') || v_cancelled);
    for v_told in 1000 .. coalesce(cardinality(v_trades), 0) - 1 by 1000 loop
        perform app.publish('exchange-' || p_offering_id, 'market', exchange.market_json(
            exchange.auction_trades_json(v_trades, v_parts, p_price, v_told), '[]', v_offering.current_share_price,
            v_offering.highest_bid, v_offering.lowest_ask, exchange.phase(v_offering, p_now)));
    end loop;
    perform app.publish('exchange-' || p_offering_id, 'auction', jsonb_build_object(
        'event_type', v_event.event_type, 'auction_day', v_event.auction_day, 'equilibrium_price', v_event.equilibrium_price::text,
        'shares_matched', v_event.shares_matched, 'surplus_side', v_event.surplus_side,
        'surplus_shares', v_event.surplus_shares));
    return v_event;
end
$$;
comment on function exchange.hold_auction is
'Trades what has been collected at one price, cancels what waited for this auction only, records it, and moves the schedule on.';
grant execute on function exchange.hold_auction(bigint, numeric, bigint, bigint, jsonb, timestamptz) to holdfast_jobs;
