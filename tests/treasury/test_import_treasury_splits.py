"""Share counts of an imported history, where a split lies inside it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from local.treasury_splits import Split, all_splits, not_booked, units
from tests.conftest import Database
from tests.market.factory import asset_id
from tests.treasury import factory
from tests.treasury.importing import STRATEGY, Importer, make_importer

SPLIT_DAY = date(2024, 8, 8)
BEFORE, AFTER, LATER = date(2024, 6, 30), date(2024, 9, 30), date(2024, 12, 31)


def series(*counts: int | None) -> list[tuple[date, Decimal | None]]:
    days = (BEFORE, AFTER, LATER)
    return [(day, None if n is None else Decimal(n)) for day, n in zip(days, counts, strict=True)]


def test_a_series_that_jumps_at_its_split_is_as_stated() -> None:
    found = units(series(23_500_000, 240_000_000, 280_000_000), [Split(SPLIT_DAY, 10, 1)])
    assert [(unit.day, unit.suspect) for unit in found] == [(None, False)] * 3


def test_a_series_that_goes_on_in_old_shares_says_so() -> None:
    found = units(series(23_500_000, 26_000_000, 48_000_000), [Split(SPLIT_DAY, 10, 1, "old")])
    assert found == [(None, False), (BEFORE, True), (BEFORE, True)]


def test_a_series_that_was_brought_into_new_shares_says_so() -> None:
    found = units(series(24_000_000, 28_500_000, 32_000_000), [Split(SPLIT_DAY, 1, 10, "new")])
    assert found == [(AFTER, True), (None, False), (None, False)]


def test_a_series_without_a_jump_of_which_nothing_is_known_is_only_flagged() -> None:
    found = units(series(23_500_000, 26_000_000, 48_000_000), [Split(SPLIT_DAY, 10, 1)])
    assert found == [(None, False), (None, True), (None, False)]


def test_a_second_split_without_the_first_has_no_shares_of_any_day() -> None:
    splits = [Split(SPLIT_DAY, 10, 1, "old"), Split(date(2024, 11, 1), 2, 1)]
    found = units(series(20_000_000, 22_000_000, 45_000_000), splits)
    assert found == [(None, False), (BEFORE, True), (None, True)]


@pytest.mark.parametrize(
    "counts", [(None, 26_000_000, 48_000_000), (23_500_000, None, None), (None, None, None)]
)
def test_a_split_outside_the_counts_says_nothing(counts: tuple[int | None, ...]) -> None:
    assert all(unit == (None, False) for unit in units(series(*counts), [Split(SPLIT_DAY, 10, 1, "old")]))


def test_a_booked_split_is_the_known_one_of_its_day() -> None:
    assert [split.counts for split in all_splits("MSTR", [(SPLIT_DAY, Decimal(10))])] == ["old"]
    assert [split.ratio for split in all_splits("X", [(SPLIT_DAY, Decimal("0.125"))])] == [Decimal("0.125")]
    assert [split.counts for split in all_splits("MSTR", [(date(2024, 8, 7), Decimal(10))])] == ["old"]
    assert not_booked("MSTR", [(SPLIT_DAY, Decimal(10))]) == []
    assert [split.ex_date for split in not_booked("MSTR", [])] == [SPLIT_DAY]


@pytest.fixture
def importer(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Importer:
    return make_importer(database, tmp_path, monkeypatch)


def adjusted(importer: Importer, external_id: str) -> list[int]:
    """A company's share counts in today's shares."""
    rows = importer.database.rows(
        "select shares_outstanding * treasury.split_factor(share_asset_id, coalesce(shares_unit_date, snapshot_date)) as n "
        "from treasury.holdings_snapshots as held join treasury.companies as company on company.id = held.company_id "
        "where external_id = %s and shares_outstanding is not null order by snapshot_date",
        external_id,
    )
    return [int(row["n"]) for row in rows]


MSTR = [
    ("2024-06-30", 226500, 23_500_000, "10-Q"),
    ("2024-09-30", 252220, 26_000_000, "10-Q"),
    ("2024-12-31", 446400, 48_000_000, "e"),
]
KULR = [
    ("2025-05-20", 800, 290_000_000, "PR"),
    ("2025-06-23", 920, 37_500_000, "PR"),
    ("2025-07-10", 1021, 40_000_000, "PR"),
]


def test_counts_in_old_shares_are_right_as_soon_as_the_split_is_booked(importer: Importer) -> None:
    importer.companies(STRATEGY)
    importer.histories(("MSTR", MSTR))
    importer()
    assert [row["flags"] for row in importer.snapshots()] == [[], ["split_suspect"], ["split_suspect"]]
    assert (
        "MSTR: 2024-09-30: 26,000,000 shares show no jump at a split: taken as shares of 2024-06-30"
        in importer.words
    )
    assert "MSTR: its split of 2024-08-08, 10 new shares for 1 old, is not booked." in importer.words
    assert adjusted(importer, "mstr") == [23_500_000, 26_000_000, 48_000_000]
    factory.split(importer.database, asset_id(importer.database, "MSTR"), "2024-08-08", 10)
    assert adjusted(importer, "mstr") == [235_000_000, 260_000_000, 480_000_000]
    importer()
    assert not importer.changed
    assert "is not booked" not in importer.words


@pytest.mark.parametrize("booked", [False, True])
def test_a_jump_is_flagged_unless_a_booked_split_explains_it(importer: Importer, booked: bool) -> None:
    if booked:
        factory.split(importer.database, asset_id(importer.database, "KULR"), "2025-06-23", "0.125")
    importer.companies({**STRATEGY, "id": "kulr", "ticker": "KULR"})
    importer.histories(("KULR", KULR))
    importer()
    flags = [row["flags"] for row in importer.snapshots("kulr")]
    assert flags == [[], [] if booked else ["split_suspect"], []]
    assert ("37,500,000 shares are a jump that no booked split explains" in importer.words) is not booked
    if booked:
        assert adjusted(importer, "kulr") == [36_250_000, 37_500_000, 40_000_000]


def test_an_amount_that_shrinks_is_flagged(importer: Importer) -> None:
    importer.companies({**STRATEGY, "holdings": 446398})
    importer.histories(("MSTR", [*MSTR, ("2025-01-31", 446399, None, "e")]))
    importer()
    assert importer.snapshots()[-1]["flags"] == ["shrinks"]
    assert "MSTR: 2025-01-31: 446399 is less than what is approved before it (shrinks)" in importer.words
    assert "MSTR: 2026-01-10: 446398 is less than what is known before it, 446399 (shrinks)" in importer.words


def test_counts_that_do_not_fit_holdings_per_share_are_told(importer: Importer) -> None:
    importer.companies(STRATEGY)
    entry = '{ date: "2025-06-30", holdings: 100, sharesOutstanding: 1_000, holdingsPerShare: 0.2 }'
    importer.file(
        "holdings-history.ts",
        f'export const H = {{ MSTR: {{ ticker: "MSTR", asset: "BTC", history: [{entry}] }} }};',
    )
    assert importer() == 0
    assert "MSTR: 2025-06-30: holdingsPerShare 0.2 is not holdings ÷ shares (0.10000000)" in importer.words
