"""What all requests and responses are made of: strict models, exact amounts, keyset pages."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from chalicelib.core.errors import FieldError, InvalidInput

T = TypeVar("T")


class Model(BaseModel):
    """A request or response. Unknown fields are refused; validators are built at first use (cold start)."""

    model_config = ConfigDict(extra="forbid", defer_build=True, str_strip_whitespace=True)


AMOUNT = r"^-?[0-9]{1,20}(\.[0-9]{1,18})?$"
_amount = re.compile(AMOUNT.strip("^$"))


def _exact(value: Any) -> Any:
    """A Decimal from text that is published as an amount; Decimals of our own go through."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool | int | float):
        raise ValueError(
            'write amounts as strings, such as "12.34": a JSON number may have been rounded on its way'
        )
    if not isinstance(value, str) or not _amount.fullmatch(value):
        raise PydanticCustomError(
            "amount",
            'write an amount in digits, such as "12.34": at most 20 before the point and 18 after it, nothing else but a '
            "minus in front",
        )
    return Decimal(value)


Amount = Annotated[
    Decimal,
    BeforeValidator(_exact),
    Field(max_digits=38, decimal_places=18, allow_inf_nan=False),
    WithJsonSchema({"type": "string", "pattern": AMOUNT, "examples": ["12.34"]}),
]
"""A quantity or an amount of money in a request: a string in JSON, at most 20 digits before the point and 18 behind."""

Exact = Annotated[
    Decimal, PlainSerializer(lambda value: format(value, "f"), return_type=str, when_used="json")
]
"""A number in a response: a string in JSON with all its digits, never in exponent form."""


BIGGEST = 2**63 - 1
"""The largest whole number that the database's bigint holds."""

Id = Annotated[int, Field(ge=1, le=BIGGEST)]
"""The number of a row in a path or a query."""

_day = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_moment = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ].+")


def _written_day(value: Any) -> date:
    """Days of our own go through. Of texts only what is published: pydantic would read "0" as seconds since 1970."""
    if type(value) is date:
        return value
    try:
        if isinstance(value, str) and _day.fullmatch(value.strip()):
            return date.fromisoformat(value.strip())
    except ValueError:
        raise PydanticCustomError("day", "this day is not in the calendar") from None
    raise PydanticCustomError("day", "write a day as year, month and day, such as 2026-01-31")


def _written_moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    try:
        if isinstance(value, str) and _moment.fullmatch(value.strip()):
            return datetime.fromisoformat(value.strip().upper())
    except ValueError:
        raise PydanticCustomError("moment", "this moment is not in the calendar") from None
    raise PydanticCustomError("moment", "write a moment with its time zone, such as 2026-01-31T16:00:00Z")


Day = Annotated[date, BeforeValidator(_written_day), Field(ge=date(1900, 1, 1), le=date(2199, 12, 31))]
"""A calendar day in a request."""


def _in_utc(moment: datetime) -> datetime:
    if not 1900 <= moment.year < 2200:
        raise ValueError("name a moment between the years 1900 and 2199")
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, BeforeValidator(_written_moment), AfterValidator(_in_utc)]
"""A moment in a request, with its time zone; UTC from here on."""


class PageQuery(Model):
    """Which page of a list: at most `limit` items after the one that `cursor` stands for."""

    limit: int = Field(50, ge=1, le=200, description="Items on a page.")
    cursor: str | None = Field(None, max_length=500, description="`next_cursor` of the page before.")


class Page(Model, Generic[T]):
    """One page of a list. `next_cursor` is null on the last page."""

    items: list[T]
    next_cursor: str | None = Field(None, description="Send it as `cursor` to get the next page.")

    @classmethod
    def of(cls, rows: Sequence[T], limit: int, key: Callable[[T], Sequence[Any]]) -> Self:
        """A page from up to `limit + 1` rows: the extra row only tells that there is more."""
        items = list(rows[:limit])
        more = len(rows) > limit
        return cls(items=items, next_cursor=encode_cursor(key(items[-1])) if more else None)


def encode_cursor(key: Sequence[Any]) -> str:
    """The sort key of the last item on a page, as text that is safe in a URL."""
    return base64.urlsafe_b64encode(json.dumps(list(key), default=str).encode()).decode().rstrip("=")


def _storable(value: Any) -> bool:
    return abs(value) <= BIGGEST if isinstance(value, int) else "\0" not in str(value)


def decode_cursor(cursor: str | None, *types: type) -> list[Any] | None:
    """The sort key in a cursor, None for the first page. Raises InvalidInput unless it holds one value of each type."""
    if cursor is None:
        return None
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        key = None
    if (
        not isinstance(key, list)
        or [type(value) for value in key] != list(types)
        or not all(map(_storable, key))
    ):
        raise wrong_cursor()
    return key


def decode_day(cursor: str | None) -> date | None:
    """The day in a cursor of a list by day. Raises InvalidInput unless it holds one."""
    key = decode_cursor(cursor, str)
    try:
        return date.fromisoformat(key[0]) if key else None
    except ValueError:
        raise wrong_cursor() from None


def wrong_cursor() -> InvalidInput:
    words = "Send next_cursor exactly as a page gave it."
    return InvalidInput("invalid_cursor", fields=[FieldError("query.cursor", "invalid_cursor", words)])
