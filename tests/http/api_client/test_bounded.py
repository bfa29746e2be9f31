"""Whatever a backend answers to a call, and however slowly: it ends in time, in bytes, in a sentence."""

import contextlib
import ssl
import time
import tracemalloc

import httpx
import pytest

from harness.api_client.bounded import MOST_BYTES, BoundedClient
from harness.api_client.reading import json_of
from harness.config.settings import DeepLink, Http
from harness.errors import BackendError, UsageError
from harness.phone import Phone, PhoneSettings
from harness.phone.wiring import AppWiring
from harness.timeline.events import AppRequest, AppRequestFailed, AppResponse
from harness.timeline.recorder import Recorder
from tests.e2e.hostile_backend import CALLS, CONNECT, NOT_FOUND, Mode, answer, hostile_backend, says

TIMEOUT_S = 0.2
ENDS_WITHIN_S = 20.0
"""What has to end after a fifth of a second, on a machine that is busy."""
MEGABYTE = 1_000_000


def client(url: str) -> BoundedClient:
    """Return one that follows redirects, as the app's does."""
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return BoundedClient(url, timeout_s=TIMEOUT_S, trust=trust, follows_redirects=True)


@pytest.mark.parametrize("mode", CALLS.values(), ids=CALLS)
def test_a_call_ends_with_an_answer_or_an_error_that_says_why(mode: Mode) -> None:
    """In time, and with no other exception; a second call after an odd cookie as well."""
    with hostile_backend({}, mode) as backend, client(backend.url) as asks:
        for _ in range(2):
            began = time.monotonic()
            with contextlib.suppress(httpx.HTTPError):
                told = asks.ask("GET", "/api")
                assert len(told.content) <= MOST_BYTES
                json_of(told.text)
            assert time.monotonic() - began < ENDS_WITHIN_S


@pytest.mark.parametrize("name", ["a body without end", "a bomb"])
def test_an_answer_without_end_takes_no_memory(name: str) -> None:
    """It is given up at sixteen megabytes, and told."""
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with hostile_backend({}, CALLS[name]) as backend, BoundedClient(timeout_s=20, trust=trust) as asks:
        tracemalloc.start()
        with pytest.raises(httpx.TransportError, match="more than 16 MB"):
            asks.ask("GET", backend.url)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 100 * MEGABYTE


def test_a_long_answer_is_left_alone() -> None:
    """Ten thousand leads in one answer, in whatever encoding, are nothing unusual."""
    body = b'{"leads": [' + b",".join([b'{"name": "%s"}' % (b"x" * 700)] * 10_000) + b"]}"
    with hostile_backend({}, says(answer(body))) as backend, client(backend.url) as asks:
        assert asks.ask("GET", "/", timeout_s=20).json()["leads"][9_999]["name"] == "x" * 700


@pytest.mark.parametrize("mode", CALLS.values(), ids=CALLS)
def test_the_app_lives_with_every_answer(mode: Mode) -> None:
    """Each of its calls is answered or has failed, in words; what it cannot do is the backend's error."""
    http = Http(connect=CONNECT, headers={"Authorization": "Bearer x"})
    recorder = Recorder()
    with hostile_backend({}, mode) as backend:
        settings = PhoneSettings(
            http=http,
            base_url=backend.url,
            deep_link=DeepLink(),
            user="1",
            wiring=AppWiring(timeout_s=TIMEOUT_S / 2),
        )
        with Phone(settings, recorder) as phone:
            phone.open_crm_tab()
            phone.clock.advance(30)
            with contextlib.suppress(BackendError, UsageError):
                phone.tap_connect()
    timeline = recorder.timeline()
    ended = [*timeline.of(AppResponse), *timeline.of(AppRequestFailed)]
    assert len(ended) == len(timeline.of(AppRequest)) > 0


def test_what_is_in_order_is_left_alone() -> None:
    """Cookies are kept, redirects followed, a 404 is an answer."""
    steps = {
        "/a": says(answer(b"", status="302 Found", headers="Location: /b\r\nSet-Cookie: k=v; Path=/\r\n")),
        "/b": says(answer(b'{"x": "\\u00e9"}')),
        "/marked": says(answer(b'\xef\xbb\xbf{"x": 1}')),
    }
    with hostile_backend(steps, NOT_FOUND) as backend, client(backend.url) as asks:
        assert json_of(asks.ask("GET", "/a").text) == {"x": "é"}
        assert json_of(asks.ask("GET", "/marked").text) == {"x": 1}
        assert asks.ask("GET", "/c").status_code == 404
