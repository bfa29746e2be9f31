"""The look at the backend: as the user whose callback it is, whoever else is there at the same moment."""

import socket
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager

import httpx
import pytest

from harness.api_client.session import Sessions
from harness.config.settings import Http
from harness.errors import BackendError
from harness.gateway.doors import Door, Entrance
from harness.gateway.exchange import Exchange
from harness.gateway.gateway import Gateway, Route
from harness.gateway.probe import TURN_TIMEOUT_S, Callers, Probe, Visitors
from harness.timeline.gateway_events import GatewayRequest, StatusProbe
from harness.timeline.recorder import Recorder
from tests.http.gateway.conftest import CALLBACK, PAGE
from tests.http.gateway.raw_backend import falls_silent, raw_backend, response

HTTP = Http(connect="/connect", headers={"Authorization": "{user}"})


@contextmanager
def backend_of_two(callback: bytes, both_are_here: threading.Barrier) -> Generator[str]:
    """Serve a status for each user, and callbacks that are answered once both have come."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer(connection: socket.socket) -> None:
        with connection:
            while asked := connection.recv(65536):
                if asked.startswith(f"GET {CALLBACK}".encode()):
                    both_are_here.wait(20)
                    connection.sendall(callback.replace(b"STATE", asked.split(b"state=")[1].split(b" ")[0]))
                elif b"/status" in asked:
                    connection.sendall(response(b'{"connected": true}'))
                else:
                    connection.sendall(response(b"<p>done"))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(20)


@pytest.mark.parametrize(
    ("callback", "looks"),
    [
        (response(b"<p>done"), 2),
        (response(b"", "Location: /done?of=STATE", status="303 See Other"), 4),
    ],
    ids=["a page", "a redirect to a page without the state"],
)
def test_two_callbacks_at_once_are_looked_at_as_two_users(
    gateway: Gateway, recorder: Recorder, callback: bytes, looks: int
) -> None:
    """Each exchange says by its state whose it is; what follows a redirect belongs to the same user."""
    visitors = Visitors()
    visitors.expect("s-of-olena", "olena")
    visitors.expect("s-of-taras", "taras")
    with backend_of_two(callback, threading.Barrier(2)) as url:
        probe = Probe(HTTP, lambda: url, recorder, Callers(visitors, Sessions(HTTP, lambda: url)))
        with gateway.leads(Route(lambda: url, recorder, probe.look)):
            asking = [
                threading.Thread(
                    target=httpx.get,
                    args=(f"{gateway.redirect_uri}?code=c&state={state}",),
                    kwargs={"headers": PAGE, "follow_redirects": True},
                )
                for state in ("s-of-olena", "s-of-taras")
            ]
            for thread in asking:
                thread.start()
            for thread in asking:
                thread.join(20)
        probe.close()
    timeline = recorder.timeline()
    asked = {each.exchange: each.query for each in timeline.of(GatewayRequest)}
    looked = timeline.of(StatusProbe)
    assert len(looked) == looks
    for each in looked:
        (said,) = asked[each.exchange].get("state") or asked[each.exchange]["of"]
        assert (each.user, each.connected) == (said.removeprefix("s-of-"), True)


def test_a_callback_whose_state_nobody_expected_is_the_first_users() -> None:
    """Somebody opened it by hand."""
    assert Visitors().user_of("never issued") == "test"
    assert Visitors().user_of(None) == "test"


def test_a_backend_that_is_gone_is_a_look_without_an_answer(recorder: Recorder) -> None:
    """It is recorded with its reason; a turn that it does not take is none; a state is asked for in vain."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    probe = Probe(HTTP, lambda: url, recorder, Callers(Visitors(), Sessions(HTTP, lambda: url)))
    probe.barrier()
    probe.ask_for_leads()
    with pytest.raises(BackendError, match="/connect gave no answer"):
        probe.state_for("olena")
    probe.close()


def test_a_backend_that_is_busy_with_amocrm_is_not_kept_from_it(recorder: Recorder) -> None:
    """One that answers nobody else meanwhile has had its turn after one look, and not after three."""
    with raw_backend(falls_silent()) as (url, asked):
        probe = Probe(HTTP, lambda: url, recorder, Callers(Visitors(), Sessions(HTTP, lambda: url)))
        began = time.monotonic()
        probe.barrier()
        assert time.monotonic() - began >= TURN_TIMEOUT_S
        assert len(asked) == 1
        probe.close()


def test_a_look_after_the_end_is_no_failure_of_the_harness(recorder: Recorder) -> None:
    """A page that redirects without end is still being answered when its scenario is over."""
    entrance = Entrance(Door("http://127.0.0.1:8"), (Door("http://127.0.0.1:8"),), CALLBACK)
    route = Route(lambda: "http://127.0.0.1:9", recorder)
    exchange = Exchange(1, route, "", entrance, "GET", CALLBACK, True, True, True)
    sessions = Sessions(HTTP, lambda: "http://127.0.0.1:9")
    probe = Probe(HTTP, lambda: "http://127.0.0.1:9", recorder, Callers(Visitors(), sessions))
    probe.look(exchange)
    probe.close()
    probe.look(exchange)
    first, second = recorder.timeline().of(StatusProbe)
    assert "refused" in str(first.reason)
    assert second.reason == "the scenario was over by then"
