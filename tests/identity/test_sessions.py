"""Staying signed in, signing out, and what happens when a refresh token gets into other hands."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from chalicelib.core import clock
from chalicelib.core.principal import Principal
from chalicelib.identity import service
from tests.conftest import Api
from tests.identity.factory import sign_in, sign_up
from tests.identity.together import codes, together


def test_a_refresh_token_is_good_once_and_gives_the_next(api: Api) -> None:
    ada = sign_up()
    first = ada.refresh_token
    second = api.post("/v1/auth/refresh", {"refresh_token": first})
    assert second.status == 200
    assert second.json["refresh_token"] != first
    third = api.post("/v1/auth/refresh", {"refresh_token": second.json["refresh_token"]})
    assert ada.use(third.json).api.get("/v1/auth/me").status == 200


def test_reuse_of_a_refresh_token_ends_the_session_for_good(api: Api) -> None:
    ada = sign_up()
    other = sign_in(ada.email)
    stolen = ada.refresh_token
    current = api.post("/v1/auth/refresh", {"refresh_token": stolen}).json
    reused = api.post("/v1/auth/refresh", {"refresh_token": stolen})
    assert (reused.status, reused.code) == (401, "refresh_reused")
    ended = api.post("/v1/auth/refresh", {"refresh_token": current["refresh_token"]})
    assert (ended.status, ended.code) == (401, "refresh_revoked")
    assert ada.use(current).api.get("/v1/auth/me").code == "token_revoked"
    assert ada.use(other).api.get("/v1/auth/me").status == 200


def test_of_two_that_refresh_at_once_exactly_one_wins(api: Api) -> None:
    for _ in range(5):
        token = sign_up().refresh_token
        refresh = partial(service.refresh, Principal("anonymous"), token)
        outcomes = codes(together(*[refresh] * 4))
        assert outcomes.count("done") == 1
        assert set(outcomes) <= {"done", "refresh_reused", "refresh_revoked"}
        assert "refresh_reused" in outcomes


def test_a_refresh_token_expires_after_thirty_days(api: Api) -> None:
    token = sign_up().refresh_token
    with clock.at(clock.now() + timedelta(days=30, minutes=1)):
        answer = api.post("/v1/auth/refresh", {"refresh_token": token})
    assert (answer.status, answer.code) == (401, "refresh_expired")
    with clock.at(clock.now() + timedelta(days=29)):
        assert api.post("/v1/auth/refresh", {"refresh_token": token}).status == 200


def test_what_is_no_refresh_token_is_refused(api: Api) -> None:
    ada = sign_up()
    for token in ("nonsense", ada.access_token, "hfr_" + "A" * 43):
        answer = api.post("/v1/auth/refresh", {"refresh_token": token})
        assert (answer.status, answer.code) == (401, "refresh_invalid")


def test_signing_out_ends_this_session_at_once_and_no_other(api: Api) -> None:
    ada = sign_up()
    other = sign_in(ada.email)
    assert api.post("/v1/auth/logout", {"refresh_token": ada.refresh_token}).status == 204
    assert ada.api.get("/v1/auth/me").code == "token_revoked"
    assert api.post("/v1/auth/refresh", {"refresh_token": ada.refresh_token}).code == "refresh_revoked"
    assert ada.use(other).api.get("/v1/auth/me").status == 200


def test_signing_out_everywhere_ends_all_sessions(api: Api) -> None:
    ada, grace = sign_up(), sign_up()
    other = sign_in(ada.email)
    assert api.post("/v1/auth/logout", {"refresh_token": ada.refresh_token, "everywhere": True}).status == 204
    assert api.post("/v1/auth/refresh", {"refresh_token": other["refresh_token"]}).status == 401
    assert grace.api.get("/v1/auth/me").status == 200


def test_signing_out_twice_or_with_nonsense_is_no_error(api: Api) -> None:
    ada = sign_up()
    for token in (ada.refresh_token, ada.refresh_token, "nonsense"):
        assert api.post("/v1/auth/logout", {"refresh_token": token}).status == 204
