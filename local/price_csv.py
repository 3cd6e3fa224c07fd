"""CSV price files: Binance's klines with or without a header, Yahoo's, Stooq's two, and any with a date and a
close."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from local import price_values
from local.price_files import PriceFile, Reader, Record, Refusal, Series, UnreadableFile

NAMES = {
    "date": ("date", "day", "time", "timestamp", "datetime", "opentime", "tradedate", "tradingday"),
    "open": ("open", "openprice"),
    "high": ("high", "highprice"),
    "low": ("low", "lowprice"),
    "close": ("close", "closelast", "closeprice", "last", "price", "settle"),
    "volume": ("volume", "vol", "sharevolume"),
    "symbol": ("ticker", "symbol"),
    "period": ("per", "period", "interval"),
    "period_end": ("closetime",),
}
"""What a column is, by the letters of its heading. Adjusted closes are not prices that anybody paid: left
out."""
NUMBERS: tuple[str, ...] = ("open", "high", "low", "close", "volume")
KLINE = ("date", "open", "high", "low", "close", "volume", "period_end")
"""The columns of a Binance download that has no header."""
DAILY = ("d", "1d", "daily", "day")
LOOK_AHEAD = 10
"""Lines within which the header must come: some downloads begin with a line of advertisement."""

Row = tuple[int, list[str]]


def parse(text: str, reader: Reader) -> PriceFile:
    """Reads a CSV file. Raises UnreadableFile, or Undecided where dates or numbers can be read in two
    ways."""
    rows = list(_rows(text))
    layout, columns, rows = _header(rows)
    refused: list[Refusal] = []
    good = [row for row in rows if _complete(row, columns, refused)]
    if reader.date_order is None:
        reader.date_order = price_values.date_order(cells[columns["date"]] for _, cells in good)
    numbers = [columns[name] for name in NUMBERS if name in columns]
    reader.style = price_values.number_style(cells[place] for _, cells in good for place in numbers)
    groups: dict[str | None, list[Record]] = {}
    for row in good:
        symbol = row[1][columns["symbol"]].strip() or None if "symbol" in columns else None
        groups.setdefault(symbol, []).append(_record(row, columns))
    series: list[Series] = [reader.series(symbol, records, refused) for symbol, records in groups.items()]
    refused.sort(key=lambda refusal: int(refusal.where.removeprefix("line ")))
    return PriceFile(layout, series, refused)


def _rows(text: str) -> Iterator[Row]:
    """The lines with their numbers, empty ones left out."""
    source = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        for cells in source:
            if any(cell.strip() for cell in cells):
                yield source.line_num, cells
    except csv.Error as exc:
        raise UnreadableFile(f"line {source.line_num}: {exc}") from exc


def _delimiter(text: str) -> str:
    head = text.lstrip().splitlines()[:LOOK_AHEAD]
    return max((";", "\t", "|", ","), key=lambda sign: max(line.count(sign) for line in head))


def _header(rows: list[Row]) -> tuple[str, dict[str, int], list[Row]]:
    """The layout's name, which column is what, and the rows below the header."""
    for place, (_, cells) in enumerate(rows[:LOOK_AHEAD]):
        columns = _columns(cells)
        if "date" in columns and "close" in columns:
            return _layout(cells, columns), columns, rows[place + 1 :]
    first = rows[0][1]
    if len(first) >= len(KLINE) and re.fullmatch(r"\d{13}|\d{16}", first[0].strip()):
        return "Binance klines", {name: place for place, name in enumerate(KLINE)}, rows
    raise UnreadableFile(
        "its first line names no columns like Date and Close, and it is not a Binance download either"
    )


def _columns(cells: list[str]) -> dict[str, int]:
    letters = [re.sub(r"[^a-z]", "", cell.lower()) for cell in cells]
    columns: dict[str, int] = {}
    for name, headings in NAMES.items():
        for heading in headings:
            if heading in letters:
                columns[name] = letters.index(heading)
                break
    return columns


def _layout(cells: list[str], columns: dict[str, int]) -> str:
    if "period_end" in columns:
        return "Binance klines"
    if cells[0].strip().startswith("<"):
        return "Stooq"
    if any("adj" in cell.lower() for cell in cells):
        return "Yahoo"
    return "CSV"


def _complete(row: Row, columns: dict[str, int], refused: list[Refusal]) -> bool:
    """Whether a row has the columns that matter (volume and what lies behind it may be missing)."""
    number, cells = row
    if len(cells) <= max(columns["date"], columns["close"]):
        refused.append(Refusal(f"line {number}", f"only {len(cells)} columns"))
        return False
    if "period" in columns and _cell(cells, columns["period"]).strip().lower() not in DAILY:
        refused.append(Refusal(f"line {number}", f"period {_cell(cells, columns['period'])} is not one day"))
        return False
    cells.extend([""] * (max(columns.values()) + 1 - len(cells)))
    return True


def _record(row: Row, columns: dict[str, int]) -> Record:
    number, cells = row
    values = {name: cells[columns[name]] for name in NUMBERS if name in columns}
    end = cells[columns["period_end"]].strip() if "period_end" in columns else None
    return Record(f"line {number}", cells[columns["date"]].strip(), values, end or None)


def _cell(cells: list[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""
