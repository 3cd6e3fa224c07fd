"""Auctions over HTTP: how the next one stands, and those that were held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.core.db import Tx
from chalicelib.core.http import Routes
from chalicelib.core.later import later
from chalicelib.core.models import Id, Page
from chalicelib.exchange import auction_examples as examples

if TYPE_CHECKING:
    from chalicelib.exchange import auction_models as models
    from chalicelib.exchange import auctions
else:
    auctions, models = later("chalicelib.exchange", "auctions", "auction_models")

routes = Routes(__name__, "exchange")


@routes.get("/v1/exchange/offerings/{offering_id}/auction", access="public", example=examples.SHOW_AUCTION)
def show_auction(tx: Tx, offering_id: Id) -> models.IndicativeAuction:
    """The next auction of an offering: when it is, and what it would come to if it were held now.

    From `calls_from` until it has been held, orders collect and nothing matches. Then all trade at one price: the one at
    which most shares change hands, then at which fewest are left over, then the nearest to the last trade's price.
    """
    return auctions.indicative(tx, offering_id)


@routes.get("/v1/exchange/offerings/{offering_id}/auctions", access="public", example=examples.LIST_AUCTIONS)
def list_auctions(tx: Tx, offering_id: Id, query: models.AuctionsQuery) -> Page[models.Auction]:
    """The auctions that were held in an offering, the newest first."""
    return auctions.history(tx, offering_id, query)
