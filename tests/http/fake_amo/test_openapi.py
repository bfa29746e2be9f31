"""Schemathesis against the fake's own document: no 500, no undocumented status, no undocumented shape."""

import re
from collections.abc import Iterator
from typing import Any, cast

import httpx
import pytest
import requests
import schemathesis
import schemathesis.checks
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi import checks as openapi_checks

from fake_amo import AmoSettings, FakeAmo
from fake_amo.control.api import OPERATIONS
from fake_amo.control.openapi import document

_PATHS = {
    path: methods
    for path, methods in document(OPERATIONS)["paths"].items()
    # A reset or a fault in the middle of the examples would be met by the next ones; test_control has both.
    # and Kommo's locale prefixes are the same page over again.
    if path
    not in {
        "/es/oauth",
        "/br/oauth",
        "/id/oauth",
        "/__control/reset",
        "/__control/faults",
        "/__control/secrets",
        "/__control/renames",
    }
    and path not in {"/__control/disconnects", "/__control/advance", "/__control/subscriptions"}
    # What hangs on contacts, companies and customers is what hangs on leads, by the same descriptions.
    and not re.search(r"/(contacts|companies|customers)/.*(notes|custom_fields|tags|link)", path)
}
_UNTYPED: Any = openapi_checks
CHECKS = [
    cast("Any", schemathesis.checks).not_a_server_error,
    _UNTYPED.status_code_conformance,
    _UNTYPED.content_type_conformance,
    _UNTYPED.response_schema_conformance,
]
schema = schemathesis.openapi.from_dict({**document(OPERATIONS), "paths": _PATHS})


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[FakeAmo, str, requests.Session]]:
    """One fake for all examples, a living token, and connections that are kept."""
    with FakeAmo(AmoSettings(limits=False, raise_at_exit=False)) as amo, requests.Session() as session:
        session.trust_env = False
        yield amo, _token(amo), session


def _token(amo: FakeAmo) -> str:
    body = {
        "client_id": amo.client_id,
        "client_secret": amo.client_secret,
        "redirect_uri": amo.redirect_uri,
        "grant_type": "authorization_code",
        "code": amo.mint_code(),
    }
    token: str = httpx.post(f"{amo.url}/oauth2/access_token", json=body, trust_env=False).json()[
        "access_token"
    ]
    return token


# Schemathesis has no complete types: its own parts are Any here.
parametrized: Any = cast("Any", schema).parametrize()


@parametrized
@settings(max_examples=2, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_answers_are_as_documented(case: Any, shared: tuple[FakeAmo, str, requests.Session]) -> None:
    """Whatever is asked, with a token."""
    amo, token, session = shared
    session.cookies.clear()
    bearer = {"authorization": f"Bearer {token}"}
    case.call_and_validate(
        base_url=amo.url,
        session=session,
        headers=bearer,
        timeout=60,
        allow_redirects=False,
        checks=CHECKS,
    )
    assert [each for each in amo.trouble if each.kind == "exception"] == []
