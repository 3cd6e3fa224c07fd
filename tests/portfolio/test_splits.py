"""Splits: booked once by an administrator, in effect for everyone who holds the asset, and worth nothing to anybody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.core.errors import Conflict
from chalicelib.portfolio import splits
from chalicelib.portfolio.ledger import replay
from chalicelib.portfolio.records import Rules, Split, Transaction
from tests.conftest import Api, Database
from tests.identity.factory import make_admin, sign_up
from tests.market.factory import bar, closes, flags, land, run_of_bars
from tests.portfolio.factory import days_ago, moment, new_portfolio, settle, share, split

EX_DATE = date(2024, 8, 8)
"""MSTR's split of ten for one."""


@pytest.fixture
def mstr(database: Database) -> int:
    return share(database, symbol="TENFOLD")


def split_body(asset: int, **more: Any) -> dict[str, Any]:
    return {
        "asset_id": asset, "action_type": "split", "ex_date": "2024-08-08", "new_shares": "10", "old_shares": "1",
        "source": "announcement", **more,
    }  # fmt: skip


def test_an_administrator_books_a_split_for_everyone(database: Database, api: Api, mstr: int) -> None:
    portfolios = [new_portfolio(database, cost_method=method) for method in ("average", "fifo", "average")]
    for portfolio in portfolios:
        portfolio.buy(mstr, 2, 1000, "2024-01-02")
        portfolio.buy(mstr, 1, 1600, "2024-06-03")
    portfolios[2].sell(mstr, 3, 1500, "2024-07-01")  # before the split: nothing of it is left
    booked = make_admin().api.post("/v1/admin/corporate-actions", split_body(mstr))
    assert (booked.status, booked.json["ratio"], booked.json["applied_at"]) == (201, "10", None)
    assert settle() == {"portfolios": 2, "applied": 1, "refused": 0}
    assert [portfolio.quantity(mstr) for portfolio in portfolios] == [30, 30, 0]
    assert portfolios[0].lots(mstr) == [(30, 3600)]
    assert portfolios[1].lots(mstr) == [(20, 2000), (10, 1600)]
    listed = [
        (line["day"], line["kind"], line["amount"]) for line in portfolios[0].entries("split", "holding")
    ]
    assert listed[-2:] == [(EX_DATE, "split", 10), (EX_DATE, "holding", 27)]
    (public,) = api.get(f"/v1/assets/{mstr}/corporate-actions").json["items"]
    assert public["applied_at"] is not None
    assert settle() == {"portfolios": 0, "applied": 0, "refused": 0}


def test_transactions_stay_as_they_were_traded(database: Database, mstr: int) -> None:
    owned = new_portfolio(database)
    bought = owned.buy(mstr, 2, 1000, "2024-01-02").transaction
    split(database, mstr, EX_DATE, 10)
    settle()
    stored = database.row("select quantity, price from portfolio.transactions where id = %s", bought.id)
    assert (stored["quantity"], stored["price"]) == (2, 1000)
    owned.sell(mstr, 20, 150, "2024-09-02")
    assert owned.gains() == [1000]


def test_a_split_of_the_future_waits_for_its_day(database: Database, mstr: int) -> None:
    owned, tomorrow = new_portfolio(database), days_ago(-1)
    owned.buy(mstr, 2, 1000)
    land(mstr, [bar(days_ago(1), "1300")])
    split(database, mstr, tomorrow, 10)
    assert settle()["applied"] == 0
    owned.buy(mstr, 1, 1000, days_ago(1))
    assert (owned.quantity(mstr), closes(database, mstr)) == (3, {days_ago(1): Decimal(1300)})
    assert settle(tomorrow) == {"portfolios": 1, "applied": 1, "refused": 0}
    assert (owned.quantity(mstr), closes(database, mstr)) == (30, {days_ago(1): Decimal(130)})


def test_whoever_writes_before_the_job_gets_there_brings_the_split_in(database: Database, mstr: int) -> None:
    owned = new_portfolio(database)
    owned.buy(mstr, 2, 1000, "2024-01-02")
    split(database, mstr, EX_DATE, 10)
    database.run("update market.corporate_actions set applied_at = now(), history_adjusted = true")
    assert owned.sell(mstr, 15, 150, "2024-09-02").transaction.realised_gain == 750
    assert owned.quantity(mstr) == 5
    assert settle()["portfolios"] == 0


def test_what_is_booked_later_from_before_a_split_is_split_too(database: Database, mstr: int) -> None:
    split(database, mstr, EX_DATE, 10)
    settle()
    owned = new_portfolio(database)
    owned.buy(mstr, 2, 1000, "2024-01-02")
    assert (owned.quantity(mstr), owned.lots(mstr)) == (20, [(20, 2000)])
    owned.buy(mstr, 5, 150, EX_DATE)
    assert owned.quantity(mstr) == 25


def test_a_split_that_contradicts_what_was_booked_leaves_that_portfolio_alone(
    database: Database, mstr: int
) -> None:
    """One for eight: 80 become 10, but 40 were sold afterwards. The owner is told with the next change."""
    owned, other = new_portfolio(database), new_portfolio(database)
    for portfolio in (owned, other):
        portfolio.buy(mstr, 80, 10, "2024-01-02")
    sale = owned.sell(mstr, 40, 10, "2024-09-02").transaction.id
    split(database, mstr, EX_DATE, "0.125")
    assert settle() == {"portfolios": 1, "applied": 1, "refused": 1}
    assert (owned.quantity(mstr), other.quantity(mstr)) == (40, 10)
    with pytest.raises(Conflict) as told:
        owned.cash("deposit", 1, "2024-10-01")
    assert told.value.extra["shortfall"] == "30"
    owned.edit(sale, quantity="5")
    assert owned.quantity(mstr) == 5


def test_a_run_that_takes_long_leaves_the_rest_to_the_next(database: Database, mstr: int) -> None:
    for _ in range(3):
        new_portfolio(database).buy(mstr, 1, 1, "2024-01-02")
    split(database, mstr, EX_DATE, 10)
    outcome = splits.settle(moment("2024-08-08"), patience=-1)
    assert (outcome.rows, outcome.details["unfinished"]) == (0, True)
    assert settle()["portfolios"] == 3


# Prices ----------------------------------------------------------------------------------------------------------------


def days_around(mstr: int, before: str, after: str | None) -> None:
    bars = run_of_bars(date(2024, 8, 5), 3, before)
    land(mstr, [*bars, bar(EX_DATE, after)] if after else bars)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [("1300", "130", "130"), ("130", "128", "130"), ("1300", None, "130"), ("1300", "175.5", "130")],
    ids=["in old shares", "adjusted by the source", "nothing after it yet", "in old shares, and a good day"],
)
def test_older_prices_are_brought_into_new_shares_unless_they_are(
    database: Database, mstr: int, before: str, after: str | None, expected: str
) -> None:
    days_around(mstr, before, after)
    split(database, mstr, EX_DATE, 10)
    settle()
    found = closes(database, mstr)
    assert {found[date(2024, 8, day)] for day in (5, 6, 7)} == {Decimal(expected)}
    assert after is None or found[EX_DATE] == Decimal(after)
    settle()
    assert closes(database, mstr) == found


def test_whole_bars_and_the_latest_quote_are_brought_along(database: Database, mstr: int) -> None:
    yesterday = days_ago(1)
    land(mstr, [bar(yesterday, "1300", open="1200", high="1350", low="1150", volume="40")])
    database.run(
        "insert into market.latest_prices (asset_id, price, currency, as_of, high_24h, source) "
        "values (%s, 1310, 'USD', %s, 1350, 'test')",
        mstr,
        moment(yesterday),
    )
    split(database, mstr, days_ago(0), 10)
    settle()
    stored = database.row(
        "select open, high, low, close, volume from market.asset_prices where asset_id = %s", mstr
    )
    assert tuple(stored.values()) == (120, 135, 115, 130, 400)
    quote = database.row("select price, high_24h from market.latest_prices where asset_id = %s", mstr)
    assert tuple(quote.values()) == (131, 135)


def test_the_fall_that_a_split_looked_like_is_explained(database: Database, mstr: int) -> None:
    days_around(mstr, "1300", "130")
    assert [(flag["kind"], flag["status"]) for flag in flags(database, mstr)] == [("large_move", "open")]
    split(database, mstr, EX_DATE, 10)
    settle()
    assert [flag["status"] for flag in flags(database, mstr)] == ["kept"]


def test_a_split_changes_no_value(database: Database, api: Api, mstr: int) -> None:
    ada = sign_up()
    owned = new_portfolio(database, ada.id)
    land(mstr, [bar(days_ago(1), "1337.31")])
    owned.buy(mstr, "3.7", 1000)
    path = f"/v1/portfolios/{owned.id}/positions"
    (before,) = ada.api.get(path).json["items"]
    split(database, mstr, days_ago(0), "0.125")
    settle()
    (after,) = ada.api.get(path).json["items"]
    assert (before["quantity"], after["quantity"]) == ("3.7", "0.4625")
    same = ("value", "cost", "unrealised_gain", "unrealised_gain_pct", "realised_gain", "value_base")
    assert [Decimal(after[name]) for name in same] == [Decimal(before[name]) for name in same]


trading = st.lists(
    st.tuples(st.sampled_from(["buy", "sell"]), st.integers(1, 40), st.decimals("1", "90", places=2)),
    min_size=1,
    max_size=12,
)


@given(trading, st.integers(1, 12), st.sampled_from(["2", "10", "0.5", "0.125", "4"]), st.booleans())
@settings(max_examples=200, deadline=None, derandomize=True)
def test_gains_are_the_same_with_a_split_anywhere(
    listed: Sequence[Any], when: int, ratio: str, fifo: bool
) -> None:
    """What was traded after it in new shares at new prices comes out as if there had been none."""
    factor, rules = Decimal(ratio), Rules(fifo=fifo, allow_short=True)
    plain, after_split = [], []
    for day, (type_, quantity, price) in enumerate(listed, start=1):
        one = Transaction(
            day,
            moment(date(2024, 3, day)),
            type_,
            1,
            Decimal(quantity),
            price,
            "USD",
            Decimal(0),
            "USD",
            Decimal(0),
        )
        plain.append(one)
        new = one._replace(quantity=one.quantity * factor, price=price / factor)
        after_split.append(new if day >= when else one)
    once = replay(plain, [], rules)
    twice = replay(after_split, [Split(1, date(2024, 3, when), factor)], rules)
    for one, other in zip(once.outcomes, twice.outcomes, strict=True):
        assert abs((one.realised or 0) - (other.realised or 0)) < Decimal("1e-12")
    assert once.cash == twice.cash
    assert twice.books[1].quantity == once.books[1].quantity * factor


# Booking ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"old_shares": None}, "body.old_shares"),
        ({"new_shares": "1"}, "body.new_shares"),
        ({"new_shares": "0"}, "body.new_shares"),
        ({"amount": "1"}, "body.amount"),
        ({"source": ""}, "body.source"),
    ],
)
def test_a_split_needs_a_ratio_and_a_source(api: Api, mstr: int, change: dict[str, Any], field: str) -> None:
    answer = make_admin().api.post("/v1/admin/corporate-actions", split_body(mstr, **change))
    assert answer.status == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]


def test_a_dividend_is_booked_with_amount_and_currency(api: Api, mstr: int) -> None:
    admin = make_admin().api
    body = {
        "asset_id": mstr, "action_type": "dividend", "ex_date": "2024-05-02", "pay_date": "2024-05-20",
        "amount": "0.25", "currency": "usd", "source": "announcement",
    }  # fmt: skip
    booked = admin.post("/v1/admin/corporate-actions", body).json
    assert (booked["amount"], booked["currency"], booked["ratio"]) == ("0.25", "USD", None)
    assert admin.post("/v1/admin/corporate-actions", {**body, "currency": None}).status == 422


def test_an_action_is_booked_once_for_an_asset_that_exists(api: Api, mstr: int) -> None:
    admin = make_admin().api
    assert admin.post("/v1/admin/corporate-actions", split_body(mstr)).status == 201
    assert admin.post("/v1/admin/corporate-actions", split_body(mstr)).code == "action_exists"
    assert admin.post("/v1/admin/corporate-actions", split_body(999_999)).code == "asset_unknown"
    assert api.get("/v1/assets/999999/corporate-actions").status == 404


def test_only_an_administrator_books_actions(api: Api, mstr: int) -> None:
    assert sign_up().api.post("/v1/admin/corporate-actions", split_body(mstr)).status == 403
    assert api.post("/v1/admin/corporate-actions", split_body(mstr)).status == 401


def test_actions_are_listed_the_newest_first_in_pages(database: Database, api: Api, mstr: int) -> None:
    for day in ("2000-02-01", "2024-08-08", "2002-07-31"):
        split(database, mstr, day, 2)
    page = api.get(f"/v1/assets/{mstr}/corporate-actions?limit=2").json
    assert [item["ex_date"] for item in page["items"]] == ["2024-08-08", "2002-07-31"]
    rest = api.get(f"/v1/assets/{mstr}/corporate-actions?limit=2&cursor={page['next_cursor']}").json
    assert [item["ex_date"] for item in rest["items"]] == ["2000-02-01"]
