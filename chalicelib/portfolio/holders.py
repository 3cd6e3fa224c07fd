"""Who holds what, as the market counts it: a first holder has an asset's prices fetched, the last one to go ends that."""

from __future__ import annotations

from datetime import date

from chalicelib.core import db
from chalicelib.core.db import Tx
from chalicelib.market import service as market
from chalicelib.portfolio.bookkeeping import Change, Held
from chalicelib.portfolio.lots import ZERO

queries = db.Queries(__file__)

KIND = "portfolio"
NOTHING = Held(ZERO, date.max)


def follow(tx: Tx, portfolio_id: int, change: Change) -> list[int]:
    """Tells the market what opened and closed in a portfolio of the caller's. Returns the backfills that this caused.

    An asset is released when no portfolio of the caller's holds it any more. An earlier first purchase counts as opening:
    history is needed from one year before it.
    """
    opened = {
        asset: held.first_day
        for asset, held in change.after.items()
        if held.quantity and _is_news(held, change.before.get(asset, NOTHING))
    }
    closed = [
        asset
        for asset, held in change.before.items()
        if held.quantity and not change.after.get(asset, NOTHING).quantity
    ]
    backfills = []
    for asset in sorted({*opened, *closed}):  # in one order everywhere: no deadlocks
        # the caller's other portfolios wait: whether one of them holds it is about to matter
        queries.lock_holding(tx.conn, user_id=str(tx.who.user_id), asset_id=asset)
        if asset in opened:
            backfills += market.hold(tx, asset, KIND, opened[asset])
        elif not queries.held_elsewhere(
            tx.conn, user_id=tx.who.user_id, portfolio_id=portfolio_id, asset_id=asset
        ):
            market.release(tx, asset, KIND)
    return backfills


def _is_news(now: Held, before: Held) -> bool:
    return not before.quantity or now.first_day < before.first_day
