"""Modules imported when they are first used: a cold start pays only for what its first request needs.

A room's routes name its models in annotations and its services in bodies; neither is needed to declare a route. So they
are imported for the type checker, and stood in for at run time:

    if TYPE_CHECKING:
        from chalicelib.market import models, service
    else:
        models, service = later("chalicelib.market", "models", "service")
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Later:
    """Stands in for a module until one of its attributes is asked for. The import system's own lock makes it safe."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)


def later(package: str, *names: str) -> list[Any]:
    """Stand-ins for modules of a package, in the order asked."""
    return [Later(f"{package}.{name}") for name in names]
