"""The SEC's EDGAR: what a company has filed, the documents of a filing, and its XBRL facts.

Format: www.sec.gov/search-filings/edgar-application-programming-interfaces. Two hosts: data.sec.gov has the lists
and the facts, www.sec.gov the documents. No key, but a User-Agent of the form "Name contact@domain", and at most ten
requests a second from one user over all machines. Who goes beyond is shown a page of HTML ("Request Rate Threshold
Exceeded") with 403, 429 or 200, and is let in again once the rate has been low for ten minutes.

Traps: `acceptanceDateTime` ends in Z but is New York's clock for some filers, so only `filingDate` is used. A primary
document's name is not unique (one name serves for weeks of filings): the accession number is the key. The names of
exhibits follow no rule, and index.json does not say what a file is.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from chalicelib.sources.client import (
    Answer,
    Budget,
    Http,
    Limiter,
    SourceChangedFormat,
    SourceError,
    SourceRateLimited,
    SourceRefused,
)
from chalicelib.sources.fields import Fields

SOURCE = "edgar"
REQUESTS_PER_SECOND = 9  # of the ten that the SEC allows
BLOCKED_SECONDS = 600.0  # "access limited for 10 minutes"; asking meanwhile extends it
USER_AGENT = re.compile(r"\S.*\s\S+@[\w-]+(\.[\w-]+)+")
_BLOCK_PAGE = re.compile(rb"Request Rate Threshold Exceeded", re.IGNORECASE)
_UNDECLARED = re.compile(rb"Undeclared Automated Tool", re.IGNORECASE)
_PAGE_START = 8192
_ACCESSION = re.compile(r"[0-9]{10}-[0-9]{2}-[0-9]{6}")
_FILE_NAME = re.compile(r"[A-Za-z0-9_.~-]{1,200}")
_EXHIBIT_99 = re.compile(r"(?:ex|exhibit|exh)[-_.]{0,2}99", re.IGNORECASE)
_OTHER_EXHIBIT = re.compile(r"(?:ex|exhibit|exh)[-_.]{0,2}[0-9]", re.IGNORECASE)
_RENDERED = re.compile(r"R[0-9]+\.html?|.*-index(?:-headers)?\.html?|FilingSummary.*", re.IGNORECASE)
_HEADER = re.compile(
    r"<TYPE>\s*(?P<type>[^\s<]+).{0,200}?<FILENAME>\s*(?:<a[^>]{0,300}>)?\s*(?P<name>[^\s<]+)",
    re.DOTALL,
)


class Filing(NamedTuple):
    """One filing as it is listed. `items` are the sections of an 8-K ("7.01", "8.01")."""

    accession: str
    form: str
    filed: date
    items: tuple[str, ...]
    primary_document: str
    description: str


class OlderFilings(NamedTuple):
    """A file with older filings, and the days between which they were filed."""

    name: str
    first: date
    last: date


class Filer(NamedTuple):
    """Who files under a CIK, and what: the newest thousand filings here, older ones in files of their own."""

    cik: str
    name: str
    former_names: tuple[str, ...]
    tickers: tuple[str, ...]
    filings: tuple[Filing, ...]
    older: tuple[OlderFilings, ...]
    unreadable: int


class Edgar:
    """Filings by CIK (ten digits). Errors: any SourceError of errors.py; SourceRefused without a User-Agent."""

    home = "https://www.sec.gov"

    def __init__(self, base_url: str, data_url: str, limiter: Limiter, *, user_agent: str | None) -> None:
        if user_agent is None or not USER_AGENT.fullmatch(user_agent):
            raise SourceRefused(
                SOURCE,
                'the SEC wants a User-Agent of the form "Name contact@domain": set HOLDFAST_EDGAR_USER_AGENT',
            )
        # one at once, the rest as they come: callers wait a moment for their turn, and an even flow is the fastest
        budgets = [Budget.at_most(SOURCE, REQUESTS_PER_SECOND, 1, at_once=1 / REQUESTS_PER_SECOND)]
        headers = {"User-Agent": user_agent}
        self.base_url = base_url.rstrip("/")
        self._http, self._data = (
            Http(SOURCE, url, limiter, budgets, headers=headers, explain=self._explain)
            for url in (base_url, data_url)
        )

    def filer(self, cik: str) -> tuple[Filer, bytes]:
        """A filer and its newest filings, and the answer as it came. Raises SourceNotFound for an unknown CIK."""
        parsed, answer = self._json(f"/submissions/CIK{cik}.json")
        return read_filer(parsed), answer.body

    def older(self, name: str) -> tuple[Filing, ...]:
        """The filings in a file that Filer.older names."""
        parsed, _ = self._json(f"/submissions/{_safe_name(name)}")
        return read_filings(Fields(SOURCE, name, parsed))[0]

    def facts(self, cik: str) -> bytes:
        """The XBRL facts of a filer, as JSON. Raises SourceNotFound where it has reported none."""
        answer = self._data.get(f"/api/xbrl/companyfacts/CIK{cik}.json")
        self._refuse_block_page(answer)
        return answer.body

    def exhibits(self, cik: str, filing: Filing) -> list[tuple[str, str]]:
        """The names and types of a filing's press releases and other exhibits 99.

        By their names where those tell; where a document's name tells nothing, by the filing's header.
        """
        folder = _folder(cik, filing.accession)
        names = read_index(self._checked_json(self._http, f"{folder}/index.json")[0])
        documents = [name for name in names if _is_text(name) and name != filing.primary_document]
        found = [name for name in documents if _EXHIBIT_99.search(name)]
        unnamed = [name for name in documents if name not in found and not _OTHER_EXHIBIT.search(name)]
        if found or not unnamed:
            return [(name, "EX-99") for name in found]
        header = self._document(f"{folder}/{filing.accession}-index-headers.html")
        return [
            (name, kind) for name, kind in read_header(header) if kind.startswith("EX-99") and name in unnamed
        ]

    def document(self, cik: str, accession: str, name: str) -> bytes:
        """One document of a filing, as it was filed."""
        return self._document(f"{_folder(cik, accession)}/{_safe_name(name)}")

    def document_url(self, cik: str, accession: str, name: str) -> str:
        """Where everybody can read it."""
        return f"{self.home}{_folder(cik, accession)}/{name}"

    def _document(self, path: str) -> bytes:
        answer = self._http.get(path)
        self._refuse_block_page(answer)
        return answer.body

    def _json(self, path: str) -> tuple[Any, Answer]:
        return self._checked_json(self._data, path)

    def _checked_json(self, http: Http, path: str) -> tuple[Any, Answer]:
        answer = http.get(path)
        self._refuse_block_page(answer)
        return http.parse(answer), answer

    def _refuse_block_page(self, answer: Answer) -> None:
        if error := self._explain(answer):
            raise error

    def _explain(self, answer: Answer) -> SourceError | None:
        start = answer.body[:_PAGE_START]
        if _BLOCK_PAGE.search(start):
            self._http.block(BLOCKED_SECONDS)
            return SourceRateLimited(
                SOURCE, "Request Rate Threshold Exceeded", retry_after=BLOCKED_SECONDS, banned=True
            )
        if _UNDECLARED.search(start):
            return SourceRefused(
                SOURCE, "Undeclared Automated Tool: HOLDFAST_EDGAR_USER_AGENT is not accepted"
            )
        return None


def read_filer(parsed: Any) -> Filer:
    """A submissions document. Raises SourceChangedFormat for one that is not what the SEC documents."""
    fields = Fields(SOURCE, "submissions", parsed)
    filings = fields.part("filings")
    listed, unreadable = read_filings(filings.part("recent"))
    former = [Fields(SOURCE, "formerNames", entry).text("name") for entry in fields.raw("formerNames", [])]
    return Filer(
        cik=fields.text("cik").zfill(10),
        name=fields.text("name"),
        former_names=tuple(dict.fromkeys(former)),
        tickers=tuple(str(ticker) for ticker in fields.raw("tickers", []) or []),
        filings=listed,
        older=tuple(_older(entry) for entry in filings.raw("files", []) or []),
        unreadable=unreadable,
    )


def read_filings(columns: Fields) -> tuple[tuple[Filing, ...], int]:
    """Filings from parallel columns, the newest first as listed, and how many rows could not be read.

    Raises SourceChangedFormat where a column is missing or the columns differ in length: a row could then be
    put together from two filings.
    """
    names = ("accessionNumber", "form", "filingDate", "items", "primaryDocument", "primaryDocDescription")
    values = [columns.part(name, list).values for name in names]
    if len({len(column) for column in values}) != 1:
        raise SourceChangedFormat(SOURCE, f"{columns.what}: the columns differ in length")
    found: list[Filing] = []
    unreadable = 0
    for accession, form, filed, items, primary, description in zip(*values, strict=True):
        try:
            if not _ACCESSION.fullmatch(accession):
                raise ValueError(accession)
            sections = tuple(part.strip() for part in (items or "").split(",") if part.strip())
            day = date.fromisoformat(filed)
            found.append(Filing(accession, str(form), day, sections, primary or "", description or ""))
        except (TypeError, ValueError, AttributeError):
            unreadable += 1
    if unreadable and not found:
        raise SourceChangedFormat(SOURCE, f"{columns.what}: no row can be read")
    return tuple(found), unreadable


def read_index(parsed: Any) -> list[str]:
    """The names of a filing's files. (Their `type` there is an icon, and their size is often empty.)"""
    directory = Fields(SOURCE, "index.json", parsed).part("directory")
    items = directory.part("item", list).values
    return [name for item in items if _FILE_NAME.fullmatch(name := Fields(SOURCE, "item", item).text("name"))]


def read_header(page: bytes) -> list[tuple[str, str]]:
    """The names and types of a filing's documents, from the page that shows its SGML header."""
    text = html.unescape(page.decode("utf-8", "replace"))
    return [(found["name"], found["type"]) for found in _HEADER.finditer(text)]


def _older(entry: Any) -> OlderFilings:
    fields = Fields(SOURCE, "filings.files", entry)
    try:
        first, last = (date.fromisoformat(fields.text(name)) for name in ("filingFrom", "filingTo"))
    except ValueError:
        raise fields.wrong("filingFrom", "a date") from None
    return OlderFilings(fields.text("name"), first, last)


def _folder(cik: str, accession: str) -> str:
    return f"/Archives/edgar/data/{int(cik)}/{accession.replace('-', '')}"


def _safe_name(name: str) -> str:
    """A file's name as part of a path; the viewer's folder (xslF345X05/…) is left out."""
    name = name.rpartition("/")[2]
    if not _FILE_NAME.fullmatch(name):
        raise SourceChangedFormat(SOURCE, f"{name[:60]!r} is no file name")
    return name


def _is_text(name: str) -> bool:
    return (
        name.lower().endswith((".htm", ".html", ".txt"))
        and not _RENDERED.fullmatch(name)
        and not re.fullmatch(r"[0-9]{10}-[0-9]{2}-[0-9]{6}\.txt", name)
    )


def is_news(filing: Filing, forms: Sequence[str]) -> bool:
    """Whether a filing may say what the company holds: not one about directors, bylaws or auditors alone."""
    if filing.form not in forms or not filing.primary_document:
        return False
    return not filing.items or not set(filing.items) <= _FORMALITIES


_FORMALITIES = frozenset(
    {"3.01", "3.03", "4.01", "5.01", "5.02", "5.03", "5.04", "5.05", "5.06", "5.07", "5.08"}
)
"""Sections of an 8-K about listing rules, rights of holders, auditors, directors, bylaws, votes."""
