"""Performance over HTTP: a portfolio worked out by hand, ranges, benchmarks, and what cannot be told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.core import clock
from tests.conftest import Answer, Database
from tests.identity.factory import Person, sign_up
from tests.portfolio import factory
from tests.portfolio.factory import Owned
from tests.portfolio.worth import at, example, owner, prices, quote, rates

D = Decimal
TODAY = "2024-03-11"


def ask(person: Person, owned: Owned, what: str = "performance", today: str = TODAY, **query: Any) -> Answer:
    words = {name.rstrip("_"): value for name, value in query.items()}
    with clock.at(at(today)):
        return person.api.get(f"/v1/portfolios/{owned.id}/{what}?{urlencode(words)}")


def test_the_example_by_hand(database: Database) -> None:
    """Values in EUR (a dollar is 1/1.25 = 0.8, and 1/1.28 = 0.78125 on the 7th and 8th):

    4th: 2000. 5th: 2000 + 1020 × 0.8 = 2816. 6th: 2000 + 1100 × 0.8 = 2880.
    7th: 2000 + (720 + 480) × 0.78125 = 2937.5. 8th to 10th: 2000 + (690 + 490) × 0.78125 = 2921.875.
    11th: 1500 + (750 + 490) × 0.8 = 2492.
    """
    person, owned, _ = example(database)
    answer = ask(person, owned).json
    change = answer["change"]
    assert (answer["range"], answer["measured_from"], answer["days"]) == ("max", "2024-03-04", 8)
    assert {name: D(amount) for name, amount in change.items()} == {
        "opening_value": D(0),
        "net_flows": D(2000) + D(1001) * D("0.8") - 500,
        "realised": 4 * D(20) * D("0.78125"),
        # gain on what is held: 10 × 2 = 20, 10 × 10 = 100, 6 × 20 = 120, 6 × 15 = 90, 6 × 25 = 150
        "unrealised": D(100) * D("0.8") + D(20 - 30) * D("0.78125") + D(60) * D("0.8"),
        "dividends": D(12) * D("0.78125"),
        "interest": D(0),
        "fees": D("0.8"),
        "taxes": D(2) * D("0.78125"),
        # 1100 dollars on the evening of the 6th, 1180 on that of the 10th
        "currency_effect": D(1100) * D("-0.01875") + D(1180) * D("0.01875"),
        "closing_value": D(2492),
    }
    gain = D(2492) - D("2300.8")
    assert D(answer["time_weighted"]["absolute"]) == gain


def test_the_measures_of_the_example(database: Database) -> None:
    """Daily factors: 2000/2000, 2816/2800.8, 2880/2816, 2937.5/2880, 2921.875/2937.5, 1, 1, (2492 + 500)/2921.875."""
    person, owned, _ = example(database)
    answer = ask(person, owned).json
    factor = 2816 / 2800.8 * 2880 / 2816 * 2937.5 / 2880 * 2921.875 / 2937.5 * 2992 / 2921.875
    assert float(answer["time_weighted"]["percent"]) == pytest.approx((factor - 1) * 100, abs=1e-6)
    assert answer["time_weighted"]["annual_percent"] is None
    # 2000 over 8 of 8 days, 800.8 over 7, 500 out at the end of the last
    capital = 2000 + 800.8 * 7 / 8
    assert float(answer["simple"]["percent"]) == pytest.approx(191.2 / capital * 100, abs=1e-6)
    # what the yearly rate makes of each payment
    rate = 1 + float(answer["money_weighted"]["annual_percent"]) / 100
    worth = 2000 * rate ** (8 / 365) + 800.8 * rate ** (7 / 365)
    assert worth == pytest.approx(2992, abs=1e-2)
    fall = answer["risk"]["max_drawdown"]
    assert (fall["peak"], fall["trough"], fall["recovered"]) == ("2024-03-07", "2024-03-08", "2024-03-11")
    assert float(fall["percent"]) == pytest.approx((2921.875 / 2937.5 - 1) * 100, abs=1e-6)
    assert answer["risk"]["daily_returns"] == 8
    for measure in ("time_weighted", "money_weighted", "simple"):
        assert answer[measure]["method"]
        assert answer[measure]["denominator"]


@pytest.mark.parametrize("name", ["1D", "1W", "MTD", "1M", "3M", "6M", "YTD", "1Y", "3Y", "5Y", "max"])
def test_every_range_adds_up(database: Database, name: str) -> None:
    person, owned, _ = example(database)
    change = {key: D(amount) for key, amount in ask(person, owned, range=name).json["change"].items()}
    gains = sum(change[key] for key in ("realised", "unrealised", "dividends", "interest", "currency_effect"))
    costs = change["fees"] + change["taxes"]
    assert change["opening_value"] + change["net_flows"] + gains - costs == change["closing_value"] == 2492


def test_one_day(database: Database) -> None:
    person, owned, _ = example(database)
    answer = ask(person, owned, from_="2024-03-07", to="2024-03-07").json
    assert (answer["range"], answer["days"]) == ("custom", 1)
    assert D(answer["change"]["opening_value"]) == 2880
    assert D(answer["time_weighted"]["percent"]) == round(D("2937.5") / 2880 * 100 - 100, 6)
    assert answer["time_weighted"]["percent"] == answer["simple"]["percent"]


def test_days_before_anything_happened_are_not_measured_and_it_says_so(database: Database) -> None:
    person, owned, _ = example(database)
    answer = ask(person, owned, range="1Y").json
    assert (answer["from"], answer["measured_from"]) == ("2023-03-12", "2024-03-04")
    assert answer["notes"] == ["The portfolio began on 2024-03-04; figures are from then on."]
    before = ask(person, owned, from_="2024-01-01", to="2024-02-01").json
    assert D(before["change"]["closing_value"]) == 0
    assert before["time_weighted"]["reason"] == "nothing was invested"


def test_a_portfolio_in_which_nothing_happened(database: Database) -> None:
    person, owned = owner(database)
    answer = ask(person, owned).json
    assert set(answer["change"].values()) == {"0"}
    assert answer["time_weighted"]["reason"] == "nothing was invested"
    assert "no rate solves it" in answer["money_weighted"]["reason"]
    assert answer["notes"] == ["Nothing has happened in this portfolio yet."]
    chart = ask(person, owned, "chart").json
    assert [(point["value"], point["index"]) for point in chart["points"]] == [("0", "100.000000")] * 2


def test_a_portfolio_of_cash_alone(database: Database) -> None:
    person, owned = owner(database)
    owned.cash("deposit", 1000, "2024-03-04")
    owned.cash("interest", 10, "2024-03-08")
    answer = ask(person, owned).json
    assert D(answer["change"]["interest"]) == 10
    assert answer["time_weighted"]["percent"] == "1.000000"
    assert answer["risk"]["max_drawdown"] is None


def test_a_short_position_gains_when_the_price_falls(database: Database) -> None:
    person, owned = owner(database, allow_short=True)
    asset = factory.share(database)
    prices(database, asset, {"2024-03-05": "100", "2024-03-06": "90"})
    owned.cash("deposit", 2000, "2024-03-04")
    owned.sell(asset, 10, 100, "2024-03-05")
    answer = ask(person, owned, to="2024-03-06").json
    assert D(answer["change"]["unrealised"]) == 100
    assert answer["time_weighted"]["percent"] == "5.000000"


def test_a_delisted_asset_is_worth_nothing_known_after_its_last_quote(database: Database) -> None:
    person, owned = owner(database)
    asset = factory.share(database, symbol="GONE", is_active=False)
    prices(database, asset, {"2024-03-04": "10", "2024-03-05": "8"})
    owned.buy(asset, 1, 10, "2024-03-04")
    answer = ask(person, owned, to="2024-03-07").json
    assert answer["change"] is None
    assert answer["gaps"] == [
        {
            "from": "2024-03-06",
            "to": "2024-03-07",
            "prices": [{"asset_id": asset, "symbol": "GONE"}],
            "rates": [],
        }
    ]
    for measure in ("time_weighted", "money_weighted", "simple"):
        assert answer[measure]["percent"] is None
        assert answer[measure]["reason"] == "the value at the end of 2024-03-07 is not known"
    points = ask(person, owned, "chart", to="2024-03-07").json["points"]
    assert [point["value"] for point in points] == ["0", "10", "8", None, None]


def test_a_currency_without_a_rate_is_named_and_never_taken_as_one(database: Database) -> None:
    person, owned = owner(database, currency="EUR")
    owned.cash("deposit", 100, "2024-03-04", currency="NOK")
    rates(database, "EUR", {"2024-03-04": "1.25"})
    answer = ask(person, owned, to="2024-03-05").json
    assert answer["change"] is None
    assert answer["gaps"] == [{"from": "2024-03-04", "to": "2024-03-05", "prices": [], "rates": ["NOK"]}]


def test_a_rate_is_good_for_a_week(database: Database) -> None:
    person, owned = owner(database)
    owned.cash("deposit", 100, "2024-03-01", currency="EUR")
    rates(database, "EUR", {"2024-03-01": "1.25"})
    points = ask(person, owned, "chart", to="2024-03-09").json["points"]
    values = {point["day"]: point["value"] for point in points}
    assert D(values["2024-03-07"]) == 125  # its end is six days and nine hours later
    assert values["2024-03-08"] is None


def test_a_split_changes_no_value_and_no_return(database: Database) -> None:
    """The bars were stored in old shares; the day of the split brings them into new ones."""
    person, owned = owner(database)
    asset = factory.share(database)
    prices(
        database,
        asset,
        {"2024-03-04": "1000", "2024-03-05": "1010", "2024-03-06": "102", "2024-03-07": "103"},
    )
    owned.buy(asset, 3, 1000, "2024-03-04")
    factory.split(database, asset, "2024-03-06", 10)
    factory.settle("2024-03-06")
    owned.buy(asset, 5, 102, "2024-03-06")
    points = ask(person, owned, "chart", to="2024-03-07").json["points"]
    assert [D(point["value"]) for point in points] == [0, 3000, 3030, 35 * 102, 35 * 103]
    assert [point["index"] for point in points[:3]] == ["100.000000", "100.000000", "101.000000"]


def test_the_latest_quote_stands_for_today_until_there_is_a_bar(database: Database) -> None:
    person, owned = owner(database)
    asset = factory.share(database)
    prices(database, asset, {"2024-03-08": "100"})
    owned.buy(asset, 1, 100, "2024-03-08")
    quote(database, asset, at(TODAY, 15), "107")
    assert D(ask(person, owned).json["change"]["closing_value"]) == 107
    assert D(ask(person, owned, to="2024-03-10").json["change"]["closing_value"]) == 100
    prices(database, asset, {TODAY: "109"})
    assert D(ask(person, owned).json["change"]["closing_value"]) == 109


def test_the_risk_free_rate_counts_for_sharpe_and_sortino(database: Database) -> None:
    person, owned, _ = example(database)
    plain = ask(person, owned).json["risk"]
    dear = ask(person, owned, risk_free_rate="50").json["risk"]
    assert plain["risk_free_rate_percent"] == "0"
    assert float(dear["sharpe"]) < float(plain["sharpe"])
    assert float(dear["sortino"]) < float(plain["sortino"])


# Charts and benchmarks ----------------------------------------------------------------------------------------------


def test_the_chart_of_the_example(database: Database) -> None:
    person, owned, _ = example(database)
    points = ask(person, owned, "chart").json["points"]
    assert [point["day"] for point in points] == [f"2024-03-{number:02}" for number in range(3, 12)]
    values = ["0", "2000", "2816", "2880", "2937.5", "2921.875", "2921.875", "2921.875", "2492"]
    assert [D(point["value"]) for point in points] == [D(value) for value in values]
    invested = ["0", "2000", *["2800.8"] * 6, "2300.8"]
    assert [D(point["invested"]) for point in points] == [D(value) for value in invested]


def test_a_weekly_chart_with_a_benchmark(database: Database) -> None:
    person, owned, _ = example(database)
    index = factory.share(database, symbol="INDEX")
    prices(database, index, {"2024-03-01": "50", "2024-03-10": "55", "2024-03-11": "60"})
    answer = ask(person, owned, "chart", interval="1w", benchmark="index").json
    assert answer["benchmark"] == {"asset_id": index, "symbol": "INDEX"}
    assert [(point["day"], point["benchmark_index"]) for point in answer["points"]] == [
        ("2024-03-03", "100.000000"),
        ("2024-03-10", f"{55 / 1.28 / (50 / 1.25) * 100:.6f}"),
        ("2024-03-11", "120.000000"),
    ]


def test_the_same_payments_into_a_benchmark(database: Database) -> None:
    """In euro the benchmark stands at 40 until the 10th and at 48 on the 11th: 2800.8 EUR bought 70.02 units, 500 EUR sold
    10.41666… of them at 48; what is left is worth 2860.96 EUR."""
    person, owned, _ = example(database)
    index = factory.share(database, symbol="INDEX")
    prices(database, index, {"2024-03-01": "50", "2024-03-08": "51.2", TODAY: "60"})
    answer = ask(person, owned, "benchmark", asset_id=index).json
    compared = answer["benchmark"]
    assert D(compared["equivalent_value"]) == D("2860.96")
    assert D(compared["difference"]) == D(2492) - D("2860.96")
    assert compared["plain_return_percent"] == "20.000000"
    assert compared["reason"] is None
    assert ask(person, owned, benchmark="INDEX").json["benchmark"] == compared


def test_a_benchmark_without_a_price_says_so(database: Database) -> None:
    person, owned, _ = example(database)
    young = factory.share(database, symbol="YOUNG")
    prices(database, young, {"2024-03-06": "10", TODAY: "12"})
    compared = ask(person, owned, "benchmark", asset_id=young).json["benchmark"]
    assert (compared["equivalent_value"], compared["plain_return_percent"]) == (None, None)
    assert compared["reason"] == "the benchmark has no price at the end of 2024-03-03"


# Who may ask what ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["performance", "chart", "benchmark?asset_id=1", "snapshots", "summary"])
def test_only_ones_own(database: Database, what: str) -> None:
    _, owned, _ = example(database)
    stranger = sign_up()
    answer = stranger.api.get(f"/v1/portfolios/{owned.id}/{what}")
    assert (answer.status, answer.code) == (404, "portfolio_unknown")


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"range": "2W"}, 422, "invalid_input"),
        ({"range": "1M", "from": "2024-01-01"}, 422, "invalid_input"),
        ({"from": "2024-03-02", "to": "2024-03-01"}, 422, "invalid_input"),
        ({"to": "2024-03-12"}, 422, "invalid_input"),
        ({"benchmark": "NOSUCH"}, 404, "asset_unknown"),
        ({"risk_free_rate": "-100"}, 422, "invalid_input"),
    ],
)
def test_what_cannot_be_asked(database: Database, query: dict[str, str], status: int, code: str) -> None:
    person, owned, _ = example(database)
    answer = ask(person, owned, **query)
    assert (answer.status, answer.code) == (status, code)


def test_a_symbol_of_several_exchanges_is_asked_for_by_its_id(database: Database) -> None:
    person, owned, _ = example(database)
    for exchange in ("NYSE", "LSE"):
        factory.share(database, symbol="TWICE", exchange=exchange)
    answer = ask(person, owned, benchmark="TWICE")
    assert answer.status == 422
    assert answer.json["errors"][0]["code"] == "ambiguous"
    assert ask(person, owned, "benchmark", asset_id=10**9).code == "asset_unknown"
