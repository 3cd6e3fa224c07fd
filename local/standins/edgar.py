"""EDGAR's two hosts in one: lists of filings and XBRL facts (data.sec.gov), documents (www.sec.gov)."""

from __future__ import annotations

import html
import re
from typing import Any

from local.standins.filers import Filed, Filer
from local.standins.wire import Reply, Request, answer

BLOCK_PAGE = (
    b"<!DOCTYPE html>\n<html><head><title>SEC.gov | Request Rate Threshold Exceeded</title></head><body>"
    b"<h1>Your Request Originates from an Undeclared Rate</h1><h1>Request Rate Threshold Exceeded</h1>"
    b"<p>To ensure equitable access, your requests have been limited to 10 per second. Access will be resumed once the "
    b"rate has dropped below the threshold for 10 minutes.</p></body></html>"
)
_UNDECLARED = (
    b"<html><head><title>SEC.gov | Your Request Originates from an Undeclared Automated Tool</title></head>"
    b"<body><p>Please declare your traffic by updating your user agent.</p></body></html>"
)
_NO_KEY = b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code></Error>'
_ARCHIVE = re.compile(r"/Archives/edgar/data/(?P<cik>[0-9]{1,10})/(?P<accession>[0-9]{18})/(?P<name>[^/]+)")


def reply(request: Request) -> Reply:
    """Answer one request; one without a declared User-Agent is refused, as the SEC does."""
    if "@" not in request.headers.get("User-Agent", ""):
        return Reply(403, _UNDECLARED, "text/html")
    if found := re.fullmatch(r"/submissions/CIK([0-9]{10})\.json", request.path):
        filer = request.histories.filers.get(found[1])
        return answer(_submissions(filer, request)) if filer else _missing()
    if found := re.fullmatch(r"/api/xbrl/companyfacts/CIK([0-9]{10})\.json", request.path):
        filer = request.histories.filers.get(found[1])
        if filer is None or filer.facts is None:
            return _missing()
        return Reply(200, filer.facts() if callable(filer.facts) else filer.facts)
    if found := _ARCHIVE.fullmatch(request.path):
        filer = request.histories.filers.get(found["cik"].zfill(10))
        filing = filer.filing(found["accession"]) if filer else None
        if filing is not None and filing.day <= request.now.date():
            return _file(filing, found["name"])
    return Reply(404, b"<html><body>404 Not Found</body></html>", "text/html")


def _submissions(filer: Filer, request: Request) -> dict[str, Any]:
    if filer.document is not None:
        return filer.document
    filed = [it for it in filer.filings if it.day <= request.now.date()][::-1]
    recent: dict[str, list[Any]] = {
        "accessionNumber": [it.accession for it in filed],
        "filingDate": [it.day.isoformat() for it in filed],
        "reportDate": [it.day.isoformat() for it in filed],
        # the Z is not to be believed: this is New York's clock
        "acceptanceDateTime": [f"{it.day}T08:00:28.000Z" for it in filed],
        "act": ["34"] * len(filed),
        "form": [it.form for it in filed],
        "items": [it.items for it in filed],
        "size": [374_910] * len(filed),
        "isXBRL": [1] * len(filed),
        "primaryDocument": [it.files[0].name for it in filed],
        "primaryDocDescription": [it.description or it.form for it in filed],
    }
    return {
        "cik": filer.cik,
        "entityType": "operating",
        "name": filer.name,
        "tickers": list(filer.tickers),
        "exchanges": ["Nasdaq"] * len(filer.tickers),
        "formerNames": [{"name": name, "from": None, "to": None} for name in filer.former_names],
        "filings": {"recent": recent, "files": []},
    }


def _file(filing: Filed, name: str) -> Reply:
    if name == "index.json":
        names = [file.name for file in filing.files] + [
            f"{filing.accession}.txt",
            f"{filing.accession}-index.html",
        ]
        items = [
            {"last-modified": str(filing.day), "name": it, "type": "text.gif", "size": ""} for it in names
        ]
        return answer({"directory": {"item": items, "name": "/Archives/edgar/data", "parent-dir": "/"}})
    if name == f"{filing.accession}-index-headers.html":
        documents = "".join(
            f"<DOCUMENT>\n<TYPE>{file.kind}\n<SEQUENCE>{number}\n<FILENAME>{file.name}\n</DOCUMENT>\n"
            for number, file in enumerate(filing.files, 1)
        )
        header = f"<SEC-HEADER>\nACCESSION NUMBER: {filing.accession}\n</SEC-HEADER>\n{documents}"
        return Reply(200, f"<html><body><pre>{html.escape(header)}</pre></body></html>".encode(), "text/html")
    file = next((file for file in filing.files if file.name == name), None)
    return Reply(200, file.read(), "text/html") if file is not None else _missing()


def _missing() -> Reply:
    return Reply(404, _NO_KEY, "application/xml")
