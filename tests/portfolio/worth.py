"""What tests of values need: prices, rates, and a portfolio whose figures are worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from tests.conftest import Database
from tests.identity.factory import Person, machine, sign_up
from tests.portfolio import factory
from tests.portfolio.factory import Owned

DAY = timedelta(days=1)


def day(text: str) -> date:
    return date.fromisoformat(text)


def at(text: str, hour: int = 18) -> datetime:
    """A moment of a day, for the clock."""
    return datetime.combine(day(text), time(hour), UTC)


def prices(database: Database, asset: int, closes: Mapping[str, str]) -> None:
    """Stores closes as they are: the tests' days are long past, and nothing of this is about landing."""
    for text, close in closes.items():
        database.run(
            "insert into market.asset_prices (asset_id, timestamp, close, source) values (%s, %s, %s, 'test')",
            asset,
            datetime.combine(day(text), time(0), UTC),
            Decimal(close),
        )


def rates(database: Database, currency: str, by_day: Mapping[str, str]) -> None:
    """Rates to the dollar, known since 15:00 UTC of their days."""
    for text, rate in by_day.items():
        database.run(
            "insert into market.exchange_rates values (%s, %s, %s, 'test')",
            currency,
            at(text, 15),
            Decimal(rate),
        )


def quote(database: Database, asset: int, moment: datetime, price: str, currency: str = "USD") -> None:
    database.run(
        "insert into market.latest_prices (asset_id, price, currency, as_of, source) values (%s, %s, %s, %s, 'test')",
        asset,
        Decimal(price),
        currency,
        moment,
    )


def owner(database: Database, **fields: Any) -> tuple[Person, Owned]:
    """Somebody with an empty portfolio, who calls with an API key: that is good at any time that the clock is set to."""
    person = sign_up()
    person.api = machine(person, "portfolio:read")
    return person, factory.new_portfolio(database, person.id, **fields)


def example(database: Database) -> tuple[Person, Owned, int]:
    """A portfolio in euro, worked out by hand in test_performance.py.

    Monday 2024-03-04: 2,000 EUR come in. Tuesday: 10 shares at 100 USD, fee 1 USD, paid by an implied deposit of 1,001
    USD. Thursday: 4 shares sold at 120 USD. Friday: a dividend of 12 USD, 2 withheld. The following Monday: 500 EUR go out.
    """
    person, owned = owner(database, currency="EUR")
    asset = factory.share(database)
    prices(database, asset, {
        "2024-03-04": "99", "2024-03-05": "102", "2024-03-06": "110", "2024-03-07": "120", "2024-03-08": "115",
        "2024-03-11": "125",
    })  # fmt: skip
    rates(database, "EUR", {
        "2024-03-01": "1.25", "2024-03-04": "1.25", "2024-03-05": "1.25", "2024-03-06": "1.25", "2024-03-07": "1.28",
        "2024-03-08": "1.28", "2024-03-11": "1.25",
    })  # fmt: skip
    owned.cash("deposit", 2000, "2024-03-04")
    owned.buy(asset, 10, 100, "2024-03-05", fee=1)
    owned.sell(asset, 4, 120, "2024-03-07")
    owned.add("dividend", asset, 12, None, "2024-03-08", tax=2)
    owned.cash("withdrawal", 500, "2024-03-11")
    return person, owned, asset
