"""What a phone keeps of the backend's answers, by the headers that allow it."""

from collections.abc import Mapping
from typing import Any

import pytest

from harness.config.settings import Http
from harness.phone.device import LEAST_AWAY_S
from harness.timeline.events import AppResponse
from harness.timeline.recorder import Recorder
from tests.http.phone.conftest import MakePhone
from tests.http.phone.tiny_backend import AUTH_URL, STATUS, TinyBackend

DATE = {"Date": "Thu, 26 Nov 2026 12:00:00 GMT"}
KEPT: dict[str, Mapping[str, str]] = {
    "max-age": {"Cache-Control": "private, max-age=60"},
    "in quotes": {"Cache-Control": 'Max-Age="60", must-revalidate'},
    "expires": DATE | {"Expires": "Thu, 26 Nov 2026 12:01:00 GMT"},
    "max-age before expires": {"Cache-Control": "max-age=60", "Expires": "0"},
    "the same Vary": {"Cache-Control": "max-age=60", "Vary": "Authorization, Accept-Encoding"},
}
ASKED_AGAIN: dict[str, Mapping[str, str]] = {
    "nothing said": {},
    "no-store": {"Cache-Control": "no-store, max-age=60"},
    "no-cache": {"Cache-Control": "no-cache, max-age=60"},
    "of another's cache": {"Cache-Control": "s-maxage=60"},
    "old when it came": {"Cache-Control": "max-age=60", "Age": "56"},
    "shorter than any journey": {"Cache-Control": f"max-age={LEAST_AWAY_S:.0f}"},
    "no number": {"Cache-Control": "max-age=-60"},
    "expired": DATE | {"Expires": "Thu, 26 Nov 2026 11:59:00 GMT"},
    "no date": {"Expires": "Jan 99999999999 00:00:00"},
    "modified long ago": {"Last-Modified": "Thu, 01 Jan 1970 00:00:00 GMT"},
    "another at every call": {"Cache-Control": "max-age=60", "Vary": "*"},
}


def come_back(
    make_phone: MakePhone, backend: TinyBackend, headers: Mapping[str, str], **settings: Any
) -> str:
    """Connect while the status has these headers; return what the CRM tab says after the return."""
    backend.headers[STATUS] = headers
    phone = make_phone(**settings)
    phone.open_crm_tab()
    phone.tap_connect()
    backend.connect({"id": 1})
    phone.deliver("foryoure://amo-crm/callback?success=true")
    phone.clock.advance(1)
    return phone.screen.state


@pytest.mark.parametrize("headers", KEPT.values(), ids=KEPT)
def test_a_fresh_status_is_not_asked_for_again(
    make_phone: MakePhone, backend: TinyBackend, recorder: Recorder, headers: Mapping[str, str]
) -> None:
    """So the app says "connect" to somebody who is connected, and the event says why."""
    assert come_back(make_phone, backend, headers) == "disconnected"
    assert backend.paths().count(STATUS) == 1
    told = [each for each in recorder.timeline().of(AppResponse) if each.purpose == "status"]
    assert told[0].kept_by is None
    assert {each.kept_by for each in told[1:]} <= {f"{n}: {text}" for n, text in headers.items()}
    assert {each.connected for each in told} == {False}


@pytest.mark.parametrize("headers", ASKED_AGAIN.values(), ids=ASKED_AGAIN)
def test_what_may_not_be_kept_is_asked_for_again(
    make_phone: MakePhone, backend: TinyBackend, headers: Mapping[str, str]
) -> None:
    """The harmless twins."""
    assert come_back(make_phone, backend, headers) == "connected"


def test_an_etag_asks_whether_the_answer_still_holds(make_phone: MakePhone, backend: TinyBackend) -> None:
    """A 304 gives the kept one; an answer with another tag takes its place."""
    backend.headers[STATUS] = {"Cache-Control": "no-cache", "ETag": '"not"'}
    phone = make_phone()
    phone.open_crm_tab()
    backend.says_raw(STATUS, 304, "")
    phone.open_crm_tab()
    assert phone.screen.state == "disconnected"
    assert [each.if_none_match for each in backend.asked if each.path == STATUS] == ["", '"not"']
    backend.headers[STATUS] = {"Cache-Control": "no-cache", "ETag": '"yes"'}
    backend.connect()
    phone.open_crm_tab()
    assert phone.screen.state == "connected"


@pytest.mark.parametrize(
    ("host", "state"), [("ios-safari", "connected"), ("android-custom-tab", "disconnected")]
)
def test_a_404_is_kept_on_android_alone(
    make_phone: MakePhone, backend: TinyBackend, host: str, state: str
) -> None:
    """Apple's cache takes successes, OkHttp's what HTTP lets be kept; a 404 may say "not connected"."""
    backend.says_raw(STATUS, 404, "")
    http = Http(connect=AUTH_URL, connected_when="200")
    assert come_back(make_phone, backend, KEPT["max-age"], host=host, http=http) == state
