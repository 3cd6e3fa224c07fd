"""Whatever administrators do in whatever order: what counts is what a plain recomputation says.

The model knows no `superseded_by`: for each date it keeps a pile of approvals. Approving lays one on top, rejecting takes
the top away, and only tops count.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.core.errors import Problem, from_database
from chalicelib.core.principal import Principal
from tests.conftest import Database
from tests.treasury.factory import approve, company, correct, current, reject, reviewer, snapshot, statuses

FIRST = date(2025, 1, 1)

steps = st.lists(
    st.one_of(
        st.tuples(st.just("propose"), st.integers(0, 3), st.integers(0, 5)),
        st.tuples(st.just("approve"), st.lists(st.integers(0, 9), min_size=1, max_size=3), st.just(0)),
        st.tuples(st.just("reject"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("correct"), st.integers(0, 9), st.integers(0, 3)),
    ),
    max_size=25,
)


class Model:
    """Piles of approvals by date."""

    def __init__(self) -> None:
        self.dates: dict[int, date] = {}
        self.pending: set[int] = set()
        self.rejected: set[int] = set()
        self.piles: dict[date, list[int]] = {}

    def propose(self, one: int, day: date) -> None:
        self.dates[one] = day
        self.pending.add(one)

    def approve(self, one: int) -> None:
        if one in self.pending:
            self.pending.remove(one)
            self.piles.setdefault(self.dates[one], []).append(one)

    def may_reject(self, one: int) -> bool:
        return one in self.pending or self.piles.get(self.dates[one], [None])[-1:] == [one]

    def reject(self, one: int) -> None:
        if one in self.pending:
            self.pending.remove(one)
        else:
            self.piles[self.dates[one]].pop()
        self.rejected.add(one)

    def statuses(self) -> dict[int, str]:
        under = {one for pile in self.piles.values() for one in pile[:-1]}
        tops = {pile[-1] for pile in self.piles.values() if pile}
        words = (
            (self.pending, "pending"),
            (self.rejected, "rejected"),
            (under, "superseded"),
            (tops, "approved"),
        )
        return {one: word for group, word in words for one in group}

    def current(self) -> int | None:
        days = [day for day, pile in self.piles.items() if pile]
        return self.piles[max(days)][-1] if days else None


def attempt(step: Any) -> Any:
    """What a step returned, or the code of the problem that it ran into."""
    try:
        return step()
    except psycopg.Error as error:
        problem = from_database(error)
        assert isinstance(problem, Problem)
        return problem.code


def play(database: Database, who: Principal, plan: list[tuple[str, Any, int]]) -> None:
    acme, model, ids = company(database), Model(), list[int]()
    for word, what, more in plan:
        if word == "propose":
            day = FIRST + timedelta(days=what)
            ids.append(snapshot(database, acme, day, len(ids) + 1))
            model.propose(ids[-1], day)
        elif not ids:
            continue
        elif word == "approve":
            wanted = [ids[n % len(ids)] for n in what]
            approve(who, *wanted)
            for one in wanted:
                model.approve(one)
        elif word == "reject":
            one = ids[what % len(ids)]
            outcome = attempt(lambda one=one: reject(who, one))
            assert (outcome != "snapshot_decided") == model.may_reject(one)
            if model.may_reject(one):
                model.reject(one)
        else:
            one, day = ids[what % len(ids)], FIRST + timedelta(days=more)
            values = {"snapshot_date": day, "holdings": 1000 + len(ids)}
            outcome = attempt(lambda one=one, values=values: correct(who, one, **values))
            assert (outcome != "snapshot_decided") == model.may_reject(one)
            if model.may_reject(one):
                model.reject(one)
                ids.append(outcome)
                model.propose(outcome, day)
                model.approve(outcome)
        assert statuses(database, acme) == model.statuses()
        assert current(database, acme)[2] == model.current()
    check_current(database, acme)


def check_current(database: Database, acme: int) -> None:
    """What is kept by the trigger equals the approved snapshot of the latest date, read from the table."""
    rows = database.rows(
        "select holdings, snapshot_date, id from treasury.holdings_snapshots "
        "where company_id = %s and status = 'approved'",
        acme,
    )
    latest = max(rows, key=lambda row: row["snapshot_date"], default=None)
    assert current(database, acme) == (tuple(latest.values()) if latest else (None, None, None))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=steps)
def test_any_sequence_of_decisions_leaves_what_a_recomputation_says(
    database: Database, plan: list[tuple[str, Any, int]]
) -> None:
    play(database, reviewer(database), plan)


def test_rows_that_are_changed_or_removed_by_hand_are_followed_too(database: Database) -> None:
    acme = company(database)
    ids = [snapshot(database, acme, FIRST + timedelta(days=n), n + 1, "approved") for n in range(4)]
    database.run("update treasury.holdings_snapshots set holdings = 40 where id = %s", ids[3])
    check_current(database, acme)
    database.run("update treasury.holdings_snapshots set snapshot_date = '2025-02-01' where id = %s", ids[1])
    check_current(database, acme)
    database.run("delete from treasury.holdings_snapshots where id = any (%s)", ids[1:])
    check_current(database, acme)
    assert current(database, acme)[2] == ids[0]
    other = company(database)
    database.run("update treasury.holdings_snapshots set company_id = %s where id = %s", other, ids[0])
    assert current(database, acme) == (None, None, None)
    check_current(database, other)
