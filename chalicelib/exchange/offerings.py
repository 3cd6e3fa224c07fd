"""Vehicles and their offerings: what is traded, from its listing to its closing."""

from __future__ import annotations

import json
from typing import Any

from chalicelib.core import clock, db
from chalicelib.core.db import Tx
from chalicelib.core.errors import FieldError, InvalidInput, NotFound
from chalicelib.core.models import Page, PageQuery, decode_cursor
from chalicelib.exchange import trading_calendar
from chalicelib.exchange.models import (
    NewOffering,
    NewVehicle,
    NextAuction,
    Offering,
    OfferingsQuery,
    Status,
    Vehicle,
    VehicleChange,
)
from chalicelib.exchange.outcome import unwrap
from chalicelib.exchange.schedule import auction_after

queries = db.Queries(__file__)

MOST_ISSUED = 10**12
"""Dollars: what an order is worth at most, too. What somebody is issued counts as a contribution in a day's statistics,
whose columns hold a million times that."""


def list_vehicles(tx: Tx, query: PageQuery) -> Page[Vehicle]:
    """All vehicles, the oldest first."""
    rows = queries.list_vehicles(tx.conn, after=_after(query), limit=query.limit + 1)
    found = [Vehicle.model_validate(row) for row in rows]
    return Page[Vehicle].of(found, query.limit, lambda vehicle: [vehicle.id])


def show_vehicle(tx: Tx, vehicle_id: int) -> Vehicle:
    """One vehicle. Raises NotFound."""
    row = queries.show_vehicle(tx.conn, id=vehicle_id)
    if row is None:
        raise _vehicle_unknown(vehicle_id)
    return Vehicle.model_validate(row)


def add_vehicle(tx: Tx, vehicle: NewVehicle) -> Vehicle:
    """A new vehicle, for administrators. Raises Conflict where there is one of that name."""
    return Vehicle.model_validate(queries.add_vehicle(tx.conn, **vehicle.model_dump()))


def change_vehicle(tx: Tx, vehicle_id: int, change: VehicleChange) -> Vehicle:
    """Changes what was sent. Raises NotFound, InvalidInput, and Conflict where another has that name."""
    wanted = change.model_dump(exclude_unset=True)
    if wanted.get("name", "") is None:
        raise InvalidInput(fields=[FieldError("body.name", "missing", "A vehicle needs a name.")])
    row = queries.change_vehicle(tx.conn, id=vehicle_id, changes=json.dumps(wanted))
    if row is None:
        raise _vehicle_unknown(vehicle_id)
    return Vehicle.model_validate(row)


def list_offerings(tx: Tx, query: OfferingsQuery) -> Page[Offering]:
    """Offerings, the oldest first."""
    filters = {"vehicle_id": query.vehicle_id, "status": query.status, "symbol": query.symbol}
    found = _offerings(tx, after=_after(query), limit=query.limit + 1, **filters)
    return Page[Offering].of(found, query.limit, lambda offering: [offering.id])


def show_offering(tx: Tx, offering_id: int) -> Offering:
    """One offering, with its market as it stands. Raises NotFound."""
    found = _offerings(tx, id=offering_id)
    if not found:
        raise NotFound("offering_unknown", f"There is no offering {offering_id}.")
    return found[0]


def list_offering(tx: Tx, offering: NewOffering) -> Offering:
    """Lists a new offering, for administrators: all its shares are issued to the seller, at the issue price.

    Raises InvalidInput where sizes do not fit together, NotFound for an unknown vehicle or seller, Conflict for a symbol
    that another offering has.
    """
    _require_fitting_sizes(offering)
    now = clock.now()
    fields = offering.model_dump(mode="json", exclude={"seller_id"})
    fields |= auction_after(now, offering.hours).columns
    trading_calendar.keep_ahead(tx, now)
    offering_id = queries.list_offering(
        tx.conn, offering=json.dumps(fields), seller_id=offering.seller_id, now=now
    )
    return show_offering(tx, offering_id)


def set_status(tx: Tx, offering_id: int, status: Status, note: str | None) -> Offering:
    """Halts ("halted"), resumes ("trading") or closes ("closed") an offering, for administrators.

    Closing cancels its open orders. Raises NotFound; Conflict where it has that status already, or was closed.
    """
    unwrap(queries.set_offering_status(tx.conn, id=offering_id, status=status, note=note, now=clock.now()))
    return show_offering(tx, offering_id)


def _offerings(tx: Tx, **wanted: Any) -> list[Offering]:
    nothing = {"id": None, "vehicle_id": None, "status": None, "symbol": None, "after": None, "limit": 1}
    rows = queries.list_offerings(tx.conn, **{**nothing, **wanted, "now": clock.now()})
    return [_offering(row) for row in rows]


def _offering(row: dict[str, Any]) -> Offering:
    event_type, day, at, calls_from = (
        row.pop(name) for name in ("next_auction", "next_auction_day", "next_auction_at", "calls_from")
    )
    coming = None
    if row["status"] != "closed":
        coming = NextAuction(event_type=event_type, day=day, at=at, calls_from=calls_from)
    return Offering(next_auction=coming, **row)


def _require_fitting_sizes(offering: NewOffering) -> None:
    wrong = []
    if offering.issue_price % offering.tick_size:
        words = f"A price is a multiple of the tick_size, {offering.tick_size}."
        wrong.append(FieldError("body.issue_price", "off_tick", words))
    if offering.shares_issued * offering.issue_price > MOST_ISSUED:
        words = f"All shares together are issued for at most {MOST_ISSUED:,} USD."
        wrong.append(FieldError("body.issue_price", "too_large", words))
    if offering.shares_issued % offering.lot_size:
        words = f"Shares come in lots of {offering.lot_size}."
        wrong.append(FieldError("body.shares_issued", "odd_lot", words))
    if wrong:
        raise InvalidInput(fields=wrong)


def _after(query: PageQuery) -> int | None:
    key = decode_cursor(query.cursor, int)
    return key[0] if key else None


def _vehicle_unknown(vehicle_id: int) -> NotFound:
    return NotFound("vehicle_unknown", f"There is no vehicle {vehicle_id}.")
