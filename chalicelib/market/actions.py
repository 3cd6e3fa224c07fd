"""Corporate actions: splits and dividends of an asset, booked by administrators, for everyone who holds it.

A split changes no value: each share becomes `ratio` shares at a price divided by it. From its day on our prices are in new
shares, the older ones too; transactions stay as they were traded.
"""

from __future__ import annotations

from decimal import Context

from chalicelib.core import db
from chalicelib.core.db import Tx
from chalicelib.core.errors import Conflict, FieldError, InvalidInput, NotFound, name_constraints
from chalicelib.core.models import Page, PageQuery, decode_cursor
from chalicelib.market import service
from chalicelib.market.action_models import CorporateAction, NewCorporateAction

queries = db.Queries(__file__)

RATIO_DIGITS = Context(prec=60)
"""Of a ratio such as 1 : 3, so that its product with a quantity rounds to what it is."""

name_constraints(
    {
        "corporate_actions_asset_id_action_type_ex_date_key": (
            Conflict, "action_exists", "An action of this type is booked for this asset on that day already."),
        "corporate_actions_asset_id_fkey": (NotFound, "asset_unknown", "There is no such asset in the catalogue."),
    }
)  # fmt: skip


def book(tx: Tx, action: NewCorporateAction) -> CorporateAction:
    """Books a split or dividend. Raises InvalidInput, NotFound for the asset, Conflict where it is booked already.

    A split reaches prices and portfolios on its day, by the job settle_splits, which runs every minute.
    """
    if wrong := _contradictions(action):
        raise InvalidInput(fields=wrong)
    ratio = None
    if action.new_shares is not None and action.old_shares is not None:
        ratio = RATIO_DIGITS.divide(action.new_shares, action.old_shares)
    row = queries.book_action(
        tx.conn,
        asset_id=action.asset_id,
        action_type=action.action_type,
        ex_date=action.ex_date,
        pay_date=action.pay_date,
        ratio=ratio,
        amount=action.amount,
        currency=action.currency,
        source=action.source,
    )
    return CorporateAction.model_validate(row)


def of_asset(tx: Tx, asset_id: int, query: PageQuery) -> Page[CorporateAction]:
    """An asset's splits and dividends, the newest first. Raises NotFound."""
    service.show_asset(tx, asset_id)
    before = decode_cursor(query.cursor, str, int)
    rows = queries.list_actions(
        tx.conn,
        asset_id=asset_id,
        before_day=before[0] if before else None,
        before_id=before[1] if before else None,
        limit=query.limit + 1,
    )
    found = [CorporateAction.model_validate(row) for row in rows]
    return Page[CorporateAction].of(
        found, query.limit, lambda action: [action.ex_date.isoformat(), action.id]
    )


def _contradictions(action: NewCorporateAction) -> list[FieldError]:
    shares, money = ("new_shares", "old_shares"), ("amount", "currency")
    needed, excluded = (shares, money) if action.action_type == "split" else (money, shares)
    wrong = [
        FieldError(f"body.{name}", "missing", f"A {action.action_type} needs it.")
        for name in needed
        if getattr(action, name) is None
    ]
    wrong += [
        FieldError(f"body.{name}", "not_allowed", f"A {action.action_type} has none.")
        for name in excluded
        if getattr(action, name) is not None
    ]
    if not wrong and action.action_type == "split" and action.new_shares == action.old_shares:
        wrong.append(FieldError("body.new_shares", "no_split", "As many new shares as old ones is no split."))
    return wrong
