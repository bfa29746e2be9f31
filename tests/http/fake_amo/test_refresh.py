"""The access token as a JWT, the rotation of refresh tokens, and what ends a pair."""

from typing import Any

import httpx
import jwt
import pytest

from fake_amo import AmoSettings, Clock, FakeAmo
from tests.http.fake_amo.dialogue import Dialogue, hint_of


def test_access_token_is_a_jwt_that_verifies(talk: Dialogue) -> None:
    """FACTS: JWT-SHAPE, JWT-KEY - header and claims in the captured order, signed with the published key."""
    token = talk.tokens()["access_token"]
    keys = talk.get("/.well-known/jwks.json").json()["keys"]
    header = jwt.get_unverified_header(token)
    claims = jwt.decode(
        token,
        jwt.PyJWK(keys[0]),
        ["RS256"],
        audience=talk.amo.client_id,
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )
    assert list(header) == ["typ", "alg", "jti"]
    assert list(claims)[:11] == [
        *("aud", "jti", "iat", "nbf", "exp", "sub", "grant_type"),
        *("account_id", "base_domain", "version", "scopes"),
    ]
    assert header["jti"] == claims["jti"]
    assert len(claims["jti"]) == 80
    assert claims["exp"] - claims["iat"] == 86400
    assert isinstance(claims["sub"], str)
    assert (claims["grant_type"], claims["base_domain"], claims["version"]) == ("", "amocrm.ru", 2)
    assert claims["scopes"] == ["push_notifications", "files", "crm", "files_delete", "notifications"]


@pytest.mark.parametrize(("profile", "late"), [("amocrm", True), ("amocrm-2022", False), ("kommo", True)])
def test_late_claims_come_with_newer_profiles(http: httpx.Client, profile: str, late: bool) -> None:
    """FACTS: JWT-LATE-CLAIMS - hash_uuid and api_domain, which names the fake itself."""
    with FakeAmo(AmoSettings(profile=profile)) as amo:
        token = Dialogue(amo, http).tokens()["access_token"]
        claims = jwt.decode(token, options={"verify_signature": False})
        assert list(claims)[11:] == (["hash_uuid", "api_domain"] if late else [])
        assert claims.get("api_domain") == (amo.account_host if late else None)


def test_refresh_rotates_strictly(talk: Dialogue) -> None:
    """FACTS: REFRESH-STRICT - a refresh token works once."""
    first = talk.tokens()["refresh_token"]
    second = talk.refresh(first).json()["refresh_token"]
    assert second != first
    assert hint_of(talk.refresh(first), 401) == "Token has been revoked"
    assert talk.refresh(second).status_code == 200


@pytest.mark.parametrize("first_use", ["access", "refresh"])
def test_refresh_rotates_with_grace(http: httpx.Client, first_use: str) -> None:
    """FACTS: REFRESH-GRACE - the old one may be sent again until its successor is first used."""
    with FakeAmo(AmoSettings(refresh="grace")) as amo:
        talk = Dialogue(amo, http)
        old = talk.tokens()
        talk.refresh(old["refresh_token"])
        new = talk.refresh(old["refresh_token"]).json()
        assert talk.api("/api/v4/account", old["access_token"]).status_code == 200
        if first_use == "access":
            assert talk.api("/api/v4/account", new["access_token"]).status_code == 200
        else:
            assert talk.refresh(new["refresh_token"]).status_code == 200
        assert hint_of(talk.refresh(old["refresh_token"]), 401) == "Token has been revoked"
        assert talk.api("/api/v4/account", old["access_token"]).status_code == 401


def test_refresh_token_lives_three_months(talk: Dialogue) -> None:
    """FACTS: REFRESH-LIFETIME - 90 days unused, then the user must come back."""
    refresh = talk.tokens()["refresh_token"]
    talk.amo.advance(days=89)
    refresh = talk.refresh(refresh).json()["refresh_token"]
    talk.amo.advance(days=90)
    assert hint_of(talk.refresh(refresh), 401) == "Token has expired"


@pytest.mark.parametrize("revokes", [True, False])
def test_refresh_ends_the_old_access_token(http: httpx.Client, revokes: bool) -> None:
    """FACTS: REFRESH-ACCESS - by default; a setting keeps it."""
    with FakeAmo(AmoSettings(refresh_revokes_access=revokes)) as amo:
        talk = Dialogue(amo, http)
        old = talk.tokens()
        talk.refresh(old["refresh_token"])
        status = talk.api("/api/v4/account", old["access_token"]).status_code
    assert status == (401 if revokes else 200)


def test_authorising_again_keeps_earlier_pairs(talk: Dialogue) -> None:
    """FACTS: REAUTHORISE-KEEPS - both pairs work."""
    first, second = talk.tokens(), talk.tokens()
    assert talk.api("/api/v4/account", first["access_token"]).status_code == 200
    assert talk.api("/api/v4/account", second["access_token"]).status_code == 200


def test_new_secret_ends_every_token(talk: Dialogue) -> None:
    """FACTS: SECRET-REGENERATED - and only the new secret is good."""
    tokens, old = talk.tokens(), talk.amo.client_secret
    assert talk.amo.regenerate_secret() == talk.amo.client_secret != old
    assert talk.api("/api/v4/account", tokens["access_token"]).status_code == 401
    assert hint_of(talk.refresh(tokens["refresh_token"]), 401) == "Token has been revoked"
    refused = talk.exchange(talk.amo.mint_code(), client_secret=old)
    assert hint_of(refused, 400) == "Check the `client_secret` parameter"


def test_same_seed_gives_the_same_tokens(http: httpx.Client) -> None:
    """A run can be repeated to the byte, on a clock that stands."""
    pairs: list[dict[str, Any]] = []
    for _ in range(2):
        with FakeAmo(AmoSettings(profile="amocrm-2022"), clock=Clock(standing_at=1.8e9)) as amo:
            pairs.append(Dialogue(amo, http).tokens())
    assert pairs[0] == pairs[1]


def test_unpaid_account_gets_no_tokens(talk: Dialogue) -> None:
    """FACTS: TOKEN-UNPAID - neither for a code nor for a refresh; paid again, both are still good."""
    code, pair = talk.amo.mint_code(), talk.tokens()
    talk.amo.set_paid(paid=False)
    for refused in (talk.exchange(code), talk.refresh(pair["refresh_token"])):
        assert hint_of(refused, 401) is None
        assert refused.json()["title"] == "Некорректный клиент"
    talk.amo.set_paid(paid=True)
    assert talk.exchange(code).status_code == 200
    assert talk.refresh(pair["refresh_token"]).status_code == 200


def test_unpaid_account_may_get_tokens_all_the_same(http: httpx.Client) -> None:
    """FACTS: TOKEN-UNPAID - the other reading, by a setting; the API answers 402 either way."""
    with FakeAmo(AmoSettings(unpaid_refuses_tokens=False)) as amo:
        talk = Dialogue(amo, http)
        amo.set_paid(paid=False)
        assert talk.api("/api/v4/account", talk.tokens()["access_token"]).status_code == 402
