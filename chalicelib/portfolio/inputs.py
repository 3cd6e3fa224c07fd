"""Reads what a valuation needs: as many statements for a large portfolio as for a small one."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import chain, islice
from operator import itemgetter
from typing import Any, NamedTuple

from chalicelib.core import db
from chalicelib.core.db import Tx
from chalicelib.core.errors import NotFound
from chalicelib.portfolio.series import GAP, ONE, RATE_AGE, Bars, Changes, last_known
from chalicelib.portfolio.valuation import RATE_DIGITS, Holding, Ledger, cross, exact

queries = db.Queries(__file__, "reports.sql")

DOLLAR = "USD"
DAY = timedelta(days=1)
PLACES = 8
"""Decimal places that nearly all closes do with."""
FEW_A_WEEK = 10
"""Rates of a currency: more are of a source that publishes hourly."""


class Portfolio(NamedTuple):
    """Which portfolio, its currency, and the first day on which anything happened in it (None: nothing did)."""

    id: int
    currency: str
    first_day: date | None


class Inputs(NamedTuple):
    """A ledger to value, the symbols of its assets, and how many of its sales have a gain that is not known."""

    ledger: Ledger
    symbols: dict[int, str]
    unknown_gains: int


def portfolio(tx: Tx, portfolio_id: int) -> Portfolio:
    """The portfolio, if the caller may see it. Raises NotFound."""
    row = queries.portfolio(tx.conn, id=portfolio_id)
    if row is None:
        raise NotFound("portfolio_unknown", f"You have no portfolio {portfolio_id}.")
    return Portfolio(row["id"], row["currency"], row["first_day"])


@contextmanager
def read(tx: Tx, of: Portfolio, opening: date, last: date) -> Iterator[Inputs]:
    """What is needed to value a portfolio from the end of `opening` to the end of `last`. Bars are still being read while
    their holdings are valued: until the end of the block the connection is not free for anything else."""
    rows = list(queries.moved(tx.conn, id=of.id, opening=opening, last=last))
    days = (last - opening).days
    assets = {row["asset_id"]: row for row in rows if row["kind"] == "holding"}
    found = rates(tx, {row["currency"] for row in rows}, of.currency, opening, days)
    with closing(priced(tx, sorted(assets), opening, last)) as every:
        with exact():
            first = list(islice(every, 1))  # asked for now: PostgreSQL goes on reading while we sum up
            sums = _sums(rows)
        cash = {str(currency): moves for (kind, currency), moves in sums.items() if kind == "cash" and moves}
        moved = {(k, str(of)): moves for (k, of), moves in sums.items() if k not in ("holding", "cash")}
        holdings = (
            Holding(asset, row["currency"], sums["holding", asset], bars, splits, row["active"])
            for asset, bars, splits in chain(first, every)
            for row in [assets[asset]]
        )
        yield Inputs(
            Ledger(of.currency, days, holdings, cash, moved, found),
            {asset: row["symbol"] for asset, row in assets.items()},
            sum(row["unknown_gains"] for row in rows),
        )


def _sums(rows: Iterable[dict[str, Any]]) -> dict[tuple[str, Any], Changes]:
    """Amounts by kind and by asset (holdings) or currency (everything else), summed up by day. Flows are told apart by
    their sign: "outflow" is what left, as a positive number."""
    sums: dict[tuple[str, Any], dict[int, Decimal]] = {}
    for row in rows:
        kind, of = row["kind"], row["asset_id"] if row["kind"] == "holding" else row["currency"]
        changes = zip(*_pairs(row["numbers"], row["amounts"]), strict=True)
        if kind != "flow":
            _add(sums, (kind, of), changes)
            continue
        flows = list(changes)
        _add(sums, ("inflow", of), ((number, amount) for number, amount in flows if amount > 0))
        _add(sums, ("outflow", of), ((number, -amount) for number, amount in flows if amount < 0))
    return {key: sorted(filter(itemgetter(1), days.items())) for key, days in sums.items()}


def _add(
    sums: dict[tuple[str, Any], dict[int, Decimal]],
    to: tuple[str, Any],
    changes: Iterable[tuple[int, Decimal]],
) -> None:
    days = sums.setdefault(to, {})
    for number, amount in changes:
        days[number] = days[number] + amount if number in days else amount


def rates(
    tx: Tx, currencies: set[str], base: str, opening: date, days: int
) -> dict[str, list[Decimal | None]]:
    """The rates of currencies to `base` at the end of each day; those of `base` itself are left out."""
    wanted = currencies - {base}
    asked = sorted((wanted | {base}) - {DOLLAR}) if wanted else []
    dollars = _dollars(tx, asked, opening, days) if asked else {}
    dollars[DOLLAR] = [ONE] * (days + 1)
    if base == DOLLAR:
        return {currency: dollars[currency] for currency in wanted}
    return {currency: _crossed(dollars[currency], dollars[base]) for currency in wanted}


def _crossed(of: Sequence[Decimal | None], base: Sequence[Decimal | None]) -> list[Decimal | None]:
    try:
        return list(map(RATE_DIGITS.divide, of, base))  # type: ignore[arg-type]
    except TypeError:  # a rate is not known: slower, and only then
        return list(map(cross, of, base))


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


def priced(
    tx: Tx, assets: list[int], opening: date, last: date, places: int = PLACES
) -> Generator[tuple[int, Bars, Changes]]:
    """Assets with their bars, from GAP days before to GAP days after the range, and their splits after `opening`.

    Closes are counted in a unit of that many decimal places; assets that have closes with more of them come last."""
    if not assets:
        return
    begin, end = (datetime.combine(day, time(), UTC) for day in (opening - GAP * DAY, last + (GAP + 1) * DAY))
    asked = {"assets": assets, "opening": opening, "begin": begin, "end": end, "places": places}
    finer: list[int] = []
    days, most = (last - opening).days, places
    # closed, or an error in between would leave the connection locked and its transaction could not be rolled back
    rows: Any = tx.conn.cursor().stream(queries.bars.sql, asked)
    with closing(rows):
        for row in rows:
            if row["places"] and row["places"] > places:
                finer.append(row["asset_id"])
                most = max(most, row["places"])
                continue
            splits = (
                list(zip(*_pairs(row["split_numbers"], row["ratios"]), strict=True)) if row["ratios"] else ()
            )
            yield row["asset_id"], _bars(row, days, places), splits
    yield from priced(tx, finer, opening, last, most)


def _bars(row: dict[str, Any], last: int, places: int) -> Bars:
    """An asset's latest quote stands for the close of a day that has no bar yet."""
    unit, closes = ONE, []
    if row["closes"]:
        unit = ONE.scaleb(-row["places"])
        unused = "0" * (places - row["places"])  # all closes end with that many
        whole = row["closes"].replace(f"{unused},", ",").removesuffix(unused).replace(".", "")
        closes = list(map(int, whole.split(",")))
    if row["numbers"]:
        numbers: Sequence[int] = list(map(int, row["numbers"].split(",")))
    else:
        numbers = range(row["first"], row["first"] + len(closes)) if closes else ()
    latest = row["latest_number"]
    if latest is not None and -GAP <= latest <= last and (not numbers or latest > numbers[-1]):
        return Bars([*numbers, latest], [*closes, row["latest_price"] / unit], unit)
    return Bars(numbers, closes, unit)


def _pairs(numbers: str, amounts: str) -> tuple[Iterable[int], Iterable[Decimal]]:
    return map(int, numbers.split(",")), map(Decimal, amounts.split(","))
