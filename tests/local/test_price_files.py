"""Price files: what layout they have, what is taken from them and what is refused."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from chalicelib.sources.bars import Bar, midnight_ms
from local.price_files import PriceFile, UnreadableFile, parse, symbols_of

HEADER = "date,open,high,low,close,volume\n"


def bar(day: str, *values: str | None) -> Bar:
    return Bar(midnight_ms(date.fromisoformat(day)), *values)  # type: ignore[arg-type]


def read(text: str, **options: object) -> PriceFile:
    return parse(text.encode(), **options)  # type: ignore[arg-type]


def only(parsed: PriceFile) -> list[Bar]:
    (series,) = parsed.series
    return series.bars


def refusals(parsed: PriceFile) -> dict[str, str]:
    return dict(parsed.refused)


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


# ---------------------------------------------------------------- JSON


def test_closes_by_date() -> None:
    parsed = read(
        '{"2024-02-08": {"BTC": 45304.610, "ETH": 2419.79}, "2024-02-09": {"BTC": 1E2, "ETH": null}}'
    )
    assert {series.symbol: [b.close for b in series.bars] for series in parsed.series} == {
        "BTC": ["45304.610", "100"],
        "ETH": ["2419.79"],
    }
    assert refusals(parsed) == {"2024-02-09 ETH": "no close"}


def test_one_assets_prices() -> None:
    content = {
        "ticker": "0434.HK",
        "exchange": "HKEX",
        "currency": "HKD",
        "prices": [
            {"date": "2024-01-02", "open": 0.5, "high": 0.6, "low": 0.4, "close": 0.55, "volume": 100},
            {"date": "2024-01-03", "close": float("nan")},
            {"date": "2024-01-04", "close": True},
            "odd",
        ],
    }
    parsed = read(json.dumps(content))
    (series,) = parsed.series
    assert (series.symbol, series.exchange, series.currency) == ("0434.HK", "HKEX", "HKD")
    assert series.bars == [bar("2024-01-02", "0.5", "0.6", "0.4", "0.55", "100")]
    assert refusals(parsed) == {
        "entry 2": "no close",
        "entry 3": "close: 'true' is not a number",
        "entry 4": "not an object with a date",
    }


def test_binances_api_answer() -> None:
    parsed = read(
        '[[1502841600000,"4261.48","4485.39","4200.74","4285.08","795.15",1502927999999,"1",2,"3","4","0"]]'
    )
    assert parsed.layout == "Binance klines"
    assert only(parsed) == [bar("2017-08-16", "4261.48", "4485.39", "4200.74", "4285.08", "795.15")]


def sampled(day: str, time: str | None, close: str, volume: str = "1") -> dict[str, object]:
    entry = {"date": day, "open": "1", "high": "9", "low": "0.5", "close": close, "volume": volume}
    return entry if time is None else {**entry, "time": time}


def closes(*entries: dict[str, object]) -> dict[str, str]:
    return {str(b.day): b.close for b in only(read(json.dumps({"prices": entries})))}


def test_of_a_days_samples_the_last_counts() -> None:
    assert closes(
        sampled("2026-02-10", "16:45", "133"),
        sampled("2026-02-10", "9:15", "138"),
        sampled("2026-02-11", "10:00", "7"),
    ) == {"2026-02-10": "133", "2026-02-11": "7"}


def test_samples_that_repeat_an_earlier_day_are_none_of_their_own() -> None:
    assert closes(
        sampled("2026-02-05", None, "5"),
        sampled("2026-02-06", "07:00", "5"),
        sampled("2026-02-06", "16:45", "6"),
        sampled("2026-02-06", "17:00", "5"),  # in the evening the source went back to the day before
        sampled("2026-02-07", "12:00", "6"),  # a Saturday
    ) == {"2026-02-05": "5", "2026-02-06": "6"}


def test_the_session_that_most_samples_are_of_is_the_days_own() -> None:
    assert closes(
        sampled("2026-02-06", "07:22", "4", "900"),  # still yesterday's, settled a little differently
        sampled("2026-02-06", "09:00", "6", "10"),
        sampled("2026-02-06", "16:00", "7", "500"),
        sampled("2026-02-06", "19:00", "8", "20"),  # tomorrow's, elsewhere in the world
    ) == {"2026-02-06": "7"}


def test_a_whole_day_wins_over_samples() -> None:
    assert closes(sampled("2026-02-06", None, "5"), sampled("2026-02-06", "16:45", "6")) == {
        "2026-02-06": "5"
    }


def test_a_day_without_any_move_is_told_from_a_repetition_by_its_volume() -> None:
    flat = {"open": "2", "high": "2", "low": "2", "close": "2"}
    entries = [
        {"date": "2026-02-05", **flat, "volume": "7"},
        {"date": "2026-02-06", "time": "16:00", **flat, "volume": "8"},
        {"date": "2026-02-07", "time": "16:00", **flat, "volume": "8"},
    ]
    assert list(closes(*entries)) == ["2026-02-05", "2026-02-06"]


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


# ---------------------------------------------------------------- real files


def test_real_stocks(prices_folder: Path) -> None:
    parsed = parse((prices_folder / "stocks" / "MSTR.json").read_bytes())
    (series,) = parsed.series
    assert (series.symbol, series.exchange, series.currency) == ("MSTR", "US", "USD")
    assert parsed.accepted + len(parsed.refused) == 1627
    assert [str(b.day) for b in series.bars[-9:]] == [
        "2026-02-05", "2026-02-06", "2026-02-09", "2026-02-10", "2026-02-11", "2026-02-12", "2026-02-13",
        "2026-02-17", "2026-02-18",
    ]  # fmt: skip
    assert {str(b.day): b.close for b in series.bars[-9:]}["2026-02-10"] == "133"
    assert str(series.bars[0].day) == "2020-08-03"


def test_no_real_stock_has_a_day_of_samples_on_a_weekend(prices_folder: Path) -> None:
    for path in sorted((prices_folder / "stocks").glob("*.json")):
        (series,) = parse(path.read_bytes()).series
        sampled_days = [b.day for b in series.bars if b.day >= date(2026, 2, 6)]
        assert [day for day in sampled_days if day.isoweekday() > 5] == [], path.name


def test_a_real_stock_of_another_time_zone(prices_folder: Path) -> None:
    (series,) = parse((prices_folder / "stocks" / "0434_HK.json").read_bytes()).series
    assert {str(b.day): b.close for b in series.bars}["2026-02-13"] == "2.79"


def test_real_coins(prices_folder: Path) -> None:
    parsed = parse((prices_folder / "crypto_daily_close.json").read_bytes())
    lengths = {series.symbol: len(series.bars) for series in parsed.series}
    assert lengths["BTC"] == 731
    assert len(lengths) == 16
    assert parsed.refused == []


@pytest.mark.parametrize(
    ("name", "count", "first", "last"),
    [
        ("bitcoin.csv", 1246, "2017-08-16", "2021-01-12"),
        ("msft.csv", 8111, "1990-01-02", "2022-03-10"),
        ("spx.csv", 8111, "1990-01-02", "2022-03-10"),
    ],
)
def test_real_csv(prices_folder: Path, name: str, count: int, first: str, last: str) -> None:
    parsed = parse((prices_folder / "ohlcv" / name).read_bytes())
    bars = only(parsed)
    assert (len(bars), str(bars[0].day), str(bars[-1].day)) == (count, first, last)
    assert parsed.refused == []
