"""The gateway: bytes pass as they came, and the first one can be held."""

import gzip
import socket
import threading
from collections.abc import Callable

import httpx
import pytest

from harness.contract.reading.reading import Reading
from harness.gateway.gateway import Exchange, Gateway, Route, open_gateway
from harness.timeline.gateway_events import Broken, GatewayRequest, GatewayResponse, StatusProbe
from harness.timeline.recorder import Recorder
from tests.http.gateway.conftest import CALLBACK, PAGE
from tests.http.gateway.raw_backend import Answer, falls_silent, raw_backend, response, says


def to(url: str, recorder: Recorder, look: Callable[[Exchange], None] | None = None) -> Route:
    return Route(lambda: url, recorder, look)


def kinds(recorder: Recorder) -> list[str]:
    return [event.kind for event in recorder.timeline()]


def test_an_answer_passes_unchanged_and_is_recorded(gateway: Gateway, recorder: Recorder) -> None:
    """Status, headers and body arrive as the backend sent them; the timeline has the whole exchange."""
    with (
        raw_backend(says(response(b"<p>hi", "Content-Type: text/html", "X-Own: 1"))) as (url, asked),
        gateway.leads(to(url, recorder)),
    ):
        answer = httpx.get(f"{gateway.redirect_uri}?code=c&state=a%2Bb", headers=PAGE)
    assert (answer.status_code, answer.text, answer.headers["x-own"]) == (200, "<p>hi", "1")
    assert asked[0].startswith(b"GET /api/amo-crm/callback?code=c&state=a%2Bb HTTP/1.1\r\n")
    assert kinds(recorder) == ["request", "first_byte", "released", "response"]
    (request,), (seen,) = recorder.timeline().of(GatewayRequest), recorder.timeline().of(GatewayResponse)
    assert request.is_callback
    assert request.query == {"code": ("c",), "state": ("a+b",)}
    assert (seen.status, seen.body, seen.is_page, seen.is_whole) == (200, "<p>hi", True, True)


def test_the_first_byte_waits_for_the_look(gateway: Gateway, recorder: Recorder) -> None:
    """While the hold runs, the browser has received nothing; it is released afterwards."""
    before: list[str] = []

    def look(exchange: Exchange) -> None:
        before.extend(kinds(recorder))
        recorder.record(StatusProbe(exchange=exchange.number))

    with raw_backend(says(response(b"x"))) as (url, _), gateway.leads(to(url, recorder, look)):
        httpx.get(gateway.redirect_uri, headers=PAGE)
    assert before == ["request", "first_byte"]
    assert kinds(recorder)[2:] == ["probe", "released", "response"]


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Accept": "image/*"}, id="a picture"),
        pytest.param(
            {"Accept": "text/html", "Sec-Fetch-Dest": "iframe", "Sec-Fetch-Mode": "navigate"}, id="a frame"
        ),
        pytest.param({"Accept": "text/html", "Sec-Fetch-Dest": "empty"}, id="a fetch of HTML"),
        pytest.param(
            {"Accept": "text/html", "Sec-Fetch-Dest": "document", "Sec-Purpose": "prefetch"}, id="a prefetch"
        ),
    ],
)
def test_what_is_no_page_of_the_tab_is_not_held(
    gateway: Gateway, recorder: Recorder, headers: dict[str, str]
) -> None:
    """Parts of a page, its frames and its data pass without a look, and are no navigation."""

    def refuse(exchange: Exchange) -> None:
        raise AssertionError(exchange)

    with raw_backend(says(response(b"x"))) as (url, _), gateway.leads(to(url, recorder, refuse)):
        assert httpx.get(f"{gateway.url}/part", headers=headers).text == "x"
    (seen,) = recorder.timeline().of(GatewayResponse)
    assert not seen.is_navigation
    assert not seen.is_page


@pytest.mark.parametrize("destination", ["document", "empty"])
def test_a_page_of_the_tab_is_a_navigation(gateway: Gateway, recorder: Recorder, destination: str) -> None:
    """As WebKit and Chromium mark it, and as they do where a service worker asks in the page's place."""
    headers = {"Accept": "text/html", "Sec-Fetch-Dest": destination, "Sec-Fetch-Mode": "navigate"}
    with raw_backend(says(response(b"x"))) as (url, _), gateway.leads(to(url, recorder)):
        httpx.get(gateway.redirect_uri, headers=headers)
    assert all(each.is_navigation for each in recorder.timeline().of(GatewayRequest))


def test_a_gateway_that_leads_nowhere_breaks_off(gateway: Gateway, recorder: Recorder) -> None:
    """What comes after the block of a route is nobody's, and the route before is back."""
    with raw_backend(says(response(b"1"))) as (url, _), gateway.leads(to(url, recorder)):
        with gateway.leads(to("http://127.0.0.1:1", Recorder())):
            pass
        assert httpx.get(gateway.redirect_uri, headers=PAGE).text == "1"
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(gateway.redirect_uri, headers=PAGE)
    assert len(recorder.timeline().of(GatewayRequest)) == 1


def test_what_comes_late_belongs_to_the_route_that_it_was_asked_on(gateway: Gateway) -> None:
    """An answer that comes after its scenario is over is not told to the next one."""
    first, second = Recorder(), Recorder()
    go = threading.Event()

    def answer(connection: socket.socket) -> None:
        go.wait(20)
        connection.sendall(response(b"late"))

    with raw_backend(answer) as (url, _):
        with gateway.leads(to(url, first)):
            asking = threading.Thread(target=httpx.get, args=(gateway.redirect_uri,))
            asking.start()
            assert first.wait_for(lambda seen: bool(seen.of(GatewayRequest)), timeout_s=20)
        with gateway.leads(to(url, second)):
            go.set()
            asking.join(20)
    assert [each.body for each in first.timeline().of(GatewayResponse)] == ["late"]
    assert len(second.timeline()) == 0


def test_a_location_at_the_backends_origin_points_to_the_gateway(
    gateway: Gateway, recorder: Recorder
) -> None:
    """A redirect to the backend itself stays behind the gateway, as behind any reverse proxy."""
    with (
        raw_backend(lambda c: c.sendall(response(b"", f"Location: {url}/done", status="303 See Other"))) as (
            url,
            _,
        ),
        gateway.leads(to(url, recorder)),
    ):
        answer = httpx.get(gateway.redirect_uri, headers=PAGE)
    assert answer.headers["location"] == f"{gateway.url}/done"


def test_a_location_of_the_app_is_left_alone(gateway: Gateway, recorder: Recorder) -> None:
    """A redirect to the app's scheme is the backend's fault to be seen, not the gateway's to mend."""
    answer = response(b"", "Location: foryoure://amo-crm/x", status="302 Found")
    with raw_backend(says(answer)) as (url, _), gateway.leads(to(url, recorder)):
        got = httpx.get(gateway.redirect_uri, headers=PAGE)
    assert got.headers["location"] == "foryoure://amo-crm/x"
    (seen,) = recorder.timeline().of(GatewayResponse)
    assert seen.is_page is False


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param(says(), "closed the connection without an answer", id="closed without an answer"),
        pytest.param(says(response(b"whole")[:-2]), "in the middle of its answer", id="cut in the middle"),
        pytest.param(says(b"SSH-2.0-OpenSSH_9\r\n"), "not HTTP", id="garbage"),
        pytest.param(says(b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n"), "not HTTP", id="an invalid header"),
        pytest.param(falls_silent(), "no answer in 0.5 s", id="silence"),
        pytest.param(
            falls_silent(b"HTTP/1.1 200"),
            "no more of its answer in 0.5 s",
            id="half a head",
        ),
    ],
)
def test_a_backend_that_breaks_off_is_named(
    gateway: Gateway, recorder: Recorder, answer: Answer, reason: str
) -> None:
    """The browser sees a broken connection, as it would without the gateway, and the timeline says why."""
    with (
        raw_backend(answer) as (url, _),
        gateway.leads(to(url, recorder)),
        pytest.raises(httpx.RemoteProtocolError),
    ):
        httpx.get(gateway.redirect_uri, headers=PAGE)
    (broken,) = recorder.timeline().of(Broken)
    assert reason in broken.reason


def test_a_backend_that_is_not_there_is_named(gateway: Gateway, recorder: Recorder) -> None:
    """A refused connection is the backend's, not a crash of the gateway."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with gateway.leads(to(url, recorder)), pytest.raises(httpx.RemoteProtocolError):
        httpx.get(gateway.redirect_uri, headers=PAGE)
    (broken,) = recorder.timeline().of(Broken)
    assert "does not take a connection" in broken.reason


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
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
            b"4\r\n\xe2\x9c\x93 \r\n6\r\n\xd1\x82\xd0\xb0\xd0\xba\r\n0\r\nX-Sum: 1\r\n\r\n",
            id="chunked with a trailer",
        ),
        pytest.param("HTTP/1.0 200 OK\r\n\r\n✓ так".encode(), id="until the connection ends"),
        pytest.param(response("✓ так".encode(), "Connection: close"), id="to be closed"),
        pytest.param(response("✓ так".encode()).replace(b"\r\n", b"\n"), id="bare line feeds"),
        pytest.param(response("✓ так".encode(), f"X-Long: {'x' * 200_000}"), id="a very long header"),
        pytest.param(
            b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + response("✓ так".encode()),
            id="after early hints",
        ),
    ],
)
def test_every_framing_is_read(gateway: Gateway, recorder: Recorder, raw: bytes) -> None:
    """The recorded body is the text that the browser gets, however it was framed."""
    with raw_backend(says(raw)) as (url, _), gateway.leads(to(url, recorder)), socket_to(gateway) as browser:
        browser.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert all_of(browser) == raw
    assert recorder.timeline().of(GatewayResponse)[0].body == "✓ так"


def socket_to(gateway: Gateway) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", int(gateway.url.rpartition(":")[2])), timeout=20)
    connection.settimeout(5)
    return connection


def all_of(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize("status", ["204 No Content", "205 Reset Content", "304 Not Modified"])
def test_an_answer_without_a_body_is_whole(gateway: Gateway, recorder: Recorder, status: str) -> None:
    """What has no body by its status does not wait for one."""
    answer = f"HTTP/1.1 {status}\r\n\r\n".encode()
    with raw_backend(says(answer)) as (url, _), gateway.leads(to(url, recorder)):
        httpx.get(gateway.redirect_uri, headers=PAGE)
    (seen,) = recorder.timeline().of(GatewayResponse)
    assert (seen.status, seen.is_whole, seen.is_page) == (int(status[:3]), True, status.startswith("304"))


def test_a_head_request_gets_no_body(gateway: Gateway, recorder: Recorder) -> None:
    """It is passed on as it is, and shown by nobody."""
    with (
        raw_backend(says(response(b"")[:-2] + b"X: 1\r\n\r\n")) as (url, asked),
        gateway.leads(to(url, recorder)),
    ):
        assert httpx.head(gateway.redirect_uri, headers=PAGE).headers["x"] == "1"
    assert asked[0].startswith(b"HEAD ")
    assert not recorder.timeline().of(GatewayResponse)[0].is_page


def test_an_answer_that_goes_on_is_recorded_in_time(gateway: Gateway, recorder: Recorder) -> None:
    """A body without an end is told as far as it is there, and goes on to the browser."""
    told = threading.Event()

    def trickle(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>first")
        told.wait(20)
        connection.sendall(b"<p>more")

    with (
        raw_backend(trickle) as (url, _),
        gateway.leads(to(url, recorder)),
        httpx.stream("GET", gateway.redirect_uri, headers=PAGE) as answer,
    ):
        assert recorder.wait_for(lambda seen: bool(seen.of(GatewayResponse)), timeout_s=20)
        told.set()
        assert b"".join(answer.iter_bytes()) == b"<p>first<p>more"
    (seen,) = recorder.timeline().of(GatewayResponse)
    assert (seen.body, seen.is_whole, seen.is_page) == ("<p>first", False, True)


def test_only_encodings_that_can_be_read_are_offered(gateway: Gateway, recorder: Recorder) -> None:
    """A backend that chooses among what is offered never sends what the harness cannot read."""
    headers = PAGE | {"Accept-Encoding": "gzip, deflate, br, zstd"}
    with raw_backend(says(response(b"x"))) as (url, asked), gateway.leads(to(url, recorder)):
        httpx.get(gateway.redirect_uri, headers=headers)
    assert b"accept-encoding: gzip, deflate\r\n" in asked[0].lower()


def test_an_encoding_that_was_not_offered_is_named(gateway: Gateway, recorder: Recorder) -> None:
    """Its body is no text and no noise: the timeline says why it is not there."""
    answer = response(b"\x1b\x04\x00noise", "Content-Encoding: br", "Content-Type: text/html")
    with (
        raw_backend(says(answer)) as (url, _),
        gateway.leads(to(url, recorder)),
        httpx.stream("GET", gateway.redirect_uri, headers=PAGE) as noise,  # as it is: nobody undoes it
    ):
        assert b"".join(noise.iter_raw()).endswith(b"noise")
    (seen,) = recorder.timeline().of(GatewayResponse)
    assert (seen.body, seen.is_page) == ("", True)
    assert seen.unreadable == "the content encoding br was not offered and cannot be undone here"


def test_a_connection_serves_several_requests(gateway: Gateway, recorder: Recorder) -> None:
    """Keep-alive works through the gateway."""
    with (
        raw_backend(says(response(b"1")), says(response(b"2"))) as (url, _),
        gateway.leads(to(url, recorder)),
        httpx.Client() as client,
    ):
        assert [client.get(gateway.redirect_uri).text for _ in range(2)] == ["1", "2"]
    assert [event.exchange for event in recorder.timeline().of(GatewayResponse)] == [1, 2]


def test_a_posted_body_passes(gateway: Gateway, recorder: Recorder) -> None:
    """A form or JSON of the page reaches the backend."""
    received: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        received.append(connection.recv(65536) if b"a=1" not in asked[0] else b"a=1")
        connection.sendall(response(b"ok"))

    with raw_backend(answer) as (url, asked), gateway.leads(to(url, recorder)):
        assert httpx.post(f"{gateway.url}/form", content=b"a=1").text == "ok"
    assert received == [b"a=1"]


def test_a_broken_look_is_reported_and_not_swallowed(recorder: Recorder) -> None:
    """An exception in the server thread is an error of the harness."""

    def look(exchange: Exchange) -> None:
        raise RuntimeError(f"probe of {exchange.number} went wrong")

    with (
        open_gateway(callback_path=CALLBACK) as gateway,
        raw_backend(says(response(b"x"))) as (url, _),
        gateway.leads(to(url, recorder, look)),
    ):
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(gateway.redirect_uri, headers=PAGE)
        assert gateway.take_defects() == ["gateway: RuntimeError: probe of 1 went wrong"]
        assert gateway.take_defects() == []


def test_a_frontend_has_a_door_of_its_own(recorder: Recorder) -> None:
    """A redirect leads there, and it is held and told like the rest."""
    held: list[str] = []
    with (
        raw_backend(says(response(b"front", "Location: http://localhost/"))) as (served_at, asked),
        raw_backend(says(response(b"", "Location: https://app.example.com?ok=1", status="302 Found"))) as (
            url,
            _,
        ),
        open_gateway(callback_path="/", frontends={"https://app.example.com": served_at}) as gateway,
        gateway.leads(to(url, recorder, lambda exchange: held.append(exchange.path))),
    ):
        answer = httpx.get(f"{gateway.url}/", headers=PAGE, follow_redirects=True)
    assert (answer.text, str(answer.url)) == ("front", f"{gateway.addresses.frontend_url}/?ok=1")
    assert asked[0].startswith(b"GET /?ok=1 HTTP/1.1\r\n")
    assert held == ["/", "/"]
    first, second = recorder.timeline().of(GatewayRequest)
    assert (first.frontend, first.is_callback) == ("", True)
    assert (second.frontend, second.is_callback) == ("https://app.example.com", False)
    assert [each.goes_on for each in recorder.timeline().of(GatewayResponse)] == [True, False]
    (visit,) = Reading(recorder.timeline()).visits
    assert [each.number for each in visit.exchanges] == [1, 2]
