"""The gateway's sockets and its thread: carries out what a conversation commands.

Owns connections, deadlines and the event loop. What is said on them, and in which order, is
`harness.gateway.conversation`'s.
"""

import asyncio
import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import h11

from fake_amo.http.guard import LOCAL_HOSTS, AllowedHosts
from harness.api_client.trust import trust_for
from harness.errors import HarnessError, UsageError
from harness.gateway import conversation as talk
from harness.gateway.doors import port_of
from harness.gateway.exchange import Exchange

READ_SIZE = 65536
CONNECT_TIMEOUT_S = 5.0
STOP_TIMEOUT_S = 5.0
OpenExchange = Callable[[h11.Request], Exchange | None]


def bind_loopback(port: int) -> socket.socket:
    """Return a listening socket on this port, or on a free one for 0; UsageError when it is taken."""
    return bind("127.0.0.1", port)


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket on this address of this machine; UsageError when it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        where = f"port {port}" if host == "127.0.0.1" else f"{host}:{port}"
        raise UsageError(
            f"{where} for the redirect URI cannot be used ({error.strerror}): give another"
        ) from error
    # TLS writes in pieces, and asyncio leaves this socket as it is; its connections inherit the option.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


class Connection:
    """One connection of the browser, and the connection to the backend that serves it."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, conversation: talk.Conversation
    ) -> None:
        self._browser = reader, writer
        self._backend: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._talk = conversation

    async def serve(self) -> None:
        """Serve until either side ends it."""
        try:
            event = await self._carry_out(self._talk.begin())
            while event is not None:
                event = await self._carry_out(self._talk.take(event))
        finally:
            self._leave_backend()
            self._browser[1].close()

    def abort(self) -> None:
        """Break the browser's connection off."""
        self._browser[1].transport.abort()

    async def _carry_out(self, commands: Iterable[talk.Command]) -> talk.Event | None:
        """Carry commands out, up to the first that something comes of; None at the end."""
        for command in commands:
            if isinstance(command, talk.End):
                if command.abort:
                    self.abort()
                return None
            event = await self._do(command)
            if event is not None:
                return event
        raise HarnessError("a conversation of the gateway does not say what comes next")

    async def _do(self, command: talk.Command) -> talk.Event | None:
        match command:
            case talk.ReadBrowser():
                return await self._read_browser()
            case talk.SendToBrowser(data):
                return await self._send_to_browser(data)
            case talk.Connect(url, ca):
                return await self._connect(url, ca)
            case talk.SendToBackend(data):
                await self._send_to_backend(data)
            case talk.ReadBackend(within_s):
                return await self._read_backend(within_s)
            case talk.Look(exchange):
                return await _look(exchange)
            case talk.Tell(record):
                record()
            case _:
                self._leave_backend()
        return None

    async def _read_browser(self) -> talk.Event:
        try:
            return talk.BrowserSent(await self._browser[0].read(READ_SIZE))
        except OSError:
            return talk.BrowserLeft()

    async def _send_to_browser(self, data: bytes) -> talk.Event | None:
        try:
            self._browser[1].write(data)
            await self._browser[1].drain()
        except OSError:
            return talk.BrowserLeft()
        return None

    async def _connect(self, url: str, ca: Path | None) -> talk.Event:
        where = urlsplit(url)
        trust = trust_for(url, ca) if where.scheme == "https" else None
        try:
            # `asyncio.wait_for` of Python 3.11 loses a cancellation that comes together with the result.
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                self._backend = await asyncio.open_connection(where.hostname, port_of(where), ssl=trust)
        except TimeoutError:
            return talk.BackendFailed(f"the backend does not take a connection in {CONNECT_TIMEOUT_S:g} s")
        except OSError as error:
            return talk.BackendFailed(f"the backend does not take a connection: {error}")
        return talk.Connected()

    async def _send_to_backend(self, data: bytes) -> None:
        assert self._backend is not None  # noqa: S101 - a conversation connects before it sends
        with contextlib.suppress(OSError):  # what it answered before it broke off is read next
            self._backend[1].write(data)
            await self._backend[1].drain()

    async def _read_backend(self, within_s: float) -> talk.Event:
        assert self._backend is not None  # noqa: S101 - the same
        try:
            async with asyncio.timeout(within_s):
                return talk.BackendSent(await self._backend[0].read(READ_SIZE))
        except TimeoutError:
            return talk.TimeIsUp()
        except OSError as error:
            return talk.BackendFailed(f"the backend breaks off: {error}")

    def _leave_backend(self) -> None:
        if self._backend is not None:
            self._backend[1].close()
            self._backend = None


async def _look(exchange: Exchange) -> talk.Event:
    look = exchange.route.on_first_byte
    if look is not None:
        await asyncio.get_running_loop().run_in_executor(None, look, exchange)
    return talk.Looked()


class GatewayThread(threading.Thread):
    """The event loop that a gateway runs on, and what opens the exchanges of each of its listeners.

    `defects` is what went wrong in the gateway itself.
    """

    def __init__(
        self,
        listeners: Mapping[socket.socket, OpenExchange],
        patience_s: float = talk.PATIENCE_S,
        tls: ssl.SSLContext | None = None,
        allowed_hosts: AllowedHosts = LOCAL_HOSTS,
    ) -> None:
        super().__init__(name="gateway", daemon=True)
        self.defects: list[str] = []
        self._listeners = listeners
        self._patience_s = patience_s
        self._tls = tls
        self._allowed_hosts = allowed_hosts
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._ending = asyncio.Event()

    def run(self) -> None:
        """Serve until the end is asked for."""
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        servers = [
            await asyncio.start_server(
                partial(self._serve_connection, open_exchange), sock=listener, ssl=self._tls
            )
            for listener, open_exchange in self._listeners.items()
        ]
        self._ready.set()
        await self._ending.wait()
        for server in servers:
            server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve_connection(
        self, open_exchange: OpenExchange, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine always runs in a task
        self._tasks.add(task)
        conversation = talk.Conversation(
            open_exchange,
            clock=time.monotonic,
            patience_s=self._patience_s,
            allowed_hosts=self._allowed_hosts,
        )
        connection = Connection(reader, writer, conversation)
        try:
            await connection.serve()
        except asyncio.CancelledError:
            connection.abort()
        except Exception as error:  # noqa: BLE001 - the run reports it; the server thread must not hide it
            self.defects.append(f"gateway: {type(error).__name__}: {error}")
            connection.abort()
        finally:
            self._tasks.discard(task)

    def begin(self) -> Self:
        """Start, and return once connections are taken."""
        self.start()
        if not self._ready.wait(STOP_TIMEOUT_S):
            raise HarnessError("the gateway did not start")
        return self

    def end(self) -> None:
        """End all connections and the thread."""
        self._loop.call_soon_threadsafe(self._ending.set)
        self.join(STOP_TIMEOUT_S)
        if self.is_alive():
            raise HarnessError(f"the gateway did not stop within {STOP_TIMEOUT_S:.0f} s")
