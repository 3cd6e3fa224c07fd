"""The outside world on one machine: stand-ins of price and rate sources that speak the real wire formats.

`Server(Histories.simulated()).start()` runs them all; `url("binance")` is what a client is given as its base
URL; `misbehave("binance", "429", times=1, retry_after=7)` makes one fail as the real source would.
"""

from local.standins.histories import Histories
from local.standins.server import Server

__all__ = ["Histories", "Server"]
