"""Exchange rates: what is known when, and conversions against arithmetic of our own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Api, Database

NOON = datetime(2026, 2, 6, 12, tzinfo=UTC)
RATES = {"EUR": "1.1794", "JPY": "0.00641025641025641026", "GBP": "1.3621", "AUD": "0.64"}


def known(database: Database, at: datetime = NOON, rates: dict[str, str] = RATES) -> None:
    for currency, rate in rates.items():
        database.run("insert into market.exchange_rates values (%s, %s, %s, 'ecb')", currency, at, rate)


def convert(api: Api, amount: str, origin: str, target: str, at: datetime = NOON) -> Any:
    query = {"amount": amount, "from": origin, "to": target, "at": at.isoformat()}
    return api.get(f"/v1/exchange-rates/convert?{urlencode(query)}")


def test_rates_are_those_known_at_the_moment(database: Database, api: Api) -> None:
    known(database)
    known(database, NOON + timedelta(hours=1), {"EUR": "1.2"})
    query = urlencode({"at": (NOON + timedelta(minutes=59)).isoformat()})
    answer = api.get(f"/v1/exchange-rates?{query}").json
    assert answer["base"] == "USD"
    assert [item["currency_code"] for item in answer["items"]] == ["AUD", "EUR", "GBP", "JPY"]
    assert answer["items"][1] == {
        "currency_code": "EUR",
        "rate_to_usd": "1.1794",
        "timestamp": "2026-02-06T12:00:00Z",
        "source": "ecb",
    }


def test_now_is_the_default(database: Database, api: Api) -> None:
    known(database, datetime.now(UTC) - timedelta(hours=3))
    assert len(api.get("/v1/exchange-rates").json["items"]) == len(RATES)


@pytest.mark.parametrize(
    ("age", "status"),
    [
        (timedelta(0), 200),
        (timedelta(days=7), 200),
        (timedelta(days=7, seconds=1), 404),
        (timedelta(seconds=-1), 404),
    ],
)
def test_a_rate_is_good_for_a_week_from_its_moment_on(
    database: Database, api: Api, age: timedelta, status: int
) -> None:
    known(database)
    answer = convert(api, "100", "EUR", "USD", NOON + age)
    assert answer.status == status
    listed = api.get(f"/v1/exchange-rates?{urlencode({'at': (NOON + age).isoformat()})}").json["items"]
    assert len(listed) == (len(RATES) if status == 200 else 0), (
        "the list and the conversion agree on what is known"
    )


def test_an_unknown_rate_is_said_so_by_name_and_never_guessed(database: Database, api: Api) -> None:
    known(database)
    answer = convert(api, "1", "XAU", "CHF")
    assert (answer.status, answer.code, answer.json["currencies"]) == (404, "rate_unknown", ["XAU", "CHF"])
    answer = convert(api, "1", "EUR", "CHF")
    assert answer.json["currencies"] == ["CHF"]
    assert convert(api, "1", "CHF", "CHF").status == 404, (
        "not even to itself: 1 would be a guess that it exists"
    )


def test_the_words_of_an_unknown_rate_name_the_moment_in_utc(api: Api) -> None:
    answer = api.get("/v1/exchange-rates/convert?amount=1&from=EUR&to=USD&at=2026-02-06T12:00:00%2B02:00")
    assert "2026-02-06 10:00 UTC" in answer.json["detail"]


def test_dollars_are_dollars_by_definition(api: Api) -> None:
    answer = convert(api, "12.5", "USD", "usd").json
    assert (Decimal(answer["amount"]), Decimal(answer["rate"]), answer["from_source"]) == (
        Decimal("12.5"),
        1,
        "definition",
    )


def test_a_conversion_says_which_rates_it_stands_on(database: Database, api: Api) -> None:
    known(database)
    answer = convert(api, "100", "EUR", "USD", NOON + timedelta(hours=2)).json
    assert Decimal(answer["amount"]) == Decimal("117.94")
    assert (answer["from_as_of"], answer["from_source"]) == ("2026-02-06T12:00:00Z", "ecb")
    assert (answer["to_as_of"], answer["to_source"]) == ("2026-02-06T14:00:00Z", "definition")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    amount=st.decimals("-1e12", "1e12", places=8, allow_nan=False, allow_infinity=False),
    origin=st.sampled_from(["USD", *RATES]),
    target=st.sampled_from(["USD", *RATES]),
)
def test_crosses_are_the_quotient_of_the_rates(
    database: Database, api: Api, amount: Decimal, origin: str, target: str
) -> None:
    if not database.rows("select from market.exchange_rates"):
        known(database)
    rates = {"USD": Decimal(1)} | {name: Decimal(text) for name, text in RATES.items()}
    with localcontext(prec=60):
        exact = amount * rates[origin] / rates[target]
    got = Decimal(convert(api, format(amount, "f"), origin, target).json["amount"])
    assert abs(got - exact) <= max(abs(exact), Decimal(1)) * Decimal("1e-15")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=EUR&to=USD", "query.amount"),
        ("amount=ten&from=EUR&to=USD", "query.amount"),
        ("amount=NaN&from=EUR&to=USD", "query.amount"),
        ("amount=Infinity&from=EUR&to=USD", "query.amount"),
        ("amount=1e30&from=EUR&to=USD", "query.amount"),
        ("amount=0.0000000000000000001&from=EUR&to=USD", "query.amount"),
        ("amount=1&from=EURO&to=USD", "query.from"),
        ("amount=1&from=EUR&to=U$D", "query.to"),
        ("amount=1&from=EUR&to=USD&at=2026-02-06", "query.at"),
        ("amount=1&from=EUR&to=USD&when=now", "query.when"),
        ("amount=1&amount=2&from=EUR&to=USD", "query.amount"),
    ],
)
def test_what_cannot_be_converted_is_refused_by_field(api: Api, query: str, field: str) -> None:
    answer = api.get(f"/v1/exchange-rates/convert?{query}")
    assert (answer.status, [error["field"] for error in answer.json["errors"]]) == (422, [field])


def test_the_database_takes_no_rate_that_is_none(database: Database) -> None:
    import psycopg

    for wrong in ("0", "-1", "NaN", "Infinity"):
        with pytest.raises(psycopg.errors.CheckViolation):
            known(database, rates={"EUR": wrong})
