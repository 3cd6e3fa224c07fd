"""A price that wanders, the same on every machine: a day's move is drawn from the asset's name and the date.

Between two closes the price follows a Brownian bridge, so that what a ticker shows during a day ends at that
day's close, and today's ticker goes on where yesterday's bar stopped.
"""

from __future__ import annotations

import hashlib
import math
import random
from functools import lru_cache
from typing import NamedTuple

TERMS = 8  # of the bridge's sine series: the day's large movements
STEPS = 12  # samples of a day, from which its high and low are taken
JITTER = 0.0004  # of the price, drawn anew each minute: a ticker never stands still
_SINES = [[math.sin(k * math.pi * step / STEPS) for k in range(1, TERMS + 1)] for step in range(STEPS + 1)]


class Dice(NamedTuple):
    """What is drawn for one asset and one day: in units of its daily swing; `volume` is a factor."""

    move: float
    waves: tuple[float, ...]
    volume: float


@lru_cache(maxsize=65_536)
def dice(name: str, day: int) -> Dice:
    """The day's draws; `day` is a date's ordinal."""
    source = random.Random(int.from_bytes(hashlib.sha256(f"{name}|{day}".encode()).digest()[:8]))
    move = source.gauss(0, 1)
    waves = tuple(math.sqrt(2) * source.gauss(0, 1) / (k * math.pi) for k in range(1, TERMS + 1))
    return Dice(move, waves, math.exp(source.gauss(0, 0.35) + 0.25 * abs(move)))


def between_anchors(name: str, days: list[int], began: float, anchor: float, swing: float) -> list[float]:
    """Closes of the days, wandering from about `began` on the first to `anchor` on the last."""
    wander, walked = [0.0], 0.0
    for day in days[1:]:
        walked += dice(name, day).move * swing
        wander.append(walked)
    span = max(1, len(days) - 1)
    slope = math.log(anchor / began) - walked
    return [began * math.exp(log + slope * number / span) for number, log in enumerate(wander)]


def next_close(name: str, close: float, day: int, swing: float) -> float:
    """The close of a day by the one before, with no trend."""
    return close * math.exp(dice(name, day).move * swing)


def path(name: str, day: int, opened: float, close: float, swing: float) -> list[float]:
    """STEPS + 1 samples of the day, from its opening to its close."""
    waves = dice(name, day).waves
    drift = math.log(close / opened)
    return [
        opened * math.exp(drift * step / STEPS + swing * sum(map(float.__mul__, waves, _SINES[step])))
        for step in range(STEPS + 1)
    ]


def within(name: str, day: int, opened: float, close: float, swing: float, part: float) -> float:
    """The price when `part` of the day (0 to 1) is over; jitters by the minute except at both ends."""
    waves = dice(name, day).waves
    bridge = sum(wave * math.sin(k * math.pi * part) for k, wave in enumerate(waves, 1))
    minute = hashlib.sha256(f"{name}|{day}|{part:.4f}".encode()).digest()
    jitter = JITTER * (int.from_bytes(minute[:4]) / 2**31 - 1) * min(1.0, 20 * part * (1 - part))
    return opened * math.exp(math.log(close / opened) * part + swing * bridge + jitter)


def printed(price: float) -> str:
    """A price as an exchange prints it: by its size, with 2 to 8 decimals, never with an exponent."""
    decimals = 2 if price >= 100 else 3 if price >= 10 else 4 if price >= 0.5 else 6 if price >= 0.005 else 8
    return f"{price:.{decimals}f}"
