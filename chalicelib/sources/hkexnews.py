"""HKEXnews, the Hong Kong exchange's archive of announcements: a stock's own number there, its announcements, their PDFs.

A stock code is not what the archive searches by: the prefix search (JSONP) gives the number of each code. The title
search answers JSON whose `result` is again JSON in a string, or "null". There are no pages: who wants more raises rowRange.
Times are Hong Kong's, dates day first. Texts hold HTML entities and <br/>. About one request a second is what it stands.
"""

from __future__ import annotations

import html
import json
import re
from datetime import date, datetime, timedelta, timezone
from typing import Any, NamedTuple

from chalicelib.sources.client import Budget, Http, Limiter, SourceChangedFormat, SourceNotFound
from chalicelib.sources.fields import Fields

SOURCE = "hkexnews"
CALLS_PER_SECOND = 1
FIRST_ROWS, MOST_ROWS = 100, 2000
HONG_KONG = timezone(timedelta(hours=8))
_JSONP = re.compile(rb"\s*[A-Za-z_$][\w$.]*\s*\((?P<inside>.*)\)\s*;?\s*", re.DOTALL)
_FILE = re.compile(r"/listedco/[\w/.-]{1,200}")
_TAG = re.compile(r"<[^>]{0,100}>")


class Stock(NamedTuple):
    """A listed stock: the archive's own number, its code of five digits, its short name."""

    number: int
    code: str
    name: str


class Notice(NamedTuple):
    """One announcement: its category in words, and the path of its file."""

    id: str
    at: datetime
    category: str
    title: str
    file_type: str
    path: str


class HkexNews:
    """Announcements by stock code. Errors: any SourceError of errors.py."""

    home = "https://www1.hkexnews.hk"

    def __init__(self, base_url: str, limiter: Limiter, *, contact: str | None = None) -> None:
        self._http = Http(
            SOURCE, base_url, limiter, [Budget.at_most(SOURCE, CALLS_PER_SECOND, 1)], contact=contact
        )

    def stock(self, code: str) -> Stock:
        """The stock with this code (434, 0434 or 00434). Raises SourceNotFound."""
        query = {
            "callback": "callback",
            "lang": "EN",
            "type": "A",
            "name": code.lstrip("0") or "0",
            "market": "SEHK",
        }
        wanted = code.zfill(5)
        for stock in read_stocks(self._http.get("/search/prefix.do", query).body):
            if stock.code == wanted:
                return stock
        raise SourceNotFound(SOURCE, f"there is no stock {wanted}")

    def notices(self, number: int, first: date, last: date) -> tuple[list[Notice], bytes]:
        """A stock's announcements from day to day in English, and the answer as it came."""
        rows = FIRST_ROWS
        while True:
            answer = self._http.get("/search/titleSearchServlet.do", _search(number, first, last, rows)).body
            found, there = read_notices(answer)
            if there <= rows or rows >= MOST_ROWS:
                return found, answer
            rows = min(MOST_ROWS, there)

    def document(self, path: str) -> bytes:
        """The file of an announcement."""
        if not _FILE.fullmatch(path) or ".." in path:
            raise SourceChangedFormat(SOURCE, f"{path[:60]!r} is no file of the archive")
        return self._http.get(path).body

    def document_url(self, path: str) -> str:
        return f"{self.home}{path}"


def _search(number: int, first: date, last: date, rows: int) -> dict[str, str]:
    return {
        "sortDir": "0", "sortByOptions": "DateTime", "category": "0", "market": "SEHK", "stockId": str(number),
        "documentType": "-1", "fromDate": f"{first:%Y%m%d}", "toDate": f"{last:%Y%m%d}", "title": "", "searchType": "1",
        "t1code": "-2", "t2Gcode": "-2", "t2code": "-2", "rowRange": str(rows), "lang": "EN",
    }  # fmt: skip


def read_stocks(body: bytes) -> list[Stock]:
    """The answer of the prefix search. Raises SourceChangedFormat."""
    wrapped = _JSONP.fullmatch(body)
    if wrapped is None:
        raise SourceChangedFormat(SOURCE, "the prefix search does not answer JSONP")
    listed = Fields(SOURCE, "prefix", _parsed(wrapped["inside"], "prefix")).part("stockInfo", list).values
    found = []
    for entry in listed:
        fields = Fields(SOURCE, "stockInfo", entry)
        found.append(Stock(fields.whole("stockId"), fields.text("code"), _plain(fields.text("name"))))
    return found


def read_notices(body: bytes) -> tuple[list[Notice], int]:
    """The answer of the title search, and how many announcements there are in all. Raises SourceChangedFormat."""
    fields = Fields(SOURCE, "titleSearch", _parsed(body, "titleSearch"))
    total = fields.raw("recordCnt", 0)
    total = int(total) if isinstance(total, int) or str(total).isdigit() else 0
    inside = fields.raw("result")
    rows = _parsed(inside, "result") if isinstance(inside, str) else inside
    if rows is None:
        return [], 0
    found = [one for row in Fields(SOURCE, "result", rows, list).values if (one := _notice(row)) is not None]
    if rows and not found:
        raise SourceChangedFormat(SOURCE, "no row of the result can be read")
    return found, max(total, len(rows))


def _notice(row: Any) -> Notice | None:
    if not isinstance(row, dict):
        return None
    texts = {
        name: _plain(str(row.get(name) or ""))
        for name in ("NEWS_ID", "DATE_TIME", "LONG_TEXT", "TITLE", "FILE_TYPE", "FILE_LINK")
    }
    try:
        at = datetime.strptime(texts["DATE_TIME"], "%d/%m/%Y %H:%M").replace(tzinfo=HONG_KONG)
    except ValueError:
        return None
    path = texts["FILE_LINK"]
    if not _FILE.fullmatch(path):
        return None
    return Notice(
        texts["NEWS_ID"] or path, at, texts["LONG_TEXT"], texts["TITLE"], texts["FILE_TYPE"].upper(), path
    )


def _parsed(body: bytes | str, what: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise SourceChangedFormat(SOURCE, f"{what}: not JSON") from None


def _plain(text: str) -> str:
    return " ".join(_TAG.sub(" ", html.unescape(text)).split())
