"""What a company has filed with the SEC: 8-K, 10-Q, 10-K and their like, each with its press releases."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from chalicelib.core import clock
from chalicelib.sources.client import SourceChangedFormat, SourceError, SourceNotFound, SourceUnavailable
from chalicelib.sources.edgar import Edgar, Filer, Filing, is_news
from chalicelib.treasury.readers import Identity, Kind, Listed, Listing, Part, Target
from chalicelib.treasury.readers.identity import names_in, same_name, same_ticker

FORMS = (
    "8-K",
    "8-K/A",
    "10-Q",
    "10-Q/A",
    "10-K",
    "10-K/A",
    "6-K",
    "6-K/A",
    "20-F",
    "20-F/A",
    "40-F",
    "40-F/A",
)
BALANCE_SHEETS = ("10-Q", "10-Q/A", "10-K", "10-K/A", "6-K", "20-F", "20-F/A", "40-F", "40-F/A")
"""Forms after which a filer's XBRL facts are looked at again."""
REACH = timedelta(days=400)
"""How far back a first look goes at a company of which nothing is known."""
MAX_EXHIBITS = 5
FRESH = timedelta(days=2)
"""A document that is not found may still be on its way for so long after its filing."""
_NO_DOCUMENT = (SourceNotFound, SourceChangedFormat)


class EdgarReader:
    """Reads filings by CIK."""

    def __init__(self, source: Edgar) -> None:
        self._source = source

    def listing(self, target: Target, now: datetime) -> Listing:
        """The filings since the day wanted. Only their forms tell whether they are read, and an 8-K's sections."""
        cik = target.external_id.zfill(10)
        filer, raw = self._source.filer(cik)
        since = target.since or (now - REACH).date()
        notes = (
            [f"{filer.unreadable} filings are listed in a way that cannot be read"]
            if filer.unreadable
            else []
        )
        return Listing(
            identity=identify(target, filer),
            items=[_listed(self._source, cik, filing) for filing in self._filings(filer, since)],
            raw=raw,
            names=tuple(dict.fromkeys((*names_in(target.name), filer.name, *filer.former_names))),
            tickers=tuple(dict.fromkeys((target.ticker, *filer.tickers))),
            notes=tuple(notes),
            facts=lambda: self._facts(cik),
        )

    def parts(self, item: Listed) -> list[Part]:
        """The primary document and the exhibits 99 of a filing."""
        cik, filing = item.entry
        found = [self._part(cik, filing, filing.accession, filing.primary_document, filing.form)]
        try:
            exhibits = self._source.exhibits(cik, filing)
        except _NO_DOCUMENT as error:
            if found[0].problem:
                return found
            problem = f"whether it has exhibits is not known: {error.detail}"
            key = f"{filing.accession}/exhibits"
            found.append(Part(key, "EX-99", "", item.url, "html", "", problem, filing.accession))
            return found
        return found + [
            self._part(cik, filing, f"{filing.accession}/{name}", name, form)
            for name, form in exhibits[:MAX_EXHIBITS]
        ]

    def _facts(self, cik: str) -> bytes | None:
        """The filer's XBRL facts; None where it has reported none."""
        try:
            return self._source.facts(cik)
        except SourceNotFound:
            return None

    def _filings(self, filer: Filer, since: date) -> list[Filing]:
        filings = list(filer.filings)
        for older in filer.older:
            if older.last >= since:
                filings += self._source.older(older.name)
        return [filing for filing in filings if filing.filed >= since and filing.form in FORMS]

    def _part(self, cik: str, filing: Filing, key: str, name: str, form: str) -> Part:
        url = self._source.document_url(cik, filing.accession, name)
        body, problem = "", None
        try:
            body = decoded(self._source.document(cik, filing.accession, name))
        except _NO_DOCUMENT as error:
            if isinstance(error, SourceNotFound) and clock.today() - filing.filed <= FRESH:
                raise SourceUnavailable(error.source, f"{name} is listed, but not there yet") from error
            problem = _problem(error)
        kind: Kind = "text" if name.lower().endswith(".txt") else "html"
        return Part(key, form, filing.description, url, kind, body, problem, filing.accession)


def identify(target: Target, filer: Filer) -> Identity:
    """Whether a CIK is the company's: by one of its tickers, its name, or a name that it used to have."""
    names = (filer.name, *filer.former_names)
    shown = f"CIK {filer.cik} is {filer.name} ({', '.join(filer.tickers) or 'no tickers'})"
    if ticker := same_ticker(target.ticker, filer.tickers):
        return Identity(True, f"{shown}: the ticker {ticker} agrees")
    if name := same_name(target.name, names):
        return Identity(True, f"{shown}: the name {name} agrees")
    return Identity(
        False, f"{shown}: neither a ticker nor a name agrees with {target.name} ({target.ticker})"
    )


def decoded(body: bytes) -> str:
    """A document's text. EDGAR's are UTF-8 or older than that."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def _listed(source: Edgar, cik: str, filing: Filing) -> Listed:
    skip = (
        None
        if is_news(filing, FORMS)
        else "its sections are about other matters"
        if filing.items
        else "no document"
    )
    url = source.document_url(cik, filing.accession, filing.primary_document)
    return Listed(filing.accession, filing.form, filing.description, filing.filed, url, skip, (cik, filing))


def _problem(error: SourceError) -> str:
    return f"not found: {error.detail}" if isinstance(error, SourceNotFound) else error.detail
