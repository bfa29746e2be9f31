"""An ASGI application in a thread: bound first, handed out running, ended within a deadline.

Owns sockets and server threads. Knows nothing of what it serves; the harness serves its backend with it.
"""

import asyncio
import contextlib
import logging
import socket
import ssl as tls
import threading
import traceback
from collections.abc import Awaitable, Callable, Generator, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from fake_amo.http.guard import MISDIRECTED, AllowedHosts

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

TRANSPORT = "fake_amo.transport"
"""Key in an HTTP scope's extensions: the connection's asyncio transport, for whoever must cut it."""
ACCEPTED_WITHIN_TURNS = 5
"""Turns of the loop from a connection's acceptance to its protocol's knowledge of it: three, and some."""
# Without a handler Python would print uvicorn's warnings (a client talking nonsense) to the console.
logging.getLogger("uvicorn").addHandler(logging.NullHandler())


class ServingError(Exception):
    """The server did not start, did not end in time, or its thread died."""


@dataclass(slots=True)
class RunningServer:
    """A server that answers already."""

    url: str
    port: int
    doors: tuple[int, ...] = ()
    """Further ports on which the same application answers."""
    errors: list[str] = field(default_factory=list[str])
    """Tracebacks of exceptions that the application let out, oldest first."""
    _under_way: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def wait_until_idle(self, *, timeout_s: float) -> bool:
        """Wait until the application is done with every request, which may be after it answered."""
        with self._changed:
            return self._changed.wait_for(lambda: self._under_way == 0, timeout_s)

    @contextlib.contextmanager
    def request(self) -> Generator[None]:
        """Count a request as under way while the block lasts, and keep the exception that it lets out."""
        with self._changed:
            self._under_way += 1
        try:
            yield
        except Exception:
            self.errors.append(traceback.format_exc())
            raise
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()


@contextlib.contextmanager
def serve(
    app: AsgiApp,
    *,
    ssl: tls.SSLContext | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    doors: int = 0,
    stop_within_s: float = 2.0,
    date_header: bool = True,
    allowed_hosts: AllowedHosts | None = None,
    lan: str | None = None,
) -> Generator[RunningServer]:
    """Serve `app` from a thread of its own until the block ends; `date_header` False leaves Date to it.

    `doors` is how many further free ports it answers on; what comes for none of the `allowed_hosts` is
    answered 421 in the application's place, where it does not look at that itself (None). With `lan`, an
    address of this machine, it listens there too, at the same ports, and `url` names it.
    Raises ServingError when the address cannot be bound, or when the thread dies or outlives the deadline.
    Connections still open after `stop_within_s` are cut.
    """
    listeners = _listeners(host, port, doors)
    bound_port, *further = (each.getsockname()[1] for each in listeners)
    if lan is not None:
        listeners += _beside(listeners, lan)
        host = lan
    shown_host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    url = f"{'https' if ssl else 'http'}://{shown_host}:{bound_port}"
    running = RunningServer(url, bound_port, tuple(further))
    config = uvicorn.Config(
        _reporting(app if allowed_hosts is None else answering_to(allowed_hosts, app), running),
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=date_header,
        timeout_keep_alive=75,
        ssl_context_factory=(lambda _config, _default: ssl) if ssl else None,
    )
    thread = _ServerThread(config, listeners, stop_within_s)
    thread.start()
    try:
        thread.wait_until_started()
        yield running
    finally:
        thread.end(stop_within_s)


def _listeners(host: str, port: int, doors: int) -> list[socket.socket]:
    """Bind the port and as many free ones beside it, or nothing at all."""
    with contextlib.ExitStack() as bound:
        listeners = [bound.enter_context(_listener(host, each)) for each in (port, *[0] * doors)]
        bound.pop_all()
    return listeners


def _beside(listeners: list[socket.socket], lan: str) -> list[socket.socket]:
    """Bind another address at the same ports, or nothing at all; then the listeners are closed as well."""
    with contextlib.ExitStack() as bound:
        for each in listeners:
            bound.callback(each.close)
        found = [bound.enter_context(_listener(lan, each.getsockname()[1])) for each in listeners]
        bound.pop_all()
    return found


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only where the protocol is named; without it each answer takes 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(512)
    except OSError as problem:
        listener.close()
        raise ServingError(
            f"cannot listen on {host}:{port}: {problem.strerror}; port 0 takes a free one"
        ) from None
    return listener


def _reporting(app: AsgiApp, running: RunningServer) -> AsgiApp:
    async def reported(scope: Scope, receive: Receive, send: Send) -> None:
        with running.request():
            await app(scope, receive, send)

    return reported


def answering_to(hosts: AllowedHosts, app: AsgiApp) -> AsgiApp:
    """Return the application as it answers for these hosts; what comes for another is answered 421."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        host = dict[bytes, bytes](scope["headers"]).get(b"host", b"").decode("latin-1")
        refusal = hosts.refusal(host)
        if refusal is None:
            await app(scope, receive, send)
            return
        body = f"{refusal}\n".encode("utf-8", "replace")
        head = [(b"content-type", b"text/plain; charset=UTF-8"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": MISDIRECTED, "headers": head})
        await send({"type": "http.response.body", "body": body})

    return guarded


class _Protocol(HttpToolsProtocol):
    """uvicorn's parser, telling the application which connection it answers on."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: self.transport}  # type: ignore[typeddict-item]


class _Server(uvicorn.Server):
    """uvicorn's server, ended by an event instead of a poll every 100 ms."""

    def __init__(self, config: uvicorn.Config, stop_within_s: float) -> None:
        super().__init__(config)
        self.stop = asyncio.Event()
        self.is_up = threading.Event()
        self._stop_within_s = stop_within_s

    async def main_loop(self) -> None:
        self.is_up.set()
        while not self.stop.is_set():
            await self.on_tick(0)  # keeps the Date header
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stop.wait(), 1.0)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._stop_listening(sockets or [])
        for connection in list(self.server_state.connections):
            if not connection.transport.is_closing():  # closed twice, it cannot be cut before Python 3.11.4
                connection.shutdown()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=0.8 * self._stop_within_s)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        for task in list(self.server_state.tasks):
            task.cancel()
        for _turn in range(100):  # the loop's own callbacks, a few turns away, close what was cut
            if not (self.server_state.connections or self.server_state.tasks):
                break
            await asyncio.sleep(0)

    async def _stop_listening(self, listeners: list[socket.socket]) -> None:
        """Accept no more; what was accepted must be known before the server closes: Python 3.12 drops it."""
        for listener in listeners:
            asyncio.get_running_loop().remove_reader(listener)
        for _turn in range(ACCEPTED_WITHIN_TURNS):
            await asyncio.sleep(0)
        for server in self.servers:
            server.close()
        for listener in listeners:
            listener.close()


class _ServerThread:
    """The thread, its loop, and the exception that ended it if one did."""

    def __init__(self, config: uvicorn.Config, listeners: list[socket.socket], stop_within_s: float) -> None:
        self._config = config
        self._listeners = listeners
        self._stop_within_s = stop_within_s
        self._server: _Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._died: BaseException | None = None
        self._thread = threading.Thread(
            target=self._run, name=f"serve:{listeners[0].getsockname()[1]}", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def wait_until_started(self) -> None:
        if not self._ready.wait(10.0):
            raise ServingError("the server thread did not start within 10 s")
        if self._died is not None:
            raise ServingError(f"the server thread died at its start: {self._died!r}") from self._died

    def end(self, within_s: float) -> None:
        if self._loop is not None and self._server is not None and self._thread.is_alive():
            with contextlib.suppress(RuntimeError):  # the loop closed between the two lines: it has ended
                self._loop.call_soon_threadsafe(self._server.stop.set)
        self._thread.join(within_s + 3.0)
        if self._thread.is_alive():
            raise ServingError(f"the server thread did not end within {within_s + 3.0:g} s")
        if self._died is not None:
            raise ServingError(f"the server thread died: {self._died!r}") from self._died

    def _run(self) -> None:
        try:
            with asyncio.Runner() as runner:
                self._loop = runner.get_loop()
                runner.run(self._serve())
        except BaseException as problem:  # noqa: BLE001 - told to the owner by wait_until_started and end
            self._died = problem
        finally:
            for listener in self._listeners:
                listener.close()
            self._ready.set()

    async def _serve(self) -> None:
        self._server = _Server(self._config, self._stop_within_s)
        self._server.is_up = self._ready
        await self._server.serve(sockets=self._listeners)
