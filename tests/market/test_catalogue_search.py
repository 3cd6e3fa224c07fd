"""Finding assets: the best match first, whatever is typed, page by page."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Api, Database
from tests.market import factory


def search(api: Api, **query: Any) -> list[dict[str, Any]]:
    answer = api.get(f"/v1/assets?{urlencode(query)}")
    assert answer.status == 200, answer.text
    return list(answer.json["items"])


def symbols(api: Api, **query: Any) -> list[str]:
    return [item["symbol"] for item in search(api, **query)]


def pages(api: Api, **query: Any) -> Iterator[list[dict[str, Any]]]:
    """Every page, following next_cursor."""
    cursor: str | None = None
    while True:
        answer = api.get(f"/v1/assets?{urlencode(query | ({'cursor': cursor} if cursor else {}))}")
        assert answer.status == 200, answer.text
        yield answer.json["items"]
        cursor = answer.json["next_cursor"]
        if cursor is None:
            return


@pytest.fixture
def ranked(database: Database) -> Database:
    """A catalogue in which "zeta" is found in each of the ways there are."""
    for symbol, name in [
        ("ZETA", "Alpha coin"),
        ("ZETAX", "Beta coin"),
        ("AAA", "Zeta holdings"),
        ("BBB", "The zeta of Greece"),
        ("CCC", "Megazeta"),
    ]:
        factory.new_asset(database, symbol, name=name)
    return database


def test_the_symbol_itself_comes_first_then_beginnings_then_words(ranked: Database, api: Api) -> None:
    assert symbols(api, q="zeta") == ["ZETA", "ZETAX", "AAA", "BBB"], "a word's middle is no match"


@pytest.mark.parametrize("typed", ["ZETA", "zeta", "ZeTa", "  zeta "])
def test_case_and_blanks_around_do_not_matter(ranked: Database, api: Api, typed: str) -> None:
    assert symbols(api, q=typed)[0] == "ZETA"


def test_all_words_must_match_each_as_a_beginning(ranked: Database, api: Api) -> None:
    assert symbols(api, q="gree zet") == ["BBB"]


def test_well_known_assets_are_found_as_people_type_them(api: Api) -> None:
    assert symbols(api, q="bitc")[0] == "BTC"
    assert symbols(api, q="btc")[0] == "BTC"
    assert symbols(api, q="at&t") == ["T"]
    assert symbols(api, q="brk.b") == ["BRK.B"]
    assert symbols(api, q="mcdonald's") == ["MCD"]
    assert symbols(api, q="berkshire class b") == ["BRK.B"]


@pytest.mark.parametrize(
    "typed",
    ["%", "_", "%%", "\\", "&", "|", "!", ":*", "'", "''", '"', "(", ")", "<->", ";--", "🚀", "½", "x" * 100],
)
def test_no_character_stands_for_others(api: Api, typed: str) -> None:
    assert symbols(api, q=typed) == []


@pytest.mark.parametrize(
    "typed", ["zeta & | alpha", "zeta:* alpha", "!zeta (alpha", "<-> alpha 'zeta", "alpha\\ze"]
)
def test_operators_of_the_search_language_are_only_what_stands_between_words(
    ranked: Database, api: Api, typed: str
) -> None:
    assert symbols(api, q=typed) == ["ZETA"]


def test_a_percent_sign_in_a_name_is_found_as_such(database: Database, api: Api) -> None:
    factory.new_asset(database, "HUNDRED", name="100% Coin")
    factory.new_asset(database, "THOUSAND", name="1000 Coin")
    assert symbols(api, q="100%") == ["HUNDRED", "THOUSAND"], (
        "the words of both begin with 100, the name of one with 100%"
    )


def test_letters_outside_ascii_are_letters(database: Database, api: Api) -> None:
    factory.new_asset(database, "SNOW", name="Élan Größe 東京")
    for typed in ("élan", "größe", "東京", "ÉLAN"):
        assert symbols(api, q=typed) == ["SNOW"], typed


def test_type_and_exchange_narrow_the_list(api: Api) -> None:
    found = search(api, type="crypto", limit=200)
    assert {item["asset_type"] for item in found} == {"crypto"}
    assert {"BTC", "ETH", "SOL"} <= {item["symbol"] for item in found}
    found = search(api, exchange="NASDAQ", type="stock", limit=200)
    assert {item["exchange"] for item in found} == {"NASDAQ"}
    assert symbols(api, q="mstr", exchange="NYSE") == []
    assert symbols(api, q="mstr", exchange="NASDAQ") == ["MSTR"]


def test_an_inactive_asset_is_not_found_but_can_be_shown(database: Database, api: Api) -> None:
    asset = factory.new_asset(database, "GONE", is_active=False)
    assert symbols(api, q="gone") == []
    shown = api.get(f"/v1/assets/{asset}")
    assert (shown.status, shown.json["is_active"]) == (200, False)


def test_an_asset_that_is_not_there_is_a_problem_with_a_code(api: Api) -> None:
    answer = api.get("/v1/assets/999999999")
    assert (answer.status, answer.code) == (404, "asset_unknown")


def test_the_reference_rows_have_the_coins_with_their_ids(database: Database) -> None:
    rows = database.rows(
        "select symbol, coingecko_id, binance_symbol from market.assets where asset_type = 'crypto' order by symbol"
    )
    by_symbol = {row["symbol"]: (row["coingecko_id"], row["binance_symbol"]) for row in rows}
    assert len(by_symbol) >= 16
    assert by_symbol["BTC"] == ("bitcoin", "BTCUSDT")
    assert by_symbol["ETH"] == ("ethereum", "ETHUSDT")
    assert by_symbol["HYPE"] == ("hyperliquid", None), "not on Binance"


@pytest.fixture
def many(database: Database) -> list[int]:
    """Two dozen assets that "paging" finds, many of them alike in all but their number."""
    made = [factory.new_asset(database, f"PAGE{n}", name="Paging") for n in range(12)]
    made += [factory.new_asset(database, "PAGED", exchange=f"X{n}", name="Some paging") for n in range(12)]
    return made


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(1, 30), typed=st.sampled_from(["pag", "paging"]))
def test_pages_of_any_size_give_each_match_once_in_one_order(
    api: Api, many: list[int], limit: int, typed: str
) -> None:
    whole = [item["id"] for item in search(api, q=typed, limit=200)]
    parts = list(pages(api, q=typed, limit=limit))
    assert list(itertools.chain.from_iterable([item["id"] for item in part] for part in parts)) == whole
    assert sorted(whole) == sorted(many)
    assert all(len(part) == limit for part in parts[:-1])
    assert 1 <= len(parts[-1]) <= limit, "no empty page at the end"


def test_an_asset_added_meanwhile_does_not_shift_the_pages(
    database: Database, api: Api, many: list[int]
) -> None:
    following = pages(api, q="pag", limit=5)
    seen = [item["id"] for item in next(following)]
    factory.new_asset(database, "PAGE", name="before all others")
    seen += [item["id"] for part in following for item in part]
    assert sorted(seen) == sorted(many)


@pytest.mark.parametrize("cursor", ["nonsense", "W10", "WzEsMl0", "bnVsbA", "WyJhIiwiYiIsImMiXQ", "%00", "é"])
def test_a_made_up_cursor_is_refused(api: Api, cursor: str) -> None:
    answer = api.get(f"/v1/assets?{urlencode({'cursor': cursor})}")
    assert (answer.status, answer.code) == (422, "invalid_cursor")


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=ten", "q=", f"q={'x' * 101}", "type=house", "colour=red"]
)
def test_what_a_query_cannot_be_is_refused_by_name(api: Api, query: str) -> None:
    answer = api.get(f"/v1/assets?{query}")
    assert (answer.status, answer.code) == (422, "invalid_input")
    assert [error["field"] for error in answer.json["errors"]] == [f"query.{query.partition('=')[0]}"]


def test_a_list_that_has_not_changed_is_not_sent_again(database: Database, api: Api) -> None:
    first = api.get("/v1/assets?q=bitc")
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "public, max-age=30"
    again = api.get("/v1/assets?q=bitc", If_None_Match=tag)
    assert (again.status, again.text, again.headers["etag"]) == (304, "", tag)
    assert api.get("/v1/assets?q=bitc", If_None_Match=f'"other", W/{tag}').status == 304
    factory.new_asset(database, "BITCX", name="Bitcoin's cousin")
    assert api.get("/v1/assets?q=bitc", If_None_Match=tag).status == 200
