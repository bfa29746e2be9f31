"""Whatever a backend sends, and wherever it stops: the gateway has no defect of its own, and is in time."""

import contextlib
import socket
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.gateway.gateway import Gateway, Route, open_gateway
from harness.timeline.gateway_events import Broken, GatewayRequest, GatewayResponse
from harness.timeline.recorder import Recorder
from tests.e2e.hostile_backend import CALLBACK, VISITS, hostile_backend
from tests.http.gateway.raw_backend import Answer, raw_backend

ENDS_WITHIN_S = 20.0
"""The fixture's gateway waits half a second for a silent backend, and two for a body after its head."""

STATUS_LINES = st.sampled_from(
    [
        b"HTTP/1.1 200 OK",
        b"HTTP/1.0 200 OK",
        b"HTTP/1.1 204 No Content",
        b"HTTP/1.1 302 Found",
        b"HTTP/1.1 304 Not Modified",
        b"HTTP/1.1 103 Early Hints",
        b"HTTP/1.1 101 Switching Protocols",
        b"HTTP/1.1 999 What",
        b"HTTP/2 200",
        b"HTTP/1.1 20",
        b"ICY 200 OK",
    ]
)
HEADERS = st.sampled_from(
    [
        b"Content-Length: 5",
        b"Content-Length: -1",
        b"Content-Length: 5, 5",
        b"Content-Length: 9999999999999999999999",
        b"Transfer-Encoding: chunked",
        b"Transfer-Encoding: gzip, chunked",
        b"Content-Encoding: gzip",
        b"Content-Encoding: br",
        b"Content-Type: text/html; charset=\xff\xfe",
        b"Content-Type: text/html; charset=utf-7",
        b"Location: http://[",
        b"Location: //",
        b"Location: http://127.0.0.1:99999/",
        b"Location: \xd0\x9f",
        b"Connection: close",
        b"Connection: upgrade",
        b"Upgrade: websocket",
        b"Name without colon",
        b" folded",
        b"Set-Cookie: a=\x00",
        b"",
    ]
)
BODIES = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b"5\r\nhello\r\n0\r\n\r\n", b"5\r\nhel", b"zz\r\n", b"hello", b"\x1f\x8b\x08\x00bad"]),
)
LINE_ENDS = st.sampled_from([b"\r\n", b"\n", b"\r"])


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """Bytes that are an answer more or less, or not at all, cut anywhere."""
    end = draw(LINE_ENDS)
    heads = draw(st.lists(st.tuples(STATUS_LINES, st.lists(HEADERS, max_size=4)), min_size=1, max_size=2))
    whole = b"".join(end.join([status, *headers, b"", b""]) for status, headers in heads) + draw(BODIES)
    said = draw(st.one_of(st.just(whole), st.binary(max_size=60)))
    return said[: draw(st.integers(min_value=0, max_value=len(said)))] if draw(st.booleans()) else said


def saying(data: bytes, cut_at: int, *, resets: bool) -> Answer:
    """Return an answer in two pieces, after which the backend closes or resets the connection."""

    def say(connection: socket.socket) -> None:
        connection.sendall(data[:cut_at])
        connection.sendall(data[cut_at:])
        if resets:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")

    return say


def ask(gateway: Gateway) -> None:
    """Ask as a browser does, and read until the connection is over or the answer is whole."""
    port = int(gateway.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=ENDS_WITHIN_S) as browser:
        browser.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nConnection: close\r\n\r\n")
        with contextlib.suppress(ConnectionResetError):  # as without the gateway
            while browser.recv(65536):
                pass


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=answers(), cut_at=st.integers(min_value=0, max_value=80), resets=st.booleans())
def test_whatever_a_backend_sends_is_told_in_time(
    gateway: Gateway, data: bytes, cut_at: int, resets: bool
) -> None:
    """Each request ends with an answer or a break on the timeline, and nothing goes wrong in the gateway."""
    recorder = Recorder()
    with (
        raw_backend(saying(data, cut_at, resets=resets)) as (url, _),
        gateway.leads(Route(lambda: url, recorder)),
    ):
        began = time.monotonic()
        ask(gateway)
        assert time.monotonic() - began < ENDS_WITHIN_S
    timeline = recorder.timeline()
    assert len(timeline.of(GatewayRequest)) == 1
    assert timeline.of(GatewayResponse) or timeline.of(Broken)
    assert gateway.take_defects() == []


@pytest.mark.parametrize("_again", range(5))
def test_a_gateway_stops_while_a_backend_sends_without_end(recorder: Recorder, _again: int) -> None:
    """Early hints, each with the next: the end comes while some are looked at, and more are there."""
    with (
        hostile_backend({CALLBACK: VISITS["hints without end"]}) as backend,
        open_gateway(callback_path=CALLBACK) as gateway,
        gateway.leads(Route(lambda: backend.url, recorder)),
        socket.create_connection(("127.0.0.1", gateway.port)) as browser,
    ):
        browser.sendall(f"GET {CALLBACK} HTTP/1.1\r\nHost: 127.0.0.1:{gateway.port}\r\n\r\n".encode())
        assert browser.recv(1) == b"H"
    assert recorder.timeline().of(GatewayResponse) == ()
