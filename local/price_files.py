"""Price histories from files: what layout it is, which series it holds, which lines are good and what ails
the others.

Pure: bytes in, bars out. Numbers keep the text that the file has (without its thousands separators).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from chalicelib.sources.bars import Bar, midnight_ms
from local.price_values import (
    OLDEST,
    DateOrder,
    NumberStyle,
    Undecided,
    Unreadable,
    epoch_span,
    read_date,
    read_number,
)

BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
PRICES = ("open", "high", "low", "close")


class UnreadableFile(Exception):
    """Nothing of the file can be used; the message says why and what to do."""


class Refusal(NamedTuple):
    """A line (or entry) that was not taken, and why."""

    where: str
    reason: str


class Record(NamedTuple):
    """One line as text: the date, the four prices, the volume, and when its period ends where the file says
    so."""

    where: str
    day: str
    values: dict[str, str]
    period_end: str | None = None


@dataclass
class Series:
    """The bars of one asset, oldest first, each once. What the file does not say is None."""

    symbol: str | None
    exchange: str | None = None
    currency: str | None = None
    bars: list[Bar] = field(default_factory=list)


@dataclass
class PriceFile:
    """What a file holds."""

    layout: str
    series: list[Series]
    refused: list[Refusal]

    @property
    def accepted(self) -> int:
        return sum(len(series.bars) for series in self.series)


def parse(content: bytes, *, date_order: DateOrder | None = None, today: date | None = None) -> PriceFile:
    """Reads a file's content. `date_order` decides for dates like 3/4/2021; days after `today` are refused.

    Raises UnreadableFile.
    """
    from local import price_csv, price_json

    text = decode(content)
    reader = Reader(date_order, today)
    try:
        if text.lstrip()[:1] in ("{", "["):
            return price_json.parse(text, reader)
        return price_csv.parse(text, reader)
    except Undecided as exc:
        raise UnreadableFile(f"{exc}") from exc


def decode(content: bytes) -> str:
    """The text of a file, with or without a byte-order mark. Raises UnreadableFile for what is not text."""
    encoding = next((name for mark, name in BOMS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode("latin-1")  # the digits are the same in every older encoding
    if "\0" in text:
        raise UnreadableFile("it is not a text file")
    if not text.strip():
        raise UnreadableFile("it is empty")
    return text


@dataclass
class Reader:
    """Turns records into bars, one series at a time."""

    date_order: DateOrder | None
    today: date | None
    style: NumberStyle = "point"

    def series(self, symbol: str | None, records: Iterable[Record], refused: list[Refusal]) -> Series:
        """The good bars of `records`; the others go to `refused`. Of several for one day the first is
        taken."""
        bars: dict[date, Bar] = {}
        first_seen: dict[date, str] = {}
        for record in records:
            try:
                day = self.day(record)
                bar = self.bar(day, record)
                if day in bars:
                    raise Unreadable(f"{day} was there already ({first_seen[day]})")
            except Unreadable as exc:
                refused.append(Refusal(record.where, str(exc)))
                continue
            bars[day] = bar
            first_seen[day] = record.where
        return Series(symbol, bars=[bars[day] for day in sorted(bars)])

    def day(self, record: Record) -> date:
        day = read_date(record.day, self.date_order)
        if (
            record.period_end is not None
            and not 0 < epoch_span(record.day, record.period_end).total_seconds() <= 86_400
        ):
            raise Unreadable("its period is not one day")
        if day < OLDEST:
            raise Unreadable(f"{day} is before {OLDEST.year}")
        if self.today is not None and day > self.today:
            raise Unreadable(f"{day} is in the future")
        return day

    def bar(self, day: date, record: Record) -> Bar:
        numbers = {}
        for name, text in record.values.items():
            try:
                numbers[name] = read_number(text, self.style)
            except Unreadable as exc:
                raise Unreadable(f"{name}: {exc}") from None
        close = numbers.get("close")
        if close is None:
            raise Unreadable("no close")
        for name in PRICES:
            if numbers.get(name) is not None and not str(numbers[name]).strip("0."):
                raise Unreadable(f"{name}: a price must be above zero")
        return Bar(
            midnight_ms(day),
            numbers.get("open"),
            numbers.get("high"),
            numbers.get("low"),
            close,
            numbers.get("volume"),
        )


def symbols_of(name: str) -> list[str]:
    """What a symbol in a file, or a file's name, may mean in the catalogue, the likeliest first.

    "BTCUSDT-1d-2024-01.csv" is BTCUSDT, "3350_T.json" 3350.T, "mstr_us_d.csv" and "MSTR.US" MSTR,
    "BTC-USD.csv" BTC-USD or BTC.
    """
    stem = re.sub(r"\.(csv|json|txt|zip)$", "", name.strip(), flags=re.IGNORECASE).upper()
    stem = re.sub(r" ?\(\d+\)$", "", stem)  # "MSTR (1).csv": a second download
    found = [stem]
    if kline := re.fullmatch(r"([A-Z0-9]+)-\d+[SMHDW]O?(-\d{4}(-\d{2}){0,2})?", stem):
        found = [kline[1]]
    stem = re.sub(r"_D$", "", found[0])
    found += [stem, stem.replace("_", ".")]
    found.append(re.sub(r"[._]US$", "", stem))
    found.append(re.sub(r"-(USD|EUR|USDT)$", "", stem))
    return list(dict.fromkeys(text for text in found if text))
