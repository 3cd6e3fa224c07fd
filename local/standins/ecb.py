"""The ECB's eurofxref-hist.zip and eurofxref-daily.xml."""

from __future__ import annotations

from local.standins.wire import Reply, Request

_DAILY = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" \
xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
\t<gesmes:subject>Reference rates</gesmes:subject>
\t<gesmes:Sender>
\t\t<gesmes:name>European Central Bank</gesmes:name>
\t</gesmes:Sender>
\t<Cube>
\t\t<Cube time='{day}'>
{rates}
\t\t</Cube>
\t</Cube>
</gesmes:Envelope>"""


def reply(request: Request) -> Reply:
    """Answer one request."""
    if request.path == "/stats/eurofxref/eurofxref-hist.zip":
        return Reply(200, request.histories.rates.zipped(request.now), "application/zip")
    if request.path == "/stats/eurofxref/eurofxref-daily.xml":
        day, rates = request.histories.rates.latest(request.now)
        cubes = "\n".join(f"\t\t\t<Cube currency='{name}' rate='{rate}'/>" for name, rate in rates.items())
        return Reply(200, _DAILY.format(day=day, rates=cubes).encode(), "text/xml")
    return Reply(404, b"<html><body>Page not found</body></html>", "text/html")
