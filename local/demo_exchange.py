"""The demo exchange: an offering that was traded for some days, so that the console has a chart, a book, a leaderboard.

What happened is made up, and the same each time: prices wander as a seeded generator says. It is brought about by the
exchange's own rules, at the moments at which it is said to have happened: auctions, candles and trading days are real.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

if TYPE_CHECKING:
    from chalicelib.core.db import Tx
    from chalicelib.exchange.models import NextAuction
    from chalicelib.exchange.order_models import NewOrder

SYMBOL = "ROADSTER"
VEHICLE = "Silver Roadster 1957"
DESCRIPTION = (
    "A sports car of 1957 in silver, restored, and kept in a museum: shares of it are shares of its sale."
)
SHARES = 20_000
ISSUE_PRICE = Decimal("100.00")
TICK = Decimal("0.25")
DAYS = 6
"""Of trading before the moment at which it is made."""
LEVELS = 8
"""Prices on each side of the book that the market maker keeps."""
SEED = 1957
CASH = {"maker": Decimal(400_000), "demo": Decimal(25_000), "trader": Decimal(400_000)}
DAY_CLOSES_AFTER = timedelta(minutes=18)
"""After the closing auction: the day lasts a quarter of an hour more, and what is under way then has settled."""
ASKED = Decimal(1_500)
"""A deposit of the demo person's that waits for the administrator."""


class People(NamedTuple):
    """Whose accounts take part: the market maker has all shares at first."""

    maker: UUID
    demo: UUID
    trader: UUID
    admin: UUID


def make(people: People, now: datetime) -> bool:
    """Makes vehicle, offering, cash and trading up to `now`, unless there is an offering of that symbol; whether it did.

    Acts without HTTP, because orders of past moments are not to be had over it. Raises errors.Problem.
    """
    market = Market(people, now - timedelta(days=DAYS))
    if market.is_there():
        return False
    market.list_offering()
    begins = market.begins.replace(minute=5, second=0, microsecond=0) + timedelta(hours=1)
    for hour in range(DAYS * 24):
        moment = begins + timedelta(hours=hour)
        if moment + timedelta(hours=1) > now:
            break
        market.trade(moment)
    market.go_on(now)
    market.leave_open(now)
    return True


class Market:
    """The offering, and what the people do in it."""

    def __init__(self, people: People, begins: datetime) -> None:
        self.people = people
        self.begins = begins
        self._random = Random(SEED)
        self._price = ISSUE_PRICE
        self._id = 0
        self._next: NextAuction | None = None
        self._closes_at: datetime | None = None

    def is_there(self) -> bool:
        from chalicelib.exchange import offerings
        from chalicelib.exchange.models import OfferingsQuery

        with self._as(self.people.admin, self.begins) as tx:
            return bool(offerings.list_offerings(tx, OfferingsQuery(symbol=SYMBOL)).items)

    def list_offering(self) -> None:
        """Vehicle, cash and offering, all from the beginning."""
        from chalicelib.exchange import cash, offerings
        from chalicelib.exchange.models import NewOffering, NewTransfer, NewVehicle

        with self._as(None, self.begins) as tx:
            tx.execute("select exchange.make_trade_partitions(%s, %s)", [self.begins, self.begins])
        for name, amount in CASH.items():
            wanted = NewTransfer(amount=amount, reference="Opening deposit")
            with self._as(getattr(self.people, name), self.begins) as tx:
                asked = cash.request_transfer(tx, "deposit", wanted).id
            with self._as(self.people.admin, self.begins) as tx:
                cash.decide_transfer(tx, asked, "confirmed", None)
        with self._as(self.people.admin, self.begins) as tx:
            vehicle = offerings.add_vehicle(tx, NewVehicle(name=VEHICLE, description=DESCRIPTION))
            wanted_offering = NewOffering(
                vehicle_id=vehicle.id, symbol=SYMBOL, seller_id=self.people.maker, shares_issued=SHARES,
                issue_price=ISSUE_PRICE, tick_size=TICK,
            )  # fmt: skip
            self._id = offerings.list_offering(tx, wanted_offering).id

    def go_on(self, until: datetime) -> None:
        """Does what the clock brings up to a moment: auctions, each after a few orders of its own, and the ends of
        trading days. A day ends after its closing auction, and what is traded in between counts to it."""
        while (coming := self._coming(until)) is not None and coming.at <= until:
            self._close_day(coming.at)
            self._hold(coming)
        self._close_day(until)

    def _hold(self, coming: NextAuction) -> None:
        from chalicelib.exchange import auction_jobs

        self._meet(coming.calls_from + timedelta(minutes=4))
        auction_jobs.hold_auctions(coming.at)
        self._next = None
        if coming.event_type == "closing_auction":
            self._closes_at = coming.at + DAY_CLOSES_AFTER

    def _close_day(self, until: datetime) -> None:
        """Closes the trading day that has ended, if its time has come."""
        from chalicelib.exchange import report_jobs

        if self._closes_at is not None and self._closes_at <= until:
            report_jobs.close_trading_day(self._closes_at)
            self._closes_at = None

    def _meet(self, moment: datetime) -> None:
        """Orders that cross, as only a call lets them stand."""
        shares = self._random.randrange(10, 60, 5)
        self._place(self.people.maker, moment, [_order("sell", shares, self._price, "gtc")])
        self._place(self.people.trader, moment, [_order("buy", shares + 5, self._price + TICK, "day")])

    def trade(self, moment: datetime) -> None:
        """One hour: the price wanders, the maker quotes anew, and in most hours somebody takes a quote."""
        self.go_on(moment)  # first: its orders are about the price that the maker's quote is about
        self._price = max(
            TICK * 200, self._price + TICK * self._random.choice((-4, -2, -1, 0, 1, 1, 2, 3, 4))
        )
        self._quote(moment)
        for minute in range(4, 4 + 10 * self._random.choice((0, 1, 2, 3, 4)), 10):
            side = self._random.choice(("buy", "sell"))
            reach = TICK * self._random.randrange(1, 7)
            price = self._price + reach if side == "buy" else self._price - reach
            taker = self._random.choice((self.people.demo, self.people.trader, self.people.trader))
            order = _order(side, self._random.randrange(1, 25), price, "ioc")
            at = moment + timedelta(minutes=minute)
            self.go_on(at)
            self._place(taker, at, [order])

    def _quote(self, moment: datetime) -> None:
        from chalicelib.exchange import orders
        from chalicelib.exchange.order_models import NewOrders

        sizes = [self._random.randrange(5, 40) + 6 * level for level in range(LEVELS)]
        steps = [(size, TICK * (level + 1)) for level, size in enumerate(sizes)]
        asks = [_order("sell", size, self._price + step, "gtc") for size, step in steps]
        bids = [_order("buy", size, self._price - step, "gtc") for size, step in steps]
        with self._as(self.people.maker, moment) as tx:
            orders.cancel_all(tx, self._id)
            orders.place_many(tx, self._id, NewOrders(orders=asks + bids))

    def leave_open(self, now: datetime) -> None:
        """What the demo person finds: a quoted book, two open orders, and a deposit that waits."""
        from chalicelib.exchange import cash
        from chalicelib.exchange.models import NewTransfer

        self._quote(now)
        mine = [
            _order("buy", 15, self._price - 2 * TICK, "gtc"),
            _order("sell", 5, self._price + 4 * TICK, "gtc"),
        ]
        self._place(self.people.demo, now, mine)
        with self._as(self.people.demo, now) as tx:
            cash.request_transfer(tx, "deposit", NewTransfer(amount=ASKED, reference="Second deposit"))

    def _place(self, who: UUID, moment: datetime, wanted: list[NewOrder]) -> None:
        """Places orders. One that is refused, for want of shares, say, is left out: then less happened."""
        from chalicelib.exchange import orders
        from chalicelib.exchange.order_models import NewOrders

        with self._as(who, moment) as tx:
            orders.place_many(tx, self._id, NewOrders(orders=wanted))

    def _coming(self, moment: datetime) -> NextAuction | None:
        """The next auction: asked for once, until it was held."""
        from chalicelib.exchange import offerings

        if self._next is None:
            with self._as(self.people.admin, moment) as tx:
                self._next = offerings.show_offering(tx, self._id).next_auction
        return self._next

    @contextmanager
    def _as(self, who: UUID | None, moment: datetime) -> Iterator[Tx]:
        """A transaction of a moment in somebody's name; of a job without anybody."""
        from chalicelib.core import clock, db
        from chalicelib.core.principal import JOB, Principal

        principal = JOB if who is None else Principal("admin" if who == self.people.admin else "user", who)
        with clock.at(moment), db.transaction(principal) as tx:
            yield tx


def _order(side: str, shares: int, price: Decimal, force: str) -> NewOrder:
    from chalicelib.exchange.order_models import NewOrder

    return NewOrder.model_validate(
        {
            "order_type": side,
            "shares_requested": shares,
            "price_per_share": str(price),
            "time_in_force": force,
        }
    )
