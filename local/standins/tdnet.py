"""TDnet: lists of a day's announcements, kept for 31 days, and their PDF files."""

from __future__ import annotations

import re
from datetime import date, datetime

from local.standins.announcements import TOKYO, TokyoNotice
from local.standins.wire import Reply, Request

KEPT_DAYS = 31
ROWS = 100


def reply(request: Request) -> Reply:
    """Answer one request. A day without announcements is not found."""
    there = [it for it in request.histories.announcements.tokyo if it.at <= request.now]
    if found := re.fullmatch(r"/inbs/I_list_([0-9]{3})_([0-9]{8})\.html", request.path):
        day = datetime.strptime(found[2], "%Y%m%d").replace(tzinfo=TOKYO).date()
        rows = [it for it in there if it.at.astimezone(TOKYO).date() == day]
        age = (request.now.astimezone(TOKYO).date() - day).days
        first = (int(found[1]) - 1) * ROWS
        if 0 <= age < KEPT_DAYS and 0 <= first < len(rows):
            return Reply(200, _page(day, rows, first).encode(), "text/html; charset=utf-8")
    if found := re.fullmatch(r"/inbs/([0-9A-Za-z]+\.pdf)", request.path):
        notice = next((it for it in there if it.document == found[1]), None)
        if notice is not None:
            return Reply(200, notice.pdf(), "application/pdf")
    return Reply(404, b"<html><body>Not Found</body></html>", "text/html")


def _page(day: date, rows: list[TokyoNotice], first: int) -> str:
    shown = rows[first : first + ROWS]
    lines = "".join(_row(notice, "odd" if number % 2 == 0 else "even") for number, notice in enumerate(shown))
    pages = "".join(
        f'<div class="pager-M" onclick="pagerLink(\'I_list_{number + 1:03d}_{day:%Y%m%d}.html\')">{number + 1}</div>'
        for number in range(-(-len(rows) // ROWS))
    )
    return (
        f'<!DOCTYPE html><html lang="ja"><head><meta charset="UTF-8"></head><body><div id="kaiji-date-1">{day.year}年'
        f'{day.month:02d}月{day.day:02d}日</div><div class="kaijiSum">{first + 1}～{first + len(shown)}件 / '
        f'全{len(rows)}件</div>{pages}<table id="main-list-table">{lines}</table></body></html>'
    )


def _row(notice: TokyoNotice, kind: str) -> str:
    at = notice.at.astimezone(TOKYO)
    return (
        f'<tr><td class="{kind}new-L kjTime" noWrap>{at:%H:%M}</td><td class="{kind}new-M kjCode" noWrap>{notice.code}</td>'
        f'<td class="{kind}new-M kjName" noWrap>{notice.name}　　　</td><td class="{kind}new-M kjTitle" align="left">'
        f'<a href="{notice.document}" target="_blank">{notice.title}</a></td><td class="{kind}new-M kjXbrl"> </td>'
        f'<td class="{kind}new-M kjPlace">東　</td><td class="{kind}new-R kjHistroy">　　　</td></tr>'
    )
