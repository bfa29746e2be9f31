"""contract.json's OpenAPI part is true of the backends that ship with the harness."""

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import schemathesis
import schemathesis.checks
from hypothesis import HealthCheck, settings
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi import checks as openapi_checks
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fake_amo import AmoSettings, FakeAmo
from fake_amo.http.serving import serve
from harness.backends.backend import Addresses
from harness.backends.foreign import foreign_backend, reference_process
from harness.config.file import load_backend
from harness.contract.published.data import contract_data
from harness.timeline.current import CurrentRecorder
from tools.node import EXAMPLE, install_example, node_programs

ROOT = Path(__file__).resolve().parents[3]
REDIRECT_URI = "http://127.0.0.1:1/api/amo-crm/callback"
SIGNED_IN = {"Authorization": "Bearer test"}
_UNTYPED: Any = openapi_checks
NO_SERVER_ERROR: Any = cast("Any", schemathesis.checks).not_a_server_error
CHECKS = [
    NO_SERVER_ERROR,
    _UNTYPED.status_code_conformance,
    _UNTYPED.content_type_conformance,
    _UNTYPED.response_schema_conformance,
    _UNTYPED.ignored_auth,
]
schema: Any = schemathesis.openapi.from_dict(contract_data()["openapi"])
few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@contextmanager
def connected(amo: FakeAmo, url: str) -> Generator[str]:
    """Connect the user `test`, so that status and leads have something to say."""
    with httpx.Client(base_url=url, headers=SIGNED_IN, trust_env=False, timeout=20) as client:
        consent = client.get("/api/amo-crm/auth-url").json()["url"]
        state = parse_qs(urlsplit(str(consent)).query)["state"][0]
        client.get("/api/amo-crm/callback", params={"code": amo.mint_code(), "state": state})
        assert client.get("/api/amo-crm/status").json()["connected"] is True
    yield url


@pytest.fixture(scope="module")
def amo() -> Iterator[FakeAmo]:
    settings = AmoSettings(redirect_uri=REDIRECT_URI, limits=False, raise_at_exit=False)
    with FakeAmo(settings) as fake:
        yield fake


@pytest.fixture(scope="module")
def reference_url(amo: FakeAmo) -> Iterator[str]:
    """The reference backend as a process, a user connected."""
    with (
        reference_process(amo, Addresses(REDIRECT_URI), CurrentRecorder()) as backend,
        connected(amo, backend.url) as url,
    ):
        yield url


@pytest.fixture(scope="module")
def example_url(amo: FakeAmo) -> Iterator[str]:
    """The Express example, a user connected."""
    node = node_programs()[0]
    install_example(node)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{node.parent}{os.pathsep}{os.environ['PATH']}")
        config = load_backend(EXAMPLE / "backend.toml", ())
        with (
            foreign_backend(config, amo, Addresses(REDIRECT_URI), CurrentRecorder()) as backend,
            connected(amo, backend.url) as url,
        ):
            yield url


def asked(case: Any, url: str) -> None:
    """Send what Schemathesis made up, as the app does, and check the answer."""
    case.call_and_validate(base_url=url, headers=SIGNED_IN, allow_redirects=False, checks=CHECKS)


@schema.parametrize()
@few
def test_the_reference_answers_as_the_contract_documents(case: Any, reference_url: str) -> None:
    """Whatever is asked: no 5xx, no undocumented status, type or shape."""
    asked(case, reference_url)


@schema.parametrize()
@few
def test_the_example_answers_as_the_contract_documents(case: Any, example_url: str) -> None:
    """The same of a backend in another language."""
    asked(case, example_url)


UNAUTHORIZED = JSONResponse({}, 401)
WRONG: dict[str, tuple[Response, Response, str]] = {
    "a server error": (JSONResponse({"connected": True}, 500), UNAUTHORIZED, "ServerError"),
    "an undocumented status": (JSONResponse({"connected": True}, 418), UNAUTHORIZED, "UndefinedStatusCode"),
    "another type": (Response("connected", media_type="text/plain"), UNAUTHORIZED, "UndefinedContentType"),
    "another shape": (JSONResponse({"connected": "yes"}), UNAUTHORIZED, "JsonSchemaError"),
    "open to all": (JSONResponse({"connected": True}), JSONResponse({"connected": True}), "IgnoredAuth"),
}
"""The answer to a signed-in app, the answer to anybody else, and what the checks call the fault."""


@pytest.mark.parametrize(("signed_in", "anybody", "fault"), WRONG.values(), ids=WRONG)
def test_the_checks_see_an_answer_that_is_not_as_documented(
    signed_in: Response, anybody: Response, fault: str
) -> None:
    """Else the tests above could not fail."""

    def answer(request: Request) -> Response:
        is_signed_in = request.headers.get("Authorization") == SIGNED_IN["Authorization"]
        return signed_in if is_signed_in else anybody

    app = Starlette(routes=[Route("/api/amo-crm/status", answer)])
    case = schema["/api/amo-crm/status"]["GET"].Case()
    with serve(app) as server, pytest.raises((FailureGroup, Failure)) as caught:
        asked(case, server.url)
    found = caught.value
    faults = found.exceptions if isinstance(found, BaseExceptionGroup) else (found,)
    assert fault in {type(each).__name__ for each in faults}
