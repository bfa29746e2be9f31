"""The headers of an answer that the gateway changes, and what it leaves alone."""

import httpx
import pytest

from harness.gateway.answer import FRAMES_POLICY
from harness.gateway.gateway import Gateway, Route
from harness.timeline.gateway_events import GatewayResponse
from harness.timeline.recorder import Recorder
from tests.http.gateway.conftest import CALLBACK, PAGE
from tests.http.gateway.raw_backend import raw_backend, response, says

NAME, OWN = "content-security-policy-report-only", "img-src 'self'"
IPHONE = {"User-Agent": "Mozilla/5.0 (iPhone)"}


@pytest.mark.parametrize(
    ("tells_of_frames", "headers", "passed"),
    [
        pytest.param(True, PAGE | IPHONE, [FRAMES_POLICY, OWN], id="a page"),
        pytest.param(True, {"Accept": "image/*"} | IPHONE, [OWN], id="a picture"),
        pytest.param(True, PAGE, [OWN], id="no browser"),
        pytest.param(False, PAGE | IPHONE, [OWN], id="another engine"),
    ],
)
@pytest.mark.parametrize("newline", [b"\r\n", b"\n"], ids=["CRLF", "LF"])
def test_a_page_is_given_what_tells_of_its_frames(
    gateway: Gateway,
    recorder: Recorder,
    newline: bytes,
    *,
    tells_of_frames: bool,
    headers: dict[str, str],
    passed: list[str],
) -> None:
    """It stands beside the backend's own policy; the timeline has what the backend sent."""
    answer = response(b"<p>hi", f"{NAME}: {OWN}").replace(b"\r\n", newline)
    with (
        raw_backend(says(answer)) as (url, _),
        gateway.leads(Route(lambda: url, recorder, tells_of_frames=tells_of_frames)),
    ):
        got = httpx.get(f"{gateway.url}{CALLBACK}", headers=headers)
    assert got.headers.get_list(NAME) == passed
    told = recorder.timeline().of(GatewayResponse)[0]
    assert [value for name, value in told.headers if name == NAME] == [OWN]


POLICIES = [
    pytest.param(
        "default-src 'self';upgrade-insecure-requests", "default-src 'self';", id="last, as helmet's"
    ),
    pytest.param("upgrade-insecure-requests; img-src *", "; img-src *", id="first"),
    pytest.param("img-src *", "img-src *", id="none"),
    pytest.param("report-uri /not-upgrade-insecure-requests2", None, id="part of another word"),
]


@pytest.mark.parametrize(("sent", "passed"), POLICIES)
def test_no_file_of_a_page_is_asked_for_on_https_where_the_page_is_not(
    gateway: Gateway, recorder: Recorder, sent: str, passed: str | None
) -> None:
    """The policy's one word for it does not reach the browser on plain http; the timeline has it."""
    answer = response(b"<p>hi", f"Content-Security-Policy: {sent}")
    with raw_backend(says(answer)) as (url, _), gateway.leads(Route(lambda: url, recorder)):
        got = httpx.get(f"{gateway.url}{CALLBACK}", headers=PAGE)
    assert got.headers["content-security-policy"] == (sent if passed is None else passed)
    assert ("content-security-policy", sent) in recorder.timeline().of(GatewayResponse)[0].headers


COOKIES = [
    pytest.param(
        "a=1; Path=/; HttpOnly; Secure; SameSite=Lax", "a=1; Path=/; HttpOnly; SameSite=Lax", id="h3"
    ),
    pytest.param("a=1; path=/;secure", "a=1; path=/", id="last, in small letters"),
    pytest.param("a=1; Secure; SameSite=None", "a=1", id="for any site"),
    pytest.param("a=1; samesite = none ;Secure; Path=/", "a=1; Path=/", id="for any site, said before"),
    pytest.param("a=1; SameSite=None", "a=1; SameSite=None", id="for any site, and never Secure"),
    pytest.param("secure=1; Path=/secure", "secure=1; Path=/secure", id="other words"),
    pytest.param("a=1; Secured; b=secure", "a=1; Secured; b=secure", id="parts of words"),
    pytest.param("__Host-a=1; Path=/; Secure", "__Host-a=1; Path=/; Secure", id="a name that demands it"),
]


@pytest.mark.parametrize(("sent", "passed"), COOKIES)
def test_a_secure_cookie_is_one_that_comes_back(
    gateway: Gateway, recorder: Recorder, sent: str, passed: str
) -> None:
    """As in production, where the page is on https; the timeline has what the backend said."""
    answer = response(b"<p>hi", f"X-A: 1\r\nSet-Cookie: {sent}\r\nset-cookie: {sent}")
    with raw_backend(says(answer)) as (url, _), gateway.leads(Route(lambda: url, recorder)):
        got = httpx.get(f"{gateway.url}{CALLBACK}", headers=PAGE)
    assert got.headers.get_list("set-cookie") == [passed, passed]
    seen = recorder.timeline().of(GatewayResponse)[0].headers
    assert [value for name, value in seen if name.lower() == "set-cookie"] == [sent, sent]
