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
from schemathesis.generation.feedback import FeedbackSources
from schemathesis.pytest import _test_builder
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
# Schemathesis has no complete types: its own parts are Any here.
_UNTYPED: Any = openapi_checks
_BUILDER: Any = _test_builder
CHECKS = [
    cast("Any", schemathesis.checks).not_a_server_error,
    _UNTYPED.status_code_conformance,
    _UNTYPED.content_type_conformance,
    _UNTYPED.response_schema_conformance,
]
SCHEMA: Any = schemathesis.openapi.from_dict({**document(OPERATIONS), "paths": _PATHS})
ANSWERED = {each.ok().label: each.ok() for each in SCHEMA.get_all_operations()}


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


@settings(max_examples=2, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def asked(case: Any, shared: tuple[FakeAmo, str, requests.Session]) -> None:
    """Ask with a token, and check the answer."""
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


@pytest.mark.parametrize("label", list(ANSWERED))
def test_answers_are_as_documented(label: str, shared: tuple[FakeAmo, str, requests.Session]) -> None:
    """Whatever is asked, with a token.

    What Schemathesis makes of an operation takes most of a tenth of a second: `parametrize` of its own would
    make it of all of them in each worker, whichever plays them.
    """
    test = _BUILDER.build_operation_test(
        config=SCHEMA.config,
        operation=ANSWERED[label],
        test_func=asked,
        given_kwargs={},
        feedback=FeedbackSources(),
    )
    test(shared=shared)
