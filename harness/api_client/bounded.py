"""HTTP calls to a backend that may answer anything: bounded in total time, in bytes and in kinds of error.

Owns those bounds for every client of the harness. Whatever comes, and however slowly: an answer, or an
`httpx.HTTPError` that says in a sentence what the backend did. Must not read what an answer says.
"""

import contextlib
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from http.cookiejar import Cookie
from types import TracebackType
from typing import Any, Self

import httpx

from harness.api_client.cached import PhoneCache

MOST_BYTES = 16_000_000
"""How long an answer may be, as it is sent and with its content encoding undone."""
MOST_REDIRECTS = 20
CODINGS = ("gzip", "x-gzip", "deflate")
Hear = tuple[Callable[[httpx.Request], None], Callable[[httpx.Response], None]]
"""Who hears of each request as it is sent, and of each answer once it is whole."""


def _nothing(_said: httpx.Request | httpx.Response) -> None:
    """Hear nothing."""


SILENT: Hear = (_nothing, _nothing)


class AnswerTooLong(httpx.TransportError):
    """The answer has more bytes than any app takes."""


class BoundedClient:
    """A client of one origin, with its cookies and its connections. To be closed; usable as a context.

    `timeout_s` is for a whole call: connecting, every redirect, the last byte of the answer.
    """

    def __init__(
        self,
        base_url: str = "",
        *,
        timeout_s: float,
        trust: ssl.SSLContext,
        headers: Mapping[str, str] | None = None,
        cookies: httpx.Cookies | None = None,
        follows_redirects: bool = False,
        hear: Hear = SILENT,
        cache: PhoneCache | None = None,
    ) -> None:
        self._timeout_s, self._follows, self._hear = timeout_s, follows_redirects, hear
        self._cache = cache
        self._client = httpx.Client(
            base_url=base_url,
            headers={"Accept-Encoding": "gzip, deflate", **(headers or {})},
            cookies=cookies,
            verify=trust,
            trust_env=False,
            # A connection is ended where its time is up, so none is shared.
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    @property
    def cookies(self) -> Sequence[Cookie]:
        """What it was given and has kept, also what it may not send where it is."""
        return [*self._client.cookies.jar]

    def become(self, headers: Mapping[str, str], cookies: httpx.Cookies) -> None:
        """Carry these headers besides, and these cookies instead, from now on."""
        self._client.headers.update(headers)
        self._client.cookies = httpx.Cookies(cookies)

    def ask(
        self,
        method: str,
        url: str,
        *,
        content: str | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        head_alone: bool = False,
    ) -> httpx.Response:
        """Return the answer, its content encoding undone; without its body where the head alone is wanted.

        Raises httpx.HTTPError alone, whatever the backend does.
        """
        total_s = self._timeout_s if timeout_s is None else timeout_s
        try:
            request = self._client.build_request(
                method, url, content=content, headers=headers, params=query or None, timeout=total_s
            )
            if self._cache is not None and (kept := self._cache.look_up(request)) is not None:
                return kept
            with _in_time(request, total_s) as trace:
                answer = self._follow(request, trace, head_alone=head_alone)
            self._drop_unusable_cookies()
        except httpx.HTTPError:
            raise
        except (httpx.InvalidURL, httpx.CookieConflict, ValueError) as error:
            raise httpx.RemoteProtocolError(f"an unusable address or header: {error}") from error
        return answer if self._cache is None else self._cache.take(request, answer)

    def _follow(self, request: httpx.Request, trace: Any, *, head_alone: bool) -> httpx.Response:
        for _ in range(MOST_REDIRECTS + 1):
            request.extensions["trace"] = trace
            answer = self._send(request, head_alone=head_alone)
            following = answer.next_request
            if following is None or not self._follows:
                return answer
            request = following
        raise httpx.TooManyRedirects(f"more than {MOST_REDIRECTS} redirects", request=request)

    def _send(self, request: httpx.Request, *, head_alone: bool) -> httpx.Response:
        hear_request, hear_answer = self._hear
        hear_request(request)
        came = self._client.send(request, stream=True)
        try:
            coding = came.headers.get("content-encoding", "").strip().lower()
            body = b"" if head_alone else _undone(_whole(came), coding)
        finally:
            came.close()
        kept = [(name, value) for name, value in came.headers.raw if name.lower() not in _OF_THE_WIRE]
        answer = httpx.Response(came.status_code, headers=kept, content=body, request=came.request)
        answer.next_request = came.next_request
        if not _is_charset(answer.charset_encoding):
            answer.encoding = "utf-8"
        hear_answer(answer)
        return answer

    def _drop_unusable_cookies(self) -> None:
        """Forget, as a phone does, a cookie that no header can carry."""
        jar = self._client.cookies.jar
        for each in list(jar):
            if not f"{each.name}{each.value}".isprintable() or not f"{each.name}{each.value}".isascii():
                jar.clear(each.domain, each.path, each.name)


_OF_THE_WIRE = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})
"""Headers that are no longer true of a body that is whole and undone."""


def _is_charset(name: str | None) -> bool:
    """Tell whether text can be read by it; Python knows codecs that read none, as `undefined` and `hex`."""
    try:
        b"-".decode(name or "utf-8", errors="replace")
    except (LookupError, ValueError):
        return False
    return True


def _whole(came: httpx.Response) -> bytes:
    body = bytearray()
    for piece in came.iter_raw():
        body += piece
        if len(body) > MOST_BYTES:
            raise AnswerTooLong(_too_long(), request=came.request)
    return bytes(body)


def _undone(body: bytes, coding: str) -> bytes:
    """Undo gzip and deflate; any other encoding was not offered, and stays."""
    if coding not in CODINGS or not body:
        return body
    for window in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):
        try:
            undone = zlib.decompressobj(window).decompress(body, MOST_BYTES + 1)
        except zlib.error:
            continue
        if len(undone) > MOST_BYTES:
            raise AnswerTooLong(_too_long())
        return undone
    raise httpx.DecodingError(f"the body is not {coding}, as its content encoding says")


def _too_long() -> str:
    return f"its answer has more than {MOST_BYTES // 1_000_000} MB"


@contextmanager
def _in_time(request: httpx.Request, total_s: float) -> Generator[Callable[[str, dict[str, Any]], None]]:
    """Give a call so much time in all; yields what is to hear of each connection.

    The library's own limits are for single reads, which a byte a second never exceeds.
    """
    sockets: list[socket.socket] = []

    def hear(event: str, told: dict[str, Any]) -> None:
        if event == "connection.connect_tcp.complete":
            sockets.append(told["return_value"].get_extra_info("socket"))

    with cut_after(total_s, lambda: sockets) as is_over:
        try:
            yield hear
        except AnswerTooLong:
            raise
        except httpx.TransportError as error:
            if is_over.is_set():
                raise httpx.ReadTimeout(f"no whole answer within {total_s:g} s", request=request) from error
            raise


@contextmanager
def cut_after(total_s: float, sockets: Callable[[], Iterable[socket.socket]]) -> Generator[threading.Event]:
    """Cut connections when the time is up, so that whoever reads goes on; yields what tells of that."""
    is_over = threading.Event()

    def cut() -> None:
        is_over.set()
        for each in sockets():
            with contextlib.suppress(OSError):  # it was closed meanwhile
                each.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(total_s, cut)
    timer.daemon = True
    timer.start()
    try:
        yield is_over
    finally:
        timer.cancel()
