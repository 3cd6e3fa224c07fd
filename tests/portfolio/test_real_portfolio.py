"""A portfolio of real prices and rates comes to the numbers of docs/portfolio-check.md, which were worked out by hand."""

from __future__ import annotations

import csv
import io
import json
import os
import zipfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.core import clock, db
from chalicelib.market import service
from chalicelib.sources.ecb import Ecb
from local import price_files
from local.standins import Histories, Server
from tests.conftest import Database
from tests.identity.factory import Person
from tests.market.factory import asset_id
from tests.portfolio import factory
from tests.portfolio.factory import Owned
from tests.portfolio.worth import owner

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("HOLDFAST_REAL_DATA", ROOT.parent / "shared" / "data"))
FILES = {
    "MSTR": "stocks/MSTR",
    "3350.T": "stocks/3350_T",
    "0434.HK": "stocks/0434_HK",
    "BTC": "crypto_daily_close",
}
CURRENCIES = {"MSTR": "USD", "BTC": "USD", "3350.T": "JPY", "0434.HK": "HKD"}
BY_HAND = {
    "2024-07-05": "67819.992609",
    "2024-08-07": "67185.691723",
    "2024-08-08": "70335.436871",
    "2025-08-29": "96657.175319",
    "2026-01-31": "67526.137267",
}
LINES_BY_HAND = {
    "net_flows": "64969.750993",
    "realised": "334.911137",
    "dividends": "32.608341",
    "fees": "20.991149",
    "taxes": "3.260834",
}
FIRST, LAST = date(2024, 7, 1), date(2026, 1, 31)
TODAY = datetime(2026, 2, 1, 12, tzinfo=UTC)

pytestmark = pytest.mark.skipif(
    not (DATA / "prices").is_dir(), reason="no folder of real prices beside the repository"
)


class NoLimit:
    def spend(self, bucket: str, cost: int, burst: int, per_seconds: float) -> None:
        """Nobody else asks the stand-in."""

    def block(self, bucket: str, seconds: float) -> None:
        """Nor does it say that it is asked too often."""


def import_prices(database: Database) -> None:
    for symbol, name in FILES.items():
        parsed = price_files.parse((DATA / "prices" / f"{name}.json").read_bytes())
        (series,) = [
            each for each in parsed.series if each.symbol in (symbol, None) or len(parsed.series) == 1
        ]
        with db.job_transaction() as tx:
            service.land_bars(tx, asset_id(database, symbol), "import", series.bars)


def import_rates() -> None:
    server = Server(Histories.from_folder(DATA)).start()
    try:
        rates = Ecb(server.url("ecb"), NoLimit()).history(date(2024, 6, 1))
    finally:
        server.stop()
    rows = [
        {"currency": r.currency, "rate_to_usd": str(r.rate_to_usd), "as_of": r.as_of.isoformat()}
        for r in rates
    ]
    with db.job_transaction() as tx:
        tx.execute("select market.land_rates('ecb', %s::jsonb)", [json.dumps(rows)])


@pytest.fixture
def real(database: Database) -> tuple[Person, Owned]:
    import_prices(database)
    import_rates()
    person, owned = owner(database, currency="EUR")
    mstr, btc, meta, boyaa = (asset_id(database, symbol) for symbol in ("MSTR", "BTC", "3350.T", "0434.HK"))
    owned.cash("deposit", 50_000, "2024-07-01")
    owned.buy(mstr, 4, 1300, "2024-07-02", fee=1)
    owned.buy(btc, "0.25", 60_000, "2024-07-03", fee=15)
    factory.split(database, mstr, "2024-08-08", 10)
    factory.settle("2024-08-08")
    owned.buy(mstr, 10, 136, "2024-08-08 15:00")
    owned.buy(boyaa, 5000, "4.50", "2024-12-02", fee=50)
    owned.buy(meta, 1000, 350, "2025-04-15")
    owned.sell(boyaa, 2000, "6.00", "2025-06-02")
    owned.add("dividend", boyaa, 300, None, "2025-06-30", tax=30)
    owned.cash("withdrawal", 10_000, "2025-09-01")
    return person, owned


def ask(person: Person, owned: Owned, what: str, **query: Any) -> Any:
    with clock.at(TODAY):
        return person.api.get(f"/v1/portfolios/{owned.id}/{what}?{urlencode(query)}").json


def test_the_numbers_worked_out_by_hand(real: tuple[Person, Owned]) -> None:
    person, owned = real
    written = (ROOT / "docs" / "portfolio-check.md").read_text(encoding="utf-8")
    points = ask(person, owned, "chart", to=LAST)["points"]
    values = {point["day"]: Decimal(point["value"]) for point in points}
    for day, total in BY_HAND.items():
        assert round(values[day], 6) == Decimal(total), day
        assert f"**{Decimal(total):,}**" in written
    change = ask(person, owned, "performance", to=LAST)["change"]
    for line, amount in LINES_BY_HAND.items():
        assert round(Decimal(change[line]), 6) == Decimal(amount), line
        assert f"| {Decimal(amount):,} |" in written


def test_the_lines_computed_again_from_the_raw_files(real: tuple[Person, Owned]) -> None:
    """Unrealised and currency effect by their definitions, with fractions, from files read here."""
    person, owned = real
    change = ask(person, owned, "performance", to=LAST)["change"]
    unrealised, effect = raw_lines()
    assert float(change["unrealised"]) == pytest.approx(float(unrealised), abs=1e-9)
    assert float(change["currency_effect"]) == pytest.approx(float(effect), abs=1e-9)
    assert round(unrealised + effect, 6) == pytest.approx(Fraction("2213.118779"), abs=2e-6)
    amounts = {name: Decimal(amount) for name, amount in change.items()}
    gains = sum(
        amounts[name] for name in ("realised", "unrealised", "dividends", "interest", "currency_effect")
    )
    costs = amounts["fees"] + amounts["taxes"]
    assert amounts["opening_value"] + amounts["net_flows"] + gains - costs == amounts["closing_value"]


def raw_lines() -> tuple[Fraction, Fraction]:
    closes = {symbol: raw_closes(symbol) for symbol in FILES}
    rates = raw_rates()
    held = dict.fromkeys(FILES, Fraction(0))
    worth = dict.fromkeys(("USD", "HKD", "JPY"), Fraction(0))
    cash = dict(worth)
    unrealised = effect = Fraction(0)
    # day: (asset, change of the quantity in present shares, cost of what was bought less cost of what was sold)
    moves = {
        "2024-07-02": ("MSTR", 40, 5200), "2024-07-03": ("BTC", Fraction(1, 4), 15_000), "2024-08-08": ("MSTR", 10, 1360),
        "2024-12-02": ("0434.HK", 5000, 22_500), "2025-04-15": ("3350.T", 1000, 350_000),
        "2025-06-02": ("0434.HK", -2000, -9000),
    }  # fmt: skip
    payments = {"2025-06-02": 12_000, "2025-06-30": 270}
    day = FIRST
    while day <= LAST:
        text = day.isoformat()
        asset, quantity, cost = moves.get(text, ("BTC", 0, 0))
        held[asset] += quantity
        before = dict(worth)
        for currency in worth:
            rate, last_rate = known(rates[currency], day), known(rates[currency], day - timedelta(days=1))
            effect += (before[currency] + cash[currency]) * (rate - last_rate)
            worth[currency] = sum(
                (
                    held[one] * known(closes[one], day)
                    for one in FILES
                    if CURRENCIES[one] == currency and held[one]
                ),
                Fraction(0),
            )
            unrealised += (worth[currency] - before[currency]) * rate
        unrealised -= cost * known(rates[CURRENCIES[asset]], day)
        cash["HKD"] += payments.get(text, 0)
        day += timedelta(days=1)
    return unrealised, effect


def known(series: dict[date, Fraction], day: date) -> Fraction:
    """The value of the day, or the last one before it."""
    while day not in series:
        day -= timedelta(days=1)
    return series[day]


def raw_closes(symbol: str) -> dict[date, Fraction]:
    content = json.loads(
        (DATA / "prices" / f"{FILES[symbol]}.json").read_text("utf-8"), parse_float=str, parse_int=str
    )
    if symbol == "BTC":
        return {date.fromisoformat(day): Fraction(row["BTC"]) for day, row in content.items() if "BTC" in row}
    # rows with a time were taken during the day
    rows = [row for row in content["prices"] if "time" not in row]
    return {date.fromisoformat(row["date"]): Fraction(row["close"]) for row in rows}


def raw_rates() -> dict[str, dict[date, Fraction]]:
    """Euro for one unit."""
    with zipfile.ZipFile(DATA / "fx" / "eurofxref-hist.zip") as archive:
        text = archive.read(archive.namelist()[0]).decode("utf-8-sig")
    rows = [row for row in csv.DictReader(io.StringIO(text)) if row["Date"] >= "2024-06-01"]
    return {
        currency: {date.fromisoformat(row["Date"]): 1 / Fraction(row[currency]) for row in rows}
        for currency in ("USD", "HKD", "JPY")
    }
