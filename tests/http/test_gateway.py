"""The gateway: bytes pass as they came, and the first one can be held."""

import gzip
import socket
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

import httpx
import pytest

from harness.gateway.gateway import Exchange, Gateway, open_gateway
from harness.timeline.recorder import Recorder

CALLBACK = "/api/amo-crm/callback"
PAGE = {"Accept": "text/html"}

Answer = Callable[[socket.socket], None]


@contextmanager
def raw_backend(*answers: Answer) -> Generator[tuple[str, list[bytes]]]:
    """Serve one connection per answer with exactly the bytes that a test wants to see."""
    listener = socket.create_server(("127.0.0.1", 0))
    asked: list[bytes] = []

    def serve() -> None:
        for answer in answers:
            connection, _ = listener.accept()
            with connection:
                asked.append(connection.recv(65536))
                answer(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked
        thread.join(5)
    finally:
        listener.close()


def says(*pieces: bytes) -> Answer:
    return lambda connection: connection.sendall(b"".join(pieces))


def response(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def gateway(recorder: Recorder) -> Iterator[Gateway]:
    with open_gateway(recorder, callback_path=CALLBACK) as running:
        yield running
        assert running.trouble == []


def test_an_answer_passes_unchanged_and_is_recorded(gateway: Gateway, recorder: Recorder) -> None:
    """Status, headers and body arrive as the backend sent them; the timeline has the whole exchange."""
    with raw_backend(says(response(b"<p>hi", "Content-Type: text/html", "X-Own: 1"))) as (url, asked):
        gateway.backend_url = url
        answer = httpx.get(f"{gateway.redirect_uri}?code=c&state=a%2Bb", headers=PAGE)
    assert (answer.status_code, answer.text, answer.headers["x-own"]) == (200, "<p>hi", "1")
    assert asked[0].startswith(b"GET /api/amo-crm/callback?code=c&state=a%2Bb HTTP/1.1\r\n")
    timeline = recorder.timeline()
    assert [event.kind for event in timeline] == ["request", "first_byte", "released", "response"]
    request, *_, seen = timeline
    assert request.get("is_callback") is True
    assert request.get("query") == {"code": ("c",), "state": ("a+b",)}
    assert (seen.get("status"), seen.get("body"), seen.get("is_page")) == (200, "<p>hi", True)


def test_the_first_byte_waits_for_the_probe(gateway: Gateway, recorder: Recorder) -> None:
    """While the hold runs, the browser has received nothing; it is released afterwards."""
    before: list[str] = []

    def hold(exchange: Exchange) -> None:
        before.extend(event.kind for event in recorder.timeline())
        recorder.record("gateway", "probe", exchange=exchange.number)

    gateway.hold = hold
    with raw_backend(says(response(b"x"))) as (url, _):
        gateway.backend_url = url
        httpx.get(gateway.redirect_uri, headers=PAGE)
    assert before == ["request", "first_byte"]
    assert [e.kind for e in recorder.timeline()][2:] == ["probe", "released", "response"]


def test_a_request_that_wants_no_page_is_not_held(gateway: Gateway) -> None:
    """Pictures and scripts of the page pass without a probe."""

    def refuse(exchange: Exchange) -> None:
        raise AssertionError(exchange)

    gateway.hold = refuse
    with raw_backend(says(response(b"x"))) as (url, _):
        gateway.backend_url = url
        assert httpx.get(f"{gateway.url}/logo.png", headers={"Accept": "image/*"}).text == "x"


def test_a_location_at_the_backends_origin_points_to_the_gateway(gateway: Gateway) -> None:
    """A redirect to the backend itself stays behind the gateway, as behind any reverse proxy."""
    with raw_backend(lambda c: c.sendall(response(b"", f"Location: {url}/done", status="303 See Other"))) as (
        url,
        _,
    ):
        gateway.backend_url = url
        answer = httpx.get(gateway.redirect_uri, headers=PAGE)
    assert answer.headers["location"] == f"{gateway.url}/done"


def test_a_location_of_the_app_is_left_alone(gateway: Gateway, recorder: Recorder) -> None:
    """A redirect to the app's scheme is the backend's fault to be seen, not the gateway's to mend."""
    with raw_backend(says(response(b"", "Location: foryoure://amo-crm/x", status="302 Found"))) as (url, _):
        gateway.backend_url = url
        answer = httpx.get(gateway.redirect_uri, headers=PAGE)
    assert answer.headers["location"] == "foryoure://amo-crm/x"
    (seen,) = recorder.timeline().of("gateway", "response")
    assert seen.get("is_page") is False


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param(says(), "closed the connection", id="closed without an answer"),
        pytest.param(says(response(b"whole")[:-2]), "in the middle of its answer", id="cut in the middle"),
    ],
)
def test_a_backend_that_breaks_off_is_named(
    gateway: Gateway, recorder: Recorder, answer: Answer, reason: str
) -> None:
    """The browser sees a broken connection, as it would without the gateway, and the timeline says why."""
    with raw_backend(answer) as (url, _):
        gateway.backend_url = url
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(gateway.redirect_uri, headers=PAGE)
    (broken,) = recorder.timeline().of("gateway", "broken")
    assert reason in broken.as_text("reason")


def test_a_backend_that_is_not_there_is_named(gateway: Gateway, recorder: Recorder) -> None:
    """A refused connection is the backend's, not a crash of the gateway."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        gateway.backend_url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(gateway.redirect_uri, headers=PAGE)
    assert recorder.timeline().first("gateway", "broken") is not None


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(
            response(gzip.compress("✓ так".encode()), "Content-Encoding: gzip", "Content-Type: text/html"),
            id="gzip",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"4\r\n\xe2\x9c\x93 \r\n6\r\n\xd1\x82\xd0\xb0\xd0\xba\r\n0\r\n\r\n",
            id="chunked",
        ),
        pytest.param("HTTP/1.0 200 OK\r\n\r\n✓ так".encode(), id="until the connection ends"),
        pytest.param(
            b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + response("✓ так".encode()),
            id="after early hints",
        ),
    ],
)
def test_every_framing_is_read(gateway: Gateway, recorder: Recorder, raw: bytes) -> None:
    """The recorded body is the text that the browser gets, however it was framed."""
    with raw_backend(says(raw)) as (url, _):
        gateway.backend_url = url
        httpx.get(gateway.redirect_uri, headers=PAGE)
    assert recorder.timeline().of("gateway", "response")[0].as_text("body") == "✓ так"


def test_a_connection_serves_several_requests(gateway: Gateway, recorder: Recorder) -> None:
    """Keep-alive works through the gateway."""
    with raw_backend(says(response(b"1")), says(response(b"2"))) as (url, _), httpx.Client() as client:
        gateway.backend_url = url
        assert [client.get(gateway.redirect_uri).text for _ in range(2)] == ["1", "2"]
    assert [event.get("exchange") for event in recorder.timeline().of("gateway", "response")] == [1, 2]


def test_a_posted_body_passes(gateway: Gateway) -> None:
    """A form or JSON of the page reaches the backend."""
    received: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        received.append(connection.recv(65536) if b"a=1" not in asked[0] else b"a=1")
        connection.sendall(response(b"ok"))

    with raw_backend(answer) as (url, asked):
        gateway.backend_url = url
        assert httpx.post(f"{gateway.url}/form", content=b"a=1").text == "ok"
    assert received == [b"a=1"]


def test_a_broken_hold_is_reported_and_not_swallowed(recorder: Recorder) -> None:
    """An exception in the server thread is the run's trouble."""

    def hold(exchange: Exchange) -> None:
        raise RuntimeError(f"probe of {exchange.number} went wrong")

    with (
        open_gateway(recorder, callback_path=CALLBACK) as gateway,
        raw_backend(says(response(b"x"))) as (url, _),
    ):
        gateway.backend_url = url
        gateway.hold = hold
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(gateway.redirect_uri, headers=PAGE)
        assert gateway.trouble == ["gateway: RuntimeError: probe of 1 went wrong"]
