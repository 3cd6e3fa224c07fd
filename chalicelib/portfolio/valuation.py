"""What a portfolio was worth at the end of each day, and why it changed. Pure and exact: Decimal throughout, no rounding.

Days are numbers: 0 is the opening day of a range, 1 its first day, and so on. Definitions, with q the quantity of an asset,
p its price in its own currency, f the day's rate of a currency to the portfolio's, and C the cash in a currency:

    value(d)           = Σ assets q(d) p(d) f(d) + Σ currencies C(d) f(d)
    net flows          = Σ days (deposits − withdrawals + transfers in − out + implied deposits) × f of their day
    realised           = Σ days (proceeds − cost of what was sold or transferred out, no fees or taxes) × f of their day
    unrealised         = Σ days [change of Σ q p over the day × f(d) − (cost of what was bought − cost of what was sold) × f
                         of their currency]: how much the gain on what is held grew
                         (cost of what was sold = proceeds − realised)
    dividends, interest, fees, taxes = Σ days their amounts × f of their day, gross
    currency effect    = Σ days [Σ q(d−1) p(d−1) + C(d−1)] × [f(d) − f(d−1)], over all currencies: what was held at the
                         beginning of a day, times the change of its rate that day
    opening + net flows + realised + unrealised + dividends + interest − fees − taxes + currency effect = closing

The last line is a theorem (tests prove it), not a definition: no line is computed as what is left over. The currency effect
is the daily version of splitting a product's change: Δ(hf) = Δh × f(d) + h(d−1) × Δf.

Prices are filled forward at most GAP days, and not at all after the last bar of an asset that is not active any more. A
value with an unknown part is unknown. The lines step across days on which a price or rate is not known and nothing was
done at that rate; otherwise they are unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from decimal import Context, Decimal, Inexact, localcontext
from operator import mul
from typing import NamedTuple

from chalicelib.portfolio.series import (
    ONE,
    ZERO,
    Bars,
    Changes,
    Series,
    filled,
    in_present_units,
    levels,
    plus,
    whole,
)

RATE_DIGITS = Context(prec=18)
"""Cross rates are quotients: to as many significant digits as the stored rates have."""


@contextmanager
def exact() -> Iterator[None]:
    """Within the block a sum or product that would have to be rounded raises instead."""
    with localcontext(Context(prec=2000, traps=[Inexact])):
        yield


@dataclass(frozen=True)
class Holding:
    """An asset that was held: its price currency, the changes of its quantity, its bars and its splits (ratio by day)."""

    asset_id: int
    currency: str
    changes: Changes
    bars: Bars
    splits: Changes = ()
    active: bool = True


@dataclass(frozen=True)
class Ledger:
    """Everything that a valuation needs. `moved` holds amounts by kind and currency; see `Lines` for the kinds."""

    base: str
    days: int
    """The number of the last day."""
    holdings: Iterable[Holding]
    """Gone through once: the next may still be being read while one is valued."""
    cash: Mapping[str, Changes]
    moved: Mapping[tuple[str, str], Changes]
    rates: Mapping[str, Sequence[Decimal | None]]
    """To the portfolio's currency, of the days 0 … days; of every currency but the portfolio's own."""


class Missing(NamedTuple):
    """What was not known on a day: assets without a price, currencies without a rate."""

    assets: tuple[int, ...]
    currencies: tuple[str, ...]


@dataclass(frozen=True)
class Lines:
    """Why the value changed. Fees and taxes are costs, as positive numbers."""

    opening: Decimal
    net_flows: Decimal
    realised: Decimal
    unrealised: Decimal
    dividends: Decimal
    interest: Decimal
    fees: Decimal
    taxes: Decimal
    currency_effect: Decimal
    closing: Decimal

    def adds_up(self) -> bool:
        with exact():
            gains = self.realised + self.unrealised + self.dividends + self.interest + self.currency_effect
            return self.opening + self.net_flows + gains - self.fees - self.taxes == self.closing


@dataclass
class Valuation:
    """Values and flows by day number, and the lines of the change (None where something needed is not known)."""

    values: list[Decimal | None]
    inflows: list[Decimal | None]
    outflows: list[Decimal | None]
    missing: dict[int, Missing] = field(default_factory=dict)
    lines: Lines | None = None


class _Currency(NamedTuple):
    holdings: list[Decimal | None]
    cash: list[Decimal]
    rates: Sequence[Decimal | None]


def value(ledger: Ledger) -> Valuation:
    """Values every day of the range."""
    with exact():
        sums, without_price = _by_currency(ledger)
        values, missing = _values(ledger.days, sums, without_price)
        inflows, outflows = _flows(ledger)
        valued = Valuation(values, inflows, outflows, missing)
        valued.lines = _lines(ledger, sums, valued)
        return valued


def cross(rate: Decimal | None, base: Decimal | None) -> Decimal | None:
    """The rate of a currency to the portfolio's from the rates of both to the US dollar."""
    if rate is None or base is None:
        return None
    return rate if base == ONE else RATE_DIGITS.divide(rate, base)


def _by_currency(ledger: Ledger) -> tuple[dict[str, _Currency], dict[int, list[int]]]:
    worth: dict[str, Series] = {}
    without_price: dict[int, list[int]] = {}
    for holding in ledger.holdings:
        priced, unknown = _worth(holding, ledger.days)
        for number in unknown:
            without_price.setdefault(number, []).append(holding.asset_id)
        known = worth.get(holding.currency)
        worth[holding.currency] = priced if known is None else known.plus(priced)
    nothing = Series([0] * (ledger.days + 1), ONE)
    sums = {
        currency: _Currency(
            worth.get(currency, nothing).decimals(),
            levels(ledger.cash.get(currency, ()), ledger.days),
            _rates(ledger, currency),
        )
        for currency in sorted(worth.keys() | ledger.cash.keys())
    }
    return sums, without_price


def _worth(holding: Holding, last: int) -> tuple[Series, list[int]]:
    """What is held is worth by day, and the days on which that is not known."""
    changes = in_present_units(holding.changes, holding.splits) if holding.splits else holding.changes
    counted, unit = whole(changes)
    unit *= holding.bars.unit
    quantities = levels(counted, last)
    prices = filled(holding.bars, last, holding.active)
    try:
        return Series(list(map(mul, quantities, prices)), unit), []
    except TypeError:  # a price is not known: slower, and only then
        worth = [
            0 if quantity == 0 else None if price is None else quantity * price
            for quantity, price in zip(quantities, prices, strict=True)
        ]
        return Series(worth, unit), [number for number, one in enumerate(worth) if one is None]


def _values(
    last: int, sums: Mapping[str, _Currency], without_price: Mapping[int, list[int]]
) -> tuple[list[Decimal | None], dict[int, Missing]]:
    totals: list[Decimal | None] = [ZERO] * (last + 1)
    without_rate: dict[int, list[str]] = {}
    for currency, (holdings, cash, rates) in sums.items():
        for number, (amount, rate) in enumerate(zip(plus(holdings, cash), rates, strict=True)):
            total = totals[number]
            if rate is None and amount != 0:
                without_rate.setdefault(number, []).append(currency)
                totals[number] = None
            elif amount is None or total is None:
                totals[number] = None
            elif amount:
                totals[number] = total + amount * (rate or ZERO)
    missing = {
        number: Missing(tuple(sorted(without_price.get(number, ()))), tuple(without_rate.get(number, ())))
        for number in sorted(without_price.keys() | without_rate.keys())
    }
    return totals, missing


def _rates(ledger: Ledger, currency: str) -> Sequence[Decimal | None]:
    return [ONE] * (ledger.days + 1) if currency == ledger.base else ledger.rates[currency]


def _flows(ledger: Ledger) -> tuple[list[Decimal | None], list[Decimal | None]]:
    inflows: list[Decimal | None] = [ZERO] * (ledger.days + 1)
    outflows: list[Decimal | None] = [ZERO] * (ledger.days + 1)
    for (kind, currency), changes in ledger.moved.items():
        into = {"inflow": inflows, "implied": inflows, "outflow": outflows}.get(kind)
        if into is None:
            continue
        rates = _rates(ledger, currency)
        for number, amount in changes:
            held, rate = into[number], rates[number]
            into[number] = None if held is None or rate is None else held + amount * rate
    return inflows, outflows


def _total(ledger: Ledger, *kinds: str) -> Decimal:
    """Raises _Unknown where a rate is missing."""
    total = ZERO
    for (kind, currency), changes in ledger.moved.items():
        if kind in kinds and changes:
            numbers, amounts = zip(*changes, strict=True)
            try:
                total += sum(map(mul, amounts, map(_rates(ledger, currency).__getitem__, numbers)))
            except TypeError:
                raise _Unknown from None
    return total


class _Unknown(Exception):
    """Something that the lines need is not known."""


def _lines(ledger: Ledger, sums: Mapping[str, _Currency], valued: Valuation) -> Lines | None:
    opening, closing = valued.values[0], valued.values[-1]
    if opening is None or closing is None:
        return None
    try:
        realised = _total(ledger, "realised")
        grown = currency_effect = ZERO
        for each in sums.values():
            more, effect = _growth(each)
            grown += more
            currency_effect += effect
        lines = Lines(
            opening=opening,
            net_flows=_total(ledger, "inflow", "implied") - _total(ledger, "outflow"),
            realised=realised,
            unrealised=grown - (_total(ledger, "bought") - _total(ledger, "sold") + realised),
            dividends=_total(ledger, "dividend"),
            interest=_total(ledger, "interest"),
            fees=_total(ledger, "fee"),
            taxes=_total(ledger, "tax"),
            currency_effect=currency_effect,
            closing=closing,
        )
    except _Unknown:
        return None
    return lines


def _growth(each: _Currency) -> tuple[Decimal, Decimal]:
    """Σ change of holdings × f(d), and Σ (holdings + cash of the day before) × change of f. Over days that are not known
    holdings and rate stand still: the step across them is made in one."""
    grown = effect = ZERO
    worth, cash, rate = each.holdings[0], each.cash[0], each.rates[0]
    if rate is None:
        rate = next((known for known in each.rates if known is not None), ONE)
    worth = ZERO if worth is None else worth
    for now, cash_now, rate_now in zip(each.holdings[1:], each.cash[1:], each.rates[1:], strict=True):
        if rate_now is not rate and rate_now is not None and rate_now != rate:
            effect += (worth + cash) * (rate_now - rate)
            rate = rate_now
        if now is not None and now != worth:
            grown += (now - worth) * rate
            worth = now
        cash = cash_now
    return grown, effect


def names() -> Iterable[str]:
    """The lines' names, in the order in which they are added up."""
    return (one.name for one in fields(Lines))
