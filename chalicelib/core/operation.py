"""What a route is, before it is called: where, for whom, what it takes and answers."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple, get_type_hints

from pydantic import TypeAdapter

Access = Literal["public", "user", "admin"]
Handler = Callable[..., Any]

GIVEN = ("tx", "who", "query", "body", "request", "key")
"""Parameter names with a meaning of their own; every other parameter of a handler is one of the path's."""


class Raw(NamedTuple):
    """An answer that is not a model: a page of HTML, a file. `headers` override the usual ones."""

    body: str
    headers: dict[str, str]
    status: int = 200


@dataclass
class Operation:
    """One route: where it is, who may call it, what it takes and answers. OpenAPI is written from these."""

    method: str
    path: str
    handler: Handler
    tag: str
    access: Access
    scope: str | None
    status: int
    idempotent: bool
    key_required: bool
    cache_seconds: int | None
    max_body: int
    example: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.handler.__name__

    @property
    def template(self) -> str:
        """Method and path template as one text: what logs name."""
        return f"{self.method} {self.path}"

    @property
    def cached(self) -> bool:
        """Whether caches may keep what it answers."""
        return self.cache_seconds is not None and self.method == "GET"

    @cached_property
    def hints(self) -> dict[str, Any]:
        """Types of the handler's parameters and of what it returns (under 'return'). Resolved at first use."""
        hints = get_type_hints(self.handler, include_extras=True)
        return {
            **{name: hints[name] for name in inspect.signature(self.handler).parameters},
            "return": hints["return"],
        }

    @cached_property
    def path_adapters(self) -> dict[str, TypeAdapter[Any]]:
        return {
            name: TypeAdapter(hint) for name, hint in self.hints.items() if name not in (*GIVEN, "return")
        }

    @cached_property
    def answer_adapter(self) -> TypeAdapter[Any]:
        return TypeAdapter(self.hints["return"])


operations: list[Operation] = []
"""All routes of the process, in the order in which they were declared."""
