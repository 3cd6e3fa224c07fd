-- Placing orders. Price-time priority, at the price of the order that was there first. Everything of one
-- offering happens one after the other, under the lock on its book; what is refused leaves nothing behind.
--
-- Every statement here finds its rows by key, and planning it takes longer than running it: the functions that are called from
-- outside keep one plan for each (plan_cache_mode), and none that was made while a table was small enough to be read whole
-- (enable_seqscan).

-- ---------------------------------------------------------------------------------------------------------------
-- Whom an order meets: what rests on the other side at its price or better, the best price first, then the oldest.

create or replace function exchange.meet(
    p_offering exchange.vehicle_offerings, p_order_type text, p_price numeric, p_shares bigint, p_all_or_nothing boolean,
    out orders bigint[], out people uuid[], out shares bigint[], out prices numeric[],
    out open_shares bigint, out value numeric, out commission numeric)
language plpgsql stable
set enable_sort = off -- as far as needed in the order of its index, never the whole book
as $$
declare
    v_book refcursor;
    v_id bigint;
    v_person uuid;
    v_price numeric;
    v_shares bigint;
    v_count integer := 0;
begin
    orders := '{}';
    open_shares := p_shares;
    value := 0;
    commission := 0;
    -- The quote is exact: below the lowest ask there are only the traces of orders that are gone.
    if p_order_type = 'buy' then
        if p_offering.lowest_ask is null or p_price < p_offering.lowest_ask then
            return;
        end if;
        open v_book no scroll for
            select id, user_id, price_per_share, shares_requested - shares_filled from exchange.market_orders
            where offering_id = p_offering.id and is_open and order_type = 'sell' and time_in_force in ('day', 'gtc')
                and price_per_share between p_offering.lowest_ask and p_price
            order by price_per_share, priority;
    else
        if p_offering.highest_bid is null or p_price > p_offering.highest_bid then
            return;
        end if;
        open v_book no scroll for
            select id, user_id, price_per_share, shares_requested - shares_filled from exchange.market_orders
            where offering_id = p_offering.id and is_open and order_type = 'buy' and time_in_force in ('day', 'gtc')
                and price_per_share between coalesce(p_price, 0) and p_offering.highest_bid
            order by price_per_share desc, priority;
    end if;
    while open_shares > 0 loop
        fetch v_book into v_id, v_person, v_price, v_shares;
        exit when not found;
        v_shares := least(open_shares, v_shares);
        v_count := v_count + 1;
        orders[v_count] := v_id;
        people[v_count] := v_person;
        prices[v_count] := v_price;
        shares[v_count] := v_shares;
        open_shares := open_shares - v_shares;
        value := value + v_price * v_shares;
        commission := commission + exchange.commission(v_price * v_shares);
    end loop;
    close v_book;
    if p_all_or_nothing and open_shares > 0 then
        orders := '{}';
        open_shares := p_shares;
        value := 0;
        commission := 0;
    end if;
end
$$;
comment on function exchange.meet is
'The resting orders that an order trades with now: theirs, whose, how many shares, at which price; how many shares stay open, what is
bought or sold in all, and the commission on it. No orders: it trades with none.';

-- ---------------------------------------------------------------------------------------------------------------
-- Reserving. Each answers the problem, or null when it is done.

create or replace function exchange.refuse_cash(p_user_id uuid, p_needed numeric) returns jsonb
language plpgsql stable
as $$
declare
    v_available numeric;
begin
    select balance - reserved into v_available from exchange.cash_accounts where user_id = p_user_id;
    if coalesce(v_available, 0) < p_needed then
        return exchange.problem_cash(p_needed, coalesce(v_available, 0.00));
    end if;
    return null;
end
$$;

create or replace function exchange.reserve_cash(p_user_id uuid, p_needed numeric) returns jsonb
language plpgsql
as $$
begin
    update exchange.cash_accounts set reserved = reserved + p_needed
    where user_id = p_user_id and balance - reserved >= p_needed;
    if not found then
        return exchange.refuse_cash(p_user_id, p_needed);
    end if;
    return null;
end
$$;

create or replace function exchange.refuse_shares(p_offering_id bigint, p_user_id uuid, p_offered bigint) returns jsonb
language plpgsql stable
as $$
declare
    v_free bigint;
begin
    select shares_owned - shares_reserved into v_free from exchange.share_holdings
    where offering_id = p_offering_id and holder_id = p_user_id;
    if coalesce(v_free, 0) < p_offered then
        return exchange.problem_shares(p_offered, coalesce(v_free, 0));
    end if;
    return null;
end
$$;

create or replace function exchange.reserve_shares(p_offering_id bigint, p_user_id uuid, p_offered bigint, p_now timestamptz) returns jsonb
language plpgsql
as $$
begin
    update exchange.share_holdings set shares_reserved = shares_reserved + p_offered, updated_at = p_now
    where offering_id = p_offering_id and holder_id = p_user_id and shares_owned - shares_reserved >= p_offered;
    if not found then
        return exchange.refuse_shares(p_offering_id, p_user_id, p_offered);
    end if;
    return null;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- One order, under the lock on the book.

drop function if exists exchange.place_one(bigint, uuid, jsonb, timestamptz, boolean); -- as it was called once
create or replace function exchange.place_one(
    p_offering_id bigint, p_user_id uuid, p_order jsonb, p_now timestamptz)
returns jsonb
language plpgsql
as $$
declare
    v_type constant text := p_order ->> 'order_type';
    v_force constant text := p_order ->> 'time_in_force';
    v_shares constant bigint := (p_order ->> 'shares_requested')::bigint;
    v_price numeric := (p_order ->> 'price_per_share')::numeric;
    v_offering exchange.vehicle_offerings;
    v_phase text;
    v_problem jsonb;
    v_needed numeric;
    v_with bigint[] := '{}';
    v_people uuid[];
    v_parts bigint[];
    v_prices numeric[];
    v_open bigint := v_shares;
    v_value numeric := 0;
    v_commission numeric := 0;
    v_status text;
    v_reason text;
    v_order exchange.market_orders;
begin
    select * into v_offering from exchange.vehicle_offerings where id = p_offering_id;
    if not found then
        return exchange.problem_unknown_offering();
    end if;
    if (p_now > v_offering.day_starts_after and p_now <= v_offering.day_ends_at) is not true then
        v_offering := exchange.turn_day(p_offering_id, p_now, p_now, array[p_user_id]);
    end if;
    v_phase := exchange.phase(v_offering, p_now);
    v_problem := coalesce(
        exchange.refuse_phase(v_phase, v_force, v_offering.next_auction_at),
        exchange.refuse_size(v_offering.tick_size, v_offering.lot_size, v_shares, v_price),
        exchange.refuse_own(p_offering_id, p_user_id, v_type, v_price, p_order ->> 'client_order_id'));
    if v_problem is not null then
        return v_problem;
    end if;

    v_price := round(v_price, 2); -- a multiple of the tick: this adds zeros, no more
    if v_phase = 'continuous' and v_force not in ('at_open', 'at_close')
        and (case when v_type = 'buy' then v_price >= v_offering.lowest_ask else coalesce(v_price, 0) <= v_offering.highest_bid end) then
        select * into v_with, v_people, v_parts, v_prices, v_open, v_value, v_commission
        from exchange.meet(v_offering, v_type, v_price, v_shares, v_force = 'fok');
    end if;
    v_status := case when v_open = 0 then 'filled' when v_force in ('ioc', 'fok') then 'cancelled'
                     when v_open < v_shares then 'partially_filled' else 'active' end;
    v_reason := case when v_status = 'cancelled' then case v_force when 'ioc' then 'immediate_or_cancel' else 'fill_or_kill' end end;

    -- All that it may cost, or offers, must be free; what trades or is cancelled at once need not be reserved for that.
    if v_open < v_shares then
        perform exchange.lock_cash(v_people || p_user_id);
    end if;
    if v_type = 'buy' then
        v_needed := exchange.cost_at_most(v_price, v_shares, v_offering.lot_size);
        v_problem := case when v_status = 'active' then exchange.reserve_cash(p_user_id, v_needed)
                          else exchange.refuse_cash(p_user_id, v_needed) end;
    else
        v_problem := case when v_status = 'active' then exchange.reserve_shares(p_offering_id, p_user_id, v_shares, p_now)
                          else exchange.refuse_shares(p_offering_id, p_user_id, v_shares) end;
    end if;
    if v_problem is not null then
        return v_problem;
    end if;

    insert into exchange.market_orders
        (offering_id, user_id, order_type, pricing, time_in_force, status, shares_requested, shares_filled, price_per_share,
         lot_size, filled_value, commission, client_order_id, cancel_reason, created_at, updated_at)
    values (p_offering_id, p_user_id, v_type, p_order ->> 'pricing', v_force, v_status, v_shares, v_shares - v_open, v_price,
            v_offering.lot_size, v_value, case when v_type = 'buy' then v_commission else 0 end, p_order ->> 'client_order_id',
            v_reason, p_now, p_now)
    returning * into v_order;
    return exchange.conclude(
        v_offering, v_phase, v_order, v_with, v_people, v_parts, v_prices, v_order.reserved_cash,
        case when v_type = 'sell' and v_order.is_open then v_open else 0 end, '[]', p_now);
end
$$;
comment on function exchange.place_one is 'Places one order: {"order", "trades"} or {"problem"}. The caller holds the book.';

drop function if exists exchange.conclude(
    exchange.vehicle_offerings, text, exchange.market_orders, bigint[], uuid[], bigint[], numeric[], numeric, bigint, jsonb, timestamptz,
    boolean);
-- p_cash, p_shares_held: what the order reserves more than before, if it traded; p_before: what left the book besides.
create or replace function exchange.conclude(
    p_offering exchange.vehicle_offerings, p_phase text, p_order exchange.market_orders,
    p_with bigint[], p_people uuid[], p_shares bigint[], p_prices numeric[], p_cash numeric, p_shares_held bigint,
    p_before jsonb, p_now timestamptz)
returns jsonb
language plpgsql
as $$
declare
    v_count constant integer := cardinality(p_with);
    v_buys constant boolean := p_order.order_type = 'buy';
    v_rests constant boolean := p_order.is_open and p_order.time_in_force in ('day', 'gtc');
    v_own bigint[];
    v_taker integer[];
    v_everybody uuid[];
    v_seats integer[]; -- places of p_people among everybody
    v_values numeric[];
    v_commissions numeric[];
    v_ids bigint[];
    v_bid numeric := p_offering.highest_bid;
    v_ask numeric := p_offering.lowest_ask;
    v_book jsonb := p_before;
    v_trades jsonb := '[]';
    v_market jsonb := '[]';
    v_settled record;
    v_seq bigint;
begin
    if v_count > 0 then
        v_own := array_fill(p_order.id, array[v_count]);
        v_taker := array_fill(1, array[v_count]);
        v_everybody := array[p_order.user_id];
        for v_at in 1 .. v_count loop
            v_seats[v_at] := array_position(v_everybody, p_people[v_at]);
            if v_seats[v_at] is null then
                v_everybody := v_everybody || p_people[v_at];
                v_seats[v_at] := cardinality(v_everybody);
            end if;
            v_values[v_at] := p_prices[v_at] * p_shares[v_at];
            v_commissions[v_at] := case when v_buys then 0 else exchange.commission(v_values[v_at]) end;
        end loop;
        -- Its own side of the quote is known: having traded, it is the best there if it stays. (Not of an amended one, which
        -- may have been the best before.)
        if v_rests and v_buys then
            v_bid := p_order.price_per_share;
        elsif v_rests then
            v_ask := p_order.price_per_share;
        end if;
        v_settled := exchange.settle(
            p_offering.id, 'continuous', p_now, v_everybody,
            p_cash || array_fill(0::numeric, array[cardinality(v_everybody) - 1]),
            p_shares_held || array_fill(0::bigint, array[cardinality(v_everybody) - 1]),
            case when v_buys then v_own else p_with end, case when v_buys then p_with else v_own end,
            case when v_buys then v_taker else v_seats end, case when v_buys then v_seats else v_taker end,
            p_shares, p_prices, array_fill(p_order.order_type, array[v_count]),
            p_with, v_seats, p_shares, v_values, v_commissions,
            case when p_before <> '[]' then null when v_buys then 'sell' else 'buy' end, v_bid, v_ask);
        v_ids := v_settled.trade_ids;
        v_bid := v_settled.bid;
        v_ask := v_settled.ask;
    elsif p_before <> '[]' then
        select * into v_bid, v_ask from exchange.refresh_quote(p_offering.id);
    elsif v_rests and (case when v_buys then v_bid is null or p_order.price_per_share > v_bid
                            else v_ask is null or p_order.price_per_share < v_ask end) then
        if v_buys then
            v_bid := p_order.price_per_share;
        else
            v_ask := p_order.price_per_share;
        end if;
        update exchange.vehicle_offerings set highest_bid = v_bid, lowest_ask = v_ask where id = p_offering.id;
    end if;

    for v_at in 1 .. v_count loop
        v_trades := v_trades || exchange.trade_json(v_ids[v_at], p_prices[v_at], p_shares[v_at], p_now);
        v_market := v_market || jsonb_build_array(
            jsonb_build_array(v_ids[v_at], p_prices[v_at]::text, p_shares[v_at], p_order.order_type));
        v_book := v_book || jsonb_build_array(
            jsonb_build_array(case when v_buys then 'sell' else 'buy' end, p_prices[v_at]::text, -p_shares[v_at]));
    end loop;
    if v_rests then
        v_book := v_book || jsonb_build_array(jsonb_build_array(
            p_order.order_type, p_order.price_per_share::text, p_order.shares_requested - p_order.shares_filled));
    end if;
    v_seq := exchange.tell(
        p_offering.id,
        case when v_book <> '[]' then exchange.market_json(
            v_market, v_book, coalesce(p_prices[v_count], p_offering.current_share_price), v_bid, v_ask, p_phase) end,
        p_with, p_order);
    return jsonb_build_object('order', exchange.order_json(p_order), 'trades', v_trades);
end
$$;
comment on function exchange.conclude is
'What follows from an order that was written as it is now: settles its trades, brings the quote up to date, publishes; the answer.';

create or replace function exchange.trade_json(p_id bigint, p_price numeric, p_shares bigint, p_now timestamptz) returns jsonb
language sql stable
return jsonb_build_object(
    'id', p_id, 'price_per_share', p_price::text, 'shares_traded', p_shares, 'total_value', (p_price * p_shares)::text,
    'nuke_commission_amount', exchange.commission(p_price * p_shares)::text, 'executed_at', p_now);

create or replace function exchange.market_json(
    p_trades jsonb, p_book jsonb, p_last numeric, p_bid numeric, p_ask numeric, p_phase text) returns jsonb
language sql stable
return jsonb_build_object('trades', p_trades, 'book', p_book, 'last', p_last::text, 'bid', p_bid::text, 'ask', p_ask::text,
                          'phase', p_phase);
comment on function exchange.market_json is
'What everybody is told: trades [[id, price, shares, taker], …], book [[side, price, change in resting shares], …], last, bid, ask, phase.';

-- ---------------------------------------------------------------------------------------------------------------

create or replace function exchange.place_orders(p_offering_id bigint, p_orders jsonb, p_now timestamptz)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
    v_user constant uuid := app.user_id();
begin
    perform exchange.lock_book(p_offering_id);
    if jsonb_array_length(p_orders) = 1 then
        return jsonb_build_array(exchange.place_one(p_offering_id, v_user, p_orders -> 0, p_now));
    end if;
    return exchange.place_many(p_offering_id, array_fill(v_user, array[jsonb_array_length(p_orders)]), p_orders, p_now);
end
$$;
comment on function exchange.place_orders is
'Places the caller''s orders one after the other: for each {"order", "trades"} or {"problem"}.';
grant execute on function exchange.place_orders(bigint, jsonb, timestamptz) to holdfast_api;
