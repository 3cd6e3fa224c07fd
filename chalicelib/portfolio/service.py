"""Portfolios: made, shown, changed, deleted."""

from __future__ import annotations

from typing import Any

from chalicelib.core import db
from chalicelib.core.db import Tx
from chalicelib.core.models import Page, PageQuery, decode_cursor
from chalicelib.portfolio import bookkeeping, holders, problems
from chalicelib.portfolio.bookkeeping import Change, rules_of
from chalicelib.portfolio.models import NewPortfolio, Portfolio, PortfolioChange, PortfolioDetail, Summary
from chalicelib.portfolio.transactions import add_many as add_many  # what imports call

queries = db.Queries(__file__)


def add_portfolio(tx: Tx, portfolio: NewPortfolio) -> Portfolio:
    """A new, empty portfolio of the caller's. Raises Conflict where there is one of that name."""
    row = queries.add_portfolio(tx.conn, user_id=tx.who.user_id, **portfolio.model_dump())
    return Portfolio.model_validate(row)


def list_portfolios(tx: Tx, query: PageQuery) -> Page[Portfolio]:
    """The caller's portfolios, the oldest first."""
    after = decode_cursor(query.cursor, int)
    rows = queries.list_portfolios(tx.conn, after=after[0] if after else None, limit=query.limit + 1)
    found = [Portfolio.model_validate(row) for row in rows]
    return Page[Portfolio].of(found, query.limit, lambda portfolio: [portfolio.id])


def show_portfolio(tx: Tx, portfolio_id: int) -> PortfolioDetail:
    """One portfolio of the caller's, with its figures as last computed. Raises NotFound."""
    row = queries.show_portfolio(tx.conn, id=portfolio_id)
    if row is None:
        raise problems.portfolio_unknown(portfolio_id)
    own = {name: row[name] for name in Portfolio.model_fields}
    return PortfolioDetail(summary=_summary(row), **own)


def change_portfolio(tx: Tx, portfolio_id: int, change: PortfolioChange) -> Portfolio:
    """Renames it, or changes how its books are kept: then everything that follows from its transactions is computed anew.

    Raises NotFound; Conflict where a transaction contradicts the new rules.
    """
    locked = bookkeeping.lock(tx, portfolio_id)
    row = queries.change_portfolio(tx.conn, id=portfolio_id, **change.model_dump())
    if rules_of(row) != locked.rules:
        changed = locked._replace(rules=rules_of(row))
        bookkeeping.rewrite(tx, changed, bookkeeping.history(tx, portfolio_id))
        queries.invalidate_cache(tx.conn, portfolio_id=portfolio_id)
    return Portfolio.model_validate(row)


def delete_portfolio(tx: Tx, portfolio_id: int) -> None:
    """Deletes a portfolio with everything in it. Raises NotFound."""
    locked = bookkeeping.lock(tx, portfolio_id)
    holders.follow(tx, locked.id, Change(bookkeeping.held(tx, locked.id), {}))
    queries.delete_portfolio(tx.conn, id=locked.id)


def _summary(row: dict[str, Any]) -> Summary | None:
    if row["last_updated"] is None or row["current_value_usd"] is None:
        return None
    return Summary(
        value_usd=row["current_value_usd"],
        invested_usd=row["total_invested_usd"],
        total_return_pct=row["total_return_pct"],
        day_change_pct=row["day_change_pct"],
        is_current=row["valid"],
        as_of=row["last_updated"],
    )
