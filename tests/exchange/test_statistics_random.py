"""A trading day's statistics beside a replay: random days of trades, deposits and listings, computed anew in Python."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Database
from tests.exchange import factory
from tests.exchange.days import RESULTS, close, funded, stats, trade, utc
from tests.exchange.factory import Offering, Trader

BEGIN = utc("2026-03-05 22:00")
"""Thursday evening: Friday, Monday (from which on New York has summer time) and Tuesday follow."""
DAYS = {
    date(2026, 3, 6): utc("2026-03-06 21:15"),
    date(2026, 3, 9): utc("2026-03-09 20:15"),
    date(2026, 3, 10): utc("2026-03-10 20:15"),
}
BEFORE = utc("2026-03-05 21:15")
END = DAYS[date(2026, 3, 10)]
LATE = utc("2026-03-13 12:00")
MINUTES = int((END - BEGIN).total_seconds() // 60) + 600
CENT, MICRO = Decimal("0.01"), Decimal("0.000001")


class Event(NamedTuple):
    """Something that happens so many minutes after the beginning; what exactly is drawn by the numbers."""

    minute: int
    kind: str
    who: int
    whom: int
    size: int
    cents: int


EVENTS = st.lists(
    st.builds(
        Event,
        minute=st.integers(1, MINUTES),
        kind=st.sampled_from(["trade", "trade", "trade", "trade", "deposit", "withdrawal", "listing"]),
        who=st.integers(0, 99),
        whom=st.integers(0, 99),
        size=st.integers(1, 60),
        cents=st.integers(5_000, 15_000),
    ),
    min_size=1,
    max_size=25,
)


@dataclass
class Person:
    cash: Decimal = Decimal(0)
    shares: dict[int, int] = field(default_factory=dict)
    costs: dict[int, Decimal] = field(default_factory=dict)


@dataclass
class Day:
    """What somebody did on one day."""

    trades_executed: int = 0
    shares_bought: int = 0
    shares_sold: int = 0
    value_bought: Decimal = Decimal(0)
    value_sold: Decimal = Decimal(0)
    commission: Decimal = Decimal(0)
    realised_gain: Decimal = Decimal(0)
    net_deposits: Decimal = Decimal(0)
    sales: int = 0
    gaining: int = 0


class Replay:
    """The exchange in a few lines: what everybody has, day by day."""

    def __init__(self) -> None:
        self.people: list[Person] = []
        self.marks: dict[int, Decimal] = {}
        self.today: list[Day] = []
        self.opening: list[tuple[Decimal, Decimal, bool]] = []

    def add(self, cash: int) -> None:
        self.people.append(Person(Decimal(cash)))
        self.today.append(Day())

    def list_offering(self, offering: int, seller: int, shares: int, price: Decimal) -> None:
        self.marks[offering] = price
        self.people[seller].shares[offering] = shares
        self.people[seller].costs[offering] = shares * price
        self.today[seller].net_deposits += shares * price

    def pay(self, who: int, amount: Decimal) -> None:
        self.people[who].cash += amount
        self.today[who].net_deposits += amount

    def trade(self, offering: int, seller: int, buyer: int, shares: int, price: Decimal) -> None:
        value = shares * price
        commission = (value / 50).quantize(CENT, ROUND_HALF_EVEN)
        giving, taking = self.people[seller], self.people[buyer]
        held, cost = giving.shares[offering], giving.costs[offering]
        part = cost if shares == held else (cost * shares / held).quantize(MICRO, ROUND_HALF_UP)
        giving.shares[offering], giving.costs[offering] = held - shares, cost - part
        giving.cash += value
        taking.shares[offering] = taking.shares.get(offering, 0) + shares
        taking.costs[offering] = taking.costs.get(offering, Decimal(0)) + value
        taking.cash -= value + commission
        self.marks[offering] = price
        sale, purchase = self.today[seller], self.today[buyer]
        sale.trades_executed += 1
        sale.shares_sold += shares
        sale.value_sold += value
        sale.realised_gain += value - part
        sale.sales += 1
        sale.gaining += value > part
        purchase.trades_executed += 1
        purchase.shares_bought += shares
        purchase.value_bought += value
        purchase.commission += commission

    def state(self, who: int) -> tuple[Decimal, Decimal, bool]:
        """Equity, unrealised gain, and whether any shares are held."""
        person = self.people[who]
        worth = sum((self.marks[one] * held for one, held in person.shares.items()), Decimal(0))
        held = any(person.shares.values())
        return person.cash + worth, worth - sum(person.costs.values(), Decimal(0)), held

    def begin_day(self) -> None:
        self.today = [Day() for _ in self.people]
        self.opening = [self.state(who) for who in range(len(self.people))]

    def end_day(self) -> list[dict[str, Any] | None]:
        found = []
        for who, day in enumerate(self.today):
            opening, unrealised_before, held_before = self.opening[who]
            closing, unrealised, held = self.state(who)
            gain = closing - opening - day.net_deposits
            row = vars(day) | {
                "opening_equity": opening,
                "closing_equity": closing,
                "unrealised_change": unrealised - unrealised_before,
                "daily_gain_loss": gain,
                "daily_gain_loss_pct": (gain * 100 / opening).quantize(Decimal("0.0001"), ROUND_HALF_UP)
                if opening
                else None,
                "win_rate_pct": (Decimal(day.gaining) * 100 / day.sales).quantize(CENT, ROUND_HALF_UP)
                if day.sales
                else None,
            }
            is_in = held or held_before or day.trades_executed
            found.append({name: row[name] for name in RESULTS} if is_in else None)
        self.begin_day()
        return found


class Both:
    """The same things happen on the exchange and in the replay."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.replay = Replay()
        self.people: list[Trader] = []
        self.offerings: list[Offering] = []
        for _ in range(4):
            self.people.append(funded(database, 100_000, BEFORE - timedelta(days=1)))
            self.replay.add(100_000)
        self.people.append(factory.trader(database))  # the seller, without cash
        self.replay.add(0)
        self.list_offering(BEFORE - timedelta(hours=1), Decimal(100))
        self.replay.begin_day()

    def list_offering(self, at: datetime, price: Decimal) -> None:
        seller = len(self.people) - 1
        listed = factory.offering(self.database, self.people[seller], shares=500, price=price, at=at)
        self.offerings.append(listed)
        self.replay.list_offering(listed.id, seller, 500, price)

    def happen(self, event: Event) -> None:
        at = BEGIN + timedelta(minutes=event.minute)
        who = event.who % len(self.people)
        price = Decimal(event.cents) / 100
        if event.kind == "listing":
            self.list_offering(at, price)
        elif event.kind == "deposit":
            factory.deposit(self.people[who], price, at)
            self.replay.pay(who, price)
        elif event.kind == "withdrawal":
            if self.replay.people[who].cash >= price:
                factory.withdraw(self.people[who], price, at)
                self.replay.pay(who, -price)
        else:
            self.trade(event, who, price, at)

    def trade(self, event: Event, buyer: int, price: Decimal, at: datetime) -> None:
        listed = self.offerings[event.whom % len(self.offerings)]
        sellers = [
            place
            for place, person in enumerate(self.replay.people)
            if person.shares.get(listed.id) and place != buyer
        ]
        if not sellers:
            return
        seller = sellers[event.whom % len(sellers)]
        shares = min(event.size, self.replay.people[seller].shares[listed.id])
        if self.replay.people[buyer].cash < shares * price * Decimal("1.03"):
            return
        trade(listed, self.people[seller], self.people[buyer], shares, price, at)
        self.replay.trade(listed.id, seller, buyer, shares, price)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(events=EVENTS)
def test_every_day_is_what_a_replay_of_it_gives(database: Database, events: list[Event]) -> None:
    both = Both(database)
    waiting = sorted(events)
    expected = {}
    for day, end in DAYS.items():
        while waiting and BEGIN + timedelta(minutes=waiting[0].minute) <= end:
            both.happen(waiting.pop(0))
        expected[day] = both.replay.end_day()
    for event in waiting:  # and what comes after the last day
        both.happen(event)

    for day in DAYS:  # all of them late
        close(day, LATE)
    for day, rows in expected.items():
        assert [stats(person, day) for person in both.people] == rows
