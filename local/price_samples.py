"""Files that were written during the day: several samples of one day, each with the day's prices up to then.

Such a day is worth its last sample. But the source goes on answering while the market is closed, and then
repeats an earlier day under the present date: in the evening, before the opening, on weekends and holidays.
What repeats one of the days before is no sample of its own day.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from local.price_files import Record, Refusal

LOOK_BACK = 3
"""Days whose repetition is looked for: over a weekend the source repeats Friday, and on a Monday evening
too."""
PRICES = ("open", "high", "low", "close")


class Timed(NamedTuple):
    """A record and the time of day at which it was sampled; None: it is the whole day."""

    record: Record
    time: str | None


def one_a_day(entries: list[Timed], refused: list[Refusal]) -> list[Record]:
    """Of each day the record that counts; the other samples go to `refused`. Whole days pass through
    untouched."""
    by_day: dict[str, list[Timed]] = {}
    for entry in entries:
        by_day.setdefault(entry.record.day, []).append(entry)
    kept: list[Record] = []
    settled: list[Record] = []
    for day, group in by_day.items():
        whole = [entry.record for entry in group if entry.time is None]
        samples = sorted(
            (entry for entry in group if entry.time is not None), key=lambda entry: str(entry.time)
        )
        own = [
            entry
            for entry in samples
            if not any(_repeats(entry.record, past) for past in settled[-LOOK_BACK:])
        ]
        session = max(reversed(_sessions(own)), key=len, default=[])
        chosen = whole or [entry.record for entry in session[-1:]]
        for entry in samples:
            if entry.record not in chosen:
                refused.append(Refusal(entry.record.where, _reason(day, entry, bool(whole), session)))
        kept += chosen
        settled += chosen[:1]
    return kept


def _sessions(samples: list[Timed]) -> list[list[Timed]]:
    """The samples cut where the volume falls."""
    sessions: list[list[Timed]] = []
    for entry in samples:
        if not sessions or _volume(entry) < _volume(sessions[-1][-1]):
            sessions.append([])
        sessions[-1].append(entry)
    return sessions


def _volume(entry: Timed) -> Decimal:
    try:
        return Decimal(entry.record.values.get("volume") or 0)
    except InvalidOperation:
        return Decimal(0)


def _reason(day: str, entry: Timed, whole: bool, session: list[Timed]) -> str:
    sample = f"a sample of {day} at {entry.time}"
    if whole:
        return f"{sample}; the whole day is there"
    if entry in session:
        return f"{sample}; that of {session[-1].time} is taken"
    return f"{sample} that repeats an earlier day or belongs to another session"


def _repeats(record: Record, past: Record) -> bool:
    """Whether a sample is a past day again. The volume is settled later, so it tells only where all prices
    are one."""
    prices = [record.values.get(name) for name in PRICES]
    same = prices == [past.values.get(name) for name in PRICES]
    if same and len(set(prices)) == 1:
        return record.values.get("volume") == past.values.get("volume")
    return same
