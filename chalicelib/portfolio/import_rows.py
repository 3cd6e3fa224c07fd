"""From drafts to transactions as they will be stored: with their assets, their prices, their currencies; and
which of them are stored already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from chalicelib.market.currencies import FIAT
from chalicelib.portfolio.import_assets import Matches
from chalicelib.portfolio.import_models import Kind
from chalicelib.portfolio.profiles.drafts import (
    Draft,
    LineError,
    Remark,
    fit,
    quotient,
)

NEEDS_ASSET = frozenset({"buy", "sell", "dividend", "transfer_in", "transfer_out"})
KINDS = frozenset(Kind.__args__)  # type: ignore[attr-defined]
NEVER_ASSET = frozenset({"deposit", "withdrawal"})
LONGEST_NOTES, LONGEST_ID = 2000, 200

Closes = dict[tuple[int, date], tuple[Decimal, str]]


@dataclass(frozen=True, slots=True)
class Row:
    """A transaction as it will be stored; `duplicate_of` where it is stored already."""

    line: int
    type: str
    asset_id: int | None
    symbol: str | None
    quantity: Decimal
    price: Decimal
    currency: str
    fee: Decimal
    fee_currency: str
    tax: Decimal
    at: datetime
    notes: str | None
    external_id: str | None
    duplicate_of: int | None = None

    @property
    def substance(self) -> tuple[Any, ...]:
        """What makes two transactions the same where no id says so."""
        return (self.asset_id, self.type, self.quantity, self.price, self.at)


def in_order(drafts: list[Draft]) -> list[Draft]:
    """By time; of one moment in the file's order, which is the other way round where a file begins with the newest."""
    neighbours = list(pairwise(drafts))
    falls = sum(one.at > other.at for one, other in neighbours)
    rises = sum(one.at < other.at for one, other in neighbours)
    way = -1 if falls > rises else 1
    return sorted(drafts, key=lambda draft: (draft.at, way * draft.line))


def valued_on(drafts: Iterable[Draft], matches: Matches) -> list[tuple[int, date]]:
    """Assets and days whose closes are needed: of drafts without a price."""
    return [
        (matches.found[draft.worth.asset.written]["id"], draft.at.date())
        for draft in drafts
        if draft.price is None and draft.worth and draft.worth.asset.written in matches.found
    ]


def rows(
    drafts: Iterable[Draft], matches: Matches, known: Closes, own_currency: str
) -> tuple[list[Row], list[Remark]]:
    """Every draft as a row, and what keeps some from being one."""
    made: list[Row] = []
    errors: list[Remark] = []
    for draft in drafts:
        try:
            made.append(_row(draft, matches, known, own_currency))
        except LineError as error:
            errors.append(Remark(draft.line, error.message, error.code, error.column))
    return made, errors


def _row(draft: Draft, matches: Matches, known: Closes, own_currency: str) -> Row:
    asset = _asset(draft, matches)
    price, currency = _price(draft, matches, known)
    currency = currency or (asset["currency"] if asset else own_currency)
    row = Row(
        draft.line,
        draft.type,
        asset["id"] if asset else None,
        asset["symbol"] if asset else None,
        fit(draft.quantity),
        price,
        currency,
        draft.fee,
        draft.fee_currency or currency,
        draft.tax,
        draft.at,
        draft.notes[:LONGEST_NOTES].strip() or None if draft.notes else None,
        draft.external_id,
    )
    _check(row)
    return row


def _asset(draft: Draft, matches: Matches) -> dict[str, Any] | None:
    if draft.asset is None or draft.type in NEVER_ASSET:
        return None
    found = matches.found.get(draft.asset.written)
    if found is None and draft.type not in NEEDS_ASSET:
        return None
    if found is None:
        raise LineError(
            "asset_unmatched",
            f"{draft.asset.written} is not matched with an asset: name it in `assets`, or leave it out with null.",
            "asset",
        )
    return found


def _price(draft: Draft, matches: Matches, known: Closes) -> tuple[Decimal, str | None]:
    if draft.price is not None:
        return fit(draft.price), draft.currency
    assert draft.worth is not None
    found = matches.found.get(draft.worth.asset.written)
    close = known.get((found["id"], draft.at.date())) if found else None
    if close is None:
        raise LineError(
            "price_unknown",
            f"What {draft.worth.quantity:f} {draft.worth.asset.written} was worth on {draft.at:%Y-%m-%d} is not in the "
            "file, and not known here. Watch the asset, so that its history is fetched, and import again; or leave the "
            "line out.",
            "price",
        )
    worth = close[0] * draft.worth.quantity
    return (close[0] if draft.quantity == draft.worth.quantity else quotient(worth, draft.quantity)), close[1]


def _check(row: Row) -> None:
    """What the API would refuse too, said with the line."""
    if row.type not in KINDS:
        raise LineError("type_unknown", f"{row.type!r} is no type of transaction.", "type")
    if row.type in NEEDS_ASSET and row.asset_id is None:
        raise LineError("symbol_missing", f"A {row.type} needs an asset.", "symbol")
    if row.quantity <= 0:
        raise LineError("quantity_missing", "The quantity must be above zero.", "quantity")
    if row.price == 0 and (row.type == "dividend" or row.type not in NEEDS_ASSET):
        raise LineError("amount_zero", "The amount is zero. Leave the line out.", "amount")
    for name in ("price", "fee", "tax"):
        if getattr(row, name) < 0:
            raise LineError("negative", f"The {name} must not be negative.", name)
    for code in (row.currency, row.fee_currency):
        if code not in FIAT:
            raise LineError(
                "currency_unknown", f"{code!r} is no currency: write its ISO code, such as USD.", "currency"
            )
    if row.external_id and len(row.external_id) > LONGEST_ID:
        raise LineError(
            "external_id_too_long", f"The id is longer than {LONGEST_ID} characters.", "external_id"
        )
    if any("\0" in text for text in (row.notes, row.external_id) if text):
        raise LineError("nul_character", "Text cannot hold the NUL character.", "notes")


def source_of(external_id: str | None) -> str | None:
    """Who gave an id, where it says so: ids of one source tell transactions apart."""
    return external_id.partition(":")[0] if external_id and ":" in external_id else external_id and ""


def with_duplicates(made: list[Row], stored: Iterable[dict[str, Any]]) -> tuple[list[Row], list[Remark]]:
    """Marks what is stored already: under the same id, or the same asset, type, quantity, price and moment.

    Of equal lines without ids, as many are duplicates as are stored: two equal trades are two trades. Two ids of one
    source are two transactions, however equal.
    """
    by_id: dict[str, int] = {}
    alike: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for one in stored:
        if one["external_id"]:
            by_id[one["external_id"]] = one["id"]
        key = (one["asset_id"], one["type"], one["quantity"], one["price"], one["timestamp"])
        alike[key].append(one)
    taken = {by_id[row.external_id] for row in made if row.external_id in by_id}
    marked: list[Row] = []
    errors: list[Remark] = []
    seen: dict[str, Row] = {}
    for row in made:
        before = seen.setdefault(row.external_id, row) if row.external_id else row
        if before is not row:
            errors.append(_repeated(row, before))
            continue
        same = by_id.get(row.external_id) if row.external_id else None
        if same is None:
            same = next(
                (
                    one["id"]
                    for one in alike[row.substance]
                    if one["id"] not in taken and _may_equal(row, one)
                ),
                None,
            )
        if same is not None:
            taken.add(same)
        marked.append(replace(row, duplicate_of=same))
    return marked, errors


def _may_equal(row: Row, one: dict[str, Any]) -> bool:
    ours, theirs = source_of(row.external_id), source_of(one["external_id"])
    return ours is None or theirs is None or ours != theirs


def _repeated(row: Row, before: Row) -> Remark:
    words = f"The id {row.external_id!r} is that of line {before.line} too. Ids must differ; leave one of the lines out."
    return Remark(row.line, words, "external_id_repeated", "external_id")
