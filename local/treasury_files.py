"""What the two TypeScript files of a treasury tracker state: companies with their figures, and histories of holdings.

companies.ts holds lists of {id, name, ticker, asset, holdings, …}, holdings-history.ts a table of {ticker, asset, history}.
What does not fit a field is left out and told; nothing is guessed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from local import state, typescript
from local.treasury_fields import COMPANY, FIGURES, OF_THE_SNAPSHOT, DoesNotFit, day, symbol, text, unsigned
from local.typescript import Module, Note, Record

COMPANIES, HISTORY = "companies.ts", "holdings-history.ts"
LIST_OF_A_COIN = re.compile(r"([a-z0-9]+)Companies")
EXTERNAL_ID = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
HISTORY_FIELDS = frozenset(("date", "holdings", "sharesOutstanding", "holdingsPerShare", "source"))
FALLBACK = "fallback_value"
"""The flag of what the file states as a fallback only, beside something that cannot be read."""
PER_SHARE_TOLERANCE = Decimal("0.01")
"""The files state holdings per share with three digits."""


@dataclass
class Stated:
    """A holding that a file states: the amount of a day, and with how many shares, if it says so."""

    day: date
    holdings: Decimal
    shares: Decimal | None
    source: str
    line: int
    source_url: str | None = None
    raw: dict[str, Any] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)


@dataclass
class Company:
    """A company as companies.ts states it: `facts` and `figures` by the names of our columns, stated ones only.
    `unclear`: those that the file states in a way that cannot be read or stored; `flags`: of its figures."""

    external_id: str
    ticker: str
    asset: str
    line: int
    facts: dict[str, Any]
    figures: dict[str, Any]
    as_of: date | None
    held: Stated | None
    unclear: frozenset[str]
    flags: list[str]


class History(NamedTuple):
    ticker: str
    asset: str
    line: int
    snapshots: list[Stated]


@dataclass
class Contents:
    """All that both files state. `coins`: whether a company holds it. `remarks`: what could not be used; `left_out`: how
    many companies and histories could not."""

    companies: list[Company] = field(default_factory=list)
    histories: list[History] = field(default_factory=list)
    coins: dict[str, bool] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    left_out: int = 0

    def remark(self, file: str, line: int, words: str) -> None:
        self.remarks.append(f"{file}:{line}: {words}")

    def leave_out(self, file: str, line: int, words: str) -> None:
        self.left_out += 1
        self.remark(file, line, f"{words}; left out")


def read(folder: Path, today: date) -> tuple[Contents, list[tuple[str, Note]]]:
    """What the files in a folder state, and what of them was not read as it stands. Raises state.Problem."""
    if not folder.is_dir():
        raise state.Problem(
            f"{folder} is not a folder. Name the one with {COMPANIES} and {HISTORY}.", exit_code=2
        )
    contents, notes = Contents(), list[tuple[str, Note]]()
    found = [name for name in (COMPANIES, HISTORY) if (folder / name).is_file()]
    if not found:
        raise state.Problem(f"{folder} holds neither {COMPANIES} nor {HISTORY}.", exit_code=2)
    for name, take in ((COMPANIES, companies), (HISTORY, histories)):
        if name not in found:
            contents.remarks.append(f"{name} is not there")
            continue
        try:
            with (folder / name).open("rb") as file:
                module = typescript.read(file.read(typescript.LARGEST + 1))
        except (OSError, typescript.UnreadableFile) as exc:
            words = exc.strerror if isinstance(exc, OSError) else exc
            raise state.Problem(f"{name} cannot be used, and nothing was imported: {words}.") from exc
        take(module, contents, today)
        notes += [(name, note) for note in module.notes]
    return contents, notes


def companies(module: Module, found: Contents, today: date) -> None:
    """Adds what companies.ts states: each company once, whichever lists it is spread into, and its coin. A coin whose
    list is empty is named by the list (adaCompanies)."""
    seen: dict[int, Record] = {}
    for name, value in module.constants.items():
        if not isinstance(value, list):
            continue
        if not value and (coin := LIST_OF_A_COIN.fullmatch(name)) and coin[1] != "all":
            found.coins.setdefault(coin[1].upper(), False)
        seen |= {id(one): one for one in value if isinstance(one, Record) and "ticker" in one | _unread(one)}
    unknown: Counter[str] = Counter()
    ids: dict[str, int] = {}
    listed: dict[tuple[str, str], int] = {}
    for record in seen.values():
        company = _company(record, found, today)
        if company is None:
            continue
        first = ids.get(company.external_id) or listed.get((company.ticker, company.asset))
        if first is not None:
            found.leave_out(COMPANIES, record.line, f"{company.external_id} is in line {first} already")
            continue
        ids[company.external_id] = listed[company.ticker, company.asset] = record.line
        found.coins[company.asset] = True
        found.companies.append(company)
        unknown.update(record.keys() - COMPANY.keys() - FIGURES.keys() - OF_THE_SNAPSHOT)
    if not seen:
        found.remarks.append(f"{COMPANIES}: it holds no list of companies that can be read")
    for name, count in sorted(unknown.items()):
        found.remarks.append(
            f"{COMPANIES}: there is no place for {name} ({count} companies state it); left out"
        )


def histories(module: Module, found: Contents, today: date) -> None:
    """Adds what holdings-history.ts states."""
    tables = [value for value in module.constants.values() if isinstance(value, Record)]
    known: dict[tuple[str, str], int] = {}
    if not tables:
        found.remarks.append(f"{HISTORY}: it holds no table of histories that can be read")
    for one in [entry for table in tables for entry in table.values() if isinstance(entry, Record)]:
        if not isinstance(one.get("history"), list):
            if "history" in one.unread or "ticker" in one:
                found.leave_out(HISTORY, one.line, f"the history of {one.get('ticker')} is no list")
            continue
        try:
            ticker, asset = symbol(one.get("ticker"), 20), symbol(one.get("asset"), 50)
        except DoesNotFit as exc:
            found.leave_out(HISTORY, one.line, f"a history without ticker or asset ({exc})")
            continue
        if (ticker, asset) in known:
            found.leave_out(HISTORY, one.line, f"a second history of {ticker}")
            continue
        known[ticker, asset] = one.line
        found.histories.append(
            History(ticker, asset, one.line, list(_snapshots(ticker, one["history"], found, today)))
        )


def _company(record: Record, found: Contents, today: date) -> Company | None:
    try:
        external_id = text(record.get("id"), 64).lower()
        if not EXTERNAL_ID.fullmatch(external_id):
            raise DoesNotFit(f"{external_id!r} is no id")
        ticker, asset = symbol(record.get("ticker"), 20), symbol(record.get("asset"), 50)
        name = text(record.get("name"), 255)
    except DoesNotFit as exc:
        label = record.get("id") or record.get("ticker")
        found.leave_out(COMPANIES, record.line, f"{label}: no id, ticker, asset or name ({exc})")
        return None
    read = _Fields(record, external_id, found)
    facts = {"name": name, **read.of(COMPANY)}
    as_of = read.one("holdingsLastUpdated", lambda value: day(value, today))
    figures = read.of(FIGURES)
    holdings = read.one("holdings", unsigned)
    company = Company(
        external_id, ticker, asset, record.line, facts, figures, as_of, None, frozenset(read.unclear),
        _flags(record, *FIGURES, "holdingsLastUpdated"),
    )  # fmt: skip
    if as_of is None and (figures or holdings is not None):
        found.remark(
            COMPANIES,
            record.line,
            f"{external_id}: no holdingsLastUpdated says of when its figures are; left out",
        )
    elif holdings is None:
        found.remark(COMPANIES, record.line, f"{external_id}: no holdings can be read")
    elif as_of is not None:
        source = read.one("holdingsSource", lambda value: text(value, 255)) or COMPANIES
        url = read.one("holdingsSourceUrl", lambda value: text(value, 2000))
        company.held = Stated(as_of, holdings, None, source, record.line, url)
        company.held.flags = _flags(record, "holdings", "holdingsLastUpdated")
        company.held.raw = _raw(record, COMPANIES, ("id", "ticker", "asset", *sorted(OF_THE_SNAPSHOT)))
    return company


def _snapshots(ticker: str, entries: list[Any], found: Contents, today: date) -> Iterator[Stated]:
    seen: set[date] = set()
    for entry in entries:
        if not isinstance(entry, Record):
            found.remarks.append(f"{HISTORY}: {ticker}: {str(entry)[:60]!r} is no snapshot; left out")
            continue
        read = _Fields(entry, ticker, found, HISTORY)
        when, holdings = read.one("date", lambda value: day(value, today)), read.one("holdings", unsigned)
        if when is None or holdings is None:
            found.remark(HISTORY, entry.line, f"{ticker}: a snapshot without date or holdings; left out")
            continue
        if when in seen:
            found.remark(HISTORY, entry.line, f"{ticker}: a second snapshot of {when}; left out")
            continue
        seen.add(when)
        shares = read.one("sharesOutstanding", unsigned)
        if shares == 0:
            found.remark(HISTORY, entry.line, f"{ticker}: {when}: no company has 0 shares; left out")
            shares = None
        source = read.one("source", lambda value: text(value, 255)) or HISTORY
        stated = Stated(when, holdings, shares, source, entry.line)
        stated.flags = _flags(entry, "date", "holdings", "sharesOutstanding")
        stated.raw = _raw(entry, HISTORY, sorted(HISTORY_FIELDS))
        per_share = read.one("holdingsPerShare", unsigned)
        if shares and per_share and abs(holdings / shares / per_share - 1) > PER_SHARE_TOLERANCE:
            found.remark(
                HISTORY, entry.line,
                f"{ticker}: {when}: holdingsPerShare {per_share:f} is not holdings ÷ shares ({holdings / shares:.8f})",
            )  # fmt: skip
        if others := sorted(entry.keys() - HISTORY_FIELDS):
            found.remark(
                HISTORY, entry.line, f"{ticker}: there is no place for {', '.join(others)}; left out"
            )
        yield stated


class _Fields:
    """Takes fields out of a record; what does not fit is told and left out."""

    def __init__(self, record: Record, label: str, found: Contents, file: str = COMPANIES) -> None:
        self.record, self.label, self.found, self.file = record, label, found, file
        self.unclear: set[str] = set()

    def one(self, name: str, fit: Any) -> Any:
        if self.record.get(name) is None:
            return None
        try:
            return fit(self.record[name])
        except DoesNotFit as exc:
            self.found.remark(self.file, self.record.line, f"{self.label}: {name}: {exc}; left out")
            return None

    def of(self, fields: dict[str, tuple[str, Any]]) -> dict[str, Any]:
        stated = {}
        for name, (column, fit) in fields.items():
            value = self.one(name, fit)
            if value is not None:
                stated[column] = value
            elif name in self.record.unread or self.record.get(name) is not None:
                self.unclear.add(column)
        return stated


def _unread(record: Record) -> dict[str, None]:
    return dict.fromkeys(record.unread)


def _flags(record: Record, *names: str) -> list[str]:
    return [FALLBACK] if record.fallback & set(names) else []


def _raw(record: Record, file: str, names: Any) -> dict[str, Any]:
    plain = {
        name: format(value, "f") if isinstance(value, Decimal) else value
        for name in names
        if isinstance(value := record.get(name), Decimal | str | bool)
    }
    return {"file": file, **plain}
