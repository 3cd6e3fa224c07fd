"""Where the stand-ins' prices and rates come from: a simulation, or a folder of real files.

`Histories.simulated()` needs nothing: 16 coins, about 100 US stocks and ETFs, the same on every machine.

`Histories.from_folder(path)` serves real files where it has them, number for number as they are printed
there:

* `prices/crypto_daily_close.json`, `{date: {SYMBOL: close}}`. Closes only, so a day opens at the previous
  close and its high and low are the higher and lower of the two; volumes are simulated.
* `prices/stocks/*.json`, `{ticker, exchange, prices: [{date, open, high, low, close, volume, time?}]}`.
  These files hold several rows for recent dates, taken during the day (`time`), some of them stale copies
  of the day before, some on weekends. One day gives one bar: its last row that is not such a copy; US
  stocks have none on days on which the NYSE is closed.
* `fx/eurofxref-hist.zip`, as the ECB publishes it.
* `treasury/mstr_submissions.json` and `treasury/filings/*/*.html`: what a company filed with the SEC (filers.py).

Nothing before the first real date is made up. From the day after the last real date on, a series goes on by
the simulated walk, starting from the last real close, so that tickers stay alive today. Symbols that the
folder does not have are simulated entirely.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from local.standins.announcements import simulated as simulated_announcements
from local.standins.calendars import COIN_DAYS, NYSE_DAYS, WEEKDAYS, Calendar
from local.standins.catalogue import COINS, STOCKS, Listing
from local.standins.filers import Filer
from local.standins.filers import from_folder as filers_from_folder
from local.standins.filers import simulated as simulated_filers
from local.standins.rates import RateTable
from local.standins.series import Day, Nature, Series, simulated_day, simulated_volume
from local.standins.simulation import between_anchors, printed

ANCHORED = date(2026, 1, 2).toordinal()  # the day of the catalogue's recent prices
_UNKNOWN_STOCK = Listing(date(2016, 1, 4), 10, 10, 0.04, 4e8)


class Histories:
    """Price series by symbol, exchange rates, and who files what. Safe to share between threads."""

    def __init__(
        self,
        coins: dict[str, Series],
        stocks: dict[str, Series],
        rates: RateTable,
        filers: dict[str, Filer] | None = None,
    ) -> None:
        self.coins = coins
        self.stocks = stocks
        self.rates = rates
        self.filers = simulated_filers() if filers is None else filers
        self.announcements = simulated_announcements()

    @classmethod
    def simulated(cls) -> Histories:
        """The bundled simulation."""
        coins = {symbol: _simulated_coin(symbol) for symbol in COINS}
        return cls(coins, {ticker: _simulated_stock(ticker) for ticker in STOCKS}, RateTable.simulated())

    @classmethod
    def from_folder(cls, folder: str | Path) -> Histories:
        """Real files where the folder has them, the simulation where it has none."""
        histories = cls.simulated()
        folder = Path(folder)
        closes = folder / "prices" / "crypto_daily_close.json"
        if closes.is_file():
            histories.coins |= dict(_real_coins(_load(closes)))
        for file in sorted(folder.glob("prices/stocks/*.json")):
            content = _load(file)
            histories.stocks[content["ticker"]] = _real_stock(content)
        fx = folder / "fx" / "eurofxref-hist.zip"
        if fx.is_file():
            histories.rates = RateTable.from_zip(fx)
        histories.filers = filers_from_folder(folder)
        return histories


def _load(file: Path) -> Any:
    return json.loads(file.read_text("utf-8"), parse_float=str, parse_int=str)


def _coin_nature(symbol: str) -> Nature:
    listing = COINS[symbol].listing if symbol in COINS else _UNKNOWN_STOCK
    return Nature(f"coin {symbol}", listing.swing, listing.turnover, gaps=False, volume_decimals=5)


def _stock_nature(ticker: str) -> Nature:
    listing = STOCKS.get(ticker, _UNKNOWN_STOCK)
    return Nature(f"stock {ticker}", listing.swing, listing.turnover, gaps=True, volume_decimals=0)


def _simulated_coin(symbol: str) -> Series:
    nature = _coin_nature(symbol)
    return Series(nature, COIN_DAYS, partial(_simulate, nature, COIN_DAYS, COINS[symbol].listing))


def _simulated_stock(ticker: str) -> Series:
    nature = _stock_nature(ticker)
    return Series(nature, NYSE_DAYS, partial(_simulate, nature, NYSE_DAYS, STOCKS[ticker]))


def _simulate(nature: Nature, calendar: Calendar, listing: Listing) -> list[Day]:
    """The days from the listing to the anchor."""
    ordinals = calendar.days(listing.first.toordinal(), ANCHORED)
    closes = between_anchors(nature.name, ordinals, listing.began, listing.anchor, listing.swing)
    days: list[Day] = []
    for ordinal, close in zip(ordinals, closes, strict=True):
        days.append(simulated_day(nature, ordinal, days[-1].close if days else printed(close), close))
    return days


def _real_coins(by_date: dict[str, dict[str, str]]) -> Iterator[tuple[str, Series]]:
    closes: dict[str, list[tuple[int, str]]] = {}
    for day in sorted(by_date):
        for symbol, close in by_date[day].items():
            closes.setdefault(symbol, []).append((date.fromisoformat(day).toordinal(), close))
    for symbol, days in closes.items():
        nature = _coin_nature(symbol)
        yield symbol, Series(nature, COIN_DAYS, partial(_days_of_closes, nature, days))


def _days_of_closes(nature: Nature, closes: list[tuple[int, str]]) -> list[Day]:
    previous = closes[0][1]
    days = []
    for ordinal, close in closes:
        ends = (previous, close)
        volume = simulated_volume(nature, ordinal, close)
        days.append(Day(ordinal, previous, max(ends, key=float), min(ends, key=float), close, volume))
        previous = close
    return days


def _real_stock(content: dict[str, Any]) -> Series:
    calendar = NYSE_DAYS if content["exchange"] == "US" else WEEKDAYS
    days = partial(_days_of_rows, content["prices"], calendar)
    return Series(_stock_nature(content["ticker"]), calendar, days)


def _days_of_rows(rows: list[dict[str, str]], calendar: Calendar) -> list[Day]:
    by_date: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        by_date.setdefault(row["date"], []).append(row)
    days: list[Day] = []
    for text in sorted(by_date):
        ordinal = date.fromisoformat(text).toordinal()
        own = [row for row in by_date[text] if not (days and "time" in row and _copies(row, days[-1]))]
        if own and calendar.days(ordinal, ordinal):
            days.append(Day(ordinal, *(own[-1][key] for key in ("open", "high", "low", "close", "volume"))))
    return days


def _copies(row: dict[str, str], day: Day) -> bool:
    return (row["open"], row["high"], row["low"], row["close"]) == day[1:5]
