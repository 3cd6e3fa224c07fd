"""What it means to a client when one of this domain's constraints is violated."""

from __future__ import annotations

from chalicelib.core.errors import Conflict, InvalidInput, NotFound, name_constraints

name_constraints(
    {
        "portfolios_user_id_name_key": (
            Conflict,
            "portfolio_exists",
            "You have a portfolio of that name. Choose another.",
        ),
        "transactions_portfolio_id_external_id_key": (
            Conflict,
            "duplicate_transaction",
            "A transaction with this external_id is in the portfolio already.",
        ),
        "transactions_asset_id_fkey": (NotFound, "asset_unknown", "There is no such asset in the catalogue."),
        "transactions_portfolio_id_fkey": (
            NotFound,
            "portfolio_unknown",
            "There is no such portfolio, or it is not yours.",
        ),
        "transactions_asset": (InvalidInput, "asset_missing", "This type of transaction needs an asset."),
    }
)
