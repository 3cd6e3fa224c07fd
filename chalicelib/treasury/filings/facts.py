"""What goes into an extraction and what comes out of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

Kind = Literal["html", "text", "pdf_text"]
Source = Literal["sec_edgar", "tse", "hkex", "globenewswire", "prnewswire"]
ShareBasis = Literal["basic", "assumed_diluted", "fd_max"]
Exactness = Literal["exact", "approximate", "rounded"]
"""How a document states its number: as it is, as "approximately" that, or cut to a round one ("over 4 million")."""

MAX_EVIDENCE = 700
"""Characters of a quotation: a long sentence, or a table's head and one of its rows. Two may be joined."""
CERTAIN = Decimal("0.99")
"""The most that one document can earn; the rest is for a second source."""


@dataclass(frozen=True)
class Document:
    """One document as it was fetched, decoded to text, with what is known about it from outside.

    `form` is the SEC's form or exhibit type ("8-K", "EX-99.1"). `filed` is the date of filing in the source's own
    time zone. `company_names` are the company's present and former names, `tickers` its symbols; they tell its own
    holdings from those of others it mentions. `assets` are the symbols asked for ("BTC"); other coins are not
    reported. `title` is the headline of an announcement that is listed apart from its text.
    """

    kind: Kind
    source: Source
    filed: date
    body: str
    form: str | None = None
    company_names: tuple[str, ...] = ()
    tickers: tuple[str, ...] = ()
    assets: tuple[str, ...] = ("BTC",)
    title: str = ""


@dataclass(frozen=True)
class Candidate:
    """What a document states about one coin at one date, for a reviewer to accept. None is "not stated"; zero is a value.

    `holdings` is the total held, in coins, on `as_of`, and `exactness` how the document states it (of a purchase
    alone, `purchased`): an approximate number is no doubtful one, so that is no note. `purchased` is what was
    acquired from `period_start` to `period_end`, for `purchase_cost` in all. `total_cost` and `average_price` (per
    coin) belong to `holdings`. Amounts are in `currency`, in units (never thousands or millions). `shares` is a
    number of shares on `shares_as_of`, of `share_basis`; `basic_shares` is the basic count whenever it is stated. Both
    are counted in shares of `shares_stated_on`, the day of filing: a later filing restates an earlier day's count for
    splits. `evidence` is the document's wording, whitespace apart. `confidence` is from 0 to 1
    (docs/treasury-extraction.md has the scale), and `notes` say what is uncertain.
    """

    asset: str
    rule: str
    evidence: str
    confidence: Decimal
    holdings: Decimal | None = None
    as_of: date | None = None
    purchased: Decimal | None = None
    period_start: date | None = None
    period_end: date | None = None
    purchase_cost: Decimal | None = None
    purchase_average_price: Decimal | None = None
    total_cost: Decimal | None = None
    average_price: Decimal | None = None
    currency: str = "USD"
    shares: Decimal | None = None
    share_basis: ShareBasis | None = None
    basic_shares: Decimal | None = None
    shares_as_of: date | None = None
    shares_stated_on: date | None = None
    exactness: Exactness = "exact"
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Extraction:
    """All that was found, best first: the latest date, then the highest confidence. Warnings say what was not taken, and
    why."""

    candidates: tuple[Candidate, ...] = ()
    warnings: tuple[str, ...] = field(default=())

    def current(self, asset: str) -> Candidate | None:
        """The latest total that the document states of a coin, if it states any."""
        return next((c for c in self.candidates if c.asset == asset and c.holdings is not None), None)


UNDATED = "no date is stated with the total; the date of the document is taken"
PART = "a part of what is held, by its wording"
SUBSIDIARY = "held by a subsidiary; the group may hold more"
PAST = "told of a past time, without its day"
WEAK = frozenset((PART, SUBSIDIARY, PAST))
"""Notes of totals that give way to any other total of the coin."""


def is_undated(candidate: Candidate) -> bool:
    """Whether a candidate's date is only its document's."""
    return UNDATED in candidate.notes


def is_weak(candidate: Candidate) -> bool:
    """Whether a candidate is worth anything only where nothing else is stated of the coin."""
    return any(note in WEAK for note in candidate.notes)


def quoted(text: str) -> str:
    """Evidence within its bound; what is cut is marked."""
    text = " ".join(text.split())
    return text if len(text) <= MAX_EVIDENCE else text[: MAX_EVIDENCE - 2].rstrip() + " …"


def ranked(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Best first: totals before purchases, stated dates before the document's, later ones before earlier ones."""
    return tuple(
        sorted(
            candidates,
            key=lambda c: (
                c.holdings is None,
                is_undated(c),
                -(c.as_of or date.min).toordinal(),
                -c.confidence,
                c.asset,
            ),
        )
    )
