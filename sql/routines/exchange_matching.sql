-- Placing, amending and cancelling orders. Price-time priority, at the price of the order that was there first. Everything of one
-- offering happens one after the other, under the lock on its book; what is refused leaves nothing behind.
--
-- Every statement here finds its rows by key, and planning it takes longer than running it: the functions that are called from
-- outside keep one plan for each (plan_cache_mode), and none that was made while a table was small enough to be read whole
-- (enable_seqscan).

-- ---------------------------------------------------------------------------------------------------------------
-- What is refused whatever the book looks like

create or replace function exchange.refuse_phase(p_phase text, p_time_in_force text, p_ends_at timestamptz) returns jsonb
language plpgsql immutable
as $$
begin
    return case
        when p_phase = 'closed' then exchange.problem('offering_closed', 'This offering is closed: it is not traded any more.')
        when p_phase = 'halted' then exchange.problem(
            'offering_halted', 'Trading is halted. Orders can be cancelled, but neither placed nor amended.')
        when p_phase = 'call' and p_time_in_force in ('ioc', 'fok') then exchange.problem(
            'call_phase', 'Orders collect for the auction now, and none is filled at once. Place it afterwards, or as a day or gtc order.',
            jsonb_build_object('ends_at', p_ends_at))
    end;
end
$$;
comment on function exchange.refuse_phase is 'The problem with an order in this phase of its offering; null where there is none.';

create or replace function exchange.refuse_size(p_tick_size numeric, p_lot_size bigint, p_shares bigint, p_price numeric) returns jsonb
language plpgsql immutable
as $$
begin
    return case
        when mod(p_price, p_tick_size) <> 0 then exchange.problem(
            'off_tick', format('Prices of this offering are multiples of %s.', p_tick_size),
            jsonb_build_object('tick_size', p_tick_size::text))
        when mod(p_shares, p_lot_size) <> 0 then exchange.problem(
            'odd_lot', format('Shares of this offering are traded in lots of %s.', p_lot_size), jsonb_build_object('lot_size', p_lot_size))
        when p_shares * coalesce(p_price, 0.01) > 1e12 then exchange.problem(
            'too_large', 'An order is worth at most 1,000,000,000,000 dollars.', jsonb_build_object('maximum', '1000000000000'))
    end;
end
$$;
comment on function exchange.refuse_size is 'The problem with so many shares at this price; null where there is none.';

-- Of one's own orders: the same client order id, too many open ones (one that is amended is among them already), one that this
-- would trade with.
create or replace function exchange.refuse_own(
    p_offering_id bigint, p_user_id uuid, p_order_type text, p_price numeric, p_client_order_id text, p_amends boolean default false)
returns jsonb
language plpgsql stable
as $$
declare
    v_id bigint;
    v_too_many boolean;
begin
    if p_client_order_id is not null then
        select id into v_id from exchange.market_orders where user_id = p_user_id and client_order_id = p_client_order_id;
        if found then
            return exchange.problem_client_order_id(v_id);
        end if;
    end if;
    if p_order_type = 'buy' then
        select exists (select from exchange.market_orders
                       where user_id = p_user_id and offering_id = p_offering_id and is_open offset 9999),
            (select min(id) from exchange.market_orders
             where user_id = p_user_id and offering_id = p_offering_id and is_open and order_type = 'sell'
                 and (price_per_share is null or price_per_share <= p_price))
        into v_too_many, v_id;
    else
        select exists (select from exchange.market_orders
                       where user_id = p_user_id and offering_id = p_offering_id and is_open offset 9999),
            (select min(id) from exchange.market_orders
             where user_id = p_user_id and offering_id = p_offering_id and is_open and order_type = 'buy'
                 and (p_price is null or price_per_share >= p_price))
        into v_too_many, v_id;
    end if;
    return case when v_too_many and not p_amends then exchange.problem_too_many()
                when v_id is not null then exchange.problem_self_trade(v_id) end;
end
$$;
comment on function exchange.refuse_own is
'The problem that an order, new or amended, has with its owner''s others, of which it names the oldest that it could trade with; null
where there is none.';

create or replace function exchange.problem_client_order_id(p_order_id bigint) returns jsonb
language sql immutable
return exchange.problem('client_order_id_used', format('Order %s has this client_order_id already.', p_order_id),
                        jsonb_build_object('order_id', p_order_id));

create or replace function exchange.problem_too_many() returns jsonb
language sql immutable
return exchange.problem('too_many_open_orders', 'One person has at most 10000 open orders in one offering.',
                        jsonb_build_object('maximum', 10000));

create or replace function exchange.problem_self_trade(p_order_id bigint) returns jsonb
language sql immutable
return exchange.problem('self_trade', format('It could trade with your own order %s. Cancel that first.', p_order_id),
                        jsonb_build_object('order_id', p_order_id));

create or replace function exchange.problem_cash(p_needed numeric, p_available numeric) returns jsonb
language sql immutable
return exchange.problem('insufficient_cash', format('This needs %s USD, and %s USD are available.', p_needed, p_available),
                        jsonb_build_object('needed', p_needed::text, 'available', p_available::text));

create or replace function exchange.problem_shares(p_offered bigint, p_free bigint) returns jsonb
language sql immutable
return exchange.problem('insufficient_shares', format('This offers %s shares, and %s are free.', p_offered, p_free),
                        jsonb_build_object('offered', p_offered, 'free', p_free));

create or replace function exchange.problem_unknown_offering() returns jsonb
language sql immutable
return exchange.problem('offering_unknown', 'There is no such offering.');

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
    v_own constant bigint[] := array_fill(p_order.id, array[v_count]);
    v_taker constant integer[] := array_fill(1, array[v_count]);
    v_everybody uuid[] := array[p_order.user_id];
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

-- ---------------------------------------------------------------------------------------------------------------
-- Amending: the same price and no more shares keeps the order's place in line. Anything else is a new order as far as the others
-- are concerned: it goes to the end of the line, and is matched.

create or replace function exchange.amend_order(p_order_id bigint, p_shares bigint, p_price numeric, p_now timestamptz)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
    v_user constant uuid := app.user_id();
    v_old exchange.market_orders;
    v_new exchange.market_orders;
    v_offering exchange.vehicle_offerings;
    v_phase text;
    v_problem jsonb;
    v_price numeric;
    v_shares bigint;
    v_keeps boolean;
    v_needed numeric;
    v_cash numeric := 0;
    v_held bigint := 0;
    v_with bigint[] := '{}';
    v_people uuid[];
    v_parts bigint[];
    v_prices numeric[];
    v_open bigint;
    v_value numeric := 0;
    v_commission numeric := 0;
begin
    v_old := exchange.own_order(p_order_id, v_user);
    select * into v_offering from exchange.vehicle_offerings where id = v_old.offering_id;
    if found and (p_now > v_offering.day_starts_after and p_now <= v_offering.day_ends_at) is not true then
        v_offering := exchange.turn_day(v_offering.id, p_now, p_now, array[v_user]);
        v_old := exchange.own_order(p_order_id, v_user); -- it may have ended with its day
    end if;
    v_problem := exchange.refuse_not_open(p_order_id, v_old);
    if v_problem is not null then
        return v_problem;
    end if;
    v_phase := exchange.phase(v_offering, p_now);
    v_shares := coalesce(p_shares, v_old.shares_requested);
    v_price := coalesce(p_price, v_old.price_per_share);
    v_problem := coalesce(
        exchange.refuse_phase(v_phase, v_old.time_in_force, v_offering.next_auction_at),
        case when v_old.pricing = 'market' then exchange.problem(
            'not_a_limit_order', 'A market order cannot be amended. Cancel it and place another.',
            jsonb_build_object('order_id', v_old.id)) end,
        exchange.refuse_size(v_offering.tick_size, v_offering.lot_size, v_shares, v_price),
        case when v_shares < v_old.shares_filled + v_offering.lot_size then exchange.problem(
            'already_filled', format('%s shares are filled already: ask for more than that, or cancel the order.', v_old.shares_filled),
            jsonb_build_object('shares_filled', v_old.shares_filled, 'lot_size', v_offering.lot_size)) end,
        exchange.refuse_own(v_old.offering_id, v_user, v_old.order_type, v_price, null, true));
    if v_problem is not null then
        return v_problem;
    end if;

    v_price := round(v_price, 2);
    v_keeps := v_price = v_old.price_per_share and v_shares <= v_old.shares_requested;
    v_open := v_shares - v_old.shares_filled;
    v_needed := exchange.cost_at_most(v_price, v_open, v_offering.lot_size);
    if not v_keeps and v_phase = 'continuous' and v_old.time_in_force in ('day', 'gtc') then
        select * into v_with, v_people, v_parts, v_prices, v_open, v_value, v_commission
        from exchange.meet(v_offering, v_old.order_type, v_price, v_open, false);
    end if;
    -- what it reserved itself is free for it
    if v_old.order_type = 'buy' then
        perform exchange.lock_cash(v_people || v_user);
        v_cash := v_needed - v_old.reserved_cash;
        select exchange.problem_cash(v_needed, balance - reserved + v_old.reserved_cash) into v_problem
        from exchange.cash_accounts where user_id = v_user and balance - reserved < v_cash;
    else
        if v_open < v_shares - v_old.shares_filled then
            perform exchange.lock_cash(v_people || v_user);
        end if;
        v_held := v_shares - v_old.shares_requested;
        select exchange.problem_shares(v_shares - v_old.shares_filled,
                                       shares_owned - shares_reserved + v_old.shares_requested - v_old.shares_filled) into v_problem
        from exchange.share_holdings
        where offering_id = v_old.offering_id and holder_id = v_user and shares_owned - shares_reserved < v_held;
    end if;
    if v_problem is not null then
        return v_problem;
    end if;

    update exchange.market_orders
    set shares_requested = v_shares, price_per_share = v_price, shares_filled = v_shares - v_open,
        filled_value = filled_value + v_value, commission = commission + case when order_type = 'buy' then v_commission else 0 end,
        status = case when v_open = 0 then 'filled' when v_open < v_shares then 'partially_filled' else 'active' end,
        priority = case when v_keeps then priority else nextval('exchange.priorities') end, updated_at = p_now
    where id = p_order_id
    returning * into v_new;
    v_cash := v_new.reserved_cash - v_old.reserved_cash;
    v_held := case when v_old.order_type = 'sell' then v_open - (v_old.shares_requested - v_old.shares_filled) else 0 end;
    if cardinality(v_with) = 0 then
        update exchange.cash_accounts set reserved = reserved + v_cash where user_id = v_user and v_cash <> 0;
        update exchange.share_holdings set shares_reserved = shares_reserved + v_held, updated_at = p_now
        where offering_id = v_old.offering_id and holder_id = v_user and v_held <> 0;
    end if;
    return exchange.conclude(v_offering, v_phase, v_new, v_with, v_people, v_parts, v_prices, v_cash, v_held,
                             exchange.left_book(v_old), p_now);
end
$$;
comment on function exchange.amend_order is
'Changes an open limit order''s shares (all of them, the filled ones included) or price; null leaves it as it is. {"order", "trades"} or {"problem"}.';
grant execute on function exchange.amend_order(bigint, bigint, numeric, timestamptz) to holdfast_api;

-- The order as it is under the lock on its book; null where it is unknown or somebody else's.
create or replace function exchange.own_order(p_order_id bigint, p_user_id uuid) returns exchange.market_orders
language plpgsql
as $$
declare
    v_order exchange.market_orders;
begin
    perform exchange.lock_book(offering_id) from exchange.market_orders where id = p_order_id and user_id = p_user_id;
    select * into v_order from exchange.market_orders where id = p_order_id and user_id = p_user_id;
    return v_order;
end
$$;

create or replace function exchange.refuse_not_open(p_order_id bigint, p_order exchange.market_orders) returns jsonb
language plpgsql immutable
as $$
begin
    return case
        when p_order.id is null then exchange.problem(
            'order_unknown', format('You have no order %s.', p_order_id), jsonb_build_object('order_id', p_order_id))
        when not p_order.is_open then exchange.problem(
            'order_not_open', format('Order %s is %s.', p_order_id, p_order.status),
            jsonb_build_object('order_id', p_order_id, 'order_status', p_order.status))
    end;
end
$$;

create or replace function exchange.left_book(p_order exchange.market_orders) returns jsonb
language sql immutable
return case when (p_order).time_in_force in ('day', 'gtc') then jsonb_build_array(jsonb_build_array(
    (p_order).order_type, (p_order).price_per_share::text, (p_order).shares_filled - (p_order).shares_requested)) else '[]' end;
comment on function exchange.left_book(exchange.market_orders) is 'That an order as it was rests no longer, as an entry of an event''s book.';

create or replace function exchange.left_book(p_orders exchange.market_orders[]) returns jsonb
language sql immutable
return (
    select coalesce(jsonb_agg(jsonb_build_array(order_type, price::text, -shares) order by order_type, price), '[]')
    from (
        select order_type, price_per_share as price, sum(shares_requested - shares_filled)::bigint as shares
        from unnest(p_orders)
        where time_in_force in ('day', 'gtc')
        group by order_type, price_per_share
    ) as gone);
comment on function exchange.left_book(exchange.market_orders[]) is
'That orders as they were rest no longer, as an event''s book: a change for each price.';

-- ---------------------------------------------------------------------------------------------------------------

create or replace function exchange.cancel_order(p_order_id bigint, p_now timestamptz)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
    v_order exchange.market_orders := exchange.own_order(p_order_id, app.user_id());
    v_problem constant jsonb := exchange.refuse_not_open(p_order_id, v_order);
begin
    if v_problem is not null then
        return v_problem;
    end if;
    perform exchange.cancel_and_publish(v_order.offering_id, array[p_order_id], 'user', p_now);
    select * into strict v_order from exchange.market_orders where id = p_order_id;
    return jsonb_build_object('order', exchange.order_json(v_order), 'trades', jsonb_build_array());
end
$$;
comment on function exchange.cancel_order is 'Cancels one open order of the caller''s: {"order", "trades": []} or {"problem"}.';
grant execute on function exchange.cancel_order(bigint, timestamptz) to holdfast_api;

create or replace function exchange.cancel_orders(p_offering_id bigint, p_now timestamptz)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
    v_user constant uuid := app.user_id();
    v_offerings bigint[];
    v_offering bigint;
    v_ids bigint[];
    v_cancelled bigint[] := '{}';
begin
    if p_offering_id is not null and not exists (select from exchange.vehicle_offerings where id = p_offering_id) then
        return exchange.problem_unknown_offering();
    end if;
    select array_agg(distinct offering_id order by offering_id) into v_offerings from exchange.market_orders
    where user_id = v_user and is_open and (p_offering_id is null or offering_id = p_offering_id);
    -- all books before any account, ascending: who holds an account then waits for no book
    foreach v_offering in array coalesce(v_offerings, '{}') loop
        perform exchange.lock_book(v_offering);
    end loop;
    perform exchange.lock_cash(array[v_user]) where v_offerings is not null;
    foreach v_offering in array coalesce(v_offerings, '{}') loop
        select array_agg(id) into v_ids from exchange.market_orders
        where user_id = v_user and offering_id = v_offering and is_open;
        if v_ids is not null then
            perform exchange.cancel_and_publish(v_offering, v_ids, 'user', p_now);
            v_cancelled := v_cancelled || v_ids;
        end if;
    end loop;
    return jsonb_build_object('cancelled', (
        select coalesce(jsonb_agg(exchange.order_json(held) order by held.id), '[]')
        from exchange.market_orders as held where held.id = any (v_cancelled)));
end
$$;
comment on function exchange.cancel_orders is 'Cancels all open orders of the caller''s, of one offering or (null) of all: {"cancelled": [order, …]} or {"problem"}.';
grant execute on function exchange.cancel_orders(bigint, timestamptz) to holdfast_api;

drop function if exists exchange.cancel_and_publish(bigint, bigint[], text, timestamptz, bigint[]); -- as it was called once
create or replace function exchange.cancel_and_publish(
    p_offering_id bigint, p_ids bigint[], p_reason text, p_now timestamptz)
returns void
language plpgsql
as $$
declare
    v_offering exchange.vehicle_offerings;
    v_book jsonb;
    v_bid numeric;
    v_ask numeric;
begin
    v_book := exchange.left_book(array(select held from exchange.cancel_open_orders(p_offering_id, p_ids, p_reason, p_now) as held));
    if v_book <> '[]' then
        select * into v_bid, v_ask from exchange.refresh_quote(p_offering_id);
        select * into strict v_offering from exchange.vehicle_offerings where id = p_offering_id;
    end if;
    perform exchange.tell(
        p_offering_id,
        case when v_book is not null then exchange.market_json(
            '[]', v_book, v_offering.current_share_price, v_bid, v_ask, exchange.phase(v_offering, p_now)) end,
        p_ids);
end
$$;
comment on function exchange.cancel_and_publish is
'Cancels open orders of one book, publishes what no longer rests, and tells their owners. The caller holds the book.';
