"""From a filer's XBRL facts to a row of financials: what it reported for its latest balance sheet's day, and nothing else.

Preferred stock is not taken: where it stands outside equity the concept says zero, and its notional is in no concept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from chalicelib.treasury.filings import xbrl
from chalicelib.treasury.filings.xbrl import Fact
from chalicelib.treasury.readers.edgar import BALANCE_SHEETS as FORMS

__all__ = ["FORMS", "latest", "told"]

COVER_PAGE = timedelta(days=150)
"""Shares outstanding are counted for the report's cover page, within this time after the balance sheet's day."""


def latest(body: bytes, today: date) -> dict[str, Any] | None:
    """The latest balance sheet as treasury.add_financials takes it; None where there is none with cash in it.

    Debt counts only where it is of the same day: the total where the filer reports one, else its current and its
    long-term part together where it reports both.
    """
    figures = xbrl.read(body).figures(today)
    cash = figures.get("cash")
    if cash is None or cash.value < 0 or len(cash.unit) != 3:
        return None
    values: dict[str, Any] = {
        "effective_date": cash.end.isoformat(),
        "currency": cash.unit,
        "cash": format(cash.value, "f"),
        "source": f"XBRL facts as of {cash.end}: {cash.form} of {cash.filed}",
        "accession": cash.accession,
    }
    if (debt := _debt(figures, cash)) is not None:
        values["total_debt"] = format(debt, "f")
    shares = figures.get("shares_outstanding")
    if shares is not None and shares.value > 0 and timedelta(0) <= shares.end - cash.end <= COVER_PAGE:
        values |= {"shares_basic": format(shares.value, "f"), "shares_unit_date": shares.end.isoformat()}
    return values


def told(values: Mapping[str, Any] | None, new: bool) -> str:
    """A line for the job's log."""
    if values is None:
        return "no balance sheet among the XBRL facts"
    return f"{values['source']}: {'taken' if new else 'known already'}"


def _debt(figures: Mapping[str, Fact], cash: Fact) -> Decimal | None:
    def of_the_day(name: str) -> Decimal | None:
        fact = figures.get(name)
        return (
            fact.value
            if fact and fact.end == cash.end and fact.unit == cash.unit and fact.value >= 0
            else None
        )

    total = of_the_day("long_term_debt")
    current, later = of_the_day("long_term_debt_current"), of_the_day("long_term_debt_noncurrent")
    if total is None and current is not None and later is not None:
        return current + later
    return total
