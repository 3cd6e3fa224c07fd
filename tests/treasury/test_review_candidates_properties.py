"""Whatever sources say in whatever order, with decisions in between: one number for one date is one snapshot, and its
confidence is what its sources make together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Database
from tests.treasury.factory import approve, candidate, company, propose, reject, reviewer, source, stored

FIRST = date(2025, 1, 1)
SOURCES = ("sec_edgar", "globenewswire", "prnewswire")
CAP = Decimal("0.99")

steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("say"),
            st.integers(0, 2),
            st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3)), max_size=4),
        ),
        st.tuples(st.sampled_from(["approve", "reject"]), st.integers(0, 9), st.just([])),
    ),
    max_size=20,
)


@dataclass
class Known:
    """A snapshot as a plain recomputation has it: who said it, and whether it still stands."""

    key: tuple[int, int]
    by: list[int]
    confidence: Decimal
    status: str = "pending"

    @property
    def stands(self) -> bool:
        return self.status in ("pending", "approved")


def expected(known: dict[int, Known], key: tuple[int, int], speaker: int) -> tuple[str, int | None]:
    for number, one in known.items():
        if one.key == key and one.stands:
            return ("known" if speaker in one.by else "corroborated"), number
    return "created", None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=steps)
def test_one_number_for_one_date_is_one_snapshot(
    database: Database, plan: list[tuple[str, int, Any]]
) -> None:
    who, acme = reviewer(database), company(database)
    sources = [source(database, type) for type in SOURCES]
    known: dict[int, Known] = {}
    for step, (word, what, said) in enumerate(plan):
        if word == "say":
            speak(acme, known, sources[what], said, step)
        elif known:
            number = sorted(known)[what % len(known)]
            decide(
                known, number, word, lambda n=number, w=word: (approve if w == "approve" else reject)(who, n)
            )
    for number, one in known.items():
        row = stored(database, number)
        assert (row["status"], row["source_id"], row["corroborated_by"]) == (
            one.status,
            one.by[0],
            one.by[1:],
        )
        assert row["confidence"] == one.confidence
        assert (row["snapshot_date"], row["holdings"]) == (FIRST + timedelta(days=one.key[0]), one.key[1])


def speak(acme: int, known: dict[int, Known], speaker: int, said: list[tuple[int, int]], step: int) -> None:
    """One document of a source; each statement is compared with what was known when it was its turn."""
    candidates = [
        candidate(FIRST + timedelta(days=day), amount, confidence="0.6", accession=f"document {step}")
        for day, amount in said
    ]
    for key, row in zip(said, propose(acme, candidates, speaker), strict=True):
        outcome, number = expected(known, key, speaker)
        assert row["outcome"] == outcome
        assert number in (None, row["id"])
        if outcome == "created":
            known[row["id"]] = Known(key, [speaker], Decimal("0.6"))
        elif outcome == "corroborated":
            one = known[row["id"]]
            one.by.append(speaker)
            one.confidence = min(CAP, 1 - (1 - one.confidence) * Decimal("0.4"))


def decide(known: dict[int, Known], number: int, word: str, act: Any) -> None:
    """A decision where it is allowed: what approving and rejecting do to the others of the date is simple here."""
    one = known[number]
    if word == "approve" and one.status == "pending":
        act()
        for other in known.values():
            if other.key[0] == one.key[0] and other.status == "approved":
                other.status = "superseded"
        one.status = "approved"
    elif word == "reject" and one.status == "pending":
        act()
        one.status = "rejected"
