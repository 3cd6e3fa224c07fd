"""What a portfolio is made of today, and what its rules say of it: reads the worth of everything, and hands
it to the pure parts."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from chalicelib.core import clock, db
from chalicelib.core.db import Tx
from chalicelib.portfolio import allocation, checks
from chalicelib.portfolio.allocation import OLDEST_PRICE_DAYS, Part, tidy
from chalicelib.portfolio.checks import DEFAULTS, Costs, Threshold
from chalicelib.portfolio.import_models import (
    Allocation,
    AllocationSlice,
    ConcentrationFigures,
    Rule,
    RuleChange,
    RuleResult,
    Rules,
    UnknownPart,
)
from chalicelib.portfolio.imports import settings_of

queries = db.Queries(__file__, "extras.sql")

PER_CENT = "%"


def show_allocation(tx: Tx, portfolio_id: int) -> Allocation:
    """The portfolio by asset, type, currency and exchange, at the latest prices. Raises NotFound."""
    currency = settings_of(tx, portfolio_id)["currency"]
    now = clock.now()
    parts = _parts(tx, portfolio_id, currency, now)
    known = [part.value for part in parts if part.value is not None]
    return Allocation(
        currency=currency,
        as_of=now,
        total=tidy(sum(known, Decimal(0))),
        complete=len(known) == len(parts),
        by_asset=_slices(parts, "key"),
        by_type=_slices(parts, "asset_type"),
        by_currency=_slices(parts, "currency"),
        by_exchange=_slices(parts, "exchange"),
        concentration=_concentration(parts),
        unknown=[
            UnknownPart(
                key=part.key,
                asset_id=part.asset_id,
                quantity=part.quantity,
                currency=part.currency,
                reason=part.unknown or "",
            )
            for part in parts
            if part.value is None
        ],
    )


def check_rules(tx: Tx, portfolio_id: int) -> Rules:
    """What each rule says of the portfolio today. Raises NotFound."""
    currency = settings_of(tx, portfolio_id)["currency"]
    parts = _parts(tx, portfolio_id, currency, clock.now())
    costs = Costs(**queries.costs(tx.conn, id=portfolio_id, base=currency))
    own = {
        row["rule"]: Threshold(row["threshold"], row["enabled"])
        for row in queries.rule_settings(tx.conn, id=portfolio_id)
    }
    return Rules(
        items=[
            _result(rule, own.get(rule, default), rule not in own, parts, costs, currency)
            for rule, default in DEFAULTS.items()
        ]
    )


def set_rule(tx: Tx, portfolio_id: int, rule: Rule, change: RuleChange) -> RuleResult:
    """Sets a rule's threshold, and says what the rule finds with it. Raises NotFound."""
    settings_of(tx, portfolio_id)
    queries.set_rule(tx.conn, id=portfolio_id, rule=rule, threshold=change.threshold, enabled=change.enabled)
    return next(item for item in check_rules(tx, portfolio_id).items if item.rule == rule)


def _result(
    rule: Rule, limit: Threshold, is_default: bool, parts: list[Part], costs: Costs, currency: str
) -> RuleResult:
    verdict = checks.judge(rule, limit, parts, costs, currency)
    return RuleResult(
        rule=rule,
        status=verdict.status,
        value=None if verdict.value is None else tidy(verdict.value),
        threshold=limit.threshold,
        unit=currency if rule == "emergency_cash" else PER_CENT,
        enabled=limit.enabled,
        is_default=is_default,
        explanation=verdict.explanation,
    )


def _parts(tx: Tx, portfolio_id: int, base: str, now: datetime) -> list[Part]:
    """Everything held, with its worth in `base`."""
    base_rate = queries.rate_now(tx.conn, currency=base, now=now)
    held = [
        _asset(row, base, base_rate, now.date())
        for row in queries.holdings_now(tx.conn, id=portfolio_id, now=now)
    ]
    cash = [_cash(row, base, base_rate) for row in queries.cash_now(tx.conn, id=portfolio_id, now=now)]
    return held + cash


def _asset(row: dict[str, Any], base: str, base_rate: Decimal | None, today: date) -> Part:
    price, why = _price(row, today)
    rate = _cross(row["currency"], row["rate_to_usd"], base, base_rate)
    if price is not None and rate is None:
        why = f"No exchange rate from {row['currency']} to {base} is known from the last seven days."
    key = row["symbol"] if row["exchange"] is None else f"{row['symbol']}@{row['exchange']}"
    return Part(
        "asset",
        key,
        row["name"],
        row["asset_id"],
        row["asset_type"],
        row["exchange"],
        row["currency"],
        row["quantity"],
        price,
        None if price is None or rate is None else tidy(row["quantity"] * price * rate),
        why,
    )


def _cash(row: dict[str, Any], base: str, base_rate: Decimal | None) -> Part:
    currency = row["currency"]
    rate = _cross(currency, row["rate_to_usd"], base, base_rate)
    why = (
        None
        if rate is not None
        else f"No exchange rate from {currency} to {base} is known from the last seven days."
    )
    value = None if rate is None else tidy(row["amount"] * rate)
    return Part(
        "cash", currency, currency, None, "cash", None, currency, row["amount"], Decimal(1), value, why
    )


def _price(row: dict[str, Any], today: date) -> tuple[Decimal | None, str | None]:
    """The newer of the last close and the latest quote, or why there is none."""
    day, price = row["bar_day"], row["close"]
    quoted = row["quote_day"] is not None and row["quote_currency"] == row["currency"]
    if quoted and (day is None or row["quote_day"] > day):
        day, price = row["quote_day"], row["quote"]
    if day is None:
        return None, "No price is known."
    if (today - day).days > OLDEST_PRICE_DAYS:
        return None, f"The last price is of {day}: older than {OLDEST_PRICE_DAYS} days."
    if not row["is_active"] and day < today:
        return None, f"It is not traded any more; its last price is of {day}."
    splits = list(zip(row["split_days"] or [], row["split_ratios"] or [], strict=True))
    return allocation.in_units_held(price, splits, day), None


def _cross(currency: str, rate: Decimal | None, base: str, base_rate: Decimal | None) -> Decimal | None:
    if currency == base:
        return Decimal(1)
    return None if rate is None or base_rate is None else rate / base_rate


def _slices(parts: list[Part], by: str) -> list[AllocationSlice]:
    return [
        AllocationSlice(key=one.key, value=tidy(one.value), share=one.share, parts=one.parts)
        for one in allocation.slices(parts, by)
    ]


def _concentration(parts: list[Part]) -> ConcentrationFigures:
    found = allocation.concentration(parts)
    return ConcentrationFigures(
        herfindahl=found.herfindahl,
        effective_positions=found.effective_positions,
        top_1=found.top_1,
        top_5=found.top_5,
    )
