"""Rule checks: what deserves a second look in a portfolio, each with a threshold that its owner may set.

A rule answers ok, warning, or unknown where something that it needs is not known: a missing price never
makes a portfolio look safe. All are pure: what they judge is handed to them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from chalicelib.portfolio.allocation import Part

Rule = Literal["single_position", "currency_cluster", "fee_ratio", "emergency_cash"]
Status = Literal["ok", "warning", "unknown", "off"]


@dataclass(frozen=True, slots=True)
class Threshold:
    """Where a rule begins to warn, and whether it is asked at all."""

    threshold: Decimal
    enabled: bool = True


DEFAULTS: dict[Rule, Threshold] = {
    "single_position": Threshold(Decimal(25)),
    "currency_cluster": Threshold(Decimal(50)),
    "fee_ratio": Threshold(Decimal(1)),
    "emergency_cash": Threshold(Decimal(0), enabled=False),
}
"""In per cent, but emergency_cash in the portfolio's currency: how much one needs, only its owner knows."""


@dataclass(frozen=True, slots=True)
class Costs:
    """Fees paid, and what was bought or transferred in, since the beginning: in the portfolio's currency at each day's
    rate; None where a rate is missing."""

    fees: Decimal | None
    purchases: Decimal | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule found: the value that it compared, and in words what that means and what would change it."""

    status: Status
    value: Decimal | None
    explanation: str


def judge(rule: Rule, limit: Threshold, parts: list[Part], costs: Costs, currency: str) -> Verdict:
    """One rule's verdict on a portfolio in `currency`."""
    if not limit.enabled:
        return Verdict("off", None, "This rule is switched off.")
    if rule == "single_position":
        return single_position(parts, limit.threshold)
    if rule == "currency_cluster":
        return currency_cluster(parts, currency, limit.threshold)
    if rule == "fee_ratio":
        return fee_ratio(costs, limit.threshold)
    return emergency_cash(parts, currency, limit.threshold)


def single_position(parts: Iterable[Part], limit: Decimal) -> Verdict:
    """Warns where one asset is more than `limit` per cent of the portfolio, cash included in the whole."""
    parts = list(parts)
    unknown = _unknown(parts)
    if unknown:
        return unknown
    held = [part for part in parts if part.kind == "asset"]
    total = _total(parts)
    if not held or total <= 0:
        return Verdict("ok", Decimal(0), "No asset is held.")
    largest = max(held, key=lambda part: part.value or Decimal(0))
    share = _percent(largest.value or Decimal(0), total)
    words = f"{largest.key} is {share} % of the portfolio"
    return _over(share, limit, f"{words}, the largest position; the limit is {limit} %.")


def currency_cluster(parts: Iterable[Part], own: str, limit: Decimal) -> Verdict:
    """Warns where more than `limit` per cent are in one currency other than the portfolio's own: who spends dollars runs no
    currency risk with dollars."""
    parts = list(parts)
    unknown = _unknown(parts)
    if unknown:
        return unknown
    total = _total(parts)
    sums: dict[str, Decimal] = {}
    for part in parts:
        if part.currency != own:
            sums[part.currency] = sums.get(part.currency, Decimal(0)) + (part.value or Decimal(0))
    if not sums or total <= 0:
        return Verdict("ok", Decimal(0), f"Everything is in {own}, the portfolio's own currency.")
    currency = max(sums, key=lambda code: (sums[code], code))
    share = _percent(sums[currency], total)
    words = f"{share} % are in {currency}, the largest currency besides {own}; the limit is {limit} %."
    return _over(share, limit, words)


def fee_ratio(costs: Costs, limit: Decimal) -> Verdict:
    """Warns where fees were more than `limit` per cent of what was bought."""
    if costs.fees is None or costs.purchases is None:
        return Verdict("unknown", None, "The exchange rate of a day with a fee or a purchase is not known.")
    if costs.purchases == 0:
        return Verdict("ok", Decimal(0), "Nothing was bought yet.")
    ratio = _percent(costs.fees, Fraction(costs.purchases))
    return _over(ratio, limit, f"Fees were {ratio} % of what was bought; the limit is {limit} %.")


def emergency_cash(parts: Iterable[Part], currency: str, needed: Decimal) -> Verdict:
    """Warns where less than `needed` is held as cash, all currencies together."""
    cash = [part for part in parts if part.kind == "cash"]
    unknown = _unknown(cash)
    if unknown:
        return unknown
    held = sum((part.value or Decimal(0) for part in cash), Decimal(0))
    words = f"{round(held, 2)} {currency} are held as cash; {needed} {currency} are wanted."
    return Verdict("ok" if held >= needed else "warning", held, words)


def _unknown(parts: Iterable[Part]) -> Verdict | None:
    names = sorted(part.key for part in parts if part.value is None)
    if not names:
        return None
    return Verdict("unknown", None, f"The value of {', '.join(names[:5])} is not known today.")


def _total(parts: Iterable[Part]) -> Fraction:
    return sum((Fraction(part.value or 0) for part in parts), Fraction(0))


def _percent(value: Decimal, total: Fraction) -> Decimal:
    return Decimal(round(Fraction(value) * 10_000 / total)).scaleb(-2)


def _over(value: Decimal, limit: Decimal, words: str) -> Verdict:
    return Verdict("warning" if value > limit else "ok", value, words)
