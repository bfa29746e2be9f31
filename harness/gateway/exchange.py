"""One exchange through the gateway: who asks for what, where it leads, and what is told of it.

Owns what kind of request one is, and each event of an exchange. Knows no socket.
"""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypedDict
from urllib.parse import parse_qs, urljoin

import h11

from harness.addresses import parts_of
from harness.gateway.alteration import Observer, WorkerClock, policies_in
from harness.gateway.content import Headers, header, read_content
from harness.gateway.doors import Entrance
from harness.timeline.gateway_events import (
    Broken,
    FirstByte,
    GatewayRequest,
    GatewayResponse,
    PageAltered,
    Released,
)
from harness.timeline.recorder import Recorder

REDIRECTS = frozenset({301, 302, 303, 307, 308})
NO_PAGE = frozenset({204, 205})
"""With these a browser stays where it is."""
WORKERS = (b"worker", b"sharedworker", b"serviceworker")
"""What a browser says in `Sec-Fetch-Dest` that it asks for."""
Pairs = Sequence[tuple[bytes, bytes]]


Look = Literal["", "HEAD", "prefetch", "preview"]
PREVIEWER = re.compile(rb"bot\b|facebookexternalhit|WhatsApp/|SkypeUriPreview|Slack-ImgProxy", re.IGNORECASE)
"""How messengers that show a preview of a link name themselves."""


class _Marks(TypedDict):
    exchange: int
    is_callback: bool
    is_browser: bool
    is_navigation: bool


@dataclass(frozen=True, slots=True)
class Route:
    """Where the gateway leads, and who hears of it.

    `backend_url` is asked for each exchange, because a backend may move when it is restarted.
    `on_first_byte` runs, in a thread of its own, while the first byte of a page is held back.
    """

    backend_url: Callable[[], str]
    recorder: Recorder
    on_first_byte: "Callable[[Exchange], None] | None" = None
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    """The numbers of its exchanges."""
    ca: Path | None = None
    """The authority by which a backend on https is trusted besides the system's."""
    in_browser: Callable[[str], str] = str
    """Returns an address of amoCRM's as the phone's browser can open it here; any other as it is."""
    observer: str = ""
    """Path of a script that is put into each page which a browser shows; empty: pages go as they are."""
    worker_clock: bytes = b""
    """What the file of each worker of the browser's begins with; empty: they go as they are."""
    tells_of_frames: bool = False
    """Whether the browser can be made to tell of frames that leave for another app."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request, and the route that it takes."""

    number: int
    route: Route
    backend_url: str
    """Where it leads: to the backend, or to a frontend of its."""
    entrance: Entrance
    method: str
    target: str
    is_callback: bool
    is_navigation: bool
    is_browser: bool
    """Whether the phone's browser asks, and not somebody beside it (a twin, amoCRM's own server)."""
    look: Look = ""
    is_worker: bool = False
    """Whether a worker's script is asked for."""
    cookies: tuple[str, ...] = ()
    """The names of those that come along."""

    @property
    def gateway_url(self) -> str:
        """The gateway's origin, as the browser asked for it."""
        return self.entrance.door.url

    @property
    def path(self) -> str:
        """The path asked for, without its query."""
        return _split(self.target)[0]

    @property
    def query(self) -> dict[str, tuple[str, ...]]:
        """The query's parameters, percent-decoded."""
        parameters = parse_qs(_split(self.target)[1], keep_blank_values=True)
        return {name: tuple(values) for name, values in parameters.items()}

    @property
    def state(self) -> str | None:
        """The `state` that the request carries."""
        return next(iter(self.query.get("state", ())), None)

    def behind(self, location: str) -> str | None:
        """Return where a redirect leads by way of the gateway; None where it leads to somebody else.

        A backend may know itself by another name of this machine, and a frontend of its by a name of its own.
        """
        try:
            target = urljoin(self.gateway_url + self.target, location)
            return self.entrance.in_place_of(target, self.route.backend_url())
        except ValueError:
            return None

    @property
    def is_looked_at(self) -> bool:
        """Whether somebody looks at the backend while the first byte of the answer is held."""
        return self.is_navigation and self.route.on_first_byte is not None

    @property
    def observer(self) -> Observer | None:
        """The script that a page gets which answers this; None where it goes as it is."""
        if not (self.route.observer and self.is_navigation and self.is_browser):
            return None
        script_url = self.gateway_url + self.route.observer
        return Observer(script_url, urljoin(script_url, "said"), self.number)

    @property
    def worker_clock(self) -> WorkerClock | None:
        """What a worker's file gets which answers this; None where it goes as it is."""
        clock = self.route.worker_clock
        return WorkerClock(clock) if clock and self.is_worker and self.is_browser else None

    @property
    def tells_of_frames(self) -> bool:
        """Whether the browser that shows the answer is to tell of frames that leave for another app."""
        return self.is_navigation and self.is_browser and self.route.tells_of_frames

    def tell_request(self) -> None:
        """Record that it was asked for."""
        self.route.recorder.record(
            GatewayRequest(
                method=self.method,
                path=self.path,
                look=self.look,
                query=self.query,
                frontend=self.entrance.door.named,
                cookies=self.cookies,
                **self._marks,
            )
        )

    def tell_first_byte(self) -> None:
        """Record that the backend's answer begins."""
        self.route.recorder.record(FirstByte(**self._marks))

    def tell_released(self) -> None:
        """Record that the browser starts to receive it."""
        self.route.recorder.record(Released(**self._marks))

    def tell_response(self, status: int, headers: Headers, body: bytes, *, is_whole: bool) -> None:
        """Record the answer as far as it has come."""
        content = read_content(body, headers)
        self.route.recorder.record(
            GatewayResponse(
                status=status,
                headers=tuple(headers),
                body=content.text,
                unreadable=content.unreadable,
                is_corrupt=content.is_corrupt,
                is_page=self.is_navigation and may_be_shown(status, headers),
                goes_on=leads_on(status, headers) and self.behind(header(headers, "location")) is not None,
                is_whole=is_whole,
                **self._marks,
            )
        )

    def tell_altered(self, headers: Headers, why_not: str) -> None:
        """Record that the page which was sent is not the one that the browser gets, or why it is."""
        policy = policies_in(headers)
        self.route.recorder.record(PageAltered(policy=policy, why_not=why_not, **self._marks))

    def tell_broken(self, reason: str) -> None:
        """Record that no answer came, or not all of it."""
        self.route.recorder.record(Broken(reason=reason, **self._marks))

    @property
    def _marks(self) -> _Marks:
        return {
            "exchange": self.number,
            "is_callback": self.is_callback,
            "is_browser": self.is_browser,
            "is_navigation": self.is_navigation,
        }


def _split(target: str) -> tuple[str, str]:
    """Return a request target's path and query; one that is no URL is a path."""
    parts = parts_of(target)
    return (target, "") if parts is None else (parts.path, parts.query)


def open_exchange(request: h11.Request, route: Route, entrance: Entrance) -> Exchange:
    """Return the next exchange of a route."""
    door = entrance.door
    headers = {bytes(name): bytes(value) for name, value in request.headers}
    target = request.target.decode("latin-1")
    return Exchange(
        number=next(route.numbers),
        route=route,
        backend_url=door.served_at or route.backend_url(),
        entrance=entrance,
        method=request.method.decode(),
        target=target,
        is_callback=not door.named and _split(target)[0] == entrance.callback_path,
        is_navigation=is_navigation(request.method, headers),
        is_browser=headers.get(b"user-agent", b"").startswith(b"Mozilla/"),
        look=look_of(request.method, headers),
        is_worker=headers.get(b"sec-fetch-dest") in WORKERS,
        cookies=tuple(_names_of_cookies(request.headers)),
    )


def _names_of_cookies(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[str]:
    for line in (bytes(value).decode("latin-1") for name, value in headers if bytes(name) == b"cookie"):
        yield from filter(None, (pair.partition("=")[0].strip() for pair in line.split(";")))


def look_of(method: bytes, headers: dict[bytes, bytes]) -> Look:
    """Tell who only looks, and is not the user: by method, `Sec-Purpose` and the names of link previewers."""
    purposes = headers.get(b"sec-purpose", b"") + headers.get(b"purpose", b"")
    if method == b"HEAD":
        return "HEAD"
    if b"prefetch" in purposes.lower():
        return "prefetch"
    return "preview" if PREVIEWER.search(headers.get(b"user-agent", b"")) else ""


def is_navigation(method: bytes, headers: dict[bytes, bytes]) -> bool:
    """Tell whether a request asks for a page that the whole tab then shows.

    WebKit and Chromium say so in `Sec-Fetch-Dest`, which tells a frame from a page; where nothing says it,
    whoever takes HTML asks for a page. What is fetched ahead of time is shown by nobody yet.
    """
    if method not in (b"GET", b"POST") or b"prefetch" in headers.get(b"sec-purpose", b""):
        return False
    destination = headers.get(b"sec-fetch-dest")
    if destination == b"empty":  # a service worker asks in the page's place; no script of a page may say so
        return headers.get(b"sec-fetch-mode") == b"navigate"
    return b"text/html" in headers.get(b"accept", b"") if destination is None else destination == b"document"


def leads_on(status: int, headers: Headers) -> bool:
    """Tell whether an answer sends the browser elsewhere."""
    return status in REDIRECTS and bool(header(headers, "location"))


def may_be_shown(status: int, headers: Headers) -> bool:
    """Tell whether a browser may show an answer to a navigation."""
    is_download = header(headers, "content-disposition").strip().lower().startswith("attachment")
    return not (leads_on(status, headers) or status in NO_PAGE or is_download)


def target_of(path: str, headers: Headers) -> str:
    """Return the path and query that a redirect of this path leads to; empty where it is no URL."""
    parts = parts_of(header(headers, "location"), path)
    if parts is None:
        return ""
    target = parts.path or "/"
    return f"{target}?{parts.query}" if parts.query else target
