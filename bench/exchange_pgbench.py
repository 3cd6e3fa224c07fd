"""pgbench as the client of a measurement: its own simple-update, and orders placed as the API places them."""

from __future__ import annotations

import re
import statistics
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from local.embedded import Embedded
from local.server_place import programs

SOMEBODY = "('00000000-0000-4000-8000-' || lpad(:person::text, 12, '0'))::uuid"

ACT = f"select app.act_as({SOMEBODY}, 'user', null);"

CHOICE = """
\\set person random(1, :people)
\\set buys (:person + :offering) % 2
\\set whole random(:lowest, :lowest + 9) + :buys * :apart
\\set cents random(10, 99)
\\set shares random(1, 10)
\\set rests random(1, 10)
"""
"""Whoever sells in one offering buys in the next one. Prices are even over ten dollars, `apart` for buyers and sellers."""

BUSY = "\\set lowest 95\n\\set apart 0\n"
"""Nearly every order trades, as one or the other side."""

CALM = "\\set lowest 98\n\\set apart -7\n"
"""Most orders rest: only three of the ten dollars are bid and asked. What busy times left in the books trades, too."""

ORDER = """format('{"order_type":"%s","pricing":"limit","time_in_force":"%s","shares_requested": :shares,'
    '"price_per_share":":whole.:cents","client_order_id":null}',
    case :buys when 1 then 'buy' else 'sell' end, case :rests when 1 then 'ioc' else 'gtc' end)"""

PLACE_ORDER = f"""{CHOICE}
select coalesce(exchange.place_order_as({SOMEBODY}, 'user', null, :offering, {ORDER}::jsonb, now()) ->> 'waiting', '0')
    as waiting \\gset
\\if :waiting > 0
select exchange.await_order_as({SOMEBODY}, 'user', null, :waiting, now());
\\endif
"""
"""What chalicelib.exchange.orders.place sends without an idempotency key, statement by statement."""

LOCK_MATCH_COMMIT = f"""{CHOICE}
begin \\; {ACT}
select exchange.place_orders(:offering, ('[' || {ORDER} || ']')::jsonb, now());
commit;
"""
"""The naive way: wait for the lock on the book, match one order, commit."""

ANY_OFFERING = "\\set offering random(1, :offerings)\n"
HOT_OFFERING = f"\\set offering 1\n{BUSY}"
BATCH = 1_000
WARM_UP = 5
"""Seconds of each run that are not counted."""


def batch(turn: int) -> str:
    """A thousand orders of one person in one call; each `turn` has other prices."""
    asked = ",".join(
        f'{{"order_type":"%1$s","pricing":"limit","time_in_force":"gtc","shares_requested":{1 + place * 7 % 10},'
        f'"price_per_share":"{95 + (place * 7919 + turn * 31) % 1000 // 100}.{(place * 7919 + turn * 31) % 100:02d}",'
        f'"client_order_id":null}}'
        for place in range(BATCH)
    )
    return f"""{ANY_OFFERING}{BUSY}{CHOICE}
begin \\; {ACT}
select exchange.place_orders(:offering, format('[{asked}]', case :buys when 1 then 'buy' else 'sell' end)::jsonb, now());
commit;
"""


@dataclass
class Pgbench:
    """Runs of pgbench against one server; `yardstick` is a database with its own tables."""

    server: Embedded
    database: str
    seconds: int
    people: int
    offerings: int
    yardstick: str = "yardstick"
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="hf-pgbench-")))

    def prepare(self) -> None:
        """Makes the yardstick's tables."""
        self.server.create_database(self.yardstick)
        self._run("--initialize", "--quiet", "--scale=16", self.server.url("owner", self.yardstick))

    def simple_update(self, clients: int) -> float:
        """Transactions a second of pgbench's simple-update."""
        return self._measure(clients, "--builtin=simple-update", url=self.server.url("owner", self.yardstick))

    def scripts(self, clients: int, *scripts: str) -> float:
        """Transactions a second of scripts taken at random, in the name of the API."""
        files = []
        for number, script in enumerate(scripts):
            path = self.folder / f"{number}.sql"
            path.write_text(script)
            files.append(f"--file={path}")
        names = (f"--define=people={self.people}", f"--define=offerings={self.offerings}")
        return self._measure(clients, *files, *names, url=self.server.url("api", self.database))

    def _measure(self, clients: int, *arguments: str, url: str) -> float:
        """Transactions a second once all clients are warm: each is a new connection, which plans every statement it comes
        across once, and a service's connections live for hours."""
        told = self._run(
            "--no-vacuum", f"--client={clients}", f"--jobs={min(2, clients)}", f"--time={WARM_UP + self.seconds}",
            "--progress=1", *arguments, url,
        )  # fmt: skip
        rates = [float(rate) for rate in re.findall(r"^progress: [\d.]+ s, ([\d.]+) tps", told, re.MULTILINE)]
        assert len(rates) > WARM_UP, told
        return statistics.mean(rates[WARM_UP:])

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [programs() / "pgbench", *arguments], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"pgbench failed:\n{done.stderr[-2000:]}")
        return done.stdout + done.stderr  # progress goes to the latter
