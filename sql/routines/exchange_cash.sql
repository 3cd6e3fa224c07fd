-- Cash in and out, and offerings from listing to closing. What cannot be done is answered as {"problem": {code, detail, …}}.

-- ---------------------------------------------------------------------------------------------------------------
-- Deposits and withdrawals: a user asks, an administrator has seen the money come or go and confirms. Whoever decides locks the
-- transfer first, then the accounts in the order of their ids.

create or replace function exchange.transfer_answer(p_transfer exchange.cash_transfers) returns jsonb
language sql immutable
return jsonb_build_object('transfer', to_jsonb(p_transfer) || jsonb_build_object('amount', (p_transfer).amount::text));

create or replace function exchange.request_transfer(p_kind text, p_amount numeric, p_reference text, p_now timestamptz)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    v_most constant integer := 100; -- pending at once, so that what administrators have to look through stays readable
    v_user constant uuid := app.user_id();
    v_account_id constant bigint := exchange.account_of(v_user);
    v_account exchange.cash_accounts;
    v_transfer exchange.cash_transfers;
begin
    select * into v_account from exchange.cash_accounts where id = v_account_id for no key update;
    if (select count(*) from exchange.cash_transfers where user_id = v_user and status = 'pending') >= v_most then
        return exchange.problem('too_many_transfers',
            format('%s of your deposits and withdrawals wait for a decision. Cancel one first.', v_most));
    end if;
    if p_kind = 'withdrawal' then
        if v_account.balance - v_account.reserved < p_amount then
            return exchange.problem('insufficient_cash',
                format('You have %s that nothing is reserved for: less than %s.', v_account.balance - v_account.reserved, p_amount),
                jsonb_build_object('needed', p_amount::text, 'available', (v_account.balance - v_account.reserved)::text));
        end if;
        update exchange.cash_accounts set reserved = reserved + p_amount where id = v_account_id;
    end if;
    insert into exchange.cash_transfers (user_id, kind, amount, reference, requested_at)
    values (v_user, p_kind, p_amount, p_reference, p_now)
    returning * into v_transfer;
    return exchange.transfer_answer(v_transfer);
end
$$;
comment on function exchange.request_transfer is
'The acting user asks for a deposit or withdrawal to be confirmed. A withdrawal''s amount is reserved from now on.';

create or replace function exchange.end_transfer(
    p_transfer exchange.cash_transfers, p_status text, p_note text, p_now timestamptz)
returns jsonb
language plpgsql
set search_path = pg_catalog
as $$
declare
    v_withdrawal constant boolean := p_transfer.kind = 'withdrawal';
    v_confirmed constant boolean := p_status = 'confirmed';
    v_user_account constant bigint := exchange.account_of(p_transfer.user_id);
    v_outside constant bigint := (select id from exchange.cash_accounts where kind = 'outside');
    v_change constant numeric := case when not v_confirmed then 0 when v_withdrawal then -p_transfer.amount else p_transfer.amount end;
    v_transfer exchange.cash_transfers;
begin
    perform from exchange.cash_accounts where id in (v_user_account, v_outside) order by id for no key update;
    update exchange.cash_accounts
    set balance = balance + v_change, reserved = reserved - case when v_withdrawal then p_transfer.amount else 0 end
    where id = v_user_account;
    if v_confirmed then
        update exchange.cash_accounts set balance = balance - v_change where id = v_outside;
        insert into exchange.ledger_transfers
            (debit_account_id, credit_account_id, amount, kind, cash_transfer_id, created_at)
        select case when v_withdrawal then v_user_account else v_outside end,
            case when v_withdrawal then v_outside else v_user_account end,
            p_transfer.amount, p_transfer.kind, p_transfer.id, p_now;
    end if;
    update exchange.cash_transfers
    set status = p_status, note = p_note, decided_at = p_now, decided_by = app.user_id()
    where id = p_transfer.id
    returning * into v_transfer;
    perform app.publish('exchange-cash', 'transfer', jsonb_build_object(
        'id', v_transfer.id, 'kind', v_transfer.kind, 'amount', v_transfer.amount::text, 'status', v_transfer.status),
        v_transfer.user_id);
    return exchange.transfer_answer(v_transfer);
end
$$;
comment on function exchange.end_transfer is 'Ends a pending transfer whose row the caller has locked; money moves if it is confirmed.';

create or replace function exchange.decide_transfer(p_id bigint, p_status text, p_note text, p_now timestamptz)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    v_transfer exchange.cash_transfers;
begin
    if not app.is_admin() then
        raise exception 'only an administrator decides about transfers' using errcode = 'insufficient_privilege';
    end if;
    if p_status not in ('confirmed', 'rejected') then
        raise exception 'a transfer is confirmed or rejected, not %', p_status using errcode = 'invalid_parameter_value';
    end if;
    select * into v_transfer from exchange.cash_transfers where id = p_id for no key update;
    if not found then
        return exchange.problem('transfer_unknown', format('There is no transfer %s.', p_id));
    end if;
    if v_transfer.status <> 'pending' then
        return exchange.problem('transfer_decided', format('Transfer %s is %s already.', p_id, v_transfer.status),
            jsonb_build_object('transfer_status', v_transfer.status));
    end if;
    return exchange.end_transfer(v_transfer, p_status, p_note, p_now);
end
$$;
comment on function exchange.decide_transfer is 'An administrator confirms a transfer, and its money moves, or rejects it.';

create or replace function exchange.cancel_transfer(p_id bigint, p_now timestamptz)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    v_transfer exchange.cash_transfers;
begin
    select * into v_transfer from exchange.cash_transfers where id = p_id and user_id = app.user_id() for no key update;
    if not found then
        return exchange.problem('transfer_unknown', format('You have no transfer %s.', p_id));
    end if;
    if v_transfer.status <> 'pending' then
        return exchange.problem('transfer_decided', format('Transfer %s is %s already.', p_id, v_transfer.status),
            jsonb_build_object('transfer_status', v_transfer.status));
    end if;
    return exchange.end_transfer(v_transfer, 'cancelled', null, p_now);
end
$$;
comment on function exchange.cancel_transfer is 'The acting user takes a request back that nobody has decided about.';

grant execute on function exchange.request_transfer(text, numeric, text, timestamptz),
    exchange.decide_transfer(bigint, text, text, timestamptz), exchange.cancel_transfer(bigint, timestamptz)
to holdfast_api;

-- ---------------------------------------------------------------------------------------------------------------
-- Vehicles and offerings, which administrators look after.

create or replace function exchange.require_admin() returns void
language plpgsql
set search_path = pg_catalog
as $$
begin
    if not app.is_admin() then
        raise exception 'only an administrator looks after vehicles and offerings' using errcode = 'insufficient_privilege';
    end if;
end
$$;

create or replace function exchange.add_vehicle(p_name text, p_description text) returns exchange.vehicles
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    v_vehicle exchange.vehicles;
begin
    perform exchange.require_admin();
    insert into exchange.vehicles (name, description) values (p_name, p_description) returning * into v_vehicle;
    return v_vehicle;
end
$$;

create or replace function exchange.change_vehicle(p_id bigint, p_changes jsonb) returns exchange.vehicles
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    v_vehicle exchange.vehicles;
begin
    perform exchange.require_admin();
    update exchange.vehicles
    set name = case when p_changes ? 'name' then p_changes ->> 'name' else name end,
        description = case when p_changes ? 'description' then p_changes ->> 'description' else description end
    where id = p_id
    returning * into v_vehicle;
    return v_vehicle;
end
$$;
comment on function exchange.change_vehicle is 'Sets what p_changes names; null if there is no such vehicle.';

create or replace function exchange.list_offering(p_offering jsonb, p_seller_id uuid, p_now timestamptz)
returns exchange.vehicle_offerings
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    v_offering exchange.vehicle_offerings;
begin
    perform exchange.require_admin();
    insert into exchange.vehicle_offerings (
        vehicle_id, symbol, hours, shares_issued, issue_price, tick_size, lot_size,
        next_auction, next_auction_day, next_auction_at, calls_from, created_at, updated_at)
    -- cents are written out (+ 0.00): amounts then look alike wherever they are shown
    select wanted.vehicle_id, wanted.symbol, wanted.hours, wanted.shares_issued, wanted.issue_price + 0.00,
        wanted.tick_size + 0.00, wanted.lot_size, wanted.next_auction, wanted.next_auction_day, wanted.next_auction_at,
        wanted.calls_from, p_now, p_now
    from jsonb_populate_record(null::exchange.vehicle_offerings, p_offering) as wanted
    returning * into v_offering;
    insert into exchange.share_holdings (offering_id, holder_id, shares_owned, cost, updated_at)
    values (v_offering.id, p_seller_id, v_offering.shares_issued, v_offering.shares_issued * v_offering.issue_price, p_now);
    perform exchange.commission_account_of(v_offering.id);
    perform app.publish(format('exchange-%s', v_offering.id), 'status', jsonb_build_object('status', 'trading', 'note', null));
    return v_offering;
end
$$;
comment on function exchange.list_offering is 'Lists an offering: all its shares are issued to the seller, at the issue price.';

create or replace function exchange.set_offering_status(p_id bigint, p_status text, p_note text, p_now timestamptz)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    v_offering exchange.vehicle_offerings;
    v_gone exchange.market_orders[] := '{}';
    v_crossed boolean;
begin
    perform exchange.require_admin();
    perform exchange.lock_book(p_id);
    select * into v_offering from exchange.vehicle_offerings where id = p_id;
    if not found then
        return exchange.problem('offering_unknown', format('There is no offering %s.', p_id));
    elsif v_offering.status = 'closed' then
        return exchange.problem('offering_closed', format('%s is closed, for good.', v_offering.symbol));
    elsif v_offering.status = p_status then
        return exchange.problem('offering_' || p_status, format('%s is %s already.', v_offering.symbol, p_status));
    end if;

    if p_status = 'closed' then
        v_gone := array(select held from exchange.cancel_open_orders(p_id, null, 'offering_closed', p_now) as held);
    elsif p_status = 'trading' then
        -- A call that was cut short by the halt may have left a crossed book, which continuous trading never has: then orders
        -- go on collecting, and the next auction uncrosses them.
        select max(price_per_share) filter (where order_type = 'buy') >= min(price_per_share) filter (where order_type = 'sell')
        into v_crossed
        from exchange.market_orders
        where offering_id = p_id and is_open and time_in_force in ('day', 'gtc');
    end if;

    update exchange.vehicle_offerings
    set status = p_status, status_note = p_note, updated_at = p_now,
        highest_bid = case when p_status <> 'closed' then highest_bid end,
        lowest_ask = case when p_status <> 'closed' then lowest_ask end,
        calls_from = case when v_crossed and p_now < next_auction_at then least(calls_from, p_now) else calls_from end
    where id = p_id
    returning * into v_offering;
    if cardinality(v_gone) > 0 then
        perform app.publish(format('exchange-%s', p_id), 'market', exchange.market_json(
            '[]', exchange.left_book(v_gone), v_offering.current_share_price, null, null, exchange.phase(v_offering, p_now)));
        perform app.publish(format('exchange-%s', p_id), 'orders', jsonb_build_object('orders', told), user_id)
        from (
            select user_id, jsonb_agg(jsonb_build_object(
                'id', id, 'status', 'cancelled', 'cancel_reason', 'offering_closed', 'shares_filled', shares_filled,
                'average_fill_price', average_fill_price::text) order by id) as told
            from unnest(v_gone)
            group by user_id
        ) as owner;
    end if;
    perform app.publish(format('exchange-%s', p_id), 'status', jsonb_build_object(
        'status', v_offering.status, 'note', v_offering.status_note, 'phase', exchange.phase(v_offering, p_now)));
    return jsonb_build_object('offering', p_id, 'orders_cancelled', cardinality(v_gone));
end
$$;
comment on function exchange.set_offering_status is
'Halts (halted), resumes (trading) or closes (closed) an offering. Closing is for good and cancels its open orders.';

grant execute on function exchange.add_vehicle(text, text), exchange.change_vehicle(bigint, jsonb),
    exchange.list_offering(jsonb, uuid, timestamptz), exchange.set_offering_status(bigint, text, text, timestamptz)
to holdfast_api;
