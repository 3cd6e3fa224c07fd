"""What holds for every page: it fits a phone, everything has a name, and amounts keep their digits."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib.core import clock
from tests.conftest import Database
from tests.exchange import factory as exchange
from tests.exchange.days import run_job
from tests.identity import factory as people
from tests.market import factory as market
from tests.web.browser import Page
from tests.web.conftest import WEB, Outside, sign_in
from tests.web.exchange_pages import as_trader
from tests.web.exchange_pages import market as market_of_shares

PLACES = (
    "#/", "#/?show=all", "#/assets", "#/assets/1", "#/rates", "#/backfills", "#/account", "#/account/keys", "#/admin",
    "#/portfolios", "#/portfolios/1", "#/portfolios/1?show=return", "#/portfolios/1/transactions", "#/portfolios/1/files",
    "#/portfolios/1/settings", "#/exchange", "#/exchange/1", "#/exchange/1?interval=1d", "#/exchange/leaderboard",
    "#/exchange/mine", "#/exchange/mine/orders", "#/exchange/mine/fills", "#/exchange/mine/cash", "#/exchange/mine/ledger",
    "#/exchange/mine/days", "#/admin/exchange", "#/admin/transfers", "#/admin/sources", "#/admin/backfills",
    "#/admin/flags", "#/admin/users", "#/admin/audit",
)  # fmt: skip
NAMED = {
    "button",
    "link",
    "textbox",
    "searchbox",
    "combobox",
    "checkbox",
    "spinbutton",
    "image",
    "progressbar",
}
MODULES = sorted(WEB.rglob("*.js"))


@pytest.fixture
def furnished(database: Database, outside: Outside) -> str:
    """A database with something on every page; the administrator's address."""
    admin = people.make_admin()
    bitcoin = market.asset_id(database, "BTC")
    admin.api.put(f"/v1/assets/{bitcoin}/watch", {"since": market.today().isoformat()})
    outside.work()
    database.run("insert into market.exchange_rates values ('EUR', now(), 1.1794, 'ecb')")
    admin.api.post("/v1/portfolios", {"name": "a portfolio with quite a long name"})
    for quantity in ("0.12345678", "12345.6789"):
        admin.api.post(
            "/v1/portfolios/1/transactions",
            {
                "type": "buy",
                "asset_id": bitcoin,
                "quantity": quantity,
                "price": "43000",
                "currency": "USD",
                "timestamp": market.today().isoformat() + "T00:00:00Z",
            },
        )
    listed = market_of_shares(database)
    trader = as_trader(database, admin, cash="123456789.01", role="admin")
    exchange.order(trader, listed, "buy", 12, "112.00")
    exchange.order(trader, listed, "buy", 1234, "104.00")
    exchange.order(trader, listed, "sell", 1, "99999.00")
    exchange.request_transfer(
        admin.api, "withdrawals", {"amount": "1234567.89", "reference": "a reference of some length"}
    )
    run_job(clock.now() + timedelta(days=4))
    admin.api.post("/v1/api-keys", {"name": "a machine with quite a long name", "scopes": ["market:read"]})
    return admin.email


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_every_page_fits_and_everything_has_a_name(page: Page, furnished: str, width: int) -> None:
    page.wide(width)
    sign_in(page, furnished)
    for place in PLACES:
        page.open(place)
        page.until(lambda: page.all("h1") and not page.all("[aria-busy=true], .loading"), f"{place} at rest")
        over = page.run("const root = document.documentElement; return root.scrollWidth - root.clientWidth")
        assert over <= 0, f"{place} is {over} pixels too wide"
        assert nameless(page) == [], place
        assert page.run("return [...document.querySelectorAll('[id]')].length === "
                        "new Set([...document.querySelectorAll('[id]')].map((each) => each.id)).size"), place  # fmt: skip
        assert len(page.all("h1")) == 1, place


def nameless(page: Page) -> list[str]:
    """What a screen reader could not name, from the browser's own accessibility tree."""
    tree = page.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    return [
        node["role"]["value"]
        for node in tree
        if not node.get("ignored")
        and node.get("role", {}).get("value") in NAMED
        and not node.get("name", {}).get("value", "").strip()
    ]


def test_on_a_phone_the_menu_opens_and_closes(page: Page, database: Database) -> None:
    page.wide(360)
    page.open()
    assert not page.all(".menu a")[0].is_displayed()
    page.press("Menu")
    page.press("Exchange rates", ".menu")
    page.title("Exchange rates")
    page.until(lambda: not page.all(".menu a")[0].is_displayed())


WRITTEN: list[tuple[str, list[object], object]] = [
    ("rounded", ["1234.567", 2], "1234.57"),
    ("rounded", ["0.005", 2], "0.01"),
    ("rounded", ["-0.004", 2], "0.00"),
    ("rounded", ["99999999999999999999.999999999999999999", 2], "100000000000000000000.00"),
    ("rounded", ["12.5", 0], "13"),
    ("rounded", ["1e5", 2], None),
    ("price", ["45304.61"], "45,304.61"),
    ("price", ["12345678901234567890.12"], "12,345,678,901,234,567,890.12"),
    ("price", ["0.00001234567"], "0.00001235"),
    ("price", ["0.5"], "0.50"),
    ("price", ["0"], "0.00"),
    ("price", [None], "–"),
    ("percent", ["-0.44"], "−0.44 %"),
    ("percent", ["3.7"], "+3.70 %"),
    ("percent", ["0"], "0.00 %"),
    ("compact", ["1400000000000"], "1.40 T"),
    ("compact", ["999999"], "1,000.00 k"),
    ("compact", ["512.3"], "512.30"),
    ("compact", ["-1234567"], "−1.23 M"),
    ("amount", ["0.004"], "0.00"),
    ("amount", ["-1234567.895"], "−1,234,567.90"),
    ("amount", [None], "–"),
    ("gain", ["12.3"], "+12.30"),
    ("gain", ["-12.3"], "−12.30"),
    ("gain", ["0"], "0.00"),
    ("negated", ["12.50"], "-12.50"),
    ("negated", ["-12.50"], "12.50"),
    ("negated", ["0.00"], "0.00"),
    ("quantity", ["0.123456789"], "0.12345679"),
    ("quantity", ["38.99160000"], "38.9916"),
    ("quantity", ["0.000000000000000001"], "0.000000000000000001"),
    ("rate", ["0.0000715265572687213885"], "0.0000715266"),
    ("rate", ["1.179400000000000001"], "1.1794"),
    ("exact", ["1234.50000"], "1,234.5"),
    ("exact", ["100000"], "100,000"),
    ("sign", ["-0.00"], 0),
    ("day", ["2024-02-08"], "8 Feb 2024"),
]
"""Function, arguments, and what it writes."""


def test_amounts_and_days_are_written_exactly(page: Page, database: Database) -> None:
    page.open("#/nothing")
    page.title("Nothing here")
    for name, arguments, expected in WRITTEN:
        assert page.call("core/format.js", name, *arguments) == expected, (name, arguments)


def test_the_modules_are_small_complete_and_need_nothing_from_elsewhere() -> None:
    assert len(MODULES) > 20
    for module in MODULES:
        text = module.read_text("utf-8")
        assert len(text.splitlines()) < 300, module
        for path in re.findall(r'^(?:import|}) ?[^"\n]*"([^"]+)";$|import\("([^"]+)"\)', text, re.MULTILINE):
            path = "".join(path)
            assert path.startswith("."), f"{module} imports {path}"
            assert (module.parent / path).is_file(), f"{module} imports {path}"
        outside = set(re.findall(r'"(?:https?:)?//[^"]*"', text)) - {
            '"http://www.w3.org/2000/svg"',
            '"https://"',
        }
        assert not outside, f"{module} names {outside}"
        for word in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
            "localStorage.",
        ):
            assert word not in text, f"{module} uses {word}"


def test_no_amount_becomes_a_floating_point_number_on_its_way_to_the_screen() -> None:
    """Numbers are for drawing: only charts, the colour of a flash, and counts and ids may make some."""
    allowed = {
        "chart.js": 1, "candle-chart.js": 1, "overview.js": 2, "keys.js": 1, "order-fields.js": 1, "company-fields.js": 1,
        "company-sources.js": 3, "data-sources.js": 1, "scraper-jobs.js": 1,
    }  # fmt: skip
    for module in MODULES:
        text = re.sub(r"//.*", "", module.read_text("utf-8"))
        found = len(re.findall(r"\bparseFloat\(|\bparseInt\(|\bNumber\(", text))
        assert found <= allowed.get(module.name, 0), f"{module} makes numbers of text"


def test_the_page_forbids_scripts_and_styles_from_elsewhere() -> None:
    text = Path(WEB / "index.html").read_text("utf-8")
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy
    assert not re.findall(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", text)
