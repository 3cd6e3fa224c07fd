"""Whether a source means the company that we mean: names and tickers compared. Pure rules."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_LEGAL_FORM = frozenset(
    (
        "ab", "ag", "asa", "bhd", "co", "company", "corp", "corporation", "gmbh", "inc", "incorporated", "kk", "limited",
        "llc", "lp", "ltd", "nv", "plc", "sa", "se", "spa", "the",
    )
)  # fmt: skip


_FORMER = re.compile(
    r"\s*\(\s*(?:f\.?/?k\.?/?a\.?|formerly(?: known as)?|previously|ex)[\s:]+(?P<name>[^()]{1,200}?)\s*\)",
    re.IGNORECASE,
)


def names_in(name: str) -> tuple[str, ...]:
    """A company's names where one text has its former one too: "Strategy (fka MicroStrategy)" is both."""
    former = [found["name"] for found in _FORMER.finditer(name)]
    present = _FORMER.sub("", name).strip()
    return (present, *former) if former and present else (name,)


def plain_name(name: str) -> tuple[str, ...]:
    """A company's name as its words: small letters, no accents, punctuation or legal form ("Strategy Inc" is strategy)."""
    text = unicodedata.normalize("NFKD", re.sub(r"/[A-Za-z]{2,3}/?\s*$", "", name)).casefold()
    text = "".join(letter for letter in text if not unicodedata.combining(letter)).replace("&", " and ")
    words = re.findall(r"[^\W_]+", re.sub(r"(?<=\w)[.'’](?=\w)|(?<=\w)[.](?=\s|$)", "", text))
    core = [word for word in words if word not in _LEGAL_FORM]
    return tuple(core or words)


def same_name(ours: str, theirs: Iterable[str]) -> str | None:
    """The first of their names that is ours or was, legal forms aside; None where none is."""
    wanted = {plain_name(name) for name in names_in(ours)} - {()}
    return next((name for name in theirs if plain_name(name) in wanted), None)


def same_ticker(ours: str, theirs: Iterable[str]) -> str | None:
    """The first of their tickers that is ours. Exchanges write share classes BRK.B, BRK-B or BRK/B."""
    wanted = _plain_ticker(ours)
    return next((ticker for ticker in theirs if _plain_ticker(ticker) == wanted), None)


def _plain_ticker(ticker: str) -> str:
    return re.sub(r"[-/ ]", ".", ticker.strip().upper())
