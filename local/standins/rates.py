"""Exchange rates as the ECB publishes them (units per 1 EUR), continued to today by small random steps."""

from __future__ import annotations

import csv
import io
import threading
import zipfile
from datetime import date, datetime
from pathlib import Path

from local.standins.calendars import ECB_DAYS
from local.standins.catalogue import CURRENCIES
from local.standins.simulation import next_close

BEGAN = date(2016, 1, 4)  # the first day of the simulation
SWING = 0.0035  # a currency's daily move
PEGGED = {"DKK": 0.0001}
NOT_AVAILABLE = "N/A"


class RateTable:
    """One row per business day; a row appears when it is published, at 16:00 in Frankfurt."""

    def __init__(self, currencies: list[str], rows: list[tuple[int, list[str]]]) -> None:
        self.currencies = currencies
        self._rows = rows  # oldest first
        self._zipped: tuple[int, bytes] = (0, b"")
        self._lock = threading.Lock()

    @classmethod
    def simulated(cls) -> RateTable:
        """Rates that wander from 2016 on around what they are in 2026."""
        first = [NOT_AVAILABLE if rate is None else _like(rate) for rate in CURRENCIES.values()]
        return cls(list(CURRENCIES), [(BEGAN.toordinal(), first)])

    @classmethod
    def from_zip(cls, file: Path) -> RateTable:
        """The ECB's own eurofxref-hist.zip, every rate as printed there."""
        with zipfile.ZipFile(file) as archive:
            lines = list(csv.reader(io.StringIO(archive.read(archive.namelist()[0]).decode("utf-8-sig"))))
        names = [name.strip() for name in lines[0][1:] if name.strip()]
        rows = [(date.fromisoformat(line[0]).toordinal(), line[1 : len(names) + 1]) for line in lines[1:]]
        return cls(names, sorted(rows))

    def latest(self, now: datetime) -> tuple[date, dict[str, str]]:
        """The last published day and its rates; currencies that are N/A are left out."""
        published = self._published(now)
        ordinal, rates = published[-1]
        given = zip(self.currencies, rates, strict=True)
        return date.fromordinal(ordinal), {name: rate for name, rate in given if rate != NOT_AVAILABLE}

    def zipped(self, now: datetime) -> bytes:
        """The whole history as the ECB's zip: newest first, a comma at each line's end."""
        published = self._published(now)
        with self._lock:
            if self._zipped[0] != published[-1][0]:
                self._zipped = (published[-1][0], self._zip(published))
            return self._zipped[1]

    def _published(self, now: datetime) -> list[tuple[int, list[str]]]:
        latest = ECB_DAYS.latest(now)
        with self._lock:
            for day in ECB_DAYS.days(self._rows[-1][0] + 1, latest):
                self._rows.append((day, self._next(day, self._rows[-1][1])))
            return [row for row in self._rows if row[0] <= latest]

    def _next(self, day: int, rates: list[str]) -> list[str]:
        return [
            rate
            if rate == NOT_AVAILABLE
            else _like(next_close(f"rate {name}", float(rate), day, PEGGED.get(name, SWING)))
            for name, rate in zip(self.currencies, rates, strict=True)
        ]

    def _zip(self, rows: list[tuple[int, list[str]]]) -> bytes:
        lines = [f"Date,{','.join(self.currencies)},"]
        lines += [f"{date.fromordinal(day)},{','.join(rates)}," for day, rates in reversed(rows)]
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("eurofxref-hist.csv", "\n".join(lines) + "\n")
        return file.getvalue()


def _like(rate: float) -> str:
    """A rate as the ECB prints it: by its size, with 2 to 5 decimals, trailing zeros cut."""
    decimals = 5 if rate < 1 else 4 if rate < 10 else 3 if rate < 100 else 2
    return f"{rate:.{decimals}f}".rstrip("0").rstrip(".")
