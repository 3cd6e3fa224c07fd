"""The state folder, the environment, and a database from outside."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from local import environment, state


def test_secrets_stay_the_same_and_are_private(home: Path) -> None:
    keys = state.token_keys()
    assert all(len(secret) >= 32 for secret in keys.values())
    assert state.token_keys() == keys
    assert stat.S_IMODE((home / "secrets.json").stat().st_mode) == 0o600


def test_only_one_at_a_time(home: Path) -> None:
    assert state.running() is None
    first = state.Running()
    assert state.running() == {}  # it is still starting
    first.announce(api="http://127.0.0.1:8000")
    found = state.running()
    assert found is not None
    assert found["api"] == "http://127.0.0.1:8000"
    assert found["pid"] == os.getpid()
    with pytest.raises(state.Problem, match=r"running already at http://127.0.0.1:8000"):
        state.Running()
    first.close()
    assert state.running() is None


def test_what_a_crash_leaves_does_not_count(home: Path) -> None:
    home.mkdir(parents=True)
    (home / "up.json").write_text('{"pid": 1}')
    (home / "up.lock").touch()
    assert state.running() is None
    state.Running().close()


def test_a_folder_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path / "file" / "state"))
    with pytest.raises(state.Problem, match="HOLDFAST_HOME"):
        state.home()


def test_the_environment_is_complete_and_local(home: Path) -> None:
    made = environment.compute(
        lambda role: f"postgresql://{role}@/x",
        aws_url="http://127.0.0.1:1",
        source_url=lambda source: f"http://127.0.0.1:2/{source}",
    )
    assert made["HOLDFAST_JOBS_DATABASE_URL"] == "postgresql://jobs@/x"
    assert made["HOLDFAST_AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert made["HOLDFAST_ECB_URL"] == "http://127.0.0.1:2/ecb"
    assert json.loads(made["HOLDFAST_TOKEN_KEYS"]) == state.token_keys()
    assert made["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull


def test_every_setting_that_is_set_exists(home: Path) -> None:
    from chalicelib.core.settings import Settings

    made = environment.compute(str, aws_url="x", source_url=str)
    names = {name.removeprefix("HOLDFAST_").lower() for name in made if name.startswith("HOLDFAST_")}
    assert names <= Settings.model_fields.keys()


def test_urls_of_the_roles_of_an_external_database(home: Path) -> None:
    url = environment.external_urls("postgresql://boss:p%40ss@db.example.com:5433/main?sslmode=require")
    password = environment.database_passwords()["holdfast_api"]
    assert url("owner") == "postgresql://boss:p%40ss@db.example.com:5433/main?sslmode=require"
    assert url("api") == f"postgresql://holdfast_api:{password}@db.example.com:5433/main?sslmode=require"
    assert url("jobs").startswith("postgresql://holdfast_jobs:")


@pytest.mark.parametrize(
    "text", ["mysql://a@b/c", "postgresql://host", "host=a dbname=b", "postgresql://host/"]
)
def test_a_database_url_that_is_none(home: Path, text: str) -> None:
    with pytest.raises(state.Problem, match="DATABASE_URL"):
        environment.external_urls(text)
