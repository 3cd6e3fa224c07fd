"""What an import has to write: the statements of the files held against what is stored. Pure; nothing is written here."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, NamedTuple

from local.treasury_fields import FIGURES
from local.treasury_files import COMPANIES, HISTORY, Company, Stated

FIGURE_COLUMNS = tuple(column for column, _ in FIGURES.values())


class Market(NamedTuple):
    exchange: str | None
    currency: str


MARKETS = {
    "T": Market("TSE", "JPY"),
    "HK": Market("HKEX", "HKD"),
    "ST": Market("Nasdaq Stockholm", "SEK"),
    "CO": Market("Nasdaq Copenhagen", "DKK"),
    "HE": Market("Nasdaq Helsinki", "EUR"),
    "OL": Market("Oslo Bors", "NOK"),
    "PA": Market("Euronext Paris", "EUR"),
    "AS": Market("Euronext Amsterdam", "EUR"),
    "BR": Market("Euronext Brussels", "EUR"),
    "LS": Market("Euronext Lisbon", "EUR"),
    "MI": Market("Borsa Italiana", "EUR"),
    "MC": Market("BME", "EUR"),
    "DE": Market("Xetra", "EUR"),
    "F": Market("Frankfurt", "EUR"),
    "VI": Market("Vienna", "EUR"),
    "SW": Market("SIX", "CHF"),
    "L": Market("LSE", "GBP"),
    "TO": Market("TSX", "CAD"),
    "V": Market("TSX Venture", "CAD"),
    "CN": Market("CSE", "CAD"),
    "NE": Market("Cboe Canada", "CAD"),
    "AX": Market("ASX", "AUD"),
    "NZ": Market("NZX", "NZD"),
    "SI": Market("SGX", "SGD"),
    "KS": Market("KRX", "KRW"),
    "KQ": Market("KOSDAQ", "KRW"),
    "SA": Market("B3", "BRL"),
    "BK": Market("SET", "THB"),
}
"""By a ticker's suffix."""
NO_SUFFIX = Market(None, "USD")


def market_of(ticker: str) -> Market | None:
    """Where a ticker is listed: a suffix says it, and without one it is a dollar listing. None: an unknown suffix."""
    _, dot, suffix = ticker.rpartition(".")
    return MARKETS.get(suffix) if dot else NO_SUFFIX


class Mismatch(Exception):
    """A company of the file contradicts the tracker; the words say how."""


def match(
    company: Company,
    by_id: Mapping[str, dict[str, Any]],
    listed: Mapping[tuple[str, str], dict[str, Any]],
    named: Container[int],
) -> dict[str, Any] | None:
    """The stored company that one of the file is, None for a new one: by its id (its ticker may have changed), or by its
    ticker and coin, unless the file means another company by that (`named`). Raises Mismatch."""
    own, same = by_id.get(company.external_id), listed.get((company.ticker, company.asset))
    if own is None and same is not None and same["id"] not in named:
        return same
    wrong = own if own is not None and own["asset"] != company.asset else same
    if wrong is not None and (wrong is not own or own["asset"] != company.asset):
        raise Mismatch(
            f"{company.external_id} is {company.ticker} with {company.asset} in the file, but in the tracker "
            f"{wrong['external_id']} is {wrong['ticker']} with {wrong['asset']}"
        )
    return own


def changed_facts(company: Company, stored: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that the file states otherwise than they are stored. What it does not state stays as it is."""
    stated = {"ticker": company.ticker, **company.facts}
    return {name: value for name, value in stated.items() if stored[name] != value}


# ---------------------------------------------------------------- financials


def statement(as_of: date) -> str:
    """The source of a row of financials: which state of the file it is from."""
    return f"{COMPANIES} of {as_of}"


@dataclass(frozen=True)
class Period:
    """What becomes of a company's figures. `row`: the one that is written anew; `words`: why they stay out."""

    outcome: Literal["same", "add", "replace", "stays_out"]
    begins: date
    row: int | None = None
    words: str = ""


def period(company: Company, rows: Iterable[Mapping[str, Any]], today: date) -> Period:
    """Where a company's figures go: into a period from the file's own date on; where a period of that date is there with
    other figures, into one from today on, so that what was in force until now stays so."""
    as_of = company.as_of
    assert as_of is not None
    own = statement(as_of)
    held = {row["effective_date"]: row for row in rows}
    ours = [row for row in held.values() if row["source"] == own]
    if ours and _same_figures(company, max(ours, key=lambda row: row["effective_date"])):
        return Period("same", as_of)
    later = [row for day, row in held.items() if day > as_of and row["source"] != own]
    outdated = [row for row in later if row["source"].startswith(f"{COMPANIES} of ") and row["source"] < own]
    if as_of not in held and not outdated:
        return Period("add", as_of)
    if as_of in held and not ours:
        return Period(
            "stays_out", as_of, words=f"there are financials of {as_of} from {held[as_of]['source']}"
        )
    if len(later) > len(outdated):
        return Period("stays_out", as_of, words="there are later financials from elsewhere")
    return Period("replace", today, held[today]["id"]) if today in held else Period("add", today)


def _same_figures(company: Company, row: Mapping[str, Any]) -> bool:
    return all(
        company.figures.get(name) == row[name] for name in FIGURE_COLUMNS if name not in company.unclear
    )


# ---------------------------------------------------------------- snapshots


@dataclass(frozen=True)
class Fate:
    """What becomes of a stated holding. `supersedes`: the approved one that gives its place to it."""

    outcome: Literal["same", "approve", "pending"]
    supersedes: int | None = None


def fate(stated: Stated, stored: Iterable[Mapping[str, Any]]) -> Fate:
    """What becomes of a holding beside those that are stored for its company and day.

    The last one that came out of the same file tells whether the file says anything new: what a reviewer decided about it
    since then stays. What is approved from a filing gives way to nobody but a reviewer.
    """
    rows = list(stored)
    ours = [row for row in rows if row["file"] == HISTORY]
    if ours and _same_holding(stated, max(ours, key=lambda row: int(row["id"]))):
        return Fate("same")
    approved = next((row for row in rows if row["status"] == "approved"), None)
    if approved is None:
        return Fate("approve")
    if approved["file"] == HISTORY:
        return Fate("approve", supersedes=int(approved["id"]))
    return Fate("same" if approved["holdings"] == stated.holdings else "pending")


def _same_holding(stated: Stated, row: Mapping[str, Any]) -> bool:
    stored = (row["holdings"], row["shares_outstanding"], row["source"])
    return stored == (stated.holdings, stated.shares, stated.source)
