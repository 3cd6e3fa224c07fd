"""What people keep about themselves."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from chalicelib.core import db
from chalicelib.core.principal import Principal
from chalicelib.identity import people
from chalicelib.identity.models import SettingValue
from tests.conftest import Api
from tests.identity.factory import Person, sign_up
from tests.identity.together import codes, together


@pytest.fixture
def ada(api: Api) -> Person:
    return sign_up()


def test_a_profile_changes_in_the_fields_sent_and_no_others(ada: Person) -> None:
    first = ada.api.patch(
        "/v1/profile", {"display_name": "Ada", "avatar_url": "HTTPS://images.example.com/a.png"}
    )
    assert (first.json["display_name"], first.json["avatar_url"]) == (
        "Ada",
        "https://images.example.com/a.png",
    )
    second = ada.api.patch("/v1/profile", {"display_name": None}).json
    assert (second["display_name"], second["avatar_url"]) == (None, "https://images.example.com/a.png")
    assert second["updated_at"] > second["created_at"]
    assert ada.api.get("/v1/profile").json == second


@pytest.mark.parametrize(
    "change",
    [
        {"paper_balance": "5000000"},
        {"email": "other@example.com"},
        {"display_name": "   "},
        {"display_name": "x" * 81},
        {"display_name": "two\nlines"},
        {"display_name": "turned \u202e round"},
        {"display_name": "nul\u0000"},
        {"avatar_url": "http://images.example.com/a.png"},
        {"avatar_url": "javascript:alert(1)"},
        {"avatar_url": "https://"},
        {"avatar_url": "https://[broken"},
        {"avatar_url": "https://ada:secret@example.com/a.png"},
        {"avatar_url": "https://example.com/a b.png"},
        {"avatar_url": "https://example.com/" + "a" * 2000},
    ],
)
def test_a_profile_takes_nothing_else(ada: Person, change: dict[str, Any]) -> None:
    assert ada.api.patch("/v1/profile", change).status == 422
    assert ada.api.get("/v1/profile").json["display_name"] is None


def test_a_name_may_be_in_any_script(ada: Person) -> None:
    for name in ("Ada 👩‍💻", "نویسنده‌ها", "李小龙"):
        assert ada.api.patch("/v1/profile", {"display_name": name}).json["display_name"] == name


@pytest.mark.parametrize(
    "value", ["EUR", 3, -0.25, True, None, [], {"a": {"b": [1, "zwei", None]}}, "\\u0000"]
)
def test_a_setting_is_any_json(ada: Person, value: Any) -> None:
    saved = ada.api.put("/v1/settings/dashboard.layout_2", {"value": value})
    assert (saved.status, saved.json["value"]) == (200, value)
    assert ada.api.get("/v1/settings/dashboard.layout_2").json == saved.json


def test_a_setting_has_one_value_and_the_last_one_counts(ada: Person) -> None:
    for theme in ("dark", "light"):
        ada.api.put("/v1/settings/theme", {"value": theme})
    themes = [item for item in ada.api.get("/v1/settings").json["items"] if item["name"] == "theme"]
    assert [item["value"] for item in themes] == ["light"]


def test_a_setting_can_be_removed_once(ada: Person) -> None:
    assert ada.api.delete("/v1/settings/theme").status == 204
    assert ada.api.get("/v1/settings/theme").status == 404
    assert ada.api.delete("/v1/settings/theme").status == 404


@pytest.mark.parametrize("name", ["Theme", "9lives", "a-b", "x" * 65, ".hidden"])
def test_a_settings_name_is_plain(ada: Person, name: str) -> None:
    answer = ada.api.put(f"/v1/settings/{name}", {"value": 1})
    assert (answer.status, answer.json["errors"][0]["field"]) == (422, "path.name")


@pytest.mark.parametrize(
    "body",
    [
        '{"value": 1e999}',
        '{"value": NaN}',
        '{"value": "\\u0000"}',
        '{"value": {"\\u0000": 1}}',
        '{"value": "' + "x" * 16384 + '"}',
        '{"value": [' + "1e300," * 2000 + "1]}",
        "{}",
        '{"value": ' + "[" * 5000 + "]" * 5000 + "}",
    ],
)
def test_a_setting_that_cannot_be_kept_is_refused(ada: Person, body: str) -> None:
    assert ada.api.put("/v1/settings/big", body).status == 422


def test_a_person_keeps_a_hundred_settings_and_can_still_change_them(ada: Person) -> None:
    with db.job_transaction() as tx:
        tx.execute(
            "insert into identity.user_settings (user_id, setting_name, setting_value) "
            "select %s, 's' || n, '0' from generate_series(1, 96) as n",
            [ada.id],
        )
    answer = ada.api.put("/v1/settings/one_more", {"value": 1})
    assert (answer.status, answer.code) == (409, "too_many_settings")
    assert ada.api.put("/v1/settings/theme", {"value": "dark"}).status == 200
    assert sign_up().api.put("/v1/settings/one_more", {"value": 1}).status == 200


def test_the_limit_holds_when_many_write_at_once(ada: Person) -> None:
    with db.job_transaction() as tx:
        tx.execute(
            "insert into identity.user_settings (user_id, setting_name, setting_value) "
            "select %s, 's' || n, '0' from generate_series(1, 95) as n",
            [ada.id],
        )

    def save(name: str) -> None:
        with db.transaction(Principal("user", ada.id)) as tx:
            people.save_setting(tx, name, SettingValue(value=1))

    outcomes = together(*(partial(save, f"racer_{n}") for n in range(4)))
    assert codes(outcomes) == ["done", *["too_many_settings"] * 3]


def test_settings_are_listed_by_page(ada: Person) -> None:
    names, cursor = [], ""
    while cursor is not None:
        page = ada.api.get(f"/v1/settings?limit=3{cursor and '&cursor=' + cursor}").json
        names += [setting["name"] for setting in page["items"]]
        cursor = page["next_cursor"]
    assert names == ["currency", "notifications", "theme", "timezone"]


@pytest.mark.parametrize("cursor", ["nonsense", "WzFd", "WyJcdTAwMDAiXQ", "W10"])
def test_a_cursor_that_no_page_gave_is_refused(ada: Person, cursor: str) -> None:
    for path in ("/v1/settings", "/v1/api-keys"):
        answer = ada.api.get(f"{path}?cursor={cursor}")
        assert (answer.status, answer.code) == (422, "invalid_cursor")
