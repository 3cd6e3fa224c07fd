"""The lines of a valuation add up to the change in value, whatever happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.portfolio import ledger, records, returns, risk, valuation
from chalicelib.portfolio.series import Bars
from chalicelib.portfolio.valuation import Holding, Ledger, value

ZERO = Decimal(0)
D = Decimal


def bars(closes: dict[int, str]) -> Bars:
    return Bars(list(closes), [D(close) for close in closes.values()])


# The theorem --------------------------------------------------------------------------------------------------------

START = date(2024, 1, 1)
ASSETS = {1: "USD", 2: "EUR", 3: "JPY"}
amounts = st.decimals("0.00000001", "10000", allow_nan=False, places=8)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[records.Transaction], list[records.Split], int]:
    """Transactions of all kinds over some days, in three assets and three currencies, and perhaps a split."""
    days = draw(st.integers(1, 25))
    kinds = st.sampled_from(sorted({*records.HOLDING_SIGN, *records.CASH_SIGN}))
    found = []
    for number in range(draw(st.integers(0, 15))):
        kind, asset = draw(kinds), draw(st.sampled_from(sorted(ASSETS)))
        at = datetime(2024, 1, 1, 12, tzinfo=UTC) + timedelta(days=draw(st.integers(0, days)))
        trade = kind in records.HOLDING_SIGN
        found.append(records.Transaction(
            number + 1, at, kind, asset if trade or kind == "dividend" else None, draw(amounts),
            draw(amounts) if trade else D(1),
            ASSETS[asset] if trade else draw(st.sampled_from(("USD", "EUR", "JPY"))),
            draw(st.sampled_from((ZERO, D("1.23")))), draw(st.sampled_from(("USD", "EUR", "JPY"))),
            draw(st.sampled_from((ZERO, D("0.07")))),
        ))  # fmt: skip
    splits = draw(st.sampled_from(([], [records.Split(1, START + timedelta(days=days // 2), D(10))])))
    return found, splits, days


def book(history: Sequence[records.Transaction], splits: Sequence[records.Split]) -> ledger.Ledger:
    """The ledger of the history; what was never held is sold short."""
    covered = [t for t in history if t.type != "transfer_out"]
    return ledger.replay(covered, splits, records.Rules(allow_short=True))


def valued(
    history: Sequence[records.Transaction], splits: Sequence[records.Split], opening: int, last: int,
    closes: dict[int, list[Decimal]], rates: dict[str, list[Decimal]],
) -> Ledger:  # fmt: skip
    """What valuation reads from the database, made from the ledger's entries. Closes are in units after the split."""
    kept = book(history, splits)
    changes: dict[tuple[str, object], dict[int, Decimal]] = {}

    def note(kind: str, of: object, day: date, amount: Decimal) -> None:
        number = max((day - START).days - opening, 0)
        if (day - START).days <= last and (number > 0 or kind in ("holding", "cash")):
            days = changes.setdefault((kind, of), {})
            days[number] = days.get(number, ZERO) + amount

    with valuation.exact():
        for entry in kept.entries():
            kind, amount = str(entry.kind), entry.amount
            if kind == "flow":
                kind, amount = ("inflow", amount) if amount > 0 else ("outflow", -amount)
            note(kind, entry.asset_id if kind == "holding" else entry.currency, entry.day, amount)
        for one in (outcome.transaction for outcome in kept.outcomes):
            if one.type in records.HOLDING_SIGN:
                kind = "bought" if records.HOLDING_SIGN[one.type] > 0 else "sold"
                note(kind, one.currency, one.at.date(), one.quantity * one.price)
    series = {key: sorted(days.items()) for key, days in changes.items()}
    ratios = {split.asset_id: [((split.day - START).days - opening, split.ratio)] for split in splits}
    holdings = [
        Holding(asset, currency, series.get(("holding", asset), []),
                Bars(range(last - opening + 1), closes[asset][opening : last + 1]), ratios.get(asset, []))
        for asset, currency in ASSETS.items()
    ]  # fmt: skip
    return Ledger(
        "EUR", last - opening, holdings,
        {str(of): days for (kind, of), days in series.items() if kind == "cash"},
        {(kind, str(of)): days for (kind, of), days in series.items() if kind not in ("cash", "holding", "split")},
        {currency: rates[currency][opening : last + 1] for currency in ("USD", "JPY")},
    )  # fmt: skip


World = tuple[
    list[records.Transaction],
    list[records.Split],
    int,
    int,
    dict[int, list[Decimal]],
    dict[str, list[Decimal]],
]
"""History, splits, opening and last day, closes by asset, rates by currency."""


@st.composite
def worlds(draw: st.DrawFn) -> World:
    history, splits, days = draw(histories())
    opening = draw(st.integers(0, days - 1))
    last = draw(st.integers(opening + 1, days))
    price = st.decimals("0.01", "1000", allow_nan=False, places=4)
    rate = st.decimals("0.001", "2", allow_nan=False, places=18)
    count = days + 1
    closes = {asset: draw(st.lists(price, min_size=count, max_size=count)) for asset in ASSETS}
    rates = {money: draw(st.lists(rate, min_size=count, max_size=count)) for money in ("USD", "JPY")}
    return history, splits, opening, last, closes, rates


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_the_lines_add_up_to_the_change_in_value(world: World) -> None:
    """Whatever was done, in whatever currencies, over whatever days: to the last digit, and none is what is left over."""
    lines = value(valued(*world)).lines
    assert lines is not None
    assert lines.adds_up()


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_the_lines_of_two_ranges_in_a_row_are_those_of_both(world: World) -> None:
    """Each line for itself: a residual would hide here."""
    history, splits, opening, last, closes, rates = world
    whole = value(valued(*world)).lines
    middle = (opening + last) // 2
    if middle in (opening, last):
        return
    first = value(valued(history, splits, opening, middle, closes, rates)).lines
    second = value(valued(history, splits, middle, last, closes, rates)).lines
    assert whole is not None
    assert first is not None
    assert second is not None
    assert first.closing == second.opening
    with valuation.exact():
        for name in valuation.names():
            if name not in ("opening", "closing"):
                assert getattr(first, name) + getattr(second, name) == getattr(whole, name), name


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_values_are_those_of_a_plain_replay(world: World) -> None:
    """Counted again with fractions, transaction by transaction."""
    history, splits, opening, _, closes, rates = world
    kept = book(history, splits)
    for number, found in enumerate(value(valued(*world)).values):
        day = START + timedelta(days=opening + number)
        at = {"EUR": Fraction(1), **{money: Fraction(rates[money][opening + number]) for money in rates}}
        total = Fraction(0)
        for entry in kept.entries():
            if entry.day > day:
                continue
            if entry.kind == "cash":
                total += Fraction(entry.amount) * at[str(entry.currency)]
            elif entry.kind == "holding" and entry.asset_id is not None:
                unit = 10 if any(s.asset_id == entry.asset_id and s.day > day for s in splits) else 1
                price = Fraction(closes[entry.asset_id][opening + number])
                total += Fraction(entry.amount) * unit * price * at[ASSETS[entry.asset_id]]
        assert found is not None
        assert Fraction(found) == total


def measured(found: valuation.Valuation) -> list[Any]:
    """All returns and the risk of it, or why there are none."""
    days = [
        returns.ValuedDay(START + timedelta(days=number), *each)
        for number, each in enumerate(zip(found.values, found.inflows, found.outflows, strict=True))
    ]

    def factors() -> list[float]:
        return [step.factor for step in returns.steps(days) if step.factor is not None]

    measures: list[Callable[[], Any]] = [
        lambda: returns.time_weighted(returns.steps(days)),
        lambda: returns.money_weighted(returns.cash_flows(days)),
        lambda: returns.simple(returns.average_capital(days)),
        lambda: risk.volatility([factor - 1 for factor in factors()]),
    ]
    told: list[Any] = []
    for measure in measures:
        try:
            told.append(measure())
        except returns.Undefined as why:
            told.append(str(why))
    return told


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_a_split_changes_no_value_no_line_and_no_return(world: World) -> None:
    """The same history with and without a 10:1 split (later trades in new shares, closes in new shares throughout)."""
    history, _, opening, last, closes, rates = world
    split = records.Split(1, START + timedelta(days=(opening + last + 1) // 2), D(10))

    def after(one: records.Transaction) -> records.Transaction:
        late = one.asset_id == 1 and one.type in records.HOLDING_SIGN and one.at.date() >= split.day
        return one._replace(quantity=one.quantity * 10, price=one.price.scaleb(-1)) if late else one

    new_shares = {**closes, 1: [close.scaleb(-1) for close in closes[1]]}
    plain = value(valued(history, [], opening, last, closes, rates))
    with_split = value(valued([after(one) for one in history], [split], opening, last, new_shares, rates))
    assert with_split.values == plain.values
    assert (with_split.inflows, with_split.outflows) == (plain.inflows, plain.outflows)
    assert with_split.lines == plain.lines
    assert measured(with_split) == measured(plain)


def test_nothing_is_rounded_on_the_way() -> None:
    with valuation.exact(), pytest.raises(ArithmeticError):
        D(1) / D(3)
