"""The exchange under fire: many clients trade while PostgreSQL is killed again and again; nothing may be missing or twice.

Every client is somebody of their own, and goes on with each request, under the same key, until it has an answer: a result
or a refusal. So in the end exactly those orders are there that were acknowledged.
Run: ./holdfast bench exchange_fire --seconds 300
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import psycopg

from bench.exchange_fire_check import violations
from bench.exchange_fire_client import Client, Told
from bench.exchange_market import Size, build
from bench.report import table
from chalicelib.core import db, migrate, settings
from local.embedded import Embedded

ROLES = ("api", "jobs", "owner")
KILLS = ("the postmaster", "everything", "a backend")
DATABASE = "fire"


@dataclass
class Fire:
    """So many clients over so many offerings, until each has made its requests or the time is over; the server, over
    `folder`, is killed whenever a random number of requests has been answered."""

    folder: Path
    seed: int
    clients: int = 32
    offerings: int = 3
    requests: int = 25
    kills: int = 3
    seconds: float = 45
    told: Told = field(default_factory=Told)
    killed: Counter[str] = field(default_factory=Counter)
    failures: list[Exception] = field(default_factory=list)
    answered: int = 0

    def __post_init__(self) -> None:
        self._changed = threading.Condition()
        self._running = 0
        self._until = 0.0
        self.server = Embedded(self.folder / "pg")

    def prepare(self) -> None:
        """A database with people, cash and shares, to which the services are connected. A tick is half a dollar: 2 % of it
        is a whole cent, so that what an order reserves is exactly its limit and 2 %."""
        self.server.create_database(DATABASE)
        migrate.migrate(self.server.url("owner", DATABASE))
        for role in ROLES:
            os.environ[f"HOLDFAST_{role.upper()}_DATABASE_URL"] = self.server.url(role, DATABASE)
        settings.forget()
        with self.look() as conn:
            build(conn, Size(people=self.clients, offerings=self.offerings), datetime.now(UTC))
            conn.execute("update exchange.vehicle_offerings set tick_size = 0.5")
            row = conn.execute("select max(id) from exchange.market_orders").fetchone()
        assert row is not None
        self.told.acknowledged.before = row[0]

    def look(self) -> psycopg.Connection[Any]:
        """A connection of the administrator's."""
        return psycopg.connect(self.server.url("owner", DATABASE), autocommit=True)

    def burn(self) -> None:
        """Returns when all clients are done. Raises what a client could not explain."""
        self._until = time.monotonic() + self.seconds
        self._running = self.clients
        threads = [threading.Thread(target=self._client, args=[number + 1]) for number in range(self.clients)]
        for thread in threads:
            thread.start()
        try:
            self._kill()
        finally:
            for thread in threads:
                thread.join()
        if self.failures:
            raise self.failures[0]

    def waited(self) -> int:
        """How many orders found their book taken."""
        with self.look() as conn:
            row = conn.execute("select count(*) from exchange.waiting_orders").fetchone()
        assert row is not None
        return int(row[0])

    def violations(self) -> list[str]:
        """What is not as it must be, afterwards."""
        with self.look() as conn:
            return violations(conn, self.told.acknowledged)

    def stop(self) -> None:
        db.close_all()
        self.server.stop()

    # ------------------------------------------------------------ the fire

    def _kill(self) -> None:
        chance = random.Random(self.seed)
        apart = self.clients * self.requests / (self.kills + 1)
        while sum(self.killed.values()) < self.kills:
            goal = self.answered + chance.uniform(0.3, 1.2) * apart
            with self._changed:
                while self.answered < goal and self._running:
                    self._changed.wait(1)
            if not self._running:
                return
            way = chance.choice(KILLS)
            postmaster = psutil.Process(self.server.pid)
            backends = [
                child for child in postmaster.children() if "holdfast_api" in " ".join(child.cmdline())
            ]
            if way == "a backend" and backends:
                chance.choice(backends).send_signal(signal.SIGKILL)  # the server restarts by itself
            else:
                everything = postmaster.children(recursive=True) if way == "everything" else []
                for process in (postmaster, *everything):
                    process.send_signal(signal.SIGKILL)
                killed = self.server
                self.server = Embedded(killed.data)
                killed.release()
            self.killed[way] += 1

    # ------------------------------------------------------------ clients

    def _client(self, number: int) -> None:
        client = Client(self.told, self.offerings, number, random.Random(self.seed * 1_000 + number))
        try:
            for turn in range(self.requests):
                if time.monotonic() > self._until:
                    break
                client.request(turn)
                with self._changed:
                    self.answered += 1
                    self._changed.notify_all()
        except Exception as exc:  # noqa: BLE001 - raised by burn, in the thread that waits
            self.failures.append(exc)
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=120)
    arguments.add_argument("--clients", type=int, default=32)
    arguments.add_argument("--kills", type=int, default=20)
    arguments.add_argument("--requests", type=int, default=1_000, help="of each client at most")
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    options = arguments.parse_args()
    os.environ["HOLDFAST_LOG_LEVEL"] = "error"
    folder = Path(tempfile.mkdtemp(prefix="hf-fire-"))
    print(f"seed {options.seed}")
    fire = Fire(folder, options.seed, options.clients, 3, options.requests, options.kills, options.seconds)
    try:
        fire.prepare()
        fire.burn()
        wrong = fire.violations()
        report(fire, wrong)
    finally:
        fire.stop()
        shutil.rmtree(folder)
    raise SystemExit(bool(wrong))


def report(fire: Fire, wrong: list[str]) -> None:
    table(
        ["", "count"],
        [
            ["requests answered", f"{fire.answered:,}"],
            ["orders acknowledged", f"{len(fire.told.acknowledged.orders):,}"],
            ["trades acknowledged", f"{len(fire.told.acknowledged.trades):,}"],
            ["orders amended", f"{len(fire.told.acknowledged.changed):,}"],
            ["orders cancelled", f"{len(fire.told.acknowledged.cancelled):,}"],
            ["orders that waited for a book", f"{fire.waited():,}"],
            *[[f"killed: {way}", f"{count:,}"] for way, count in sorted(fire.killed.items())],
            *[[f"again: {why}", f"{count:,}"] for why, count in sorted(fire.told.retries.items())],
            *[[f"refused: {code}", f"{count:,}"] for code, count in sorted(fire.told.refused.items())],
            ["violations", f"{len(wrong):,}"],
        ],
    )
    for each in wrong[:20]:
        print(each)


if __name__ == "__main__":
    main()
