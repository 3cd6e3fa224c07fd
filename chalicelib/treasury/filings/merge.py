"""Statements of one document put together: the same total said twice, a purchase and the total after it, two that
disagree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from chalicelib.treasury.filings.facts import CERTAIN, MAX_EVIDENCE, Candidate, is_undated, is_weak, ranked
from chalicelib.treasury.filings.numbers import is_round

_NEAR = timedelta(days=10)
_AGREES = Decimal("0.005")
CUMULATIVE = "cumulative purchases"
DISAGREE = "another number is stated for the same date"


def together(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """One candidate per coin and date where the statements agree; each of its own, and doubted, where they do not."""
    totals: list[Candidate] = []
    purchases: list[Candidate] = []
    for candidate in candidates:
        if candidate.holdings is None and candidate.shares is None:
            _add(purchases, candidate, _same_purchase)
        else:
            _add(totals, candidate, _same_total)
    totals = [_checked(candidate) for candidate in _attached(_sound(totals), purchases)]
    purchases = [one for one in purchases if not any(_is_told_in(one, total) for total in totals)]
    return ranked([*_doubted(totals), *purchases])


def _add(found: list[Candidate], new: Candidate, same) -> None:  # type: ignore[no-untyped-def]
    for place, old in enumerate(found):
        if same(old, new):
            found[place] = _joined(*sorted((old, new), key=lambda c: -c.confidence))
            return
    found.append(new)


def _same_total(one: Candidate, other: Candidate) -> bool:
    if one.holdings is None or other.holdings is None:  # shares alone
        return (one.asset, one.as_of, one.shares) == (
            other.asset,
            other.as_of,
            other.shares,
        ) and one.holdings == other.holdings
    return one.asset == other.asset and one.holdings == other.holdings and one.as_of == other.as_of


def _same_purchase(one: Candidate, other: Candidate) -> bool:
    dates = one.period_end == other.period_end or None in (one.period_end, other.period_end)
    return one.asset == other.asset and one.purchased == other.purchased and dates


def _joined(best: Candidate, other: Candidate) -> Candidate:
    """The better one, with what only the other states."""
    gaps = {
        name: getattr(other, name)
        for name in (
            "purchased", "period_start", "period_end", "purchase_cost", "purchase_average_price", "total_cost",
            "average_price", "shares", "share_basis", "basic_shares", "shares_as_of",
        )
        if getattr(best, name) is None and getattr(other, name) is not None
    }  # fmt: skip
    if gaps and best.currency != other.currency and best.total_cost is None and best.purchase_cost is None:
        gaps["currency"] = other.currency
    more = Decimal("0.03") if best.evidence != other.evidence else Decimal(0)
    return replace(best, **gaps, confidence=min(CERTAIN, best.confidence + more))


def _sound(totals: list[Candidate]) -> list[Candidate]:
    """Without what a better statement of the coin makes needless: a total without a date that equals one with a date or
    rounds it; parts, a subsidiary's and former ones; and sums of purchases, which do not count what was sold since."""
    whole = [total for total in totals if total.holdings is not None and not is_weak(total)]
    dated = [total for total in whole if not is_undated(total)]
    return [
        total
        for total in totals
        if total.holdings is None
        or not (
            (is_weak(total) and any(other.asset == total.asset for other in whole))
            or (total.rule == CUMULATIVE and any(_counts_after(other, total) for other in whole))
            or (is_undated(total) and any(_says(other, total) for other in dated))
        )
    ]


def _counts_after(total: Candidate, purchases: Candidate) -> bool:
    """Whether a stated total is no older than a sum of purchases, and another number."""
    return (
        total.asset == purchases.asset
        and total.rule != CUMULATIVE
        and total.holdings != purchases.holdings
        and (total.as_of or date.min) >= (purchases.as_of or date.min)
    )


def _says(exact: Candidate, rough: Candidate) -> bool:
    return exact.asset == rough.asset and (exact.holdings == rough.holdings or _rounds(rough, exact))


def _doubted(totals: list[Candidate]) -> list[Candidate]:
    """Of two numbers for one date, both are doubted, unless one is the other rounded: then that one goes."""
    kept: list[Candidate] = []
    for candidate in totals:
        rivals = [
            o
            for o in totals
            if o is not candidate
            and o.asset == candidate.asset
            and o.as_of == candidate.as_of
            and o.holdings is not None
        ]
        if candidate.holdings is None or not rivals:
            kept.append(candidate)
            continue
        if any(_rounds(candidate, rival) for rival in rivals):
            continue
        serious = [
            r
            for r in rivals
            if not _rounds(r, candidate) and r.confidence >= candidate.confidence - Decimal("0.15")
        ]
        if serious:
            candidate = replace(
                candidate,
                confidence=min(candidate.confidence, Decimal("0.5")),
                notes=(*candidate.notes, DISAGREE),
            )
        kept.append(candidate)
    return kept


def _rounds(rough: Candidate, exact: Candidate) -> bool:
    """Whether one total is only a rounder way to say the other."""
    if not rough.holdings or not exact.holdings or rough.confidence >= exact.confidence:
        return False
    off = (exact.holdings - rough.holdings) / exact.holdings
    if rough.exactness == "approximate":
        return is_round(rough.holdings) and abs(off) < Decimal("0.01")
    return rough.exactness == "rounded" and Decimal("-0.02") < off < Decimal("0.05")


def _attached(totals: list[Candidate], purchases: list[Candidate]) -> list[Candidate]:
    """A purchase goes to the total at its end, or to the only total near it. Those attached leave the list."""
    found = list(totals)
    for purchase in list(purchases):
        same = [
            place
            for place, total in enumerate(found)
            if total.asset == purchase.asset and total.purchased is None and total.holdings is not None
        ]
        exact = [place for place in same if found[place].as_of == purchase.period_end]
        close = [p for p in same if _is_close(found[p], purchase)]
        alone = len([p for p in purchases if p.asset == purchase.asset]) == 1
        chosen = exact[0] if exact and alone else close[0] if len(close) == 1 and alone else None
        total = found[chosen] if chosen is not None else None
        if total is not None and _priced(total) and _priced(purchase) and total.currency != purchase.currency:
            continue  # one candidate has one currency
        if total is None or chosen is None or (total.holdings or 0) < (purchase.purchased or 0):
            continue
        purchases.remove(purchase)
        evidence = (
            total.evidence if purchase.evidence in total.evidence else f"{purchase.evidence} {total.evidence}"
        )
        found[chosen] = replace(
            total, purchased=purchase.purchased, period_start=purchase.period_start, period_end=purchase.period_end,
            purchase_cost=purchase.purchase_cost, purchase_average_price=purchase.purchase_average_price,
            evidence=evidence if len(evidence) <= 2 * MAX_EVIDENCE else total.evidence,
            currency=total.currency if total.total_cost or total.average_price else purchase.currency,
        )  # fmt: skip
    return found


def _is_told_in(purchase: Candidate, total: Candidate) -> bool:
    """Whether a total brings the same purchase already."""
    return (
        purchase.asset == total.asset
        and purchase.purchased == total.purchased
        and (purchase.period_end is None or total.period_end in (None, purchase.period_end))
    )


def _priced(candidate: Candidate) -> bool:
    return any(
        (
            candidate.total_cost,
            candidate.average_price,
            candidate.purchase_cost,
            candidate.purchase_average_price,
        )
    )


def _is_close(total: Candidate, purchase: Candidate) -> bool:
    return (
        purchase.period_end is None or total.as_of is None or abs(total.as_of - purchase.period_end) <= _NEAR
    )


def _checked(candidate: Candidate) -> Candidate:
    """Total, cost and average price that multiply out make each other likelier; if they do not, one was misread."""
    if not (candidate.holdings and candidate.total_cost and candidate.average_price):
        return candidate
    error = abs(candidate.holdings * candidate.average_price / candidate.total_cost - 1)
    if error <= Decimal("0.02"):
        return replace(candidate, confidence=min(CERTAIN, candidate.confidence + Decimal("0.04")))
    return replace(
        candidate,
        confidence=candidate.confidence - Decimal("0.10"),
        notes=(*candidate.notes, "cost and average price do not multiply out with the total"),
    )
