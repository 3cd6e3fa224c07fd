-- squawk-ignore-file ban-drop-constraint, ban-drop-column, ban-drop-function, adding-field-with-default, constraint-missing-not-valid, adding-required-field, renaming-column, ban-drop-not-null, require-concurrent-index-creation, require-concurrent-index-deletion
-- What every order and trade writes, checked and computed at less cost. A CHECK and a stored generated column are parsed and planned
-- anew by each statement that writes a row: together they took more time than writing the rows. So each table on that way has one
-- CHECK for all that must hold of a row, in a function, which is compiled once a session (besides those that have a name of their
-- own elsewhere), and what follows from other columns is computed when it is read.

alter table exchange.market_orders
drop constraint positive_request,
drop constraint market_orders_client_order_id,
drop constraint valid_status_transition,
drop constraint market_orders_terms,
drop column average_fill_price cascade, -- with the functions and views that name it: the routines bring them again
add column average_fill_price numeric generated always as (round(filled_value / nullif(shares_filled, 0), 6)) virtual;

drop function exchange.order_terms_hold(text, text, text, bigint, numeric, bigint);
drop function exchange.order_status_holds(text, bigint, bigint, bigint, text);

create function exchange.order_holds(
    p_order_type text, p_pricing text, p_time_in_force text, p_shares bigint, p_price numeric, p_lot_size bigint,
    p_client_order_id text, p_status text, p_filled bigint, p_cancel_reason text) returns boolean
language plpgsql immutable parallel safe
as $$
begin
    return p_order_type in ('buy', 'sell') and p_pricing in ('limit', 'market')
        and p_time_in_force in ('day', 'gtc', 'ioc', 'fok', 'at_open', 'at_close')
        and (p_pricing = 'limit' or p_time_in_force in ('ioc', 'fok', 'at_open', 'at_close'))
        and case when p_price is null then p_pricing = 'market' and p_order_type = 'sell' else p_price <= 1e9 end
        and p_shares > 0 and mod(p_shares, p_lot_size) = 0 and p_shares * coalesce(p_price, 0.01) <= 1e12
        and coalesce(length(p_client_order_id) between 1 and 64, true)
        and p_filled between 0 and p_shares and mod(p_filled, p_lot_size) = 0
        and case p_status
            when 'active' then p_filled = 0 and p_cancel_reason is null
            when 'partially_filled' then p_filled > 0 and p_filled < p_shares and p_cancel_reason is null
            when 'filled' then p_filled = p_shares and p_cancel_reason is null
            when 'cancelled' then p_filled < p_shares and coalesce(p_cancel_reason in (
                'user', 'immediate_or_cancel', 'fill_or_kill', 'expired', 'auction_over', 'offering_closed', 'admin'), false)
            else false end;
end
$$;
comment on function exchange.order_holds is
'Whether an order can be what it says: kinds that exist, no market order that rests, a price but for market sells, whole lots, at most
1e12; and whether its status agrees with what is filled of it, and a cancelled one says why.';

alter table exchange.market_orders
add constraint valid_status_transition check (exchange.order_holds(
    order_type, pricing, time_in_force, shares_requested, price_per_share, lot_size, client_order_id, status, shares_filled,
    cancel_reason));

-- Cash: whose an account is, and that nobody has, or has promised, less than nothing
alter table exchange.cash_accounts
drop constraint cash_accounts_kind,
drop constraint cash_accounts_owner,
drop constraint cash_accounts_balance,
drop constraint cash_accounts_reserved,
add constraint cash_accounts_hold check (
    case kind when 'user' then user_id is not null and offering_id is null
              when 'commission' then user_id is null and offering_id is not null
              when 'outside' then user_id is null and offering_id is null
              else false end
    and (balance >= 0 or kind = 'outside') and reserved >= 0 and (reserved <= balance or reserved = 0));

alter table exchange.ledger_transfers
drop constraint ledger_transfers_amount,
drop constraint ledger_transfers_kind,
drop constraint ledger_transfers_sides,
drop constraint ledger_transfers_reason,
add constraint ledger_transfers_hold check (
    amount > 0 and debit_account_id <> credit_account_id
    and case when kind in ('trade', 'commission') then trade_id is not null and cash_transfer_id is null
             when kind in ('deposit', 'withdrawal') then trade_id is null and cash_transfer_id is not null
             else false end);

alter table exchange.share_holdings
drop constraint share_holdings_cost,
drop constraint share_holdings_reserved,
drop constraint share_holdings_empty,
drop column entry_price cascade,
add column entry_price numeric generated always as (round(cost / nullif(shares_owned, 0), 6)) virtual,
add constraint share_holdings_hold check (
    cost >= 0 and shares_reserved between 0 and shares_owned and (shares_owned > 0 or cost = 0));

alter table exchange.market_trades
drop constraint positive_trade,
drop constraint positive_trade_price,
drop constraint market_trades_type,
drop constraint market_trades_taker,
drop constraint market_trades_two_people,
drop constraint market_trades_taker_known,
drop column total_value cascade,
add column total_value numeric(20, 2) not null generated always as (shares_traded * price_per_share) virtual,
add constraint market_trades_hold check (
    shares_traded > 0 and price_per_share > 0 and buyer_id <> seller_id
    and case when trade_type = 'continuous' then coalesce(taker in ('buy', 'sell'), false)
             else trade_type in ('opening', 'closing') and taker is null end);

alter table exchange.vehicle_offerings
drop constraint vehicle_offerings_tick_size,
drop constraint vehicle_offerings_terms,
drop column bid_ask_spread cascade,
add column bid_ask_spread numeric generated always as (lowest_ask - highest_bid) virtual;

create or replace function exchange.offering_terms_hold(
    p_symbol text, p_status text, p_status_note text, p_hours text, p_shares_issued bigint, p_issue_price numeric,
    p_tick_size numeric, p_lot_size bigint, p_next_auction text, p_next_auction_at timestamptz, p_calls_from timestamptz) returns boolean
language plpgsql immutable parallel safe
as $$
begin
    return p_symbol ~ '^[A-Z][A-Z0-9.]{0,11}$' and p_status in ('trading', 'halted', 'closed')
        and coalesce(length(p_status_note) <= 500, true) and p_hours in ('always', 'session')
        and p_lot_size between 1 and 1000000 and p_tick_size between 0.01 and 1e6 and mod(p_tick_size, 0.01) = 0
        and p_shares_issued between 1 and 1000000000000 and mod(p_shares_issued, p_lot_size) = 0
        and p_issue_price > 0 and p_issue_price <= 1e9 and mod(p_issue_price, p_tick_size) = 0
        and p_next_auction in ('opening_auction', 'closing_auction') and p_calls_from < p_next_auction_at;
end
$$;

alter table exchange.vehicle_offerings
add constraint vehicle_offerings_terms check (exchange.offering_terms_hold(
    symbol, status, status_note, hours, shares_issued, issue_price, tick_size, lot_size, next_auction, next_auction_at, calls_from));

-- Old events are removed by time, in bulk: an index entry for each is more than that needs.
drop index app.outbox_created;
create index outbox_created on app.outbox using brin (created_at);

-- Functions whose arguments or results change with this; the routines bring their successors.
drop function if exists exchange.settle(
    bigint, text, timestamptz, uuid[], numeric[], bigint[], bigint[], bigint[], integer[], integer[], bigint[], numeric[], text[],
    bigint[], integer[], bigint[], numeric[], numeric[]);
drop function if exists exchange.tell(bigint, jsonb, bigint[]);
drop function if exists exchange.refuse_own(bigint, uuid, text, numeric, text);
drop function if exists exchange.refuse_self_trade(bigint, uuid, text, numeric);
