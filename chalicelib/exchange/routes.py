"""The exchange over HTTP: vehicles and offerings, cash and its ledger, holdings, and what administrators decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.core.db import Tx
from chalicelib.core.http import Routes
from chalicelib.core.later import later
from chalicelib.core.models import Id, Page, PageQuery
from chalicelib.exchange import examples

if TYPE_CHECKING:
    from chalicelib.exchange import books, cash, holdings, models, offerings
else:
    books, cash, holdings, models, offerings = later(
        "chalicelib.exchange", "books", "cash", "holdings", "models", "offerings"
    )

routes = Routes(__name__, "exchange")


@routes.get("/v1/exchange/vehicles", access="public", example=examples.LIST_VEHICLES)
def list_vehicles(tx: Tx, query: PageQuery) -> Page[models.Vehicle]:
    """What shares are of."""
    return offerings.list_vehicles(tx, query)


@routes.get("/v1/exchange/vehicles/{vehicle_id}", access="public", example=examples.SHOW_VEHICLE)
def show_vehicle(tx: Tx, vehicle_id: Id) -> models.Vehicle:
    """One vehicle. Its offerings: /v1/exchange/offerings?vehicle_id=…"""
    return offerings.show_vehicle(tx, vehicle_id)


@routes.get("/v1/exchange/offerings", access="public", example=examples.LIST_OFFERINGS)
def list_offerings(tx: Tx, query: models.OfferingsQuery) -> Page[models.Offering]:
    """Shares that are traded: price, quote and volume as they stand, and when the next auction is."""
    return offerings.list_offerings(tx, query)


@routes.get("/v1/exchange/offerings/{offering_id}", access="public", example=examples.SHOW_OFFERING)
def show_offering(tx: Tx, offering_id: Id) -> models.Offering:
    """One offering. Follow it live: its events are the topic `exchange-{offering_id}`."""
    return offerings.show_offering(tx, offering_id)


@routes.get("/v1/exchange/cash", example=examples.SHOW_CASH)
def show_cash(tx: Tx) -> models.CashBalance:
    """Your cash, and how much of it orders and withdrawals hold."""
    return cash.show_balance(tx)


@routes.get("/v1/exchange/ledger", example=examples.LIST_LEDGER)
def list_ledger(tx: Tx, query: PageQuery) -> Page[models.LedgerEntry]:
    """Every movement of your cash, the newest first, each with the balance after it.

    A purchase is two entries: the trade's value, and the commission. Entries are final.
    """
    return cash.list_ledger(tx, query)


@routes.post("/v1/exchange/deposits", status=201, key_required=True, example=examples.REQUEST_DEPOSIT)
def request_deposit(tx: Tx, body: models.NewTransfer) -> models.Transfer:
    """Announce a deposit. The money is yours to trade with once an administrator has confirmed that it came in.

    Money is not asked for twice by accident: this needs an Idempotency-Key, and the same request under the same key is one
    deposit however often it is sent.
    """
    return cash.request_transfer(tx, "deposit", body)


@routes.post(
    "/v1/exchange/withdrawals", scope=None, status=201, key_required=True, example=examples.REQUEST_WITHDRAWAL
)
def request_withdrawal(tx: Tx, body: models.NewTransfer) -> models.Transfer:
    """Ask for money to be paid out. It is held from now on, and gone once an administrator has confirmed it.

    More than is available is 409 `insufficient_cash`. This needs an Idempotency-Key: the same request under the same key is
    one withdrawal however often it is sent. An API key may trade but not ask for this.
    """
    return cash.request_transfer(tx, "withdrawal", body)


@routes.get("/v1/exchange/transfers", example=examples.LIST_TRANSFERS)
def list_transfers(tx: Tx, query: models.TransfersQuery) -> Page[models.Transfer]:
    """Your deposits and withdrawals, the newest first."""
    return cash.list_transfers(tx, query)


@routes.delete("/v1/exchange/transfers/{transfer_id}", example=examples.CANCEL_TRANSFER)
def cancel_transfer(tx: Tx, transfer_id: Id) -> None:
    """Take back a deposit or withdrawal that nobody has decided about: afterwards it is 409 `transfer_decided`."""
    cash.cancel_transfer(tx, transfer_id)


@routes.get("/v1/exchange/holdings", example=examples.LIST_HOLDINGS)
def list_holdings(tx: Tx, query: models.HoldingsQuery) -> Page[models.ShareHolding]:
    """Your shares, marked at the last trade's price: value, unrealised and realised gain."""
    return holdings.list_holdings(tx, query)


@routes.get("/v1/exchange/portfolio", example=examples.SHOW_PORTFOLIO)
def show_exchange_portfolio(tx: Tx) -> models.SharePortfolio:
    """Your cash and shares, and what they are worth together, all of one moment."""
    return holdings.show_portfolio(tx)


@routes.post(
    "/v1/admin/exchange/vehicles",
    access="admin",
    scope=None,
    status=201,
    idempotent=True,
    example=examples.ADD_VEHICLE,
)
def add_vehicle(tx: Tx, body: models.NewVehicle) -> models.Vehicle:
    """Add a vehicle, whose shares can then be offered."""
    return offerings.add_vehicle(tx, body)


@routes.patch(
    "/v1/admin/exchange/vehicles/{vehicle_id}", access="admin", scope=None, example=examples.CHANGE_VEHICLE
)
def change_vehicle(tx: Tx, vehicle_id: Id, body: models.VehicleChange) -> models.Vehicle:
    """Rename a vehicle, or describe it otherwise. Fields left out stay as they are."""
    return offerings.change_vehicle(tx, vehicle_id, body)


@routes.post(
    "/v1/admin/exchange/offerings",
    access="admin",
    scope=None,
    status=201,
    idempotent=True,
    example=examples.LIST_OFFERING,
)
def list_offering(tx: Tx, body: models.NewOffering) -> models.Offering:
    """List an offering: all its shares are issued to the seller, at the issue price, and trading begins.

    Sizes and number of shares are for good. The first auction is the next one on the New York Stock Exchange's calendar.
    """
    return offerings.list_offering(tx, body)


@routes.post(
    "/v1/admin/exchange/offerings/{offering_id}/halt",
    access="admin",
    scope=None,
    idempotent=True,
    example=examples.HALT_OFFERING,
)
def halt_offering(tx: Tx, offering_id: Id, body: models.StatusChange) -> models.Offering:
    """Stop trading in an offering for now. Orders stay in the book and can be cancelled; new ones are refused."""
    return offerings.set_status(tx, offering_id, "halted", body.note)


@routes.post(
    "/v1/admin/exchange/offerings/{offering_id}/resume",
    access="admin",
    scope=None,
    idempotent=True,
    example=examples.RESUME_OFFERING,
)
def resume_offering(tx: Tx, offering_id: Id, body: models.StatusChange) -> models.Offering:
    """Let a halted offering trade again.

    Where the halt cut a call short and left orders that cross, trading resumes in a call, until the next auction.
    """
    return offerings.set_status(tx, offering_id, "trading", body.note)


@routes.post(
    "/v1/admin/exchange/offerings/{offering_id}/close",
    access="admin",
    scope=None,
    idempotent=True,
    example=examples.CLOSE_OFFERING,
)
def close_offering(tx: Tx, offering_id: Id, body: models.StatusChange) -> models.Offering:
    """End trading in an offering, for good. All its open orders are cancelled; who holds shares keeps them."""
    return offerings.set_status(tx, offering_id, "closed", body.note)


@routes.get("/v1/admin/exchange/transfers", access="admin", scope=None, example=examples.LIST_ALL_TRANSFERS)
def list_all_transfers(tx: Tx, query: models.UsersTransfersQuery) -> Page[models.UsersTransfer]:
    """Everybody's deposits and withdrawals, the newest first. `status=pending` is what waits for a decision."""
    return cash.list_all_transfers(tx, query)


@routes.post(
    "/v1/admin/exchange/transfers/{transfer_id}/confirm",
    access="admin",
    scope=None,
    idempotent=True,
    example=examples.CONFIRM_TRANSFER,
)
def confirm_transfer(tx: Tx, transfer_id: Id, body: models.Decision) -> models.UsersTransfer:
    """Say that the money of a deposit came in, or that a withdrawal was paid out: now it moves in the books.

    A transfer is decided once: afterwards the answer is 409 `transfer_decided`.
    """
    return cash.decide_transfer(tx, transfer_id, "confirmed", body.note)


@routes.post(
    "/v1/admin/exchange/transfers/{transfer_id}/reject",
    access="admin",
    scope=None,
    idempotent=True,
    example=examples.REJECT_TRANSFER,
)
def reject_transfer(tx: Tx, transfer_id: Id, body: models.Decision) -> models.UsersTransfer:
    """Say that a deposit did not come in, or that a withdrawal is not paid out. What it held is free again."""
    return cash.decide_transfer(tx, transfer_id, "rejected", body.note)


@routes.get("/v1/admin/exchange/commissions", access="admin", scope=None, example=examples.LIST_COMMISSIONS)
def list_commissions(tx: Tx) -> models.EarnedCommissions:
    """What the house earned, in all and by offering."""
    return cash.earned_commissions(tx)


@routes.get("/v1/admin/exchange/books", access="admin", scope=None, example=examples.CHECK_BOOKS)
def check_books(tx: Tx) -> models.BookCheck:
    """Whether the books agree: balances with the ledger, reserves with orders, shares with trades, quotes with the book.

    Every row is read: on a large exchange this takes seconds. A job does the same every hour.
    """
    return books.check_books(tx)
