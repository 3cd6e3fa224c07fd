"""Who files with the stand-in EDGAR: a made-up company, and from a folder of real files the one that they are about.

`treasury/mstr_submissions.json` is served as it is; the filings in `treasury/filings/*/` are its documents. A file's name
tells the filing: its date, and the last digits of its accession number (8k-2024-12-30-286217.html); where it has only the
date, it is that day's 8-K that no other file is. Filings without a file answer 404.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

Body = bytes | Callable[[], bytes]
_FILE = re.compile(r"8k-(?P<day>\d{4}-\d\d-\d\d)(?:-(?P<end>\d{6}))?[a-z]?\.html")


class File(NamedTuple):
    """One document of a filing: its name, its type ("8-K", "EX-99.1"), and what it holds."""

    name: str
    kind: str
    body: Body

    def read(self) -> bytes:
        return self.body() if callable(self.body) else self.body


class Filed(NamedTuple):
    """One filing; the first file is the primary document."""

    accession: str
    form: str
    day: date
    items: str
    files: tuple[File, ...]
    description: str = ""


@dataclass
class Filer:
    """A company that files. `document` is its real submissions document; without one it is made from `filings`."""

    cik: str
    name: str
    tickers: tuple[str, ...]
    filings: list[Filed] = field(default_factory=list)
    former_names: tuple[str, ...] = ()
    document: dict[str, Any] | None = None
    facts: Body | None = None

    def filing(self, accession: str) -> Filed | None:
        """By its accession number without dashes."""
        return next((it for it in self.filings if it.accession.replace("-", "") == accession), None)


LARKSPUR = "0009990001"
_FIRST_WEEK = date(2025, 1, 6)
_WEEKS = 520
_HISTORY = "".join(
    f"<tr><td>{text}</td></tr>"
    for text in ("Item 8.01 Other Events.", "Item 9.01 Financial Statements and Exhibits.")
)


def simulated() -> dict[str, Filer]:
    """Larkspur Digital Inc (LRKS), which buys bitcoin every week and reports it every Monday."""
    filer = Filer(LARKSPUR, "Larkspur Digital Inc", ("LRKS",), former_names=("Larkspur Software Inc",))
    filer.filings = list(_filed())
    filer.facts = _facts
    return {filer.cik: filer}


def from_folder(folder: Path) -> dict[str, Filer]:
    """The made-up company, and the real one where the folder has its list of filings."""
    filers = simulated()
    listing = folder / "treasury" / "mstr_submissions.json"
    if listing.is_file():
        document = json.loads(listing.read_text("utf-8"))
        real = Filer(document["cik"], document["name"], tuple(document["tickers"]), document=document)
        real.filings = list(
            _real(document["filings"]["recent"], sorted(folder.glob("treasury/filings/*/*.html")))
        )
        facts = folder / "treasury" / "mstr_companyfacts.json.gz"
        if facts.is_file():
            real.facts = lambda: gzip.decompress(facts.read_bytes())
        filers[real.cik] = real
    return filers


def _real(columns: dict[str, list[Any]], files: list[Path]) -> Iterator[Filed]:
    names = ("accessionNumber", "form", "filingDate", "items", "primaryDocument", "primaryDocDescription")
    listed = list(zip(*(columns[name] for name in names), strict=True))
    named = {file: match for file in files if (match := _FILE.fullmatch(file.name))}
    taken = set()
    for file, match in sorted(named.items(), key=lambda pair: pair[1]["end"] is None):
        for accession, form, day, items, primary, description in listed:
            fits = accession.endswith(match["end"]) if match["end"] else form == "8-K"
            if day == match["day"] and fits and accession not in taken:
                taken.add(accession)
                main = File(primary, form, file.read_bytes)
                yield Filed(accession, form, date.fromisoformat(day), items, (main,), description)
                break


class Week(NamedTuple):
    """What the company bought in the week before a Monday, and holds since."""

    number: int
    day: date
    bought: int
    price: Decimal
    held: int
    cost: Decimal


def weeks() -> Iterator[Week]:
    """Ten years of them."""
    held, cost = 0, Decimal(0)
    for number in range(_WEEKS):
        bought = 0 if number % 6 == 5 else 40 + number * 37 % 55
        price = Decimal(94_000 + number * 811 % 17_000)
        held, cost = held + bought, cost + bought * price
        yield Week(number, _FIRST_WEEK + number * timedelta(days=7), bought, price, held, cost)


def _filed() -> Iterator[Filed]:
    for week in weeks():
        accession = f"0009990001-{week.day:%y}-{week.number + 1:06d}"
        items = "8.01,9.01" if week.number == 0 else "7.01,8.01"
        yield Filed(accession, "8-K", week.day, items, _files(week))


def _files(week: Week) -> tuple[File, ...]:
    if week.number == 0:  # the announcement, in a press release whose name tells nothing
        body = (
            "<html><body><p>On January 6, 2025, Larkspur Digital Inc issued a press release, attached as Exhibit 99.1."
            f"</p><table>{_HISTORY}</table></body></html>"
        )
        release = (
            "<html><body><p>Larkspur Digital Announces Bitcoin Treasury</p><p>As of January 5, 2025, Larkspur "
            f"Digital Inc (Nasdaq: LRKS) holds an aggregate of {week.held:,} bitcoins, which were acquired at an aggregate "
            f"purchase price of ${week.cost / 1_000_000:,.1f} million and an average purchase price of approximately "
            f"${week.cost / week.held:,.0f} per bitcoin, inclusive of fees and expenses.</p></body></html>"
        )
        main = File("lrks-20250106.htm", "8-K", body.encode())
        return main, File("lrks-announcement.htm", "EX-99.1", release.encode())
    return (File(f"lrks-{week.day:%Y%m%d}.htm", "8-K", lambda: _update(week)),)


def _update(week: Week) -> bytes:
    _, day, bought, price, held, cost = week
    start, end = day - timedelta(days=7), day - timedelta(days=1)
    heads = (
        "BTC Acquired", "Aggregate Purchase Price (in millions)", "Average Purchase Price", "Aggregate BTC Holdings",
        "Aggregate Purchase Price (in millions)", "Average Purchase Price",
    )  # fmt: skip
    latest = (
        (f"{bought}", f"${bought * price / 1_000_000:,.1f}", f"${price:,.0f}")
        if bought
        else ("-", "$-", "$-")
    )
    values = (*latest, f"{held:,}", f"${cost / 1_000_000:,.1f}", f"${cost / held:,.0f}")
    spacer = "<td>&#160;</td>"
    groups = (
        f'<td colspan="9">During Period {words(start)} to {words(end)}</td>{spacer}'
        f'<td colspan="9">As of {words(end)}</td>'
    )
    cells = "".join(
        f"<td>$</td><td>{value[1:]}</td>{spacer}"
        if value[0] == "$"
        else f'<td colspan="2">{value}</td>{spacer}'
        for value in values
    )
    columns = "".join(f'<td colspan="2">{head}</td>{spacer}' for head in heads)
    return (
        f"<html><body><p>Item 8.01 Other Events.</p><p>BTC Update</p><table><tr>{groups}</tr><tr>{columns}</tr>"
        f"<tr>{cells}</tr></table></body></html>"
    ).encode()


def words(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


def _facts() -> bytes:
    """Two balance sheets: cash, debt, and the shares on the cover page."""

    def reported(*rows: tuple[str, int, str]) -> list[dict[str, Any]]:
        return [
            {"end": end, "val": value, "accn": f"0009990001-25-9{number:05d}", "fy": 2025, "fp": "Q1", "form": "10-Q",
             "filed": filed}
            for number, (end, value, filed) in enumerate(rows)
        ]  # fmt: skip

    filed = ("2025-05-06", "2025-08-05")
    facts = {
        "dei": {
            "EntityCommonStockSharesOutstanding": {
                "units": {
                    "shares": reported(
                        ("2025-04-30", 21_400_000, filed[0]), ("2025-07-31", 23_100_000, filed[1])
                    )
                }
            }
        },
        "us-gaap": {
            "CashAndCashEquivalentsAtCarryingValue": {
                "units": {
                    "USD": reported(("2025-03-31", 12_500_000, filed[0]), ("2025-06-30", 9_800_000, filed[1]))
                }
            },
            "LongTermDebt": {
                "units": {"USD": reported(("2025-03-31", 0, filed[0]), ("2025-06-30", 40_000_000, filed[1]))}
            },
        },
    }
    return json.dumps({"cik": 9990001, "entityName": "Larkspur Digital Inc", "facts": facts}).encode()
