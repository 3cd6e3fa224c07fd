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
    if v_found < (select count(distinct wanted) from unnest(p_users) as wanted) then
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
-- The caller holds the book, has locked the cash accounts of everybody in the trades and in p_people (exchange.lock_cash), and
-- has written the orders of p_written as they are after this (a batch writes what it places once, in its final state); all other
-- orders in the trades are brought up to date here.
--   p_trade_type   continuous, opening, closing
--   p_buy_orders … p_takers   the trades in the order in which they happen, one array for each column; takers are null in auctions
--   p_people, p_cash, p_shares_held   for each order in p_written: whose it is, and by how much it changed the cash and the
--                  shares that it reserves (placing: all of it; nobody's twice is not needed: they are added up)
-- Returns the trades' ids in the same order, and the best prices that rest afterwards.

create or replace function exchange.settle(
    p_offering_id bigint, p_trade_type text, p_now timestamptz,
    p_buy_orders bigint[], p_sell_orders bigint[], p_buyers uuid[], p_sellers uuid[],
    p_shares bigint[], p_prices numeric[], p_takers text[],
    p_written bigint[] default '{}', p_people uuid[] default '{}', p_cash numeric[] default '{}', p_shares_held bigint[] default '{}',
    out trade_ids bigint[], out bid numeric, out ask numeric)
language plpgsql
as $$
declare
    v_event record;
    v_person uuid;
    v_place integer := 0;
    v_people uuid[];
    v_owned bigint[];
    v_costs numeric[];
    v_gains numeric[];
    v_seller_costs numeric[];
    v_shares bigint;
    v_cost numeric;
    v_gain numeric;
    v_part numeric;
    v_house bigint;
    v_commission numeric;
    v_changed bigint;
    v_plans text := current_setting('plan_cache_mode');
begin
    if cardinality(p_shares) > 100 or cardinality(p_people) > 100 then
        -- a plan made for a handful would pair up thousands one by one
        perform set_config('plan_cache_mode', 'force_custom_plan', true);
    end if;

    -- What sold shares had cost, person by person, each person's trades in their order: selling takes the average, buying adds.
    for v_event in
        select event.person, event.at, event.shares, event.value, event.sale, held.shares_owned, held.cost
        from (
            select buyer as person, at, shares, price * shares as value, false as sale
            from unnest(p_buyers, p_shares, p_prices) with ordinality as bought (buyer, shares, price, at)
            union all
            select seller, at, shares, price * shares, true
            from unnest(p_sellers, p_shares, p_prices) with ordinality as sold (seller, shares, price, at)
        ) as event
        left join exchange.share_holdings as held on held.offering_id = p_offering_id and held.holder_id = event.person
        order by event.person, event.at
    loop
        if v_person is distinct from v_event.person then
            if v_place > 0 then
                v_owned[v_place] := v_shares;
                v_costs[v_place] := v_cost;
                v_gains[v_place] := v_gain;
            end if;
            v_place := v_place + 1;
            v_person := v_event.person;
            v_people[v_place] := v_person;
            v_shares := coalesce(v_event.shares_owned, 0);
            v_cost := coalesce(v_event.cost, 0);
            v_gain := 0;
        end if;
        if v_event.sale then
            v_part := case when v_event.shares = v_shares then v_cost else round(v_cost * v_event.shares / v_shares, 6) end;
            v_seller_costs[v_event.at] := v_part;
            v_shares := v_shares - v_event.shares;
            v_cost := v_cost - v_part;
            v_gain := v_gain + v_event.value - v_part;
        else
            v_shares := v_shares + v_event.shares;
            v_cost := v_cost + v_event.value;
        end if;
    end loop;
    v_owned[v_place] := v_shares;
    v_costs[v_place] := v_cost;
    v_gains[v_place] := v_gain;

    v_house := exchange.commission_account_of(p_offering_id);
    with trade as (
        insert into exchange.market_trades
            (offering_id, buyer_id, seller_id, buy_order_id, sell_order_id, shares_traded, price_per_share, trade_type, taker,
             seller_cost, executed_at)
        select p_offering_id, buyer, seller, buy_order, sell_order, shares, price, p_trade_type, taker, seller_cost, p_now
        from unnest(p_buyers, p_sellers, p_buy_orders, p_sell_orders, p_shares, p_prices, p_takers, v_seller_costs)
            with ordinality as fill (buyer, seller, buy_order, sell_order, shares, price, taker, seller_cost, at)
        order by at
        returning id, buyer_id, seller_id, total_value, nuke_commission_amount
    ), paid as (
        insert into exchange.ledger_transfers (debit_account_id, credit_account_id, amount, kind, trade_id, created_at)
        select buyer.id, entry.credited, entry.amount, entry.kind, trade.id, p_now
        from trade
        join exchange.cash_accounts as buyer on buyer.user_id = trade.buyer_id
        join exchange.cash_accounts as seller on seller.user_id = trade.seller_id
        cross join lateral (values ('trade', seller.id, trade.total_value), ('commission', v_house, trade.nuke_commission_amount))
            as entry (kind, credited, amount)
        where entry.amount > 0
    )
    select array_agg(id order by id), sum(nuke_commission_amount) into trade_ids, v_commission from trade;

    -- Orders first: what they no longer reserve is freed with what the trades cost, in one change of each account.
    with entry as (
        select order_id, shares, price, true as pays from unnest(p_buy_orders, p_shares, p_prices) as buy (order_id, shares, price)
        union all
        select order_id, shares, price, false from unnest(p_sell_orders, p_shares, p_prices) as sell (order_id, shares, price)
    ), filled as (
        select order_id, sum(shares)::bigint as shares, sum(shares * price) as value,
            sum(case when pays then exchange.commission(shares * price) else 0 end) as commission
        from entry
        where not exists (select from unnest(p_written) as written where written = entry.order_id)
        group by order_id
    ), moved as (
        update exchange.market_orders as held
        set shares_filled = held.shares_filled + filled.shares,
            filled_value = held.filled_value + filled.value,
            commission = held.commission + filled.commission,
            status = case when held.shares_filled + filled.shares = held.shares_requested then 'filled' else 'partially_filled' end,
            updated_at = p_now
        from filled
        where held.id = filled.order_id
        returning new.user_id, new.reserved_cash - old.reserved_cash as cash,
            case when new.order_type = 'sell' then old.shares_filled - new.shares_filled else 0 end as shares
    ), reserves as (
        select user_id, cash, shares from moved
        union all
        select * from unnest(p_people, p_cash, p_shares_held)
    ), payments as (
        select user_id, -(price * shares) - exchange.commission(price * shares) as cash
        from unnest(p_buyers, p_prices, p_shares) as bought (user_id, price, shares)
        union all
        select user_id, price * shares from unnest(p_sellers, p_prices, p_shares) as sold (user_id, price, shares)
    ), accounts as (
        update exchange.cash_accounts as held
        set balance = held.balance + coalesce(change.paid, 0), reserved = held.reserved + change.reserved
        from (
            select user_id, sum(paid) as paid, coalesce(sum(reserved), 0) as reserved
            from (select user_id, cash as paid, null::numeric as reserved from payments
                  union all select user_id, null, cash from reserves where cash <> 0) as change
            group by user_id
        ) as change
        where held.user_id = change.user_id
    ), house as (
        update exchange.cash_accounts set balance = balance + v_commission where id = v_house
    )
    update exchange.share_holdings as held
    set shares_owned = coalesce(change.shares_owned, held.shares_owned), cost = coalesce(change.cost, held.cost),
        realised_gain = held.realised_gain + coalesce(change.gain, 0),
        shares_reserved = held.shares_reserved + change.reserved, updated_at = p_now
    from (
        select user_id, max(shares_owned) as shares_owned, max(cost) as cost, max(gain) as gain,
            coalesce(sum(reserved), 0)::bigint as reserved
        from (select user_id, shares_owned, cost, gain, null::bigint as reserved
              from unnest(v_people, v_owned, v_costs, v_gains) as person (user_id, shares_owned, cost, gain)
              union all select user_id, null, null, null, shares from reserves where shares <> 0) as change
        group by user_id
    ) as change
    where held.offering_id = p_offering_id and held.holder_id = change.user_id;
    get diagnostics v_changed = row_count;

    insert into exchange.share_holdings (offering_id, holder_id, shares_owned, cost, realised_gain, updated_at)
    select p_offering_id, user_id, shares_owned, cost, gain, p_now
    from unnest(v_people, v_owned, v_costs, v_gains) as person (user_id, shares_owned, cost, gain)
    where v_changed < v_place
        or not exists (select from exchange.share_holdings where offering_id = p_offering_id and holder_id = user_id)
    on conflict (offering_id, holder_id) do nothing;

    with candle as (
        insert into exchange.market_snapshots as held
            (offering_id, snapshot_hour, open_price, high_price, low_price, close_price, volume_shares, volume_usd, trade_count)
        select p_offering_id, date_trunc('hour', p_now, 'UTC'), p_prices[1], max(price), min(price), p_prices[cardinality(p_prices)],
            sum(shares), sum(shares * price), count(*)
        from unnest(p_prices, p_shares) as fill (price, shares)
        on conflict (offering_id, snapshot_hour) do update
        set high_price = greatest(held.high_price, excluded.high_price), low_price = least(held.low_price, excluded.low_price),
            close_price = excluded.close_price, volume_shares = held.volume_shares + excluded.volume_shares,
            volume_usd = held.volume_usd + excluded.volume_usd, trade_count = held.trade_count + excluded.trade_count
    )
    update exchange.vehicle_offerings as held
    set current_share_price = p_prices[cardinality(p_prices)], last_trade_at = p_now, updated_at = p_now,
        total_trades = held.total_trades + cardinality(p_shares),
        total_volume_shares = held.total_volume_shares + fills.shares, total_volume_usd = held.total_volume_usd + fills.value,
        highest_bid = exchange.best_price(p_offering_id, 'buy'), lowest_ask = exchange.best_price(p_offering_id, 'sell')
    from (select sum(shares) as shares, sum(shares * price) as value from unnest(p_prices, p_shares) as fill (price, shares)) as fills
    where held.id = p_offering_id
    returning highest_bid, lowest_ask into bid, ask;

    perform set_config('plan_cache_mode', v_plans, true);
end
$$;
comment on function exchange.settle is 'Writes trades and all that follows from them, in one set-based go.';

create or replace function exchange.settle_auction(
    p_offering_id bigint, p_buy_orders bigint[], p_sell_orders bigint[], p_shares bigint[], p_price numeric, p_trade_type text,
    p_now timestamptz)
returns bigint[]
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
declare
    v_buyers uuid[];
    v_sellers uuid[];
    v_prices numeric[] := array_fill(p_price, array[cardinality(p_shares)]);
    v_takers text[] := array_fill(null::text, array[cardinality(p_shares)]);
begin
    select array_agg(buy.user_id order by at), array_agg(sell.user_id order by at) into strict v_buyers, v_sellers
    from unnest(p_buy_orders, p_sell_orders) with ordinality as fill (buy_order, sell_order, at)
    join exchange.market_orders as buy on buy.id = buy_order
    join exchange.market_orders as sell on sell.id = sell_order;
    perform exchange.lock_cash(v_buyers || v_sellers);
    return (exchange.settle(
        p_offering_id, p_trade_type, p_now, p_buy_orders, p_sell_orders, v_buyers, v_sellers, p_shares, v_prices, v_takers)).trade_ids;
end
$$;
comment on function exchange.settle_auction is 'Settles what an auction matched, all at one price; returns the trades'' ids.';

-- ---------------------------------------------------------------------------------------------------------------
-- The quote: of what rests for continuous trading.

create or replace function exchange.best_price(p_offering_id bigint, p_order_type text) returns numeric
language plpgsql stable
as $$
declare
    v_price numeric;
begin
    if p_order_type = 'buy' then
        select price_per_share into v_price from exchange.market_orders
        where offering_id = p_offering_id and is_open and order_type = 'buy' and time_in_force in ('day', 'gtc')
        order by price_per_share desc, priority limit 1;
    else
        select price_per_share into v_price from exchange.market_orders
        where offering_id = p_offering_id and is_open and order_type = 'sell' and time_in_force in ('day', 'gtc')
        order by price_per_share, priority limit 1;
    end if;
    return v_price;
end
$$;
comment on function exchange.best_price is 'The best price that rests on one side of the book; null where nothing does.';

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
-- Events: one for everybody, and one for each owner of the orders in p_told. Numbered without gaps, like app.publish.

create or replace function exchange.tell(p_offering_id bigint, p_market jsonb, p_told bigint[])
returns void
language plpgsql
as $$
declare
    v_topic constant text := 'exchange-' || p_offering_id;
begin
    if cardinality(p_told) = 0 then
        perform app.publish(v_topic, 'market', p_market);
        return;
    end if;
    with event as materialized (
        select row_number() over () as place, audience, kind, payload
        from (
            select null::uuid as audience, 'market' as kind, p_market as payload
            union all
            select user_id, 'orders', jsonb_build_object('orders', jsonb_agg(jsonb_build_object(
                'id', id, 'status', status, 'shares_filled', shares_filled, 'average_fill_price', average_fill_price::text)
                order by id))
            from exchange.market_orders where id = any (p_told) group by user_id
        ) as event
    ), numbered as (
        insert into app.outbox_topics as held (topic, last_seq) select v_topic, count(*) from event
        on conflict (topic) do update set last_seq = held.last_seq + excluded.last_seq
        returning last_seq
    )
    insert into app.outbox (topic, seq, kind, payload, audience)
    select v_topic, numbered.last_seq - (select count(*) from event) + event.place, event.kind, event.payload, event.audience
    from event cross join numbered;
end
$$;
comment on function exchange.tell is
'Publishes what changed in a market to everybody, and to the owners of the orders p_told how those stand.';
