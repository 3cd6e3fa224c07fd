"""Documents in the styles that filers use, made up for the tests: invented companies and figures."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from chalicelib.treasury.filings.extract import extract
from chalicelib.treasury.filings.facts import Document, Extraction

FILED = date(2025, 9, 8)
COINS = ("BTC", "ETH", "SOL")


def document(body: str, **changes: Any) -> Document:
    """A document of Acme Holdings, Inc., filed on 2025-09-08."""
    known: dict[str, Any] = {
        "kind": "text", "source": "sec_edgar", "filed": FILED, "body": body, "form": "8-K",
        "company_names": ("Acme Holdings, Inc.",), "tickers": ("ACME",), "assets": COINS,
    }  # fmt: skip
    return Document(**(known | changes))


def read(body: str, **changes: Any) -> Extraction:
    return extract(document(body, **changes))


def totals(body: str, **changes: Any) -> dict[str, Decimal]:
    """The latest total of each coin."""
    found = read(body, **changes)
    return {coin: c.holdings for coin in COINS if (c := found.current(coin)) and c.holdings is not None}


def page(*rows: str, before: str = "", after: str = "") -> str:
    """A page with one table, as EDGAR's filers write them: spacer cells, a hidden first row."""
    hidden = '<tr style="visibility:collapse"><td style="width:1%"/><td style="width:9%"/></tr>'
    return f"<html><body><p>{before}</p><table>{hidden}{''.join(rows)}</table><p>{after}</p></body></html>"


def row(*cells: str) -> str:
    """Cells parted by spacers; money in two cells, the sign alone in the first."""
    found = "".join(
        f"<td>$</td><td>{cell[1:]}</td><td>&#160;</td>"
        if cell.startswith("$")
        else f'<td colspan="2"><p><span>{cell}</span></p></td><td>&#160;</td>'
        for cell in cells
    )
    return f"<tr>{found}</tr>"
