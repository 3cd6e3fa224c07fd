"""Returns: how much a portfolio made, for whom, of what. Pure: values and flows in, ratios out.

Ratios are plain (0.05 is 5 %) and floating point; money stays in Decimal outside. Where there is no answer, the answer says
why: a `Ratio` holds either a value or a reason, never a made-up number.

Flows are what comes from outside and goes there (deposits, withdrawals, transfers, implied deposits). By the convention of
Portfolio Performance's manual (https://help.portfolio-performance.info/en/concepts/performance/time-weighted/) money comes
in at the start of its day and goes out at its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Context, Decimal
from itertools import pairwise
from typing import NamedTuple, NoReturn

ZERO = Decimal(0)
DAY = timedelta(days=1)
YEAR = 365
"""Days of a year, as in Excel's XIRR."""
LARGEST_RATE = 1e9
RATIO = Context(prec=18)
"""A digit or two more than a float holds: dividing exact amounts so is quicker than making floats of both."""


class ValuedDay(NamedTuple):
    """A day's end value and its flows, in one currency. None is not known."""

    day: date
    value: Decimal | None
    inflow: Decimal | None
    outflow: Decimal | None
    """What left, as a positive number."""


class Step(NamedTuple):
    """From one known value to the next: as a rule a day, more over days whose value is not known."""

    day: date
    factor: float | None
    """End over beginning; None where nothing was invested."""


class Ratio(NamedTuple):
    """A ratio, or why there is none."""

    value: float | None
    reason: str | None = None


class CashFlow(NamedTuple):
    """Money of the investor: negative is paid in, positive is got back."""

    day: date
    amount: Decimal


class Undefined(Exception):
    """A return has no meaning here; the text says why."""


def steps(days: Sequence[ValuedDay]) -> list[Step]:
    """The factors from each known value to the next; `days` begins with the opening day.

    factor = (value + outflow) / (value before + inflow). A day whose value is not known is passed over: its flows
    belong to the step across it. Raises Undefined where money went in or out at an unknown rate, where something was made
    of no capital, or where the value fell below zero (debt beyond the capital).
    """
    found: list[Step] = []
    before = days[0].value
    if before is None:
        raise Undefined(f"the value at the end of {days[0].day} is not known")
    inflow = outflow = ZERO
    divide = RATIO.divide
    for day, value, came, went in days[1:]:
        if came is None or went is None:
            raise Undefined(f"a flow on {day} is in a currency whose rate is not known")
        if came or went:
            inflow, outflow = inflow + came, outflow + went
        if value is None:
            continue
        capital, end = before, value
        if inflow or outflow:
            capital, end = before + inflow, value + outflow
            inflow = outflow = ZERO
        if capital > ZERO and end >= ZERO:
            found.append(Step(day, float(divide(end, capital))))
        elif capital or end:
            _refuse(day, capital)
        else:
            found.append(Step(day, None))
        before = value
    if days[-1].value is None:
        raise Undefined(f"the value at the end of {days[-1].day} is not known")
    return found


def _refuse(day: date, capital: Decimal) -> NoReturn:
    if capital <= 0:
        raise Undefined(f"on {day} there was no capital of one's own that a return could be a part of")
    raise Undefined(f"on {day} more than the whole capital was lost")


def time_weighted(steps: Iterable[Step]) -> float:
    """The time-weighted return: product of all factors, less one.

    What one unit of money made that was in from the beginning to the end: independent of when more came in or out, so it
    measures the choice of investments. Also called true time-weighted return
    (https://en.wikipedia.org/wiki/Time-weighted_return). The denominator of each factor is the capital at the start of its
    day.
    """
    product = 1.0
    for step in steps:
        if step.factor is not None:
            product *= step.factor
    return product - 1


def annualised(ratio: float, days: int) -> float | None:
    """A return over `days` as a yearly rate: (1 + ratio) ^ (365 / days) − 1. None under one year, for which the CFA
    Institute's performance standards forbid it (https://gipsstandards.org/?GIPSID=370): a good week is not a hundredfold
    year."""
    if days < YEAR:
        return None
    return float((1 + ratio) ** (YEAR / days) - 1)


class AverageCapital(NamedTuple):
    """What the simple return is a part of."""

    gain: Decimal
    capital: Decimal


def average_capital(days: Sequence[ValuedDay]) -> AverageCapital:
    """Gain, and the capital that was invested on average, each flow weighted by the part of the time it was in.

    Modified Dietz (Peter O. Dietz, Pension Funds: Measuring Investment Performance, 1966;
    https://en.wikipedia.org/wiki/Modified_Dietz_method):

        gain = closing − opening − Σ flows        capital = opening + Σ flow × days in / days of the range

    A flow into day d of n counts n − d + 1 days (it came at the start), one out of it n − d (it left at the end). Raises
    Undefined where a value or flow is not known.
    """
    opening, closing = days[0].value, days[-1].value
    if opening is None or closing is None:
        day = days[0].day if opening is None else days[-1].day
        raise Undefined(f"the value at the end of {day} is not known")
    length = len(days) - 1
    gain, weighted = closing - opening, Decimal(0)
    for number, (day, _, came, went) in enumerate(days[1:], start=1):
        if came is None or went is None:
            raise Undefined(f"a flow on {day} is in a currency whose rate is not known")
        if not came and not went:
            continue
        gain -= came - went
        weighted += came * (length - number + 1) - went * (length - number)
    return AverageCapital(gain, opening + weighted / length)


def simple(invested: AverageCapital) -> Ratio:
    """The simple return on the average capital invested."""
    if invested.capital <= 0:
        if invested.gain == 0 and invested.capital == 0:
            return Ratio(0.0)
        return Ratio(None, "on average there was no capital of one's own that a return could be a part of")
    return Ratio(float(invested.gain) / float(invested.capital))


def cash_flows(days: Sequence[ValuedDay]) -> list[CashFlow]:
    """The investor's payments: the opening value and all inflows paid, outflows and the closing value got.

    An inflow at the start of a day is dated the day before, whose end that is. Raises Undefined like `average_capital`.
    """
    opening, closing = days[0].value, days[-1].value
    if opening is None or closing is None:
        day = days[0].day if opening is None else days[-1].day
        raise Undefined(f"the value at the end of {day} is not known")
    flows = [CashFlow(days[0].day, -opening)] if opening else []
    for day, _, came, went in days[1:]:
        if came is None or went is None:
            raise Undefined(f"a flow on {day} is in a currency whose rate is not known")
        if came:
            flows.append(CashFlow(day - DAY, -came))
        if went:
            flows.append(CashFlow(day, went))
    return [*flows, CashFlow(days[-1].day, closing)] if closing else flows


def money_weighted(flows: Sequence[CashFlow]) -> Ratio:
    """The money-weighted return: the yearly rate at which all payments are worth nothing together.

        Σ amount × (1 + rate) ^ (−days since the first / 365) = 0

    What the investor's own money made, when it was in: large sums weigh more than small ones. This is Excel's XIRR
    (https://support.microsoft.com/en-us/excel/functions/xirr-function). Solved by the library pyxirr. No answer
    where nothing was paid or nothing got (no rate solves it), or where several rates do (payments that change direction
    more than once may have more than one root: which one is right nobody can say).
    """
    import pyxirr

    signs = {flow.amount > 0 for flow in flows}
    if not signs:
        return Ratio(None, "no rate solves it: nothing was paid in or got back")
    if len(signs) < 2:
        return Ratio(None, "no rate solves it: money was only paid in, or only got back")
    if flows[0].day == flows[-1].day:
        return Ratio(None, "no rate solves it: all payments are of one day")
    dates = [flow.day for flow in flows]
    amounts = [float(flow.amount) for flow in flows]
    roots = _crossings(dates, amounts)
    if roots == 0:
        return Ratio(None, "no rate solves it")
    if roots > 1:
        return Ratio(None, "several rates solve it: payments changed direction more than once")
    rate = pyxirr.xirr(dates, amounts, silent=True)
    if rate is None or not -1 < rate < LARGEST_RATE:
        return Ratio(None, "no rate solves it")
    return Ratio(rate)


def over(rate: float, days: int) -> float:
    """What a yearly rate makes in that many days: (1 + rate) ^ (days / 365) − 1."""
    return float((1 + rate) ** (days / YEAR) - 1)


def _crossings(dates: Sequence[date], amounts: Sequence[float]) -> int:
    """How many rates between almost −100 % and a billionfold solve it.

    Exactly one where payments change direction once (Descartes' rule of signs); otherwise looked for on a grid.
    """
    turns = sum(1 for one, next_ in pairwise(amounts) if one * next_ < 0)
    if turns == 1:
        return 1
    import math

    years = [(day - dates[0]).days / YEAR for day in dates]
    count, previous = 0, None
    for number in range(-90, 91):  # factors from 1e-9 to 1e9, closest around 1
        factor = 10 ** (math.copysign((number / 30) ** 2, number))
        try:
            worth = sum(amount * factor**-year for amount, year in zip(amounts, years, strict=True))
        except OverflowError:
            continue
        sign = worth > 0
        if worth and previous is not None and sign != previous:
            count += 1
        previous = sign if worth else previous
    return count
