"""HTTP: what every route does the same way, so that a handler is its use case and nothing else.

A handler names what it needs as parameters, and gets it checked: `tx` (a transaction in the caller's name), `who` (the
caller), `query` and `body` (models), `request` (Chalice's), `key` (the Idempotency-Key, where there is one), and the path's
parameters by their own names. What it returns is serialised by its model; what it raises becomes a problem (RFC 9457).

    @routes.get("/v1/assets/{asset_id}", access="public")
    def show_asset(tx: Tx, asset_id: int) -> Asset:
        '''One asset of the catalogue.'''
        return service.show_asset(tx, asset_id)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalice.app import Blueprint, CORSConfig, Response

from chalicelib.core import idempotency
from chalicelib.core.operation import Access, Handler, Operation, Raw, operations
from chalicelib.core.respond import respond
from chalicelib.core.settings import settings

__all__ = ["Operation", "Raw", "Routes", "operations"]

MAX_BODY = 256 * 1024


class Routes(Blueprint):
    """A blueprint whose routes follow the house's conventions. `tag` names their chapter in the documentation."""

    def __init__(self, import_name: str, tag: str) -> None:
        super().__init__(import_name)
        self.tag = tag

    def get(self, path: str, **options: Any) -> Callable[[Handler], Handler]:
        return self._declare("GET", path, **options)

    def post(self, path: str, **options: Any) -> Callable[[Handler], Handler]:
        return self._declare("POST", path, **options)

    def put(self, path: str, **options: Any) -> Callable[[Handler], Handler]:
        return self._declare("PUT", path, **options)

    def patch(self, path: str, **options: Any) -> Callable[[Handler], Handler]:
        return self._declare("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> Callable[[Handler], Handler]:
        return self._declare("DELETE", path, **options)

    def _declare(
        self,
        method: str,
        path: str,
        *,
        access: Access = "user",
        scope: str | None = "",
        status: int = 200,
        idempotent: bool = False,
        key_required: bool = False,
        cache_seconds: int | None = None,
        max_body: int = MAX_BODY,
        example: dict[str, Any] | None = None,
    ) -> Callable[[Handler], Handler]:
        """`scope` is what an API key needs: "<tag>:read" or "<tag>:write" unless given; None keeps API keys out.
        `idempotent` takes an Idempotency-Key, `key_required` refuses to work without one."""
        if scope == "":
            scope = f"{self.tag}:{'read' if method == 'GET' else 'write'}"

        def declare(handler: Handler) -> Handler:
            operation = Operation(
                method, path, handler, self.tag, access, scope, status, idempotent or key_required,
                key_required, cache_seconds, max_body, example or {},
            )  # fmt: skip
            operations.append(operation)

            def view(**path_values: str) -> Response:
                return respond(operation, self.current_request, path_values)

            self.route(path, methods=[method], name=operation.name, content_types=[], cors=_cors())(view)
            return handler

        return declare


def _cors() -> CORSConfig | bool:
    origin = settings().cors_origin
    if origin is None:
        return False
    return CORSConfig(
        allow_origin=origin,
        allow_headers=["Authorization", "Content-Type", idempotency.HEADER, "X-Api-Key", "X-Request-Id"],
        expose_headers=["ETag", "Idempotent-Replayed", "Retry-After", "X-Request-Id"],
        max_age=600,
    )
