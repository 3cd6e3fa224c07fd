"""What all clients of outside sources share: one HTTP GET, its limits, and what its failures mean.

The rules: the shared budget is spent before a call, never after; nothing is retried here (the job that
asked knows when to try again); a 429 or 418 makes everybody wait; no number of an answer ever becomes a
float; no key appears in an error or a log.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, Protocol
from urllib.parse import quote, urlencode, urljoin, urlsplit

from chalicelib.sources.errors import (
    SourceChangedFormat,
    SourceError,
    SourceNotFound,
    SourceRateLimited,
    SourceRefused,
    SourceUnavailable,
)

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

__all__ = [
    "Answer",
    "Budget",
    "Http",
    "Limiter",
    "SourceChangedFormat",
    "SourceError",
    "SourceNotFound",
    "SourceRateLimited",
    "SourceRefused",
    "SourceUnavailable",
    "retry_after",
]

CONNECT_SECONDS = 3.0
READ_SECONDS = 15.0  # between two pieces of an answer
ANSWER_SECONDS = 60.0  # for a whole answer, however steadily it drips
MAX_BYTES = 32 * 1024 * 1024
MAX_REDIRECTS = 3
WAIT_WHEN_NOT_TOLD = {429: 60.0, 418: 120.0}  # one window; the shortest ban that Binance documents
_PIECE = 64 * 1024


class Limiter(Protocol):
    """The budget that all callers share, wherever they run."""

    def spend(self, bucket: str, cost: int, burst: int, per_seconds: float) -> None:
        """Take `cost` from a bucket that holds `burst` and refills in `per_seconds`.

        Raises SourceRateLimited when the shared budget is used up or everybody has been told to wait.
        """

    def block(self, bucket: str, seconds: float) -> None:
        """Make everybody wait: the source said so."""


class Budget(NamedTuple):
    """A bucket that holds `burst` and refills in `per_seconds`."""

    bucket: str
    burst: int
    per_seconds: float

    @classmethod
    def at_most(cls, bucket: str, limit: int, window: float, at_once: float = 0.5) -> Budget:
        """A bucket that can never let more than `limit` through in any `window` seconds.

        A bucket holding the whole limit would let nearly twice that through: all at once, then as much
        again while it refills. So it holds the share `at_once`, and the rest flows in over the window.
        """
        burst = max(1, int(limit * at_once))
        return cls(bucket, burst, window * burst / max(1, limit - burst))


class Answer(NamedTuple):
    """A source's answer, whole and decompressed. Header names are matched in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Explain = Callable[[Answer], SourceError | None]


class Http:
    """GET requests to one source, within its budgets.

    `explain` lets a client say what an unsuccessful answer means before the general rules do. `secrets` are
    struck out of every error message. `contact` goes into the User-Agent, as sources ask of automated
    callers.
    """

    def __init__(
        self,
        source: str,
        base_url: str,
        limiter: Limiter,
        budgets: Sequence[Budget],
        *,
        headers: Mapping[str, str] | None = None,
        secrets: Sequence[str] = (),
        explain: Explain | None = None,
        contact: str | None = None,
    ) -> None:
        self.source = source
        self.limiter = limiter
        self._base_url = base_url.rstrip("/")
        self._budgets = budgets
        self._headers = {
            "User-Agent": f"Holdfast/1.0 (+{contact})" if contact else "Holdfast/1.0",
            "Accept-Encoding": "gzip",
            **(headers or {}),
        }
        self._secrets = [secret for secret in secrets if secret]
        self._explain = explain or (lambda _answer: None)

    def get(self, path: str, query: Mapping[str, str] | None = None, cost: int = 1) -> Answer:
        """Spend `cost` and send one GET. Answers only with 200; raises a SourceError otherwise."""
        for budget in self._budgets:
            self.limiter.spend(budget.bucket, cost, budget.burst, budget.per_seconds)
        url = self._base_url + path
        if query:
            url += "?" + urlencode(query, quote_via=quote, safe=",")
        answer = self._send(url)
        if answer.status != 200:
            self._refuse(answer)
        return answer

    def get_json(
        self, path: str, query: Mapping[str, str] | None = None, cost: int = 1
    ) -> tuple[Any, Answer]:
        """Like get, parsed: numbers with a point or an exponent stay text, whole numbers are int."""
        answer = self.get(path, query, cost)
        return self.parse(answer), answer

    def block(self, seconds: float) -> None:
        """Make everybody who uses this source wait."""
        self.limiter.block(self._budgets[0].bucket, seconds)

    def error(self, kind: type[SourceError], detail: str) -> SourceError:
        """An error of this source, with every secret struck out."""
        return kind(self.source, self._without_secrets(detail))

    def _send(self, url: str) -> Answer:
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._send_once(url)
            if answer.status not in (301, 302, 303, 307, 308):
                return answer
            target = urljoin(url, answer.headers.get("Location", ""))
            if urlsplit(target)[:2] != urlsplit(url)[:2]:
                raise self.error(SourceChangedFormat, f"redirects to another host, {urlsplit(target).netloc}")
            url = target
        raise self.error(SourceChangedFormat, "redirects in circles")

    def _send_once(self, url: str) -> Answer:
        import urllib3  # here, not above: a cold start that calls no source should not pay for it

        try:
            response = _pool().request(
                "GET",
                url,
                headers=self._headers,
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
                retries=False,
                redirect=False,
                preload_content=False,
            )
            try:
                return Answer(response.status, response.headers, self._read(response))
            except BaseException:
                response.close()  # what is left of this answer must not be taken for the next one
                raise
            finally:
                response.release_conn()
        except urllib3.exceptions.HTTPError as error:
            # `from None`: urllib3's own words quote the URL, and one source wants its key there.
            raise self.error(SourceUnavailable, f"no answer ({type(error).__name__})") from None

    def _read(self, response: BaseHTTPResponse) -> bytes:
        pieces: list[bytes] = []
        size = 0
        give_up = time.monotonic() + ANSWER_SECONDS
        for piece in response.stream(_PIECE, decode_content=True):
            size += len(piece)
            if size > MAX_BYTES:
                raise self.error(SourceChangedFormat, f"the answer is larger than {MAX_BYTES} bytes")
            if time.monotonic() > give_up:
                raise self.error(SourceUnavailable, f"the answer took more than {ANSWER_SECONDS:.0f} s")
            pieces.append(piece)
        return b"".join(pieces)

    def _refuse(self, answer: Answer) -> NoReturn:
        explained = self._explain(answer)
        if explained is not None:
            raise explained
        detail = f"HTTP {answer.status}: {self._gist(answer)}"
        if answer.status in WAIT_WHEN_NOT_TOLD:
            self.rate_limited(answer, detail, retry_after(answer.headers))
        if answer.status in (401, 403, 451):
            raise self.error(SourceRefused, detail)
        if answer.status == 404:
            raise self.error(SourceNotFound, detail)
        if answer.status == 408 or answer.status >= 500:
            raise self.error(SourceUnavailable, detail)
        raise self.error(SourceChangedFormat, detail)

    def rate_limited(self, answer: Answer, detail: str, seconds: float | None) -> NoReturn:
        """Make everybody wait as long as the source says (or one window), and raise SourceRateLimited."""
        self.block(WAIT_WHEN_NOT_TOLD[answer.status] if seconds is None else seconds)
        raise SourceRateLimited(
            self.source, self._without_secrets(detail), retry_after=seconds, banned=answer.status == 418
        )

    def parse(self, answer: Answer) -> Any:
        """An answer's JSON: numbers with a point or an exponent stay text, whole numbers are int."""
        if answer.body.lstrip()[:1] == b"<":
            raise self.error(SourceChangedFormat, "HTML or XML instead of JSON")
        try:
            return json.loads(answer.body, parse_float=str, parse_constant=_no_constant)
        except ValueError as error:  # not JSON, or not Unicode
            raise self.error(SourceChangedFormat, f"not JSON ({type(error).__name__})") from None
        except RecursionError:
            raise self.error(SourceChangedFormat, "JSON nested too deeply") from None

    def _gist(self, answer: Answer) -> str:
        """The source's own words, when it sent a few; a page of HTML is only named."""
        if answer.body.lstrip()[:1] == b"<":
            return "a page of HTML"
        return " ".join(answer.body[:300].decode("utf-8", "replace").split())

    def _without_secrets(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return text


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by a Retry-After header, which may hold seconds or an HTTP date; None without one.

    A date counts from the answer's own Date header where it has one, so that our clock does not matter.
    """
    value = headers.get("Retry-After", "").strip()
    if not value:
        return None
    if value.replace(".", "", 1).isdigit():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - server_time(headers))
    except ValueError:
        return None


def server_time(headers: Mapping[str, str]) -> float:
    """The source's clock when it answered, in seconds since the epoch; ours where it does not say."""
    try:
        return parsedate_to_datetime(headers.get("Date", "")).timestamp()
    except ValueError:
        return time.time()


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


@lru_cache(maxsize=1)
def _pool() -> PoolManager:
    import urllib3

    # urllib3 logs whole URLs at level DEBUG, and one source wants its key in the URL.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)
    return urllib3.PoolManager(num_pools=10, maxsize=4, retries=False)
