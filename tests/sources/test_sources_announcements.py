"""TDnet, HKEXnews and the newswires: what their formats say, and what is none of them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from chalicelib.sources.client import SourceChangedFormat, SourceNotFound, SourceUnavailable
from chalicelib.sources.globenewswire import GlobeNewswire
from chalicelib.sources.hkexnews import HONG_KONG, HkexNews, read_notices, read_stocks
from chalicelib.sources.prnewswire import PrNewswire
from chalicelib.sources.rss import moment, read_feed
from chalicelib.sources.tdnet import TOKYO, Tdnet, read_page
from chalicelib.sources.wires import path_of

ROW = (
    '<tr><td class="oddnew-L kjTime" noWrap>15:30</td><td class="oddnew-M kjCode" noWrap>{code}</td>'
    '<td class="oddnew-M kjName" noWrap>メタプラネット　　　</td><td class="oddnew-M kjTitle" align="left">'
    '<a href="140120260626582435.pdf" target="_blank">ビットコインの追加購入に関する<br>お知らせ</a></td>'
    '<td class="oddnew-M kjXbrl"><a href="081220260626582435.zip">XBRL</a></td><td class="oddnew-M kjPlace">東　</td></tr>'
)


def tokyo(*rows: str, total: str = "全2件") -> bytes:
    return (
        f'<html><div id="kaiji-date-1">2026年07月28日</div><div class="kaijiSum">1～2件 / {total}</div>'
        f'<table id="main-list-table">{"".join(rows)}</table></html>'
    ).encode()


def test_a_day_in_tokyo() -> None:
    page = read_page(tokyo(ROW.format(code="33500"), ROW.format(code="285A0")))
    first, second = page.announcements
    assert (first.code, second.code, page.total) == ("33500", "285A0", 2)
    assert first.name == "メタプラネット"
    assert first.title == "ビットコインの追加購入に関するお知らせ"
    assert first.document == "140120260626582435.pdf", "not the XBRL's zip"
    assert first.at == datetime(2026, 7, 28, 15, 30, tzinfo=TOKYO)


def test_rows_that_cannot_be_read_are_counted() -> None:
    page = read_page(tokyo(ROW.format(code="33500"), ROW.format(code="?")))
    assert (len(page.announcements), page.unreadable) == (1, 1)
    with pytest.raises(SourceChangedFormat):
        read_page(tokyo(ROW.format(code="?")))


@pytest.mark.parametrize("body", [b"<html>maintenance</html>", b"", b"{}", tokyo(ROW, total="many")])
def test_a_page_without_its_list_is_a_changed_format(body: bytes) -> None:
    with pytest.raises(SourceChangedFormat):
        read_page(body)


def test_a_later_page_that_is_not_there_yet_passes(canned: Any, limiter: Any) -> None:
    source = Tdnet(canned.url, limiter)
    canned.answer(tokyo(ROW.format(code="33500"), total="全101件"))
    canned.answer("not found", 404)
    with pytest.raises(SourceUnavailable, match="page 2 of 2026-07-28 is not there"):
        source.day(date(2026, 7, 28))


def test_a_holiday_has_no_announcements_and_a_busy_day_several_pages(canned: Any, limiter: Any) -> None:
    source = Tdnet(canned.url, limiter)
    canned.answer("not found", 404)
    assert source.day(date(2026, 7, 26)) == ([], b"")
    canned.answer(tokyo(ROW.format(code="33500"), total="全201件"))
    canned.answer(tokyo(ROW.format(code="31890"), total="全201件"))
    canned.answer(tokyo(ROW.format(code="38250"), total="全201件"))
    found, _ = source.day(date(2026, 7, 28))
    assert [one.code for one in found] == ["33500", "31890", "38250"]
    assert canned.requests[-1][0] == "/inbs/I_list_003_20260728.html"
    with pytest.raises(SourceChangedFormat):
        source.document("../secret.pdf")


STOCKS = b'callback({"more":"1","stockInfo":[{"stockId":97773,"code":"01522","name":"A &amp; B"},' \
         b'{"stockId":7,"code":"00434","name":"BOYAA"}]});\n'  # fmt: skip


def test_a_stocks_own_number_in_hong_kong(canned: Any, limiter: Any) -> None:
    assert [stock.name for stock in read_stocks(STOCKS)] == ["A & B", "BOYAA"]
    source = HkexNews(canned.url, limiter)
    canned.answer(STOCKS)
    assert source.stock("0434").number == 7
    assert "name=434&" in canned.requests[0][0]
    canned.answer(STOCKS)
    with pytest.raises(SourceNotFound):
        source.stock("5")
    for body in (b'{"stockInfo":[]}', b"<html></html>", b"callback(", b"callback({});"):
        with pytest.raises(SourceChangedFormat):
            read_stocks(body)


def titles(*rows: Any, count: int | None = None) -> bytes:
    inside = json.dumps(list(rows)) if rows else "null"
    return json.dumps(
        {"result": inside, "hasNextRow": False, "recordCnt": len(rows) if count is None else count}
    ).encode()


NOTICE = {
    "NEWS_ID": "11", "DATE_TIME": "04/05/2025 17:00", "LONG_TEXT": "Announcements and Notices - [Other]<br/>",
    "TITLE": "PURCHASE &#x2013; BITCOIN &amp; MORE<br/>", "FILE_TYPE": "PDF",
    "FILE_LINK": "/listedco/listconews/sehk/2025/0504/2025050401727.pdf",
}  # fmt: skip


def test_announcements_in_hong_kong_are_json_inside_json() -> None:
    (notice,), total = read_notices(titles(NOTICE))
    assert notice.at == datetime(2025, 5, 4, 17, 0, tzinfo=HONG_KONG), "the day comes first"
    assert notice.title == "PURCHASE – BITCOIN & MORE"
    assert total == 1
    assert read_notices(titles()) == ([], 0), 'none is the string "null"'


@pytest.mark.parametrize(
    "change",
    [{"DATE_TIME": "2025-05-04"}, {"FILE_LINK": "https://elsewhere.example/x.pdf"}, {"FILE_LINK": None}],
)
def test_a_row_that_cannot_be_read_is_left_out(change: dict[str, Any]) -> None:
    found, _ = read_notices(titles(NOTICE, NOTICE | change))
    assert len(found) == 1
    with pytest.raises(SourceChangedFormat):
        read_notices(titles(NOTICE | change))


def test_there_are_no_pages_so_more_rows_are_asked_for(canned: Any, limiter: Any) -> None:
    canned.answer(titles(NOTICE, count=140))
    canned.answer(titles(*[NOTICE] * 140))
    found, _ = HkexNews(canned.url, limiter).notices(7, date(2025, 1, 1), date(2025, 6, 1))
    assert len(found) == 140
    assert [path.partition("rowRange=")[2].partition("&")[0] for path, _ in canned.requests] == ["100", "140"]
    with pytest.raises(SourceChangedFormat):
        HkexNews(canned.url, limiter).document("/listedco/../../etc/passwd")


GLOBE = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:dc="http://dublincore.org/documents/dcmi-namespace/"><channel><title>News</title>
<item><guid isPermaLink="true">https://www.globenewswire.com/news-release/2026/10/02/1/0/en/a.html</guid>
<link>https://www.globenewswire.com/news-release/2026/10/02/1/0/en/a.html</link>
<category domain="https://www.globenewswire.com/rss/stock">Nasdaq:ACME</category>
<category domain="http://www.globenewswire.com/rss/stock">NYSE American: ACMW</category>
<category domain="https://www.globenewswire.com/rss/ISIN">US0000000001</category><category>Company News</category>
<title>Acme &amp; Sons buys</title><description><![CDATA[<p>AUSTIN</p>]]></description>
<pubDate>Fri, 02 Oct 2026 18:06 GMT</pubDate><dc:contributor>Acme Corp.</dc:contributor></item>{more}</channel></rss>"""


def test_a_release_with_its_listings_and_a_time_without_seconds() -> None:
    (release,), unreadable = read_feed(
        "globenewswire", GLOBE.replace("{more}", "<item><title>bad</title></item>").encode()
    )
    assert release.listings == ("Nasdaq:ACME", "NYSE American: ACMW")
    assert release.at == datetime(2026, 10, 2, 18, 6, tzinfo=UTC)
    assert (release.issuer, release.title, unreadable) == ("Acme Corp.", "Acme & Sons buys", 1)


def test_times_as_newswires_write_them() -> None:
    assert moment("Fri, 2 Oct 2026 18:33:00 +0000") == datetime(2026, 10, 2, 18, 33, tzinfo=UTC)
    assert moment("Fri, 02 Oct 2026 14:33 EDT") == datetime(2026, 10, 2, 18, 33, tzinfo=UTC)
    assert moment("yesterday") is None
    assert moment("") is None


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><rss><channel>&b;</channel></rss>'
)
FILE = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><channel>&a;</channel></rss>'


@pytest.mark.parametrize(
    "body",
    ["<html><body>wait</body></html>", "", "{}", "<rss><channel>", "<rss/>", "<feed/>", BOMB, FILE,
     "<rss><channel><item><title>x</title></item></channel></rss>"],
    ids=["html", "empty", "json", "cut", "no channel", "atom", "entities", "files", "no item"],
)  # fmt: skip
def test_what_is_no_feed_is_a_changed_format(body: str) -> None:
    with pytest.raises(SourceChangedFormat):
        read_feed("prnewswire", body.encode())


def test_a_releases_page_is_asked_for_only_at_the_wire_itself(canned: Any, limiter: Any) -> None:
    for wire in (GlobeNewswire(canned.url, limiter), PrNewswire(canned.url, limiter)):
        assert wire.page("https://elsewhere.example/news/1") is None
        canned.answer("<html>text</html>")
        assert wire.page(f"{wire.home}/news-release/1.html") == b"<html>text</html>"
        assert canned.requests[-1][0] == "/news-release/1.html"
    assert path_of("ftp://www.prnewswire.com/x", "https://www.prnewswire.com") is None
    assert path_of("http://www.prnewswire.com/x?y=1", "https://www.prnewswire.com") == "/x?y=1"
