-- Placing, amending and cancelling ------------------------------------------------------------------------------------

-- name: place_order(offering_id, order, key, now)$
select exchange.place_order(:offering_id, :order::jsonb, :key, :now) as answer;

-- name: place_order_alone(user_id, role, origin, offering_id, order, now)$
-- A transaction by itself.
select exchange.place_order_as(:user_id, :role, :origin, :offering_id, :order::jsonb, :now) as answer;

-- name: await_order_alone(user_id, role, origin, waiting_id, now)$
-- A transaction by itself.
select exchange.await_order_as(:user_id, :role, :origin, :waiting_id, :now) as answer;

-- name: place_orders(offering_id, batch, now)$
select exchange.place_orders(:offering_id, :batch::jsonb -> 'orders', :now) as answer;

-- name: amend_order(id, shares, price, now)$
select exchange.amend_order(:id, :shares, :price, :now) as answer;

-- name: cancel_order(id, now)$
select exchange.cancel_order(:id, :now) as answer;

-- name: cancel_orders(offering_id, now)$
select exchange.cancel_orders(:offering_id, :now) as answer;

-- Looking --------------------------------------------------------------------------------------------------------------

-- name: show_order(id, user_id)^
select id, offering_id, order_type, pricing, time_in_force, status, shares_requested, shares_filled, price_per_share,
    average_fill_price, filled_value, commission, reserved_cash, client_order_id, cancel_reason, created_at, updated_at
from exchange.market_orders
where id = :id and user_id = :user_id;

-- name: list_orders(user_id, offering_id, order_type, status, client_order_id, before, limit)
-- The newest first.
select id, offering_id, order_type, pricing, time_in_force, status, shares_requested, shares_filled, price_per_share,
    average_fill_price, filled_value, commission, reserved_cash, client_order_id, cancel_reason, created_at, updated_at
from exchange.market_orders
where user_id = :user_id
    and (:offering_id::bigint is null or offering_id = :offering_id)
    and (:order_type::text is null or order_type = :order_type)
    and (:status::text is null or case when :status = 'open' then is_open else status = :status end)
    and (:client_order_id::text is null or client_order_id = :client_order_id)
    and (:before::bigint is null or id < :before)
order by id desc
limit :limit;

-- name: list_fills(user_id, offering_id, order_id, before, limit)
-- The newest first; each side by its own index, which a single condition with "or" could not use.
select fill.id as trade_id, fill.order_id, fill.offering_id, offering.symbol, fill.order_type, fill.shares_traded,
    fill.price_per_share, fill.total_value, fill.commission as nuke_commission_amount, fill.realised_gain, fill.trade_type,
    case when fill.taker is null then 'auction' when fill.taker = fill.order_type then 'taker' else 'maker' end as role,
    fill.executed_at
from (
    (select id, buy_order_id as order_id, offering_id, 'buy' as order_type, shares_traded, price_per_share, total_value,
        nuke_commission_amount as commission, null::numeric as realised_gain, trade_type, taker, executed_at
     from exchange.market_trades
     where buyer_id = :user_id
        and (:offering_id::bigint is null or offering_id = :offering_id)
        and (:order_id::bigint is null or buy_order_id = :order_id)
        and (:before::bigint is null or id < :before)
     order by id desc
     limit :limit)
    union all
    (select id, sell_order_id, offering_id, 'sell', shares_traded, price_per_share, total_value,
        0.00, total_value - seller_cost, trade_type, taker, executed_at
     from exchange.market_trades
     where seller_id = :user_id
        and (:offering_id::bigint is null or offering_id = :offering_id)
        and (:order_id::bigint is null or sell_order_id = :order_id)
        and (:before::bigint is null or id < :before)
     order by id desc
     limit :limit)) as fill
join exchange.vehicle_offerings as offering on offering.id = fill.offering_id
order by fill.id desc
limit :limit;

-- What would happen ----------------------------------------------------------------------------------------------------

-- name: market_for(offering_id, user_id, now)^
-- What an order meets besides other orders: the offering's rules and phase, and what its owner has.
select offering.tick_size, offering.lot_size, exchange.phase(offering, :now) as phase,
    offering.next_auction_at as ends_at, coalesce(account.balance, 0) as balance, coalesce(account.reserved, 0) as reserved,
    coalesce(holding.shares_owned, 0) as shares_owned, coalesce(holding.shares_reserved, 0) as shares_reserved,
    coalesce(holding.cost, 0) as cost
from exchange.vehicle_offerings as offering
left join exchange.cash_accounts as account on account.user_id = :user_id
left join exchange.share_holdings as holding on holding.offering_id = offering.id and holding.holder_id = :user_id
where offering.id = :offering_id;

-- name: own_open_orders(offering_id, user_id, client_order_id)
-- And the one that has the client_order_id, wherever it is.
select id, order_type, pricing, time_in_force, status, shares_requested, shares_filled, price_per_share, lot_size,
    priority, client_order_id
from exchange.market_orders
where user_id = :user_id and offering_id = :offering_id and is_open
union
select id, order_type, pricing, time_in_force, status, shares_requested, shares_filled, price_per_share, lot_size,
    priority, client_order_id
from exchange.market_orders
where user_id = :user_id and client_order_id = :client_order_id
order by id;

-- name: preview_fills(offering_id, order_type, price, shares)
select price, shares from exchange.preview_fills(:offering_id, :order_type, :price, :shares);

-- Waiting for a busy book ----------------------------------------------------------------------------------------------

-- name: books_left_behind(before)
select distinct offering_id from exchange.waiting_orders
where result is null and created_at < :before
order by offering_id;

-- name: serve_waiting(offering_id, now)$
select exchange.serve_waiting(:offering_id, :now) as placed;

-- name: sweep_waiting(before)!
delete from exchange.waiting_orders where result is not null and created_at < :before;
