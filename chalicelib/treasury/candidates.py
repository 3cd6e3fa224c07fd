"""From what the reader of documents found to candidates as the database takes them. Pure rules.

The documents of one filing are taken together: what the primary document and the press release both say is one
candidate, and a total without a date of its own gives way to the same total with one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from chalicelib.treasury.filings.facts import Candidate, is_undated, is_weak

NOT_STATED = {"first purchase": "derived_total", "cumulative purchases": "derived_total"}
"""Rules whose total is put together rather than stated, and the flag that says so."""
NOTED = "reader_notes"
"""The reader found something uncertain: `raw_data.notes` says what."""
SAME_NEWS = timedelta(days=14)
"""A total without a date is that of the same filing's dated total if this is no longer ago."""
_AMOUNTS = ("purchase_cost", "purchase_average_price", "total_cost", "average_price")
_PURCHASE = ("purchased", "period_start", "period_end", "purchase_cost", "purchase_average_price")
_BASES = ("assumed_diluted", "fd_max", "basic")
"""Of several counts of one day the first of these stands as the count (yields are of it), the basic one beside it."""


class Stated(NamedTuple):
    """A candidate and the document that states it; `basic` are the basic shares of its day beside its diluted ones."""

    candidate: Candidate
    key: str
    form: str | None
    url: str
    accession: str | None
    basic: Decimal | None = None


def totals(stated: Iterable[Stated], asset: str) -> tuple[list[Stated], list[str]]:
    """The totals of one coin in the documents of one filing, each once, and what was left out and why.

    Of two documents that state the same total for the same day the surer one counts, with what only the other states.
    """
    own = sorted(
        (one for one in stated if one.candidate.asset == asset), key=lambda one: -one.candidate.confidence
    )
    left = [
        f"a purchase of {found.purchased:f} {asset} without a total: {found.evidence[:200]}"
        for found, *_ in own
        if found.purchased is not None and (found.holdings is None or found.as_of is None)
    ]
    if any(one.candidate.holdings is not None and not is_weak(one.candidate) for one in own):
        left += [
            f"a part or an earlier amount: {one.candidate.evidence[:200]}"
            for one in own
            if is_weak(one.candidate)
        ]
        own = [one for one in own if not is_weak(one.candidate)]
    best: dict[tuple[date, Decimal], Stated] = {}
    for one in sorted(own, key=lambda one: is_undated(one.candidate)):
        place = _place(one.candidate, best)
        if place is not None:
            best[place] = _filled(best[place], one) if place in best else one
    kept = [_with_counts(one, own, left) for one in best.values()]
    days = {one.candidate.as_of for one in kept}
    left += [
        f"{found.shares:f} shares ({found.share_basis}) as of {found.as_of} without a total of that day"
        for found, *_ in own
        if found.holdings is None and found.shares is not None and found.as_of not in days
    ]
    return kept, left


def _place(found: Candidate, known: Iterable[tuple[date, Decimal]]) -> tuple[date, Decimal] | None:
    """The day and total that a candidate is about: for one without a date of its own that of the same total with one."""
    if found.holdings is None or found.as_of is None:
        return None
    if is_undated(found):
        for day, holdings in known:
            if holdings == found.holdings and timedelta(0) <= found.as_of - day <= SAME_NEWS:
                return day, holdings
    return found.as_of, found.holdings


def _filled(best: Stated, other: Stated) -> Stated:
    """The surer statement, with the purchase and the costs that only the other one has."""
    one, two = best.candidate, other.candidate
    priced = any(getattr(one, name) is not None for name in _AMOUNTS)
    gaps: dict[str, Any] = {}
    if not priced:
        gaps["currency"] = two.currency
    comparable = not priced or one.currency == two.currency  # one candidate has one currency
    if one.purchased is None and two.purchased is not None and comparable:
        gaps |= {name: getattr(two, name) for name in _PURCHASE}
    if comparable:
        gaps |= {
            name: getattr(two, name)
            for name in ("total_cost", "average_price")
            if getattr(one, name) is None and getattr(two, name) is not None
        }
    return best._replace(candidate=replace(one, **gaps))


def _with_counts(one: Stated, own: Sequence[Stated], left: list[str]) -> Stated:
    """A total with the share counts that the filing states for its day: of each basis the surest one."""
    counts: dict[str | None, Decimal] = {}
    for found in _counting(one.candidate, own):
        assert found.shares is not None
        if counts.setdefault(found.share_basis, found.shares) != found.shares:
            left.append(f"another count of {found.share_basis} shares as of {found.as_of}: {found.shares:f}")
    basis = next((basis for basis in _BASES if basis in counts), None)
    if basis is None:
        return one
    if basis == "assumed_diluted" and "fd_max" in counts:
        left.append(
            f"{counts['fd_max']:f} shares (fd_max) as of {one.candidate.as_of} beside assumed diluted ones"
        )
    counted = replace(one.candidate, shares=counts[basis], share_basis=basis)  # type: ignore[arg-type]
    return one._replace(candidate=counted, basic=counts.get("basic") if basis != "basic" else None)


def _counting(total: Candidate, own: Sequence[Stated]) -> Iterator[Candidate]:
    """Who counts the shares of a total's day: itself, the same total elsewhere, and counts that stand alone."""
    if total.shares is not None:
        yield total
    for found, *_ in own:
        if (
            found.shares is not None
            and found.as_of == total.as_of
            and found.holdings in (None, total.holdings)
        ):
            yield found


def proposal(one: Stated, filed: date) -> dict[str, Any]:
    """A candidate with the names of treasury.holdings_snapshots; amounts as text.

    What a filing counts in shares is in those of its own day, also where it speaks of an earlier one: after a split a
    company restates its earlier counts.
    """
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
        "shares_basic": _text(
            one.basic if one.basic is not None or found.share_basis == "basic" else found.basic_shares
        ),
        "shares_unit_date": None if found.shares is None else filed,
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
        "raw_data": {
            "asset": found.asset,
            "document": one.key,
            "notes": list(found.notes),
            "approximate": found.exactness == "approximate",
        },
    }


def proposals(stated: Sequence[Stated], asset: str, filed: date) -> tuple[list[dict[str, Any]], list[str]]:
    """What the documents of one filing propose, the earliest date first, and what was left out."""
    kept, left = totals(stated, asset)
    ordered = sorted(kept, key=lambda one: (one.candidate.as_of or date.min, -one.candidate.confidence))
    return [proposal(one, filed) for one in ordered], left


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount, "f")
