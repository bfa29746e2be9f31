"""The list of inspectable pages, as Playwright's `webkit.connect_over_cdp` asks for it.

Owns a loopback server that answers `/json` (the answer of ios_webkit_debug_proxy) with exactly one page,
chosen by a request header: Playwright attaches every page of a list, and only while it connects. Where a page
is taken over more than once, the server also passes its socket on, to know when the page is free again. Knows
two sources of pages, WebKit's own inspector and a proxy that answers `/json`. Must not know any engine.
"""

from __future__ import annotations

import contextlib
import html
import http.client
import json
import re
import socket
import threading
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass, replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, cast

from fake_amo.http.guard import LOCAL_HOSTS
from harness.engines.tabs.engine import EngineDied
from harness.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

CHOICE_HEADER = "X-Inspected-Page"
RELAY = "/relayed/"
GREETING_PATIENCE_S = 0.1  # WebKit greets within milliseconds, on a busy machine later: each try waits longer
GREETING_TIMEOUT_S = 10.0
LIST_TIMEOUT_S = 5.0
LIST_POLL_S = 0.003
_ROW = re.compile(
    r'class="targetname">(?P<title>.*?)</div>\s*<div class="targeturl">(?P<url>.*?)</div>.*?'
    r"(?P<path>/socket/\d+/\d+/WebPage)",
    re.DOTALL,
)
# A proxy of the environment has no business between this machine's own servers.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class InspectorSilent(HarnessError):  # noqa: N818 - says what happened
    """No inspector answers, or it ends in mid-answer."""


@dataclass(frozen=True, slots=True)
class InspectedPage:
    """One page that an inspector offers."""

    title: str
    url: str
    socket_url: str
    app_id: str = ""


def pages_of_webkit(address: str) -> list[InspectedPage]:
    """Read the HTML list that WebKitGTK serves at `address` (host:port); InspectorSilent if it does not."""
    return pages_in_html(_get(f"http://{address}/"), address)


def listed(address: str, url: str, timeout_s: float) -> InspectedPage:
    """Find the page of a URL in WebKitGTK's list, which is brought up to date a little later.

    Raises InspectorSilent when there is no list, EngineDied when the page does not come into it in time.
    """
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        for page in pages_of_webkit(address):
            if page.url == url:
                return page
        time.sleep(LIST_POLL_S)
    raise EngineDied(f"WebKitGTK: its inspector at {address} does not list the new tab")


def pages_in_html(listing: str, address: str) -> list[InspectedPage]:
    """Take the pages out of WebKitGTK's listing."""
    return [
        InspectedPage(html.unescape(row["title"]), html.unescape(row["url"]), f"ws://{address}{row['path']}")
        for row in _ROW.finditer(listing)
    ]


def pages_of_proxy(inspector_url: str) -> list[InspectedPage]:
    """Ask a proxy (ios_webkit_debug_proxy) for its pages; raise HarnessError when that is not its answer."""
    listing = _get(f"{inspector_url.rstrip('/')}/json")
    try:
        entries: object = json.loads(listing)
    except json.JSONDecodeError as error:
        raise HarnessError(f"{inspector_url}/json is not a list of pages: {error}") from error
    if not isinstance(entries, list):
        raise HarnessError(f"{inspector_url}/json is not a list of pages but {type(entries).__name__}")
    return list(_pages_in(cast("list[object]", entries)))


def _pages_in(entries: list[object]) -> Iterable[InspectedPage]:
    for entry in entries:
        fields = cast("dict[str, object]", entry) if isinstance(entry, dict) else {}
        # Without a socket another debugger holds the page.
        if socket_url := str(fields.get("webSocketDebuggerUrl") or ""):
            title, url, app_id = (str(fields.get(key) or "") for key in ("title", "url", "appId"))
            yield InspectedPage(title, url, socket_url, app_id)


def _get(url: str) -> str:
    try:
        with _opener.open(url, timeout=LIST_TIMEOUT_S) as answer:
            return answer.read().decode()
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise InspectorSilent(f"no inspector answers at {url}: {reason}") from error


def relay_socket(request: BaseHTTPRequestHandler, target: str) -> None:
    """Pass a WebSocket's handshake on to `target`, then every byte both ways, until both sides have ended.

    An inspector still busy with the connection before accepts the next one and never says a word on it. But
    it is the inspector that speaks first, so a connection without a greeting is given up and made anew.
    """
    request.close_connection = True
    request.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    deadline = time.monotonic() + GREETING_TIMEOUT_S
    patience_s = GREETING_PATIENCE_S
    while time.monotonic() < deadline:
        with _shake_hands(request, urllib.parse.urlsplit(target)) as inspector:
            greeting = _greeting(inspector, patience_s)
            if not greeting:
                inspector.close()
                time.sleep(GREETING_PATIENCE_S)  # this connection too has to be let go of
                patience_s *= 2
                continue
            request.connection.sendall(greeting)
            up = threading.Thread(target=_pass_on, args=(request.rfile.read1, inspector), daemon=True)
            up.start()
            _pass_on(inspector.recv, request.connection)
            up.join()
            return


def _shake_hands(request: BaseHTTPRequestHandler, address: urllib.parse.SplitResult) -> socket.socket:
    inspector = socket.create_connection((address.hostname or "", address.port or 80))
    inspector.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    headers = {**request.headers, "Host": address.netloc}
    lines = [f"GET {address.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    inspector.sendall("\r\n".join([*lines, "", ""]).encode())
    return inspector


def _greeting(inspector: socket.socket, patience_s: float) -> bytes:
    """Return the answer to the handshake with the beginning of the first message, b"" if none comes."""
    received = b""
    inspector.settimeout(patience_s)
    try:
        while not received.partition(b"\r\n\r\n")[2]:
            more = inspector.recv(65536)
            if not more:
                return b""
            received += more
    except TimeoutError:
        return b""
    inspector.settimeout(None)
    return received


def _pass_on(receive: Callable[[int], bytes], to: socket.socket) -> None:
    """Copy until one side is gone, then tell the other."""
    with contextlib.suppress(OSError):
        while received := receive(65536):
            to.sendall(received)
    with contextlib.suppress(OSError):
        to.shutdown(socket.SHUT_WR)


class InspectorBridge:
    """A server whose `/json` holds the one page that the request's header names."""

    def __init__(self) -> None:
        self._pages: dict[str, InspectedPage] = {}
        self._targets: dict[str, str] = {}  # where relayed sockets lead
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.05},
            name="inspector-bridge",
            daemon=True,
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """Where Playwright connects to."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def offer(self, page: InspectedPage) -> dict[str, str]:
        """Return the headers with which a connection finds exactly this page."""
        key = str(len(self._pages))
        self._pages[key] = page
        return {CHOICE_HEADER: key}

    def offer_relayed(self, page: InspectedPage) -> dict[str, str]:
        """Return headers as `offer` does; the connection goes through this server, see `relay_socket`."""
        headers = self.offer(page)
        key = headers[CHOICE_HEADER]
        self._pages[key] = replace(page, socket_url=f"ws://127.0.0.1:{self._server.server_port}{RELAY}{key}")
        self._targets[key] = page.socket_url
        return headers

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        pages, targets, one_at_a_time = self._pages, self._targets, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if LOCAL_HOSTS.refusal(self.headers.get("Host", "")) or self.headers.get("Origin"):
                    self.send_error(HTTPStatus.MISDIRECTED_REQUEST)  # a page: it has no business here
                    return
                if self.path.startswith(RELAY) and (target := targets.get(self.path.removeprefix(RELAY))):
                    with one_at_a_time:  # the connection before has ended on both sides first
                        relay_socket(self, target)
                    return
                page = pages.get(self.headers.get(CHOICE_HEADER, ""))
                if self.path != "/json" or page is None:
                    self.send_error(HTTPStatus.NOT_FOUND)
                    return
                entry = {"title": page.title, "url": page.url, "webSocketDebuggerUrl": page.socket_url}
                body = json.dumps([entry]).encode()
                self.send_response(HTTPStatus.OK)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - the inherited name
                """Say nothing: the console belongs to the report."""

        return Handler
