-- Vehicles and offerings -----------------------------------------------------------------------------------------------

-- name: list_vehicles(after, limit)
select id, name, description, created_at, updated_at
from exchange.vehicles
where :after::bigint is null or id > :after
order by id
limit :limit;

-- name: show_vehicle(id)^
select id, name, description, created_at, updated_at from exchange.vehicles where id = :id;

-- name: add_vehicle(name, description)^
select id, name, description, created_at, updated_at from exchange.add_vehicle(:name, :description);

-- name: change_vehicle(id, changes)^
select id, name, description, created_at, updated_at from exchange.change_vehicle(:id, :changes::jsonb) where id is not null;

-- name: list_offerings(id, vehicle_id, status, symbol, now, after, limit)
select offering.id, offering.vehicle_id, vehicle.name as vehicle_name, offering.symbol, offering.status, offering.status_note,
    exchange.phase(offering, :now) as phase, offering.hours, offering.shares_issued, offering.issue_price,
    offering.tick_size, offering.lot_size, offering.next_auction, offering.next_auction_day, offering.next_auction_at,
    offering.calls_from, offering.current_share_price, offering.opening_price, offering.closing_price,
    offering.previous_close, offering.highest_bid, offering.lowest_ask, offering.bid_ask_spread, offering.total_trades,
    offering.total_volume_shares, offering.total_volume_usd, offering.last_trade_at, offering.created_at
from exchange.vehicle_offerings as offering
join exchange.vehicles as vehicle on vehicle.id = offering.vehicle_id
where (:id::bigint is null or offering.id = :id)
    and (:vehicle_id::bigint is null or offering.vehicle_id = :vehicle_id)
    and (:status::text is null or offering.status = :status)
    and (:symbol::text is null or offering.symbol = :symbol)
    and (:after::bigint is null or offering.id > :after)
order by offering.id
limit :limit;

-- name: list_offering(offering, seller_id, now)$
select (exchange.list_offering(:offering::jsonb, :seller_id, :now)).id as id;

-- name: set_offering_status(id, status, note, now)$
select exchange.set_offering_status(:id, :status, :note, :now) as answer;

-- Cash -----------------------------------------------------------------------------------------------------------------

-- name: cash_balance(user_id)^
select balance, reserved, balance - reserved as available from exchange.cash_accounts where user_id = :user_id;

-- name: request_transfer(kind, amount, reference, now)$
select exchange.request_transfer(:kind, :amount, :reference, :now) as answer;

-- name: cancel_transfer(id, now)$
select exchange.cancel_transfer(:id, :now) as answer;

-- name: decide_transfer(id, status, note, now)$
select exchange.decide_transfer(:id, :status, :note, :now) as answer;

-- name: list_transfers(user_id, status, kind, before, limit)
-- Of one user, or for an administrator of all; the newest first.
select id, user_id, kind, amount, status, reference, note, requested_at, decided_at, decided_by
from exchange.cash_transfers
where (:user_id::uuid is null or user_id = :user_id)
    and (:status::text is null or status = :status)
    and (:kind::text is null or kind = :kind)
    and (:before::bigint is null or id < :before)
order by id desc
limit :limit;

-- name: list_ledger(user_id, before, balance, limit)
-- The newest first. The balance after each entry is the one after the entry before it on the way back in time, less that: on
-- the first page it starts from the account's, on later ones from where the page before ended.
with account as (
    select id, balance from exchange.cash_accounts where user_id = :user_id
), entry as (
    select id, kind, amount, trade_id, cash_transfer_id, created_at
    from exchange.ledger_entries
    where account_id = (select id from account) and (:before::bigint is null or id < :before)
    order by id desc
    limit :limit
)
select entry.id, entry.kind, entry.amount, entry.trade_id, entry.cash_transfer_id as transfer_id, entry.created_at,
    coalesce(:balance::numeric, account.balance) - coalesce(sum(entry.amount) over newer, 0) as balance_after
from entry cross join account
window newer as (order by entry.id desc rows between unbounded preceding and 1 preceding)
order by entry.id desc;

-- name: earned_commissions()
select account.offering_id, offering.symbol, account.balance as earned
from exchange.cash_accounts as account
join exchange.vehicle_offerings as offering on offering.id = account.offering_id
where account.kind = 'commission'
order by account.offering_id;

-- Shares ---------------------------------------------------------------------------------------------------------------

-- name: list_holdings(user_id, closed, after, limit)
select offering_id, symbol, shares_owned, shares_reserved, entry_price, cost, current_mark, market_value,
    unrealized_gain_loss, unrealized_gain_loss_pct, realised_gain
from exchange.marked_holdings
where holder_id = :user_id and (:closed or shares_owned > 0) and (:after::bigint is null or offering_id > :after)
order by offering_id
limit :limit;

-- name: show_portfolio(user_id)
-- One statement, so that cash and shares are of one moment: a row for each holding, or one without any; each with cash and totals.
select coalesce(account.balance, 0) as balance, coalesce(account.reserved, 0) as reserved,
    totals.total_positions, totals.total_shares_owned, totals.total_value_at_cost, totals.total_market_value,
    totals.unrealized_gain_loss as total_gain, totals.unrealized_gain_loss_pct as total_gain_pct,
    totals.realised_gain as total_realised,
    holding.offering_id, holding.symbol, holding.shares_owned, holding.shares_reserved, holding.entry_price, holding.cost,
    holding.current_mark, holding.market_value, holding.unrealized_gain_loss, holding.unrealized_gain_loss_pct,
    holding.realised_gain
from (select) as nobody
left join exchange.cash_accounts as account on account.user_id = :user_id
left join exchange.portfolio_positions as totals on totals.user_id = :user_id
left join exchange.marked_holdings as holding on holding.holder_id = :user_id and holding.shares_owned > 0
order by holding.offering_id;

-- The books ------------------------------------------------------------------------------------------------------------

-- name: check_books(now)
select rule, subject, expected, found from exchange.check_books(:now);

-- name: make_trade_partitions(from_moment, until)$
select exchange.make_trade_partitions(:from_moment, :until) as made;
