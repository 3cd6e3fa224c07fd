"""What an order's writes cost by themselves: the rows that an order leaves, written by one function without a single rule.

No order is looked for, nothing is checked but what the tables check, and the books do not agree afterwards: it is the most
that placing orders in the database can reach, whatever the rules do.
"""

from __future__ import annotations

from typing import Any, LiteralString

from psycopg import Connection

from bench.exchange_pgbench import ANY_OFFERING, SOMEBODY

TRADING = {"calm": 50, "busy": 80}
"""Trades for a hundred orders, as the orders of each kind were measured to have."""

BARE: LiteralString = """
create function exchange.bare_order(p_user uuid, p_maker uuid, p_resting bigint, p_offering bigint, p_trades boolean)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
    v_order exchange.market_orders;
    v_trade bigint;
    v_last bigint;
begin
    insert into exchange.market_orders
        (offering_id, user_id, order_type, pricing, time_in_force, status, shares_requested, shares_filled, price_per_share,
         lot_size, filled_value, commission, created_at, updated_at)
    values (p_offering, p_user, 'buy', 'limit', 'gtc', case when p_trades then 'filled' else 'active' end, 5,
            case when p_trades then 5 else 0 end, 100, 1, case when p_trades then 500 else 0 end, 0, now(), now())
    returning * into v_order;
    if p_trades then
        update exchange.market_orders set updated_at = now() where id = p_resting;
        insert into exchange.market_trades
            (offering_id, buyer_id, seller_id, buy_order_id, sell_order_id, shares_traded, price_per_share, trade_type,
             taker, seller_cost, executed_at)
        values (p_offering, p_user, p_maker, v_order.id, p_resting, 5, 100, 'continuous', 'buy', 500, now())
        returning id into v_trade;
        insert into exchange.ledger_transfers (debit_account_id, credit_account_id, amount, kind, trade_id, created_at)
        values (2, 3, 500, 'trade', v_trade, now()), (2, 4, 10, 'commission', v_trade, now());
        update exchange.cash_accounts set balance = balance + 0.01 where user_id in (p_user, p_maker);
        update exchange.cash_accounts set balance = balance + 0.01 where offering_id = p_offering;
        update exchange.share_holdings set realised_gain = realised_gain + 1, updated_at = now()
        where offering_id = p_offering and holder_id in (p_user, p_maker);
        insert into exchange.market_snapshots as held
        values (p_offering, date_trunc('hour', now(), 'UTC'), 100, 100, 100, 100, 5, 500, 1)
        on conflict (offering_id, snapshot_hour) do update
        set volume_shares = held.volume_shares + 5, trade_count = held.trade_count + 1;
        update exchange.vehicle_offerings set last_trade_at = now(), total_trades = total_trades + 1 where id = p_offering;
    else
        update exchange.cash_accounts set reserved = reserved + 0.01 where user_id = p_user;
    end if;
    insert into app.outbox_topics as held (topic, last_seq) values ('exchange-' || p_offering, 2)
    on conflict (topic) do update set last_seq = held.last_seq + 2
    returning last_seq into v_last;
    insert into app.outbox (topic, seq, kind, payload, audience)
    values ('exchange-' || p_offering, v_last - 1, 'market', jsonb_build_object('price', v_order.price_per_share), null),
        ('exchange-' || p_offering, v_last, 'orders', jsonb_build_object('id', v_order.id, 'status', v_order.status),
         p_user);
    return to_jsonb(v_order);
end
$$
"""


def prepare(conn: Connection[Any]) -> None:
    """Makes the function, owned as the exchange's own are. The connection must be the administrator's."""
    conn.execute("set role holdfast_owner")
    conn.execute(BARE)
    conn.execute("grant execute on function exchange.bare_order to holdfast_api")
    conn.execute("reset role")


def script(kind: str) -> str:
    """Orders over all offerings; what trades meets somebody else's first purchase, which `exchange_market` has numbered."""
    return f"""{ANY_OFFERING}
\\set person random(1, :people)
\\set maker 1 + (:person + random(0, :people - 2)) % :people
\\set trading random(1, 100)
select exchange.bare_order({SOMEBODY}, {SOMEBODY.replace(":person", ":maker")}, :maker * :offerings + :offering, :offering,
    :trading <= {TRADING[kind]});
"""
