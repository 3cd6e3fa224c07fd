"""The console in a real browser, as people use it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from selenium.webdriver.common.keys import Keys

from chalicelib.core import settings
from chalicelib.market import jobs as market_jobs
from tests.conftest import Database
from tests.identity import factory as people
from tests.market import factory as market
from tests.web.browser import Page
from tests.web.conftest import Outside, sign_in

PASSWORD = people.PASSWORD


def test_a_newcomer_registers_finds_an_asset_watches_it_and_sees_its_history(
    page: Page, outside: Outside
) -> None:
    page.open()
    page.sees("Who holds what, what it is worth, how it trades.")
    page.press("Create an account")
    page.title("Create an account")
    page.write("Name", "Ada")
    page.write("E-mail address", "ada@example.com")
    page.write("Password", PASSWORD)
    page.press("Create account")
    page.sees("You watch nothing yet.")
    page.sees("ada@example.com")

    page.field("Find an asset").send_keys("bitc")
    page.until(lambda: "Bitcoin" in page.one("[role=option]").text)
    page.field("Find an asset").send_keys(Keys.ARROW_DOWN, Keys.ENTER)
    page.title("BTC")
    page.sees("No prices are known in this range.")
    page.sees("Nothing of its history was fetched for you yet.")

    since = (datetime.now(UTC) - timedelta(days=400)).date().isoformat()
    page.set_date("Since", since)
    page.press("Watch")
    page.sees("Its history is being fetched.")
    page.sees("Pending")
    outside.work()
    page.sees("100 %")
    page.sees("Completed")
    page.one(".chart-line")
    page.sees("365 closes, from")

    page.press("3M")
    page.until(lambda: "range=3M" in page.driver.current_url)
    page.until(lambda: int(page.one(".chart figcaption").text.split()[0]) < 100)
    page.press("Max")
    page.press("Months")
    page.until(lambda: int(page.one(".chart figcaption").text.split()[0]) < 40)
    page.press("Show as a table")
    page.until(lambda: len(page.all(".closes tbody tr")) > 20)
    chart = page.one(".chart svg")
    chart.send_keys(Keys.HOME)
    page.until(lambda: "USD" in page.one(".chart-tip").text)

    page.press("Backfills", ".menu")
    page.title("Backfills")
    page.sees("bars, from Binance")
    page.press("Overview", ".menu")
    page.press("BTC\nBitcoin")
    page.press("Unwatch")
    page.sees("You no longer watch BTC.")
    page.field("Since")


def test_prices_that_arrive_are_shown_at_once(page: Page, outside: Outside, database: Database) -> None:
    person = people.sign_up("ada@example.com")
    bitcoin = market.asset_id(database, "BTC")
    person.api.put(f"/v1/assets/{bitcoin}/watch", {"since": "2025-01-01"})
    sign_in(page, person.email)
    page.title("Overview")
    page.until(lambda: page.one("td.strong").text == "–", "no price yet")

    market_jobs.REFRESH_CRYPTO_PRICES.work(datetime.now(UTC))
    page.until(lambda: page.one("td.strong").text.endswith("USD"), "a price")
    shown = page.one("td.strong .money")
    latest = person.api.get("/v1/prices/latest?symbols=BTC").json["items"][0]
    assert (shown.get_attribute("title") or "").replace(",", "") == f"{latest['price']}".rstrip("0").rstrip(
        "."
    )

    database.run("update market.latest_prices set price = price * 2, change_percentage_24h = -12.345")
    database.run(
        "with topic as (update app.outbox_topics set last_seq = last_seq + 1 where topic = 'prices' returning last_seq) "
        "insert into app.outbox (topic, seq, kind, payload) select 'prices', last_seq, 'prices_refreshed', "
        """'{"prices": {"BTC": "1"}}' from topic"""
    )
    page.sees("−12.35 %")
    page.until(lambda: page.all(".flash-up"))
    page.press("All")
    page.until(lambda: "show=all" in page.driver.current_url)
    page.sees("Bitcoin")


def test_exchange_rates_are_listed_and_amounts_converted_to_the_digit(page: Page, database: Database) -> None:
    database.run(
        "insert into market.exchange_rates values ('EUR', now() - interval '1 hour', 1.179400000000000001, 'ecb'), "
        "('JPY', now() - interval '1 hour', 0.0065012345, 'openexchangerates')"
    )
    page.open("#/rates")
    page.sees("Japanese Yen")
    page.sees("Open Exchange Rates")
    page.write("Amount", "12345678901234567890.123456789")
    page.press("Convert")
    page.sees("14,560,493,696,116,049,")
    page.press("Swap the currencies")
    page.write("Amount", "1,5")
    page.press("Convert")
    page.sees("without separators of thousands")
    page.write("Amount", "1.5")
    page.set_date("On", "2020-01-01")
    page.refusals.append("status of 404")
    page.press("Convert")
    page.sees("is known from the week before 2020-01-01")
    page.sees("Request")


def test_an_api_key_is_shown_once_works_and_is_revoked(page: Page, database: Database) -> None:
    person = people.sign_up("ada@example.com")
    sign_in(page, person.email)
    page.press("API keys", ".menu")
    page.sees("You have no API keys.")
    page.press("Make key")
    page.sees("Fill this in.")
    page.write("Name", "importer")
    page.one('input[value="market:read"]').click()
    page.press("Make key")
    key = page.one("input.secret").get_attribute("value") or ""
    assert status(page.url + "/v1/watched-assets", key) == 200
    assert status(page.url + "/v1/profile", key) == 403

    assert page.field("Days until it ends").get_attribute("value") == "90"
    page.press("I have it")
    page.until(lambda: not page.all("input.secret"))
    page.sees(f"{key[:11]}…")
    assert key not in page.driver.page_source
    page.press("Revoke importer")
    page.press("Revoke importer")
    page.sees("is revoked")
    page.sees("Revoked")
    assert status(page.url + "/v1/watched-assets", key) == 401


def status(url: str, key: str) -> int:
    request = urllib.request.Request(url, headers={"X-Api-Key": key})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


def test_the_account_is_changed(page: Page, database: Database) -> None:
    person = people.sign_up("ada@example.com")
    sign_in(page, person.email)
    page.press("Account", ".menu")
    page.sees("100,000.00 USD")
    page.write("Name", "Countess")
    page.write("Picture", "http://example.com/ada.png")
    page.refusals.append("status of 422")
    page.press("Save profile")
    page.sees("write an address that begins with https://")
    page.field("Picture").clear()
    page.press("Save profile")
    page.sees("Your profile is saved.")
    assert person.api.get("/v1/profile").json["display_name"] == "Countess"

    page.press("Edit theme")
    page.field("theme").send_keys("Dark")
    page.press("Save setting")
    page.until(lambda: page.run("return document.documentElement.dataset.theme") == "dark", "a dark page")
    assert page.run("return getComputedStyle(document.body).backgroundColor") == "rgb(12, 20, 25)"
    page.press("Add a setting")
    page.one('input[name="name"]').send_keys("favourites")
    page.write("Value", '{"first": "BTC"}')
    page.press("Save setting")
    page.sees('{"first":"BTC"}')

    page.write("Current password", PASSWORD)
    page.write("New password", "seven quiet lighthouses")
    page.press("Change password")
    page.sees("Your password is changed.")
    page.press("Backfills", ".menu")
    page.sees("Nothing was fetched yet.")
    page.press("Account", ".menu")
    page.press("Sign out everywhere")
    page.press("Press again to sign out everywhere")
    page.sees("You are signed out everywhere.")
    sign_in(page, person.email, "seven quiet lighthouses")


def test_what_goes_wrong_is_said(page: Page, database: Database) -> None:
    people.sign_up("ada@example.com")
    page.refusals += ["status of 401", "status of 404", "status of 422"]
    page.open("#/signin")
    page.press("Sign in", "main form")
    page.sees("Fill this in.")
    page.write("E-mail address", "ada@example.com")
    page.write("Password", "not this one, surely")
    page.press("Sign in", "main form")
    page.sees("The e-mail address or the password is wrong.")
    page.sees("Request")

    page.press("Create one")
    page.write("E-mail address", "bob@example.com")
    page.write("Password", "short")
    page.press("Create account")
    page.until(
        lambda: page.field("Password").get_attribute("aria-invalid") == "true", "what is wrong with it"
    )

    page.open("#/assets/999999")
    page.sees("There is no asset 999999 in the catalogue.")
    page.open("#/no/such/page")
    page.sees("There is no such page.")
    page.open("#/account")
    page.title("Sign in")

    page.open("#/rates")
    page.title("Exchange rates")
    page.refusals.append("ERR_INTERNET_DISCONNECTED")
    page.offline(True)
    page.press("Assets", ".menu")
    page.sees("Holdfast does not answer.")
    page.offline(False)
    page.press("Try again")
    page.sees("Avalanche")


def test_a_session_lives_through_a_reload_and_new_keys_and_ends_with_signing_out(
    page: Page, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = people.sign_up("ada@example.com")
    sign_in(page, person.email)
    for _ in range(2):
        page.driver.refresh()
        page.sees("You watch nothing yet.")

    # as if the access token had ended: its signing key is gone
    monkeypatch.setenv("HOLDFAST_TOKEN_KEYS", json.dumps({"test-2": "fedcba9876543210fedcba9876543210"}))
    settings.forget()
    page.refusals.append("status of 401")
    page.press("Backfills", ".menu")
    page.sees("Nothing was fetched yet.")
    page.press("Account", ".menu")
    page.sees("100,000.00 USD")

    page.press("Sign out")
    page.sees("You are signed out.")
    page.sees("Create an account")
    assert page.run("return sessionStorage.length") == 0
    assert page.run("return localStorage.length") == 0
    page.driver.refresh()
    page.sees("Create an account")
    assert not page.all(".me")


def test_a_copied_tab_steps_back_and_leaves_the_session_alone(page: Page, database: Database) -> None:
    person = people.sign_up("ada@example.com")
    sign_in(page, person.email)
    page.sees("You watch nothing yet.")
    first = page.driver.current_window_handle
    page.run("window.open(location.href)")  # copies sessionStorage, as "duplicate tab" does
    (second,) = set(page.driver.window_handles) - {first}
    page.driver.switch_to.window(second)
    page.sees("Create an account")
    assert page.run("return sessionStorage.length") == 0
    page.driver.close()
    page.driver.switch_to.window(first)
    page.driver.refresh()
    page.sees("You watch nothing yet.")


def test_text_from_outside_stays_text(page: Page, database: Database) -> None:
    name = '<img src="/nowhere" onerror="document.title=1"> & <b>bold</b>'
    number = market.new_asset(database, "EVIL", name=name)
    page.open(f"#/assets/{number}")
    page.sees(name)
    page.field("Find an asset").send_keys("evil")
    page.until(lambda: name in page.one("[role=option]").text)
