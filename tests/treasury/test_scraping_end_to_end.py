"""End to end, on the real filings of one company where they lie beside the project and on made-up ones everywhere: the
timetable plans, the queue's worker scrapes, an administrator approves, and what the company holds has changed."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core import clock, jobs, queue
from local.lambdas import Context, queue_event
from local.standins import Histories, Server
from tests.conftest import Database
from tests.identity.factory import make_admin
from tests.treasury import factory
from tests.treasury.scraped import LARKSPUR, documents, job, larkspur, outside_world, pending, source_of, told

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
FILINGS = DATA / "treasury" / "filings"
needs_filings = pytest.mark.skipif(not FILINGS.is_dir(), reason="no folder of real files beside")
PATH = "/v1/admin/treasury/snapshots"
AFTER_THEM = datetime(2026, 3, 18, 15, 30, tzinfo=UTC)


@pytest.fixture
def outside(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with outside_world(monkeypatch, Histories.simulated()) as running:
        yield running


@pytest.fixture
def real_outside(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with outside_world(monkeypatch, Histories.from_folder(DATA), AFTER_THEM) as running:
        yield running


def the_hour_strikes() -> None:
    """What the hourly line of the timetable does for scraping."""
    import app

    (planner,) = [job for job in app.TIMETABLE["rate(1 hour)"] if job.name == "plan_scrapes"]
    assert jobs.run_due({"time": clock.now().isoformat()}, planner)[0]["status"] == "succeeded"


def the_queue_delivers(database: Database) -> list[int]:
    """SQS's batches, to the handler that takes them: the jobs that were rung for."""
    from app import app

    rung = [number for name, number in database.rung if name == queue.SCRAPE.name]
    for number in rung:
        message = {
            "MessageId": f"m{number}",
            "ReceiptHandle": "r",
            "MD5OfBody": "",
            "Body": json.dumps({"id": number}),
        }
        event = queue_event(queue.full_name(queue.SCRAPE), [message])
        assert app.handler_map["scrape"](event, Context("scrape", 300)) == {"batchItemFailures": []}
    return rung


def test_from_the_timetable_to_what_a_company_holds(database: Database, outside: Server) -> None:
    factory.coin(database, usd=100_000, symbol="BTC")
    lrks = larkspur(database, share_asset_id=factory.share(database, 20))
    source_of(database, lrks, LARKSPUR)
    the_hour_strikes()
    (done,) = the_queue_delivers(database)
    assert job(database, done)["status"] == "succeeded"
    assert factory.current(database, lrks) == (None, None, None), "nothing counts before somebody has looked"

    admin = make_admin()
    assert mnav(database, lrks) is None
    items = admin.api.get(f"{PATH}?status=pending").json["items"]
    newest = max(items, key=lambda item: item["snapshot_date"])
    assert newest["evidence"].startswith("Period March 3, 2025 to March 9, 2025 As of March 9, 2025")
    assert (newest["rule"], newest["accession"]) == ("period table", "0009990001-25-000010")
    answer = admin.api.post(f"{PATH}/{newest['id']}/approve", {"note": "as in the filing"})
    assert answer.status == 200
    assert factory.current(database, lrks) == (Decimal(newest["holdings"]), *_place(newest))
    shown = database.row(
        "select shares_basic, mnav_basic, reasons ->> 'mnav_basic' as reason from treasury.v_company_holdings "
        "where company_id = %s",
        lrks,
    )
    assert tuple(shown.values()) == (23_100_000, None, "stale_shares"), "as its XBRL facts say, but of 2025"
    still = {"company_id": lrks, "field": "shares_basic", "value": "23100000", "reason": "none issued since"}
    assert admin.api.post("/v1/admin/treasury/overrides", still).status == 201
    shares, coins = Decimal(20) * 23_100_000, Decimal(newest["holdings"]) * 100_000
    assert abs(mnav(database, lrks) - shares / coins) < Decimal("0.0001")

    told = database.rows(
        "select action, changed_fields, user_id, role from app.audit_log "
        "where table_name = 'treasury.holdings_snapshots' and record_id = %s order by id",
        str(newest["id"]),
    )
    assert [(entry["action"], entry["role"]) for entry in told] == [("insert", "job"), ("update", "admin")]
    assert told[1]["user_id"] == admin.id
    assert {"status", "reviewed_by", "review_note"} <= set(told[1]["changed_fields"])


def mnav(database: Database, company_id: int) -> Any:
    """The basic mNAV as everybody sees it."""
    return database.row(
        "select mnav_basic from treasury.v_company_holdings where company_id = %s", company_id
    )["mnav_basic"]


def _place(item: dict[str, Any]) -> tuple[Any, int]:
    return date.fromisoformat(item["snapshot_date"]), item["id"]


@needs_filings
def test_every_answer_of_the_real_filings_and_nothing_else(database: Database, real_outside: Server) -> None:
    """The totals that the filings are known to state are proposed, each from its own filing; others are from none."""
    strategy = factory.company(
        database, ticker="MSTR", name="Strategy", external_id="mstr", dat_start_date="2020-08-01"
    )
    source = source_of(database, strategy, "0001050446")
    the_hour_strikes()
    (done,) = the_queue_delivers(database)
    row = job(database, done)
    assert row["status"] == "succeeded", told(row)

    with (FILINGS / "mstr_8k_answers.csv").open() as lines:
        answers = {line["file"]: line["btc_holdings"] for line in csv.DictReader(lines)}
    listed = real_outside.histories.filers["0001050446"].filings
    expected = {
        filing.accession: Decimal(answer)
        for filing in listed
        if (answer := answers[_file_name(filing)])  # what it states, by its file
    }
    found = pending(database, strategy)
    by_filing: dict[str, set[Decimal]] = {}
    for snapshot in found:
        by_filing.setdefault(snapshot["accession"], set()).add(snapshot["holdings"])
    silent = {filing.accession for filing in listed} - set(expected)
    assert not silent & set(by_filing), "a filing without an answer states nothing"
    everything = {snapshot["holdings"] for snapshot in found}
    assert set(expected.values()) <= everything
    outcomes = documents(database, source)
    assert sum(outcome == "candidates" for outcome in outcomes.values()) == len(expected)
    assert all(snapshot["evidence"] for snapshot in found)


def _file_name(filing: Any) -> str:
    """The name of the file that the stand-in serves as a filing's primary document."""
    return Path(filing.files[0].body.__self__).name
