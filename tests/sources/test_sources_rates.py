"""Exchange rates: the ECB's daily ones and Open Exchange Rates' hourly ones."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.sources.bars import Rate
from chalicelib.sources.client import SourceChangedFormat, SourceRateLimited, SourceRefused
from chalicelib.sources.ecb import Ecb
from chalicelib.sources.openexchangerates import OpenExchangeRates

HISTORY = (
    "Date,USD,JPY,BGN,CYP,ISK,ILS,\n"
    "2019-07-10,1.1220,122.11,1.9558,N/A,141.5,4.0034,\n"
    "2019-04-10,1.1279,125.38,1.9558,N/A,N/A,4.0351,\n"
    "2018-01-02,N/A,125.38,1.9558,N/A,N/A,4.0351,\n"
)
DAILY = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
 xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
<gesmes:subject>Reference rates</gesmes:subject>
<gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
<Cube><Cube time='2026-01-13'><Cube currency='USD' rate='1.1654'/><Cube currency='JPY' rate='184.60'/>
<Cube currency='GBP' rate='0.86650'/></Cube></Cube></gesmes:Envelope>"""


def zipped(text: str, name: str = "eurofxref-hist.csv") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, text)
    return file.getvalue()


def history(canned: Any, limiter: Any, text: str, since: date | None = None) -> list[Rate]:
    canned.answer(zipped(text))
    return Ecb(canned.url, limiter).history(since)


def test_a_rate_is_the_cross_of_two_euro_rates(canned: Any, limiter: Any) -> None:
    rates = history(canned, limiter, HISTORY)
    april = datetime(2019, 4, 10, 14, 0, tzinfo=UTC)
    assert rates[:4] == [
        Rate("EUR", Decimal("1.1279"), april),
        Rate("BGN", Decimal("0.576694958584722364"), april),
        Rate("ILS", Decimal("0.279522192758543778"), april),
        Rate("JPY", Decimal("0.00899585260807146275"), april),
    ]


def test_rates_run_from_the_oldest_day_and_skip_what_is_not_available(canned: Any, limiter: Any) -> None:
    rates = history(canned, limiter, HISTORY)
    assert [(rate.as_of.date().isoformat(), rate.currency) for rate in rates] == [
        ("2019-04-10", "EUR"), ("2019-04-10", "BGN"), ("2019-04-10", "ILS"), ("2019-04-10", "JPY"),
        ("2019-07-10", "EUR"), ("2019-07-10", "BGN"), ("2019-07-10", "ILS"), ("2019-07-10", "ISK"),
        ("2019-07-10", "JPY"),
    ]  # fmt: skip


def test_columns_are_read_by_name_in_whatever_order(canned: Any, limiter: Any) -> None:
    reordered = "Date,ILS,USD,JPY,\r\n2019-04-10,4.0351,1.1279,125.38,\r\n"
    by_name = {rate.currency: rate.rate_to_usd for rate in history(canned, limiter, reordered)}
    usual = {rate.currency: rate.rate_to_usd for rate in history(canned, limiter, HISTORY, date(2019, 4, 10))}
    assert by_name["JPY"] == Decimal("0.00899585260807146275")
    assert set(by_name) == {"EUR", "ILS", "JPY"} < set(usual)


def test_since_leaves_out_older_days(canned: Any, limiter: Any) -> None:
    assert {rate.as_of.date() for rate in history(canned, limiter, HISTORY, date(2019, 4, 11))} == {
        date(2019, 7, 10)
    }


def test_rates_are_known_at_four_in_the_afternoon_in_frankfurt(canned: Any, limiter: Any) -> None:
    winter = history(canned, limiter, "Date,USD,\n2026-01-13,1.1654,\n")
    summer = history(canned, limiter, "Date,USD,\n2026-07-13,1.1654,\n")
    assert winter[0].as_of == datetime(2026, 1, 13, 15, 0, tzinfo=UTC)
    assert summer[0].as_of == datetime(2026, 7, 13, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Date,JPY,\n2026-01-13,184.6,\n",
        "Day,USD,\n2026-01-13,1.1,\n",
        "Date,USD,\n13 January 2026,1.1,\n",
        "Date,USD,JPY,\n2026-01-13,1.1,zero,\n",
        "Date,USD,JPY,\n2026-01-13,1.1,0,\n",
        "Date,USD,JPY,\n2026-01-13,-1.1,184,\n",
    ],
)
def test_a_history_of_another_shape_is_a_changed_format(canned: Any, limiter: Any, text: str) -> None:
    with pytest.raises(SourceChangedFormat):
        history(canned, limiter, text)


@pytest.mark.parametrize(
    "body", [b"<html>maintenance</html>", b"", zipped("x", "readme.txt"), zipped(HISTORY)[:-30]]
)
def test_what_is_no_zip_of_one_csv_is_a_changed_format(canned: Any, limiter: Any, body: bytes) -> None:
    canned.answer(body)
    with pytest.raises(SourceChangedFormat):
        Ecb(canned.url, limiter).history(None)


def test_a_zip_that_swells_is_refused(canned: Any, limiter: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.sources.ecb.MAX_BYTES", 50)
    with pytest.raises(SourceChangedFormat, match="larger"):
        history(canned, limiter, HISTORY)


def test_todays_rates_come_from_the_daily_xml(canned: Any, limiter: Any) -> None:
    canned.answer(DAILY)
    as_of = datetime(2026, 1, 13, 15, 0, tzinfo=UTC)
    assert Ecb(canned.url, limiter).daily() == [
        Rate("EUR", Decimal("1.1654"), as_of),
        Rate("GBP", Decimal("1.34495095210617426"), as_of),
        Rate("JPY", Decimal("0.00631310942578548212"), as_of),
    ]
    assert canned.requests[0][0] == "/stats/eurofxref/eurofxref-daily.xml"


@pytest.mark.parametrize(
    "body",
    [
        DAILY.replace("?>", '?><!DOCTYPE lolz [<!ENTITY lol "lol">]>', 1),
        DAILY.replace("?>", '?><!DOCTYPE x SYSTEM "file:///etc/passwd">', 1),
        DAILY.encode("utf-16"),
        DAILY[:-20],
        DAILY.replace("time=", "day="),
        DAILY.replace("'USD'", "'UST'"),
        DAILY.replace("184.60", "many"),
        "<html><body>Down for maintenance</body></html>",
    ],
)
def test_a_dtd_or_other_xml_is_a_changed_format(canned: Any, limiter: Any, body: str | bytes) -> None:
    canned.answer(body)
    with pytest.raises(SourceChangedFormat):
        Ecb(canned.url, limiter).daily()


def test_the_ecbs_two_files_agree(standins: Any, limiter: Any) -> None:
    client = Ecb(standins.url("ecb"), limiter)
    daily = client.daily()
    assert client.history(daily[0].as_of.date()) == daily
    assert {bucket for bucket, *_ in limiter.spent} == {"ecb"}


LATEST = (
    '{"disclaimer":"…","license":"…","timestamp":1700000400,"base":"USD",'
    '"rates":{"AED":3.6731,"BTC":0.000027,"EUR":0.935,"JPY":151.5,"USD":1,"VND":24350}}'
)


def test_units_per_dollar_are_turned_round(canned: Any, limiter: Any) -> None:
    canned.answer(LATEST)
    rates = {rate.currency: rate for rate in OpenExchangeRates(canned.url, limiter, "app-id-1").latest()}
    assert sorted(rates) == ["AED", "BTC", "EUR", "JPY", "VND"]
    assert rates["EUR"].rate_to_usd == Decimal("1.06951871657754011")
    assert rates["JPY"].rate_to_usd == Decimal("0.00660066006600660066")
    assert rates["BTC"].rate_to_usd == Decimal("37037.0370370370370")
    assert rates["VND"].as_of == datetime(2023, 11, 14, 22, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"base":"USD"', '"base":"EUR"'),
        ('"timestamp":1700000400', '"timestamp":"now"'),
        ('"rates"', '"quotes"'),
        ("151.5", "0"),
        ("151.5", "-1"),
        ("151.5", "null"),
        ("151.5", "NaN"),
        ("151.5", '"many"'),
    ],
)
def test_an_hour_of_another_shape_is_a_changed_format(canned: Any, limiter: Any, old: str, new: str) -> None:
    canned.answer(LATEST.replace(old, new))
    with pytest.raises(SourceChangedFormat):
        OpenExchangeRates(canned.url, limiter, "app-id-1").latest()


def test_without_an_app_id_nothing_is_asked(limiter: Any) -> None:
    with pytest.raises(SourceRefused, match="app id"):
        OpenExchangeRates("http://127.0.0.1:9", limiter, None).latest()
    assert limiter.spent == []


def test_a_wrong_app_id_is_a_refusal_that_does_not_show_it(standins: Any, limiter: Any) -> None:
    with pytest.raises(SourceRefused) as raised:
        OpenExchangeRates(standins.url("oxr"), limiter, "invalid").latest()
    assert "app_id" in raised.value.detail
    assert "invalid" not in raised.value.detail


def test_a_429_about_the_plan_is_a_refusal_and_one_about_haste_is_not(canned: Any, limiter: Any) -> None:
    client = OpenExchangeRates(canned.url, limiter, "app-id-1")
    canned.answer({"error": True, "status": 429, "message": "not_allowed", "description": "…"}, status=429)
    with pytest.raises(SourceRefused):
        client.latest()
    canned.answer({"error": True, "status": 429, "message": "too_many_requests"}, status=429)
    with pytest.raises(SourceRateLimited):
        client.latest()
    assert limiter.blocked == [("openexchangerates", 60.0)]


def test_a_month_of_hourly_calls_fits_the_budget(standins: Any, limiter: Any) -> None:
    OpenExchangeRates(standins.url("openexchangerates"), limiter, "app-id-1").latest()
    [(bucket, cost, burst, per_seconds)] = limiter.spent
    month = 31 * 86_400
    assert (bucket, cost) == ("openexchangerates", 1)
    assert burst + month * burst / per_seconds == pytest.approx(1000)
    assert 24 * 31 * cost < month * burst / per_seconds
