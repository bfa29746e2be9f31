"""What the gateway adds to a page so that WebKit tells of its frames."""

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
