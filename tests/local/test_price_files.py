"""Price histories in CSV, and what a file name may mean."""

from __future__ import annotations

from datetime import date

import pytest

from local.price_files import UnreadableFile, parse, symbols_of
from tests.local.reading import HEADER, bar, only, read, refusals

# ---------------------------------------------------------------- CSV


def test_a_plain_file() -> None:
    parsed = read(HEADER + "2017-08-16,4261.48,4485.39,4200.74,4285.08,795.150377\n")
    assert only(parsed) == [bar("2017-08-16", "4261.48", "4485.39", "4200.74", "4285.08", "795.150377")]
    assert (parsed.layout, parsed.accepted, parsed.refused) == ("CSV", 1, [])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_byte_order_marks_and_line_endings(encoding: str, ending: str) -> None:
    text = f"date,open,high,low,close,volume{ending}1/2/1990,1,2,0.5,1.5,0{ending}1/13/1990,1,2,0.5,1.5,0{ending}"
    assert [b.day.day for b in only(parse(text.encode(encoding)))] == [2, 13]


def test_old_encodings() -> None:
    assert only(parse("Date,Close,Währung\n2021-03-04,1.5,€\n".encode("cp1252")))


def test_either_date_order() -> None:
    rows = "{},1\n{},2\n"
    american = read("Date,Close\n" + rows.format("2/1/2021", "2/28/2021"))
    german = read("Date,Close\n" + rows.format("1/2/2021", "28/2/2021"))
    assert [b.at for b in only(american)] == [b.at for b in only(german)]


def test_a_date_order_that_stays_open() -> None:
    text = "Date,Close\n2/1/2021,1\n3/1/2021,2\n"
    with pytest.raises(UnreadableFile, match="--date-order"):
        read(text)
    assert [b.day for b in only(read(text, date_order="dmy"))] == [date(2021, 1, 2), date(2021, 1, 3)]
    assert [b.day for b in only(read(text, date_order="mdy"))] == [date(2021, 2, 1), date(2021, 3, 1)]


def test_yahoo() -> None:
    parsed = read(
        "Date,Open,High,Low,Close,Adj Close,Volume\n"
        "2021-03-04,10.0,12.0,9.0,11.0,5.5,1000\n"
        "2021-03-05,null,null,null,null,null,null\n"
    )
    assert parsed.layout == "Yahoo"
    assert only(parsed) == [bar("2021-03-04", "10.0", "12.0", "9.0", "11.0", "1000")]  # paid, not adjusted
    assert refusals(parsed) == {"line 3": "no close"}


def test_stooq() -> None:
    parsed = read("Date,Open,High,Low,Close,Volume\n2021-03-04,10,12,9,11\n")
    assert only(parsed) == [bar("2021-03-04", "10", "12", "9", "11", None)]


def test_stooq_bulk() -> None:
    parsed = read(
        "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n"
        "MSTR.US,D,20210304,000000,10,12,9,11,1000,0\n"
        "MSTR.US,60,20210304,160000,10,12,9,11,1000,0\n"
        "RIOT.US,D,20210304,000000,1,2,1,2,5,0\n"
    )
    assert parsed.layout == "Stooq"
    assert [(series.symbol, len(series.bars)) for series in parsed.series] == [("MSTR.US", 1), ("RIOT.US", 1)]
    assert refusals(parsed) == {"line 3": "period 60 is not one day"}


KLINE = "{},4261.48,4485.39,4200.74,4285.08,795.15,{},3454770.05,3427,616.24,2678216.40,0\n"


def test_binance_without_a_header() -> None:
    milliseconds = read(KLINE.format(1502841600000, 1502927999999))
    microseconds = read(KLINE.format(1735689600000000, 1735775999999999))
    assert milliseconds.layout == "Binance klines"
    assert only(milliseconds) == [bar("2017-08-16", "4261.48", "4485.39", "4200.74", "4285.08", "795.15")]
    assert only(microseconds)[0].day == date(2025, 1, 1)


def test_binance_with_a_header() -> None:
    header = (
        "open_time,open,high,low,close,volume,close_time,quote_volume,count,"
        "taker_buy_volume,taker_buy_quote_volume,ignore\n"
    )
    parsed = read(header + KLINE.format(1502841600000, 1502927999999))
    assert parsed.layout == "Binance klines"
    assert len(only(parsed)) == 1


def test_binance_of_another_interval() -> None:
    hours = read(KLINE.format(1502841600000, 1502845199999) + KLINE.format(1502845200000, 1502848799999))
    weeks = read(KLINE.format(1502668800000, 1503273599999))
    assert "not midnight" in refusals(hours)["line 2"]
    assert refusals(weeks) == {"line 1": "its period is not one day"}


def test_thousands_quotes_and_currency_signs() -> None:
    parsed = read(
        'Date,Close/Last,Volume,Open,High,Low\n03/14/2024,"$1,700.12","1,234,567","$1,650.00","$1,800.5",$999.5\n'
    )
    assert only(parsed) == [bar("2024-03-14", "1650.00", "1800.5", "999.5", "1700.12", "1234567")]


def test_semicolons_and_decimal_commas() -> None:
    parsed = read("Date;Open;Close\n04.03.2024;1.234,50;1.250\n")
    assert only(parsed) == [bar("2024-03-04", "1234.50", None, None, "1250", None)]


def test_numbers_that_can_be_read_in_two_ways() -> None:
    with pytest.raises(UnreadableFile, match="1,234"):
        read("Date;Close\n2024-03-04;1,234\n2024-03-05;1,235\n")


def test_bad_lines_are_refused_one_by_one() -> None:
    parsed = read(
        HEADER
        + "2021-03-01,1,2,0.5,1.5,10\n"
        + "2021-03-02,1,2,0.5,x,10\n"
        + "\n"
        + "2021-02-30,1,2,0.5,1.5,10\n"
        + "2021-03-04\n"
        + "2021-03-01,9,9,9,9,9\n"
        + "2021-03-05,1,2,0,1.5,10\n"
        + "2021-03-06,1,2,0.5,-1,10\n"
        + "2031-03-06,1,2,0.5,1,10\n"
        + "1821-03-06,1,2,0.5,1,10\n"
        + "2021-03-08,,,,1.5,\n",
        today=date(2026, 1, 1),
    )
    assert [b.day.day for b in only(parsed)] == [1, 8]
    assert refusals(parsed) == {
        "line 3": "close: 'x' is not a number",
        "line 5": "'2021-02-30' is not a date of the calendar",
        "line 6": "only 1 columns",
        "line 7": "2021-03-01 was there already (line 2)",
        "line 8": "low: a price must be above zero",
        "line 9": "close: '-1' is not a number",
        "line 10": "2031-03-06 is in the future",
        "line 11": "1821-03-06 is before 1900",
    }


def test_bars_come_oldest_first() -> None:
    assert [b.day.day for b in only(read("Date,Close\n2021-03-05,1\n2021-03-01,1\n"))] == [1, 5]


def test_a_line_of_advertisement_before_the_header() -> None:
    parsed = read(
        "https://www.example.com\nUnix,Date,Symbol,Open,High,Low,Close,Volume BTC\n"
        "1614816000,2021-03-04 00:00:00,BTC/USD,1,2,1,2,3\n"
    )
    assert parsed.series[0].symbol == "BTC/USD"
    assert only(parsed)[0].close == "2"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"  \n\n", "empty"),
        (b"\x7fELF\x00\x01", "not a text file"),
        (b"name,age\nx,1\n", "names no columns"),
        (b"<html><body>Not found</body></html>", "names no columns"),
        (b"{", "not valid JSON"),
        (b"{}", "layout"),
        (b'{"error": "no such symbol"}', "layout"),
        (b"[" * 100_000, "not valid JSON"),
    ],
)
def test_what_cannot_be_used(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        parse(content)


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("BTCUSDT-1d-2024-01.csv", "BTCUSDT"),
        ("BTCUSDT-1d-2024-01-31.csv", "BTCUSDT"),
        ("3350_T.json", "3350.T"),
        ("0434_HK.json", "0434.HK"),
        ("mstr_us_d.csv", "MSTR"),
        ("MSTR.US", "MSTR"),
        ("mstr.us.txt", "MSTR"),
        ("BTC-USD.csv", "BTC"),
        ("MSTR (1).csv", "MSTR"),
        ("BRK-B.csv", "BRK-B"),
    ],
)
def test_what_a_name_may_mean(name: str, meant: str) -> None:
    assert meant in symbols_of(name)
