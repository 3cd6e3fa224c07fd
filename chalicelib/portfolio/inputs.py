"""Reads what a valuation needs: three statements, whatever the size of the portfolio."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from chalicelib.core import db
from chalicelib.core.db import Tx
from chalicelib.core.errors import NotFound
from chalicelib.portfolio.series import GAP, RATE_AGE, ZERO, Bars, Changes, last_known
from chalicelib.portfolio.valuation import ONE, Holding, Ledger, cross, exact

queries = db.Queries(__file__, "reports.sql")

DOLLAR = "USD"
FEW_A_WEEK = 10
"""Rates of a currency: more are of a source that publishes hourly."""


class Portfolio(NamedTuple):
    """Which portfolio, its currency, and the first day on which anything happened in it (None: nothing did)."""

    id: int
    currency: str
    first_day: date | None


class Inputs(NamedTuple):
    """A ledger to value, and the symbols of its assets."""

    ledger: Ledger
    symbols: dict[int, str]


def portfolio(tx: Tx, portfolio_id: int) -> Portfolio:
    """The portfolio, if the caller may see it. Raises NotFound."""
    row = queries.portfolio(tx.conn, id=portfolio_id)
    if row is None:
        raise NotFound("portfolio_unknown", f"You have no portfolio {portfolio_id}.")
    return Portfolio(row["id"], row["currency"], row["first_day"])


def read(tx: Tx, of: Portfolio, opening: date, last: date) -> Inputs:
    """Everything that is needed to value a portfolio from the end of `opening` to the end of `last`."""
    with exact():
        sums = _sums(queries.moved(tx.conn, id=of.id, opening=opening, last=last))
    held = {asset: moves for (kind, asset), moves in sums.items() if kind == "holding" and moves}
    cash = {str(currency): moves for (kind, currency), moves in sums.items() if kind == "cash" and moves}
    moved = {(k, str(of)): moves for (k, of), moves in sums.items() if k not in ("holding", "cash") and moves}
    holdings, symbols = _holdings(tx, held, opening, last)
    needed = {holding.currency for holding in holdings} | {currency for _, currency in moved} | cash.keys()
    days = (last - opening).days
    found = rates(tx, needed, of.currency, opening, days)
    return Inputs(Ledger(of.currency, days, holdings, cash, moved, found), symbols)


def _sums(rows: Iterable[dict[str, Any]]) -> dict[tuple[str, Any], Changes]:
    """Amounts by kind and by asset (holdings) or currency (everything else), summed up by day. Flows are told apart by
    their sign: "outflow" is what left, as a positive number."""
    sums: dict[tuple[str, Any], dict[int, Decimal]] = {}
    for row in rows:
        kind = row["kind"]
        of = row["asset_id"] if kind == "holding" else row["currency"]
        into = sums.setdefault(("inflow" if kind == "flow" else kind, of), {})
        away = sums.setdefault(("outflow", of), {}) if kind == "flow" else into
        for number, amount in zip(*_pairs(row["numbers"], row["amounts"]), strict=True):
            if kind == "flow" and amount < 0:
                away[number] = away.get(number, ZERO) - amount
            else:
                into[number] = into.get(number, ZERO) + amount
    return {
        key: sorted((number, amount) for number, amount in days.items() if amount)
        for key, days in sums.items()
    }


def rates(
    tx: Tx, currencies: set[str], base: str, opening: date, days: int
) -> dict[str, list[Decimal | None]]:
    """The rates of currencies to `base` at the end of each day; those of `base` itself are left out."""
    wanted = currencies - {base}
    asked = sorted((wanted | {base}) - {DOLLAR}) if wanted else []
    dollars = _dollars(tx, asked, opening, days) if asked else {}
    dollars[DOLLAR] = [ONE] * (days + 1)
    return {currency: list(map(cross, dollars[currency], dollars[base])) for currency in wanted}


def _dollars(tx: Tx, asked: list[str], opening: date, days: int) -> dict[str, list[Decimal | None]]:
    """US dollars for one unit: of each day the last rate before its end, at most seven days old."""
    last = opening + timedelta(days=days)
    if queries.rates_a_week(tx.conn, currencies=asked, last=last) > FEW_A_WEEK * len(asked):
        found = queries.rates(tx.conn, currencies=asked, opening=opening, days=days)
        return {
            row["currency"]: [Decimal(t) if t else None for t in row["rates"].split(",")] for row in found
        }
    known: dict[str, list[Decimal | None]] = {currency: [None] * (days + 1) for currency in asked}
    for row in queries.daily_rates(tx.conn, currencies=asked, opening=opening, last=last):
        numbers, values = _pairs(row["numbers"], row["rates"])
        known[row["currency"]] = last_known(list(numbers), list(values), RATE_AGE, days)
    return known


def prices(tx: Tx, assets: list[int], opening: date, last: date) -> list[dict[str, Any]]:
    """Rows of assets with their bars, from GAP days before to GAP days after the range: what `bars` reads."""
    every_day = [row["id"] for row in queries.coins(tx.conn, assets=assets)]
    asked = {"opening": opening, "last": last, "gap": GAP}
    rows = list(queries.prices(tx.conn, assets=assets, every_day=every_day, **asked))
    holed = [row["asset_id"] for row in rows if row["closes"] and not row["numbers"] and not _gapless(row)]
    if not holed:
        return rows
    again = {row["asset_id"]: row for row in queries.prices(tx.conn, assets=holed, every_day=[], **asked)}
    return [again.get(row["asset_id"], row) for row in rows]


def bars(row: dict[str, Any], last: int) -> Bars:
    """An asset's bars from a row of `prices`. Its latest quote stands for the close of a day that has no bar yet."""
    numbers: Sequence[int] = []
    if row["numbers"]:
        numbers = list(map(int, row["numbers"].split(",")))
    elif row["closes"]:
        numbers = range(row["first"], row["last"] + 1)
    closes = list(map(Decimal, row["closes"].split(","))) if row["closes"] else []
    latest = row["latest_number"]
    if latest is not None and -GAP <= latest <= last and (not numbers or latest > numbers[-1]):
        return Bars([*numbers, latest], [*closes, Decimal(row["latest_price"])])
    return Bars(numbers, closes)


def _gapless(row: dict[str, Any]) -> bool:
    return bool(row["last"] - row["first"] + 1 == row["count"])


def _pairs(numbers: str, amounts: str) -> tuple[Iterable[int], Iterable[Decimal]]:
    return map(int, numbers.split(",")), map(Decimal, amounts.split(","))


def _splits(row: dict[str, Any]) -> Changes:
    return list(zip(*_pairs(row["split_numbers"], row["ratios"]), strict=True)) if row["ratios"] else ()


def _holdings(
    tx: Tx, held: dict[int, Changes], opening: date, last: date
) -> tuple[list[Holding], dict[int, str]]:
    rows = prices(tx, list(held), opening, last) if held else []
    holdings = [
        Holding(
            row["asset_id"],
            row["currency"],
            held[row["asset_id"]],
            bars(row, (last - opening).days),
            _splits(row),
            row["active"],
        )
        for row in rows
    ]
    return holdings, {row["asset_id"]: row["symbol"] for row in rows}
