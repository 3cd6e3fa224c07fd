"""Running stand-ins, of the simulation and of a small folder of real files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.standins import Histories, Server
from tests.standins.asking import NOW, Connection, write_folder


@pytest.fixture(scope="module")
def simulation() -> Histories:
    return Histories.simulated()


@pytest.fixture
def server(simulation: Histories) -> Iterator[Server]:
    running = Server(simulation, now=lambda: NOW).start()
    yield running
    running.stop()


@pytest.fixture
def connection(server: Server) -> Iterator[Connection]:
    opened = Connection(server)
    yield opened
    opened.close()


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Connection]:
    running = Server(Histories.from_folder(write_folder(tmp_path)), now=lambda: NOW).start()
    opened = Connection(running)
    yield opened
    opened.close()
    running.stop()
