"""A market to measure: people with cash and shares, offerings, orders and trades, as many as wanted, in books that agree.

Written set-based and past all rules, but as the exchange would have left it: `exchange.check_books` finds nothing.
Everybody deposits cash, and buys their first shares of each offering from the one to whom they were issued. From then on
whoever has an odd sum of their number and the offering's buys in it, and the others sell, so that nobody meets themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString

from psycopg import ClientCursor, Connection

from chalicelib.core.sessions import session_days
from chalicelib.exchange.schedule import trading_hours

PEOPLE = 2_000
OFFERINGS = 64
HELD = 1_000
"""Shares of each offering that everybody begins with."""
DEPOSIT = 50_000_000
DAYS = 30
AHEAD = 400
"""Days for which trading days are known."""


@dataclass(frozen=True)
class Size:
    """How much is stored: over DAYS days `pairs` of bought and sold orders in each offering, with twice as many trades, and
    `resting` open orders in each book; `called` more offerings that have collected `collected` orders for an auction each.
    """

    people: int = PEOPLE
    offerings: int = OFFERINGS
    pairs: int = 0
    resting: int = 0
    called: int = 0
    collected: int = 0


def build(conn: Connection[Any], size: Size, now: datetime, auction_at: datetime | None = None) -> None:
    """Fills an empty database. `auction_at`: when the auctions of the offerings that are called are due.

    The connection must be the administrator's: foreign keys are not checked row by row here.
    """
    values = {
        "people": size.people, "offerings": size.offerings, "all": size.offerings + size.called, "pairs": size.pairs,
        "resting": size.resting, "collected": size.collected, "held": HELD, "deposit": DEPOSIT, "days": DAYS, "now": now,
        "auction_at": auction_at or now,
    }  # fmt: skip
    with (
        conn.transaction(),
        ClientCursor(conn) as write,
    ):  # values as literals: a parameter would be as small as its number
        write.execute("set local session_replication_role = replica")
        write.execute("set local work_mem = '256MB'")
        write.execute("set local jit = off")
        for day in session_days(*((now + timedelta(days=days)).date() for days in (-DAYS - 10, AHEAD))):
            write.execute(
                "insert into exchange.trading_calendar values (%s, %s, %s)", [day, *trading_hours(day)]
            )
        for statement in (*PEOPLE_AND_OFFERINGS, *ORDERS, *TRADES, *WHAT_FOLLOWS):
            write.execute(statement, values)
    conn.execute("vacuum analyze")


def person(number: int) -> str:
    """The id of somebody by their number, from 1 on; 0 is whoever the shares were issued to."""
    return f"00000000-0000-4000-8000-{number:012d}"


PEOPLE_AND_OFFERINGS: tuple[LiteralString, ...] = (
    """
    create function pg_temp.person(p_number bigint) returns uuid language sql immutable
    return ('00000000-0000-4000-8000-' || lpad(p_number::text, 12, '0'))::uuid
    """,
    # a buyer's or seller's number: who buys in an odd offering sells in an even one
    """
    create function pg_temp.buyer(p_offering bigint, p_turn bigint, p_people bigint) returns uuid language sql immutable
    return pg_temp.person(2 * (p_turn %% (p_people / 2)) + 1 + p_offering %% 2)
    """,
    """
    create function pg_temp.seller(p_offering bigint, p_turn bigint, p_people bigint) returns uuid language sql immutable
    return pg_temp.person(2 * (p_turn %% (p_people / 2)) + 1 + (p_offering + 1) %% 2)
    """,
    """
    create function pg_temp.price(p_offering bigint, p_turn bigint) returns numeric language sql immutable
    return round((100 + 5 * sin(p_turn / 200.0 + p_offering))::numeric, 2)
    """,
    """
    insert into identity.users (id, email, password_hash)
    select pg_temp.person(n), n || '@bench.example', 'none' from generate_series(0, %(people)s) as n
    """,
    "insert into exchange.vehicles (name) select 'Vehicle ' || n from generate_series(1, %(all)s) as n",
    """
    insert into exchange.vehicle_offerings
        (vehicle_id, symbol, shares_issued, issue_price, next_auction, next_auction_day, next_auction_at, calls_from,
         created_at)
    select n, 'V' || n, %(people)s * %(held)s, 100, 'closing_auction', (at at time zone 'America/New_York')::date, at,
        at - interval '10 minutes', %(now)s::timestamptz - make_interval(days => %(days)s)
    from generate_series(1, %(all)s) as n
    cross join lateral (
        select case when n > %(offerings)s then %(auction_at)s else timestamptz '2100-01-04 21:00+00' end as at) as auction
    """,
    """
    insert into exchange.cash_accounts (kind, user_id)
    select 'user', pg_temp.person(n) from generate_series(0, %(people)s) as n
    """,
    "insert into exchange.cash_accounts (kind, offering_id) select 'commission', n from generate_series(1, %(all)s) as n",
    """
    insert into exchange.cash_transfers (user_id, kind, amount, status, requested_at, decided_at)
    select pg_temp.person(n), 'deposit', %(deposit)s, 'confirmed', at, at
    from generate_series(1, %(people)s) as n
    cross join (select %(now)s::timestamptz - make_interval(days => %(days)s) as at) as begin
    """,
    """
    insert into exchange.ledger_transfers (debit_account_id, credit_account_id, amount, kind, cash_transfer_id, created_at)
    select outside.id, account.id, transfer.amount, 'deposit', transfer.id, transfer.decided_at
    from exchange.cash_transfers as transfer
    join exchange.cash_accounts as account on account.user_id = transfer.user_id
    join exchange.cash_accounts as outside on outside.kind = 'outside'
    order by transfer.id
    """,
)

ORDERS: tuple[LiteralString, ...] = (
    # the issue: one large sale in each offering, and everybody's purchase from it
    """
    insert into exchange.market_orders
        (offering_id, user_id, order_type, pricing, time_in_force, status, shares_requested, shares_filled,
         price_per_share, lot_size, filled_value, commission, created_at, updated_at)
    select offering, pg_temp.person(buyer), case buyer when 0 then 'sell' else 'buy' end, 'limit', 'gtc', 'filled', shares,
        shares, 100, 1, shares * 100, case buyer when 0 then 0 else exchange.commission(shares * 100) end, at, at
    from generate_series(1, %(all)s) as offering
    cross join generate_series(0, %(people)s) as buyer
    cross join lateral (select %(held)s * case buyer when 0 then %(people)s else 1 end as shares) as size
    cross join (select %(now)s::timestamptz - make_interval(days => %(days)s) as at) as begin
    order by buyer, offering
    """,
    # the n-th purchase takes half of the n-th sale and half of the one before it
    """
    insert into exchange.market_orders
        (offering_id, user_id, order_type, pricing, time_in_force, status, shares_requested, shares_filled,
         price_per_share, lot_size, filled_value, commission, created_at, updated_at)
    select offering, case side when 1 then pg_temp.seller(offering, turn * 7919, %(people)s)
                               else pg_temp.buyer(offering, turn * 7919, %(people)s) end,
        case side when 1 then 'sell' else 'buy' end, 'limit', 'gtc', 'filled', shares, shares,
        case side when 1 then least(pg_temp.price(offering, turn), pg_temp.price(offering, turn + 1))
                  else pg_temp.price(offering, turn) end,
        1, filled_value, case side when 1 then 0 else 2 * exchange.commission(filled_value / 2) end, at, at
    from generate_series(0, %(pairs)s - 1) as turn
    cross join generate_series(1, %(offerings)s) as offering
    cross join generate_series(1, 2) as side
    cross join lateral (select (turn + 1) %% %(pairs)s as later) as next
    cross join lateral (
        select case side when 1 then 2 + turn %% 9 + later %% 9 else 2 + 2 * (turn %% 9) end as shares,
            case side when 1 then (1 + turn %% 9) * pg_temp.price(offering, turn)
                                  + (1 + later %% 9) * pg_temp.price(offering, later)
                      else (2 + 2 * (turn %% 9)) * pg_temp.price(offering, turn) end as filled_value,
            %(now)s::timestamptz - make_interval(days => %(days)s)
                + (turn + 1) * make_interval(days => %(days)s) / (%(pairs)s + 1) as at) as made
    order by turn, offering, side
    """,
    # what rests: prices of a cent each, ten shares
    """
    insert into exchange.market_orders
        (offering_id, user_id, order_type, pricing, time_in_force, shares_requested, price_per_share, lot_size, created_at,
         updated_at)
    select offering, case turn %% 2 when 1 then pg_temp.seller(offering, turn / 2 * 7, %(people)s)
                                    else pg_temp.buyer(offering, turn / 2 * 7, %(people)s) end,
        case turn %% 2 when 1 then 'sell' else 'buy' end, 'limit', 'gtc', 10,
        case turn %% 2 when 1 then 100.01 + 0.01 * (turn / 2 * 37 %% 1000) else 99.99 - 0.01 * (turn / 2 * 37 %% 1000) end,
        1, at, at
    from generate_series(1, %(resting)s) as turn
    cross join generate_series(1, %(offerings)s) as offering
    cross join (select %(now)s::timestamptz - interval '1 hour' as at) as made
    order by turn, offering
    """,
    # what auctions have collected: both sides over the same 20 dollars
    """
    insert into exchange.market_orders
        (offering_id, user_id, order_type, pricing, time_in_force, shares_requested, price_per_share, lot_size, created_at,
         updated_at)
    select offering, case turn %% 2 when 1 then pg_temp.seller(offering, turn / 2 * 7, %(people)s)
                                    else pg_temp.buyer(offering, turn / 2 * 7, %(people)s) end,
        case turn %% 2 when 1 then 'sell' else 'buy' end, 'limit', case turn %% 3 when 0 then 'at_close' else 'gtc' end,
        1 + turn %% 10, 90 + 0.01 * (turn::bigint * 7919 %% 2000), 1, at, at
    from generate_series(1, %(collected)s) as turn
    cross join generate_series(%(offerings)s + 1, %(all)s) as offering
    cross join (select %(auction_at)s::timestamptz - interval '5 minutes' as at) as made
    order by turn, offering
    """,
    "update exchange.market_orders set priority = id where priority <> id",
    "select setval('exchange.priorities', greatest(1, (select max(id) from exchange.market_orders)))",
)

TRADES: tuple[LiteralString, ...] = (
    """
    insert into exchange.market_trades
        (offering_id, buyer_id, seller_id, buy_order_id, sell_order_id, shares_traded, price_per_share, trade_type, taker,
         seller_cost, executed_at)
    select buy.offering_id, buy.user_id, sell.user_id, buy.id, sell.id, buy.shares_requested, 100, 'continuous', 'buy',
        buy.shares_requested * 100, buy.created_at
    from generate_series(1, %(people)s) as buyer
    cross join generate_series(1, %(all)s) as offering
    join exchange.market_orders as buy on buy.id = buyer * %(all)s + offering
    join exchange.market_orders as sell on sell.id = offering
    order by buy.id
    """,
    # sellers have only what they bought at 100 a share: that is what they sell
    """
    insert into exchange.market_trades
        (offering_id, buyer_id, seller_id, buy_order_id, sell_order_id, shares_traded, price_per_share, trade_type, taker,
         seller_cost, executed_at)
    select offering, buy.user_id, sell.user_id, buy.id, sell.id, 1 + turn %% 9, buy.price_per_share, 'continuous', 'buy',
        100 * (1 + turn %% 9), buy.created_at
    from generate_series(0, %(pairs)s - 1) as turn
    cross join generate_series(1, %(offerings)s) as offering
    cross join generate_series(0, 1) as back
    cross join (select (%(people)s + 1) * %(all)s as count) as before
    join exchange.market_orders as buy on buy.id = before.count + (turn * %(offerings)s + offering) * 2
    join exchange.market_orders as sell on sell.id = before.count
        + ((turn - back + %(pairs)s) %% %(pairs)s * %(offerings)s + offering) * 2 - 1
    order by turn, offering, back
    """,
    """
    insert into exchange.ledger_transfers (debit_account_id, credit_account_id, amount, kind, trade_id, created_at)
    select buyer.id, case entry.kind when 'trade' then seller.id else house.id end,
        case entry.kind when 'trade' then total_value else nuke_commission_amount end, entry.kind, trade.id, executed_at
    from exchange.market_trades as trade
    join exchange.cash_accounts as buyer on buyer.user_id = trade.buyer_id
    join exchange.cash_accounts as seller on seller.user_id = trade.seller_id
    join exchange.cash_accounts as house on house.offering_id = trade.offering_id
    cross join (values ('trade'), ('commission')) as entry (kind)
    order by trade.id, entry.kind desc
    """,
)

WHAT_FOLLOWS: tuple[LiteralString, ...] = (
    """
    insert into exchange.share_holdings (offering_id, holder_id, shares_owned, cost, realised_gain)
    select offering_id, holder_id, sum(shares), sum(cost), sum(gain)
    from (
        select id as offering_id, pg_temp.person(0) as holder_id, shares_issued as shares,
            shares_issued * issue_price as cost, 0 as gain
        from exchange.vehicle_offerings
        union all
        select offering_id, buyer_id, shares_traded, total_value, 0 from exchange.market_trades
        union all
        select offering_id, seller_id, -shares_traded, -seller_cost, total_value - seller_cost from exchange.market_trades
    ) as moved
    group by offering_id, holder_id
    """,
    """
    update exchange.share_holdings as held set shares_reserved = offered.shares
    from (select offering_id, user_id, sum(shares_requested) as shares from exchange.market_orders
          where is_open and order_type = 'sell' group by offering_id, user_id) as offered
    where held.offering_id = offered.offering_id and held.holder_id = offered.user_id
    """,
    """
    update exchange.cash_accounts as held set balance = entries.total
    from (select account_id, sum(amount) as total from exchange.ledger_entries group by account_id) as entries
    where held.id = entries.account_id
    """,
    """
    update exchange.cash_accounts as held set reserved = needed.cash
    from (select user_id, sum(reserved_cash) as cash from exchange.market_orders
          where is_open and order_type = 'buy' group by user_id) as needed
    where held.user_id = needed.user_id
    """,
    """
    insert into exchange.market_snapshots
        (offering_id, snapshot_hour, open_price, high_price, low_price, close_price, volume_shares, volume_usd, trade_count)
    select offering_id, date_trunc('hour', executed_at, 'UTC'), (array_agg(price_per_share order by id))[1],
        max(price_per_share), min(price_per_share), (array_agg(price_per_share order by id desc))[1], sum(shares_traded),
        sum(total_value), count(*)
    from exchange.market_trades group by 1, 2
    """,
    """
    update exchange.vehicle_offerings as held
    set total_trades = traded.trades, total_volume_shares = traded.shares, total_volume_usd = traded.value,
        current_share_price = traded.last, last_trade_at = traded.at
    from (select offering_id, count(*) as trades, sum(shares_traded) as shares, sum(total_value) as value,
              max(executed_at) as at, (array_agg(price_per_share order by id desc))[1] as last
          from exchange.market_trades group by offering_id) as traded
    where held.id = traded.offering_id
    """,
    """
    update exchange.vehicle_offerings as held set highest_bid = book.bid, lowest_ask = book.ask
    from (select offering_id, max(price_per_share) filter (where order_type = 'buy') as bid,
              min(price_per_share) filter (where order_type = 'sell') as ask
          from exchange.market_orders where is_open and time_in_force in ('day', 'gtc') group by offering_id) as book
    where held.id = book.offering_id
    """,
)
