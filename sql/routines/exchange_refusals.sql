-- What is refused whatever the book looks like, and how problems are worded.

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
