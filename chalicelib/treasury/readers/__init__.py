"""Readers: one for each kind of source. A reader lists what a source has about a company and fetches its documents; what
they state is the extractor's business, what becomes of it the worker's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Literal, NamedTuple, Protocol

Kind = Literal["html", "text", "pdf_text"]


class Target(NamedTuple):
    """A job as its worker holds it: the company, the source, and from which day on documents are wanted (None: the
    source's usual reach). `started_at` is what shows that the job is still this worker's."""

    id: int
    started_at: datetime
    attempt: int
    reason: str
    company_source_id: int
    source_id: int
    type: str
    external_id: str
    verified: bool
    since: date | None
    last_checked_at: datetime | None
    company_id: int
    ticker: str
    name: str
    asset: str


class Listed(NamedTuple):
    """A filing or announcement as a source lists it. `skip` says why it is not read; `entry` is the source's own."""

    key: str
    form: str | None
    title: str
    filed: date
    url: str
    skip: str | None
    entry: Any


class Part(NamedTuple):
    """One document of it: its text, or the problem that kept it from being read."""

    key: str
    form: str | None
    title: str
    url: str
    kind: Kind
    body: str
    problem: str | None = None
    accession: str | None = None


class Identity(NamedTuple):
    """Whether the source's own record agrees with the company, and what was found."""

    agrees: bool
    found: str


class Listing(NamedTuple):
    """What a source has about a company: who it says that this is, and what it lists, in any order. `raw` is its answer;
    `names` and `tickers` are all by which the company may appear in its documents. `facts` fetches its XBRL facts where the
    source has such; the answer is None where it has none of this company."""

    identity: Identity
    items: Sequence[Listed]
    raw: bytes
    names: tuple[str, ...]
    tickers: tuple[str, ...]
    notes: tuple[str, ...] = ()
    facts: Callable[[], bytes | None] | None = None


class Reader(Protocol):
    """What every reader offers. Both raise SourceError; a problem with one document is said in its Part."""

    def listing(self, target: Target, now: datetime) -> Listing: ...

    def parts(self, item: Listed) -> list[Part]: ...
