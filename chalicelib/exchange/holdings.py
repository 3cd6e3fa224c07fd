"""What people's shares are worth: holdings at their present marks, and with the cash beside them a portfolio."""

from __future__ import annotations

from decimal import Decimal

from chalicelib.core import db
from chalicelib.core.db import Tx
from chalicelib.core.models import Page, decode_cursor
from chalicelib.exchange.models import CashBalance, HoldingsQuery, ShareHolding, SharePortfolio, ShareTotals

queries = db.Queries(__file__)

NOTHING = Decimal("0.00")


def list_holdings(tx: Tx, query: HoldingsQuery) -> Page[ShareHolding]:
    """The caller's shares at their present marks, by offering."""
    after = decode_cursor(query.cursor, int)
    rows = queries.list_holdings(
        tx.conn,
        user_id=tx.who.user_id,
        closed=query.closed,
        after=after[0] if after else None,
        limit=query.limit + 1,
    )
    found = [ShareHolding.model_validate(row) for row in rows]
    return Page[ShareHolding].of(found, query.limit, lambda holding: [holding.offering_id])


def show_portfolio(tx: Tx) -> SharePortfolio:
    """The caller's cash and shares, and what both are worth together, all of one moment."""
    rows = list(queries.show_portfolio(tx.conn, user_id=tx.who.user_id))
    first = rows[0]
    worth = first["total_market_value"] or NOTHING
    balance, reserved = first["balance"], first["reserved"]
    return SharePortfolio(
        equity=balance + worth,
        cash=CashBalance(balance=balance, reserved=reserved, available=balance - reserved),
        totals=ShareTotals(
            total_positions=first["total_positions"] or 0,
            total_shares_owned=first["total_shares_owned"] or 0,
            total_value_at_cost=first["total_value_at_cost"] or NOTHING,
            total_market_value=worth,
            unrealized_gain_loss=first["total_gain"] or NOTHING,
            unrealized_gain_loss_pct=first["total_gain_pct"],
            realised_gain=first["total_realised"] or NOTHING,
        ),
        positions=[
            ShareHolding.model_validate({name: row[name] for name in ShareHolding.model_fields})
            for row in rows
            if row["offering_id"] is not None
        ],
    )
