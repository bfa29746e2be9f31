"""The proxy at the redirect URI: it sees every byte between the phone's browser and the backend.

Owns recording both directions, and holding the first byte of an answer back from the browser while a
probe looks at the backend. It must not judge, and it changes nothing but a `Location` that points to
the backend's own origin, as every reverse proxy does. HTTP is read with h11 and passed on as it came.
"""

import asyncio
import contextlib
import itertools
import socket
import threading
import zlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import h11

from harness.errors import HarnessError, UsageError
from harness.timeline.recorder import Recorder

READ_SIZE = 65536
RECORDED_BODY_LIMIT = 400_000
BACKEND_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 5.0
HOP_BY_HOP = {b"proxy-connection", b"proxy-authorization", b"te", b"upgrade"}


@dataclass(slots=True)
class Exchange:
    """One request of the browser and the backend's answer to it."""

    number: int
    method: str
    target: str
    is_callback: bool
    wants_page: bool
    is_browser: bool
    """Whether the phone's browser asked, and not somebody beside it (a twin, amoCRM's own server)."""
    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    body: bytearray = field(default_factory=bytearray)

    @property
    def path(self) -> str:
        """The path asked for, without its query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, list[str]]:
        """The query's parameters, percent-decoded."""
        return parse_qs(urlsplit(self.target).query, keep_blank_values=True)

    def header(self, name: str) -> str:
        """The answer's header of this name, or nothing."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    @property
    def is_page(self) -> bool:
        """Whether the answer is a page that a browser shows."""
        return not 300 <= self.status < 400 and self.wants_page  # noqa: PLR2004 - the redirect class

    def text(self) -> str:
        """The answer's body as text, its content encoding undone."""
        raw = bytes(self.body)
        if self.header("content-encoding") in ("gzip", "deflate"):
            with contextlib.suppress(zlib.error):  # a broken encoding is recorded as it came
                raw = zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(raw)
        return raw.decode("utf-8", errors="replace")


FirstByteHook = Callable[[Exchange], None]


class Gateway:
    """A running gateway; `hold` may be set to look at the backend while an answer's first byte waits."""

    def __init__(self, recorder: Recorder, *, callback_path: str) -> None:
        self._recorder = recorder
        self._numbers = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self.callback_path = callback_path
        self.backend_url = ""
        self.port = 0
        self.hold: FirstByteHook | None = None
        self.trouble: list[str] = []

    @property
    def url(self) -> str:
        """The gateway's origin."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def redirect_uri(self) -> str:
        """The redirect URI to register with amoCRM."""
        return f"{self.url}{self.callback_path}"

    def take_trouble(self) -> list[str]:
        """Take what went wrong in the gateway itself."""
        taken, self.trouble = self.trouble, []
        return taken

    def records_to(self, recorder: Recorder) -> None:
        """Send what is seen from now on to this recorder, and number exchanges anew."""
        self._recorder = recorder
        self._numbers = itertools.count(1)

    async def serve_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection of the browser until either side ends it."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine always runs in a task
        self._tasks.add(task)
        try:
            await _Connection(self, reader, writer).serve()
        except (ConnectionError, h11.RemoteProtocolError, _BrowserGoneError):
            writer.transport.abort()  # what concerns the backend is recorded as `broken`
        except asyncio.CancelledError:
            writer.transport.abort()
        except Exception as trouble:  # noqa: BLE001 - the run reports it; the server thread must not hide it
            self.trouble.append(f"gateway: {type(trouble).__name__}: {trouble}")
            writer.transport.abort()
        finally:
            self._tasks.discard(task)

    def open_exchange(self, request: h11.Request) -> Exchange:
        """Number and record a request."""
        headers = {bytes(name): bytes(value) for name, value in request.headers}
        target = request.target.decode("latin-1")
        exchange = Exchange(
            number=next(self._numbers),
            method=request.method.decode(),
            target=target,
            is_callback=urlsplit(target).path == self.callback_path,
            wants_page=b"text/html" in headers.get(b"accept", b""),
            is_browser=headers.get(b"user-agent", b"").startswith(b"Mozilla/"),
        )
        self.record("request", exchange, method=exchange.method, path=exchange.path, query=exchange.query)
        return exchange

    def record(self, kind: str, exchange: Exchange, **data: Any) -> None:
        """Record an event of an exchange."""
        self._recorder.record(
            "gateway",
            kind,
            exchange=exchange.number,
            is_callback=exchange.is_callback,
            is_browser=exchange.is_browser,
            **data,
        )

    async def stop(self) -> None:
        """End all connections."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class _BrowserGoneError(Exception):
    """The browser left before it had the whole answer; that is nobody's fault."""


class _Connection:
    """One connection of the browser, and the connection to the backend that serves it."""

    def __init__(self, gateway: Gateway, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._gateway = gateway
        self._reader, self._writer = reader, writer
        self._browser = h11.Connection(h11.SERVER)

    async def serve(self) -> None:
        try:
            while (request := await self._next_request()) is not None:
                head, body = request
                await self._relay(self._gateway.open_exchange(head), head, body)
                if self._browser.our_state is not h11.IDLE:
                    return
        finally:
            self._writer.close()

    async def _next_request(self) -> tuple[h11.Request, bytes] | None:
        head: h11.Request | None = None
        body = b""
        while True:
            event = self._browser.next_event()
            if event is h11.NEED_DATA:
                self._browser.receive_data(await self._reader.read(READ_SIZE))
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                return head, body
            else:
                return None

    async def _relay(self, exchange: Exchange, head: h11.Request, body: bytes) -> None:
        """Pass the request on, hold the answer's first byte for the probe, then pass the answer back."""
        try:
            answer = _Answer(exchange, *await self._connect())
            try:
                await answer.ask(head, body)
                first = await answer.read()
                self._gateway.record("first_byte", exchange)
                await self._pass_back(exchange, answer, first)
            finally:
                answer.close()
        except (OSError, TimeoutError, EOFError, h11.RemoteProtocolError) as trouble:
            self._gateway.record("broken", exchange, reason=str(trouble) or type(trouble).__name__)
            raise ConnectionAbortedError from trouble

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        where = urlsplit(self._gateway.backend_url)
        return await asyncio.open_connection(where.hostname, where.port)

    async def _pass_back(self, exchange: Exchange, answer: "_Answer", first: bytes) -> None:
        hold = self._gateway.hold
        if hold is not None and exchange.wants_page:
            await asyncio.get_running_loop().run_in_executor(None, hold, exchange)
        self._gateway.record("released", exchange)
        data: bytes | None = first
        is_recorded = False
        try:
            while data:
                answer.follow(data)
                if answer.complete:  # whoever has the whole answer finds it on the timeline
                    self._record_response(exchange)
                    is_recorded = True
                await self._write(self._localized(data, exchange))
                data = None if answer.complete else await answer.read()
        finally:
            if not is_recorded:
                self._record_response(exchange)
        self._next_cycle(keep=answer.keeps_alive)

    async def _write(self, data: bytes) -> None:
        try:
            self._writer.write(data)
            await self._writer.drain()
        except ConnectionError as gone:
            raise _BrowserGoneError from gone

    def _next_cycle(self, *, keep: bool) -> None:
        """Tell the browser's side that the answer went out, without writing it twice."""
        if not keep or self._browser.our_state is h11.MUST_CLOSE:
            self._browser.send_failed()
            return
        self._browser.send(h11.Response(status_code=204, headers=[]))
        self._browser.send(h11.EndOfMessage())
        if self._browser.our_state is h11.DONE:
            self._browser.start_next_cycle()

    def _localized(self, data: bytes, exchange: Exchange) -> bytes:
        """Point a `Location` at the backend's own origin to the gateway."""
        origin = self._gateway.backend_url.encode()
        if not exchange.header("location").startswith(self._gateway.backend_url):
            return data
        return data.replace(b": " + origin, b": " + self._gateway.url.encode(), 1)

    def _record_response(self, exchange: Exchange) -> None:
        self._gateway.record(
            "response",
            exchange,
            status=exchange.status,
            headers=[list(pair) for pair in exchange.headers],
            body=exchange.text()[:RECORDED_BODY_LIMIT],
            is_page=exchange.is_page,
        )


class _Answer:
    """The backend's answer to one exchange, read as bytes and followed with h11."""

    def __init__(
        self, exchange: Exchange, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._exchange = exchange
        self._reader, self._writer = reader, writer
        self._backend = h11.Connection(h11.CLIENT)
        self.complete = False
        self.keeps_alive = False

    async def ask(self, head: h11.Request, body: bytes) -> None:
        headers = [(name, value) for name, value in head.headers if bytes(name) not in HOP_BY_HOP]
        request = h11.Request(method=head.method, target=head.target, headers=headers)
        out = self._backend.send(request) or b""
        if body:
            out += self._backend.send(h11.Data(data=body)) or b""
        self._writer.write(out + (self._backend.send(h11.EndOfMessage()) or b""))
        await self._writer.drain()

    async def read(self) -> bytes:
        """Return the next bytes; `EOFError` when the backend ended in the middle of its answer."""
        data = await asyncio.wait_for(self._reader.read(READ_SIZE), BACKEND_TIMEOUT_S)
        if not data:
            return self._at_end()
        return data

    def _at_end(self) -> bytes:
        if self._exchange.status and not self.complete and self._ends_with_connection():
            self.follow(b"")
        if not self.complete:
            raise EOFError("the backend closed the connection in the middle of its answer")
        return b""

    def _ends_with_connection(self) -> bool:
        return not (self._exchange.header("content-length") or self._exchange.header("transfer-encoding"))

    def follow(self, data: bytes) -> None:
        """Read the answer's head and body out of the bytes that pass."""
        self._backend.receive_data(data)
        while (event := self._backend.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
            if isinstance(event, h11.Response):
                self._exchange.status = event.status_code
                self._exchange.headers = [(n.decode(), v.decode("latin-1")) for n, v in event.headers]
            elif isinstance(event, h11.Data) and len(self._exchange.body) < RECORDED_BODY_LIMIT:
                self._exchange.body += event.data
            elif isinstance(event, (h11.EndOfMessage, h11.ConnectionClosed)):
                self.complete = True
                self.keeps_alive = self._backend.their_state is h11.DONE
                return

    def close(self) -> None:
        self._writer.close()


class _Thread(threading.Thread):
    """The event loop that a gateway runs on."""

    def __init__(self, gateway: Gateway, listener: socket.socket) -> None:
        super().__init__(name="gateway", daemon=True)
        self._gateway = gateway
        self._listener = listener
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._ending = asyncio.Event()

    def run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._gateway.serve_connection, sock=self._listener)
        self._gateway.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._ending.wait()
        server.close()
        await self._gateway.stop()

    def begin(self) -> Self:
        self.start()
        if not self._ready.wait(STOP_TIMEOUT_S):
            raise HarnessError("the gateway did not start")
        return self

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._ending.set)
        self.join(STOP_TIMEOUT_S)
        if self.is_alive():
            raise HarnessError(f"the gateway did not stop within {STOP_TIMEOUT_S:.0f} s")


def bind_loopback(port: int) -> socket.socket:
    """Return a listening socket on this port, or on a free one for 0; UsageError when it is taken."""
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as trouble:
        raise UsageError(
            f"port {port} for the redirect URI cannot be used ({trouble.strerror}): give another"
        ) from trouble


@contextmanager
def open_gateway(recorder: Recorder, *, callback_path: str, port: int = 0) -> Generator[Gateway]:
    """Yield a running gateway, on a port of its own for 0; set its `backend_url` before it is used.

    Raises UsageError when the port is taken.
    """
    gateway = Gateway(recorder, callback_path=callback_path)
    thread = _Thread(gateway, bind_loopback(port)).begin()
    try:
        yield gateway
    finally:
        thread.end()
