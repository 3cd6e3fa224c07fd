"""Nothing is lost, doubled or out of balance when PostgreSQL is killed (kill -9) while many clients trade."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from bench.exchange_fire import ROLES, Fire
from chalicelib.core import db, settings
from tests.conftest import roomy_folder

SEEDS = (1, 2)


@pytest.fixture(params=SEEDS)
def fire(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fire]:
    """32 clients over 3 offerings, on a server of their own whose commits are durable."""
    for role in ROLES:
        monkeypatch.setenv(f"HOLDFAST_{role.upper()}_DATABASE_URL", "set by prepare")
    monkeypatch.setenv("HOLDFAST_LOG_LEVEL", "error")
    db.close_all()
    folder = roomy_folder()
    fire = Fire(folder, request.param)  # the seed is in the test's name
    fire.prepare()
    yield fire
    fire.stop()
    shutil.rmtree(folder)
    settings.forget()


def test_what_was_acknowledged_is_there_once_and_the_books_balance(fire: Fire) -> None:
    fire.burn()
    assert sum(fire.killed.values()) == fire.kills
    assert len(fire.told.acknowledged.orders) > 300
    assert len(fire.told.acknowledged.trades) > 100
    assert fire.waited() > 50
    assert fire.violations() == []
