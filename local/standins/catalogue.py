"""What the simulation knows of each asset: since when it trades, roughly what it cost then and costs now.

The levels are rounded from memory of public prices. They make a simulated chart look plausible, nothing more.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple


class Listing(NamedTuple):
    """`first` is the first day of trading; the price runs from about `began` to about `anchor` in 2026.

    `swing` is the typical daily move as a fraction; `turnover` the daily volume in dollars.
    """

    first: date
    began: float
    anchor: float
    swing: float
    turnover: float


class Coin(NamedTuple):
    """A coin as the crypto sources name it."""

    gecko_id: str
    name: str
    supply: int
    listing: Listing


def _coin(gecko: str, name: str, supply: int, first: str, began: float, anchor: float, swing: float,
          turnover: float) -> Coin:  # fmt: skip
    return Coin(gecko, name, supply, Listing(date.fromisoformat(first), began, anchor, swing, turnover))


COINS: dict[str, Coin] = {
    "BTC": _coin("bitcoin", "Bitcoin", 19_960_000, "2016-01-01", 430, 88_000, 0.028, 2e9),
    "ETH": _coin("ethereum", "Ethereum", 120_700_000, "2016-01-01", 0.95, 3_000, 0.036, 1.5e9),
    "SOL": _coin("solana", "Solana", 561_000_000, "2020-08-11", 3.2, 128, 0.045, 5e8),
    "LTC": _coin("litecoin", "Litecoin", 76_600_000, "2016-01-01", 3.5, 78, 0.036, 6e7),
    "ZEC": _coin("zcash", "Zcash", 16_400_000, "2016-11-01", 60, 480, 0.05, 2e8),
    "LINK": _coin("chainlink", "Chainlink", 708_000_000, "2019-01-16", 0.5, 12.6, 0.045, 8e7),
    "SUI": _coin("sui", "Sui", 3_740_000_000, "2023-05-03", 1.3, 1.45, 0.05, 1.2e8),
    "AVAX": _coin("avalanche-2", "Avalanche", 429_000_000, "2020-09-22", 5.1, 12.6, 0.048, 6e7),
    "DOGE": _coin("dogecoin", "Dogecoin", 168_000_000_000, "2016-01-01", 0.00015, 0.122, 0.045, 2e8),
    "TRX": _coin("tron", "TRON", 94_700_000_000, "2018-06-11", 0.05, 0.285, 0.03, 5e7),
    "XRP": _coin("ripple", "XRP", 60_600_000_000, "2016-01-01", 0.006, 1.88, 0.038, 4e8),
    "BNB": _coin("binancecoin", "BNB", 137_700_000, "2017-11-06", 1.5, 865, 0.033, 2e8),
    "HBAR": _coin("hedera-hashgraph", "Hedera", 42_700_000_000, "2019-09-29", 0.035, 0.112, 0.045, 3e7),
    "ADA": _coin("cardano", "Cardano", 36_000_000_000, "2018-04-17", 0.26, 0.345, 0.042, 9e7),
    "HYPE": _coin("hyperliquid", "Hyperliquid", 270_000_000, "2024-11-29", 6.5, 25, 0.05, 6e7),
    "TAO": _coin("bittensor", "Bittensor", 9_600_000, "2024-04-11", 620, 225, 0.05, 3e7),
}

_LONG_LISTED: dict[str, tuple[float, float, float]] = {
    # ticker: price in January 2016, in January 2026 (both adjusted for splits), typical daily move
    "AAPL": (26, 271, 0.017), "MSFT": (55, 473, 0.016), "GOOGL": (38, 315, 0.018), "GOOG": (37, 316, 0.018),
    "AMZN": (32, 226, 0.02), "NVDA": (0.81, 189, 0.03), "META": (102, 650, 0.024), "TSLA": (14.9, 438, 0.036),
    "BRK.B": (131, 497, 0.012), "JPM": (63, 325, 0.016), "V": (76, 346, 0.014), "MA": (95, 563, 0.015),
    "UNH": (116, 336, 0.017), "JNJ": (101, 207, 0.011), "XOM": (78, 122, 0.016), "PG": (78, 142, 0.011),
    "HD": (131, 346, 0.014), "KO": (42, 69, 0.011), "PEP": (99, 142, 0.011), "COST": (160, 854, 0.013),
    "WMT": (20, 113, 0.012), "DIS": (103, 112, 0.017), "NFLX": (11, 91, 0.026), "AMD": (2.8, 223, 0.035),
    "INTC": (34, 39, 0.024), "CRM": (77, 254, 0.021), "ORCL": (36, 195, 0.018), "CSCO": (26, 76, 0.014),
    "ADBE": (92, 333, 0.02), "BAC": (16.4, 56, 0.018), "GS": (177, 914, 0.017), "BA": (141, 228, 0.022),
    "CAT": (68, 598, 0.018), "MCD": (117, 303, 0.011), "NKE": (61, 63, 0.018), "T": (26, 24.6, 0.013),
    "VZ": (46, 40, 0.012), "PFE": (30, 25, 0.014), "MRK": (50, 106, 0.013), "ABBV": (58, 229, 0.015),
    "LLY": (84, 1080, 0.017), "PYPL": (35, 58, 0.023), "GME": (6.9, 20, 0.045), "MSTR": (17.8, 157, 0.045),
    "RIOT": (2.6, 14, 0.06), "CLSK": (12, 11, 0.06), "MARA": (6.6, 9.9, 0.06),
    "SPY": (201, 683, 0.011), "QQQ": (109, 613, 0.013), "VOO": (184, 628, 0.011), "VTI": (102, 336, 0.011),
    "IWM": (111, 248, 0.014), "DIA": (171, 484, 0.011), "GLD": (103, 398, 0.009), "SLV": (13.2, 66, 0.017),
    "TLT": (122, 87, 0.009), "ARKK": (19, 78, 0.024), "EFA": (57, 97, 0.011), "VNQ": (78, 89, 0.012),
}  # fmt: skip

_LATER_LISTED: dict[str, tuple[str, float, float, float]] = {
    # ticker: first session, price then, in January 2026, typical daily move
    "COIN": ("2021-04-14", 328, 236, 0.045), "HOOD": ("2021-07-29", 35, 115, 0.04),
    "PLTR": ("2020-09-30", 9.5, 168, 0.038), "UBER": ("2019-05-10", 41.6, 83, 0.026),
    "IBIT": ("2024-01-11", 26.6, 51, 0.028), "FBTC": ("2024-01-11", 40.7, 78, 0.028),
    "ETHA": ("2024-07-23", 26.2, 23.5, 0.038), "CRCL": ("2025-06-05", 83, 83, 0.05),
    "HUT": ("2021-06-15", 22, 51, 0.055), "BTBT": ("2020-02-19", 1.2, 2.1, 0.06),
    "BTCS": ("2021-02-17", 9, 2.9, 0.06), "KULR": ("2021-06-09", 22, 3.1, 0.06),
    "SMLR": ("2021-09-16", 95, 17, 0.045), "BMNR": ("2024-01-02", 12, 31, 0.06),
    "SBET": ("2024-01-02", 18, 9.6, 0.06), "DFDV": ("2024-01-02", 4.5, 5.3, 0.06),
    "STKE": ("2025-09-09", 7.5, 1.9, 0.06), "NAKA": ("2024-08-01", 2.5, 0.42, 0.07),
    "XXI": ("2025-12-09", 11, 9.4, 0.06), "ABTC": ("2025-09-03", 8, 1.9, 0.06),
    "ASST": ("2024-01-02", 1.5, 0.95, 0.07), "DJT": ("2024-03-26", 58, 13.9, 0.05),
    "UPXI": ("2021-06-29", 6, 1.9, 0.06), "FWDI": ("2024-01-02", 6, 8.2, 0.06),
    "HSDT": ("2024-01-02", 60, 2.6, 0.07), "TRON": ("2024-01-02", 3, 1.5, 0.07),
    "SUIG": ("2024-01-02", 3, 1.8, 0.07), "ETHM": ("2025-12-10", 4.5, 3.8, 0.06),
    "CEPO": ("2025-01-07", 10, 10.6, 0.01), "BNC": ("2024-01-02", 5, 5.6, 0.06),
    "AVX": ("2024-01-02", 4, 0.9, 0.07), "BTOG": ("2024-01-02", 1.2, 0.4, 0.07),
    "CWD": ("2024-01-02", 3, 1.1, 0.07), "CYPH": ("2024-01-02", 2, 2.1, 0.07),
    "FGNX": ("2024-01-02", 5, 5.8, 0.06), "GAME": ("2024-01-02", 2, 0.4, 0.07),
    "HYPD": ("2024-01-02", 4, 3.4, 0.07), "LITS": ("2024-01-02", 2, 1.4, 0.07),
    "NA": ("2024-08-16", 6, 1.2, 0.07), "NXTT": ("2024-01-02", 9, 6.1, 0.07),
    "PURR": ("2025-12-03", 4, 3.4, 0.06), "TAOX": ("2024-01-02", 4, 4.6, 0.07),
    "TBH": ("2024-01-02", 3, 1.9, 0.07), "TWAV": ("2024-01-02", 4, 4.1, 0.06),
    "XRPN": ("2025-12-02", 10, 10.4, 0.01), "ZONE": ("2024-01-02", 2, 1.1, 0.07),
}  # fmt: skip

_TURNOVER = 4e8

STOCKS: dict[str, Listing] = {
    ticker: Listing(date(2016, 1, 4), began, anchor, swing, _TURNOVER)
    for ticker, (began, anchor, swing) in _LONG_LISTED.items()
} | {
    ticker: Listing(date.fromisoformat(first), began, anchor, swing, _TURNOVER)
    for ticker, (first, began, anchor, swing) in _LATER_LISTED.items()
}

# Units per 1 EUR, about 2026-01; N/A-only columns are currencies that the ECB no longer quotes.
CURRENCIES: dict[str, float | None] = {
    "USD": 1.1721, "JPY": 183.6, "BGN": None, "CYP": None, "CZK": 24.2, "DKK": 7.4699, "EEK": None,
    "GBP": 0.8711, "HUF": 385.2, "LTL": None, "LVL": None, "MTL": None, "PLN": 4.217, "ROL": None,
    "RON": 5.09, "SEK": 10.81, "SIT": None, "SKK": None, "CHF": 0.9299, "ISK": 147.2, "NOK": 11.82,
    "HRK": None, "RUB": None, "TRL": None, "TRY": 50.4, "AUD": 1.7562, "BRL": 6.44, "CAD": 1.6071,
    "CNY": 8.2134, "HKD": 9.1346, "IDR": 19571.0, "ILS": 3.741, "INR": 105.42, "KRW": 1691.2, "MXN": 21.06,
    "MYR": 4.762, "NZD": 2.0331, "PHP": 69.03, "SGD": 1.5081, "THB": 36.94, "ZAR": 19.41,
}  # fmt: skip
