"""A phone keeps its connections as a browser does: each is used again until its server ends it."""

import pytest

from fake_amo.http.serving import Receive, Scope, Send, serve
from harness.api_client.trust import trust_for
from harness.load.driving.wire import Answer, NoAnswer, Wire


@pytest.mark.parametrize(("said", "connections"), [(b"keep-alive", 1), (b"close", 3)])
def test_a_connection_is_kept_until_it_is_over(said: bytes, connections: int) -> None:
    """A connection a request would be most of what a backend has to do under load."""
    ports: list[int] = []

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        ports.append(scope["client"][1])
        head = [(b"content-length", b"2"), (b"connection", said)]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b"ok"})

    wire = Wire(trust_for)
    with serve(app) as server:
        assert [wire.ask("GET", server.url, headers={}).text for _ in range(3)] == ["ok"] * 3
        wire.close()
    assert len(set(ports)) == connections


def test_a_look_beside_has_a_connection_of_its_own() -> None:
    """While a page's body is not read yet; one of the two is kept, and closed in the end."""
    ports: list[int] = []

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        ports.append(scope["client"][1])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    wire = Wire(trust_for)
    with serve(app) as server:

        def look(_answer: Answer) -> None:
            wire.ask("GET", server.url, headers={})

        for _ in range(2):
            wire.ask("GET", server.url, headers={}, at_head=look)
        wire.close()
    assert (len(ports), len(set(ports))) == (4, 3)


@pytest.mark.parametrize(
    "url",
    [
        "http://[::1/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:abc/",
        "ftp://127.0.0.1/",
        "/oauth",
        "",
        "http://",
    ],
)
def test_what_is_no_address_of_the_web_gets_no_answer(url: str) -> None:
    """A backend names it, so it ends a journey and no process."""
    with pytest.raises(NoAnswer):
        Wire(trust_for).ask("GET", url, headers={})
