"""The import's requests: how a file is sent, what is refused, and who may."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.conftest import Database
from tests.identity.factory import machine, sign_up
from tests.portfolio.through_api import Portfolio, new_portfolio

HEADER = "Date,Type,Symbol,Quantity,Price,Currency,Fee\n"
APPLES = (
    f"{HEADER}2024-01-02T15:00:00Z,Buy,AAPL,10,185.50,USD,1\n2024-02-01T15:00:00Z,Sell,AAPL,4,190,USD,1\n"
)


@pytest.fixture
def mine(database: Database) -> Portfolio:
    return new_portfolio()


def test_a_file_can_be_sent_as_it_is(mine: Portfolio) -> None:
    raw = "Datum;Typ;Symbol;Stück;Kurs;Währung\n15.01.2024;Kauf;AAPL;10;180,50;USD\n".encode("utf-16")
    answer = mine.post("import", {"content_base64": base64.b64encode(raw).decode()})
    assert answer.status == 200, answer.text
    assert (answer.json["encoding"], answer.json["decimal"], answer.json["date_order"]) == (
        "utf-16",
        ",",
        "dmy",
    )
    assert answer.json["transactions"][0]["price"] == "180.50"


def test_an_idempotency_key_replays_the_first_answer(mine: Portfolio) -> None:
    body = {"content": APPLES, "dry_run": False}
    first = mine.post("import", body, Idempotency_Key="import-1")
    again = mine.post("import", body, Idempotency_Key="import-1")
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json == first.json
    assert first.json["counts"]["new"] == 2


def test_transactions_are_shown_by_the_page_and_all_imported(mine: Portfolio) -> None:
    lines = "".join(f"2024-01-{day:02},Deposit,,{day},,USD,\n" for day in range(1, 31))
    report = mine.really_import(HEADER + lines, offset=10, limit=5)
    assert [one["quantity"] for one in report["transactions"]] == ["11", "12", "13", "14", "15"]
    assert len(mine.transactions()) == 30


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"content": APPLES, "content_base64": "eA=="},
        {"content_base64": "not base64"},
        {"content": APPLES, "format": "excel"},
        {"content": APPLES, "mapping": {"colour": "Date"}},
        {"content": APPLES, "time_zone": "../../etc/passwd"},
        {"content": APPLES, "time_zone": "Mars/Olympus"},
        {"content": APPLES, "decimal": ";"},
        {"content": APPLES, "limit": 100000},
        {"content": APPLES, "what": "ever"},
        {"content": "a\0b"},
    ],
)
def test_bad_requests_are_refused(mine: Portfolio, body: dict[str, Any]) -> None:
    assert mine.post("import", body).status == 422


def test_a_file_without_sense_is_an_error_with_words(mine: Portfolio) -> None:
    for content, told in (
        ("", "auto"),
        ("hello", "auto"),
        ("{", "ghostfolio"),
        ("x", "binance"),
        ("", "coinbase"),
    ):
        report = mine.try_import(content, format=told)
        assert (report["counts"]["errors"], report["errors"][0]["line"]) == (1, None)
        assert (
            mine.post("import", {"content": content, "format": told, "dry_run": False}).code
            == "import_refused"
        )


def test_a_file_beyond_the_limits_is_refused(mine: Portfolio) -> None:
    assert mine.post("import", {"content": "x" * 6_000_000}).status == 413
    lines = "2024-01-01,Deposit,,1,,USD,\n" * 20_001
    (error,) = mine.try_import(HEADER + lines)["errors"]
    assert error["code"] == "too_many_transactions"


def test_nobody_imports_into_anothers_portfolio(mine: Portfolio) -> None:
    other = sign_up()
    answer = other.api.post(f"{mine.path}/import", {"content": APPLES, "dry_run": False})
    assert (answer.status, answer.code) == (404, "portfolio_unknown")
    assert mine.transactions() == []
    reader = machine(mine.owner, "portfolio:read")
    assert reader.post(f"{mine.path}/import", {"content": APPLES}).code == "missing_scope"
