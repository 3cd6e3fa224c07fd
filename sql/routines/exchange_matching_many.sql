-- Many orders at once: read in a few statements, matched in memory exactly as one after the other, written in a few statements.

drop function if exists exchange.place_many(bigint, uuid[], jsonb, timestamptz, boolean); -- as it was called once
create or replace function exchange.place_many(p_offering_id bigint, p_users uuid[], p_orders jsonb, p_now timestamptz)
returns jsonb
language plpgsql
as $$
declare
    v_offering exchange.vehicle_offerings;
    v_phase text;
    v_continuous boolean;
    v_count constant integer := jsonb_array_length(p_orders);
    v_lot bigint;
    -- What is asked for, by place
    v_buys boolean[];
    v_forces text[];
    v_wanted bigint[];
    v_limits numeric[];
    v_sound boolean[]; -- nothing is wrong with phase, tick, lot and size
    v_clients integer[]; -- the first place with the same client order id of the same person; null without one
    v_used bigint[]; -- the order that has the client order id already
    v_results jsonb[];
    -- Slots: what rests and may be traded with, then what is asked for. A slot with nothing left is not in the book (yet, or any more).
    v_old integer := 0;
    v_ids bigint[];
    v_owners uuid[];
    v_sides boolean[];
    v_prices numeric[];
    v_left bigint[];
    v_reserves numeric[];
    v_got bigint[];
    v_values numeric[];
    v_commissions numeric[];
    v_at integer[]; -- whose: a place in v_people
    v_asks integer[]; -- slots in the order in which they trade
    v_bids integer[];
    v_lines integer[]; -- a slot's place in its side's line
    v_ask integer := 1; -- before this place nothing is left in the line
    v_bid integer := 1;
    v_ends integer; -- how long the other side's line is
    -- People
    v_people uuid[];
    v_available numeric[];
    v_free bigint[];
    v_open_orders integer[];
    v_cash numeric[];
    v_held bigint[];
    -- Each person's own open orders that a new one of theirs might cross, in lists
    v_own integer := 0;
    v_own_ids bigint[];
    v_own_slots integer[];
    v_own_prices numeric[];
    v_own_next integer[];
    v_own_asks integer[];
    v_own_bids integer[];
    v_own_low numeric[]; -- no open sale of theirs is below
    v_own_high numeric[];
    -- Trades
    v_fills integer := 0;
    v_fill_slots integer[];
    v_fill_rests integer[];
    v_fill_shares bigint[];
    v_fill_prices numeric[];
    v_fill_first integer[]; -- by place: after which trade its own begin
    v_fill_last integer[];
    v_then_left bigint[]; -- by place: as it was when it had been placed
    v_then_value numeric[];
    v_then_commission numeric[];
    -- One order
    v_row record;
    v_slot integer;
    v_rest integer;
    v_place integer;
    v_person integer;
    v_other integer;
    v_shares bigint;
    v_open bigint;
    v_part bigint;
    v_price numeric;
    v_value numeric;
    v_commission numeric;
    v_needed numeric;
    v_total bigint;
    v_id bigint;
    v_found bigint;
    -- Writing
    v_order exchange.market_orders;
    v_trade_ids bigint[];
    v_best_bid numeric;
    v_best_ask numeric;
    v_buy_orders bigint[];
    v_sell_orders bigint[];
    v_buyer_at integer[];
    v_seller_at integer[];
    v_takers text[];
    v_trades jsonb;
    v_made integer[];
    v_book jsonb;
begin
    select * into v_offering from exchange.vehicle_offerings where id = p_offering_id;
    if not found then
        return to_jsonb(array_fill(exchange.problem_unknown_offering(), array[v_count]));
    end if;
    if (p_now > v_offering.day_starts_after and p_now <= v_offering.day_ends_at) is not true then
        v_offering := exchange.turn_day(p_offering_id, p_now, p_now, p_users);
    end if;
    v_phase := exchange.phase(v_offering, p_now);
    v_continuous := v_phase = 'continuous';
    v_lot := v_offering.lot_size;

    select array_agg(buys order by place), array_agg(force order by place), array_agg(shares order by place),
        array_agg(case when sound then round(price, 2) else price end order by place), array_agg(sound order by place),
        array_agg(first order by place), array_agg(used order by place)
    into v_buys, v_forces, v_wanted, v_limits, v_sound, v_clients, v_used
    from (
        select asked.place, asked.buys, asked.force, asked.shares, asked.price,
            v_phase in ('continuous', 'call') and (v_continuous or asked.force not in ('ioc', 'fok'))
                and coalesce(mod(asked.price, v_offering.tick_size) = 0, true) and mod(asked.shares, v_lot) = 0
                and asked.shares * coalesce(asked.price, 0.01) <= 1e12 as sound,
            case when asked.client is not null then (min(asked.place) over (partition by asked.user_id, asked.client))::integer end as first,
            held.id as used
        from (
            select place, p_users[place] as user_id, item ->> 'order_type' = 'buy' as buys, item ->> 'time_in_force' as force,
                (item ->> 'shares_requested')::bigint as shares, (item ->> 'price_per_share')::numeric as price,
                item ->> 'client_order_id' as client
            from jsonb_array_elements(p_orders) with ordinality as element (item, place)
        ) as asked
        left join exchange.market_orders as held on held.user_id = asked.user_id and held.client_order_id = asked.client
    ) as checked;

    -- What rests on each side, as far as all of this could possibly reach.
    if v_continuous then
        select sum(shares), max(price) into v_total, v_price
        from unnest(v_wanted, v_limits, v_buys, v_sound, v_forces) as asked (shares, price, buys, sound, force)
        where buys and sound and force not in ('at_open', 'at_close');
        if v_price >= v_offering.lowest_ask then
            for v_row in
                select * from exchange.within_reach(p_offering_id, 'sell', v_offering.lowest_ask, v_price, v_total)
            loop
                v_old := v_old + 1;
                v_ids[v_old] := v_row.id;
                v_owners[v_old] := v_row.user_id;
                v_sides[v_old] := false;
                v_prices[v_old] := v_row.price_per_share;
                v_left[v_old] := v_row.remaining;
                v_reserves[v_old] := 0;
            end loop;
        end if;
        select sum(shares), min(coalesce(price, 0)) into v_total, v_price
        from unnest(v_wanted, v_limits, v_buys, v_sound, v_forces) as asked (shares, price, buys, sound, force)
        where not buys and sound and force not in ('at_open', 'at_close');
        if v_price <= v_offering.highest_bid then
            for v_row in
                select * from exchange.within_reach(p_offering_id, 'buy', v_price, v_offering.highest_bid, v_total)
            loop
                v_old := v_old + 1;
                v_ids[v_old] := v_row.id;
                v_owners[v_old] := v_row.user_id;
                v_sides[v_old] := true;
                v_prices[v_old] := v_row.price_per_share;
                v_left[v_old] := v_row.remaining;
                v_reserves[v_old] := v_row.reserved_cash;
            end loop;
        end if;
    end if;

    -- Old and new in the line of their side, and everybody concerned.
    v_owners := v_owners || p_users;
    v_sides := v_sides || v_buys;
    v_prices := v_prices || v_limits;
    v_left := v_left || array_fill(0::bigint, array[v_count]);
    v_reserves := v_reserves || array_fill(0::numeric, array[v_count]);
    v_ids := v_ids || array_fill(0::bigint, array[v_count]);
    v_got := array_fill(0::bigint, array[v_old + v_count]);
    v_values := array_fill(0::numeric, array[v_old + v_count]);
    v_commissions := v_values;
    select array_agg(at order by slot), array_agg(line order by slot),
        array_agg(slot order by line) filter (where not buys), array_agg(slot order by line) filter (where buys),
        array_agg(user_id order by at) filter (where first = 1)
    into v_at, v_lines, v_asks, v_bids, v_people
    from (
        select slot::integer, user_id, buys, (dense_rank() over (order by user_id))::integer as at,
            row_number() over (partition by user_id order by slot) as first,
            (row_number() over (partition by buys order by case when buys then -price else price end, slot))::integer as line
        from unnest(v_owners, v_sides, v_prices) with ordinality as slots (user_id, buys, price, slot)
    ) as seated;
    perform exchange.lock_cash(v_people);
    select array_agg(account.balance - account.reserved order by at),
        array_agg(coalesce(held.shares_owned - held.shares_reserved, 0) order by at)
    into v_available, v_free
    from unnest(v_people) with ordinality as person (user_id, at)
    join exchange.cash_accounts as account on account.user_id = person.user_id
    left join exchange.share_holdings as held on held.offering_id = p_offering_id and held.holder_id = person.user_id;
    v_open_orders := array_fill(0, array[cardinality(v_people)]);
    v_own_asks := v_open_orders;
    v_own_bids := v_open_orders;
    v_own_low := array_fill('infinity'::numeric, array[cardinality(v_people)]);
    v_own_high := array_fill('-infinity'::numeric, array[cardinality(v_people)]);
    v_cash := array_fill(0::numeric, array[cardinality(v_people)]);
    v_held := array_fill(0::bigint, array[cardinality(v_people)]);

    for v_row in
        select asking.at, own.number, own.ids, own.buys, own.prices
        from (
            select at, user_id, max(price) filter (where buys) as highest, min(coalesce(price, 0)) filter (where not buys) as lowest
            from unnest(p_users, v_at[v_old + 1 :], v_limits, v_buys) as asked (user_id, at, price, buys)
            group by at, user_id
        ) as asking
        cross join lateral (
            select count(*)::integer as number, array_agg(id) filter (where near) as ids,
                array_agg(order_type = 'buy') filter (where near) as buys, array_agg(price) filter (where near) as prices
            from (
                select id, order_type, coalesce(price_per_share, 0) as price,
                    case order_type when 'sell' then coalesce(price_per_share, 0) <= asking.highest
                                    else price_per_share >= asking.lowest end as near
                from exchange.market_orders
                where user_id = asking.user_id and offering_id = p_offering_id and is_open
                offset 0 -- person by person, by their index: joined at once, the whole book is read
            ) as held
        ) as own
        where own.number > 0
    loop
        v_person := v_row.at;
        v_open_orders[v_person] := v_row.number;
        for v_near in 1 .. coalesce(cardinality(v_row.ids), 0) loop
            v_own := v_own + 1;
            v_own_ids[v_own] := v_row.ids[v_near];
            v_own_slots[v_own] := array_position(v_ids, v_row.ids[v_near]);
            v_own_prices[v_own] := v_row.prices[v_near];
            if v_row.buys[v_near] then
                v_own_next[v_own] := v_own_bids[v_person];
                v_own_bids[v_person] := v_own;
                v_own_high[v_person] := greatest(v_own_high[v_person], v_own_prices[v_own]);
            else
                v_own_next[v_own] := v_own_asks[v_person];
                v_own_asks[v_person] := v_own;
                v_own_low[v_person] := least(v_own_low[v_person], v_own_prices[v_own]);
            end if;
        end loop;
    end loop;

    -- One after the other. Nothing here touches a table.
    for v_place in 1 .. v_count loop
        v_slot := v_old + v_place;
        v_person := v_at[v_slot];
        v_shares := v_wanted[v_place];
        v_price := v_limits[v_place];
        if not v_sound[v_place] then
            v_results[v_place] := coalesce(
                exchange.refuse_phase(v_phase, v_forces[v_place], v_offering.next_auction_at),
                exchange.refuse_size(v_offering.tick_size, v_lot, v_shares, v_price));
            continue;
        end if;
        v_id := v_used[v_place];
        if v_clients[v_place] is not null then
            v_id := coalesce(v_id, nullif(v_used[v_clients[v_place]], 0));
        end if;
        if v_id is not null then
            v_results[v_place] := exchange.problem_client_order_id(v_id);
            continue;
        end if;
        if v_open_orders[v_person] >= 10000 then
            v_results[v_place] := exchange.problem_too_many();
            continue;
        end if;

        -- Would it trade with an order of the same person? The bounds say mostly not; else the list does, and the bound is renewed.
        v_found := null;
        if v_buys[v_place] then
            if v_own_low[v_person] <= v_price then
                v_value := 'infinity';
                v_other := v_own_asks[v_person];
                while v_other > 0 loop
                    if v_own_slots[v_other] is null or v_left[v_own_slots[v_other]] > 0 then
                        v_value := least(v_value, v_own_prices[v_other]);
                        if v_own_prices[v_other] <= v_price then
                            v_found := least(v_found, v_own_ids[v_other]);
                        end if;
                    end if;
                    v_other := v_own_next[v_other];
                end loop;
                v_own_low[v_person] := v_value;
            end if;
        elsif v_own_high[v_person] >= coalesce(v_price, 0) then
            v_value := '-infinity';
            v_other := v_own_bids[v_person];
            while v_other > 0 loop
                if v_own_slots[v_other] is null or v_left[v_own_slots[v_other]] > 0 then
                    v_value := greatest(v_value, v_own_prices[v_other]);
                    if v_own_prices[v_other] >= coalesce(v_price, 0) then
                        v_found := least(v_found, v_own_ids[v_other]);
                    end if;
                end if;
                v_other := v_own_next[v_other];
            end loop;
            v_own_high[v_person] := v_value;
        end if;
        if v_found is not null then
            v_results[v_place] := exchange.problem_self_trade(v_found);
            continue;
        end if;
        if v_buys[v_place] then
            v_needed := exchange.cost_at_most(v_price, v_shares, v_lot);
            if v_needed > v_available[v_person] then
                v_results[v_place] := exchange.problem_cash(v_needed, v_available[v_person]);
                continue;
            end if;
        elsif v_shares > v_free[v_person] then
            v_results[v_place] := exchange.problem_shares(v_shares, v_free[v_person]);
            continue;
        end if;

        v_id := nextval('exchange.market_orders_id_seq');
        v_ids[v_slot] := v_id;
        if v_clients[v_place] is not null then
            v_used[v_clients[v_place]] := v_id;
        end if;
        v_made := v_made || v_place;
        v_open := v_shares;
        v_fill_first[v_place] := v_fills;
        if v_continuous and v_forces[v_place] not in ('at_open', 'at_close') then
            if v_buys[v_place] then
                v_ends := cardinality(v_asks);
                while v_ask <= v_ends and v_left[v_asks[v_ask]] = 0 loop
                    v_ask := v_ask + 1;
                end loop;
                v_other := v_ask;
            else
                v_ends := cardinality(v_bids);
                while v_bid <= v_ends and v_left[v_bids[v_bid]] = 0 loop
                    v_bid := v_bid + 1;
                end loop;
                v_other := v_bid;
            end if;
            while v_open > 0 and v_other <= v_ends loop
                v_rest := case when v_buys[v_place] then v_asks[v_other] else v_bids[v_other] end;
                v_other := v_other + 1;
                continue when v_left[v_rest] = 0;
                exit when case when v_buys[v_place] then v_prices[v_rest] > v_price else v_prices[v_rest] < v_price end;
                v_part := least(v_open, v_left[v_rest]);
                v_open := v_open - v_part;
                v_fills := v_fills + 1;
                v_fill_slots[v_fills] := v_slot;
                v_fill_rests[v_fills] := v_rest;
                v_fill_shares[v_fills] := v_part;
                v_fill_prices[v_fills] := v_prices[v_rest];
            end loop;
            if v_open > 0 and v_forces[v_place] = 'fok' then
                v_fills := v_fill_first[v_place];
                v_open := v_shares;
            end if;
            for v_fill in v_fill_first[v_place] + 1 .. v_fills loop
                v_rest := v_fill_rests[v_fill];
                v_part := v_fill_shares[v_fill];
                v_value := v_prices[v_rest] * v_part;
                v_commission := exchange.commission(v_value);
                v_other := v_at[v_rest];
                v_left[v_rest] := v_left[v_rest] - v_part;
                v_got[v_rest] := v_got[v_rest] + v_part;
                v_values[v_rest] := v_values[v_rest] + v_value;
                v_values[v_slot] := v_values[v_slot] + v_value;
                if v_buys[v_place] then
                    v_available[v_other] := v_available[v_other] + v_value;
                    v_commissions[v_slot] := v_commissions[v_slot] + v_commission;
                else
                    v_needed := case when v_left[v_rest] = 0 then 0
                                     else exchange.cost_at_most(v_prices[v_rest], v_left[v_rest], v_lot) end;
                    v_available[v_other] := v_available[v_other] + v_reserves[v_rest] - v_needed - v_value - v_commission;
                    v_reserves[v_rest] := v_needed;
                    v_commissions[v_rest] := v_commissions[v_rest] + v_commission;
                    v_free[v_other] := v_free[v_other] + v_part;
                end if;
                if v_left[v_rest] = 0 then
                    v_open_orders[v_other] := v_open_orders[v_other] - 1;
                end if;
            end loop;
        end if;
        v_fill_last[v_place] := v_fills;
        v_got[v_slot] := v_shares - v_open;
        v_then_left[v_place] := v_open;
        v_then_value[v_place] := v_values[v_slot];
        v_then_commission[v_place] := v_commissions[v_slot];
        if v_buys[v_place] then
            v_available[v_person] := v_available[v_person] - v_values[v_slot] - v_commissions[v_slot];
            v_free[v_person] := v_free[v_person] + v_got[v_slot];
        else
            v_available[v_person] := v_available[v_person] + v_values[v_slot];
            v_free[v_person] := v_free[v_person] - v_got[v_slot];
        end if;
        if v_open > 0 and v_forces[v_place] not in ('ioc', 'fok') then
            -- it stays: in the line, or for its auction
            v_open_orders[v_person] := v_open_orders[v_person] + 1;
            v_own := v_own + 1;
            v_own_ids[v_own] := v_id;
            v_own_prices[v_own] := coalesce(v_price, 0);
            if v_forces[v_place] in ('day', 'gtc') then
                v_own_slots[v_own] := v_slot;
                v_left[v_slot] := v_open;
            else
                v_own_slots[v_own] := null;
            end if;
            if v_buys[v_place] then
                v_reserves[v_slot] := exchange.cost_at_most(v_price, v_open, v_lot);
                v_available[v_person] := v_available[v_person] - v_reserves[v_slot];
                v_own_next[v_own] := v_own_bids[v_person];
                v_own_bids[v_person] := v_own;
                v_own_high[v_person] := greatest(v_own_high[v_person], v_price);
                v_bid := least(v_bid, v_lines[v_slot]);
            else
                v_free[v_person] := v_free[v_person] - v_open;
                v_own_next[v_own] := v_own_asks[v_person];
                v_own_asks[v_person] := v_own;
                v_own_low[v_person] := least(v_own_low[v_person], coalesce(v_price, 0));
                v_ask := least(v_ask, v_lines[v_slot]);
            end if;
        end if;
    end loop;
    if v_made is null then
        return to_jsonb(v_results);
    end if;

    -- Written in the order of places, each in its final state; answered as each was when it had been placed.
    v_place := 0;
    for v_order in
        insert into exchange.market_orders
            (id, offering_id, user_id, order_type, pricing, time_in_force, status, shares_requested, shares_filled, price_per_share,
             lot_size, filled_value, commission, client_order_id, cancel_reason, created_at, updated_at)
        overriding system value
        select id, p_offering_id, user_id, case when buys then 'buy' else 'sell' end, item ->> 'pricing', force,
            case when got = shares then 'filled' when force in ('ioc', 'fok') then 'cancelled'
                 when got > 0 then 'partially_filled' else 'active' end,
            shares, got, price, v_lot, value, commission, item ->> 'client_order_id',
            case when got < shares then case force when 'ioc' then 'immediate_or_cancel' when 'fok' then 'fill_or_kill' end end,
            p_now, p_now
        from unnest(v_ids[v_old + 1 :], p_users, v_buys, v_forces, v_wanted, v_got[v_old + 1 :], v_limits, v_values[v_old + 1 :],
                    v_commissions[v_old + 1 :], array(select jsonb_array_elements(p_orders)))
            with ordinality as made (id, user_id, buys, force, shares, got, price, value, commission, item, place)
        where id > 0
        order by place
        returning *
    loop
        v_place := v_place + 1;
        v_slot := v_old + v_made[v_place];
        if v_order.is_open and v_order.order_type = 'buy' then
            v_cash[v_at[v_slot]] := v_cash[v_at[v_slot]] + v_order.reserved_cash;
        elsif v_order.is_open then
            v_held[v_at[v_slot]] := v_held[v_at[v_slot]] + v_order.shares_requested - v_order.shares_filled;
        end if;
        if v_order.shares_filled <> v_order.shares_requested - v_then_left[v_made[v_place]] then -- by orders that came later
            v_order := exchange.order_as_placed(
                v_order, v_then_left[v_made[v_place]], v_then_value[v_made[v_place]], v_then_commission[v_made[v_place]]);
        end if;
        v_results[v_made[v_place]] := exchange.order_json(v_order);
    end loop;

    for v_fill in 1 .. v_fills loop
        v_slot := v_fill_slots[v_fill];
        v_rest := v_fill_rests[v_fill];
        if v_sides[v_slot] then
            v_buy_orders[v_fill] := v_ids[v_slot];
            v_buyer_at[v_fill] := v_at[v_slot];
            v_sell_orders[v_fill] := v_ids[v_rest];
            v_seller_at[v_fill] := v_at[v_rest];
            v_takers[v_fill] := 'buy';
        else
            v_buy_orders[v_fill] := v_ids[v_rest];
            v_buyer_at[v_fill] := v_at[v_rest];
            v_sell_orders[v_fill] := v_ids[v_slot];
            v_seller_at[v_fill] := v_at[v_slot];
            v_takers[v_fill] := 'sell';
        end if;
    end loop;
    select settled.trade_ids, settled.bid, settled.ask into v_trade_ids, v_best_bid, v_best_ask
    from (
        select coalesce(array_agg(id), '{}') as ids, coalesce(array_agg(at), '{}') as at, coalesce(array_agg(shares), '{}') as shares,
            coalesce(array_agg(value), '{}') as value, coalesce(array_agg(commission), '{}') as commission
        from unnest(v_ids[: v_old], v_at[: v_old], v_got[: v_old], v_values[: v_old], v_commissions[: v_old])
            as touched (id, at, shares, value, commission)
        where shares > 0
    ) as touched
    cross join lateral exchange.settle(
        p_offering_id, 'continuous', p_now, v_people, v_cash, v_held,
        coalesce(v_buy_orders, '{}'), coalesce(v_sell_orders, '{}'), coalesce(v_buyer_at, '{}'), coalesce(v_seller_at, '{}'),
        coalesce(v_fill_shares[: v_fills], '{}'), coalesce(v_fill_prices[: v_fills], '{}'), coalesce(v_takers, '{}'),
        touched.ids, touched.at, touched.shares, touched.value, touched.commission) as settled;

    foreach v_place in array v_made loop
        v_trades := '[]';
        for v_fill in v_fill_first[v_place] + 1 .. v_fill_last[v_place] loop
            v_trades := v_trades || exchange.trade_json(
                v_trade_ids[v_fill], v_fill_prices[v_fill], v_fill_shares[v_fill], p_now);
        end loop;
        v_results[v_place] := jsonb_build_object('order', v_results[v_place], 'trades', v_trades);
    end loop;

    select jsonb_agg(jsonb_build_array(case when buys then 'buy' else 'sell' end, price::text, change)
                     order by buys, price) into v_book
    from (
        select buys, price, sum(change)::bigint as change
        from (
            select buys, price, case when slot <= v_old then -got else still end as change
            from unnest(v_sides, v_prices, v_got, v_left) with ordinality as slots (buys, price, got, still, slot)
        ) as each
        group by buys, price
        having sum(change) <> 0
    ) as level;
    if v_fills > 0 then
        select coalesce(jsonb_agg(jsonb_build_array(id, price::text, shares, taker)), '[]') into v_trades
        from unnest(v_trade_ids, v_fill_prices[: v_fills], v_fill_shares[: v_fills], v_takers) as fill (id, price, shares, taker);
    else
        v_trades := '[]';
    end if;
    perform exchange.tell(
        p_offering_id,
        case when v_book is not null or v_fills > 0 then exchange.market_json(
            v_trades, coalesce(v_book, '[]'), coalesce(v_fill_prices[nullif(v_fills, 0)], v_offering.current_share_price),
            v_best_bid, v_best_ask, v_phase) end,
        array(select id from unnest(v_ids, v_got) with ordinality as slots (id, got, slot) where id > 0 and (got > 0 or slot > v_old)));
    return to_jsonb(v_results);
end
$$;
comment on function exchange.place_many is
'Places orders, each of the user at its place in p_users, with the same outcome as one after the other; their results in that order.
The caller holds the book.';

create or replace function exchange.order_as_placed(
    p_order exchange.market_orders, p_open bigint, p_value numeric, p_commission numeric) returns exchange.market_orders
language plpgsql immutable
as $$
begin
    p_order.shares_filled := p_order.shares_requested - p_open;
    p_order.filled_value := p_value;
    p_order.commission := p_commission;
    p_order.status := case when p_order.shares_filled > 0 then 'partially_filled' else 'active' end;
    p_order.is_open := true;
    p_order.average_fill_price := round(p_value / nullif(p_order.shares_filled, 0), 6);
    p_order.reserved_cash := case when p_order.order_type = 'buy'
        then exchange.cost_at_most(p_order.price_per_share, p_open, p_order.lot_size) else 0 end;
    return p_order;
end
$$;
comment on function exchange.order_as_placed is 'An order as it was before later ones of the same batch filled it.';

create or replace function exchange.within_reach(
    p_offering_id bigint, p_order_type text, p_from numeric, p_to numeric, p_shares bigint)
returns table (id bigint, user_id uuid, price_per_share numeric, remaining bigint, reserved_cash numeric)
language plpgsql stable
set enable_sort = off -- as far as needed in the order of its index, never the whole book
as $$
declare
    v_book refcursor;
begin
    if p_order_type = 'buy' then
        open v_book no scroll for
            select held.id, held.user_id, held.price_per_share, held.shares_requested - held.shares_filled, held.reserved_cash
            from exchange.market_orders as held
            where held.offering_id = p_offering_id and held.is_open and held.order_type = 'buy'
                and held.time_in_force in ('day', 'gtc') and held.price_per_share between p_from and p_to
            order by held.price_per_share desc, held.priority;
    else
        open v_book no scroll for
            select held.id, held.user_id, held.price_per_share, held.shares_requested - held.shares_filled, held.reserved_cash
            from exchange.market_orders as held
            where held.offering_id = p_offering_id and held.is_open and held.order_type = 'sell'
                and held.time_in_force in ('day', 'gtc') and held.price_per_share between p_from and p_to
            order by held.price_per_share, held.priority;
    end if;
    while p_shares > 0 loop
        fetch v_book into id, user_id, price_per_share, remaining, reserved_cash;
        exit when not found;
        p_shares := p_shares - remaining;
        return next;
    end loop;
    close v_book;
end
$$;
comment on function exchange.within_reach is
'What rests on one side of a book between two prices, in the order in which it trades, until that many shares are reached.';
