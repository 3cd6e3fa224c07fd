"""What can go wrong with an outside source, told apart by what the caller should do about it."""

from __future__ import annotations

from datetime import date


class SourceError(Exception):
    """An outside source did not answer as asked. `detail` says what happened, without secrets."""

    def __init__(self, source: str, detail: str) -> None:
        super().__init__(f"{source}: {detail}")
        self.source = source
        self.detail = detail


class SourceRateLimited(SourceError):
    """Too many requests: wait.

    `retry_after` is in seconds (None: the source did not say); `banned`: it has shut us out.
    """

    def __init__(
        self, source: str, detail: str, retry_after: float | None = None, banned: bool = False
    ) -> None:
        super().__init__(source, detail)
        self.retry_after = retry_after
        self.banned = banned


class SourceUnavailable(SourceError):
    """No usable answer this time (5xx, time-out, connection refused, body cut short): try again later."""


class SourceRefused(SourceError):
    """The source will not serve us (401, 403, 451, missing key, plan): a matter of configuration or
    geography.

    Trying again does not help; another source may serve.
    """


class SourceHistoryLimited(SourceRefused):
    """The source's history does not reach that far back on this plan; it begins on `available_from`."""

    def __init__(self, source: str, detail: str, available_from: date) -> None:
        super().__init__(source, detail)
        self.available_from = available_from


class SourceNotFound(SourceError):
    """The source does not know this symbol."""


class SourceChangedFormat(SourceError):
    """The answer is not what the source documents (HTML for JSON, missing fields, wrong types)."""
