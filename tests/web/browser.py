"""A real browser for tests: headless Chromium through its own driver, with what it said and asked for written down."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast
from urllib.parse import urlsplit

from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

Found = TypeVar("Found")

BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=Translate,OptimizationHints,MediaRouter",
    "--lang=en-GB",
)
PATIENCE = 15
"""Seconds to wait for what should be there at once: a busy machine with two cores is no fault of the console's."""


class Programs(NamedTuple):
    """Where the browser and its driver are."""

    browser: str
    driver: str


def find() -> Programs | None:
    """The browser of this machine, or None."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    driver = shutil.which("chromedriver")
    return Programs(browser, driver) if browser and driver else None


@contextmanager
def running(programs: Programs, profile: Path) -> Iterator[Chrome]:
    """A browser with a profile of its own."""
    options = ChromeOptions()
    options.binary_location = programs.browser
    for flag in (*FLAGS, f"--user-data-dir={profile}", "--window-size=1280,900"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = Chrome(options=options, service=Service(programs.driver))
    try:
        yield driver
    finally:
        driver.quit()


class Page:
    """The console in the browser, as somebody at the keyboard uses it: things are found by the words on them."""

    def __init__(self, driver: Chrome, url: str) -> None:
        self.driver = driver
        self.url = url
        self.refusals: list[str] = []
        """Patterns of complaints that a test brings about on purpose, such as "status of 404"."""
        self._asked: list[str] = []
        self._said: list[dict[str, Any]] = []

    def open(self, place: str = "") -> None:
        """Opens a place of the console, such as "#/rates"."""
        self.driver.get(f"{self.url}/{place}")

    def until(self, condition: Callable[[], Found | None], what: str = "") -> Found:
        """Waits until `condition` is true, and returns what it returned. What is being redrawn is looked at again."""
        wait = WebDriverWait(
            self.driver, PATIENCE, 0.05, ignored_exceptions=[StaleElementReferenceException, IndexError]
        )
        try:
            return cast(Found, wait.until(lambda _: condition()))
        except TimeoutException:
            raise AssertionError(f"waited in vain for {what or 'something'}. {self._state()}") from None

    def all(self, css: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def one(self, css: str) -> WebElement:
        """The first element that fits and can be seen."""
        return self.until(lambda: next((each for each in self.all(css) if each.is_displayed()), None), css)

    def sees(self, words: str) -> None:
        """Waits until the words can be read on the page."""
        self.until(lambda: words in self.text(), f"these words: {words}")

    def text(self) -> str:
        return self.driver.find_element(By.TAG_NAME, "body").text

    def title(self, words: str) -> None:
        """Waits for the page with this heading."""
        self.until(lambda: words in self.one("h1").text, f"a page called {words}")

    def press(self, words: str, inside: str = "body") -> None:
        """Presses the button or follows the link with these words on it, or with this label."""
        css = f"{inside} button, {inside} a, {inside} summary"

        def pressed() -> bool:
            for each in self.all(css):
                names = (each.text.strip(), each.get_attribute("aria-label") or "")
                if words in names and each.is_displayed() and each.is_enabled():
                    each.click()
                    return True
            return False

        self.until(pressed, f"a button or link called {words}")

    def field(self, label: str) -> WebElement:
        """The field with this label."""

        def found() -> WebElement | None:
            for each in self.all("label"):
                if each.text.strip() == label:
                    return self.driver.find_element(By.ID, str(each.get_attribute("for")))
            return next((each for each in self.all(f'[aria-label="{label}"]') if each.is_displayed()), None)

        return self.until(found, f"a field called {label}")

    def write(self, label: str, text: str) -> None:
        element = self.field(label)
        element.clear()
        element.send_keys(text)

    def pick(self, label: str, words: str) -> None:
        """Chooses the option with these words of the field with this label."""

        def picked() -> bool:
            for each in self.field(label).find_elements(By.TAG_NAME, "option"):
                if words in each.text:
                    each.click()
                    return True
            return False

        self.until(picked, f"the option {words} of {label}")

    def run(self, script: str, *arguments: Any) -> Any:
        """What a script returns."""
        return self.driver.execute_script(script, *arguments)

    def call(self, module: str, name: str, *arguments: Any) -> Any:
        """What a function of one of the console's modules returns."""
        return self.driver.execute_async_script(
            "const [module, name, values, done] = arguments;"
            "import(module).then((found) => done(found[name](...values)), (error) => done(String(error)));",
            f"{self.url}/{module}", name, list(arguments),
        )  # fmt: skip

    def set_date(self, label: str, day: str) -> None:
        """Sets a date: how it is typed depends on the machine's language."""
        self.run("arguments[0].value = arguments[1]", self.field(label), day)

    def wide(self, width: int, height: int = 900) -> None:
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
        )

    def offline(self, yes: bool) -> None:
        """Takes the network away, or gives it back."""
        conditions = {"offline": yes, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.driver.execute_cdp_cmd("Network.emulateNetworkConditions", conditions)

    def asked(self) -> list[str]:
        """The addresses of all requests so far."""
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self._asked.append(message["params"]["request"]["url"])
        return self._asked

    def strangers(self) -> list[str]:
        """Requests that went anywhere but to the gateway."""
        here = urlsplit(self.url).netloc
        return [
            url for url in self.asked() if url.startswith(("http", "ws")) and urlsplit(url).netloc != here
        ]

    def complaints(self) -> list[str]:
        """What the browser complained about: errors, warnings, violations of the content security policy."""
        self._said += self.driver.get_log("browser")
        said = [str(each["message"]) for each in self._said if each["level"] in ("SEVERE", "WARNING")]
        return [words for words in said if not any(re.search(pattern, words) for pattern in self.refusals)]

    def _state(self) -> str:
        return f"At {self.driver.current_url}:\n{self.text()[:3000]}"
