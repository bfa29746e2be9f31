"""The list of inspectable pages, as Playwright's `webkit.connect_over_cdp` asks for it.

Owns a loopback server that answers `/json` (the answer of ios_webkit_debug_proxy) with exactly one page,
chosen by a request header: Playwright attaches every page of a list, and only while it connects. Knows two
sources of pages, WebKit's own inspector server and a proxy that answers `/json`. Must not know any engine.
"""

from __future__ import annotations

import html
import json
import re
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, cast

from harness.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Iterable

CHOICE_HEADER = "X-Inspected-Page"
LIST_TIMEOUT_S = 5.0
_ROW = re.compile(
    r'class="targetname">(?P<title>.*?)</div>\s*<div class="targeturl">(?P<url>.*?)</div>.*?'
    r"(?P<path>/socket/\d+/\d+/WebPage)",
    re.DOTALL,
)
# A proxy of the environment has no business between this machine's own servers.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class InspectedPage:
    """One page that an inspector offers."""

    title: str
    url: str
    socket_url: str
    app_id: str = ""


def pages_of_webkit(address: str) -> list[InspectedPage]:
    """Read the HTML list that WebKitGTK serves at `address` (host:port)."""
    return pages_in_html(_get(f"http://{address}/"), address)


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
    except (urllib.error.URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        raise HarnessError(f"no inspector answers at {url}: {reason}") from error


class InspectorBridge:
    """A server whose `/json` holds the one page that the request's header names."""

    def __init__(self) -> None:
        self._pages: dict[str, InspectedPage] = {}
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

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        pages = self._pages

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
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
