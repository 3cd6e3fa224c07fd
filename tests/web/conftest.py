"""The console as it is served: the project's gateway on a database of the test's own, and a browser in front of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from chalicelib.core import db, settings
from chalicelib.market import backfill
from local.gateway import Gateway
from local.standins import Histories, Server
from tests.conftest import Database
from tests.identity import factory as people
from tests.identity.factory import Person
from tests.portfolio.through_api import Portfolio
from tests.web import browser
from tests.web.browser import Page
from tests.web.portfolio_pages import nest_egg

WEB = Path(__file__).parents[2] / "web"
SOURCES = {"BINANCE": "binance", "COINGECKO": "coingecko", "ALPACA": "alpaca", "ECB": "ecb"}
MISSING = "needs Chromium and its driver, such as Debian's packages chromium and chromium-driver"


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """One browser per test process. Each test's gateway has a port, and so an origin, of its own."""
    programs = browser.find()
    if programs is None:
        pytest.skip(MISSING)
    with browser.running(programs, tmp_path_factory.mktemp("profile")) as driver:
        yield driver


@pytest.fixture
def gateway(database: Database) -> Iterator[Gateway]:
    """Console and API on loopback."""
    from app import app

    running = Gateway(app, WEB).start()
    yield running
    running.stop()


@pytest.fixture
def page(chromium: Chrome, gateway: Gateway) -> Iterator[Page]:
    """The console in the browser. At the end the browser must have had nothing to complain about."""
    seen = Page(chromium, gateway.url)
    seen.wide(1280)
    seen.asked()
    seen.complaints()
    seen = Page(chromium, gateway.url)  # what earlier tests left in the logs is gone
    yield seen
    chromium.get("about:blank")
    assert seen.strangers() == []
    assert seen.complaints() == []


@dataclass
class Outside:
    """The outside world, and the work that the cloud would do in between."""

    database: Database

    def work(self) -> None:
        """Does the backfills that somebody rang for."""
        for queue, number in self.database.rung:
            assert queue.endswith("backfill")
            backfill.work_on(number)
        self.database.rung.clear()


@pytest.fixture
def outside(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outside]:
    """Stand-ins of the outside sources, which the settings point at."""
    running = Server(Histories.simulated()).start()
    for name, source in SOURCES.items():
        monkeypatch.setenv(f"HOLDFAST_{name}_URL", running.url(source))
    settings.forget()
    yield Outside(database)
    db.close_all()
    running.stop()


@pytest.fixture
def ada(page: Page, database: Database) -> Person:
    """Somebody signed in to the console."""
    person = people.sign_up("ada@example.com")
    sign_in(page, person.email)
    page.title("Overview")
    return person


@pytest.fixture
def kept(ada: Person, database: Database) -> Portfolio:
    """Her portfolio, whose figures are worked out by hand."""
    return nest_egg(ada, database)


def sign_in(page: Page, email: str, password: str = people.PASSWORD) -> None:
    page.open("#/signin")
    page.write("E-mail address", email)
    page.write("Password", password)
    page.press("Sign in", "main form")
    page.until(lambda: page.all(".me"), "somebody signed in")
