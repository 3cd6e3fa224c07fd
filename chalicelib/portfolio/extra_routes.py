"""Import, export, allocation, rules and dividends over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.core.db import Tx
from chalicelib.core.http import Raw, Routes
from chalicelib.core.later import later
from chalicelib.core.models import Id
from chalicelib.portfolio import extra_examples as examples

if TYPE_CHECKING:
    from chalicelib.portfolio import dividends, exporting, imports, overview
    from chalicelib.portfolio import import_models as models
else:
    dividends, exporting, imports, overview, models = later(
        "chalicelib.portfolio", "dividends", "exporting", "imports", "overview", "import_models"
    )

MAX_FILE = 5 * 1024 * 1024
"""What a request of the platform holds, less some room for its envelope."""

routes = Routes(__name__, "portfolio")


@routes.post(
    "/v1/portfolios/{portfolio_id}/import",
    idempotent=True,
    max_body=MAX_FILE,
    example=examples.IMPORT,
)
def import_transactions(tx: Tx, portfolio_id: Id, body: models.ImportRequest) -> models.ImportReport:
    """Import transactions from a file: any CSV, or one of the formats that are known by name.

    Unless `dry_run` is false, nothing is stored: the answer shows exactly what would be, which lines are stored
    already, which have errors and what to do about them, how columns and assets were understood, and what else they
    could be. Correct that with `mapping`, `assets`, `type_words`, `skip_lines`, and send it again. A real import is
    all or nothing: 422 `import_refused` lists the errors by line. A file has at most 5 MB and 20,000 transactions.
    """
    return imports.run(tx, portfolio_id, body)


@routes.get("/v1/portfolios/{portfolio_id}/export", example=examples.EXPORT)
def export_portfolio(tx: Tx, portfolio_id: Id, query: models.ExportQuery) -> Raw:
    """Everything of a portfolio as a file: settings, rules, transactions.

    Importing it into a new portfolio with `"settings": true` gives the same portfolio.
    """
    return exporting.export(tx, portfolio_id, query.format)


@routes.get("/v1/portfolios/{portfolio_id}/allocation", example=examples.ALLOCATION)
def show_allocation(tx: Tx, portfolio_id: Id) -> models.Allocation:
    """What a portfolio is made of now: by asset, type, currency and exchange, cash included.

    The shares of each list add up to exactly 100: they are rounded down to hundredths of a per cent, and the missing
    hundredths go to those that lost most. What has no known price or exchange rate is listed apart and counts nowhere.
    """
    return overview.show_allocation(tx, portfolio_id)


@routes.get("/v1/portfolios/{portfolio_id}/rules", example=examples.RULES)
def check_rules(tx: Tx, portfolio_id: Id) -> models.Rules:
    """Check a portfolio against its rules: one position too large, too much in one foreign currency, high fees, too little
    cash. A rule that lacks a price or a rate answers `unknown`."""
    return overview.check_rules(tx, portfolio_id)


@routes.put("/v1/portfolios/{portfolio_id}/rules/{rule}", example=examples.SET_RULE)
def set_rule(tx: Tx, portfolio_id: Id, rule: models.Rule, body: models.RuleChange) -> models.RuleResult:
    """Set a rule's threshold, or switch it off; answers with what it finds."""
    return overview.set_rule(tx, portfolio_id, rule, body)


@routes.get("/v1/portfolios/{portfolio_id}/dividends", example=examples.DIVIDENDS)
def show_dividends(tx: Tx, portfolio_id: Id) -> models.Dividends:
    """Dividends received by month and asset, those announced for what is held, and proposals to book.

    Proposals are made each night for who held an asset on the day before its ex-dividend date.
    """
    return dividends.show(tx, portfolio_id)


@routes.post(
    "/v1/portfolios/{portfolio_id}/dividends/{proposal_id}/book",
    idempotent=True,
    example=examples.BOOK_DIVIDEND,
)
def book_dividend(tx: Tx, portfolio_id: Id, proposal_id: Id, body: models.Booking) -> models.DividendProposal:
    """Book a proposed dividend as a transaction, on its payment date and gross unless you say otherwise.

    Booking again answers the same and books nothing.
    """
    return dividends.book(tx, portfolio_id, proposal_id, body)


@routes.post(
    "/v1/portfolios/{portfolio_id}/dividends/{proposal_id}/dismiss", example=examples.DISMISS_DIVIDEND
)
def dismiss_dividend(tx: Tx, portfolio_id: Id, proposal_id: Id) -> models.DividendProposal:
    """Dismiss a proposed dividend; it is not proposed again."""
    return dividends.dismiss(tx, portfolio_id, proposal_id)
