"""The ledger: what follows from a portfolio's transactions. Pure: plain values in, plain values out.

Transactions happen in the order (timestamp, id); a split happens at 00:00 UTC of its day, before that day's transactions.
Each has entries (`Entry`), and everything else that is known about a portfolio is a sum over them: holdings, cash, flows,
gains, dividends, interest, fees, taxes. The kinds of entries and their signs are listed in `Kind`.

A ledger goes on from a stored state (`Ledger.resume`): a transaction at the end of a long history needs no replay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from chalicelib.portfolio.lots import ZERO, Book, Closure, arithmetic, rounded
from chalicelib.portfolio.records import (
    CASH_SIGN,
    FLOW_SIGN,
    HOLDING_SIGN,
    OWN_KIND,
    Entry,
    Kind,
    Outcome,
    Rates,
    Refused,
    Rules,
    Split,
    Transaction,
)
from chalicelib.portfolio.series import ONE
from chalicelib.portfolio.valuation import cross

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
BITS = 20
STRIDE = 16
"""Places that a transaction takes; it has at most ten entries."""
SPLIT_SPACE = 1024


class Ledger:
    """The state of a portfolio after some of its transactions, and their outcomes."""

    def __init__(self, rules: Rules, rates: Rates | None = None) -> None:
        self.rules = rules
        self.rates: Rates = rates or {}
        self.books: dict[int, Book] = {}
        self.cash: dict[str, Decimal] = {}
        self.outcomes: list[Outcome] = []
        self.closures: list[Closure] = []
        self.split_entries: list[Entry] = []
        self.last_place = -(2**63)

    def resume(self, books: Iterable[Book], cash: Mapping[str, Decimal], last_place: int | None) -> None:
        """Goes on from a stored state; only what the next transactions touch needs to be given."""
        self.books.update((book.asset_id, book) for book in books)
        self.cash.update(cash)
        if last_place is not None:
            self.last_place = last_place

    def apply(self, transaction: Transaction) -> Outcome:
        """Books the next transaction. Raises Refused; the ledger is of no use after that."""
        place = max(_place(transaction.at), self.last_place + STRIDE)
        self.last_place = place
        closes, realised, currency = False, None, None
        if transaction.type in HOLDING_SIGN:
            closes, realised, currency = self._trade(transaction, place)
        elif transaction.type == "dividend":
            self._receive(transaction)
        implied = tuple(self._pay(transaction, money, change) for money, change in cash_changes(transaction))
        outcome = Outcome(
            transaction,
            place,
            closes,
            realised,
            currency,
            tuple(pair for pair in implied if pair is not None),
        )
        self.outcomes.append(outcome)
        return outcome

    def split(self, split: Split, place: int) -> None:
        """Applies a split to what is held of its asset."""
        book = self.books.get(split.asset_id)
        if book is None or not book.quantity:
            return
        change = book.split(split.ratio)
        self.split_entries += [
            Entry(place, None, split.day, "split", split.asset_id, None, split.ratio),
            Entry(place + 1, None, split.day, "holding", split.asset_id, None, change),
        ]

    def entries(self) -> list[Entry]:
        """All entries so far, in order."""
        found = [entry for outcome in self.outcomes for entry in entries_of(outcome)]
        return sorted([*found, *self.split_entries])

    def _trade(self, transaction: Transaction, place: int) -> tuple[bool, Decimal | None, str]:
        identity, at, type_, asset_id, quantity, price, currency, *_ = transaction
        assert asset_id is not None
        signed = quantity if HOLDING_SIGN[type_] > 0 else -quantity
        book = self.books.get(asset_id)
        held = book.quantity if book else ZERO
        if signed < 0 and held < quantity and not (self.rules.allow_short and type_ == "sell"):
            have = max(held, ZERO)
            raise Refused("insufficient_holding", transaction, have, quantity - have)
        if book is None:
            book = self.books[asset_id] = Book(asset_id, currency, at.date(), self.rules.fifo)
        unit = price if currency == book.currency else self._converted(price, currency, book.currency, at)
        if not held or (held > 0) == (signed > 0):
            book.add(signed, unit, place, identity, at)
            return False, None, book.currency
        closing = -signed if abs(signed) <= abs(held) else held
        closures = book.take(closing, unit, identity, at)
        self.closures += closures
        if rest := signed + closing:
            book.add(rest, unit, place, identity, at)
        realised = _sum(closure.gain for closure in closures)
        book.realised = _sum((book.realised, realised))
        return True, realised, book.currency

    def _receive(self, transaction: Transaction) -> None:
        book = self.books.get(transaction.asset_id or 0)
        if book is None:  # of an asset that was never held here: an entry, and nothing else
            return
        amount = transaction.quantity * transaction.price
        if transaction.currency != book.currency:
            converted = self._converted(amount, transaction.currency, book.currency, transaction.at)
            book.dividends = _sum((book.dividends, converted))
        elif book.dividends is not None:
            book.dividends += amount

    def _pay(self, transaction: Transaction, currency: str, change: Decimal) -> tuple[str, Decimal] | None:
        before = self.cash.get(currency, ZERO)
        after = before + change
        if after < 0 and change < 0:
            if self.rules.strict_cash:
                raise Refused("insufficient_cash", transaction, before, -after, currency)
            self.cash[currency] = ZERO
            return currency, -after
        self.cash[currency] = after
        return None

    def _converted(self, amount: Decimal, currency: str, target: str, at: datetime) -> Decimal | None:
        rate = cross(self._dollars(currency, at.date()), self._dollars(target, at.date()))
        return None if rate is None else rounded(amount * rate)

    def _dollars(self, currency: str, day: date) -> Decimal | None:
        return ONE if currency == "USD" else self.rates.get((currency, day))


def replay(
    transactions: Sequence[Transaction], splits: Iterable[Split], rules: Rules, rates: Rates | None = None
) -> Ledger:
    """The ledger of a whole history. `splits` are those whose day has come. Raises Refused."""
    ledger = Ledger(rules, rates)
    coming = _placed(splits)
    following = next(coming, None)
    with arithmetic():
        for transaction in sorted(transactions, key=lambda each: (each.at, each.id)):
            while following is not None and following[1].day <= transaction.at.date():
                ledger.split(following[1], following[0])
                following = next(coming, None)
            ledger.apply(transaction)
        while following is not None:
            ledger.split(following[1], following[0])
            following = next(coming, None)
    return ledger


def cash_changes(transaction: Transaction) -> list[tuple[str, Decimal]]:
    """What a transaction changes of the cash, by currency, with its fee and tax."""
    _, _, type_, _, quantity, price, currency, fee, fee_currency, tax = transaction
    sign = CASH_SIGN.get(type_, 0)
    change = (quantity * price if sign > 0 else -(quantity * price)) - tax if sign else -tax
    if fee and fee_currency == currency:
        change -= fee
        fee = ZERO
    found = [(currency, change)] if change else []
    if fee:
        found.append((fee_currency, -fee))
    return found


def entries_of(outcome: Outcome) -> list[Entry]:
    """The entries of one transaction."""
    transaction, place, _, realised, realised_currency, implied = outcome
    identity, at, type_, asset_id, quantity, price, currency, fee, fee_currency, tax = transaction
    lines: list[tuple[Kind, int | None, str | None, Decimal]] = []
    with arithmetic():
        for money, amount in implied:
            lines += [("implied", None, money, amount), ("cash", None, money, amount)]
        if type_ in FLOW_SIGN:
            whose = asset_id if type_ in HOLDING_SIGN else None
            lines.append(("flow", whose, currency, FLOW_SIGN[type_] * quantity * price))
        if type_ in HOLDING_SIGN:
            lines.append(("holding", asset_id, None, HOLDING_SIGN[type_] * quantity))
        lines += [("cash", None, money, change) for money, change in cash_changes(transaction)]
        if realised:
            lines.append(("realised", asset_id, realised_currency, realised))
        if type_ in OWN_KIND:
            lines.append((OWN_KIND[type_], asset_id, currency, quantity * price))
        if fee:
            lines.append(("fee", asset_id, fee_currency, fee))
        if tax:
            lines.append(("tax", asset_id, currency, tax))
    day = at.date()
    return [Entry(place + number, identity, day, *line) for number, line in enumerate(lines)]


def _place(at: datetime) -> int:
    """The first place of a moment: a millisecond has 2^20 of them, so that a place stays when others come in between."""
    return (at - EPOCH) // MILLISECOND << BITS


def _placed(splits: Iterable[Split]) -> Iterator[tuple[int, Split]]:
    """Splits with their places: the last ones of the day before."""
    day, number = None, 0
    for split in sorted(splits, key=lambda each: (each.day, each.asset_id)):
        number = number + 2 if split.day == day else 0
        day = split.day
        yield _place(datetime.combine(day, time(0), UTC)) - SPLIT_SPACE + number, split


def _sum(numbers: Iterable[Decimal | None]) -> Decimal | None:
    """None where one of them is not known."""
    total = ZERO
    for number in numbers:
        if number is None:
            return None
        total += number
    return total
