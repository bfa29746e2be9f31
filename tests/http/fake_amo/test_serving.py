"""Serving an ASGI application from a thread: quick, quiet, and honest about trouble."""

import asyncio
import logging
import socket
import threading
import time

import httpx
import pytest

from fake_amo.http.guard import LOCAL_HOSTS
from fake_amo.http.serving import TRANSPORT, Receive, Scope, Send, ServingError, serve


async def hello(scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer anything with two letters."""
    assert scope["extensions"][TRANSPORT]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


async def broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """Fail before answering."""
    raise ZeroDivisionError


def test_serves_until_the_block_ends(http: httpx.Client) -> None:
    """It answers inside the block, with a Date, and not after it; its thread is gone."""
    with serve(hello) as server:
        answer = http.get(server.url)
        assert (answer.text, "date" in answer.headers) == ("ok", True)
        assert any(each.name == f"serve:{server.port}" for each in threading.enumerate())
    with pytest.raises(httpx.ConnectError):
        http.get(server.url)
    assert not any(each.name == f"serve:{server.port}" for each in threading.enumerate())


def test_starts_and_stops_in_milliseconds() -> None:
    """The best of many, for whatever else runs here; also with a connection left open by a client."""

    def once() -> float:
        began = time.perf_counter()
        with serve(hello) as server, socket.create_connection(("127.0.0.1", server.port)):
            pass
        return time.perf_counter() - began

    assert min(once() for _ in range(11)) < 0.05


def test_exception_of_the_application_is_kept(http: httpx.Client) -> None:
    """The client gets a 500, the owner the traceback."""
    with serve(broken) as server:
        assert http.get(server.url).status_code == 500
        assert "ZeroDivisionError" in server.errors[0]


def test_an_application_may_go_on_after_its_answer(http: httpx.Client) -> None:
    """What it lets out then is kept as well, and can be waited for."""
    go_on = threading.Event()

    async def breaks_later(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})
        await asyncio.to_thread(go_on.wait)
        raise ZeroDivisionError

    with serve(breaks_later) as server:
        assert http.get(server.url).status_code == 200
        assert server.errors == []
        assert not server.wait_until_idle(timeout_s=0.01)
        go_on.set()
        assert server.wait_until_idle(timeout_s=20)
        assert "ZeroDivisionError" in server.errors[0]


def test_answer_that_never_ends_is_cut_at_the_deadline() -> None:
    """A stuck application does not keep the block from ending."""
    stuck = threading.Event()

    async def never(_scope: Scope, receive: Receive, _send: Send) -> None:
        stuck.set()
        while True:
            await receive()
            await receive()

    with serve(never, stop_within_s=0.1) as server:
        connection = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert stuck.wait(20)
        began = time.monotonic()
    assert time.monotonic() - began < 20
    with connection:
        assert _received(connection) == b""


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(10)
    except ConnectionResetError:
        return b""


def test_port_that_is_taken_is_refused_by_name() -> None:
    """Before any thread starts."""
    with (
        serve(hello) as server,
        pytest.raises(ServingError, match=f"cannot listen on 127.0.0.1:{server.port}"),
        serve(hello, port=server.port),
    ):
        pass


def test_nonsense_on_the_wire_is_answered_and_not_printed(capfd: pytest.CaptureFixture[str]) -> None:
    """A client that talks no HTTP is its own trouble; the console stays clean."""
    logging.getLogger("uvicorn").propagate = False
    with serve(hello) as server, socket.create_connection(("127.0.0.1", server.port), timeout=20) as wire:
        wire.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
        assert wire.recv(100).startswith(b"HTTP/1.1 400")
    logging.getLogger("uvicorn").propagate = True
    assert capfd.readouterr() == ("", "")


def test_a_server_answers_to_its_names_alone() -> None:
    """Where it was told them; the application does not hear of the rest."""
    with serve(hello, allowed_hosts=LOCAL_HOSTS) as server:
        for host, status in (("localhost", 200), ("rebound.example", 421)):
            answer = httpx.get(server.url, headers={"host": host}, trust_env=False)
            assert answer.status_code == status
        assert "is not a name of this server" in answer.text
