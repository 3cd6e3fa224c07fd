"""A portfolio, valued over the range that a request asks for, and what has to be said about it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from chalicelib.core import clock
from chalicelib.core.db import Tx
from chalicelib.core.errors import FieldError, InvalidInput, NotFound
from chalicelib.portfolio import inputs, ranges
from chalicelib.portfolio.inputs import Portfolio, queries
from chalicelib.portfolio.performance_models import AssetName, Gap, RangeQuery
from chalicelib.portfolio.ranges import Range
from chalicelib.portfolio.returns import ValuedDay
from chalicelib.portfolio.series import Series, filled
from chalicelib.portfolio.valuation import Valuation, exact, value

DAY = timedelta(days=1)


class Valued(NamedTuple):
    """A portfolio, valued over a range. `measured` begins no earlier than the portfolio."""

    portfolio: Portfolio
    name: str
    asked: Range
    measured: Range
    valuation: Valuation
    days: list[ValuedDay]
    symbols: dict[int, str]
    unknown_gains: int

    @property
    def span(self) -> dict[str, Any]:
        return {
            "range": self.name,
            "from": self.asked.first,
            "to": self.asked.last,
            "measured_from": self.measured.first,
            "days": self.measured.days,
            "portfolio_id": self.portfolio.id,
            "currency": self.portfolio.currency,
        }


def value_range(tx: Tx, portfolio_id: int, query: RangeQuery) -> Valued:
    portfolio = inputs.portfolio(tx, portfolio_id)
    asked = _range(query, portfolio.first_day)
    started = portfolio.first_day or asked.last
    measured = Range(max(asked.first, min(started, asked.last)), asked.last)
    with inputs.read(tx, portfolio, measured.opening, measured.last) as read:
        valuation = value(read.ledger)
    dates = map(date.fromordinal, range(measured.opening.toordinal(), measured.last.toordinal() + 1))
    days = list(map(ValuedDay, dates, valuation.values, valuation.inflows, valuation.outflows))
    name = query.range or ("max" if query.from_ is None else "custom")
    return Valued(portfolio, name, asked, measured, valuation, days, read.symbols, read.unknown_gains)


def _range(query: RangeQuery, start: date | None) -> Range:
    today = clock.today()
    last = query.to or today
    if last > today:
        raise InvalidInput(fields=[FieldError("query.to", "in_the_future", "Name a day that has begun.")])
    if query.range is not None:
        return ranges.named(query.range, last, start)
    try:
        return ranges.custom(query.from_, last, start)
    except ranges.EmptyRange:
        raise InvalidInput(fields=[FieldError("query.from", "range", "`from` lies after `to`.")]) from None


def prices_of(tx: Tx, valued: Valued, asset: dict[str, Any]) -> list[Decimal | None]:
    """An asset's price of each day, in the portfolio's currency."""
    opening, last = valued.measured.opening, valued.measured.last
    count = (last - opening).days
    with exact():
        ((_, bars, _),) = inputs.priced(tx, [asset["id"]], opening, last)
        prices = Series(filled(bars, count, asset["active"]), bars.unit).decimals()
    rates = inputs.rates(tx, {asset["currency"]}, valued.portfolio.currency, opening, count)
    if not rates:
        return prices
    pairs = zip(prices, rates[asset["currency"]], strict=True)
    return [None if price is None or rate is None else price * rate for price, rate in pairs]


def asset_named(tx: Tx, symbol: str) -> dict[str, Any]:
    found = list(queries.assets_named(tx.conn, symbol=symbol))
    if not found:
        raise NotFound("asset_unknown", f"There is no asset {symbol} in the catalogue.")
    if len(found) > 1:
        words = "This symbol is listed on several exchanges; compare by `asset_id` at …/benchmark."
        raise InvalidInput(fields=[FieldError("query.benchmark", "ambiguous", words)])
    return dict(found[0])


def gaps(valued: Valued) -> list[Gap]:
    def run(item: tuple[int, Any]) -> Any:
        return item[1][1], item[1][0] - item[0]

    found = []
    numbered = enumerate(valued.valuation.missing.items())
    for (missing, _), group in groupby(numbered, key=run):
        numbers = [number for _, (number, _) in group]
        found.append(
            Gap(
                **{"from": valued.measured.opening + numbers[0] * DAY},
                to=valued.measured.opening + numbers[-1] * DAY,
                prices=[AssetName(asset_id=one, symbol=valued.symbols[one]) for one in missing.assets],
                rates=list(missing.currencies),
            )
        )
    return found


def notes(valued: Valued) -> list[str]:
    said = []
    if valued.portfolio.first_day is None:
        said.append("Nothing has happened in this portfolio yet.")
    elif valued.measured.first > valued.asked.first:
        said.append(f"The portfolio began on {valued.measured.first}; figures are from then on.")
    if unknown := valued.unknown_gains:
        said.append(
            f"The cost of {unknown} sales is not known (a rate was missing): their gain stands under unrealised."
        )
    return said
