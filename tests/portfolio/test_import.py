"""Importing a file through the API: the dry run shows what the import does, which does all of it or nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Database
from tests.market.factory import asset_id, close_only, land, new_asset
from tests.portfolio.through_api import Portfolio, new_portfolio

FILES = Path(__file__).parent / "files"
HEADER = "Date,Type,Symbol,Quantity,Price,Currency,Fee\n"
APPLES = (
    f"{HEADER}2024-01-02T15:00:00Z,Buy,AAPL,10,185.50,USD,1\n2024-02-01T15:00:00Z,Sell,AAPL,4,190,USD,1\n"
)


@pytest.fixture
def mine(database: Database) -> Portfolio:
    return new_portfolio()


def short(report: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (one["line"], one["status"], one["type"], one["symbol"], one["quantity"])
        for one in report["transactions"]
    ]


def test_a_dry_run_shows_what_would_be_and_stores_nothing(mine: Portfolio, database: Database) -> None:
    report = mine.try_import(APPLES)
    assert short(report) == [(2, "new", "buy", "AAPL", "10"), (3, "new", "sell", "AAPL", "4")]
    assert report["counts"] == {"new": 2, "duplicates": 0, "skipped": 0, "errors": 0}
    assert report["transactions"][0] == {
        "line": 2,
        "status": "new",
        "id": None,
        "type": "buy",
        "asset_id": asset_id(database, "AAPL"),
        "symbol": "AAPL",
        "quantity": "10",
        "price": "185.50",
        "currency": "USD",
        "fee": "1",
        "fee_currency": "USD",
        "tax": "0",
        "timestamp": "2024-01-02T15:00:00Z",
        "notes": None,
        "external_id": None,
    }
    (match,) = report["assets"]
    assert (match["written"], match["status"], match["asset"]["name"], match["lines"]) == (
        "AAPL",
        "matched",
        "Apple",
        2,
    )
    assert {one["field"]: one["column"] for one in report["mapping"] if one["column"]} == {
        "timestamp": "Date", "type": "Type", "symbol": "Symbol", "quantity": "Quantity", "price": "Price",
        "currency": "Currency", "fee": "Fee",
    }  # fmt: skip
    assert mine.transactions() == []
    assert database.rung == []


def test_an_import_stores_what_the_dry_run_showed(mine: Portfolio, database: Database) -> None:
    shown = mine.try_import(APPLES)["transactions"]
    done = mine.really_import(APPLES)["transactions"]
    stored = mine.transactions()
    assert [one["id"] for one in done] == [one["id"] for one in stored]
    for dry, real, row in zip(shown, done, stored, strict=True):
        assert dry == {**real, "id": None}
        assert {name: row[name] for name in real if name in row} == {
            n: v for n, v in real.items() if n in row
        }
    assert database.rung != []  # the history of what was bought is being fetched


def test_importing_a_file_again_creates_nothing(mine: Portfolio) -> None:
    first = mine.really_import(APPLES)
    again = mine.really_import(APPLES)
    assert again["counts"] == {"new": 0, "duplicates": 2, "skipped": 0, "errors": 0}
    assert [one["id"] for one in again["transactions"]] == [one["id"] for one in first["transactions"]]
    assert len(mine.transactions()) == 2


def test_what_was_entered_by_hand_is_recognised(mine: Portfolio, database: Database) -> None:
    booked = mine.add(
        "buy",
        asset_id=asset_id(database, "AAPL"),
        quantity="10",
        price="185.5",
        timestamp="2024-01-02T15:00:00Z",
    )
    report = mine.try_import(APPLES)
    assert [(one["status"], one["id"]) for one in report["transactions"]] == [
        ("duplicate", booked["id"]),
        ("new", None),
    ]


def test_two_equal_trades_are_two_and_stay_two(mine: Portfolio) -> None:
    twice = APPLES + APPLES.splitlines(keepends=True)[1]
    assert mine.really_import(twice)["counts"]["new"] == 3
    assert mine.really_import(twice)["counts"] == {"new": 0, "duplicates": 3, "skipped": 0, "errors": 0}


def test_ids_decide_where_there_are_some(mine: Portfolio) -> None:
    header = "Date,Type,Symbol,Quantity,Price,Currency,Order ID\n"
    line = "2024-01-02T15:00:00Z,Buy,AAPL,{},185.50,USD,{}\n"
    mine.really_import(header + line.format(1, "x:1"))
    report = mine.try_import(header + line.format(1, "x:1") + line.format(1, "x:2") + line.format(9, "x:1"))
    assert [(one["line"], one["status"]) for one in report["transactions"]] == [(2, "duplicate"), (3, "new")]
    assert [(one["line"], one["code"]) for one in report["errors"]] == [(4, "external_id_repeated")]


def test_one_bad_line_keeps_all_out_and_all_bad_lines_are_named(mine: Portfolio) -> None:
    bad = APPLES + "2024-03-01,Buy,AAPL,,1,USD,\n2024-03-02,Juggle,AAPL,1,1,USD,\n"
    answer = mine.post("import", {"content": bad, "dry_run": False})
    assert (answer.status, answer.code) == (422, "import_refused")
    assert [(one["field"], one["code"]) for one in answer.json["errors"]] == [
        ("line 4", "quantity_missing"),
        ("line 5", "type_unknown"),
    ]
    assert mine.transactions() == []
    report = mine.really_import(bad, skip_lines=[4, 5])
    assert report["counts"] == {"new": 2, "duplicates": 0, "skipped": 2, "errors": 0}


def test_a_sale_beyond_the_holding_is_found_by_the_dry_run_with_its_line(mine: Portfolio) -> None:
    oversold = APPLES + "2024-03-01T15:00:00Z,Sell,AAPL,7,190,USD,1\n"
    (error,) = mine.try_import(oversold)["errors"]
    assert (error["line"], error["code"]) == (4, "insufficient_holding")
    assert "2024-03-01" in error["message"]
    answer = mine.post("import", {"content": oversold, "dry_run": False})
    assert (answer.status, answer.json["errors"][0]["field"]) == (422, "line 4")
    assert mine.transactions() == []


def test_cash_that_is_missing_in_a_strict_portfolio_is_found_too(database: Database) -> None:
    strict = new_portfolio(cash_mode="strict")
    (error,) = strict.try_import(APPLES)["errors"]
    assert (error["line"], error["code"]) == (2, "insufficient_cash")


def test_lines_of_the_future_are_refused(mine: Portfolio) -> None:
    (error,) = mine.try_import(f"{HEADER}2150-01-01,Buy,AAPL,1,1,USD,\n")["errors"]
    assert (error["line"], error["code"]) == (2, "in_the_future")


def test_a_file_that_begins_with_the_newest_keeps_the_order_of_a_day(mine: Portfolio) -> None:
    """Bought and sold on one day, without times: the file says in which order."""
    newest_first = (
        f"{HEADER}2024-03-05,Sell,AAPL,1,2,USD,\n2024-03-05,Buy,AAPL,1,2,USD,\n2024-01-02,Deposit,,9,,USD,\n"
    )
    assert mine.try_import(newest_first)["errors"] == []


# --------------------------------------------------------------------------------------------------- assets


def test_an_unknown_asset_comes_with_suggestions_and_can_be_named(
    mine: Portfolio, database: Database
) -> None:
    text = f"{HEADER}2024-01-02,Buy,APPL,1,185,USD,\n"
    new_asset(database, "APPLX", name="Apple index", asset_type="stock", exchange="NASDAQ")
    report = mine.try_import(text)
    (match,) = report["assets"]
    assert (match["status"], [one["symbol"] for one in match["suggestions"]]) == (
        "unknown",
        ["APPLX", "AAPL"],
    )
    assert [(one["line"], one["code"]) for one in report["errors"]] == [(2, "asset_unmatched")]
    apple = asset_id(database, "AAPL")
    done = mine.really_import(text, assets={"APPL": apple})
    assert done["transactions"][0]["asset_id"] == apple
    assert done["assets"][0]["status"] == "chosen"


def test_an_asset_can_be_left_out(mine: Portfolio) -> None:
    text = f"{APPLES}2024-01-02,Buy,NOSUCH,1,185,USD,\n"
    report = mine.really_import(text, assets={"NOSUCH": None})
    assert report["counts"] == {"new": 2, "duplicates": 0, "skipped": 1, "errors": 0}
    assert report["skipped"][0]["line"] == 4


def test_a_symbol_on_two_exchanges_is_decided_by_exchange_or_currency_or_by_you(
    mine: Portfolio, database: Database
) -> None:
    here = new_asset(database, "TWIN", asset_type="stock", exchange="NYSE")
    there = new_asset(database, "TWIN", asset_type="stock", exchange="TSX", native_currency="CAD")
    header = "Date,Type,Symbol,Exchange,Quantity,Price,Currency\n"

    def matched(line: str, **options: Any) -> tuple[str, int | None]:
        (one,) = mine.try_import(header + line, **options)["assets"]
        return one["status"], one["asset"] and one["asset"]["id"]

    assert matched("2024-01-02,Buy,TWIN,TSX,1,10,USD\n") == ("matched", there)
    assert matched("2024-01-02,Buy,TWIN,,1,10,USD\n") == ("matched", here)
    assert matched("2024-01-02,Buy,TWIN,,1,10,CAD\n") == ("matched", there)
    assert matched("2024-01-02,Buy,TWIN,,1,10,EUR\n") == ("ambiguous", None)
    assert matched("2024-01-02,Buy,TWIN,,1,10,EUR\n", assets={"TWIN": here}) == ("chosen", here)


def test_an_asset_that_is_not_there_cannot_be_chosen(mine: Portfolio) -> None:
    answer = mine.post("import", {"content": APPLES, "assets": {"AAPL": 999999}})
    assert (answer.status, answer.json["errors"][0]["field"]) == (422, "body.assets.AAPL")


# --------------------------------------------------------------------------------------------------- profiles


def test_a_ghostfolio_export_goes_in(mine: Portfolio) -> None:
    report = mine.really_import((FILES / "ghostfolio.json").read_text(encoding="utf-8"))
    assert report["format"] == "ghostfolio"
    assert [one["symbol"] for one in report["transactions"]] == [
        "MSFT",
        "MSFT",
        "BTC",
        "ETH",
        None,
        None,
        "MSFT",
    ]
    held = {one["symbol"]: one["quantity"] for one in mine.shown("positions")["items"]}
    assert held == {"BTC": "0.25", "ETH": "1.5", "MSFT": "3"}


def test_an_interactive_brokers_statement_goes_in(mine: Portfolio) -> None:
    text = (FILES / "interactive_brokers.csv").read_text(encoding="utf-8")
    report = mine.really_import(text)
    assert report["counts"] == {"new": 16, "duplicates": 0, "skipped": 2, "errors": 0}
    held = {one["symbol"]: one["quantity"] for one in mine.shown("positions")["items"]}
    assert held == {"3350.T": "1000", "BRK.B": "2", "MSFT": "15"}
    assert mine.really_import(text)["counts"]["duplicates"] == 16


def test_binance_coins_are_valued_at_the_close_of_their_day(mine: Portfolio, database: Database) -> None:
    text = (FILES / "binance_statement.csv").read_text(encoding="utf-8")
    report = mine.try_import(text)
    assert {one["code"] for one in report["errors"]} == {"price_unknown"}
    land(asset_id(database, "BTC"), [close_only(date(2024, 1, 8), "46951.04")], "coingecko")
    land(
        asset_id(database, "ETH"),
        [close_only(date(2024, 1, 6), "2240.5"), close_only(date(2024, 1, 9), "2344.2")],
        "coingecko",
    )
    done = mine.really_import(text)["transactions"]
    by_kind = [(one["type"], one["symbol"], one["quantity"], one["price"], one["currency"]) for one in done]
    assert by_kind[4:] == [
        ("interest", "ETH", "0.00012000", "2240.5", "USD"),
        ("buy", "ETH", "0.00012000", "2240.5", "USD"),
        ("sell", "BTC", "0.00500000", "46951.04", "USD"),
        # 0.005 × 46,951.04 = 234.7552 dollars for 0.09
        ("buy", "ETH", "0.09000000", "2608.391111111111111111", "USD"),
        ("transfer_out", "ETH", "0.05000000", "2344.2", "USD"),
    ]
    held = {one["symbol"]: one["quantity"] for one in mine.shown("positions")["items"]}
    # 0.015 bought, 0.000015 gone as the fee, 0.005 converted; 0.00012 + 0.09 − 0.05
    assert held == {"BTC": "0.009985", "ETH": "0.04012"}


@pytest.mark.parametrize(
    "name", ["coinbase.csv", "portfolio_performance_de.csv", "portfolio_performance_en.csv"]
)
def test_other_programs_files_go_in_once(name: str, mine: Portfolio) -> None:
    text = (FILES / name).read_text(encoding="utf-8")
    first = mine.really_import(text)
    assert first["counts"]["new"] > 0
    again = mine.really_import(text)["counts"]
    assert (again["new"], again["duplicates"]) == (0, first["counts"]["new"])
