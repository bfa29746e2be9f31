"""HTTP as a phone speaks it, a connection kept for each server, the head told as soon as it is there.

Owns sockets and framing. It waits as the process waits, so under gevent a thousand of them wait at once. It
never sends a request twice: what looks like a second delivery must be the backend's or the user's.
"""

import re
import select
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult

import httptools

from harness.addresses import parts_of

LIMIT_S = 30.0
IDLE_S = 1.0
"""A connection that was silent for longer is not used again: servers close them at will."""
READ_SIZE = 65536
MOST_BYTES = 16_000_000
PORTS = {"http": 80, "https": 443}
_IPV4 = re.compile(r"[0-9.]+")
Trust = Callable[[str], ssl.SSLContext]


class NoAnswer(Exception):  # noqa: N818 - says what came
    """The server gave no whole answer; the message says why."""


@dataclass(slots=True)
class Answer:
    """One answer. Moments are of the machine's monotonic clock."""

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    body: bytes = b""
    asked_at_ns: int = 0
    head_at_ns: int = 0
    ended_at_ns: int = 0

    def header(self, name: str) -> str:
        """Return a header by its name in lower case; empty where there is none."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    @property
    def text(self) -> str:
        """The body, read as UTF-8."""
        return self.body.decode("utf-8", "replace")

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that it sets."""
        pairs = [
            value.split(";")[0].strip().partition("=")
            for key, value in self.headers
            if key.lower() == "set-cookie"
        ]
        return {name: value for name, _, value in pairs if name}


class _Reader:
    """What the parser calls."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.has_head = self.is_whole = False
        self.body = bytearray()

    def on_header(self, name: bytes, value: bytes) -> None:
        self.answer.headers.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        self.has_head = True

    def on_body(self, data: bytes) -> None:
        self.body += data

    def on_message_complete(self) -> None:
        self.is_whole = True


class Wire:
    """The connections of one phone."""

    def __init__(self, trust: Trust) -> None:
        self._trust = trust
        self._idle: dict[str, tuple[socket.socket, float]] = {}
        """One for each origin: a server may have few of them."""

    def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes = b"",
        at_head: Callable[[Answer], None] | None = None,
    ) -> Answer:
        """Return the whole answer; `at_head` is called once the head is there, before the rest is read.

        Raises NoAnswer.
        """
        where = parts_of(url)
        if where is None or where.scheme not in PORTS:
            raise NoAnswer("what it was to be asked at is no address of the web")
        origin = f"{where.scheme}://{where.netloc}"
        answer = Answer()
        try:
            connection = self._connection(origin, where)
            is_reusable = False
            try:
                answer.asked_at_ns = time.monotonic_ns()
                connection.sendall(_request(method, where, headers, body))
                is_reusable = _read(connection, answer, at_head)
            finally:
                if is_reusable and origin not in self._idle:
                    self._idle[origin] = connection, time.monotonic()
                else:
                    connection.close()
        except (OSError, ValueError, httptools.HttpParserError) as error:
            raise NoAnswer(str(error) or type(error).__name__) from error
        answer.ended_at_ns = time.monotonic_ns()
        return answer

    def close(self) -> None:
        """Close what is kept."""
        for connection, _ in self._idle.values():
            connection.close()
        self._idle.clear()

    def _connection(self, origin: str, where: SplitResult) -> socket.socket:
        kept = self._idle.pop(origin, None)
        if kept is not None:
            if time.monotonic() - kept[1] < IDLE_S and not _has_something(kept[0]):
                return kept[0]
            kept[0].close()
        connection = _connected(where.hostname or "", where.port or PORTS[where.scheme])
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if where.scheme != "https":
            return connection
        return self._trust(origin).wrap_socket(connection, server_hostname=where.hostname)


def _connected(host: str, port: int) -> socket.socket:
    """Return a connection; an address of digits is not looked up, which under gevent is a thread's work."""
    if not _IPV4.fullmatch(host):
        return socket.create_connection((host, port), LIMIT_S)
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        connection.settimeout(LIMIT_S)
        connection.connect((host, port))
    except BaseException:
        connection.close()
        raise
    return connection


def _has_something(connection: socket.socket) -> bool:
    """Tell whether an idle connection has bytes or its end to read: then it is over."""
    try:
        return bool(select.select([connection], [], [], 0)[0])
    except ValueError:
        return True  # of so many connections that select cannot look at this one


def _request(method: str, where: SplitResult, headers: Mapping[str, str], body: bytes) -> bytes:
    target = (where.path or "/") + (f"?{where.query}" if where.query else "")
    named = {name.lower() for name in headers}
    lines = [f"{method} {target} HTTP/1.1"]
    lines += [] if "host" in named else [f"Host: {where.netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + body


def _read(connection: socket.socket, answer: Answer, at_head: Callable[[Answer], None] | None) -> bool:
    """Read one answer; tells whether the connection may be used again."""
    reader = _Reader(answer)
    parser = httptools.HttpResponseParser(reader)
    is_told = False
    while not reader.is_whole:
        data = connection.recv(READ_SIZE)
        answer.head_at_ns = answer.head_at_ns or time.monotonic_ns()
        if not data:
            if _ends_with_the_connection(reader):
                break
            raise NoAnswer("the connection was closed " + _how_far(reader))
        parser.feed_data(data)
        answer.status = parser.get_status_code() if reader.has_head else 0
        if reader.has_head and not is_told and at_head is not None:
            is_told = True
            at_head(answer)
        if len(reader.body) > MOST_BYTES:
            raise NoAnswer(f"its answer has more than {MOST_BYTES // 1_000_000} MB")
    answer.body = bytes(reader.body)
    # The parser's own `should_keep_alive` says no as soon as an answer is over.
    stays_open = parser.get_http_version() == "1.1" and answer.header("connection").lower() != "close"
    return reader.is_whole and stays_open


def _ends_with_the_connection(reader: _Reader) -> bool:
    framed = reader.answer.header("content-length") or reader.answer.header("transfer-encoding")
    return reader.has_head and not framed


def _how_far(reader: _Reader) -> str:
    return "in the middle of its answer" if reader.has_head else "without an answer"
