"""Reports about one portfolio: its performance over a range, the chart of it, and the comparison with a benchmark."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from operator import sub
from typing import Any

from chalicelib.core.db import Tx
from chalicelib.core.errors import NotFound
from chalicelib.portfolio import benchmark, ranges, returns, risk
from chalicelib.portfolio.inputs import queries
from chalicelib.portfolio.methods import EQUIVALENT, MONEY_WEIGHTED, RISK, SIMPLE, TIME_WEIGHTED
from chalicelib.portfolio.performance_models import (
    AssetName,
    Benchmark,
    BenchmarkComparison,
    BenchmarkQuery,
    Change,
    Chart,
    ChartPoint,
    ChartQuery,
    Drawdown,
    Measure,
    Performance,
    PerformanceQuery,
    Risk,
)
from chalicelib.portfolio.returns import Ratio, Step, Undefined, ValuedDay
from chalicelib.portfolio.valuation import exact
from chalicelib.portfolio.valued import Valued, asset_named, gaps, notes, prices_of, value_range

PLACES = 6
"""Decimal places of percentages and ratios."""


def report(tx: Tx, portfolio_id: int, query: PerformanceQuery) -> Performance:
    """The performance of a portfolio over a range. Raises NotFound, and InvalidInput for a range that cannot be."""
    valued = value_range(tx, portfolio_id, query)
    try:
        found, undefined = returns.steps(valued.days), None
    except Undefined as exc:
        found, undefined = [], str(exc)
    lines = valued.valuation.lines
    measures = _measures(valued, found, undefined)
    compared = None
    if query.benchmark is not None:
        compared = _compare(tx, valued, asset_named(tx, query.benchmark))
    return Performance(
        **valued.span,
        change=None if lines is None else Change(**_named(lines)),
        **measures,
        risk=_risk(valued, found, query.risk_free_rate),
        benchmark=compared,
        gaps=gaps(valued),
        notes=notes(valued),
    )


def chart(tx: Tx, portfolio_id: int, query: ChartQuery) -> Chart:
    """Value, invested capital and indices over a range. Raises like `report`."""
    valued = value_range(tx, portfolio_id, query)
    asset = asset_named(tx, query.benchmark) if query.benchmark is not None else None
    prices = prices_of(tx, valued, asset) if asset else []
    shown = set(ranges.periods(valued.measured, query.interval))
    invested, index = _invested(valued.days), _index(valued)
    points = [
        ChartPoint(
            day=day.day,
            value=day.value,
            invested=invested[number],
            index=_rounded(index.get(day.day)),
            benchmark_index=_rounded(_level(prices, number)),
        )
        for number, day in enumerate(valued.days)
        if day.day in shown
    ]
    named = AssetName(asset_id=asset["id"], symbol=asset["symbol"]) if asset else None
    return Chart(**valued.span, benchmark=named, points=points, gaps=gaps(valued))


def compare(tx: Tx, portfolio_id: int, query: BenchmarkQuery) -> BenchmarkComparison:
    """The portfolio beside the same payments into another asset. Raises like `report`."""
    valued = value_range(tx, portfolio_id, query)
    row = queries.asset(tx.conn, id=query.asset_id)
    if row is None:
        raise NotFound("asset_unknown", f"There is no asset {query.asset_id} in the catalogue.")
    try:
        found, undefined = returns.steps(valued.days), None
    except Undefined as exc:
        found, undefined = [], str(exc)
    measures = _measures(valued, found, undefined)
    return BenchmarkComparison(
        **valued.span,
        closing_value=valued.days[-1].value,
        time_weighted_percent=measures["time_weighted"].percent,
        money_weighted_percent=measures["money_weighted"].annual_percent,
        benchmark=_compare(tx, valued, row),
    )


def _measures(valued: Valued, found: list[Step], undefined: str | None) -> dict[str, Measure]:
    days, count = valued.days, valued.measured.days
    gain: Decimal | None = None
    try:
        with exact():
            flows = sum(map(sub, valued.valuation.inflows, valued.valuation.outflows))
            gain = days[-1].value - days[0].value - flows  # type: ignore[operator]
        simple = returns.simple(returns.average_capital(days))
        yearly = returns.money_weighted(returns.cash_flows(days))
    except (TypeError, Undefined):
        reason = undefined or "a value or flow is not known"
        simple = yearly = Ratio(None, reason)
    if undefined is not None:
        weighted = Ratio(None, undefined)
    elif any(step.factor is not None for step in found):
        weighted = Ratio(returns.time_weighted(found))
    else:
        weighted = Ratio(None, "nothing was invested")
    over = Ratio(None if yearly.value is None else returns.over(yearly.value, count), yearly.reason)
    return {
        "time_weighted": _measure(weighted, _annual(weighted, count), gain, TIME_WEIGHTED),
        "money_weighted": _measure(over, yearly.value, gain, MONEY_WEIGHTED),
        "simple": _measure(simple, None, gain, SIMPLE),
    }


def _annual(ratio: Ratio, days: int) -> float | None:
    return None if ratio.value is None else returns.annualised(ratio.value, days)


def _measure(ratio: Ratio, annual: float | None, gain: Decimal | None, words: tuple[str, str]) -> Measure:
    return Measure(
        percent=percent(ratio.value),
        annual_percent=percent(annual),
        absolute=gain,
        method=words[0],
        denominator=words[1],
        reason=ratio.reason,
    )


def _risk(valued: Valued, found: list[Step], risk_free_percent: Decimal) -> Risk:
    daily = [step.factor - 1 for step in found if step.factor is not None]
    risk_free = risk.per_period(float(risk_free_percent) / 100)
    fall = risk.max_drawdown(_levels(valued, found)) if found else None
    return Risk(
        volatility_percent=percent(risk.volatility(daily)),
        max_drawdown=None
        if fall is None
        else Drawdown(
            percent=percent(fall.ratio), peak=fall.peak, trough=fall.trough, recovered=fall.recovered
        ),
        sharpe=_rounded(risk.sharpe(daily, risk_free)),
        sortino=_rounded(risk.sortino(daily, risk_free)),
        risk_free_rate_percent=risk_free_percent,
        daily_returns=len(daily),
        method=RISK,
    )


def _levels(valued: Valued, found: list[Step]) -> list[tuple[date, float]]:
    """The time-weighted index: 1 at the opening, then the product of the factors so far."""
    level, levels = 1.0, [(valued.days[0].day, 1.0)]
    for step in found:
        level *= 1.0 if step.factor is None else step.factor
        levels.append((step.day, level))
    return levels


def _index(valued: Valued) -> dict[date, float]:
    try:
        return {day: level * 100 for day, level in _levels(valued, returns.steps(valued.days))}
    except Undefined:
        return {}


def _invested(days: list[ValuedDay]) -> list[Decimal | None]:
    found = [days[0].value]
    with exact():
        for day in days[1:]:
            known = found[-1] is not None and day.inflow is not None and day.outflow is not None
            found.append(found[-1] + day.inflow - day.outflow if known else None)  # type: ignore[operator]
    return found


def _compare(tx: Tx, valued: Valued, asset: dict[str, Any]) -> Benchmark:
    prices = prices_of(tx, valued, asset)
    equivalent: Decimal | None = None
    yearly, reason = Ratio(None), None
    try:
        last = prices[-1]
        if last is None:
            words = f"the benchmark has no price at the end of {valued.asked.last}"
            raise Undefined(f"{words}; an asset that is watched gets its history fetched")
        equivalent = round(benchmark.equivalent(benchmark.trades(valued.days, prices), last), 8)
        yearly = returns.money_weighted(
            returns.cash_flows([*valued.days[:-1], valued.days[-1]._replace(value=equivalent)])
        )
        if equivalent < 0:
            reason = "more was taken out than the benchmark had brought: it would be in debt"
    except Undefined as exc:
        reason = str(exc)
    closing = valued.days[-1].value
    with exact():
        difference = None if closing is None or equivalent is None else closing - equivalent
    return Benchmark(
        asset_id=asset["id"],
        symbol=asset["symbol"],
        plain_return_percent=percent(benchmark.plain(prices)),
        equivalent_value=equivalent,
        difference=difference,
        money_weighted_percent=percent(yearly.value),
        method=EQUIVALENT,
        reason=reason or yearly.reason,
    )


def _level(prices: list[Decimal | None], number: int) -> float | None:
    if not prices or (first := prices[0]) is None or (price := prices[number]) is None:
        return None
    return float(price / first) * 100


def _named(lines: Any) -> dict[str, Decimal]:
    own = {"opening": "opening_value", "closing": "closing_value"}
    return {own.get(name, name): amount for name, amount in vars(lines).items()}


def percent(ratio: float | None) -> Any:
    """A ratio in per cent, to six places."""
    return None if ratio is None else _rounded(ratio * 100)


def _rounded(number: float | None) -> Decimal | None:
    return None if number is None else Decimal(f"{number:.{PLACES}f}")
