"""JSON price files: {date: {symbol: close}}, {ticker, exchange, currency, prices: […]}, and lists of days or
klines.

An entry with a `time` is a sample of the running day: see price_samples.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from local import price_samples, price_values
from local.price_files import PriceFile, Reader, Record, Refusal, Series, UnreadableFile
from local.price_samples import Timed

FIELDS = ("open", "high", "low", "close", "volume")


def parse(text: str, reader: Reader) -> PriceFile:
    """Reads a JSON file. Raises UnreadableFile, or Undecided where its dates can be read in two ways."""
    try:
        # numbers stay the text that the file has
        content = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError) as exc:
        raise UnreadableFile(f"it is not valid JSON: {exc}") from exc
    if isinstance(content, dict) and isinstance(content.get("prices"), list):
        return _one_asset(content, reader)
    if isinstance(content, dict):
        return _closes_by_date(content, reader)
    if isinstance(content, list):
        return _one_asset({"prices": content}, reader)
    raise UnreadableFile("it is JSON, but not of a layout that is known here")


def _one_asset(content: dict[str, Any], reader: Reader) -> PriceFile:
    refused: list[Refusal] = []
    entries = list(_entries(content["prices"], refused))
    records = price_samples.one_a_day(entries, refused)
    _decide_dates(reader, [record.day for record in records])
    series = reader.series(_text(content.get("ticker") or content.get("symbol")), records, refused)
    refused.sort(key=lambda refusal: int(refusal.where.removeprefix("entry ")))
    series.exchange = _text(content.get("exchange"))
    series.currency = _text(content.get("currency"))
    lists = content["prices"][:1]
    layout = "Binance klines" if lists and isinstance(lists[0], list) else "one asset's prices"
    return PriceFile(layout, [series], refused)


def _entries(entries: list[Any], refused: list[Refusal]) -> Iterator[Timed]:
    for number, entry in enumerate(entries, 1):
        where = f"entry {number}"
        if isinstance(entry, dict) and "date" in entry:
            values = {name: _number(entry[name]) for name in FIELDS if name in entry}
            time = _text(entry.get("time"))
            yield Timed(Record(where, _number(entry["date"]), values), time and time.rjust(5, "0"))
        elif isinstance(entry, list) and len(entry) >= 7:
            texts = [_number(value) for value in entry[:7]]
            record = Record(where, texts[0], dict(zip(FIELDS, texts[1:6], strict=True)), texts[6])
            yield Timed(record, None)
        else:
            refused.append(Refusal(where, "not an object with a date"))


def _closes_by_date(content: dict[str, Any], reader: Reader) -> PriceFile:
    refused: list[Refusal] = []
    by_symbol: dict[str, list[Record]] = {}
    for day, closes in content.items():
        if not isinstance(closes, dict):
            refused.append(Refusal(day, "not an object of symbols and prices"))
            continue
        for symbol, close in closes.items():
            by_symbol.setdefault(symbol, []).append(Record(f"{day} {symbol}", day, {"close": _number(close)}))
    if not by_symbol:
        raise UnreadableFile("it is JSON, but not of a layout that is known here")
    _decide_dates(reader, content)
    series: list[Series] = [reader.series(symbol, records, refused) for symbol, records in by_symbol.items()]
    return PriceFile("closes by date", series, refused)


def _decide_dates(reader: Reader, days: Any) -> None:
    if reader.date_order is None:
        reader.date_order = price_values.date_order(days)


def _number(value: Any) -> str:
    """A value's text; what is no number or text is left for the reader to refuse."""
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
