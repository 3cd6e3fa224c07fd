"""Price histories in JSON, and the real files."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from local.price_files import parse
from tests.local.reading import bar, only, read, refusals

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
