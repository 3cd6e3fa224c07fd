"""What administrators see of the console, and nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chalicelib.core import jobs
from chalicelib.market import jobs as market_jobs
from tests.conftest import Database
from tests.identity import factory as people
from tests.market import factory as market
from tests.web.browser import Page
from tests.web.conftest import Outside, sign_in

TODAY = datetime.now(UTC).date()


def test_nobody_else_sees_the_administration(page: Page, database: Database) -> None:
    person = people.sign_up()
    sign_in(page, person.email)
    page.title("Overview")
    assert "Administration" not in page.text()
    page.open("#/admin")
    page.sees("Only administrators see this page.")


def test_an_administrator_looks_after_the_system(page: Page, database: Database, outside: Outside) -> None:
    admin = people.make_admin("root@example.com")
    person = people.sign_up("ada@example.com")
    bitcoin = market.asset_id(database, "BTC")
    person.api.put(f"/v1/assets/{bitcoin}/watch", {"since": TODAY.isoformat()})
    jobs.run(market_jobs.REFRESH_CRYPTO_PRICES)
    sign_in(page, admin.email)

    page.press("Administration", ".menu")
    page.sees("refresh_crypto_prices")
    page.sees("Succeeded")
    page.press("Sources")
    page.sees("Binance")
    page.sees("Answers")

    database.run(
        "update market.backfill_queue set status = 'failed', error_message = 'no luck', attempts = 5"
    )
    page.press("Backfills", ".tabs")
    page.sees("no luck")
    page.press("Retry BTC")
    page.sees("starts over at once")
    page.sees("Pending")
    outside.work()
    page.press("Completed", ".choice")
    page.sees("100 %")

    newcoin = market.new_asset(database, "ODD")
    market.land(
        newcoin, [market.bar(TODAY - timedelta(days=3), "100"), market.bar(TODAY - timedelta(days=2), "300")]
    )
    page.press("Price flags")
    page.sees("200.00 % from the close before")
    page.press("Keep the bar of ODD")
    page.sees("No bars are in this state.")
    page.press("Kept")
    page.sees("200.00 % from the close before")

    page.press("People")
    page.sees("ada@example.com")
    page.field("Role of ada@example.com").send_keys("affiliate")
    page.press("Save the role of ada@example.com")
    page.sees("ada@example.com is now affiliate.")
    page.press("Deactivate ada@example.com")
    page.press("Deactivate ada@example.com")
    page.sees("ada@example.com is deactivated.")
    page.press("Activate ada@example.com")
    page.sees("ada@example.com is active again.")
    page.write("Part of an address or a name", "root\n")
    page.until(lambda: "ada@example.com" not in page.one("tbody").text)

    page.press("Audit log")
    page.sees("identity.users")
    page.one("tbody summary").click()
    page.until(lambda: page.all("ins"))
    page.one("tbody .link").click()
    page.until(lambda: "record=" in page.driver.current_url)
