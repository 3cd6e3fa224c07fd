"""Reading fields of a parsed answer: each value is checked, a wrong one is named in SourceChangedFormat."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from chalicelib.sources.errors import SourceChangedFormat

_NUMBER_PATTERN = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_NUMBER = re.compile(_NUMBER_PATTERN + r"\Z")
_FIVE_NUMBERS = re.compile(",".join([_NUMBER_PATTERN] * 5) + r"\Z")
_SHOWN = 60  # characters of a bad value that an error message may carry


class Fields:
    """One JSON object or array of a source's answer. `what` names it in errors, e.g. "BTCUSDT"."""

    def __init__(self, source: str, what: str, values: Any, kind: type = dict) -> None:
        if not isinstance(values, kind):
            raise SourceChangedFormat(source, f"{what}: expected {kind.__name__}, got {_shown(values)}")
        self.source = source
        self.what = what
        self.values: Any = values

    def wrong(self, key: str | int, expected: str) -> SourceChangedFormat:
        """The error that says what is wrong with a field."""
        return SourceChangedFormat(
            self.source, f"{self.what}: {key} should be {expected}, got {_shown(self.raw(key, None))}"
        )

    def raw(self, key: str | int, *default: Any) -> Any:
        """A field as it was parsed; without a default, a missing one raises."""
        try:
            return self.values[key]
        except (KeyError, IndexError):
            if default:
                return default[0]
            raise SourceChangedFormat(self.source, f"{self.what}: {key} is missing") from None

    def number(self, key: str | int) -> str:
        """A finite number's text exactly as the source printed it, whether in quotes or not."""
        value = self.raw(key)
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(text, str) or not _NUMBER.match(text):
            raise self.wrong(key, "a number")
        return text

    def ohlcv(self, keys: Sequence[str | int]) -> list[str]:
        """Open, high, low, close and volume: their text, checked to be numbers and nothing more.

        Whether they make a possible bar is judged where they are stored, so that one bad bar is flagged and does not cost
        the page.
        """
        return [self.number(key) for key in keys]

    def price(self, key: str | int) -> str:
        """The text of a number above zero."""
        text = self.number(key)
        if Decimal(text) <= 0:
            raise self.wrong(key, "a price above zero")
        return text

    def amount(self, key: str | int) -> str:
        """The text of a number that is zero or more, such as a volume."""
        text = self.number(key)
        if Decimal(text) < 0:
            raise self.wrong(key, "zero or more")
        return text

    def decimal(self, key: str | int) -> Decimal:
        """A number as a Decimal."""
        return Decimal(self.number(key))

    def optional(self, key: str | int) -> Decimal | None:
        """A number as a Decimal, or None where the source has null or nothing."""
        return None if self.raw(key, None) is None else self.decimal(key)

    def whole(self, key: str | int) -> int:
        """A whole number, such as a time in milliseconds."""
        value = self.raw(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong(key, "a whole number")
        return value

    def text(self, key: str | int) -> str:
        """A text that is not empty."""
        value = self.raw(key)
        if not isinstance(value, str) or not value:
            raise self.wrong(key, "a text")
        return value

    def moment(self, key: str | int) -> datetime:
        """An RFC 3339 time, in UTC; digits past the microsecond (2022-02-01T05:00:00.123456789Z) are cut."""
        text = self.text(key)
        try:
            moment = datetime.fromisoformat(re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", text))
        except ValueError:
            raise self.wrong(key, "a time") from None
        if moment.tzinfo is None:
            raise self.wrong(key, "a time with its zone")
        return moment.astimezone(UTC)

    def part(self, key: str | int, kind: type = dict) -> Fields:
        """An object or array inside this one."""
        return Fields(self.source, f"{self.what}.{key}", self.raw(key), kind)


def are_numbers(rows: Sequence[Sequence[Any]]) -> bool:
    """Whether every row is five texts of numbers: one expression a row, for pages of a thousand (1 ms in place of 5)."""
    try:
        return all(map(_FIVE_NUMBERS.match, map(",".join, rows)))
    except TypeError:
        return False


def unique(symbols: Sequence[str]) -> list[str]:
    """The symbols in the order asked, each once."""
    return list(dict.fromkeys(symbols))


def batches(symbols: Sequence[str], size: int) -> Iterator[list[str]]:
    """The symbols in the order asked, each once, at most `size` at a time."""
    rest = unique(symbols)
    for first in range(0, len(rest), size):
        yield rest[first : first + size]


def _shown(value: Any) -> str:
    return repr(value)[:_SHOWN]
