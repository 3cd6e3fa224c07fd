"""What an import of a tracker's files tells: counts, each change, and everything that was not taken as it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from local.treasury_files import COMPANIES, HISTORY, Contents
from local.typescript import Note


class Count(NamedTuple):
    kind: str
    stated: int
    added: int
    changed: int


@dataclass
class Outcome:
    """What became of an import, step by step."""

    contents: Contents
    notes: list[tuple[str, Note]]
    dry_run: bool
    counts: list[Count] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    suspects: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    unpriced: list[str] = field(default_factory=list)

    def count(self, kind: str, stated: int, added: int, changed: int = 0) -> None:
        self.counts.append(Count(kind, stated, added, changed))

    def change(self, words: str) -> None:
        self.changes.append(words)


def tell(outcome: Outcome, say: Callable[[str], None]) -> None:
    """Says all of it, what needs a person last."""
    contents = outcome.contents
    say(f"{COMPANIES}: {len(contents.companies)} companies, {len(contents.coins)} assets")
    snapshots = sum(len(history.snapshots) for history in contents.histories)
    longest_first = sorted(contents.histories, key=lambda history: -len(history.snapshots))
    each = ", ".join(f"{history.ticker} {len(history.snapshots)}" for history in longest_first)
    say(
        f"{HISTORY}: {len(contents.histories)} histories with {snapshots} snapshots{f' ({each})' if each else ''}"
    )
    _list(say, "Taken from a fallback", [_fallback(*both) for both in _notes(outcome, "fallback")])
    _list(say, "Could not be read", [_unreadable(*both) for both in _notes(outcome, "unreadable")])
    _list(say, "Not taken as it stands", contents.remarks)
    _list(say, "Would be done" if outcome.dry_run else "Done", outcome.changes)
    would = "would be " if outcome.dry_run else ""
    for count in outcome.counts:
        same = count.stated - count.added - count.changed
        say(
            f"{count.kind}: {count.stated}; {count.added} {would}added, {count.changed} {would}changed, "
            f"{same} left as they are"
        )
    _list(say, "Taken, but to look at", outcome.suspects)
    _list(say, "Splits to book", outcome.hints)
    if outcome.unpriced:
        say(
            f"{len(outcome.unpriced)} coins and shares of these companies have no source of prices: "
            f"{', '.join(outcome.unpriced)}. Set one with PATCH /v1/admin/assets/ID; until then the last daily close that "
            "an import of prices brought counts."
        )
    if not outcome.changes:
        say("Nothing changed: all of it was there already.")
    elif outcome.dry_run:
        say("A dry run: nothing was stored.")


def _notes(outcome: Outcome, kind: str) -> Iterable[tuple[str, Note]]:
    return ((file, note) for file, note in outcome.notes if note.kind == kind)


def _fallback(file: str, note: Note) -> str:
    return f"{file}:{note.line}:{note.column}: {note.where}: {_value(note.value)} out of {note.expression}"


def _unreadable(file: str, note: Note) -> str:
    where = f" {note.where}:" if note.where else ""
    return f"{file}:{note.line}:{note.column}:{where} {note.expression} ({note.reason})"


def _value(value: Any) -> str:
    return format(value, "f") if isinstance(value, Decimal) else repr(value)


def _list(say: Callable[[str], None], title: str, lines: list[str]) -> None:
    if lines:
        say(f"{title}:")
        for line in lines:
            say(f"  {line}")
