"""Dividends: proposed to who held the asset the day before ex_date, booked once, dismissed for good."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.core import jobs
from chalicelib.portfolio.jobs import PROPOSE_DIVIDENDS
from tests.conftest import Database
from tests.identity.factory import sign_up
from tests.portfolio import factory
from tests.portfolio.through_api import Portfolio, new_portfolio

EX = date(2024, 6, 14)
PAID = date(2024, 6, 28)
NIGHT = datetime(2024, 6, 15, tzinfo=UTC)


@pytest.fixture
def share(database: Database) -> int:
    return factory.share(database, symbol="PAYS")


@pytest.fixture
def mine(database: Database) -> Portfolio:
    return new_portfolio()


def declare(
    database: Database, asset: int, amount: str = "0.75", ex_date: date = EX, pay_date: date | None = PAID
) -> int:
    row = database.row(
        "insert into market.corporate_actions (asset_id, action_type, ex_date, pay_date, amount, currency, source) "
        "values (%s, 'dividend', %s, %s, %s, 'USD', 'test') returning id",
        asset,
        ex_date,
        pay_date,
        Decimal(amount),
    )
    return int(row["id"])


def hold(
    mine: Portfolio, share: int, quantity: str = "10", at: str = "2024-06-01T12:00:00Z", kind: str = "buy"
) -> None:
    mine.add(kind, asset_id=share, quantity=quantity, price="100", timestamp=at)


def propose(at: datetime = NIGHT) -> int:
    result = jobs.run(PROPOSE_DIVIDENDS, at, catch_up=False)
    assert result["status"] == "succeeded", result
    return int(result["rows"])


def proposals(mine: Portfolio) -> list[dict[str, Any]]:
    return list(mine.shown("dividends")["proposals"])


def test_who_held_the_day_before_is_proposed_the_dividend(
    mine: Portfolio, share: int, database: Database
) -> None:
    declare(database, share)
    hold(mine, share)
    assert propose() == 1
    (found,) = proposals(mine)
    assert Decimal(found.pop("amount")) == Decimal("7.5")
    assert found == {
        "id": found["id"],
        "asset_id": share,
        "symbol": "PAYS",
        "ex_date": "2024-06-14",
        "pay_date": "2024-06-28",
        "quantity": "10",
        "per_share": "0.75",
        "currency": "USD",
        "status": "proposed",
        "transaction_id": None,
    }


@pytest.mark.parametrize(
    ("trades", "quantity"),
    [
        ([("buy", "10", "2024-06-13T23:59:59Z")], "10"),  # the last moment of the day before
        ([("buy", "10", "2024-06-14T00:00:00Z")], None),  # bought on the ex-date: too late
        (
            [("buy", "10", "2024-06-01T12:00:00Z"), ("sell", "10", "2024-06-14T09:00:00Z")],
            "10",
        ),  # sold on it: still his
        ([("buy", "10", "2024-06-01T12:00:00Z"), ("sell", "10", "2024-06-13T09:00:00Z")], None),
        ([("buy", "10", "2024-06-01T12:00:00Z"), ("sell", "4", "2024-06-13T09:00:00Z")], "6"),
        ([("transfer_in", "3", "2024-06-01T12:00:00Z")], "3"),
    ],
)
def test_what_counts_is_the_holding_at_the_end_of_the_day_before(
    mine: Portfolio, share: int, database: Database, trades: list[tuple[str, str, str]], quantity: str | None
) -> None:
    declare(database, share)
    for kind, amount, at in trades:
        hold(mine, share, amount, at, kind)
    propose()
    assert [one["quantity"] for one in proposals(mine)] == ([quantity] if quantity else [])


def test_shares_after_a_split_get_the_dividend_of_new_shares(
    mine: Portfolio, share: int, database: Database
) -> None:
    declare(database, share)
    hold(mine, share, "10", "2024-05-01T12:00:00Z")
    factory.split(database, share, "2024-06-03", 10)
    factory.settle("2024-06-03")
    propose()
    assert [one["quantity"] for one in proposals(mine)] == ["100"]


def test_the_job_can_be_run_again_and_follows_the_holding(
    mine: Portfolio, share: int, database: Database
) -> None:
    declare(database, share)
    hold(mine, share)
    assert (propose(), propose()) == (1, 0)
    hold(mine, share, "4", "2024-06-02T12:00:00Z", "sell")
    assert propose() == 1
    assert [one["quantity"] for one in proposals(mine)] == ["6"]
    hold(mine, share, "6", "2024-06-03T12:00:00Z", "sell")
    assert propose() == 1
    assert proposals(mine) == []


def test_a_run_for_a_past_day_leaves_later_proposals_alone(
    mine: Portfolio, share: int, database: Database
) -> None:
    declare(database, share)
    hold(mine, share)
    propose()
    assert propose(NIGHT - timedelta(days=10)) == 0
    assert len(proposals(mine)) == 1


def test_history_that_was_entered_today_gets_its_old_dividends_too(
    mine: Portfolio, share: int, database: Database
) -> None:
    declare(database, share, ex_date=date(2022, 3, 1), pay_date=date(2022, 3, 15))
    database.run("update market.corporate_actions set created_at = '2022-02-01'")
    hold(mine, share, at="2021-01-04T12:00:00Z")
    assert propose(datetime.now(UTC)) == 1


def test_a_dividend_that_was_entered_already_is_not_proposed(
    mine: Portfolio, share: int, database: Database
) -> None:
    declare(database, share)
    hold(mine, share)
    mine.add("dividend", asset_id=share, quantity="7.5", tax="1.1", timestamp="2024-06-29T00:00:00Z")
    propose()
    assert proposals(mine) == []


def test_booking_makes_the_transaction_once(mine: Portfolio, share: int, database: Database) -> None:
    action = declare(database, share)
    hold(mine, share)
    propose()
    (found,) = proposals(mine)
    path = f"dividends/{found['id']}/book"
    booked = mine.post(path, {"tax": "1.12"})
    assert (booked.status, booked.json["status"]) == (200, "booked")
    again = mine.post(path, {})
    assert again.json == booked.json
    (_, paid) = mine.transactions()
    assert paid["id"] == booked.json["transaction_id"]
    assert (paid["type"], paid["asset_id"], Decimal(paid["quantity"]), paid["price"]) == (
        "dividend",
        share,
        Decimal("7.5"),
        "1",
    )
    assert (paid["tax"], paid["currency"], paid["timestamp"]) == ("1.12", "USD", "2024-06-28T00:00:00Z")
    assert paid["external_id"] == f"dividend:{action}"
    assert proposals(mine) == []
    propose()
    assert proposals(mine) == []


def test_a_booking_can_name_another_day_and_amount(mine: Portfolio, share: int, database: Database) -> None:
    declare(database, share, pay_date=None)
    hold(mine, share)
    propose()
    (found,) = proposals(mine)
    mine.post(f"dividends/{found['id']}/book", {"date": "2024-07-02", "amount": "7.44"})
    paid = mine.transactions()[-1]
    assert (paid["timestamp"], paid["quantity"]) == ("2024-07-02T00:00:00Z", "7.44")


def test_a_booking_whose_transaction_was_deleted_can_be_made_again(
    mine: Portfolio, share: int, database: Database
) -> None:
    declare(database, share)
    hold(mine, share)
    propose()
    (found,) = proposals(mine)
    first = mine.post(f"dividends/{found['id']}/book", {}).json["transaction_id"]
    assert mine.owner.api.delete(f"{mine.path}/transactions/{first}").status == 204
    second = mine.post(f"dividends/{found['id']}/book", {}).json["transaction_id"]
    assert second not in (None, first)


def test_what_is_not_paid_yet_cannot_be_booked(mine: Portfolio, share: int, database: Database) -> None:
    soon = datetime.now(UTC).date() + timedelta(days=9)
    declare(database, share, ex_date=datetime.now(UTC).date() - timedelta(days=1), pay_date=soon)
    hold(mine, share)
    propose(datetime.now(UTC))
    (found,) = proposals(mine)
    answer = mine.post(f"dividends/{found['id']}/book", {})
    assert (answer.status, answer.code) == (422, "not_paid_yet")
    assert str(soon) in answer.json["detail"]


def test_a_dismissed_proposal_does_not_come_back(mine: Portfolio, share: int, database: Database) -> None:
    declare(database, share)
    hold(mine, share)
    propose()
    (found,) = proposals(mine)
    assert mine.post(f"dividends/{found['id']}/dismiss").json["status"] == "dismissed"
    assert mine.post(f"dividends/{found['id']}/dismiss").status == 200
    propose()
    assert proposals(mine) == []
    answer = mine.post(f"dividends/{found['id']}/book", {})
    assert (answer.status, answer.code) == (409, "proposal_dismissed")


def test_what_was_booked_is_not_dismissed(mine: Portfolio, share: int, database: Database) -> None:
    declare(database, share)
    hold(mine, share)
    propose()
    (found,) = proposals(mine)
    mine.post(f"dividends/{found['id']}/book", {})
    assert mine.post(f"dividends/{found['id']}/dismiss").code == "proposal_booked"


def test_received_by_month_and_asset_and_what_is_announced(
    mine: Portfolio, share: int, database: Database
) -> None:
    database.run(
        "insert into market.exchange_rates (currency_code, timestamp, rate_to_usd, source) "
        "values ('EUR', '2024-02-02 15:00+00', 1.08, 'test')"
    )
    hold(mine, share, at="2024-01-05T12:00:00Z")
    mine.add(
        "dividend", asset_id=share, quantity="10", price="0.5", tax="0.75", timestamp="2024-01-10T00:00:00Z"
    )
    mine.add("dividend", asset_id=share, quantity="2", timestamp="2024-01-20T00:00:00Z")
    mine.add("dividend", asset_id=share, quantity="5", currency="EUR", timestamp="2024-02-02T00:00:00Z")
    mine.add("dividend", asset_id=share, quantity="5", currency="SEK", timestamp="2024-02-02T00:00:00Z")
    ahead = datetime.now(UTC).date() + timedelta(days=20)
    declare(database, share, "0.8", ex_date=ahead, pay_date=ahead + timedelta(days=14))
    found = mine.shown("dividends")
    listed = [
        (
            row["month"],
            row["currency"],
            *(Decimal(row[name]) for name in ("gross", "tax", "net")),
            row["payments"],
        )
        for row in found["received"]
    ]
    assert listed == [
        ("2024-02", "EUR", 5, 0, 5, 1),
        ("2024-02", "SEK", 5, 0, 5, 1),
        ("2024-01", "USD", 7, Decimal("0.75"), Decimal("6.25"), 2),
    ]
    assert [row["value"] for row in found["received"]] == ["5.4", None, "7"]  # no rate of the krona is known
    (expected,) = found["expected"]
    assert (expected["ex_date"], expected["quantity"], Decimal(expected["amount"])) == (str(ahead), "10", 8)


def test_nobody_sees_books_or_dismisses_anothers(mine: Portfolio, share: int, database: Database) -> None:
    declare(database, share)
    hold(mine, share)
    propose()
    (found,) = proposals(mine)
    stranger = new_portfolio(sign_up(), name="Theirs")
    for path in (f"{mine.path}/dividends/{found['id']}", f"{stranger.path}/dividends/{found['id']}"):
        assert stranger.owner.api.post(f"{path}/book", {}).code == "proposal_unknown"
        assert stranger.owner.api.post(f"{path}/dismiss").code == "proposal_unknown"
    assert len(proposals(mine)) == 1
    assert stranger.shown("dividends")["proposals"] == []


@pytest.mark.parametrize(
    "body", [{"tax": "-1"}, {"amount": "0"}, {"amount": 1.5}, {"date": "soon"}, {"colour": "red"}]
)
def test_bad_bookings_are_refused(
    mine: Portfolio, share: int, database: Database, body: dict[str, Any]
) -> None:
    declare(database, share)
    hold(mine, share)
    propose()
    (found,) = proposals(mine)
    assert mine.post(f"dividends/{found['id']}/book", body).status == 422
    assert len(proposals(mine)) == 1
