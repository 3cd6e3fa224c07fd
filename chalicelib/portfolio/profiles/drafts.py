"""What a profile makes of a file: drafts of transactions, lines left out and why, lines that cannot be read
and what to do about them. Pure: no database, no network; which asset is meant and what it was worth is
found out later."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from chalicelib.market.currencies import FIAT

ZERO = Decimal(0)
ONE = Decimal(1)
DIGITS = Decimal(1).scaleb(-18)
"""What the API keeps behind the point; what a file gives beyond is rounded half to even."""
TOO_BIG = Decimal(10) ** 20

Decimals = Literal[".", ","]
DateOrder = Literal["ymd", "dmy", "mdy"]

MINOR_UNITS = {
    "GBX": "GBP",
    "GBp": "GBP",
    "GBPX": "GBP",
    "ZAc": "ZAR",
    "ILA": "ILS",
    "ILa": "ILS",
    "USX": "USD",
}
"""Exchanges quote some shares in hundredths of a currency: pence, cents, agorot."""

STABLECOINS = frozenset(
    {"USDT", "USDC", "BUSD", "FDUSD", "TUSD", "USDP", "PAX", "DAI", "UST", "GUSD", "PYUSD"}
)
"""Coins that promise a US dollar. They count as dollars only if the person says so."""


class LineError(Exception):
    """A line cannot be read: a stable code, words that say what to do, and the column where it is known."""

    def __init__(self, code: str, message: str, column: str | None = None) -> None:
        self.code, self.message, self.column = code, message, column
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a line that a person should know; `code` is set where it keeps the file from being imported."""

    line: int | None
    message: str
    code: str = ""
    column: str | None = None


@dataclass(frozen=True, slots=True)
class AssetHint:
    """What a file says about an asset. `written` is how the file calls it, which is how a person corrects the match."""

    written: str
    symbol: str | None = None
    exchange: str | None = None
    currency: str | None = None
    name: str | None = None
    isin: str | None = None
    kind: str | None = None
    coingecko_id: str | None = None


@dataclass(frozen=True, slots=True)
class Worth:
    """A price that the file does not have: what `quantity` of `asset` was worth on that day."""

    asset: AssetHint
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Draft:
    """A transaction as a file tells it. `price` None: see `worth`. `currency` None: the asset's own."""

    line: int
    type: str
    quantity: Decimal
    price: Decimal | None
    currency: str | None
    at: datetime
    asset: AssetHint | None = None
    fee: Decimal = ZERO
    fee_currency: str | None = None
    tax: Decimal = ZERO
    notes: str | None = None
    external_id: str | None = None
    worth: Worth | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """What the person said about the file; None: to be guessed."""

    mapping: dict[str, str | None] = field(default_factory=dict)
    type_words: dict[str, str] = field(default_factory=dict)
    date_order: DateOrder | None = None
    decimal: Decimals | None = None
    time_zone: ZoneInfo | None = None
    currency: str | None = None
    stablecoins_are_usd: bool = False


@dataclass
class Reading:
    """A file as read. `settings` and `rules` only from Holdfast's own exports."""

    drafts: list[Draft] = field(default_factory=list)
    errors: list[Remark] = field(default_factory=list)
    skipped: list[Remark] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    mapping: list[dict[str, Any]] = field(default_factory=list)
    delimiter: str | None = None
    decimal: Decimals | None = None
    date_order: DateOrder | None = None
    time_zone: str = "UTC"
    settings: dict[str, Any] | None = None
    rules: list[dict[str, Any]] = field(default_factory=list)

    def skip(self, line: int | None, why: str) -> None:
        self.skipped.append(Remark(line, why))

    def note(self, words: str) -> None:
        if words not in self.notes:
            self.notes.append(words)

    def each(self, rows: Iterable[tuple[int, Any]], read: Callable[[int, Any], Iterable[Draft]]) -> None:
        """Reads every row; one that cannot be read is written down and does not stop the others."""
        for line, row in rows:
            try:
                self.drafts.extend(read(line, row))
            except LineError as error:
                self.errors.append(Remark(line, error.message, error.code, error.column))


def fit(number: Decimal) -> Decimal:
    """A number as the API takes it: below 10²⁰ and at most 18 digits behind the point."""
    if not number.is_finite() or abs(number) >= TOO_BIG:
        raise LineError("number_too_big", f"{number} is too big to be meant: the limit is 10^20.")
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -18:
        number = number.quantize(DIGITS, ROUND_HALF_EVEN)
    return number


def quotient(amount: Decimal, quantity: Decimal) -> Decimal:
    """A price from an amount and a quantity, to 18 digits behind the point."""
    if quantity == 0:
        raise LineError("quantity_zero", "The quantity is zero: there is nothing to buy or sell.")
    return fit(amount / quantity)


def currency_of(code: str, options: Options, column: str | None = None) -> tuple[str, Decimal]:
    """A currency's ISO code and by what amounts are to be multiplied: ("GBP", 0.01) for pence.

    Raises LineError for what is no currency; a stablecoin is one only if the person counts it as dollars.
    """
    text = code.strip()
    if text in MINOR_UNITS:
        return MINOR_UNITS[text], Decimal("0.01")
    upper = text.upper()
    if upper in MINOR_UNITS and upper not in FIAT:
        return MINOR_UNITS[upper], Decimal("0.01")
    if upper in FIAT:
        return upper, ONE
    if upper in STABLECOINS:
        if options.stablecoins_are_usd:
            return "USD", ONE
        raise LineError(
            "stablecoin",
            f'{upper} is a coin, not a currency. Send "stablecoins": "usd" to count such coins as US dollars, one for one.',
            column,
        )
    raise LineError("currency_unknown", f"{text!r} is no currency: write its ISO code, such as USD.", column)


def is_money(code: str, options: Options) -> bool:
    """Whether a coin's or currency's code counts as money under these options."""
    upper = code.upper()
    return upper in FIAT or (options.stablecoins_are_usd and upper in STABLECOINS)


def coin(symbol: str) -> AssetHint:
    """A coin by its ticker."""
    upper = symbol.strip().upper()
    return AssetHint(upper, upper, kind="crypto")


def income_in_kind(draft: Draft) -> list[Draft]:
    """Coins received as a reward: income of what they are worth, and their purchase at that price, so that cash stays
    as it was and their cost is what they were worth (as tax authorities see it: income at market value). Both are
    quantity × price, so that they cancel out to the last digit."""
    return [
        replace(draft, type="interest", external_id=_part(draft, "income")),
        replace(draft, type="buy", external_id=_part(draft, "buy")),
    ]


def fee_in_kind(draft: Draft) -> list[Draft]:
    """A fee paid with coins: they are sold at their price, and the proceeds are the fee."""
    return [
        replace(draft, type="sell", external_id=_part(draft, "fee-sell")),
        replace(draft, type="fee", external_id=_part(draft, "fee")),
    ]


def refund(draft: Draft, of: str) -> Draft:
    """Money back, of a fee or a tax: income without a contribution from outside, which is what interest is."""
    return replace(draft, type="interest", notes="; ".join(filter(None, [f"Refund: {of}", draft.notes])))


def with_ids(drafts: Iterable[Draft], prefix: str) -> Iterator[Draft]:
    """Gives drafts without an id one that is the same whenever the same line is imported again, from whatever file: a
    hash of what it says, and its number among lines that say the same."""
    seen: Counter[str] = Counter()
    for draft in drafts:
        if draft.external_id is not None:
            yield draft
            continue
        digest = _digest(draft)
        seen[digest] += 1
        yield replace(draft, external_id=f"{prefix}:{digest}:{seen[digest]}")


def _part(draft: Draft, name: str) -> str | None:
    return None if draft.external_id is None else f"{draft.external_id}:{name}"


def _digest(draft: Draft) -> str:
    numbers = (draft.quantity, draft.price, draft.fee, draft.tax)
    words = [
        draft.type,
        draft.at.isoformat(),
        draft.asset.written if draft.asset else "",
        draft.currency or "",
        draft.fee_currency or "",
        *("" if number is None else format(number.normalize(), "f") for number in numbers),
    ]
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:24]
