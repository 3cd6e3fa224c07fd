"""What a portfolio holds now: positions with their latest value, lots, cash. What is not known is null and says why."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from chalicelib.core import clock, db
from chalicelib.core.db import Tx
from chalicelib.portfolio import bookkeeping, problems
from chalicelib.portfolio.bookkeeping import rules_of
from chalicelib.portfolio.lots import Closure, arithmetic, rounded
from chalicelib.portfolio.models import (
    Balance,
    Cash,
    Lot,
    Lots,
    LotsQuery,
    Position,
    Positions,
    PositionsQuery,
)
from chalicelib.portfolio.valuation import cross

queries = db.Queries(__file__)

HUNDREDTH = Decimal("0.01")


def must_exist(tx: Tx, portfolio_id: int) -> dict[str, Any]:
    """The portfolio's row. Raises NotFound where the caller has no such portfolio."""
    row = queries.show_portfolio(tx.conn, id=portfolio_id)
    if row is None:
        raise problems.portfolio_unknown(portfolio_id)
    return dict(row)


def positions(tx: Tx, portfolio_id: int, query: PositionsQuery) -> Positions:
    """What is held, by symbol. Raises NotFound."""
    base = must_exist(tx, portfolio_id)["currency"]
    return Positions(items=_positions(tx, portfolio_id, base, None, not query.closed))


def position(tx: Tx, portfolio_id: int, base: str, asset_id: int | None) -> Position | None:
    """The position in one asset; None where it was never held."""
    if asset_id is None:
        return None
    found = _positions(tx, portfolio_id, base, asset_id, False)
    return found[0] if found else None


def lots(tx: Tx, portfolio_id: int, query: LotsQuery) -> Lots:
    """Open lots, the oldest first for each asset, and closed ones in the order of closing. Raises NotFound."""
    row = must_exist(tx, portfolio_id)
    items = _open(tx, portfolio_id, query.asset_id) if query.status != "closed" else []
    if query.status != "open":
        items += _closed(tx, portfolio_id, row, query.asset_id)
    return Lots(cost_method=row["cost_method"], items=items)


def cash(tx: Tx, portfolio_id: int) -> Cash:
    """Cash by currency. Raises NotFound."""
    base = must_exist(tx, portfolio_id)["currency"]
    rows = queries.balances(tx.conn, portfolio_id=portfolio_id, base=base, now=clock.now())
    items = []
    with arithmetic():
        for row in rows:
            rate = _rate(row["currency"], base, row["own_rate"], row["base_rate"])
            items.append(
                Balance(
                    currency=row["currency"],
                    amount=row["amount"],
                    base_currency=base,
                    amount_base=_times(row["amount"], rate),
                )
            )
    return Cash(items=items)


def _positions(tx: Tx, portfolio_id: int, base: str, asset_id: int | None, open_only: bool) -> list[Position]:
    rows = queries.positions(
        tx.conn, portfolio_id=portfolio_id, base=base, now=clock.now(), asset_id=asset_id, open_only=open_only
    )
    with arithmetic():
        return [_valued(dict(row), base) for row in rows]


def _valued(row: dict[str, Any], base: str) -> Position:
    del row["is_active"]
    native, paid, dollars = row.pop("native_rate"), row.pop("cost_rate"), row.pop("base_rate")
    to_base = _rate(row["currency"], base, native, dollars)
    cost_to_base = _rate(row["cost_currency"], base, paid, dollars)
    to_cost = _rate(row["currency"], row["cost_currency"], native, paid)
    price, cost = row["price"], row["cost"]
    value = Decimal(0) if not row["quantity"] else _times(row["quantity"], price)
    gain = None if value is None or cost is None else _minus(_times(value, to_cost), cost)
    held = bool(row["quantity"])
    unknown = []
    if held and price is None:
        unknown.append("no_price")
    if held and None in (to_base, cost_to_base, to_cost):
        unknown.append("no_rate")
    if cost is None or row["realised_gain"] is None or row["dividends"] is None:
        unknown.append("no_cost")
    return Position(
        value=value,
        unrealised_gain=gain,
        unrealised_gain_pct=None
        if gain is None or not cost
        else (gain / abs(cost) * 100).quantize(HUNDREDTH),
        base_currency=base,
        value_base=_times(value, to_base),
        cost_base=_times(cost, cost_to_base),
        unrealised_gain_base=_times(gain, cost_to_base),
        unknown=unknown,
        **row,
    )


def _rate(currency: str, target: str, own: Decimal | None, other: Decimal | None) -> Decimal | None:
    return Decimal(1) if currency == target else cross(own, other)


def _times(amount: Decimal | None, rate: Decimal | None) -> Decimal | None:
    return None if amount is None or rate is None else rounded(amount * rate)


def _minus(one: Decimal | None, other: Decimal) -> Decimal | None:
    return None if one is None else one - other


def _open(tx: Tx, portfolio_id: int, asset_id: int | None) -> list[Lot]:
    rows = queries.open_lots(tx.conn, portfolio_id=portfolio_id, asset_id=asset_id)
    return [
        Lot(status="open", proceeds=None, gain=None, closed_at=None, closed_by=None, **row) for row in rows
    ]


def _closed(tx: Tx, portfolio_id: int, row: dict[str, Any], asset_id: int | None) -> list[Lot]:
    """By a replay: closed lots are not stored, so that there is nothing to keep true."""
    ledger = bookkeeping.replayed(bookkeeping.history(tx, portfolio_id), rules_of(row))
    closures = [each for each in ledger.closures if asset_id is None or each.asset_id == asset_id]
    ids = sorted({each.asset_id for each in closures})
    symbols = {row["id"]: row["symbol"] for row in (queries.symbols(tx.conn, ids=ids) if ids else ())}
    with arithmetic():
        return [_closed_lot(each, symbols[each.asset_id]) for each in closures]


def _closed_lot(closure: Closure, symbol: str) -> Lot:
    return Lot(
        asset_id=closure.asset_id,
        symbol=symbol,
        status="closed",
        quantity=closure.quantity,
        cost=closure.cost,
        proceeds=closure.proceeds,
        gain=closure.gain,
        currency=closure.currency,
        opened_at=closure.opened_at,
        opened_by=closure.opened_by,
        closed_at=closure.closed_at,
        closed_by=closure.closed_by,
    )
