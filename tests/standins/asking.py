"""Asking the stand-ins in a test."""

from __future__ import annotations

import http.client
import json
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from local.standins import Server

NOW = datetime(2026, 3, 18, 15, 30, tzinfo=UTC)
KEYS = {"APCA-API-KEY-ID": "k", "APCA-API-SECRET-KEY": "s"}
REAL = Path(__file__).parents[2].parent / "shared" / "data"
needs_real_files = pytest.mark.skipif(not (REAL / "prices").is_dir(), reason="no folder of real files beside")
DAY_MS = 86_400_000


class Connection:
    """One kept-alive connection to the stand-ins."""

    def __init__(self, server: Server) -> None:
        self._http = http.client.HTTPConnection("127.0.0.1", server.port)

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
        self._http.request("GET", path, headers=headers or {})
        response = self._http.getresponse()
        return response.status, dict(response.getheaders()), response.read()

    def json(self, path: str, headers: dict[str, str] | None = None) -> Any:
        return json.loads(self.get(path, headers)[2], parse_float=str)

    def post(self, path: str, body: Any) -> tuple[int, Any]:
        self._http.request("POST", path, json.dumps(body))
        response = self._http.getresponse()
        return response.status, json.loads(response.read())

    def close(self) -> None:
        self._http.close()


def ms(day: date) -> int:
    return (day - date(1970, 1, 1)).days * DAY_MS


def klines(connection: Connection, symbol: str, first: date, last: date) -> list[list[Any]]:
    query = f"symbol={symbol}&interval=1d&startTime={ms(first)}&endTime={ms(last)}&limit=1000"
    rows: list[list[Any]] = connection.json(f"/binance/api/v3/klines?{query}")
    return rows


def write_folder(folder: Path) -> Path:
    """A small folder of real files."""
    (folder / "prices" / "stocks").mkdir(parents=True)
    (folder / "fx").mkdir()
    closes = '{"2026-01-05": {"BTC": 93000.10, "HYPE": 32}, "2026-01-06": {"BTC": 92000.0}}'
    (folder / "prices" / "crypto_daily_close.json").write_text(closes)
    row = '{{"date": "{}", {}"open": {}, "high": {}, "low": {}, "close": {}, "volume": {}}}'
    rows = [
        row.format("2026-01-08", "", 10.50, 11, 10, 10.75, 1000),
        row.format("2026-01-09", '"time": "07:00", ', 10.50, 11, 10, 10.75, 1001),  # the day before, again
        row.format("2026-01-09", '"time": "10:00", ', 10.8, 12, 10.8, 11.5, 500),
        row.format("2026-01-09", '"time": "16:00", ', 10.8, 12.25, 10.8, 12, 900),
        row.format("2026-01-09", '"time": "17:00", ', 10.50, 11, 10, 10.75, 1000),  # and once more
        row.format("2026-01-10", '"time": "09:00", ', 10.8, 12.25, 10.8, 12, 900),  # a Saturday
    ]
    stock = f'{{"ticker": "MSTR", "exchange": "US", "currency": "USD", "prices": [{",".join(rows)}]}}'
    (folder / "prices" / "stocks" / "MSTR.json").write_text(stock)
    with zipfile.ZipFile(folder / "fx" / "eurofxref-hist.zip", "w") as archive:
        archive.writestr(
            "eurofxref-hist.csv",
            "Date,USD,JPY,CYP,\n2026-01-06,1.1707,183.50,N/A,\n2026-01-05,1.1664,183,N/A,\n",
        )
    return folder
