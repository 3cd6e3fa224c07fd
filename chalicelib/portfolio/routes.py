"""Portfolios over HTTP: portfolios, their transactions, and what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.core.db import Tx
from chalicelib.core.http import Routes
from chalicelib.core.later import later
from chalicelib.core.models import Id, Page, PageQuery
from chalicelib.portfolio import examples

if TYPE_CHECKING:
    from chalicelib.portfolio import holdings, models, service, transactions
else:
    holdings, models, service, transactions = later(
        "chalicelib.portfolio", "holdings", "models", "service", "transactions"
    )

routes = Routes(__name__, "portfolio")


@routes.post("/v1/portfolios", status=201, idempotent=True, example=examples.ADD_PORTFOLIO)
def add_portfolio(tx: Tx, body: models.NewPortfolio) -> models.Portfolio:
    """Make a portfolio: a name, a currency, and how its books are kept.

    `cost_method` says what is sold first: `average` (all shares cost the same) or `fifo` (the oldest first). In
    `cash_mode` `automatic` you need not record deposits: spending beyond the cash at hand implies one.
    """
    return service.add_portfolio(tx, body)


@routes.get("/v1/portfolios", example=examples.LIST_PORTFOLIOS)
def list_portfolios(tx: Tx, query: PageQuery) -> Page[models.Portfolio]:
    """Your portfolios, the oldest first."""
    return service.list_portfolios(tx, query)


@routes.get("/v1/portfolios/{portfolio_id}", example=examples.SHOW_PORTFOLIO)
def show_portfolio(tx: Tx, portfolio_id: Id) -> models.PortfolioDetail:
    """One portfolio, with its value and return as last computed."""
    return service.show_portfolio(tx, portfolio_id)


@routes.patch("/v1/portfolios/{portfolio_id}", example=examples.CHANGE_PORTFOLIO)
def change_portfolio(tx: Tx, portfolio_id: Id, body: models.PortfolioChange) -> models.Portfolio:
    """Rename a portfolio, or change its currency or how its books are kept.

    With another `cost_method` all gains are computed anew. Rules that a past transaction contradicts are refused: 409
    names its date and what is missing.
    """
    return service.change_portfolio(tx, portfolio_id, body)


@routes.delete("/v1/portfolios/{portfolio_id}", example=examples.DELETE_PORTFOLIO)
def delete_portfolio(tx: Tx, portfolio_id: Id) -> None:
    """Delete a portfolio with all its transactions. This cannot be undone: export it before."""
    service.delete_portfolio(tx, portfolio_id)


@routes.post(
    "/v1/portfolios/{portfolio_id}/transactions",
    status=201,
    idempotent=True,
    example=examples.ADD_TRANSACTION,
)
def add_transaction(tx: Tx, portfolio_id: Id, body: models.NewTransaction) -> models.Booked:
    """Book a transaction, at the end of the history or anywhere in it.

    Write quantities and prices as they were traded then: splits are applied for you. What follows from a backdated
    transaction is computed anew at once. Selling more than was held at that moment is 409 `insufficient_holding`, with the
    date and what is missing. The first purchase of an asset has its price history fetched, from one year before: follow it
    at /v1/backfills.
    """
    return transactions.add(tx, portfolio_id, body)


@routes.get("/v1/portfolios/{portfolio_id}/transactions", example=examples.LIST_TRANSACTIONS)
def list_transactions(tx: Tx, portfolio_id: Id, query: models.TransactionsQuery) -> Page[models.Transaction]:
    """A portfolio's transactions, the newest first."""
    return transactions.listed(tx, portfolio_id, query)


@routes.get(
    "/v1/portfolios/{portfolio_id}/transactions/{transaction_id}",
    example=examples.SHOW_TRANSACTION,
)
def show_transaction(tx: Tx, portfolio_id: Id, transaction_id: Id) -> models.Transaction:
    """One transaction, with its realised gain and the deposits that it implied."""
    return transactions.show(tx, portfolio_id, transaction_id)


@routes.patch(
    "/v1/portfolios/{portfolio_id}/transactions/{transaction_id}",
    example=examples.CHANGE_TRANSACTION,
)
def change_transaction(
    tx: Tx, portfolio_id: Id, transaction_id: Id, body: models.TransactionChange
) -> models.Booked:
    """Correct a transaction. What follows from it is computed anew; fields left out stay as they are."""
    return transactions.change(tx, portfolio_id, transaction_id, body)


@routes.delete(
    "/v1/portfolios/{portfolio_id}/transactions/{transaction_id}",
    example=examples.DELETE_TRANSACTION,
)
def delete_transaction(tx: Tx, portfolio_id: Id, transaction_id: Id) -> None:
    """Delete a transaction. A purchase that a later sale needs cannot be deleted: 409 names that sale's date."""
    transactions.delete(tx, portfolio_id, transaction_id)


@routes.get("/v1/portfolios/{portfolio_id}/positions", example=examples.LIST_POSITIONS)
def list_positions(tx: Tx, portfolio_id: Id, query: models.PositionsQuery) -> models.Positions:
    """What is held: quantity, cost, latest price, value and unrealised gain.

    In the currency of each asset and in the portfolio's. A figure that needs a price or rate that is not known is null, and
    `unknown` says why; nothing is made up.
    """
    return holdings.positions(tx, portfolio_id, query)


@routes.get("/v1/portfolios/{portfolio_id}/lots", example=examples.LIST_LOTS)
def list_lots(tx: Tx, portfolio_id: Id, query: models.LotsQuery) -> models.Lots:
    """Which purchases are still open, and which were closed when with which gain."""
    return holdings.lots(tx, portfolio_id, query)


@routes.get("/v1/portfolios/{portfolio_id}/cash", example=examples.LIST_CASH)
def list_cash(tx: Tx, portfolio_id: Id) -> models.Cash:
    """The cash at hand in each currency."""
    return holdings.cash(tx, portfolio_id)
