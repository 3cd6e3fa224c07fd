"""From what the reader of documents found to candidates as the database takes them. Pure rules.

The documents of one filing are taken together: what the primary document and the press release both say is one
candidate, and a total without a date of its own gives way to the same total with one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from chalicelib.treasury.filings.facts import Candidate, is_undated

NOT_STATED = {"first purchase": "derived_total", "cumulative purchases": "derived_total"}
"""Rules whose total is put together rather than stated, and the flag that says so."""
NOTED = "reader_notes"
"""The reader found something uncertain: `raw_data.notes` says what."""
SAME_NEWS = timedelta(days=14)
"""A total without a date is that of the same filing's dated total if this is no longer ago."""
_AMOUNTS = ("purchase_cost", "purchase_average_price", "total_cost", "average_price")


class Stated(NamedTuple):
    """A candidate and the document that states it."""

    candidate: Candidate
    key: str
    form: str | None
    url: str
    accession: str | None


def totals(stated: Iterable[Stated], asset: str) -> tuple[list[Stated], list[str]]:
    """The totals of one coin in the documents of one filing, each once, and what was left out and why.

    Of two documents that state the same total for the same day the surer one counts.
    """
    best: dict[tuple[date, Decimal], Stated] = {}
    left: list[str] = []
    for one in stated:
        found = one.candidate
        if found.asset != asset:
            continue
        if found.holdings is None or found.as_of is None:
            if found.purchased is not None:
                left.append(
                    f"a purchase of {found.purchased:f} {asset} without a total: {found.evidence[:200]}"
                )
            continue
        place = (found.as_of, found.holdings)
        if place not in best or best[place].candidate.confidence < found.confidence:
            best[place] = one
    dated = [one.candidate for one in best.values() if not is_undated(one.candidate)]
    kept = [
        one
        for one in best.values()
        if not (is_undated(one.candidate) and _said_with_a_date(one.candidate, dated))
    ]
    return kept, left


def proposal(one: Stated, filed: date) -> dict[str, Any]:
    """A candidate with the names of treasury.holdings_snapshots; amounts as text."""
    found = one.candidate
    flags = {NOT_STATED[found.rule]} if found.rule in NOT_STATED else set()
    if found.notes:
        flags.add(NOTED)
    period = found.period_start, found.period_end
    if None not in period and found.period_start > found.period_end:  # type: ignore[operator]
        flags.add("period_unclear")
        period = None, None
    amounts = {name: getattr(found, name) for name in _AMOUNTS}
    if any(amount is not None and amount < 0 for amount in amounts.values()):
        flags.add("amount_unclear")
        amounts = {
            name: None if amount is not None and amount < 0 else amount for name, amount in amounts.items()
        }
    return {
        "snapshot_date": found.as_of,
        "holdings": _text(found.holdings),
        "shares_outstanding": _text(found.shares),
        "share_basis": found.share_basis,
        "purchased": _text(found.purchased),
        "period_start": period[0],
        "period_end": period[1],
        **{name: _text(amount) for name, amount in amounts.items()},
        "currency": found.currency,
        "source": f"{one.form or 'announcement'} of {filed}"[:255],
        "accession": one.accession,
        "source_url": one.url[:2000],
        "evidence": found.evidence,
        "rule": found.rule,
        "confidence": _text(found.confidence),
        "flags": sorted(flags),
        "raw_data": {"asset": found.asset, "document": one.key, "notes": list(found.notes)},
    }


def proposals(stated: Sequence[Stated], asset: str, filed: date) -> tuple[list[dict[str, Any]], list[str]]:
    """What the documents of one filing propose, the earliest date first, and what was left out."""
    kept, left = totals(stated, asset)
    ordered = sorted(kept, key=lambda one: (one.candidate.as_of or date.min, -one.candidate.confidence))
    return [proposal(one, filed) for one in ordered], left


def _said_with_a_date(found: Candidate, dated: Iterable[Candidate]) -> bool:
    return any(
        other.holdings == found.holdings
        and other.as_of is not None
        and found.as_of is not None
        and timedelta(0) <= found.as_of - other.as_of <= SAME_NEWS
        for other in dated
    )


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount, "f")
