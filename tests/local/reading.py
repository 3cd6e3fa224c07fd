"""Short ways of reading a price history in a test."""

from __future__ import annotations

from datetime import date

from chalicelib.sources.bars import Bar, midnight_ms
from local.price_files import PriceFile, parse

HEADER = "date,open,high,low,close,volume\n"


def bar(day: str, *values: str | None) -> Bar:
    return Bar(midnight_ms(date.fromisoformat(day)), *values)  # type: ignore[arg-type]


def read(text: str, **options: object) -> PriceFile:
    return parse(text.encode(), **options)  # type: ignore[arg-type]


def only(parsed: PriceFile) -> list[Bar]:
    (series,) = parsed.series
    return series.bars


def refusals(parsed: PriceFile) -> dict[str, str]:
    return dict(parsed.refused)
