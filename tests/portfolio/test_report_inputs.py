"""What reports read: closes of any number of decimal places and days, exact to the last digit."""

from __future__ import annotations

from decimal import Decimal

import pytest

from chalicelib.portfolio import valued
from tests.conftest import Database
from tests.portfolio import factory
from tests.portfolio.test_performance import ask
from tests.portfolio.worth import at, owner, prices, quote

D = Decimal


def test_closes_of_any_number_of_places_are_valued_exactly(database: Database) -> None:
    """2 × 0.00000123456789 + 0.125 × 42000.5 + 3 × 7 on the 4th; the close of the 5th is missing for the second."""
    person, owned = owner(database)
    tiny, coin, share = (factory.share(database) for _ in range(3))
    prices(database, tiny, {"2024-03-04": "0.00000123456789", "2024-03-05": "0.5", "2024-03-06": "1"})
    prices(database, coin, {"2024-03-04": "42000.5", "2024-03-06": "43000.25"})
    prices(database, share, {"2024-03-04": "7", "2024-03-05": "8", "2024-03-06": "9.10"})
    owned.add("transfer_in", tiny, 2, "0.1", "2024-03-04")
    owned.add("transfer_in", coin, D("0.125"), 40000, "2024-03-04")
    owned.add("transfer_in", share, 3, 6, "2024-03-04")
    points = ask(person, owned, "chart", today="2024-03-06", range="max").json["points"]
    assert [D(point["value"]) for point in points] == [
        0,
        2 * D("0.00000123456789") + D("0.125") * D("42000.5") + 21,
        1 + D("0.125") * D("42000.5") + 24,
        2 + D("0.125") * D("43000.25") + D("27.3"),
    ]


def test_a_quote_may_have_more_places_than_the_closes(database: Database) -> None:
    person, owned = owner(database)
    asset = factory.share(database)
    prices(database, asset, {"2024-03-04": "10", "2024-03-05": "11.5"})
    quote(database, asset, at("2024-03-06", 12), "12.0000000001")
    owned.add("transfer_in", asset, D("0.5"), 10, "2024-03-04")
    change = ask(person, owned, today="2024-03-06").json["change"]
    assert D(change["closing_value"]) == D("6.00000000005")


def test_an_error_while_bars_are_still_being_read_leaves_the_connection_usable(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, owned = owner(database)
    for number in range(3):
        asset = factory.share(database)
        prices(database, asset, {"2024-03-04": "10"})
        owned.buy(asset, 1 + number, 10, "2024-03-04")

    def fails(_: object) -> None:
        raise ArithmeticError

    with monkeypatch.context() as broken:
        broken.setattr(valued, "value", fails)
        assert ask(person, owned).status == 500
    assert D(ask(person, owned, today="2024-03-05").json["change"]["closing_value"]) == 60


def test_a_portfolio_of_cash_in_its_own_currency_needs_no_rate(database: Database) -> None:
    person, owned = owner(database, currency="EUR")
    owned.cash("deposit", 5, "2024-03-04")
    answer = ask(person, owned, today="2024-03-06").json
    assert (D(answer["change"]["closing_value"]), answer["gaps"]) == (5, [])
