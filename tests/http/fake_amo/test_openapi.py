"""Schemathesis against the fake's own document: no 500, no undocumented status, no undocumented shape."""

from collections.abc import Iterator

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from fake_amo import AmoSettings, FakeAmo
from fake_amo.control import OPERATIONS
from fake_amo.openapi import document

_PATHS = {
    path: methods
    for path, methods in document(OPERATIONS)["paths"].items()
    # A reset or a fault in the middle of the examples would be met by the next ones; test_control has both.
    if path not in {"/__control/reset", "/__control/faults", "/__control/secrets", "/__control/renames"}
    and path not in {"/__control/disconnects", "/__control/advance", "/__control/subscriptions"}
}
schema = schemathesis.openapi.from_dict({**document(OPERATIONS), "paths": _PATHS})


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[FakeAmo, str]]:
    """One fake for all examples, and a living token."""
    with FakeAmo(AmoSettings(limits=False, raise_at_exit=False)) as amo:
        yield amo, _token(amo)


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


@schema.parametrize()
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_answers_are_as_documented(case: schemathesis.Case, shared: tuple[FakeAmo, str]) -> None:
    """Whatever is asked, with a token."""
    amo, token = shared
    case.call_and_validate(
        base_url=amo.url,
        headers={"authorization": f"Bearer {token}"},
        allow_redirects=False,
        checks=[
            not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
        ],
    )
    assert [each for each in amo.trouble if each.kind == "exception"] == []
