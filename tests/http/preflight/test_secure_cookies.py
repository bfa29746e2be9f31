"""Cookies that a browser takes on https alone, as backends in production give them."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness.config.settings import BackendConfig, Http, Start
from harness.preflight.check import Check
from harness.preflight.checks import preflight

PROGRAM = Path(__file__).parents[2] / "e2e" / "shaped_server.py"
HTTP = Http(connect="/start", connect_in_browser=True, status="", leads="")
ENV = {
    "PORT": "{port}",
    "AMO_URL": "{amo_url}",
    "CLIENT_ID": "{client_id}",
    "CLIENT_SECRET": "{client_secret}",
    "REDIRECT_URI": "{redirect_uri}",
}


@pytest.fixture(autouse=True)
def soon_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for a token request."""
    monkeypatch.setattr("harness.preflight.delivery.TOKEN_REQUEST_TIMEOUT_S", 0.3)


def token_request(cookie: str, http: Http = HTTP, name: str = "state") -> Check:
    start = Start((sys.executable, str(PROGRAM)), env={**ENV, "COOKIE": cookie, "COOKIE_NAME": name})
    checks = preflight(BackendConfig("cookies", start, http))
    return next(each for each in checks if each.item == "token request")


def test_a_backend_whose_cookies_name_demands_https_is_told_of_it() -> None:
    """It is right, and fails only because the redirect URI is on http here."""
    found = token_request("Path=/; HttpOnly; Secure; SameSite=Lax", name="__Host-state")
    assert (found.is_ok, found.is_note) == (False, False)
    assert found.seen.endswith(
        "was sent no cookie `__Host-state`: it is Secure, and the redirect URI is http here"
    )
    assert found.change.startswith("Set [http].public_https = true")


def test_on_https_it_is_granted_its_tokens() -> None:
    """What the remedy promises."""
    https = replace(HTTP, public_https=True)
    found = token_request("Path=/; HttpOnly; Secure; SameSite=Lax", https, "__Host-state")
    assert (found.is_ok, found.seen) == (True, "it reached the fake amoCRM, which granted the tokens")


@pytest.mark.parametrize("cookie", ["Path=/; HttpOnly; SameSite=Lax", "HttpOnly", "Path=/; Secure"])
def test_any_other_is_left_alone(cookie: str) -> None:
    """It comes back."""
    assert token_request(cookie).seen == "it reached the fake amoCRM, which granted the tokens"


def test_one_that_comes_to_another_path_is_left_to_the_contract() -> None:
    """That is the backend's doing: no setting of the configuration mends it."""
    found = token_request("Path=/elsewhere")
    assert (found.is_note, "cookie" in found.seen) == (True, False)
