"""Amounts that stay exact, pages that join, and moments that are moments."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chalicelib.core import clock
from chalicelib.core.errors import InvalidInput
from chalicelib.core.models import Amount, Day, Exact, Id, Model, Moment, Page, decode_cursor, encode_cursor


class Order(Model):
    quantity: Amount


class Price(Model):
    price: Exact


class Visit(Model):
    at: Moment


class Holiday(Model):
    on: Day


@pytest.mark.parametrize(
    "text", ["12.34", "0", "-5", "0.000000000000000001", "99999999999999999999.999999999999999999"]
)
def test_an_amount_keeps_every_digit(text: str) -> None:
    assert Order.model_validate_json(json.dumps({"quantity": text})).quantity == Decimal(text)


@pytest.mark.parametrize(
    "body",
    ['{"quantity": 12.34}', '{"quantity": 1e3}', '{"quantity": "NaN"}', '{"quantity": "Infinity"}', '{"quantity": ""}',
     '{"quantity": "1.0000000000000000001"}', '{"quantity": "1234567890123456789012"}', '{"quantity": null}',
     '{"quantity": true}', '{"quantity": []}', '{"quantity": "1,5"}', '{"quantity": 5}', '{"quantity": "1_000"}',
     '{"quantity": "١٢"}', '{"quantity": " 5 "}', '{"quantity": "5\\n"}', '{"quantity": "+5"}', '{"quantity": "1E+2"}',
     '{"quantity": ".5"}', '{"quantity": "5."}', '{"quantity": "--5"}', '{"quantity": "５"}'],
)  # fmt: skip
def test_what_is_no_exact_amount_is_refused(body: str) -> None:
    with pytest.raises(ValidationError):
        Order.model_validate_json(body)


@given(
    st.one_of(
        st.text(max_size=45), st.from_regex(r"[-+]?[0-9_]{0,22}(\\.[0-9]{0,20})?([eE][+-]?[0-9])?[ \\n]?")
    )
)
def test_an_amount_is_taken_just_where_its_published_pattern_takes_it(text: str) -> None:
    """As ECMA-262 reads the pattern, which OpenAPI refers to: $ is the very end, digits are 0 to 9."""
    published = re.compile(
        Order.model_json_schema()["properties"]["quantity"]["pattern"].removesuffix("$") + r"\Z"
    )
    try:
        taken = Order.model_validate_json(json.dumps({"quantity": text})).quantity
    except ValidationError:
        assert not published.match(text)
    else:
        assert published.match(text)
        assert taken == Decimal(text)


def test_a_number_in_place_of_an_amount_is_told_to_be_sent_as_text() -> None:
    for number in ("5", "5.5", "1e2"):
        with pytest.raises(ValidationError, match=r'write amounts as strings, such as "12\.34"'):
            Order.model_validate_json(f'{{"quantity": {number}}}')


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_number_is_answered_as_text_without_exponent_and_without_loss(number: Decimal) -> None:
    text = json.loads(Price(price=number).model_dump_json())["price"]
    assert "e" not in text.lower()
    assert Decimal(text) == number


@given(
    st.lists(
        st.one_of(
            st.integers(-(2**63) + 1, 2**63 - 1),
            st.text(st.characters(exclude_characters="\0", codec="utf-8")),
        )
    )
)
def test_a_cursor_gives_back_what_was_put_in(key: list[int | str]) -> None:
    text = encode_cursor(key)
    assert decode_cursor(text, *map(type, key)) == key
    assert all(character.isalnum() or character in "-_" for character in text), "safe in a URL"


@given(st.text(max_size=60))
def test_no_text_makes_a_cursor_stumble(text: str) -> None:
    try:
        key = decode_cursor(text, int)
    except InvalidInput:
        return
    assert key is not None
    assert type(key[0]) is int


@given(st.integers(0, 30), st.integers(1, 10))
def test_a_page_says_whether_there_is_more(count: int, limit: int) -> None:
    page = Page[int].of(list(range(count))[: limit + 1], limit, lambda item: [item])
    assert page.items == list(range(min(count, limit)))
    assert (page.next_cursor is None) == (count <= limit)
    if page.next_cursor is not None:
        assert decode_cursor(page.next_cursor, int) == [limit - 1]


@pytest.mark.parametrize(
    "text", ["2026-02-06T12:00:00", "2026-02-06", "1899-12-31T23:59:59Z", "2200-01-01T00:00:00Z"]
)
def test_a_moment_has_a_zone_and_a_year_of_ours(text: str) -> None:
    with pytest.raises(ValidationError):
        Visit.model_validate({"at": text})


def test_a_moment_is_in_utc_whatever_its_zone() -> None:
    moment = Visit.model_validate({"at": "2026-02-06T12:00:00+02:00"}).at
    assert (moment.isoformat(), moment.tzinfo) == ("2026-02-06T10:00:00+00:00", UTC)


def test_an_id_is_what_bigint_holds() -> None:
    class Row(Model):
        id: Id

    assert Row.model_validate({"id": str(2**63 - 1)}).id == 2**63 - 1
    for wrong in (0, -1, 2**63, "x"):
        with pytest.raises(ValidationError):
            Row.model_validate({"id": wrong})


def test_the_clock_can_be_set_and_wants_a_zone() -> None:
    moment = datetime(2020, 2, 29, 23, tzinfo=UTC)
    with clock.at(moment):
        assert (clock.now(), clock.today().isoformat()) == (moment, "2020-02-29")
        with clock.at(datetime.fromisoformat("2024-01-01T00:30:00+01:00")):
            assert clock.today().isoformat() == "2023-12-31"
        assert clock.now() == moment
    assert clock.now().year > 2020
    with pytest.raises(ValueError, match="time zone"), clock.at(datetime(2020, 1, 1)):
        pass


@pytest.mark.parametrize(
    "text",
    ["0", "-0", "+0", "-86400", "1767225600", "2026-1-5", "20260105", "2026-02-30", "2026-01-05T00:00:00", "2026-W01-1",
     "", "１９９９-01-01", "1899-12-31", "2200-01-01"],
)  # fmt: skip
def test_a_day_is_taken_as_year_month_and_day_only(text: str) -> None:
    """And never as the seconds since 1970 that a number might be meant as."""
    with pytest.raises(ValidationError):
        Holiday.model_validate_json(json.dumps({"on": text}), strict=True)
    assert Holiday.model_validate_json('{"on": "2026-01-05"}', strict=True).on == date(2026, 1, 5)


@pytest.mark.parametrize("text", ["0", "1900000000", "1900000000000", "2026-01-05", "now"])
def test_a_moment_is_taken_as_published_only(text: str) -> None:
    with pytest.raises(ValidationError):
        Visit.model_validate_json(json.dumps({"at": text}), strict=True)
    for number in (0, 1900000000):
        with pytest.raises(ValidationError):
            Visit.model_validate_json(json.dumps({"at": number}))
