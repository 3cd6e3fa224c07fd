"""Logs are JSON lines that carry no secrets; metrics are lines that CloudWatch reads."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from chalicelib.core import log, settings
from tests.conftest import Api, Database
from tests.identity.factory import PASSWORD, machine, make_admin, sign_up

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    """What was logged since it was asked last."""
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def level(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("HOLDFAST_LOG_LEVEL", name)
    settings.forget()


@pytest.fixture
def everything(monkeypatch: pytest.MonkeyPatch) -> None:
    level(monkeypatch, "debug")


def test_a_line_is_one_json_object(everything: None, lines: Lines) -> None:
    log.info("landed", rows=7, price=Decimal("1.10"), words='with "quotes"\nand a new line')
    assert lines() == [
        {
            "level": "info",
            "event": "landed",
            "rows": 7,
            "price": "1.10",
            "words": 'with "quotes"\nand a new line',
        }
    ]


def test_what_belongs_to_all_lines_is_said_once(everything: None, lines: Lines) -> None:
    with log.bound(run=3):
        with log.bound(symbol="BTC"):
            log.warning("inner")
        log.warning("outer", run=4)
    log.warning("outside")
    assert lines() == [
        {"level": "warning", "event": "inner", "run": 3, "symbol": "BTC"},
        {"level": "warning", "event": "outer", "run": 4},
        {"level": "warning", "event": "outside"},
    ]


@pytest.mark.parametrize(
    ("name", "heard"),
    [("debug", 4), ("info", 3), ("warning", 2), ("error", 1), ("nonsense", 3)],
)
def test_lines_below_the_level_are_not_written(
    monkeypatch: pytest.MonkeyPatch, lines: Lines, name: str, heard: int
) -> None:
    level(monkeypatch, name)
    for say in (log.debug, log.info, log.warning, log.error):
        say("x")
    assert len(lines()) == heard


def test_of_an_exception_its_kind_and_place_are_logged_and_not_its_words(
    everything: None, lines: Lines
) -> None:
    try:
        raise psycopg.errors.UniqueViolation("Key (email)=(ada@example.com) already exists")
    except psycopg.Error as exc:
        log.error("failed", exc)
    (line,) = lines()
    assert line["exception"] == "UniqueViolation"
    assert line["at"][-1].startswith("test_log.py:")
    assert "ada@example.com" not in json.dumps(line)


def test_a_metric_is_what_cloudwatch_takes_for_one(everything: None, lines: Lines) -> None:
    log.metric("SourceFailures", 2, Source="binance")
    (line,) = lines()
    assert (line["SourceFailures"], line["Source"], line["Stage"]) == (2, "binance", "local")
    (definition,) = line["_aws"]["CloudWatchMetrics"]
    assert definition == {
        "Namespace": "Holdfast",
        "Dimensions": [["Source", "Stage"]],
        "Metrics": [{"Name": "SourceFailures", "Unit": "Count"}],
    }
    assert abs(line["_aws"]["Timestamp"] - time.time() * 1000) < 60_000


def test_a_metric_is_written_whatever_the_level(monkeypatch: pytest.MonkeyPatch, lines: Lines) -> None:
    level(monkeypatch, "error")
    log.metric("JobFailures", 1, Job="x")
    assert [line["JobFailures"] for line in lines()] == [1], "an alarm stands on it"


def test_a_request_is_one_line_with_its_template_and_not_its_values(
    api: Api, monkeypatch: pytest.MonkeyPatch, lines: Lines
) -> None:
    level(monkeypatch, "info")
    api.get("/v1/assets/123456?secret=sesame")
    (line,) = lines()
    assert (line["event"], line["route"], line["status"]) == ("request", "GET /v1/assets/{asset_id}", 422)
    assert line["ms"] >= 0
    assert "sesame" not in json.dumps(line)
    assert "123456" not in json.dumps(line)


def test_no_secret_and_no_address_is_ever_logged(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    level(monkeypatch, "debug")
    person, admin = sign_up(), make_admin()
    key = machine(person, "market:read").headers["X-Api-Key"]
    person.api.get("/v1/auth/me")
    Api().post("/v1/auth/login", {"email": person.email, "password": "a wrong one entirely"})
    Api().post("/v1/auth/refresh", {"refresh_token": person.refresh_token})
    Api().get("/v1/auth/me", Authorization="Bearer " + person.access_token + "x")
    logged = capsys.readouterr().out
    assert logged.count("\n") > 6
    for secret in (
        PASSWORD,
        "a wrong one entirely",
        person.access_token,
        person.refresh_token,
        key,
        person.email,
        admin.email,
    ):
        assert secret not in logged
