"""What every route does the same way."""

from __future__ import annotations

from tests.conftest import Api


def test_health_answers_without_a_database_being_asked(api: Api) -> None:
    answer = api.get("/health")
    assert (answer.status, answer.json["status"]) == (200, "alive")
