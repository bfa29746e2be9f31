"""What a client may do to the connection itself."""

import socket

import httpx

from tests.http.fake_amo.dialogue import Dialogue, raw_exchange


def test_body_beyond_four_mebibytes_is_refused(talk: Dialogue) -> None:
    """As the proxy in front of amoCRM does; one just below is read."""
    large = "a=" + "x" * (4 * 1024 * 1024)
    assert talk.post("/oauth2/access_token", content=large).status_code == 413
    assert talk.post("/oauth2/access_token", content=large[:-2]).status_code == 400


def test_client_that_goes_away_early_is_no_trouble(talk: Dialogue) -> None:
    """Half a request is none: nothing is journaled, the next client is served."""
    host, port = talk.amo.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(b"POST /oauth2/access_token HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nab")
    assert talk.get("/").status_code == 200
    assert [each.path for each in talk.amo.journal] == ["/"]


def test_head_is_get_without_a_body(talk: Dialogue, http: httpx.Client) -> None:
    """A redirect URI is probed so by amoCRM, and amoCRM by clients."""
    answer = http.head(talk.amo.url)
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 0


def test_http_1_0_is_answered_and_closed(talk: Dialogue) -> None:
    """Old clients still are."""
    answer = raw_exchange(talk.amo, b"GET / HTTP/1.0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in answer


def test_expect_continue_is_answered(talk: Dialogue) -> None:
    """PHP and curl ask first when a body is long."""
    body = b"grant_type=x"
    head = b"POST /oauth2/access_token HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\nconnection: close\r\n"
    answer = raw_exchange(talk.amo, head + b"content-length: %d\r\n\r\n" % len(body) + body)
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400")
