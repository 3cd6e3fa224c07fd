"""A newswire's feed is everybody's: it is fetched once for all companies, and what it had is kept for who looks later."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.core import clock
from chalicelib.core.jobs import run
from chalicelib.treasury import feeds, jobs, wire_feeds
from local.standins import Histories, Server
from tests.conftest import Database
from tests.treasury import factory
from tests.treasury.scraped import (
    NOW,
    documents,
    larkspur,
    outside_world,
    pending,
    plan,
    scrape,
    source_of,
    told,
)

ISSUER = "Larkspur Digital Inc"


@pytest.fixture
def outside(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with clock.at(NOW), outside_world(monkeypatch, Histories.simulated()) as running:
        yield running


def others(database: Database, count: int, wire: str = "globenewswire") -> list[int]:
    """Companies that have released nothing, each with its source at the wire."""
    named = [factory.company(database, name=f"Quiet {number} Holdings") for number in range(count)]
    return [source_of(database, one, f"Quiet {number} Holdings", wire) for number, one in enumerate(named)]


def turn_back(database: Database, minutes: int) -> None:
    """As if the feed had been fetched so much earlier."""
    database.run(
        "update treasury.wire_feeds set fetched_at = fetched_at - make_interval(mins => %s)", minutes
    )


def poll() -> dict[str, object]:
    found: dict[str, object] = run(jobs.POLL_NEWSWIRES, None)
    return found


@pytest.mark.parametrize("wire", ["globenewswire", "prnewswire"])
def test_many_companies_are_served_by_one_fetch(database: Database, outside: Server, wire: str) -> None:
    sources = others(database, 5, wire)
    rows = [scrape(database, source) for source in sources]
    assert {row["status"] for row in rows} == {"succeeded"}
    assert outside.requests(wire) == 1
    assert all("releases, 0 of them the company's" in told(row) for row in rows)


def test_workers_at_once_fetch_it_once(database: Database, outside: Server) -> None:
    outside.misbehave("globenewswire", "slow", delay=0.3)
    found: list[int] = []

    def look() -> None:
        found.append(feeds.newswire("globenewswire").refresh())

    workers = [threading.Thread(target=look) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert outside.requests("globenewswire") == 1
    there = database.row("select count(*) from treasury.wire_releases")["count"]
    assert sorted(found) == [0, 0, 0, there]


def test_after_five_minutes_it_is_fetched_again(database: Database, outside: Server) -> None:
    (source,) = others(database, 1)
    scrape(database, source)
    turn_back(database, 4)
    scrape(database, source)
    assert outside.requests("globenewswire") == 1
    turn_back(database, 2)
    scrape(database, source)
    assert outside.requests("globenewswire") == 2


def test_a_worker_that_waits_too_long_for_another_ones_fetch_comes_back(
    database: Database, outside: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an attempt of its own being counted; and one that died is waited for no longer than its fetch may take."""
    monkeypatch.setattr(wire_feeds, "PATIENCE", 0.05)
    monkeypatch.setattr(wire_feeds, "LOOK_EVERY", 0.02)
    (source,) = others(database, 1)
    database.run("insert into treasury.wire_feeds (wire, fetching_since) values ('globenewswire', now())")
    row = scrape(database, source)
    assert (row["status"], row["error_code"], row["attempts"]) == ("queued", "rate_limited", 0)
    assert "another worker is fetching the feed" in row["last_error"]
    assert outside.requests("globenewswire") == 0
    database.run("update treasury.wire_feeds set fetching_since = now() - interval '76 seconds'")
    database.run("update treasury.scraper_jobs set status = 'failed', finished_at = now()")
    assert scrape(database, source)["status"] == "succeeded"


def test_a_fetch_that_failed_is_left_to_the_next(database: Database, outside: Server) -> None:
    first, second = others(database, 2)
    outside.misbehave("globenewswire", "500", times=1)
    row = scrape(database, first)
    assert (row["status"], row["error_code"]) == ("queued", "unavailable")
    assert scrape(database, second)["status"] == "succeeded"


def test_what_a_feed_has_no_more_is_there_for_who_looks_later(database: Database, outside: Server) -> None:
    """A feed has its newest twenty or so; the poll sees them come, a company's hourly look need not."""
    company = larkspur(database)
    source = source_of(database, company, ISSUER, "prnewswire")
    assert poll()["status"] == "succeeded"
    outside.histories.announcements.releases[:] = [
        release for release in outside.histories.announcements.releases if "larkspur" not in release.path
    ]
    turn_back(database, 10)
    row = scrape(database, source)
    assert row["status"] == "succeeded", told(row)
    found = documents(database, source)
    assert found, "its releases were seen, though the feed has them no more"
    assert outside.requests("prnewswire") == 2 + len(found), "two feeds, and each release's own page"


def test_a_later_look_is_at_what_is_new(database: Database, outside: Server) -> None:
    company = larkspur(database)
    source = source_of(database, company, ISSUER, "globenewswire", last_checked_at=datetime.now(UTC))
    feeds.newswire("globenewswire").refresh()
    database.run("update treasury.wire_releases set seen_at = seen_at - interval '2 hours'")
    row = scrape(database, source)
    assert (row["documents_listed"], pending(database, company)) == (0, [])
    row = scrape(database, source, reason="manual")
    assert row["documents_listed"] > 0, "an administrator's look is at everything that is kept"


def test_the_poll_asks_the_wires_that_somebody_is_looked_for_at(database: Database, outside: Server) -> None:
    assert poll()["status"] == "succeeded"
    assert outside.requests("globenewswire") + outside.requests("prnewswire") == 0
    others(database, 1)
    poll()
    assert (outside.requests("globenewswire"), outside.requests("prnewswire")) == (1, 0)
    poll()
    assert outside.requests("globenewswire") == 1, "it is fresh"
    database.run("update treasury.data_sources set is_active = false where type = 'globenewswire'")
    turn_back(database, 10)
    poll()
    assert outside.requests("globenewswire") == 1, "and not one that is switched off"


def test_a_poll_that_fails_is_told_and_stops_no_other(database: Database, outside: Server) -> None:
    others(database, 1, "globenewswire")
    others(database, 1, "prnewswire")
    outside.misbehave("globenewswire", "html", times=1)
    result = poll()
    assert result["status"] == "succeeded"
    assert outside.requests("prnewswire") == 1
    rows = {row["source"]: row for row in database.rows("select * from market.source_health")}
    assert rows["globenewswire"]["consecutive_failures"] == 1
    assert rows["prnewswire"]["last_success_at"] is not None
    poll()
    assert outside.requests("globenewswire") == 2


def test_releases_are_kept_for_a_week(database: Database, outside: Server) -> None:
    feed = feeds.newswire("globenewswire")
    feed.refresh()
    database.run(
        "insert into treasury.wire_releases (wire, link, title, at, issuer, description, seen_at) "
        "values ('globenewswire', 'https://example.com/old', 't', now(), 'i', 'd', now() - interval '8 days')"
    )
    assert len(feed.latest(None).releases) > len(feed.latest(datetime.now(UTC) + timedelta(hours=2)).releases)
    turn_back(database, 10)
    feed.refresh()
    assert "https://example.com/old" not in {release.link for release in feed.latest(None).releases}


def test_the_planner_opens_a_job_for_each_company_and_the_feed_is_asked_once(
    database: Database, outside: Server
) -> None:
    from chalicelib.treasury import scraping

    others(database, 3)
    for job in plan(database):
        scraping.work_on(job)
    assert outside.requests("globenewswire") == 1
    statuses = database.rows("select status from treasury.scraper_jobs")
    assert [row["status"] for row in statuses] == ["succeeded"] * 3
