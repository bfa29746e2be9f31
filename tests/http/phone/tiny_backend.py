"""A backend of a few lines over real HTTP: it answers what a test puts in, and remembers what was asked."""

import json
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

STATUS = "/api/amo-crm/status"
LEADS = "/api/leads"
EXCHANGE = "/api/amo-crm/exchange-code"
AUTH_URL = "/api/amo-crm/auth-url"


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: str
    authorization: str
    body: str
    cookie: str = ""
    if_none_match: str = ""


@dataclass
class TinyBackend:
    """`answers` holds, for each path, what comes next: (status, body); the last one stays."""

    url: str = ""
    answers: dict[str, list[tuple[int, str]]] = field(default_factory=dict[str, list[tuple[int, str]]])
    cookies: dict[str, str] = field(default_factory=dict[str, str])
    """The cookie that the answers of a path set."""
    headers: dict[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    """What else the answers of a path have; a `Date` takes the place of the present one."""
    asked: list[Asked] = field(default_factory=list[Asked])

    def says(self, path: str, *documents: Any, status: int = 200) -> None:
        """Answer with these JSON documents, one after the other."""
        self.answers[path] = [(status, json.dumps(document)) for document in documents]

    def says_raw(self, path: str, status: int, body: str) -> None:
        """Answer with this text."""
        self.answers[path] = [(status, body)]

    def connect(self, *leads: Any) -> None:
        """Become a backend that is connected and has these leads."""
        self.says(STATUS, {"connected": True})
        self.says(LEADS, {"leads": list(leads)})

    def disconnect(self) -> None:
        """Become a backend that is not connected."""
        self.says(STATUS, {"connected": False})
        self.says(LEADS, {"message": "Connect AMO CRM first."}, status=409)

    def paths(self) -> list[str]:
        """The paths asked for, in order."""
        return [one.path for one in self.asked]

    def take(self, asked: Asked) -> tuple[int, str]:
        """Remember a request and choose its answer."""
        self.asked.append(asked)
        waiting = self.answers.get(asked.path, [(404, "not here")])
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]


@contextmanager
def tiny_backend() -> Generator[TinyBackend]:
    """Serve a tiny backend that is not connected."""
    backend = TinyBackend()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Buffered: two small writes would meet Nagle's algorithm and delayed acknowledgements
        wbufsize = -1

        def _answer(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            authorization = self.headers.get("Authorization", "")
            cookie = self.headers.get("Cookie", "")
            etag = self.headers.get("If-None-Match", "")
            asked = Asked(self.command, parts.path, parts.query, authorization, body, cookie, etag)
            status, text = backend.take(asked)
            payload = text.encode()
            more = {"Date": self.date_time_string(), **backend.headers.get(parts.path, {})}
            self.send_response_only(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(payload)))
            if parts.path in backend.cookies:
                self.send_header("Set-Cookie", backend.cookies[parts.path])
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST = _answer  # noqa: N815 - the names that http.server looks for

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's own name
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    backend.url = f"http://127.0.0.1:{server.server_port}"
    backend.disconnect()
    backend.says(AUTH_URL, {"url": "https://www.amocrm.ru/oauth?client_id=x&state=s"})
    try:
        yield backend
    finally:
        server.shutdown()
        server.server_close()
        thread.join(20)
