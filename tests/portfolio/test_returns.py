"""The measures of return, held against published examples."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.portfolio import returns
from chalicelib.portfolio.returns import CashFlow, Step, Undefined, ValuedDay

START = date(2024, 1, 1)


def run(*days: tuple[str | None, str, str], opening: str | None = "0") -> list[ValuedDay]:
    """An opening value, then (value, inflow, outflow) of each day."""
    found = [ValuedDay(START, None if opening is None else Decimal(opening), Decimal(0), Decimal(0))]
    for number, (value, came, went) in enumerate(days, start=1):
        day = START + timedelta(days=number)
        found.append(ValuedDay(day, None if value is None else Decimal(value), Decimal(came), Decimal(went)))
    return found


def time_weighted(days: list[ValuedDay]) -> float:
    return returns.time_weighted(returns.steps(days))


# Time-weighted ------------------------------------------------------------------------------------------------------


def test_a_million_with_a_hundred_thousand_added() -> None:
    """ "Time-weighted rate of return" (https://www.scribd.com/document/547143246): 1,000,000 grow to 1,162,484, 100,000 are
    added, 1,192,328 are left: 16.25 %, then −5.56 %, together 9.79 %."""
    days = run(("1162484", "0", "0"), ("1192328", "100000", "0"), opening="1000000")
    assert [round(float(step.factor or 0) - 1, 4) for step in returns.steps(days)] == [0.1625, -0.0556]
    assert round(time_weighted(days), 4) == 0.0979


def test_cindicators_alice_adds_and_bob_withdraws_and_both_have_the_same_return() -> None:
    """Cindicator's help (https://support.cindicator.com/en/articles/4933839-my-returns-are-wrong): both begin with 1,000
    and gain 10 %, Alice then adds 2,000 and Bob takes out 100, both gain 5 %. They end with 3,255 and 1,050, at 15.5 %."""
    alice = run(("1100", "0", "0"), ("3255", "2000", "0"), opening="1000")
    bob = run(("1000", "0", "100"), ("1050", "0", "0"), opening="1000")
    assert time_weighted(alice) == pytest.approx(0.155)
    assert time_weighted(bob) == pytest.approx(0.155)


def test_math_celebritys_two_flows() -> None:
    """ "Time Weighted Rate of Interest" (https://www.mathcelebrity.com/intweighttimeinst.htm): 100,000 → 112,000, +30,000 →
    125,000, −42,000 → 100,000: 18.78 %."""
    days = run(("112000", "0", "0"), ("83000", "30000", "42000"), ("100000", "0", "0"), opening="100000")
    assert round(time_weighted(days), 4) == 0.1878


def test_the_manual_of_portfolio_performance() -> None:
    """Whose convention for flows is ours (https://help.portfolio-performance.info/en/concepts/performance/time-weighted/):
    177.94 fall to 160.26, with 84 more become 264.57, with 67 more 426.82: −9.94 %, 8.31 %, 28.73 %, together 25.58 %."""
    days = run(("160.26", "0", "0"), ("264.57", "84", "0"), ("426.82", "67", "0"), opening="177.94")
    assert [round(float(step.factor or 0) - 1, 4) for step in returns.steps(days)] == [
        -0.0994,
        0.0831,
        0.2873,
    ]
    assert round(time_weighted(days), 4) == 0.2558


def test_money_comes_in_at_the_start_of_its_day_and_goes_out_at_its_end() -> None:
    assert time_weighted(run(("110", "100", "0"))) == pytest.approx(0.10)
    assert time_weighted(run(("0", "0", "110"), opening="100")) == pytest.approx(0.10)


def test_a_day_without_anything_invested_changes_nothing() -> None:
    days = run(("0", "0", "0"), ("110", "100", "0"), ("0", "0", "110"), ("0", "0", "0"))
    assert [step.factor for step in returns.steps(days)] == [None, pytest.approx(1.1), 1.0, None]
    assert time_weighted(days) == pytest.approx(0.10)


def test_an_unknown_day_is_stepped_across_with_its_flows() -> None:
    days = run((None, "100", "0"), ("220", "0", "0"), opening="100")
    (step,) = returns.steps(days)
    assert step == Step(START + timedelta(days=2), pytest.approx(1.1))


@pytest.mark.parametrize(
    ("days", "why"),
    [
        (run(("1", "0", "0"), opening=None), "the value at the end of 2024-01-01 is not known"),
        (run((None, "0", "0"), opening="1"), "the value at the end of 2024-01-02 is not known"),
        (run(("5", "0", "0")), "on 2024-01-02 there was no capital"),
        (run(("5", "0", "0"), opening="-3"), "on 2024-01-02 there was no capital"),
        (run(("-1", "0", "0"), opening="100"), "on 2024-01-02 more than the whole capital was lost"),
    ],
)
def test_where_a_return_has_no_meaning_it_says_why(days: list[ValuedDay], why: str) -> None:
    with pytest.raises(Undefined, match=why):
        returns.steps(days)


def test_a_flow_at_an_unknown_rate_makes_the_return_unknown() -> None:
    days = run(("1", "0", "0"), opening="1")
    days[1] = days[1]._replace(inflow=None)
    for measure in (returns.steps, returns.average_capital, returns.cash_flows):
        with pytest.raises(Undefined, match="a flow on 2024-01-02 is in a currency whose rate is not known"):
            measure(days)


def test_under_a_year_nothing_is_annualised() -> None:
    """CFA Institute, questions and answers on its performance standards (https://gipsstandards.org/?GIPSID=370)."""
    assert returns.annualised(0.05, 364) is None
    assert returns.annualised(0.05, 365) == pytest.approx(0.05)
    assert returns.annualised(0.21, 730) == pytest.approx(0.10)


@given(
    st.lists(st.floats(0.5, 2), min_size=1, max_size=30),
    st.lists(st.integers(-50, 200), min_size=30, max_size=30),
)
def test_flows_do_not_matter_to_the_time_weighted_return(factors: list[float], flows: list[int]) -> None:
    """Whatever comes in or goes out, what is left in grows by the same factors."""
    level, days = Decimal(1000), []
    product = 1.0
    for factor, flow in zip(factors, flows, strict=False):
        came = Decimal(max(flow, 0))
        grown = (level + came) * Decimal(factor)
        went = min(Decimal(max(-flow, 0)), grown / 2)
        level = grown - went
        days.append((str(level), str(came), str(went)))
        product *= factor
    assert time_weighted(run(*days, opening="1000")) == pytest.approx(product - 1, rel=1e-9, abs=1e-12)


# Simple, on average capital -----------------------------------------------------------------------------------------


def test_wikipedias_modified_dietz_example() -> None:
    """https://en.wikipedia.org/wiki/Modified_Dietz_method, "Example": 100, after the first of two years +50, then
    300. The gain is 150 on 125, so 120 %."""
    days = run(("100", "0", "0"), ("300", "50", "0"), opening="100")
    invested = returns.average_capital(days)
    assert invested == (Decimal(150), Decimal(125))
    assert returns.simple(invested).value == pytest.approx(1.2)


def test_what_goes_out_counts_to_the_end_of_its_day() -> None:
    days = run(("60", "0", "50"), ("66", "0", "0"), opening="100")
    assert returns.average_capital(days) == (Decimal(16), Decimal(75))


@pytest.mark.parametrize(("opening", "value", "out"), [("0", "10", "0"), ("100", "10", "300")])
def test_without_capital_on_average_there_is_no_simple_return(opening: str, value: str, out: str) -> None:
    found = returns.simple(returns.average_capital(run(("1", "0", out), (value, "0", "0"), opening=opening)))
    assert found.value is None
    assert "no capital" in str(found.reason)


def test_nothing_gained_on_nothing_is_nothing() -> None:
    assert returns.simple(returns.average_capital(run(("0", "0", "0")))).value == 0


# Money-weighted -----------------------------------------------------------------------------------------------------


def test_microsofts_xirr_example() -> None:
    """Excel's documentation (https://support.microsoft.com/en-us/excel/functions/xirr-function): 0.373362535."""
    flows = [
        CashFlow(date(2008, 1, 1), Decimal(-10000)),
        CashFlow(date(2008, 3, 1), Decimal(2750)),
        CashFlow(date(2008, 10, 30), Decimal(4250)),
        CashFlow(date(2009, 2, 15), Decimal(3250)),
        CashFlow(date(2009, 4, 1), Decimal(2750)),
    ]
    assert returns.money_weighted(flows).value == pytest.approx(0.373362535, abs=1e-8)


def test_wikipedias_internal_rate_of_return_of_the_same_example() -> None:
    """https://en.wikipedia.org/wiki/Modified_Dietz_method, "Example": 100, after a year 50 more, after two 300: 50 % a
    year, which makes 125 % over both."""
    flows = [
        CashFlow(date(2021, 1, 1), Decimal(-100)),
        CashFlow(date(2022, 1, 1), Decimal(-50)),
        CashFlow(date(2023, 1, 1), Decimal(300)),
    ]
    assert returns.money_weighted(flows).value == pytest.approx(0.5)
    assert returns.over(0.5, 730) == pytest.approx(1.25)


def test_a_year_of_ten_per_cent() -> None:
    flows = [CashFlow(date(2025, 1, 1), Decimal(-100)), CashFlow(date(2026, 1, 1), Decimal(110))]
    assert returns.money_weighted(flows).value == pytest.approx(0.10)
    assert returns.over(0.10, 365) == pytest.approx(0.10)


def test_the_investors_payments_are_dated_by_the_convention() -> None:
    days = run(("110", "100", "0"), ("0", "0", "120"))
    assert returns.cash_flows(days) == [
        CashFlow(START, Decimal(-100)),
        CashFlow(START + timedelta(days=2), Decimal(120)),
    ]


@pytest.mark.parametrize(
    ("amounts", "why"),
    [
        ([-100, -50], "only paid in"),
        ([100], "only paid in"),
        ([], "nothing was paid in or got back"),
        ([100, -100, 100], "no rate solves it"),  # 100 x² − 100 x + 100 has no real root
        (
            [100, -500, 600],
            "several rates solve it",
        ),  # 100 x² − 500 x + 600 has two: 2 and 3, that is 100 % and 200 %
    ],
)
def test_no_root_is_said_plainly(amounts: list[int], why: str) -> None:
    flows = [CashFlow(START + timedelta(days=365 * n), Decimal(a)) for n, a in enumerate(amounts)]
    found = returns.money_weighted(flows)
    assert found.value is None
    assert why in str(found.reason)


def test_payments_of_one_day_have_no_rate() -> None:
    flows = [CashFlow(START, Decimal(-100)), CashFlow(START, Decimal(110))]
    assert returns.money_weighted(flows).reason == "no rate solves it: all payments are of one day"


@given(
    st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 10_000)), min_size=1, max_size=20),
    st.floats(-0.9, 5),
)
def test_the_rate_that_was_put_in_comes_out(paid: list[tuple[int, int]], rate: float) -> None:
    """Payments that all grow at one rate have that rate."""
    last = max(day for day, _ in paid) + 30
    closing = sum(amount * (1 + rate) ** ((last - day) / 365) for day, amount in paid)
    flows = [CashFlow(START + timedelta(days=day), Decimal(-amount)) for day, amount in sorted(paid)]
    found = returns.money_weighted([*flows, CashFlow(START + timedelta(days=last), Decimal(closing))])
    assert found.value == pytest.approx(rate, rel=1e-5, abs=1e-6)
