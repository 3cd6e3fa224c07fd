-- Amending and cancelling orders.
--
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
