"""What a portfolio is worth and why that changed: exact, complete, and honest about what is not known."""

from __future__ import annotations

from decimal import Decimal

from chalicelib.portfolio.series import Bars, filled, in_present_units, levels
from chalicelib.portfolio.valuation import Holding, Ledger, Lines, Missing, cross, value

ZERO = Decimal(0)
D = Decimal


def bars(closes: dict[int, str]) -> Bars:
    return Bars(list(closes), [D(close) for close in closes.values()])


# Prices and quantities by day ---------------------------------------------------------------------------------------


def test_a_weekend_takes_fridays_close() -> None:
    assert filled(bars({0: "10", 1: "11", 4: "12"}), 4, True) == [D(10), D(11), D(11), D(11), D(12)]


def test_a_close_from_before_the_range_is_carried_into_it() -> None:
    assert filled(bars({-3: "9", 2: "10"}), 2, True) == [D(9), D(9), D(10)]


def test_ten_days_without_a_bar_are_bridged_and_the_eleventh_is_not_known() -> None:
    prices = filled(bars({0: "10", 13: "11"}), 13, True)
    assert prices[10] == D(10)
    assert prices[11:] == [None, None, D(11)]


def test_after_the_last_quote_of_a_delisted_asset_nothing_is_known() -> None:
    assert filled(bars({0: "10", 1: "8"}), 3, False) == [D(10), D(8), None, None]


def test_a_delisted_assets_weekends_before_its_end_are_bridged() -> None:
    """What follows is looked at beyond the range: a range that ends on a Sunday before the last Monday."""
    assert filled(bars({0: "10", 3: "8"}), 2, False) == [D(10)] * 3


def test_before_the_first_bar_nothing_is_known() -> None:
    assert filled(bars({2: "10"}), 3, True) == [None, None, D(10), D(10)]
    assert filled(bars({}), 1, True) == [None, None]


def test_quantities_are_the_running_sum_of_their_changes() -> None:
    assert levels([(0, D(5)), (2, D(-2)), (2, D(1))], 4) == [D(5), D(5), D(4), D(4), D(4)]
    assert levels([], 1) == [ZERO, ZERO]


def test_quantities_before_a_split_are_told_in_shares_after_it() -> None:
    changes = [(0, D(3)), (2, D(27)), (4, D(5))]  # 10:1 on day 2 makes 30 of 3
    assert levels(in_present_units(changes, [(2, D(10))]), 4) == [D(30), D(30), D(30), D(30), D(35)]


def test_a_cross_rate_is_exact_to_the_dollar_and_has_18_digits_otherwise() -> None:
    assert cross(D("1.1794"), D(1)) == D("1.1794")
    assert cross(D(1), D(3)) == D("0.333333333333333333")
    assert cross(None, D(1)) is None
    assert cross(D(1), None) is None


# A portfolio by hand ------------------------------------------------------------------------------------------------


def by_hand(**changed: object) -> Ledger:
    """A portfolio in euro. Day 0: 1,000 EUR and 10 shares at 50.00 USD. Day 1: 2 shares sold at 55, fee 1 USD. Day 2: a
    dividend of 8 USD with 2 USD tax. Day 3: 100 EUR are withdrawn. A dollar is 0.90, 0.91, 0.92, 0.90 EUR."""
    fields = {
        "base": "EUR",
        "days": 3,
        "holdings": [Holding(1, "USD", [(0, D(10)), (1, D(-2))], bars({0: "50", 1: "55", 2: "54", 3: "56"}))],
        "cash": {"EUR": [(0, D(1000)), (3, D(-100))], "USD": [(1, D(109)), (2, D(6))]},
        "moved": {
            ("sold", "USD"): [(1, D(110))],
            ("realised", "USD"): [(1, D(10))],
            ("fee", "USD"): [(1, D(1))],
            ("dividend", "USD"): [(2, D(8))],
            ("tax", "USD"): [(2, D(2))],
            ("outflow", "EUR"): [(3, D(100))],
        },
        "rates": {"USD": [D("0.90"), D("0.91"), D("0.92"), D("0.90")]},
    }
    return Ledger(**{**fields, **changed})  # type: ignore[arg-type]


def test_values_by_hand() -> None:
    """10 × 50 × 0.90 + 1000; (8 × 55 + 109) × 0.91 + 1000; (8 × 54 + 115) × 0.92 + 1000; (8 × 56 + 115) × 0.90 + 900."""
    assert value(by_hand()).values == [D("1450"), D("1499.59"), D("1503.24"), D("1406.7")]


def test_lines_by_hand() -> None:
    """Unrealised: the gain on what is held was 0, is then 8 × 5 = 40, 8 × 4 = 32, 8 × 6 = 48 dollars: +40 × 0.91 − 8 × 0.92
    + 16 × 0.90. Currency: 500 × 0.01 + 549 × 0.01 − 547 × 0.02."""
    assert value(by_hand()).lines == Lines(
        opening=D("1450"),
        net_flows=D("-100"),
        realised=D("9.10"),
        unrealised=D("36.40") - D("7.36") + D("14.40"),
        dividends=D("7.36"),
        interest=ZERO,
        fees=D("0.91"),
        taxes=D("1.84"),
        currency_effect=D("5.00") + D("5.49") - D("10.94"),
        closing=D("1406.7"),
    )


def test_flows_by_hand() -> None:
    found = value(by_hand())
    assert (found.inflows, found.outflows) == ([ZERO] * 4, [ZERO, ZERO, ZERO, D(100)])


def test_a_range_of_one_day() -> None:
    one = value(by_hand(days=1, rates={"USD": [D("0.90"), D("0.91")]}, moved={
        ("sold", "USD"): [(1, D(110))], ("realised", "USD"): [(1, D(10))], ("fee", "USD"): [(1, D(1))],
    }, cash={"EUR": [(0, D(1000))], "USD": [(1, D(109))]}))  # fmt: skip
    assert one.lines is not None
    assert one.lines.adds_up()
    assert one.lines.closing == D("1499.59")


def test_a_portfolio_of_cash_alone() -> None:
    cash = value(by_hand(holdings=[], moved={}, cash={"USD": [(0, D(100))]}))
    assert cash.values == [D("90.00"), D("91.00"), D("92.00"), D("90.00")]
    assert cash.lines is not None
    assert (cash.lines.currency_effect, cash.lines.unrealised) == (ZERO, ZERO)


def test_a_portfolio_in_which_nothing_happened() -> None:
    nothing = value(Ledger("EUR", 2, [], {}, {}, {}))
    assert nothing.values == [ZERO] * 3
    assert nothing.lines == Lines(*[ZERO] * 10)


def test_a_short_position_is_worth_less_than_nothing_and_gains_when_the_price_falls() -> None:
    short = value(Ledger(
        "USD", 1, [Holding(1, "USD", [(0, D(-10))], bars({0: "50", 1: "45"}))], {"USD": [(0, D(500))]}, {}, {},
    ))  # fmt: skip
    assert short.values == [ZERO, D(50)]
    assert short.lines is not None
    assert short.lines.unrealised == D(50)


# What is not known --------------------------------------------------------------------------------------------------


def test_a_day_without_a_price_is_marked_and_not_made_up() -> None:
    changes = [(0, D(10)), (1, D(-2))]
    gap = value(by_hand(holdings=[Holding(1, "USD", changes, bars({0: "50", 1: "55", 3: "56"}))]))
    assert gap.values[2] == (8 * D(55) + 115) * D("0.92") + 1000  # one day: filled forward
    assert gap.missing == {}
    delisted = value(by_hand(holdings=[Holding(1, "USD", changes, bars({0: "50", 1: "55"}), active=False)]))
    assert delisted.values[2:] == [None, None]
    assert delisted.missing == {2: Missing((1,), ()), 3: Missing((1,), ())}
    assert delisted.lines is None


def test_a_missing_rate_is_never_one() -> None:
    unknown = value(by_hand(rates={"USD": [D("0.90"), None, D("0.92"), D("0.90")]}))
    assert unknown.values[1] is None
    assert unknown.missing == {1: Missing((), ("USD",))}
    assert unknown.lines is None  # something was sold at that rate


def test_a_day_on_which_nothing_was_done_may_be_unknown_and_the_lines_still_add_up() -> None:
    quiet = by_hand(
        moved={("outflow", "EUR"): [(3, D(100))]},
        holdings=[Holding(1, "USD", [(0, D(10))], bars({0: "50", 1: "55", 2: "54", 3: "56"}))],
        cash={"EUR": [(0, D(1000)), (3, D(-100))]},
        rates={"USD": [D("0.90"), None, None, D("0.95")]},
    )
    found = value(quiet)
    assert found.values[1:3] == [None, None]
    assert found.lines is not None
    assert found.lines.adds_up()
    assert found.lines.currency_effect == 10 * D(54) * D("0.05")


def test_an_asset_that_is_held_no_longer_needs_no_price() -> None:
    sold = Holding(1, "USD", [(0, D(10)), (1, D(-10))], bars({0: "50"}), active=False)
    found = value(
        by_hand(holdings=[sold], moved={("sold", "USD"): [(1, D(500))]}, cash={"USD": [(1, D(500))]})
    )
    assert found.values == [D("450"), D("455"), D("460"), D("450")]
    assert found.missing == {}
