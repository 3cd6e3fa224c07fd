-- Auctions: what has been collected, and how it trades at one price. The price itself is found by chalicelib/exchange/auction.py
-- on the levels that exchange.auction_levels gives, in the same transaction and under the same lock.

-- what databases have whose routines are older: other columns, other parameters
drop function if exists exchange.auction_orders(bigint, text);
drop function if exists exchange.auction_fills(bigint, text, numeric, bigint);
drop function if exists exchange.settle_auction(bigint, bigint[], bigint[], bigint[], numeric, text, timestamptz);
drop function if exists exchange.settle_auction(bigint, text, numeric, bigint, timestamptz);
drop function if exists exchange.hold_auction(bigint, numeric, bigint, bigint, jsonb, timestamptz);

-- ---------------------------------------------------------------------------------------------------------------
-- Who takes part: what rests for continuous trading, and the orders for this very auction. Aggregated, so that it tells
-- everybody how much is wanted and nobody by whom.

create function exchange.auction_orders(p_offering_id bigint, p_event_type text)
returns table (
    id bigint, user_id uuid, order_type text, pricing text, rests boolean, price_per_share numeric, shares bigint, priority bigint)
language sql stable
as $$
    -- one branch for each partial index
    select held.id, held.user_id, held.order_type, held.pricing, true, held.price_per_share,
        held.shares_requested - held.shares_filled, held.priority
    from exchange.market_orders as held
    where held.offering_id = p_offering_id and held.is_open and held.order_type = 'buy' and held.time_in_force in ('day', 'gtc')
    union all
    select held.id, held.user_id, held.order_type, held.pricing, true, held.price_per_share,
        held.shares_requested - held.shares_filled, held.priority
    from exchange.market_orders as held
    where held.offering_id = p_offering_id and held.is_open and held.order_type = 'sell' and held.time_in_force in ('day', 'gtc')
    union all
    select held.id, held.user_id, held.order_type, held.pricing, false, held.price_per_share,
        held.shares_requested - held.shares_filled, held.priority
    from exchange.market_orders as held
    where held.offering_id = p_offering_id and held.is_open and held.time_in_force in ('at_open', 'at_close')
        and held.time_in_force = case p_event_type when 'opening_auction' then 'at_open' else 'at_close' end
$$;
comment on function exchange.auction_orders is
'The open orders that take part in an offering''s opening or closing auction; those that rest are in the book besides.';

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

-- Each side stands in a line, market orders first, then by price, then by time; the first p_shares of both lines trade. Gives
-- everybody concerned once, the two lines (orders, whose they are as places in that list, shares that trade), by how much the book
-- shrinks, and the best prices of those that rest then all the same; null where none of the line does.
create or replace function exchange.auction_lines(
    p_offering_id bigint, p_event_type text, p_price numeric, p_shares bigint,
    out people uuid[], out bids bigint[], out bidders integer[], out bid_shares bigint[], out asks bigint[], out askers integer[],
    out ask_shares bigint[], out book jsonb, out bid numeric, out ask numeric)
language sql stable
-- how many rows come out of windows and groups the planner cannot know: guessing few, it would compare all with all
set enable_nestloop = off
as $$
    with in_line as (
        select id, user_id, order_type, rests, price_per_share, shares,
            sum(shares) over (
                order by case pricing when 'limit' then -price_per_share else '-infinity' end, priority rows unbounded preceding)
                ::bigint as up_to
        from exchange.auction_orders(p_offering_id, p_event_type)
        where order_type = 'buy' and price_per_share >= p_price
        union all
        select id, user_id, order_type, rests, price_per_share, shares,
            sum(shares) over (
                order by case pricing when 'limit' then price_per_share else '-infinity' end, priority rows unbounded preceding)
                ::bigint
        from exchange.auction_orders(p_offering_id, p_event_type)
        where order_type = 'sell' and (pricing = 'market' or price_per_share <= p_price)
    ), placed as materialized (
        select id, user_id, order_type, rests, price_per_share, up_to,
            greatest(least(up_to, p_shares) - (up_to - shares), 0) as shares, up_to > p_shares as stays
        from in_line
    ), person as materialized (
        select user_id, (row_number() over ())::integer as at
        from (select distinct user_id from placed where shares > 0) as everybody
    ), line as materialized (
        select placed.order_type, array_agg(placed.id order by placed.up_to) as ids,
            array_agg(person.at order by placed.up_to) as owners, array_agg(placed.shares order by placed.up_to) as shares
        from placed join person on person.user_id = placed.user_id
        where placed.shares > 0
        group by placed.order_type
    ), gone as (
        select order_type, price_per_share, sum(shares)::bigint as shares
        from placed where rests and shares > 0
        group by order_type, price_per_share
    )
    select (select array_agg(user_id order by at) from person), buy.ids, buy.owners, buy.shares, sell.ids, sell.owners, sell.shares,
        (select jsonb_agg(jsonb_build_array(order_type, price_per_share::text, -shares)) from gone),
        (select max(price_per_share) from placed where order_type = 'buy' and rests and stays),
        (select min(price_per_share) from placed where order_type = 'sell' and rests and stays)
    from (select * from line where order_type = 'buy') as buy
    full join (select * from line where order_type = 'sell') as sell on true
$$;
comment on function exchange.auction_lines is 'Which orders trade when so many shares change hands at one price, and how many shares of each.';

-- Both lines are cut wherever an order of either ends: each piece is a trade. One walk along them, touching no table.
create or replace function exchange.settle_auction(
    p_offering_id bigint, p_event_type text, p_price numeric, p_shares bigint, p_now timestamptz,
    out trades bigint[], out parts bigint[], out orders bigint[], out book jsonb)
language plpgsql
as $$
declare
    v_line record;
    v_bid integer := 1;
    v_ask integer := 1;
    v_bid_left bigint;
    v_ask_left bigint;
    v_left bigint := p_shares;
    v_part bigint;
    v_count integer := 0;
    v_buy_orders bigint[];
    v_sell_orders bigint[];
    v_buyers integer[];
    v_sellers integer[];
    v_parts bigint[];
    v_commission numeric;
    v_commissions numeric[];
    v_bid_commissions numeric[];
    v_order_at integer[];
    v_order_shares bigint[];
    v_order_values numeric[];
    v_order_commissions numeric[];
begin
    select * into v_line from exchange.auction_lines(p_offering_id, p_event_type, p_price, p_shares);
    if (select sum(part) from unnest(v_line.bid_shares) as part) is distinct from p_shares
            or (select sum(part) from unnest(v_line.ask_shares) as part) is distinct from p_shares then
        raise exception 'the book does not hold the % shares that should trade at %', p_shares, p_price;
    end if;
    v_bid_commissions := array_fill(0::numeric, array[cardinality(v_line.bids)]);
    v_bid_left := v_line.bid_shares[1];
    v_ask_left := v_line.ask_shares[1];
    while v_left > 0 loop
        v_part := least(v_bid_left, v_ask_left);
        v_count := v_count + 1;
        v_buy_orders[v_count] := v_line.bids[v_bid];
        v_sell_orders[v_count] := v_line.asks[v_ask];
        v_buyers[v_count] := v_line.bidders[v_bid];
        v_sellers[v_count] := v_line.askers[v_ask];
        v_parts[v_count] := v_part;
        v_commission := exchange.commission(v_part * p_price);
        v_commissions[v_count] := v_commission;
        v_bid_commissions[v_bid] := v_bid_commissions[v_bid] + v_commission;
        v_left := v_left - v_part;
        v_bid_left := v_bid_left - v_part;
        v_ask_left := v_ask_left - v_part;
        if v_bid_left = 0 then
            v_bid := v_bid + 1;
            v_bid_left := v_line.bid_shares[v_bid];
        end if;
        if v_ask_left = 0 then
            v_ask := v_ask + 1;
            v_ask_left := v_line.ask_shares[v_ask];
        end if;
    end loop;

    -- all accounts at once: of who trades, and of who waited for this auction only and is given back what is left
    perform exchange.lock_cash(array(
        select user_id from unnest(v_line.people) as user_id
        union
        select held.user_id from exchange.market_orders as held
        where held.offering_id = p_offering_id and held.is_open
            and held.time_in_force = case p_event_type when 'opening_auction' then 'at_open' else 'at_close' end));
    -- in the order in which they are stored: they are written one after the other
    select array_agg(filled.id order by filled.id), array_agg(filled.at order by filled.id),
        array_agg(filled.shares order by filled.id), array_agg(filled.shares * p_price order by filled.id),
        array_agg(filled.commission order by filled.id)
    into orders, v_order_at, v_order_shares, v_order_values, v_order_commissions
    from unnest(
        v_line.bids || v_line.asks, v_line.bidders || v_line.askers, v_line.bid_shares || v_line.ask_shares,
        v_bid_commissions || array_fill(0::numeric, array[cardinality(v_line.asks)]))
        as filled (id, at, shares, commission);
    select settled.trade_ids into trades from exchange.settle(
        p_offering_id, case p_event_type when 'opening_auction' then 'opening' else 'closing' end, p_now,
        v_line.people, array_fill(0::numeric, array[cardinality(v_line.people)]),
        array_fill(0::bigint, array[cardinality(v_line.people)]), v_buy_orders, v_sell_orders, v_buyers, v_sellers, v_parts,
        array_fill(p_price, array[v_count]), array_fill(null::text, array[v_count]),
        orders, v_order_at, v_order_shares, v_order_values, v_order_commissions,
        -- Best prices are found before the trades are written: afterwards, behind all that has just traded.
        'none', coalesce(v_line.bid, exchange.best_price(p_offering_id, 'buy', p_price)),
        coalesce(v_line.ask, exchange.best_price(p_offering_id, 'sell', p_price)), v_commissions) as settled;
    parts := v_parts;
    book := v_line.book;
end
$$;
comment on function exchange.settle_auction is
'Trades so many shares at one price: the trades and how many shares each is of, the orders in it, and by how much the book shrank.';

create or replace function exchange.auction_trades_json(p_ids bigint[], p_shares bigint[], p_price numeric, p_after integer) returns jsonb
language sql immutable
return (
    select coalesce(jsonb_agg(jsonb_build_array(id, p_price::text, shares, null) order by id), '[]')
    from unnest(p_ids[p_after + 1 : p_after + 1000], p_shares[p_after + 1 : p_after + 1000]) as fill (id, shares));
comment on function exchange.auction_trades_json is
'An auction''s trades as an event carries them, at most 1,000: [id, price, shares, null], because nobody''s order came second.';

-- p_price, p_shares and p_surplus: what the rule made of the levels; null, 0 and 0 where nothing crosses. p_collected: what the
-- levels add up to {bids_collected, asks_collected, bid_shares, ask_shares}. p_next: the schedule's next auction {next_auction,
-- next_auction_day, next_auction_at, calls_from}. The caller has claimed the auction in this transaction.
create or replace function exchange.hold_auction(
    p_offering_id bigint, p_price numeric, p_shares bigint, p_surplus bigint, p_collected jsonb, p_next jsonb, p_now timestamptz)
returns exchange.price_discovery_events
language plpgsql
security definer
set search_path = pg_catalog
-- Foreign keys are checked row by row with plans of this setting: others would be made for each row. And what is changed by key
-- is looked up by its index, not found by reading a table of many years' orders.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set work_mem = '64MB' -- a hundred thousand orders are sorted and grouped in memory
set jit = off -- compiling takes longer than running
as $$
declare
    v_offering exchange.vehicle_offerings;
    v_event exchange.price_discovery_events;
    v_opening boolean;
    v_traded record;
    v_cancelled bigint[];
    v_next exchange.vehicle_offerings;
begin
    select * into strict v_offering from exchange.vehicle_offerings where id = p_offering_id;
    v_opening := v_offering.next_auction = 'opening_auction';
    v_next := jsonb_populate_record(v_offering, p_next);
    if (v_next.next_auction_at, v_next.next_auction) is not distinct from (v_offering.next_auction_at, v_offering.next_auction) then
        raise exception 'the auction after this one is missing' using errcode = 'invalid_parameter_value';
    end if;

    if p_price is null then
        select array[]::bigint[] as trades, array[]::bigint[] as parts, array[]::bigint[] as orders, null::jsonb as book into v_traded;
    else
        select * into v_traded
        from exchange.settle_auction(p_offering_id, v_offering.next_auction, p_price, p_shares, p_now);
    end if;
    insert into exchange.price_discovery_events
        (offering_id, event_type, auction_day, scheduled_at, executed_at, equilibrium_price, reference_price,
         bids_collected, asks_collected, bid_shares, ask_shares, orders_matched, trades, shares_matched,
         surplus_side, surplus_shares)
    select p_offering_id, v_offering.next_auction, v_offering.next_auction_day, v_offering.next_auction_at, p_now,
        p_price, v_offering.current_share_price,
        collected.bids_collected, collected.asks_collected, collected.bid_shares, collected.ask_shares,
        cardinality(v_traded.orders), cardinality(v_traded.trades), p_shares,
        case when p_price is not null and p_surplus > 0 then 'buy' when p_price is not null and p_surplus < 0 then 'sell' end,
        case when p_price is null then 0 else abs(p_surplus) end
    from jsonb_populate_record(null::exchange.price_discovery_events, p_collected) as collected
    returning * into v_event;

    v_cancelled := array(select id from exchange.cancel_open_orders(p_offering_id, array(
        select id from exchange.market_orders
        where offering_id = p_offering_id and is_open and time_in_force in ('at_open', 'at_close')
            and time_in_force = case when v_opening then 'at_open' else 'at_close' end), 'auction_over', p_now));

    -- The quote is of what rests for continuous trading: the trades have brought it up to date, and what was cancelled did not rest.
    update exchange.vehicle_offerings
    set opening_price = case when v_opening then p_price else opening_price end,
        previous_close = case when v_opening then previous_close else closing_price end,
        closing_price = case when v_opening then closing_price else coalesce(p_price, current_share_price, closing_price) end,
        next_auction = v_next.next_auction, next_auction_day = v_next.next_auction_day,
        next_auction_at = v_next.next_auction_at, calls_from = v_next.calls_from, updated_at = p_now
    where id = p_offering_id
    returning * into v_offering;

    -- What rested and traded is told as changes of the book, so that a copy of it stays exact. Owners hear of their orders, both those
    -- that traded and those that ended with the auction. The trades follow in as many events as they need.
    perform exchange.tell(
        p_offering_id,
        exchange.market_json(
            exchange.auction_trades_json(v_traded.trades, v_traded.parts, p_price, 0), coalesce(v_traded.book, '[]'),
            v_offering.current_share_price, v_offering.highest_bid, v_offering.lowest_ask, exchange.phase(v_offering, p_now)),
        v_traded.orders || v_cancelled);
    for v_told in 1000 .. cardinality(v_traded.trades) - 1 by 1000 loop
        perform app.publish('exchange-' || p_offering_id, 'market', exchange.market_json(
            exchange.auction_trades_json(v_traded.trades, v_traded.parts, p_price, v_told), '[]', v_offering.current_share_price,
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
grant execute on function exchange.hold_auction(bigint, numeric, bigint, bigint, jsonb, jsonb, timestamptz) to holdfast_jobs;
