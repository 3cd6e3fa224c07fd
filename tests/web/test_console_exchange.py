"""The exchange in the console, as people use it: looking at the market, placing orders, following what they do."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.keys import Keys

from tests.conftest import Database
from tests.exchange import factory
from tests.exchange.factory import Offering, Trader
from tests.identity import factory as people
from tests.web.browser import Page
from tests.web.conftest import sign_in
from tests.web.exchange_pages import as_trader, levels, market
from tests.web.portfolio_pages import row


@pytest.fixture
def listed(database: Database) -> Offering:
    """A market around 108.00: 10 shares offered at 108.00 and 20 at 112.00, 15 wanted at 105.00."""
    return market(database)


@pytest.fixture
def grace(page: Page, database: Database, listed: Offering) -> Trader:
    """Somebody with 10,000.00 who is signed in to the console."""
    person = people.sign_up("grace@example.com")
    sign_in(page, person.email)
    page.title("Overview")
    return as_trader(database, person, cash="10000.00")


def test_who_is_not_signed_in_sees_the_market_and_cannot_trade(page: Page, listed: Offering) -> None:
    page.open("#/exchange")
    offered = row(page, "Offerings", listed.symbol)
    # the last of the ten shares that were sold before was at 107.00; they were issued at 100.00
    assert offered[:2] == ["107.00", "+7.00 %"]
    assert offered[3:] == ["105.00", "108.00", "Trading"]
    page.press("Trades", ".choice")
    assert row(page, "Where most happens", listed.symbol)[-1] == "1"

    page.press(listed.symbol)
    page.title(listed.symbol)
    assert page.until(lambda: levels(page, "ask")) == [("112.00", "20"), ("108.00", "10")]
    assert levels(page, "bid") == [("105.00", "15")]
    page.sees("Spread 3.00, last 107.00")
    assert row(page, "Last trades", "107.00")[:2] == ["10", "bought"]
    page.sees("1 candle")
    page.sees("Sign in to place orders.")
    assert not page.all(".ticket")


def test_an_order_is_previewed_placed_and_the_book_follows(
    page: Page, grace: Trader, listed: Offering
) -> None:
    page.open(f"#/exchange/{listed.id}")
    page.sees("10,000.00 USD")
    page.write("Shares", "5")
    page.write("Limit price (USD)", "110")
    # as the exchange's own example has it: five at 108.00 are 540.00, and 2 % of that 10.80
    page.sees("If placed now: buys 5 shares at 108.00.")
    shown = page.one(".preview-order").text
    for words in ("540.00 USD", "10.80 USD", "9,449.20 USD"):
        assert words in shown, words
    assert listed.orders()[-1]["order_type"] == "buy"
    before = len(listed.orders())

    page.press(f"Buy {listed.symbol}")
    page.sees("Bought 5 shares at 108.00 on average.")
    page.until(lambda: levels(page, "ask")[-1] == ("108.00", "5"), "the level with five shares less")
    page.until(lambda: page.one(".quote-price").text.startswith("108.00 USD"), "the new price")
    page.until(lambda: "9,449.20 USD" in page.one(".funds").text, "the cash that is left")
    assert row(page, "Last trades", "108.00")[:2] == ["5", "bought"]
    assert len(listed.orders()) == before + 1
    assert grace.shares(listed) == 5

    page.write("Shares", "5")
    page.write("Limit price (USD)", "110")
    page.press(f"Buy {listed.symbol}")
    page.until(lambda: grace.shares(listed) == 10, "the same order a second time, as another one")


def test_what_would_be_refused_is_said_before_and_after_placing(
    page: Page, grace: Trader, listed: Offering
) -> None:
    page.refusals += ["status of 409"]
    page.open(f"#/exchange/{listed.id}")
    page.write("Shares", "100")
    page.write("Limit price (USD)", "112")
    page.sees("This needs 11424.00 USD, and 10000.00 USD are available.")
    page.press(f"Buy {listed.symbol}")
    page.until(lambda: "This needs 11424.00 USD" in page.one(".ticket .failure").text, "the refusal")
    assert grace.cash["reserved"] == 0
    page.write("Shares", "1.5")
    page.press(f"Buy {listed.symbol}")
    page.sees("Whole shares, without separators.")


LOSE_AN_ANSWER = """
    const real = window.fetch;
    window.fetch = async (address, options) => {
      const answer = await real(address, options);
      if (!address.endsWith("/orders") || options.method !== "POST") return answer;
      window.fetch = real;
      throw new TypeError("lost on its way");
    };
"""


def test_an_order_whose_answer_was_lost_is_placed_once(page: Page, grace: Trader, listed: Offering) -> None:
    page.open(f"#/exchange/{listed.id}")
    page.write("Shares", "3")
    page.write("Limit price (USD)", "108")
    page.sees("If placed now")
    page.run(LOSE_AN_ANSWER)
    page.press(f"Buy {listed.symbol}")
    page.until(
        lambda: "Holdfast does not answer." in page.one(".ticket .failure").text, "that it is not known"
    )
    page.press(f"Buy {listed.symbol}")
    page.sees("Bought 3 shares at 108.00 on average.")
    assert grace.shares(listed) == 3


def test_own_orders_are_amended_and_cancelled(page: Page, grace: Trader, listed: Offering) -> None:
    first = factory.order(grace, listed, "buy", 4, "104.00")
    factory.order(grace, listed, "buy", 2, "103.00")
    page.open(f"#/exchange/{listed.id}")
    mine = f"My open orders in {listed.symbol}"
    assert row(page, mine, "Buy 4 shares\nUntil cancelled")[:3] == [
        "104.00", "0 of 4", "424.32 USD",
    ]  # fmt: skip
    page.press(f"Amend order {first['id']}: Buy 4 shares")
    field = page.one(".amend [name=shares_requested]")
    assert page.driver.switch_to.active_element == field
    field.clear()
    field.send_keys("3", Keys.ENTER)
    page.sees(f"Order {first['id']} is amended.")
    assert row(page, mine, "Buy 3 shares")[2] == "318.24 USD"
    page.until(lambda: ("104.00", "3") in levels(page, "bid"), "the level with one share less")

    page.press(f"Cancel order {first['id']}: Buy 3 shares")
    page.until(lambda: ("104.00", "3") not in levels(page, "bid"), "the level gone")
    page.press(f"Cancel all my orders in {listed.symbol}")
    page.press("Really all?")
    page.sees("You have no open orders.")
    assert grace.cash["reserved"] == 0


def test_a_price_in_the_book_is_taken_into_the_ticket(page: Page, grace: Trader, listed: Offering) -> None:
    page.open(f"#/exchange/{listed.id}")
    page.press("Market", ".ticket")
    assert page.field("Most for a share (USD)")
    page.press("Sell", ".ticket")
    page.sees("Takes whatever price there is.")
    page.press("Take 112.00 into the order")
    assert page.field("Limit price (USD)").get_attribute("value") == "112.00"


def test_whoever_walks_the_book_with_the_keys_stays_on_a_level_when_it_changes(
    page: Page, grace: Trader, listed: Offering
) -> None:
    page.open(f"#/exchange/{listed.id}")
    page.until(lambda: levels(page, "bid"), "the book")
    page.run("document.querySelector('tr.level.bid button').focus()")
    factory.order(grace, listed, "buy", 4, "106.00")
    page.until(lambda: levels(page, "bid")[0] == ("106.00", "4"), "a better bid")
    page.until(lambda: page.driver.switch_to.active_element.text == "105.00", "the focus where it was")
    page.driver.switch_to.active_element.send_keys(Keys.ENTER)
    assert page.field("Limit price (USD)").get_attribute("value") == "105.00"


def test_what_others_do_is_seen_live(page: Page, grace: Trader, listed: Offering, database: Database) -> None:
    factory.order(grace, listed, "buy", 4, "106.00")
    page.open(f"#/exchange/{listed.id}")
    page.until(lambda: ("106.00", "4") in levels(page, "bid"), "her order in the book")
    factory.order(listed.seller, listed, "sell", 1, "106.00")
    page.until(lambda: ("106.00", "3") in levels(page, "bid"), "one share less")
    page.until(lambda: row(page, f"My open orders in {listed.symbol}", "Buy 4 shares")[1] == "1 of 4")
    page.until(lambda: page.one(".quote-price").text.startswith("106.00 USD"), "the new price")
    office = factory.admin(database)
    office.api.post(f"/v1/admin/exchange/offerings/{listed.id}/halt", {"note": "A look at the papers."})
    page.sees("Trading is halted.")
    page.sees("Why: A look at the papers.")


def disabled(page: Page, css: str) -> bool:
    return not page.one(css).is_enabled()


def decide(database: Database, listed: Offering, what: str) -> None:
    office = factory.admin(database)
    answer = office.api.post(f"/v1/admin/exchange/offerings/{listed.id}/{what}", {"note": "The papers."})
    assert answer.status == 200, answer.text


def auctions_asked_for(page: Page, listed: Offering) -> list[str]:
    return [address for address in page.asked() if address.endswith(f"/{listed.id}/auction")]


BUY = ".ticket button[type=submit]"
AMEND = "button[aria-label^='Amend order']"
HALTED = "Trading is halted. Orders can be cancelled, but neither placed nor amended."


def test_in_a_halted_offering_orders_can_be_written_and_cancelled_but_not_sent(
    page: Page, grace: Trader, listed: Offering, database: Database
) -> None:
    """The browser would complain of a 409 at the end: none is asked for."""
    mine = factory.order(grace, listed, "buy", 4, "104.00")
    page.open(f"#/exchange/{listed.id}")
    page.press(f"Amend order {mine['id']}: Buy 4 shares")
    assert not disabled(page, BUY)
    decide(database, listed, "halt")
    page.until(lambda: disabled(page, BUY), "that nothing can be bought")
    page.until(lambda: page.one(".ticket [role=status]").text == HALTED, "why")
    page.until(lambda: disabled(page, AMEND), "that the order cannot be amended")
    page.until(lambda: disabled(page, ".amend button[type=submit]"), "neither once it is begun")
    assert page.one(".amend + [role=status], .amend [role=status]").text == HALTED
    assert HALTED in row(page, f"My open orders in {listed.symbol}", "Buy 4 shares")[-1]
    page.write("Shares", "3")
    page.write("Limit price (USD)", "103")
    page.field("Limit price (USD)").send_keys(Keys.ENTER)

    decide(database, listed, "resume")
    page.until(lambda: not disabled(page, BUY), "that it goes on")
    page.until(lambda: not disabled(page, ".amend button[type=submit]"), "amending, too")
    page.sees("If placed now")
    assert len(grace.api.get("/v1/exchange/orders").json["items"]) == 1, "nothing was sent meanwhile"

    decide(database, listed, "halt")
    page.until(lambda: disabled(page, AMEND), "halted again")
    page.open("#/exchange/mine/orders")
    page.until(lambda: disabled(page, AMEND), "the same among all orders")
    page.press(f"Cancel order {mine['id']}: Buy 4 shares")
    page.sees("You have no open orders.")


def test_an_open_page_of_an_offering_that_closes_asks_for_no_auction_any_more(
    page: Page, grace: Trader, listed: Offering, database: Database
) -> None:
    page.open(f"#/exchange/{listed.id}")
    page.sees("Orders collect from")
    page.write("Shares", "3")
    page.write("Limit price (USD)", "103")
    page.sees("If placed now")
    decide(database, listed, "close")
    page.sees("This offering is closed: no auction is held in it any more.")
    page.until(lambda: disabled(page, BUY), "that nothing can be bought")
    closed = "This offering is closed: it is not traded any more."
    page.until(lambda: page.one(".ticket [role=status]").text == closed, "why")
    asked = len(auctions_asked_for(page, listed))
    page.open("#/exchange")
    page.open(f"#/exchange/{listed.id}")
    page.sees("This offering is closed: no auction is held in it any more.")
    assert disabled(page, BUY)
    assert len(auctions_asked_for(page, listed)) == asked


def test_a_call_shows_the_price_that_the_auction_would_have(
    page: Page, grace: Trader, listed: Offering
) -> None:
    listed.set(calls_from="2000-01-01T00:00:00Z")
    factory.order(grace, listed, "buy", 4, "109.00")
    page.open(f"#/exchange/{listed.id}")
    page.sees("Orders collect for the next auction")
    page.sees("indicative, 4 shares")
    assert page.one(".indicative .money").text == "108.00 USD"
    page.sees("6 shares to sell")
    # an order for the auction at any price up to 110.00 takes these six as well
    page.press("Market", ".ticket")
    page.write("Shares", "6")
    page.write("Most for a share (USD)", "110.00")
    page.field("Good").send_keys("At the next opening")
    page.sees("waits for the auction with 6.")
    page.press(f"Buy {listed.symbol}")
    page.sees("6 shares wait.")
    page.sees("indicative, 10 shares")
    mine = row(page, f"My open orders in {listed.symbol}", "Buy 6 shares\nOpening auction")
    assert mine[0] == "market\nat most 110.00"


def test_the_candles_can_be_walked_with_the_keys_and_read_as_a_table(page: Page, listed: Offering) -> None:
    page.open(f"#/exchange/{listed.id}?interval=1d")
    drawing = page.one("svg[role=img]")
    assert "107.00" in (drawing.get_attribute("aria-label") or "")
    drawing.send_keys(Keys.ARROW_LEFT)
    assert "Open 107.00, close 107.00" in page.one(".chart-tip").text
    page.press("Show as a table")
    page.sees("1,070.00")
