"""The demo exchange, as `up` makes it the first time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.core import clock
from local import demo_exchange
from tests.conftest import Api, Database
from tests.exchange.factory import broken_books
from tests.identity import factory as people

NOW = datetime(2026, 3, 13, 17, 40, tzinfo=UTC)
"""A Friday; six days before, summer time had not begun."""


@pytest.fixture
def made(database: Database) -> demo_exchange.People:
    """The four people, with the exchange made twice."""
    ids = [people.sign_up(f"{name}@example.com").id for name in ("maker", "demo", "trader")]
    found = demo_exchange.People(*ids, admin=people.make_admin().id)
    assert demo_exchange.make(found, NOW)
    assert not demo_exchange.make(found, NOW), "made again it stays the same"
    return found


def shown(path: str) -> Any:
    with clock.at(NOW):
        answer = Api().get(path)
    assert answer.status == 200, answer.text
    return answer.json


def test_there_is_a_market_to_look_at(made: demo_exchange.People) -> None:
    (offering,) = shown("/v1/exchange/offerings")["items"]
    assert (offering["symbol"], offering["phase"]) == ("ROADSTER", "continuous")
    book = shown("/v1/exchange/offerings/1/book")
    assert len(book["bids"]) == len(book["asks"]) == demo_exchange.LEVELS
    candles = shown("/v1/exchange/offerings/1/candles?interval=1d")["items"]
    assert [candle["opens_at"][:10] for candle in candles] == [
        (NOW - timedelta(days=days)).date().isoformat() for days in range(6, -1, -1)
    ]
    trades = shown("/v1/exchange/offerings/1/trades")["items"]
    moments = [datetime.fromisoformat(trade["executed_at"]) for trade in trades]
    assert moments == sorted(moments, reverse=True)
    assert moments[0] <= NOW
    # the auctions of Monday to Thursday, and the opening one of Friday
    held = shown("/v1/exchange/offerings/1/auctions")["items"]
    assert len(held) == 9
    assert all(auction["equilibrium_price"] is not None for auction in held)
    days = shown("/v1/exchange/trading-days")["items"]
    assert [day["day"] for day in days] == ["2026-03-12", "2026-03-11", "2026-03-10", "2026-03-09"]
    assert len(shown("/v1/exchange/leaderboard")["items"]) == 3


def test_the_demo_person_has_shares_open_orders_and_a_deposit_that_waits_and_the_books_agree(
    made: demo_exchange.People, database: Database
) -> None:
    count = "select count(*) as count from exchange.{} where {}"
    orders = count.format("market_orders", "user_id = %s and status = 'active'")
    assert database.row(orders, made.demo)["count"] == 2
    waiting = count.format("cash_transfers", "user_id = %s and status = 'pending'")
    assert database.row(waiting, made.demo)["count"] == 1
    holdings = count.format("share_holdings", "holder_id = %s and shares_owned > 0")
    assert database.row(holdings, made.demo)["count"] == 1
    assert broken_books(NOW) == []


def test_its_trading_days_are_as_closing_them_again_would_have_them_and_each_begins_as_the_last_ended(
    made: demo_exchange.People, database: Database
) -> None:
    days = [day["day"] for day in shown("/v1/exchange/trading-days")["items"]]
    with clock.at(NOW):
        admin = people.make_admin().api
        again = [admin.post(f"/v1/admin/exchange/trading-days/{day}/close") for day in days]
    assert [(answer.status, answer.json["changed"]) for answer in again] == [(200, 0)] * 4
    joins = database.rows(
        "select user_id, stat_date, closing_equity, lead(opening_equity) over next_day as next_opening"
        " from exchange.user_trading_stats window next_day as (partition by user_id order by stat_date)"
    )
    followed = [row for row in joins if row["next_opening"] is not None]
    assert len(followed) >= 6, "three people take part, on four days"
    assert [row for row in followed if row["closing_equity"] != row["next_opening"]] == []
