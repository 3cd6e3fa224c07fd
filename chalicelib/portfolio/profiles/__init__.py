"""Ready profiles: the formats of other programs and of exchanges, each a module that knows one of them.

A profile says whether a text is of its format (`recognises`) and reads it (`read`). Which profile reads a
file is decided by the file's own words, not by its name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from chalicelib.portfolio.profiles.drafts import Options, Reading


@dataclass(frozen=True)
class Profile:
    """One format: its name in the API, what people call it, and how it is recognised and read."""

    name: str
    title: str
    recognises: Callable[[str], bool]
    read: Callable[[str, Options], Reading]


@cache
def profiles() -> dict[str, Profile]:
    """All profiles by name, in the order in which a file is tried. Imported at first use: most requests import nothing."""
    from chalicelib.portfolio.profiles import (
        binance,
        coinbase,
        ghostfolio,
        holdfast,
        interactive_brokers,
        portfolio_performance,
    )

    modules = (holdfast, ghostfolio, interactive_brokers, coinbase, binance, portfolio_performance)
    return {
        module.NAME: Profile(module.NAME, module.TITLE, module.recognises, module.read) for module in modules
    }


def recognise(text: str) -> Profile | None:
    """The profile whose format a text has, or None: then it is a CSV file of its own kind, or nothing we know."""
    return next((profile for profile in profiles().values() if profile.recognises(text)), None)
