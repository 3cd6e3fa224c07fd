"""The European Central Bank's euro reference rates: about 30 currencies, every TARGET business day since
1999.

Format: www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates. The history is a
zipped CSV, newest day first, one column per currency (their order has changed over the years, so columns
are read by name), a comma at each line's end, N/A where there was no rate. Today's rates are an XML file.
All are units per 1 EUR.

A rate to USD is the cross of two of them: USD per EUR divided by XXX per EUR, to 18 significant digits. The
euro's is the USD column itself. A day without a USD rate gives nothing; USD itself is never listed. Rates
are published around 16:00 Central European Time for the concertation at 14:15; `as_of` is 16:00 in
Frankfurt, when the world knew.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Context, Decimal
from zoneinfo import ZoneInfo

from chalicelib.sources.bars import Rate
from chalicelib.sources.client import MAX_BYTES, Budget, Http, Limiter, SourceChangedFormat
from chalicelib.sources.fields import Fields

SOURCE = "ecb"
CALLS_PER_MINUTE = 10  # no published limit: the files change once a day
DIGITS = Context(prec=18)
FRANKFURT = ZoneInfo("Europe/Berlin")
PUBLISHED_AT = time(16, 0)
_CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"


class Ecb:
    """Daily rates to USD, oldest day first. Errors: any SourceError of errors.py."""

    home = "https://www.ecb.europa.eu"

    def __init__(self, base_url: str, limiter: Limiter, *, contact: str | None = None) -> None:
        budgets = [Budget.at_most(SOURCE, CALLS_PER_MINUTE, 60)]
        self._http = Http(SOURCE, base_url, limiter, budgets, contact=contact)

    def daily(self) -> list[Rate]:
        """The rates of the latest business day. Raises SourceChangedFormat for XML that declares a DTD."""
        return self._read_daily(self._http.get("/stats/eurofxref/eurofxref-daily.xml").body)

    def history(self, since: date | None) -> list[Rate]:
        """The rates of every business day from `since` (None: since 1999)."""
        text = self._unzip(self._http.get("/stats/eurofxref/eurofxref-hist.zip").body)
        lines = csv.reader(io.StringIO(text))
        names = [name.strip() for name in next(lines, [])]
        if names[:1] != ["Date"] or "USD" not in names:
            raise self._changed("the history's columns do not begin with Date or lack USD")
        days = [(self._date(line[0]), line[1:]) for line in lines if line]
        return [
            rate
            for day, rates in sorted(days)
            if since is None or day >= since
            for rate in self._cross(day, dict(zip(names[1:], rates, strict=False)))
        ]

    def _read_daily(self, body: bytes) -> list[Rate]:
        from xml.etree import ElementTree

        text = self._decode(body)
        # Entities are how XML is made to explode or to read files; only a DTD can declare them.
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise self._changed("the XML declares a DTD")
        try:
            root = ElementTree.fromstring(text)  # noqa: S314 -- it declares no entities
        except ElementTree.ParseError:
            raise self._changed("the daily rates are not XML") from None
        day = next((cube for cube in root.iter(_CUBE) if "time" in cube.attrib), None)
        if day is None:
            raise self._changed("the daily rates have no Cube with a time")
        per_euro = {cube.get("currency", ""): cube.get("rate", "") for cube in day}
        if "USD" not in per_euro:
            raise self._changed("the daily rates lack USD")
        return list(self._cross(self._date(day.attrib["time"]), per_euro))

    def _cross(self, day: date, per_euro: Mapping[str, str]) -> Iterable[Rate]:
        """Rates to USD from rates per euro; what is empty or N/A is left out."""
        given = Fields(SOURCE, f"rates of {day}", {name: text.strip() for name, text in per_euro.items()})
        if _absent(given.raw("USD")):
            return
        as_of = datetime.combine(day, PUBLISHED_AT, FRANKFURT).astimezone(UTC)
        dollars = Decimal(given.price("USD"))
        yield Rate("EUR", dollars, as_of)
        for currency, text in sorted(given.values.items()):
            if currency and currency != "USD" and not _absent(text):
                yield Rate(currency, DIGITS.divide(dollars, Decimal(given.price(currency))), as_of)

    def _unzip(self, body: bytes) -> str:
        try:
            with zipfile.ZipFile(io.BytesIO(body)) as archive:
                names = [name for name in archive.namelist() if name.endswith(".csv")]
                if len(names) != 1:
                    raise self._changed("the zip should hold one CSV file")
                if archive.getinfo(names[0]).file_size > MAX_BYTES:  # zipfile reads no further than this
                    raise self._changed(f"the history is larger than {MAX_BYTES} bytes")
                return self._decode(archive.read(names[0]))
        except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
            raise self._changed(f"the history is no zip file ({type(error).__name__})") from None

    def _decode(self, body: bytes) -> str:
        try:
            return body.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise self._changed("not UTF-8") from None

    def _date(self, text: str) -> date:
        try:
            return date.fromisoformat(text.strip())
        except ValueError:
            raise self._changed(f"{text[:20]!r} is no date") from None

    def _changed(self, detail: str) -> Exception:
        return self._http.error(SourceChangedFormat, detail)


def _absent(text: str) -> bool:
    return text in ("", "N/A")
