"""HKEXnews: the prefix search (JSONP), the title search (JSON inside JSON), and the PDF files."""

from __future__ import annotations

import json

from local.standins.announcements import HONG_KONG
from local.standins.wire import Reply, Request, answer


def reply(request: Request) -> Reply:
    """Answer one request."""
    announced = request.histories.announcements
    if request.path == "/search/prefix.do":
        wanted = request.query["name"].upper()
        stocks = [
            {"stockId": number, "code": code, "name": name}
            for code, (number, name) in announced.stocks.items()
            if code.lstrip("0").startswith(wanted) or name.startswith(wanted)
        ]
        body = json.dumps({"more": "1", "stockInfo": stocks})
        return Reply(200, f"{request.query['callback']}({body});\n".encode(), "application/javascript")
    if request.path == "/search/titleSearchServlet.do":
        return _titles(request)
    notice = next(
        (it for it in announced.hong_kong if it.path == request.path and it.at <= request.now), None
    )
    if notice is None:
        return Reply(404, b"<html><body>Not Found</body></html>", "text/html")
    return Reply(200, notice.pdf(), "application/pdf")


def _titles(request: Request) -> Reply:
    announced = request.histories.announcements
    codes = {
        code: name
        for code, (number, name) in announced.stocks.items()
        if str(number) == request.query["stockId"]
    }
    first, last = request.query["fromDate"], request.query["toDate"]
    rows = [
        {
            "FILE_INFO": "221KB", "NEWS_ID": str(12_000_000 + place), "SHORT_TEXT": it.category, "LONG_TEXT": it.category,
            "TOTAL_COUNT": "", "DOD_WEB_PATH": "", "STOCK_NAME": codes[it.code], "TITLE": it.title,
            "FILE_TYPE": it.file_type, "DATE_TIME": f"{it.at.astimezone(HONG_KONG):%d/%m/%Y %H:%M}", "STOCK_CODE": it.code,
            "FILE_LINK": it.path,
        }
        for place, it in enumerate(announced.hong_kong)
        if it.code in codes and it.at <= request.now and first <= f"{it.at.astimezone(HONG_KONG):%Y%m%d}" <= last
    ][::-1]  # fmt: skip
    shown = rows[: int(request.query["rowRange"])]
    return answer(
        {
            "result": json.dumps(shown) if shown else "null",
            "hasNextRow": len(shown) < len(rows),
            "rowRange": int(request.query["rowRange"]),
            "loadedRecord": len(shown),
            "recordCnt": len(rows),
        }
    )
