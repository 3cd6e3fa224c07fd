"""What a stand-in gets and gives: one request, one reply, and JSON whose numbers keep their text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from local.standins.histories import Histories


class Number(str):
    """A JSON number whose text is written as it is."""


class Request(NamedTuple):
    """One GET, its path without the source's prefix."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    histories: Histories
    now: datetime


class Reply(NamedTuple):
    """What is sent back."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = {}


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """A JSON reply."""
    return Reply(status, dumps(value).encode(), "application/json; charset=utf-8", headers or {})


def dumps(value: Any) -> str:
    """JSON, compact; a Number keeps its text."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{dumps(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(dumps, value)) + "]"
    return json.dumps(value)
