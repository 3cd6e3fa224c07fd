"""What an import does with symbols that the catalogue does not have, or has for something else; and the command itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from local.cli import cli
from tests.conftest import Database
from tests.treasury.importing import STRATEGY, Importer, make_importer


@pytest.fixture
def importer(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Importer:
    return make_importer(database, tmp_path, monkeypatch)


def test_an_empty_list_names_its_coin(importer: Importer) -> None:
    importer.companies(
        STRATEGY, more="export const adaCompanies: Company[] = [];\nexport const xyzCompanies = [];"
    )
    importer()
    assert "1 companies, 3 assets" in importer.words
    assert "assets: 2; 0 added" in importer.words
    assert "its empty list names XYZ, which is no coin of the catalogue" in importer.words


def test_an_unknown_coin_and_an_unknown_share_are_added_to_the_catalogue(importer: Importer) -> None:
    importer.companies({**STRATEGY, "id": "new", "ticker": "NEWCO.ST", "asset": "NEWCOIN"})
    assert importer() == 0
    company = importer.company("new")
    coin = importer.database.row("select * from market.assets where id = %s", company["asset_id"])
    share = importer.database.row("select * from market.assets where id = %s", company["share_asset_id"])
    assert (coin["symbol"], coin["asset_type"], coin["price_sources"]) == ("NEWCOIN", "crypto", [])
    assert (share["symbol"], share["exchange"], share["native_currency"]) == (
        "NEWCO.ST",
        "Nasdaq Stockholm",
        "SEK",
    )
    assert (company["currency"], company["exchange"]) == ("SEK", "Nasdaq Stockholm")


@pytest.mark.parametrize(
    ("ticker", "currency", "exchange"),
    [
        ("3350.T", "JPY", "TSE"),
        ("0434.HK", "HKD", "HKEX"),
        ("ALTBG", "EUR", "Euronext Paris"),
        ("NOBODY", "USD", None),
    ],
)
def test_a_listing_is_found_by_its_ticker_or_told_by_its_suffix(
    importer: Importer, ticker: str, currency: str, exchange: str | None
) -> None:
    importer.companies({**STRATEGY, "ticker": ticker})
    importer()
    assert (importer.company()["currency"], importer.company()["exchange"]) == (currency, exchange)


def test_a_suffix_of_no_known_market_leaves_the_company_out(importer: Importer) -> None:
    importer.companies(STRATEGY, {**STRATEGY, "id": "odd", "ticker": "ODD.QQ"})
    assert importer() == 1
    assert "odd: the suffix of its ticker ODD.QQ names no market that is known" in importer.words
    assert len(importer.database.rows("select 1 from treasury.companies")) == 1


def test_a_symbol_that_means_something_else_is_not_taken(importer: Importer) -> None:
    """The catalogue's SUI is a coin; and without an exchange a symbol is there once."""
    importer.database.run(
        "insert into market.assets (symbol, name, asset_type, native_currency) values ('ODD', 'Odd', 'bond', 'USD')"
    )
    importer.companies({**STRATEGY, "ticker": "SUI"}, {**STRATEGY, "id": "odd", "asset": "ODD"})
    assert importer() == 1
    assert importer.company()["share_asset_id"] is None
    assert "the catalogue calls something else SUI; that share is left open" in importer.words
    assert "odd: the catalogue calls something else ODD; left out" in importer.words


def test_a_company_that_holds_two_coins_is_two_with_one_share(importer: Importer) -> None:
    both = {**STRATEGY, "ticker": "TWIN"}
    importer.companies(both, {**both, "id": "twin-eth", "asset": "ETH", "holdings": 5})
    assert importer() == 0
    assert (
        importer.company("mstr")["share_asset_id"]
        == importer.company("twin-eth")["share_asset_id"]
        is not None
    )
    assert importer.company("twin-eth")["current_holdings"] == 5
    importer()
    assert not importer.changed


@pytest.mark.parametrize(
    ("ticker", "words"),
    [("MS TR", "'MS TR' is no symbol"), (7, "'7' is no text"), ("X" * 21, "longer than 20")],
)
def test_what_is_no_ticker_is_told(importer: Importer, ticker: Any, words: str) -> None:
    importer.companies({**STRATEGY, "ticker": ticker})
    assert importer() == 1
    assert words in importer.words


def test_the_command_tells_and_ends_with_its_code(importer: Importer) -> None:
    importer.companies(STRATEGY)
    done = CliRunner().invoke(cli, ["import", "treasury", str(importer.folder), "--dry-run"])
    assert done.exit_code == 0
    assert "A dry run: nothing was stored." in done.output
    wrong = CliRunner().invoke(cli, ["import", "treasury", str(importer.folder / "none")])
    assert wrong.exit_code == 2
    assert "is not a folder" in wrong.output
