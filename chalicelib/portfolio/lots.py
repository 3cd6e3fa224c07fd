"""Lots: what was bought when for how much, and what is gained when some of it goes. Pure.

Average cost: all that is held of an asset is one lot. A purchase adds to its quantity and cost; what goes takes its share
of the cost with it (HMRC, Capital Gains Manual CG51622 and helpsheet HS284, "Section 104 holding": a pool whose allowable
cost is apportioned by the number of shares sold).

FIFO: every purchase is a lot, and the oldest go first (IRS Publication 550, "Identifying stock or bonds sold": the basis of
the securities acquired first).

Cost is what was paid without fees and taxes, in the book's currency: that of the asset's first purchase. A short sale
opens a lot of negative quantity and negative cost (the proceeds), so that everywhere

    gain of a part = part × price − cost of the part          cost of a part = cost of the lot × part ÷ quantity of the lot

An unknown cost (None: a purchase in another currency on a day whose rate is not known) stays unknown until its lot is gone.
Quotients are rounded to PLACES decimals; what closes a lot takes all its remaining cost, so nothing is ever lost by it.
Call within `arithmetic()`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Context, Decimal, localcontext
from typing import NamedTuple

ZERO = Decimal(0)
PLACES = Decimal("1e-18")
DIGITS = 120
"""Products of two amounts (38 digits each) and their sums are exact in it."""


@contextmanager
def arithmetic() -> Iterator[None]:
    """Within the block Decimal has room for everything that the ledger multiplies and adds."""
    with localcontext(Context(prec=DIGITS)):
        yield


def rounded(number: Decimal) -> Decimal:
    """To PLACES decimals, without trailing zeros."""
    return number.quantize(PLACES).normalize()


class Closure(NamedTuple):
    """A part of a lot that went: when it was opened and closed, by which transactions, at what cost and for how much.

    `quantity` is in units of the closing day, negative for a short sale that was covered. Unknown figures are None.
    """

    asset_id: int
    opened_at: datetime
    opened_by: int | None
    closed_at: datetime
    closed_by: int
    quantity: Decimal
    cost: Decimal | None
    proceeds: Decimal | None
    currency: str

    @property
    def gain(self) -> Decimal | None:
        return None if self.cost is None or self.proceeds is None else self.proceeds - self.cost


class Lot:
    """What is still open of one purchase (FIFO), or of all (average cost)."""

    __slots__ = ("cost", "opened_at", "place", "quantity", "transaction_id")

    def __init__(
        self,
        place: int,
        transaction_id: int | None,
        opened_at: datetime,
        quantity: Decimal,
        cost: Decimal | None,
    ) -> None:
        self.place = place
        self.transaction_id = transaction_id
        """What opened it; None by average cost, where many did."""
        self.opened_at = opened_at
        self.quantity = quantity
        self.cost = cost


class Book:
    """One asset of one portfolio: its open lots, and what was realised and received so far.

    `lots` may hold only the oldest lots as long as `quantity`, `known_cost` and `unknown_lots` count all of them: so a sale
    at the end of a long history reads only the lots that it closes.
    """

    __slots__ = (
        "asset_id", "currency", "dividends", "fifo", "first_day", "known_cost", "lots", "quantity", "realised",
        "touched", "unknown_lots",
    )  # fmt: skip

    def __init__(self, asset_id: int, currency: str, first_day: date, fifo: bool) -> None:
        self.asset_id = asset_id
        self.currency = currency
        self.first_day = first_day
        """The day of its first purchase ever."""
        self.fifo = fifo
        self.lots: deque[Lot] = deque()
        self.quantity = ZERO
        self.known_cost = ZERO
        self.unknown_lots = 0
        self.realised: Decimal | None = ZERO
        self.dividends: Decimal | None = ZERO
        self.touched: dict[int, Lot | None] = {}
        """Lots that changed since the book was made, by place; None for one that is gone."""

    @property
    def cost(self) -> Decimal | None:
        """Of everything held; None where a part of it is not known."""
        return None if self.unknown_lots else self.known_cost

    @property
    def average_price(self) -> Decimal | None:
        """Cost per share; None where nothing is held or the cost is not known."""
        if not self.quantity or self.unknown_lots:
            return None
        return rounded(self.known_cost / self.quantity)

    def resume(self, lots: Iterable[Lot], quantity: Decimal, known_cost: Decimal, unknown_lots: int) -> None:
        """Goes on from a stored state; `lots` needs to hold those only that are about to be closed or added to."""
        self.lots.extend(lots)
        self.quantity, self.known_cost, self.unknown_lots = quantity, known_cost, unknown_lots

    def add(
        self, quantity: Decimal, price: Decimal | None, place: int, transaction_id: int, at: datetime
    ) -> None:
        """Opens `quantity` (negative: short) at `price` each, in the book's currency."""
        cost = None if price is None else quantity * price
        if self.lots and not self.fifo:
            lot = self.lots[0]
            self._count(lot.cost, -1)
            lot.quantity += quantity
            lot.cost = None if lot.cost is None or cost is None else lot.cost + cost
            cost = lot.cost
        else:
            lot = Lot(place, transaction_id if self.fifo else None, at, quantity, cost)
            self.lots.append(lot)
        self._count(cost, 1)
        self.quantity += quantity
        self.touched[lot.place] = lot

    def take(
        self, quantity: Decimal, price: Decimal | None, transaction_id: int, at: datetime
    ) -> list[Closure]:
        """Closes `quantity` (signed like what is held, and no more than that) at `price` each, the oldest first."""
        closures = []
        left = quantity
        while left:
            lot = self.lots[0]
            whole = abs(lot.quantity) <= abs(left)
            part = lot.quantity if whole else left
            cost = self._take_whole(lot) if whole else self._take_part(lot, part)
            left -= part
            proceeds = None if price is None else part * price
            closures.append(
                Closure(
                    self.asset_id, lot.opened_at, lot.transaction_id, at, transaction_id, part, cost, proceeds,
                    self.currency,
                )
            )  # fmt: skip
        self.quantity -= quantity
        return closures

    def split(self, ratio: Decimal) -> Decimal:
        """Every share becomes `ratio` shares; the cost stays. Returns the change of the quantity."""
        before, self.quantity = self.quantity, ZERO
        for lot in self.lots:
            # a third times three thousand is a thousand; what would vanish is not rounded
            lot.quantity = rounded(lot.quantity * ratio) or lot.quantity * ratio
            self.quantity += lot.quantity
            self.touched[lot.place] = lot
        return self.quantity - before

    def _count(self, cost: Decimal | None, sign: int) -> None:
        if cost is None:
            self.unknown_lots += sign
        else:
            self.known_cost += cost if sign > 0 else -cost

    def _take_whole(self, lot: Lot) -> Decimal | None:
        self.lots.popleft()
        self.touched[lot.place] = None
        self._count(lot.cost, -1)
        return lot.cost

    def _take_part(self, lot: Lot, part: Decimal) -> Decimal | None:
        cost = None if lot.cost is None else rounded(lot.cost * part / lot.quantity)
        lot.quantity -= part
        if cost is not None and lot.cost is not None:
            lot.cost -= cost
            self.known_cost -= cost
        self.touched[lot.place] = lot
        return cost
