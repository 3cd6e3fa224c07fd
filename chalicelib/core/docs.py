"""The documentation page: the OpenAPI document as one HTML page, without scripts and without anything from elsewhere."""

from __future__ import annotations

from chalicelib.core.http import Raw


def page() -> Raw:
    """The page for /docs."""
    raise NotImplementedError
