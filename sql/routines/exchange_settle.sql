-- What trades cause: cash and its ledger, orders, holdings, the candle, the offering's market, and what clients are told.
-- All of it set-based, so that one trade, a batch's and an auction's go the same way.

create or replace function exchange.order_json(p_order exchange.market_orders) returns jsonb
language sql stable
return to_jsonb(p_order) || jsonb_build_object(
    'price_per_share', (p_order).price_per_share::text, 'filled_value', (p_order).filled_value::text,
    'commission', (p_order).commission::text, 'average_fill_price', (p_order).average_fill_price::text,
    'reserved_cash', (p_order).reserved_cash::text);
comment on function exchange.order_json is 'An order as answers carry it: all columns, amounts as text.';

create or replace function exchange.lock_cash(p_users uuid[]) returns void
language plpgsql
as $$
declare
    v_found bigint;
begin
    perform from exchange.cash_accounts where user_id = any (p_users) order by id for no key update;
    get diagnostics v_found = row_count;
    -- mostly everybody is named once and has an account, and nothing need be counted
    if v_found < cardinality(p_users) and v_found < (select count(distinct wanted) from unnest(p_users) as wanted) then
        -- first all that are missing, in a fixed order, then again all in the order of their ids
        insert into exchange.cash_accounts (kind, user_id)
        select 'user', wanted from (select distinct unnest(p_users) as wanted) as people
        where not exists (select from exchange.cash_accounts where user_id = wanted)
        order by wanted
        on conflict (user_id) do nothing;
        perform from exchange.cash_accounts where user_id = any (p_users) order by id for no key update;
    end if;
end
$$;
comment on function exchange.lock_cash is
'Locks the cash accounts of all these people in the order of ids, and makes those that are missing. Once in a transaction, after the
book: whoever waits here then holds no account that another might wait for.';

-- ---------------------------------------------------------------------------------------------------------------
-- The caller holds the book, has locked the cash accounts of all p_people (exchange.lock_cash), and gives
--   p_people       everybody concerned, once; the arrays named _at below hold places in it
--   p_cash, p_held by how much each person's reserved cash and shares change through orders that the caller wrote itself
--   p_buy_orders, p_sell_orders, p_buyer_at, p_seller_at, p_shares, p_prices, p_takers
--                  the trades in the order in which they happen; takers are null in auctions
--   p_orders, p_order_at, p_order_shares, p_order_values, p_order_commissions
--                  the orders that are to be brought up to date here, each once: how much of them was filled. Not those that the
--                  caller wrote in the state that they have after this: a batch writes what it places once.
--   p_trade_type   continuous, opening or closing
--   p_side, bid, ask
--                  the side of the book that changed, where it is only one, and what the other side's best price is then; none:
--                  both best prices are as given
--   p_commissions  the trades' commissions, where the caller has them already
-- Every statement finds its rows by key from arrays, so that its plan suits one trade and a hundred thousand. It reads them by place,
-- because each array made rows of would be stored before it is read.
-- Returns the trades' ids in the same order, and the best prices that rest afterwards.

create or replace function exchange.settle(
    p_offering_id bigint, p_trade_type text, p_now timestamptz,
    p_people uuid[], p_cash numeric[], p_held bigint[],
    p_buy_orders bigint[], p_sell_orders bigint[], p_buyer_at integer[], p_seller_at integer[],
    p_shares bigint[], p_prices numeric[], p_takers text[],
    p_orders bigint[], p_order_at integer[], p_order_shares bigint[], p_order_values numeric[], p_order_commissions numeric[],
    p_side text default null, inout bid numeric default null, inout ask numeric default null,
    p_commissions numeric[] default null, out trade_ids bigint[])
language plpgsql
as $$
declare
    v_count constant integer := cardinality(p_shares);
    v_accounts bigint[];
    v_owned bigint[];
    v_costs numeric[];
    v_known boolean[]; -- whether there is a holding
    v_gains numeric[] := array_fill(0::numeric, array[cardinality(p_people)]);
    v_paid numeric[] := v_gains;
    v_buyer integer;
    v_seller integer;
    v_shares bigint;
    v_price numeric;
    v_value numeric;
    v_commission numeric;
    v_cost numeric;
    v_volume bigint := 0;
    v_turnover numeric := 0;
    v_earned numeric := 0;
    v_low numeric := p_prices[1];
    v_high numeric := p_prices[1];
    v_last constant numeric := p_prices[v_count];
    v_values numeric[];
    v_commissions numeric[];
    v_seller_costs numeric[];
    v_house constant bigint := exchange.commission_account_of(p_offering_id);
    v_filled_at integer[];
    v_filled_cash numeric[];
    v_filled_shares bigint[];
    v_at integer;
begin
    select array_agg(account.id order by place), array_agg(coalesce(held.shares_owned, 0) order by place),
        array_agg(coalesce(held.cost, 0) order by place), array_agg(held.holder_id is not null order by place)
    into v_accounts, v_owned, v_costs, v_known
    from unnest(p_people) with ordinality as person (user_id, place)
    join exchange.cash_accounts as account on account.user_id = person.user_id
    left join exchange.share_holdings as held on held.offering_id = p_offering_id and held.holder_id = person.user_id;

    -- In the order in which they happen: what somebody sells has cost what all they hold at that moment costs on average.
    for v_fill in 1 .. v_count loop
        v_buyer := p_buyer_at[v_fill];
        v_seller := p_seller_at[v_fill];
        v_shares := p_shares[v_fill];
        v_price := p_prices[v_fill];
        v_value := v_price * v_shares;
        v_commission := coalesce(p_commissions[v_fill], exchange.commission(v_value));
        v_cost := case when v_shares = v_owned[v_seller] then v_costs[v_seller]
                       else round(v_costs[v_seller] * v_shares / v_owned[v_seller], 6) end;
        v_owned[v_seller] := v_owned[v_seller] - v_shares;
        v_costs[v_seller] := v_costs[v_seller] - v_cost;
        v_gains[v_seller] := v_gains[v_seller] + v_value - v_cost;
        v_paid[v_seller] := v_paid[v_seller] + v_value;
        v_owned[v_buyer] := v_owned[v_buyer] + v_shares;
        v_costs[v_buyer] := v_costs[v_buyer] + v_value;
        v_paid[v_buyer] := v_paid[v_buyer] - v_value - v_commission;
        v_volume := v_volume + v_shares;
        v_turnover := v_turnover + v_value;
        v_earned := v_earned + v_commission;
        if v_price < v_low then
            v_low := v_price;
        elsif v_price > v_high then
            v_high := v_price;
        end if;
        v_values[v_fill] := v_value;
        v_commissions[v_fill] := v_commission;
        v_seller_costs[v_fill] := v_cost;
        trade_ids[v_fill] := nextval('exchange.market_trades_id_seq');
    end loop;

    insert into exchange.market_trades
        (id, offering_id, buyer_id, seller_id, buy_order_id, sell_order_id, shares_traded, price_per_share, trade_type, taker,
         seller_cost, executed_at)
    overriding system value
    select trade_ids[fill], p_offering_id, p_people[p_buyer_at[fill]], p_people[p_seller_at[fill]], p_buy_orders[fill],
        p_sell_orders[fill], p_shares[fill], p_prices[fill], p_trade_type, p_takers[fill], v_seller_costs[fill], p_now
    from generate_series(1, v_count) as fill;

    insert into exchange.ledger_transfers (debit_account_id, credit_account_id, amount, kind, trade_id, created_at)
    select v_accounts[p_buyer_at[fill]], case kind when 'trade' then v_accounts[p_seller_at[fill]] else v_house end,
        case kind when 'trade' then v_values[fill] else v_commissions[fill] end, kind, trade_ids[fill], p_now
    from (
        select turn / 2 + 1 as fill, case turn % 2 when 0 then 'trade' else 'commission' end as kind
        from generate_series(0, 2 * v_count - 1) as turn
    ) as entry
    where kind = 'trade' or v_commissions[fill] > 0;

    with filled as (
        update exchange.market_orders as held
        set shares_filled = held.shares_filled + p_order_shares[place],
            filled_value = held.filled_value + p_order_values[place],
            commission = held.commission + p_order_commissions[place],
            status = case when held.shares_filled + p_order_shares[place] = held.shares_requested then 'filled'
                          else 'partially_filled' end,
            updated_at = p_now
        from generate_series(1, cardinality(p_orders)) as place
        where held.id = p_orders[place]
        returning p_order_at[place] as at, case when new.order_type = 'buy' then new.reserved_cash - old.reserved_cash end as cash,
            p_order_shares[place] as shares
    )
    select coalesce(array_agg(at), '{}'), array_agg(cash), array_agg(shares) into v_filled_at, v_filled_cash, v_filled_shares
    from filled;
    for v_fill in 1 .. cardinality(v_filled_at) loop
        v_at := v_filled_at[v_fill];
        if v_filled_cash[v_fill] is null then -- of a sale
            p_held[v_at] := p_held[v_at] - v_filled_shares[v_fill];
        else
            p_cash[v_at] := p_cash[v_at] + v_filled_cash[v_fill];
        end if;
    end loop;

    update exchange.cash_accounts as held
    set balance = held.balance + change.paid, reserved = held.reserved + change.reserved
    from unnest(v_accounts || v_house, v_paid || v_earned, p_cash || 0::numeric) as change (id, paid, reserved)
    where held.id = change.id and (change.paid <> 0 or change.reserved <> 0);

    update exchange.share_holdings as held
    set shares_owned = change.owned, cost = change.cost, realised_gain = held.realised_gain + change.gain,
        shares_reserved = held.shares_reserved + change.reserved, updated_at = p_now
    from unnest(p_people, v_owned, v_costs, v_gains, p_held) as change (person, owned, cost, gain, reserved)
    where held.offering_id = p_offering_id and held.holder_id = change.person
        and (held.shares_owned <> change.owned or held.cost <> change.cost or change.gain <> 0 or change.reserved <> 0);
    if not (true = all (v_known)) then
        insert into exchange.share_holdings (offering_id, holder_id, shares_owned, shares_reserved, cost, realised_gain, updated_at)
        select p_offering_id, person, owned, reserved, cost, gain, p_now
        from unnest(p_people, v_owned, v_costs, v_gains, p_held, v_known) as change (person, owned, cost, gain, reserved, known)
        where not known and (owned > 0 or gain <> 0);
    end if;

    if v_count > 0 then
        update exchange.market_snapshots
        set high_price = greatest(high_price, v_high), low_price = least(low_price, v_low), close_price = v_last,
            volume_shares = volume_shares + v_volume, volume_usd = volume_usd + v_turnover, trade_count = trade_count + v_count
        where offering_id = p_offering_id and snapshot_hour = date_trunc('hour', p_now, 'UTC');
        if not found then
            insert into exchange.market_snapshots
                (offering_id, snapshot_hour, open_price, high_price, low_price, close_price, volume_shares, volume_usd, trade_count)
            values (p_offering_id, date_trunc('hour', p_now, 'UTC'), p_prices[1], v_high, v_low, v_last, v_volume, v_turnover, v_count);
        end if;
    end if;

    if coalesce(p_side = 'buy', true) then
        bid := exchange.best_price(p_offering_id, 'buy');
    end if;
    if coalesce(p_side = 'sell', true) then
        ask := exchange.best_price(p_offering_id, 'sell');
    end if;
    if v_count > 0 then
        update exchange.vehicle_offerings
        set current_share_price = v_last, last_trade_at = p_now, updated_at = p_now, total_trades = total_trades + v_count,
            total_volume_shares = total_volume_shares + v_volume, total_volume_usd = total_volume_usd + v_turnover,
            highest_bid = bid, lowest_ask = ask
        where id = p_offering_id;
    else
        update exchange.vehicle_offerings set highest_bid = bid, lowest_ask = ask
        where id = p_offering_id and (highest_bid, lowest_ask) is distinct from (bid, ask);
    end if;
end
$$;
comment on function exchange.settle is 'Writes trades and all that follows from them, in one set-based go.';

-- ---------------------------------------------------------------------------------------------------------------
-- The quote: of what rests for continuous trading.

create or replace function exchange.best_price(p_offering_id bigint, p_order_type text, p_beyond numeric default null)
returns numeric
language plpgsql stable
set enable_sort = off -- in the order of its index: sorting looks as cheap in a plan made while the book was almost empty
as $$
declare
    v_price numeric;
begin
    if p_order_type = 'buy' then
        select price_per_share into v_price from exchange.market_orders
        where offering_id = p_offering_id and is_open and order_type = 'buy' and time_in_force in ('day', 'gtc')
            and price_per_share < coalesce(p_beyond, 'infinity')
        order by price_per_share desc, priority limit 1;
    else
        select price_per_share into v_price from exchange.market_orders
        where offering_id = p_offering_id and is_open and order_type = 'sell' and time_in_force in ('day', 'gtc')
            and price_per_share > coalesce(p_beyond, 0)
        order by price_per_share, priority limit 1;
    end if;
    return v_price;
end
$$;
comment on function exchange.best_price is
'The best price that rests on one side of the book, of those worse than p_beyond where that is given; null where nothing does.';

create or replace function exchange.refresh_quote(p_offering_id bigint, out bid numeric, out ask numeric)
language plpgsql
as $$
begin
    bid := exchange.best_price(p_offering_id, 'buy');
    ask := exchange.best_price(p_offering_id, 'sell');
    update exchange.vehicle_offerings set highest_bid = bid, lowest_ask = ask
    where id = p_offering_id and (highest_bid, lowest_ask) is distinct from (bid, ask);
end
$$;
comment on function exchange.refresh_quote is 'Brings an offering''s best prices up to date after its book changed without a trade.';

-- ---------------------------------------------------------------------------------------------------------------
-- Events: one for everybody, and one for each owner of the orders in p_told. Numbered without gaps, like app.publish, but all at once.

drop function if exists exchange.tell(bigint, jsonb, bigint[]); -- as it was called once
create or replace function exchange.tell(
    p_offering_id bigint, p_market jsonb, p_told bigint[], p_own exchange.market_orders default null) returns bigint
language plpgsql
as $$
declare
    v_topic constant text := 'exchange-' || p_offering_id;
    v_people uuid[];
    v_told jsonb[];
    v_last bigint;
begin
    if cardinality(p_told) > 0 then
        select array_agg(user_id), array_agg(orders) into v_people, v_told
        from (
            select user_id, jsonb_build_object('orders', jsonb_agg(jsonb_build_object(
                'id', id, 'status', status, 'shares_filled', shares_filled, 'average_fill_price', average_fill_price::text,
                'cancel_reason', cancel_reason) order by id)) as orders
            from exchange.market_orders where id = any (p_told) group by user_id
        ) as told;
    end if;
    if p_own.id is not null then
        v_people := p_own.user_id || v_people;
        v_told := jsonb_build_object('orders', jsonb_build_array(jsonb_build_object(
            'id', p_own.id, 'status', p_own.status, 'shares_filled', p_own.shares_filled,
            'average_fill_price', p_own.average_fill_price::text, 'cancel_reason', p_own.cancel_reason))) || v_told;
    end if;
    if p_market is not null then
        v_people := null::uuid || v_people;
        v_told := p_market || v_told;
    end if;
    insert into app.outbox_topics as held (topic, last_seq) values (v_topic, cardinality(v_told))
    on conflict (topic) do update set last_seq = held.last_seq + excluded.last_seq
    returning last_seq into v_last;
    insert into app.outbox (topic, seq, kind, payload, audience)
    select v_topic, v_last - cardinality(v_told) + place, case when audience is null then 'market' else 'orders' end, payload, audience
    from unnest(v_people, v_told) with ordinality as told (audience, payload, place);
    return v_last;
end
$$;
comment on function exchange.tell is
'Publishes to everybody what changed in a market (null: nothing), and to the owners of the orders p_told, and of p_own, which is at
hand, how those stand now. Returns the last event''s number.';
