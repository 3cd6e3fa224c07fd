"""Interactive Brokers' activity statement as sections of lines, and what it says about instruments and
moments."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from chalicelib.portfolio.profiles import values
from chalicelib.portfolio.profiles.drafts import AssetHint, LineError, Options
from chalicelib.portfolio.profiles.table import clean, normal

NEW_YORK = ZoneInfo("America/New_York")
HELD = {
    "stocks": "stock",
    "funds": None,
    "etfs": "stock",
    "bonds": "bond",
    "crypto": "crypto",
    "cryptocurrencies": "crypto",
}
"""The categories that a portfolio can hold, as types of assets (None: of any)."""

Row = dict[str, str]
Section = list[tuple[int, Row]]


def sections_of(text: str) -> dict[str, Section]:
    """Data lines by section, each with the columns that its last header gave."""
    found: dict[str, Section] = {}
    headers: dict[str, list[str]] = {}
    reader = csv.reader(io.StringIO(clean(text), newline=""), strict=True)
    begins = 1
    try:
        for cells in reader:
            line, begins = begins, reader.line_num + 1
            if len(cells) < 3:
                continue
            name, kind = normal(cells[0]), cells[1].strip().lower()
            if kind == "header":
                headers[name] = [normal(cell) for cell in cells[2:]]
            elif kind == "data" and name in headers:
                values_of = dict(zip(headers[name], (cell.strip() for cell in cells[2:]), strict=False))
                found.setdefault(name, []).append((line, values_of))
    except csv.Error:
        raise LineError(
            "malformed_csv", f"Line {begins} is not proper CSV: a quotation mark is missing."
        ) from None
    return found


def data(sections: dict[str, Section], *names: str) -> Section:
    """A section's lines without its totals, which stand among the data."""
    lines = [one for name in names for one in sections.get(name, ())]
    return [(line, row) for line, row in lines if not row.get("currency", "").lower().startswith("total")]


def instruments(sections: dict[str, Section]) -> dict[str, AssetHint]:
    """What the statement says about each symbol. One line may list a symbol's aliases: "EUDI, SPYW"."""
    known: dict[str, AssetHint] = {}
    for _, row in data(sections, "financial instrument information"):
        isin = row.get("isin") or row.get("security id") or ""
        for symbol in row.get("symbol", "").split(","):
            written = symbol.strip()
            known[written] = AssetHint(
                written,
                written.replace(" ", ".").upper(),
                exchange=row.get("listing exch") or row.get("listingexch") or None,
                name=row.get("description") or None,
                isin=isin if len(isin) == 12 else None,
                kind=HELD.get(row.get("asset category", "").lower()),
            )
    return known


def hint(known: dict[str, AssetHint], symbol: str, currency: str, kind: str | None = None) -> AssetHint:
    """The asset of a symbol: what the statement says of it, with the currency it was traded in."""
    found = known.get(symbol) or AssetHint(symbol, symbol.replace(" ", ".").upper(), kind=kind)
    return replace(found, currency=currency)


def at(text: str, options: Options) -> datetime:
    """A moment as statements write it: "2024-03-25, 11:00:00", or a day."""
    return values.moment(text, "ymd", options.time_zone or NEW_YORK)
