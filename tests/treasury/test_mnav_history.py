"""mNAV by day: of that day's prices, and of what held on it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from chalicelib.core import jobs
from chalicelib.treasury import mnav_job
from tests.conftest import Api, Database
from tests.market.factory import close_only, land
from tests.treasury.factory import (
    approve,
    coin,
    company,
    financials,
    price,
    reject,
    reviewer,
    share,
    snapshot,
    split,
)

FIRST = date(2025, 3, 3)
DAY = timedelta(days=1)


def taken(as_of: date, hour: int = 0) -> int:
    """Runs the job for a moment of a day; how many rows changed."""
    result = jobs.run(mnav_job.SNAPSHOT_MNAV, datetime.combine(as_of, time(hour, 10), UTC), catch_up=False)
    assert result["status"] == "succeeded", result
    return int(result["rows"])


def closes(asset: int, start: date, *prices: str) -> None:
    land(asset, [close_only(start + number * DAY, each) for number, each in enumerate(prices)])


def days(api: Api, company_id: int, query: str = "") -> dict[str, dict[str, Any]]:
    answer = api.get(f"/v1/treasury/companies/{company_id}/mnav{query}")
    assert answer.status == 200, answer.text
    return {item["day"]: item for item in answer.json["items"]}


def strategy(database: Database, **fields: Any) -> tuple[int, int, int]:
    """A company, its coin and its share, with closes from FIRST on: coins at 100, 110, 120; shares at 3, 4, 5."""
    bitcoin, listed = coin(database, symbol="BTC"), share(database, **fields)
    closes(bitcoin, FIRST, "100", "110", "120")
    closes(listed, FIRST, "3", "4", "5")
    return company(database, asset_id=bitcoin, share_asset_id=listed), bitcoin, listed


def test_each_day_has_its_own_prices_and_what_held_then(database: Database, api: Api) -> None:
    acme, _, _ = strategy(database)
    snapshot(database, acme, FIRST, 10, "approved")
    snapshot(database, acme, FIRST + 2 * DAY, 20, "approved")
    financials(database, acme, FIRST, shares_basic="1000")
    financials(
        database, acme, FIRST + DAY, shares_basic="2000", total_debt="800", preferred_equity="0", cash="0"
    )
    taken(FIRST + 2 * DAY)
    taken(FIRST + 3 * DAY)
    found = days(api, acme)
    assert list(found) == ["2025-03-05", "2025-03-04", "2025-03-03"]
    assert (found["2025-03-03"]["mnav_basic"], found["2025-03-03"]["market_cap_usd"]) == ("3", "3000")
    assert found["2025-03-03"]["reasons"] == {"mnav_diluted": "no_diluted_shares", "mnav_ev": "no_debt"}
    assert (found["2025-03-04"]["mnav_basic"], found["2025-03-04"]["holdings_value_usd"]) == (
        "7.27272727",
        "1100",
    )
    assert (found["2025-03-05"]["holdings"], found["2025-03-05"]["mnav_ev"]) == ("20", "4.5")


def test_the_job_may_run_again_and_changes_what_has_changed(database: Database, api: Api) -> None:
    acme, _, _ = strategy(database)
    snapshot(database, acme, FIRST, 10, "approved")
    financials(database, acme, FIRST, shares_basic="1000")
    assert taken(FIRST + DAY) == 1
    assert taken(FIRST + DAY) == 0
    who = reviewer(database)
    late = snapshot(database, acme, FIRST - DAY, 5)
    approve(who, late)
    # the day before was not stored: nothing was held then, as far as one knew
    assert taken(FIRST + DAY) == 1
    reject(who, late)
    assert taken(FIRST + DAY) == 1
    assert list(days(api, acme)) == ["2025-03-03"]


def test_a_late_close_takes_the_place_of_a_quote(database: Database, api: Api) -> None:
    acme, bitcoin, _ = strategy(database)
    snapshot(database, acme, FIRST, 10, "approved")
    fourth = FIRST + 3 * DAY
    price(database, bitcoin, "129", datetime.combine(fourth, time(23, 59), UTC))
    taken(fourth + DAY)
    assert days(api, acme)[str(fourth)]["coin_price_usd"] == "129"
    closes(bitcoin, fourth, "130")
    # the day after, when it is taken for the second time
    taken(fourth + 2 * DAY)
    assert days(api, acme)[str(fourth)]["coin_price_usd"] == "130"


def test_a_weekend_uses_fridays_share_price_and_a_long_silence_none(database: Database, api: Api) -> None:
    acme, bitcoin, _ = strategy(database)
    closes(bitcoin, FIRST + 3 * DAY, *["120"] * 9)
    snapshot(database, acme, FIRST, 10, "approved")
    financials(database, acme, FIRST, shares_basic="1000")
    for number in range(3, 13):
        taken(FIRST + number * DAY)
    found = days(api, acme)
    # the last close is of 2025-03-05, which ended when 2025-03-06 began
    assert found["2025-03-12"]["market_cap_usd"] == "5000"
    assert found["2025-03-13"]["market_cap_usd"] is None
    assert found["2025-03-13"]["reasons"]["mnav_basic"] == "stale_share_price"


def test_a_share_in_another_currency_has_the_rate_of_its_day(database: Database, api: Api) -> None:
    acme, _, _ = strategy(database, currency="HKD")
    snapshot(database, acme, FIRST, 10, "approved")
    financials(database, acme, FIRST, shares_basic="1000")
    for day, usd in ((FIRST, "0.125"), (FIRST + DAY, "0.13")):
        database.run(
            "insert into market.exchange_rates (currency_code, timestamp, rate_to_usd, source) "
            "values ('HKD', %s, %s, 'test')",
            datetime.combine(day, time(15), UTC), usd,
        )  # fmt: skip
    taken(FIRST + 2 * DAY)
    found = days(api, acme)
    assert (found["2025-03-03"]["share_price_usd"], found["2025-03-04"]["share_price_usd"]) == (
        "0.375",
        "0.52",
    )


def test_a_later_split_changes_no_mnav(database: Database, api: Api) -> None:
    """History is kept in new shares, and so is every count: 1,000 old shares at 30 are 10,000 new ones at 3."""
    acme, _, listed = strategy(database)
    split(database, listed, FIRST + 9 * DAY, 10)
    snapshot(database, acme, FIRST, 100, "approved")
    financials(database, acme, FIRST, shares_basic="1000")
    taken(FIRST + DAY)
    assert days(api, acme)["2025-03-03"]["mnav_basic"] == "3"


def test_an_override_counts_on_the_days_on_which_it_was_in_force(database: Database, api: Api) -> None:
    acme, _, _ = strategy(database)
    snapshot(database, acme, FIRST, 10, "approved")
    database.run(
        "insert into treasury.company_overrides (company_id, field, override_value, reason, is_active, created_at, "
        "deactivated_at) values (%s, 'current_holdings', '99', 'test', false, '2025-03-04 10:00Z', '2025-03-05 10:00Z')",
        acme,
    )
    taken(FIRST + 2 * DAY)
    taken(FIRST + 3 * DAY)
    assert {day: row["holdings"] for day, row in days(api, acme).items()} == {
        "2025-03-03": "10", "2025-03-04": "99", "2025-03-05": "10",
    }  # fmt: skip


def test_days_missed_are_made_up_for(database: Database, api: Api) -> None:
    acme, _, _ = strategy(database)
    snapshot(database, acme, FIRST, 10, "approved")
    first, last = (datetime.combine(FIRST + number * DAY, time(0, 20), UTC) for number in (1, 3))
    jobs.run(mnav_job.SNAPSHOT_MNAV, first)
    jobs.run(mnav_job.SNAPSHOT_MNAV, last)
    assert list(days(api, acme)) == ["2025-03-05", "2025-03-04", "2025-03-03"]


def test_the_history_in_part_and_in_pages(database: Database, api: Api) -> None:
    acme, _, _ = strategy(database)
    snapshot(database, acme, FIRST, 10, "approved")
    taken(FIRST + 2 * DAY)
    taken(FIRST + 3 * DAY)
    assert list(days(api, acme, "?from=2025-03-04&to=2025-03-04")) == ["2025-03-04"]
    page = api.get(f"/v1/treasury/companies/{acme}/mnav?limit=2").json
    assert list(days(api, acme, f"?limit=2&cursor={page['next_cursor']}")) == ["2025-03-03"]
    assert api.get("/v1/treasury/companies/999/mnav").code == "company_unknown"
