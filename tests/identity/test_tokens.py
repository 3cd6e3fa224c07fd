"""Access tokens: what makes one good, and everything that makes one bad."""

from __future__ import annotations

import base64
import json
import uuid
from datetime import timedelta
from typing import Any

import jwt
import pytest

from chalicelib.core import clock, settings
from chalicelib.core.errors import Unauthenticated
from chalicelib.identity import tokens
from tests.conftest import TOKEN_KEYS, Api
from tests.identity.factory import Person, sign_up

KEY_ID, KEY = next(iter(json.loads(TOKEN_KEYS).items()))
CLAIMS = tokens.Claims(uuid.uuid4(), "user", uuid.uuid4())


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The signing key of the tests, also for those that need no database."""
    monkeypatch.setenv("HOLDFAST_TOKEN_KEYS", TOKEN_KEYS)
    settings.forget()


def rotate_keys(monkeypatch: pytest.MonkeyPatch, keys: dict[str, str]) -> None:
    monkeypatch.setenv("HOLDFAST_TOKEN_KEYS", json.dumps(keys))
    settings.forget()


def forge(
    person: Person,
    key: str = KEY,
    algorithm: str = "HS256",
    without: str = "",
    header: Any = None,
    **changed: Any,
) -> str:
    """The person's token, made anew with something about it changed."""
    payload = jwt.decode(person.access_token, options={"verify_signature": False}) | changed
    payload.pop(without, None)
    return jwt.encode(
        payload, key, algorithm=algorithm, headers={"kid": KEY_ID, "typ": "at+jwt", **(header or {})}
    )


def code_for(token: str) -> str:
    answer = Api().get("/v1/auth/me", Authorization=f"Bearer {token}")
    assert answer.status == 401, answer.text
    return answer.code


def test_a_token_says_who_with_which_role_and_by_which_session() -> None:
    assert tokens.verify(tokens.sign(CLAIMS)) == CLAIMS
    payload = jwt.decode(tokens.sign(CLAIMS), options={"verify_signature": False})
    assert set(payload) == set(tokens.REQUIRED)
    assert (payload["iss"], payload["aud"]) == ("holdfast", "holdfast-api")
    assert jwt.get_unverified_header(tokens.sign(CLAIMS)) == {"alg": "HS256", "kid": KEY_ID, "typ": "at+jwt"}


def test_a_forger_with_our_key_would_succeed(api: Api) -> None:
    person = sign_up()
    assert api.get("/v1/auth/me", Authorization=f"Bearer {forge(person)}").status == 200


def test_a_token_expires_after_fifteen_minutes(api: Api) -> None:
    person = sign_up()
    with clock.at(clock.now() + timedelta(minutes=14, seconds=59)):
        assert person.api.get("/v1/auth/me").status == 200
    with clock.at(clock.now() + timedelta(minutes=15, seconds=6)):
        answer = person.api.get("/v1/auth/me")
        assert (answer.status, answer.code) == (401, "token_expired")
        assert person.api.get("/health").status == 401


def test_a_token_from_the_future_is_refused_beyond_what_clocks_differ(api: Api) -> None:
    person = sign_up()
    now = int(clock.now().timestamp())
    assert code_for(forge(person, nbf=now + 60)) == "token_invalid"
    assert code_for(forge(person, iat=now + 60)) == "token_invalid"
    slightly = forge(person, nbf=now + 3)
    assert api.get("/v1/auth/me", Authorization=f"Bearer {slightly}").status == 200


def test_a_token_for_others_or_by_others_is_refused(api: Api) -> None:
    person = sign_up()
    assert code_for(forge(person, iss="elsewhere")) == "token_invalid"
    assert code_for(forge(person, aud="another-api")) == "token_invalid"
    assert code_for(forge(person, key="another key, and long enough for HS256")) == "token_invalid"
    assert code_for(forge(person, header={"kid": "unknown"})) == "token_invalid"
    assert code_for(forge(person, header={"kid": ""})) == "token_invalid"
    assert code_for(forge(person, header={"typ": "JWT"})) == "token_invalid"


@pytest.mark.parametrize("claim", tokens.REQUIRED)
def test_a_token_that_lacks_a_claim_is_refused(api: Api, claim: str) -> None:
    assert code_for(forge(sign_up(), without=claim)) == "token_invalid"


@pytest.mark.parametrize("changed", [{"sub": "somebody"}, {"sid": 7}, {"exp": "soon"}, {"nbf": None}])
def test_a_token_with_a_claim_of_the_wrong_kind_is_refused(api: Api, changed: dict[str, Any]) -> None:
    assert code_for(forge(sign_up(), **changed)) == "token_invalid"


@pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
def test_no_algorithm_but_ours_is_accepted(api: Api) -> None:
    person = sign_up()
    assert code_for(forge(person, algorithm="HS512", key=KEY)) == "token_invalid"
    assert code_for(forge(person, algorithm="HS384", key=KEY)) == "token_invalid"
    for name in ("none", "None", "RS256"):
        assert code_for(unsigned(person, name)) == "token_invalid"


def test_what_is_no_token_is_refused(api: Api) -> None:
    token = sign_up().access_token
    altered = token[:-2] + ("AA" if token[-2:] != "AA" else "BB")
    for text in ("nonsense", "a.b.c", "..", token.rpartition(".")[0] + ".", altered, token + "."):
        assert code_for(text) == "token_invalid"


def test_keys_rotate_without_signing_anybody_out(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    person = sign_up()
    new = {"test-2": "fedcba9876543210fedcba9876543210"}
    rotate_keys(monkeypatch, {**new, KEY_ID: KEY})
    assert person.api.get("/v1/auth/me").status == 200
    later = person.log_in()
    assert jwt.get_unverified_header(later.access_token)["kid"] == "test-2"
    rotate_keys(monkeypatch, new)
    assert later.api.get("/v1/auth/me").status == 200
    assert code_for(forge(person)) == "token_invalid"


@pytest.mark.parametrize("keys", [{}, {"short": "x" * 31}])
def test_weak_keys_are_not_signed_with(monkeypatch: pytest.MonkeyPatch, keys: dict[str, str]) -> None:
    rotate_keys(monkeypatch, keys)
    with pytest.raises(LookupError):
        tokens.sign(CLAIMS)


def test_secrets_are_long_random_and_told_apart_by_their_prefix() -> None:
    refresh, key = tokens.new_refresh_token(), tokens.new_api_key()
    assert (refresh[:4], key[:3]) == ("hfr_", "hf_")
    assert len(refresh) == 4 + 43
    assert tokens.new_api_key() != key
    assert len(tokens.fingerprint(key)) == 32


def test_the_clock_decides_and_not_the_machine() -> None:
    with clock.at(clock.now() - timedelta(days=400)):
        old = tokens.sign(CLAIMS)
        assert tokens.verify(old) == CLAIMS
    with pytest.raises(Unauthenticated) as refused:
        tokens.verify(old)
    assert refused.value.code == "token_expired"


def test_two_credentials_or_a_malformed_one_are_refused(api: Api) -> None:
    person = sign_up()
    assert person.api.get("/v1/auth/me", X_Api_Key="hf_x").code == "two_credentials"
    assert api.get("/v1/auth/me", Authorization="Basic eDp5").code == "malformed_authorization"


def unsigned(person: Person, algorithm: str) -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    payload = jwt.decode(person.access_token, options={"verify_signature": False})
    return f"{part({'alg': algorithm, 'kid': KEY_ID, 'typ': 'at+jwt'})}.{part(payload)}."
