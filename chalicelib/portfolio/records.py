"""What the ledger reads and writes: transactions, splits and rules in, outcomes and entries out. Plain values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, NamedTuple

Kind = Literal[
    "holding", "cash", "flow", "implied", "realised", "dividend", "interest", "fee", "tax", "split"
]
"""holding: change of an asset's quantity, in units of that day. cash: change of cash in a currency. flow: what came from
outside (+) or went there (−): deposits, withdrawals, transfers at quantity × price. implied: a deposit that a movement
beyond the cash at hand implies; it has a cash entry of its own. realised: proceeds less cost of what went, without
fees and taxes. dividend, interest: gross. fee, tax: cost, as a positive number. split: the ratio; it has a holding
entry of its own."""

TransactionType = Literal[
    "buy",
    "sell",
    "dividend",
    "interest",
    "fee",
    "tax",
    "deposit",
    "withdrawal",
    "transfer_in",
    "transfer_out",
]
HOLDING_SIGN: Mapping[str, int] = {"buy": 1, "transfer_in": 1, "sell": -1, "transfer_out": -1}
CASH_SIGN: Mapping[str, int] = {
    "buy": -1, "sell": 1, "dividend": 1, "interest": 1, "fee": -1, "tax": -1, "deposit": 1, "withdrawal": -1,
}  # fmt: skip
FLOW_SIGN: Mapping[str, int] = {"deposit": 1, "withdrawal": -1, "transfer_in": 1, "transfer_out": -1}
OWN_KIND: Mapping[str, Kind] = {"dividend": "dividend", "interest": "interest", "fee": "fee", "tax": "tax"}

Rates = Mapping[tuple[str, date], Decimal | None]
"""US dollars for one unit of a currency on a day; None or absent: not known."""


class Transaction(NamedTuple):
    """What happened, as it was traded then. `at` is in UTC; `quantity` > 0, the type gives the sign."""

    id: int
    at: datetime
    type: str
    asset_id: int | None
    quantity: Decimal
    price: Decimal
    currency: str
    fee: Decimal
    fee_currency: str
    tax: Decimal


class Split(NamedTuple):
    """`ratio` new shares for one old, from the start of `day` in UTC."""

    asset_id: int
    day: date
    ratio: Decimal


class Rules(NamedTuple):
    """How a portfolio keeps its books."""

    fifo: bool = False
    strict_cash: bool = False
    allow_short: bool = False


class Entry(NamedTuple):
    """One line of the ledger. `place` orders the lines of a portfolio in time."""

    place: int
    transaction_id: int | None
    day: date
    kind: Kind
    asset_id: int | None
    currency: str | None
    amount: Decimal


class Outcome(NamedTuple):
    """What the ledger found out about a transaction: everything else of its entries is in the transaction itself."""

    transaction: Transaction
    place: int
    closes: bool
    """Whether it closed (part of) a holding."""
    realised: Decimal | None
    """The gain of what it closed, in `realised_currency`; None where not known, or where it closed nothing."""
    realised_currency: str | None
    implied: tuple[tuple[str, Decimal], ...]
    """Deposits that it implied, by currency."""


class Refused(Exception):
    """A transaction that cannot have happened: more was sold than was held, or more spent than was there."""

    def __init__(
        self, code: Literal["insufficient_holding", "insufficient_cash"], transaction: Transaction, have: Decimal,
        shortfall: Decimal, currency: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(code)
        self.code = code
        self.transaction = transaction
        self.have = have
        """The holding or the cash right before it."""
        self.shortfall = shortfall
        self.currency = currency
