"""TDnet, the Tokyo Stock Exchange's disclosure service: a day's announcements, and their PDF files.

Pages of a day: /inbs/I_list_001_YYYYMMDD.html, I_list_002_…, a hundred rows each, kept for 31 days. A day without
announcements (weekends, holidays) answers 404. Codes have five characters, the last a check digit, 0 for ordinary shares;
some have letters (285A0). Times are Tokyo's. No limits are published; we ask once a second at most.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from html.parser import HTMLParser
from typing import NamedTuple

from chalicelib.sources.client import (
    Budget,
    Http,
    Limiter,
    SourceChangedFormat,
    SourceNotFound,
    SourceUnavailable,
)

SOURCE = "tdnet"
CALLS_PER_MINUTE = 60
ROWS_PER_PAGE = 100
MAX_PAGES = 40  # the busiest days, when a quarter's results come out, have about half as many
KEPT = timedelta(days=31)
TOKYO = timezone(timedelta(hours=9))
_TOTAL = re.compile(r"全\s*([0-9,]+)\s*件")
_DAY = re.compile(r"([0-9]{4})年\s*([0-9]{1,2})月\s*([0-9]{1,2})日")
_CODE = re.compile(r"[0-9][0-9A-Z]{3}[0-9]")
_DOCUMENT = re.compile(r"[0-9A-Za-z]{8,40}\.pdf")
_CELLS = {"kjTime": "time", "kjCode": "code", "kjName": "name", "kjTitle": "title"}


class Announcement(NamedTuple):
    """One row of a day's list. `document` is the PDF's name; None where there is none (any more)."""

    code: str
    at: datetime
    name: str
    title: str
    document: str | None


class DayPage(NamedTuple):
    """One page of a day's list: its announcements, how many the day has in all, and rows that could not be read."""

    announcements: tuple[Announcement, ...]
    total: int
    unreadable: int


class Tdnet:
    """Announcements by day. Errors: any SourceError of errors.py."""

    home = "https://www.release.tdnet.info"

    def __init__(self, base_url: str, limiter: Limiter, *, contact: str | None = None) -> None:
        self._http = Http(
            SOURCE,
            base_url,
            limiter,
            [Budget.at_most(SOURCE, CALLS_PER_MINUTE, 60, at_once=0.1)],
            contact=contact,
        )

    def day(self, day: date) -> tuple[list[Announcement], bytes]:
        """All announcements of a day (none on a holiday), and the first page as it came.

        A later page that the first one promises and that is not there is on its way: SourceUnavailable, as it passes.
        """
        try:
            first = self._page(day, 1)
        except SourceNotFound:
            return [], b""
        page = read_page(first)
        found = list(page.announcements)
        for number in range(2, min(MAX_PAGES, -(-page.total // ROWS_PER_PAGE)) + 1):
            try:
                found += read_page(self._page(day, number)).announcements
            except SourceNotFound as error:
                missing = (
                    f"page {number} of {day} is not there, though the day has {page.total} announcements"
                )
                raise SourceUnavailable(SOURCE, missing) from error
        return found, first

    def document(self, name: str) -> bytes:
        """The PDF of an announcement."""
        if not _DOCUMENT.fullmatch(name):
            raise SourceChangedFormat(SOURCE, f"{name[:60]!r} is no file name")
        return self._http.get(f"/inbs/{name}").body

    def document_url(self, name: str) -> str:
        return f"{self.home}/inbs/{name}"

    def _page(self, day: date, number: int) -> bytes:
        return self._http.get(f"/inbs/I_list_{number:03d}_{day:%Y%m%d}.html").body


def read_page(body: bytes) -> DayPage:
    """A page of a day's list. Raises SourceChangedFormat for a page without its table, day or total."""
    reader = _Page()
    reader.feed(body.decode("utf-8", "replace"))
    reader.close()
    text = "".join(reader.head)
    day, total = _DAY.search(text), _TOTAL.search(text)
    if not reader.has_table or day is None or total is None:
        raise SourceChangedFormat(SOURCE, "the page has no list of announcements with its day and total")
    on = date(int(day[1]), int(day[2]), int(day[3]))
    found = [one for row in reader.rows if (one := _announcement(row, on)) is not None]
    if reader.rows and not found:
        raise SourceChangedFormat(SOURCE, "no row of the list can be read")
    return DayPage(tuple(found), int(total[1].replace(",", "")), len(reader.rows) - len(found))


def _announcement(row: dict[str, str], day: date) -> Announcement | None:
    code, title = row.get("code", "").strip(), row.get("title", "").strip(" \u3000\n\t\r")
    clock = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})", row.get("time", "").strip())
    if not _CODE.fullmatch(code) or not title or clock is None:
        return None
    at = datetime(day.year, day.month, day.day, int(clock[1]), int(clock[2]), tzinfo=TOKYO)
    link = row.get("link", "").rpartition("/")[2]
    document = link if _DOCUMENT.fullmatch(link) else None
    return Announcement(code, at, row.get("name", "").strip(" \u3000\n\t\r"), title, document)


class _Page(HTMLParser):
    """The rows of the table main-list-table, and all text outside it."""

    def __init__(self) -> None:
        super().__init__()
        self.has_table = False
        self.rows: list[dict[str, str]] = []
        self.head: list[str] = []
        self._inside = False
        self._cell: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "table" and given.get("id") == "main-list-table":
            self.has_table = self._inside = True
        elif self._inside and tag == "tr":
            self.rows.append({})
        elif self._inside and tag == "td":
            words = given.get("class", "").split()
            self._cell = next((_CELLS[word] for word in words if word in _CELLS), None)
        elif self._inside and tag == "a" and self._cell == "title" and self.rows:
            self.rows[-1].setdefault("link", given.get("href", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._inside = False
        if tag == "td":
            self._cell = None

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.head.append(data)
        elif self._cell is not None and self.rows:
            self.rows[-1][self._cell] = self.rows[-1].get(self._cell, "") + data
