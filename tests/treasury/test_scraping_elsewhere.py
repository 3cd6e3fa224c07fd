"""Scraping Tokyo, Hong Kong and the newswires: the same way in, other formats and other traps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.core import clock
from local.standins import Histories, Server
from local.standins.announcements import TokyoNotice
from local.standins.pdf import pdf
from tests.conftest import Database
from tests.treasury import factory
from tests.treasury.scraped import (
    LARKSPUR,
    NOW,
    documents,
    larkspur,
    outside_world,
    pending,
    scrape,
    source_of,
    told,
)


@pytest.fixture
def outside(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with clock.at(NOW), outside_world(monkeypatch, Histories.simulated()) as running:
        yield running


def hibari(database: Database, **fields: Any) -> int:
    return factory.company(
        database, ticker="9999.T", name="Hibari", external_id="hibari", currency="JPY", **fields
    )


def blue_harbour(database: Database) -> int:
    return factory.company(
        database,
        ticker="9999.HK",
        name="Blue Harbour Limited",
        external_id="blue",
        dat_start_date="2025-01-01",
    )


def test_tokyos_announcements_of_a_month_are_read(database: Database, outside: Server) -> None:
    company = hibari(database)
    source = source_of(database, company, "99990", "tse")
    row = scrape(database, source)
    assert row["status"] == "succeeded", told(row)
    found = pending(database, company)
    days = [date(2025, 2, 16) + week * timedelta(days=7) for week in range(4)]
    assert [one["snapshot_date"] for one in found] == days  # what the lists still have
    assert found[-1]["rule"] == "Japanese total"
    assert "ビットコイン" in found[-1]["evidence"] or "BTC" in found[-1]["evidence"]
    assert found[-1]["source_url"].endswith(".pdf")


def test_tokyo_is_asked_again_only_for_the_days_since(database: Database, outside: Server) -> None:
    source = source_of(database, hibari(database), "99990", "tse", last_checked_at=NOW - timedelta(days=2))
    row = scrape(database, source)
    assert row["documents_listed"] == 1
    # the lists of four days, three of them without announcements, and one PDF
    assert outside.requests("tdnet") == 5


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (
            pdf(
                [["ビットコインの追加購入に関するお知らせ", "総額20,136 BTCを保有しております。"] * 3], "bare"
            ),
            "glyphs",
        ),
        (b"<html><body>maintenance</body></html>", "HTML"),
        (b"%PDF-1.4\n1 0 obj\n<< broken", "broken"),
        (pdf([[""]], "latin"), "pictures"),
    ],
    ids=["no letters", "html", "broken", "empty"],
)
def test_a_pdf_that_cannot_be_relied_on_is_said_to_be_unreadable(
    database: Database, outside: Server, file: bytes, reason: str
) -> None:
    outside.histories.announcements.tokyo[:] = [
        TokyoNotice(
            NOW - timedelta(hours=2), "99990", "ヒバリ", "ビットコインの追加購入に関するお知らせ", "140120250312000001.pdf",
            lambda: file,
        )
    ]  # fmt: skip
    company = hibari(database)
    source = source_of(database, company, "99990", "tse")
    row = scrape(database, source)
    assert row["status"] == "succeeded"
    assert documents(database, source) == {"140120250312000001.pdf": "unreadable"}
    (stored,) = database.rows("select warnings from treasury.scraped_documents")
    assert reason in stored["warnings"][0]
    assert pending(database, company) == []


def test_titles_about_other_matters_are_not_read(database: Database, outside: Server) -> None:
    company = hibari(database)
    first = outside.histories.announcements.tokyo[0]
    other = first._replace(at=NOW - timedelta(hours=1), title="自己株式の取得状況に関するお知らせ")
    bonds = first._replace(
        at=NOW - timedelta(hours=2), title="ビットコイン取得資金のための社債発行に関するお知らせ",
        document="140120250312000009.pdf",
    )  # fmt: skip
    outside.histories.announcements.tokyo[:] = [other, bonds]
    source = source_of(database, company, "99990", "tse")
    scrape(database, source)
    assert documents(database, source) == {
        other.document: "not_relevant",
        bonds.document: "nothing_stated",
    }
    assert pending(database, company) == []


def test_hong_kongs_announcements_are_read_by_the_stocks_own_number(
    database: Database, outside: Server
) -> None:
    company = blue_harbour(database)
    source = source_of(database, company, "9999", "hkex")
    row = scrape(database, source)
    assert row["status"] == "succeeded", told(row)
    found = pending(database, company)
    assert len(found) == 10
    assert found[0]["holdings"] == Decimal(80)
    assert found[0]["snapshot_date"] == date(2025, 1, 5)
    outcomes = documents(database, source)
    assert sum(outcome == "not_relevant" for outcome in outcomes.values()) == 10, (
        "next day disclosure returns"
    )
    assert "stock 09999 is BLUE HARBOUR" in told(row)


def test_another_companys_stock_is_not_scraped(database: Database, outside: Server) -> None:
    company = blue_harbour(database)
    source = source_of(database, company, "9998", "hkex")
    row = scrape(database, source)
    assert (row["status"], row["error_code"]) == ("failed", "not_verified")
    assert "09998 is BLUE HARBOUR PROPERTIES" in row["last_error"]
    held = database.row(
        "select is_active, verified_at, verification from treasury.company_sources where id = %s", source
    )
    assert (held["is_active"], held["verified_at"]) == (False, None)
    assert pending(database, company) == []


@pytest.mark.parametrize("wire", ["globenewswire", "prnewswire"])
def test_a_wires_releases_are_the_companys_by_name_or_listing(
    database: Database, outside: Server, wire: str
) -> None:
    company = larkspur(database)
    source = source_of(database, company, "Larkspur Digital Inc", wire)
    row = scrape(database, source)
    assert row["status"] == "succeeded", told(row)
    found = pending(database, company)
    assert [one["snapshot_date"] for one in found][-1] == date(2025, 3, 9)
    assert all(one["accession"] is None and one["source_url"].startswith("http") for one in found)
    assert not any("siskin" in key for key in documents(database, source))


def test_two_sources_that_agree_make_a_number_surer_and_approve_it_where_the_company_trusts_that(
    database: Database, outside: Server
) -> None:
    company = larkspur(database, auto_approve_confidence=Decimal("0.95"))
    factory.snapshot(database, company, "2025-01-01", 1, status="approved")
    database.run("update treasury.companies set dat_start_date = '2025-03-05' where id = %s", company)
    filings = outside.histories.filers[LARKSPUR].filings
    filings[:] = [filing for filing in filings if filing.day == date(2025, 3, 10)]
    scrape(database, source_of(database, company, LARKSPUR), reason="manual")
    (found,) = pending(database, company)
    assert found["flags"] == ["differs_much"], "against the one of January"
    factory.snapshot(database, company, "2025-03-02", found["holdings"] - 1, status="approved")
    scrape(database, source_of(database, company, "Larkspur Digital Inc", "globenewswire"))
    row = factory.stored(database, found["id"])
    assert (row["status"], row["reviewed_by"], row["flags"]) == ("approved", None, [])
    assert row["review_note"].startswith("automatically: 2 sources agree")
    assert row["confidence"] == Decimal("0.99")
    assert factory.current(database, company)[0] == found["holdings"]


def test_a_number_that_its_reader_doubts_makes_no_other_one_surer(
    database: Database, outside: Server
) -> None:
    """Larkspur's wire says "its first purchase" only: that is no total, and agrees with nothing."""
    company = larkspur(database, auto_approve_confidence=Decimal("0.5"))
    scrape(database, source_of(database, company, LARKSPUR))
    found = pending(database, company)[-1]
    releases = outside.histories.announcements.releases
    newest = [it for it in releases if it.wire == "globenewswire" and it.at <= NOW and "larkspur" in it.path][
        -1
    ]
    page = (
        f"<html><body><p>{newest.summary} announced: Larkspur Digital Inc has completed its first purchase of "
        f"Bitcoin under its new Bitcoin treasury strategy, acquiring {found['holdings']} bitcoins on March 9, 2025."
        "</p></body></html>"
    )
    releases[:] = [newest._replace(body=page)]
    row = scrape(database, source_of(database, company, "Larkspur Digital Inc", "globenewswire"))
    assert row["candidates_found"] == 1, told(row)
    held = factory.stored(database, found["id"])
    assert (held["status"], held["corroborated_by"], held["confidence"]) == (
        "pending",
        [],
        found["confidence"],
    )
