"""Which field of companies.ts goes where, and what fits it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

URL = re.compile(r"https?://\S+")
SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9.&/:$-]*")
FIRST_DAY = date(1900, 1, 1)
WHOLE_DIGITS, DECIMALS = 20, 18


class DoesNotFit(Exception):
    """A value is not what its field holds; the words say why."""


def text(value: Any, longest: int) -> str:
    """Text that is not empty. Raises DoesNotFit, as do all these."""
    if not isinstance(value, str) or not value.strip():
        raise DoesNotFit(f"{_shown(value)} is no text")
    if "\0" in value:
        raise DoesNotFit("it holds a character that cannot be stored")
    if len(value.strip()) > longest:
        raise DoesNotFit(f"it is longer than {longest} characters")
    return value.strip()


def symbol(value: Any, longest: int) -> str:
    """A ticker, or a coin's symbol, in capitals."""
    found = text(value, longest).upper()
    if not SYMBOL.fullmatch(found):
        raise DoesNotFit(f"{_shown(value)} is no symbol")
    return found


def number(value: Any) -> Decimal:
    if not isinstance(value, Decimal):
        raise DoesNotFit(f"{_shown(value)} is no number")
    behind = value.normalize().as_tuple().exponent
    if value.adjusted() >= WHOLE_DIGITS or not isinstance(behind, int) or -behind > DECIMALS:
        raise DoesNotFit(f"it has more than {WHOLE_DIGITS} digits before the point or {DECIMALS} behind")
    return value


def unsigned(value: Any) -> Decimal:
    """Zero is a value."""
    if number(value) < 0:
        raise DoesNotFit(f"{value:f} is less than 0")
    return number(value)


def percent_of_fraction(value: Any) -> Decimal:
    """The files state parts of one (0.85), the tracker per cent (85). Above one it is not clear which is meant."""
    if not 0 <= number(value) <= 1:
        raise DoesNotFit(f"{value:f} is no part of one (0.85 for 85 %)")
    return (number(value) * 100).normalize()


def flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise DoesNotFit(f"{_shown(value)} is neither true nor false")
    return value


def tier(value: Any) -> int:
    if number(value) not in range(1, 10):
        raise DoesNotFit(f"{value:f} is not 1 to 9")
    return int(value)


def url(value: Any) -> str:
    if not URL.fullmatch(text(value, 2000)):
        raise DoesNotFit(f"{_shown(value)} is no address")
    return text(value, 2000)


def country(value: Any) -> str:
    if not re.fullmatch("[A-Z]{2}", text(value, 2)):
        raise DoesNotFit(f"{_shown(value)} is no country's two letters")
    return str(value)


def any_day(value: Any) -> date:
    try:
        found = date.fromisoformat(text(value, 10))
    except ValueError:
        raise DoesNotFit(f"{_shown(value)} is no day (2026-01-10)") from None
    if found < FIRST_DAY:
        raise DoesNotFit(f"{found} lies before {FIRST_DAY}")
    return found


def day(value: Any, today: date) -> date:
    """A day on which something was seen: not one to come."""
    found = any_day(value)
    if found > today:
        raise DoesNotFit(f"{found} is still to come")
    return found


def short(longest: int) -> Callable[[Any], str]:
    return lambda value: text(value, longest)


def _shown(value: Any) -> str:
    return "null" if value is None else repr(format(value, "f") if isinstance(value, Decimal) else value)[:60]


Fit = Callable[[Any], Any]

COMPANY: dict[str, tuple[str, Fit]] = {
    "name": ("name", short(255)),
    "tier": ("tier", tier),
    "country": ("country", country),
    "isMiner": ("is_miner", flag),
    "website": ("website", url),
    "twitter": ("twitter", short(2000)),
    "leader": ("leader", short(255)),
    "strategy": ("strategy", short(4000)),
    "notes": ("notes", short(4000)),
    "datStartDate": ("dat_start_date", any_day),
    "tokenizedAddress": ("tokenized_address", short(255)),
    "tokenizedChain": ("tokenized_chain", short(50)),
}
FIGURES: dict[str, tuple[str, Fit]] = {
    "marketCap": ("market_cap", unsigned),
    "totalDebt": ("total_debt", unsigned),
    "preferredEquity": ("preferred_equity", unsigned),
    "cashReserves": ("cash", unsigned),
    "costBasisAvg": ("cost_basis_avg", unsigned),
    "stakingPct": ("staking_pct", percent_of_fraction),
    "stakingApy": ("staking_apy", percent_of_fraction),
    "stakingMethod": ("staking_method", short(255)),
    "capitalRaisedAtm": ("capital_raised_atm", number),
    "capitalRaisedPipe": ("capital_raised_pipe", number),
    "capitalRaisedConverts": ("capital_raised_converts", number),
    "quarterlyBurnUsd": ("quarterly_burn", number),
    "avgDailyVolume": ("avg_daily_volume", number),
    "leverageRatio": ("leverage_ratio", number),
    "btcMinedAnnual": ("mined_annual", number),
    "hasOptions": ("has_options", flag),
    "optionsOi": ("options_open_interest", number),
}
OF_THE_SNAPSHOT = frozenset(
    ("id", "ticker", "asset", "holdings", "holdingsLastUpdated", "holdingsSource", "holdingsSourceUrl")
)
