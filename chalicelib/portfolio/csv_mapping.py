"""CSV files of any kind: which column means what, and how numbers and dates are to be read.

The guess follows the words of the header and checks them against what the columns hold; each guess says
how sure it is, in per cent, and can be corrected. Two things are never guessed: whether 1,234 has a
decimal comma, and whether 04/05/2024 is in April or in May. Where the file itself does not decide, the
person is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.market.currencies import FIAT
from chalicelib.portfolio.profiles import values, words
from chalicelib.portfolio.profiles.drafts import MINOR_UNITS, STABLECOINS, LineError
from chalicelib.portfolio.profiles.table import Table, normal

EXACT, BEGINS, WITHIN = 90, 65, 50
CHECKED, CONTRADICTED = 10, 60
DOUBTED = 30
"""What a contradiction costs a column with the very name: it stays, and its lines say what is wrong with them."""
SURE_ENOUGH = 40
_SAMPLE = 200


@dataclass(frozen=True, slots=True)
class Guess:
    """The column taken for a field, how sure that is (0 to 100), and what else it could be."""

    column: str | None
    confidence: int
    others: tuple[str, ...] = ()


def mapping(found: Table, told: dict[str, str | None]) -> dict[str, Guess]:
    """For each field its column: what the person said, else the best guess; no column serves two fields."""
    for field, column in told.items():
        if column is not None and column not in found.header:
            raise LineError(
                "column_unknown", f"The mapping of {field} names {column!r}, which is no column of the file."
            )
    taken = {column for column in told.values() if column}
    scores = sorted(
        (
            (_score(field, column, found), -place, field, column)
            for field in words.FIELDS
            if field not in told
            for place, column in enumerate(found.header)
            if column not in taken
        ),
        reverse=True,
    )
    guesses = {field: Guess(column, 100 if column else 0) for field, column in told.items()}
    for score, _, field, column in scores:
        if score >= SURE_ENOUGH and field not in guesses and column not in taken:
            taken.add(column)
            others = tuple(c for s, _, f, c in scores if f == field and c != column and s >= SURE_ENOUGH)
            guesses[field] = Guess(column, score, others[:3])
    return {field: guesses.get(field, Guess(None, 0)) for field in words.FIELDS}


def _score(field: str, column: str, found: Table) -> int:
    """How well a column fits a field: by its words, then by what it holds."""
    name = normal(column)
    known = words.FIELDS[field]
    if name in known:
        score = EXACT - min(known.index(name), 15)
    elif any(name.startswith(f"{word} ") for word in known):
        score = BEGINS
    elif any(f" {word} " in f" {name} " for word in known if len(word) > 3):
        score = WITHIN
    else:
        return 0
    check = _CHECKS.get(field)
    held = found.column(column)[:_SAMPLE]
    if check is None or not held:
        return score
    good = sum(map(check, held)) * 10 >= len(held) * 9
    if good:
        return min(score + CHECKED, 100)
    return max(score - (DOUBTED if name in known else CONTRADICTED), 0)


def _is_currency(text: str) -> bool:
    return text.strip().upper() in FIAT | STABLECOINS or text.strip() in MINOR_UNITS


_CHECKS: dict[str, Callable[[str], bool]] = {
    "timestamp": values.looks_like_date,
    "time": values.looks_like_clock,
    "type": lambda text: kind_of(text, {}) is not None,
    "symbol": lambda text: not values.looks_like_date(text) and len(text) <= 50,
    "quantity": values.looks_like_number,
    "price": values.looks_like_number,
    "amount": values.looks_like_number,
    "fee": values.looks_like_number,
    "tax": values.looks_like_number,
    "currency": _is_currency,
    "fee_currency": _is_currency,
}


def kind_of(text: str, told: dict[str, str]) -> str | None:
    """The type that a word means, the person's own words first: None where it is not known."""
    plain = text.strip()
    if plain in told:
        return told[plain]
    word = normal(plain)
    for kind, known in words.TYPES.items():
        if word in known or word == kind.replace("_", " "):
            return kind
    return None
