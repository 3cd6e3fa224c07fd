"""Importing prices into a real database, as the command does it."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core import db
from local import import_prices, state
from local.import_prices import Options

CLOSES = "Date,Close\n2024-03-04,10.5\n2024-03-05,11\n2024-03-06,x\n"


class Importer:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []

    def file(self, name: str, text: str = CLOSES) -> Path:
        path = self.folder / name
        path.write_text(text)
        return path

    def __call__(self, *paths: Path, **options: Any) -> int:
        self.said.clear()
        return import_prices.run(list(paths), Options(**options), self.said.append)

    @property
    def words(self) -> str:
        return "\n".join(self.said)


@pytest.fixture
def importer(home: Path, database: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Importer:
    """Imports into the test's database, which is named by DATABASE_URL as an external one would be."""
    monkeypatch.setenv("DATABASE_URL", database.url("owner"))
    for name in import_prices_environment():
        monkeypatch.setenv(name, "")
    return Importer(tmp_path)


def import_prices_environment() -> list[str]:
    """What the command sets in its process, so that it is undone after the test."""
    from local import environment

    return [*environment.compute(str, aws_url="", source_url=str), *environment.AMBIENT]


def bars(symbol: str) -> list[tuple[str, str, str]]:
    with db.job_transaction() as tx:
        found = tx.execute(
            "select timestamp::date::text as day, close::text, source from market.asset_prices "
            "join market.assets on assets.id = asset_id where symbol = %s order by 1",
            [symbol],
        ).fetchall()
    return [(row["day"], row["close"], row["source"]) for row in found]


def test_good_lines_land_and_bad_ones_are_told(importer: Importer) -> None:
    assert importer(importer.file("MSTR.csv")) == 0
    assert bars("MSTR") == [("2024-03-04", "10.5", "import"), ("2024-03-05", "11", "import")]
    assert "2 lines accepted, 1 refused" in importer.words
    assert "line 4: refused: close: 'x' is not a number" in importer.words
    assert "2 landed, 0 were there already" in importer.words


def test_again_changes_nothing(importer: Importer) -> None:
    path = importer.file("MSTR.csv")
    importer(path)
    assert importer(path) == 0
    assert "0 landed, 2 were there already" in importer.words


def test_a_dry_run_changes_nothing(importer: Importer) -> None:
    assert importer(importer.file("MSTR.csv"), dry_run=True) == 0
    assert "would get 2 bars in USD, 2024-03-04 to 2024-03-05" in importer.words
    assert bars("MSTR") == []


def test_an_unknown_asset(importer: Importer) -> None:
    path = importer.file("ZZTOP.csv")
    assert importer(path) == 1
    assert (
        "the catalogue has no ZZTOP; name the asset with --symbol, or add it with --create" in importer.words
    )
    assert importer(path, symbol="mstr") == 0
    assert len(bars("MSTR")) == 2


def test_adding_an_asset(importer: Importer) -> None:
    path = importer.file("ZZTOP.csv")
    assert importer(path, create="stock:EUR", dry_run=True) == 0
    assert "would be created" in importer.words
    assert importer(path, create="stock:EUR", exchange="XETRA") == 0
    assert len(bars("ZZTOP")) == 2
    assert importer(path, create="stock:EUR") == 0
    assert "ZZTOP (XETRA): 0 landed, 2 were there already" in importer.words


def test_a_wrong_currency_is_refused(importer: Importer) -> None:
    path = importer.file(
        "x.json", '{"ticker": "MSTR", "currency": "JPY", "prices": [{"date": "2024-03-04", "close": 1}]}'
    )
    assert importer(path) == 1
    assert "its prices are in JPY, but MSTR's are in USD" in importer.words
    assert bars("MSTR") == []


def test_a_symbol_on_several_exchanges(importer: Importer) -> None:
    path = importer.file("ZZTOP.csv")
    importer(path, create="stock:EUR", exchange="XETRA")
    with db.job_transaction() as tx:
        tx.execute(
            "insert into market.assets (symbol, name, asset_type, exchange, native_currency) "
            "values ('ZZTOP', 'ZZTOP', 'stock', 'NYSE', 'USD')"
        )
    assert importer(path) == 1
    assert "say which with --exchange" in importer.words
    assert importer(path, exchange="nyse") == 0
    assert "ZZTOP (NYSE): 2 landed" in importer.words


def test_several_assets_in_one_file(importer: Importer) -> None:
    path = importer.file("closes.json", '{"2024-02-08": {"BTC": 45304.61, "ETH": 2419.79, "NIX": 1}}')
    assert importer(path) == 1
    assert "NIX: not imported" in importer.words
    assert bars("BTC") == [("2024-02-08", "45304.61", "import")]
    assert importer(path, symbol="ETH") == 0
    with pytest.raises(price_error(), match="but not DOGE"):
        importer_chosen(path, "DOGE")


def price_error() -> type[Exception]:
    from local.price_files import UnreadableFile

    return UnreadableFile


def importer_chosen(path: Path, symbol: str) -> None:
    from local.price_files import parse

    import_prices._chosen(parse(path.read_bytes()), Options(symbol=symbol))


def test_an_archive_as_binance_hands_it_out(importer: Importer, tmp_path: Path) -> None:
    kline = "1502841600000,4261.48,4485.39,4200.74,4285.08,795.15,1502927999999,1,2,3,4,0\n"
    path = tmp_path / "BTCUSDT-1d-2017-08.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("BTCUSDT-1d-2017-08.csv", kline)
    assert importer(path) == 0
    assert bars("BTC") == [("2017-08-16", "4285.08", "import")]


def test_files_that_are_none(importer: Importer, tmp_path: Path) -> None:
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04nonsense")
    good = importer.file("MSTR.csv")
    assert (
        importer(tmp_path / "missing.csv", tmp_path / "bad.zip", tmp_path, importer.file("e.csv", ""), good)
        == 1
    )
    assert importer.words.count("cannot be used") == 4
    assert len(bars("MSTR")) == 2  # the good one all the same


def test_create_needs_a_type_and_a_currency(importer: Importer) -> None:
    with pytest.raises(state.Problem, match="stock:USD"):
        importer(importer.file("MSTR.csv"), create="share")


def test_a_long_history_goes_in_batches(importer: Importer, prices_folder: Path) -> None:
    assert importer(prices_folder / "ohlcv" / "msft.csv") == 0
    assert "5000 of 8111" in importer.words
    assert len(bars("MSFT")) == 8111
