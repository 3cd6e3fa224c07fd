"""EDGAR: lists of filings, the documents of a filing, and the SEC's rules."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from chalicelib.sources import edgar
from chalicelib.sources.client import (
    SourceChangedFormat,
    SourceNotFound,
    SourceRateLimited,
    SourceRefused,
)
from chalicelib.sources.edgar import Edgar, Filing, is_news, read_filer, read_header, read_index

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "treasury" / "mstr_submissions.json"
AGENT = "Example Company admin@example.com"
CIK = "0009990001"
COLUMNS = {
    "accessionNumber": ["0001193125-26-016002", "0001193125-26-001550"],
    "filingDate": ["2026-01-20", "2026-01-05"],
    "acceptanceDateTime": ["2026-01-20T08:00:28.000Z", "2026-01-05T08:00:33.000Z"],
    "form": ["8-K", "8-K"],
    "items": ["7.01,8.01", ""],
    "primaryDocument": ["mstr-20260105.htm", "mstr-20260105.htm"],
    "primaryDocDescription": ["8-K", "8-K"],
}


def submissions(**changes: Any) -> dict[str, Any]:
    return {
        "cik": "1050446", "name": "Strategy Inc", "tickers": ["MSTR", "STRK"],
        "formerNames": [{"name": "MICROSTRATEGY Inc"}],
        "filings": {"recent": COLUMNS | changes, "files": [
            {"name": "CIK0001050446-submissions-001.json", "filingCount": 9, "filingFrom": "1998-04-10",
             "filingTo": "2015-05-11"}]},
    }  # fmt: skip


def client(url: str, limiter: Any) -> Edgar:
    return Edgar(url, url, limiter, user_agent=AGENT)


def filing(**changes: Any) -> Filing:
    return Filing(
        "0009990001-25-000001", "8-K", date(2025, 1, 6), ("8.01", "9.01"), "main.htm", "8-K"
    )._replace(**changes)


def test_a_filers_names_tickers_and_filings() -> None:
    filer = read_filer(submissions())
    assert (filer.cik, filer.name, filer.tickers) == ("0001050446", "Strategy Inc", ("MSTR", "STRK"))
    assert filer.former_names == ("MICROSTRATEGY Inc",)
    first, second = filer.filings
    assert (first.accession, first.filed, first.items) == (
        "0001193125-26-016002",
        date(2026, 1, 20),
        ("7.01", "8.01"),
    )
    assert first.primary_document == second.primary_document, (
        "its name tells nothing: the accession number is the key"
    )
    assert filer.older[0].last == date(2015, 5, 11)


@pytest.mark.skipif(not REAL.is_file(), reason="no folder of real files beside")
def test_the_real_list_of_a_filer() -> None:
    filer = read_filer(json.loads(REAL.read_text("utf-8")))
    assert (len(filer.filings), filer.unreadable, len(filer.older)) == (1000, 0, 1)
    assert sum(filing.form == "8-K" for filing in filer.filings) == 210


def test_a_row_that_cannot_be_read_is_counted_and_the_others_are_read() -> None:
    filer = read_filer(submissions(filingDate=["yesterday", "2026-01-05"]))
    assert (len(filer.filings), filer.unreadable) == (1, 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"form": ["8-K"]},
        {"accessionNumber": None},
        {"accessionNumber": ["x", "y"]},
        {"filingDate": [1, 2]},
    ],
)
def test_a_list_that_is_not_what_the_sec_documents_is_a_changed_format(changes: dict[str, Any]) -> None:
    with pytest.raises(SourceChangedFormat):
        read_filer(submissions(**changes))


@pytest.mark.parametrize("parsed", [[], {}, {"cik": "1", "name": "A", "filings": []}, None])
def test_so_is_another_shape(parsed: Any) -> None:
    with pytest.raises(SourceChangedFormat):
        read_filer(parsed)


def test_exhibits_are_known_by_their_names(canned: Any, limiter: Any) -> None:
    names = ["main.htm", "d79833dex991.htm", "ex99-2.htm", "d79833dex101.htm", "R1.htm", "logo.jpg",
             "0009990001-25-000001-index.html", "0009990001-25-000001.txt"]  # fmt: skip
    canned.answer({"directory": {"item": [{"name": name, "type": "text.gif", "size": ""} for name in names]}})
    found = client(canned.url, limiter).exhibits(CIK, filing())
    assert [name for name, _ in found] == ["d79833dex991.htm", "ex99-2.htm"]
    assert canned.requests[0][0] == "/Archives/edgar/data/9990001/000999000125000001/index.json"


def test_where_a_name_tells_nothing_the_filings_header_does(canned: Any, limiter: Any) -> None:
    canned.answer(
        {"directory": {"item": [{"name": "main.htm"}, {"name": "announcement.htm"}, {"name": "bylaws.htm"}]}}
    )
    canned.answer(
        "<html><pre>&lt;DOCUMENT&gt;\n&lt;TYPE&gt;8-K\n&lt;FILENAME&gt;main.htm\n&lt;/DOCUMENT&gt;\n&lt;DOCUMENT&gt;\n"
        '&lt;TYPE&gt;EX-99.1\n&lt;SEQUENCE&gt;2\n&lt;FILENAME&gt;<a href="x">announcement.htm</a>\n&lt;/DOCUMENT&gt;\n'
        "&lt;DOCUMENT&gt;\n&lt;TYPE&gt;EX-3.1\n&lt;FILENAME&gt;bylaws.htm\n</pre></html>"
    )
    assert client(canned.url, limiter).exhibits(CIK, filing()) == [("announcement.htm", "EX-99.1")]


def test_a_header_and_an_index_that_are_something_else_give_nothing_or_say_so() -> None:
    assert read_header(b"<html>nothing</html>") == []
    with pytest.raises(SourceChangedFormat):
        read_index({"directory": "gone"})
    assert read_index({"directory": {"item": [{"name": "../../passwd"}, {"name": "a.htm"}]}}) == ["a.htm"]


@pytest.mark.parametrize(("status", "name"), [(403, "403"), (429, "429"), (200, "200")])
def test_the_block_page_makes_everybody_wait_ten_minutes(
    canned: Any, limiter: Any, status: int, name: str
) -> None:
    canned.answer("<html><title>SEC.gov | Request Rate Threshold Exceeded</title></html>", status)
    with pytest.raises(SourceRateLimited) as raised:
        client(canned.url, limiter).filer(CIK)
    assert (raised.value.retry_after, raised.value.banned) == (600.0, True)
    assert limiter.blocked == [("edgar", 600.0)]


def test_a_document_may_be_the_block_page_too(canned: Any, limiter: Any) -> None:
    canned.answer("<html><title>SEC.gov | Request Rate Threshold Exceeded</title></html>")
    with pytest.raises(SourceRateLimited):
        client(canned.url, limiter).document(CIK, "0009990001-25-000001", "main.htm")


def test_an_undeclared_caller_is_refused_by_the_sec_and_by_us(canned: Any, limiter: Any) -> None:
    canned.answer("<html>Your Request Originates from an Undeclared Automated Tool</html>", 403)
    with pytest.raises(SourceRefused, match="HOLDFAST_EDGAR_USER_AGENT"):
        client(canned.url, limiter).filer(CIK)
    for agent in (None, "", "Mozilla/5.0", "admin@example.com", "Example Company admin@example"):
        with pytest.raises(SourceRefused, match="Name contact@domain"):
            Edgar(canned.url, canned.url, limiter, user_agent=agent)


def test_the_user_agent_is_sent_as_declared(canned: Any, limiter: Any) -> None:
    canned.answer(submissions())
    client(canned.url, limiter).filer("0001050446")
    path, headers = canned.requests[0]
    assert (path, headers["User-Agent"]) == ("/submissions/CIK0001050446.json", AGENT)
    assert headers["Accept-Encoding"] == "gzip"


def test_never_more_than_nine_requests_in_any_second(canned: Any, limiter: Any) -> None:
    canned.answer(submissions())
    client(canned.url, limiter).filer("0001050446")
    ((bucket, cost, burst, per_seconds),) = limiter.spent
    assert (bucket, cost) == ("edgar", 1)
    assert burst + burst / per_seconds <= edgar.REQUESTS_PER_SECOND + 1e-9


def test_html_where_json_was_expected_and_an_unknown_cik(canned: Any, limiter: Any) -> None:
    canned.answer("<html>maintenance</html>")
    with pytest.raises(SourceChangedFormat):
        client(canned.url, limiter).filer(CIK)
    canned.answer("<Error><Code>NoSuchKey</Code></Error>", 404)
    with pytest.raises(SourceNotFound):
        client(canned.url, limiter).filer(CIK)


def test_another_host_is_never_followed_to(canned: Any, limiter: Any) -> None:
    canned.answer("", 302, Location="http://127.0.0.1:1/elsewhere")
    with pytest.raises(SourceChangedFormat, match="another host"):
        client(canned.url, limiter).filer(CIK)


@pytest.mark.parametrize("name", ["../../../etc/passwd", "a b.htm", "", "a?b.htm", "%2e%2e"])
def test_only_plain_file_names_are_asked_for(canned: Any, limiter: Any, name: str) -> None:
    asked = client(canned.url, limiter)
    if "/" in name:
        canned.answer(b"x")
        asked.document(CIK, "0009990001-25-000001", name)
        assert canned.requests[0][0].endswith("/000999000125000001/passwd")
    else:
        with pytest.raises(SourceChangedFormat):
            asked.document(CIK, "0009990001-25-000001", name)


@pytest.mark.parametrize(
    ("items", "form", "news"),
    [
        (("7.01", "8.01"), "8-K", True),
        (("5.02",), "8-K", False),
        (("5.02", "9.01"), "8-K", True),
        ((), "10-Q", True),
        ((), "424B5", False),
    ],
)
def test_filings_about_directors_or_bylaws_alone_are_no_news(
    items: tuple[str, ...], form: str, news: bool
) -> None:
    assert is_news(filing(items=items, form=form), ("8-K", "10-Q")) is news
