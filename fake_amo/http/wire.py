"""Between ASGI and the fake's own messages: reading a request, sending an answer, cutting a connection.

Owns framing and the headers that every answer has. Must not know endpoints or faults by name.
"""

import socket
import struct
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any, Literal

from fake_amo.http.messages import Call, Reply
from fake_amo.http.serving import TRANSPORT, Receive, Scope, Send

_LARGEST_BODY = 4 * 1024 * 1024
Cut = Literal["before", "middle", "after", "delivered"]


class TooLarge(Exception):  # noqa: N818 - says what the request is
    """The body is larger than the proxy in front of amoCRM lets through."""


class ClientGone(Exception):  # noqa: N818 - says what happened
    """The client went away before its request was whole."""


async def read_call(scope: Scope, receive: Receive) -> Call:
    """Return the whole request; raises TooLarge beyond 4 MiB, ClientGone where it never came whole."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    body = b""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > _LARGEST_BODY:
            raise TooLarge
    return Call(
        method=scope["method"],
        path=scope["path"],
        raw_query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=body,
        scheme=scope["scheme"],
        client_host=(scope.get("client") or ("", 0))[0],
    )


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells two equal answers apart."""

    now: float
    """The fake's clock, for the Date header."""
    request_id: str


async def send_reply(send: Send, reply: Reply, stamp: Stamp) -> None:
    """Send an answer with the headers that all of amoCRM's have (FACTS: HEADERS)."""
    await send(_start(reply, stamp))
    await send({"type": "http.response.body", "body": reply.body})


async def send_and_cut(scope: Scope, send: Send, reply: Reply, stamp: Stamp, when: Cut) -> None:
    """Send as much of an answer as the moment says, then reset the connection."""
    if when in {"middle", "delivered"}:
        await send(_start(reply, stamp))
        half = reply.body[: len(reply.body) // 2] if when == "middle" else reply.body
        await send({"type": "http.response.body", "body": half, "more_body": True})
    cut(scope)


def cut(scope: Scope) -> None:
    """Reset the connection: the client sees RST, not an orderly end."""
    transport = scope["extensions"][TRANSPORT]
    connection: socket.socket | None = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _start(reply: Reply, stamp: Stamp) -> dict[str, Any]:
    headers = [
        (b"server", b"nginx"),
        (b"date", formatdate(stamp.now, usegmt=True).encode()),
        (b"x-request-id", stamp.request_id.encode()),
    ]
    named = {name for name, _ in reply.headers}
    if "cache-control" not in named:
        headers += [
            (b"expires", b"Thu, 19 Nov 1981 08:52:00 GMT"),
            (b"cache-control", b"no-store, no-cache, must-revalidate"),
            (b"pragma", b"no-cache"),
        ]
    if reply.content_type is not None:
        headers.append((b"content-type", reply.content_type.encode("latin-1", "replace")))
    if reply.status != 204:  # noqa: PLR2004 - No Content carries no length (RFC 9110 §8.6)
        headers.append((b"content-length", str(len(reply.body)).encode()))
    headers += [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    return {"type": "http.response.start", "status": reply.status, "headers": headers}
