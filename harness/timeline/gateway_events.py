"""Events of the gateway: what goes between the phone's browser and the backend.

Owns their part of the vocabulary; `harness.timeline.events` owns the type and the list.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from harness.timeline.events import Event, says


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayEvent(Event):
    """Something that happens to one exchange: a request through the gateway and its answer."""

    exchange: int
    """Its number, from 1."""
    is_callback: bool = False
    """Whether the request is for the path of the redirect URI."""
    is_browser: bool = False
    """Whether the phone's browser asks, and not somebody beside it."""
    is_navigation: bool = False
    """Whether a page for the whole tab is asked for, and not a part of one, a frame or data."""


@says("gateway", "request")
@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayRequest(GatewayEvent):
    """A request comes, and is passed on."""

    method: str = "GET"
    path: str = ""
    look: Literal["", "HEAD", "prefetch", "preview"] = ""
    """Who only looks and is not the user: a HEAD request, a prefetch, the preview of a link."""
    query: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Percent-decoded."""
    frontend: str = ""
    """Of the backend's frontends, the origin of the one that is asked; empty: the backend itself."""
    cookies: tuple[str, ...] | None = None
    """The names of the cookies that the browser sends along; None where nobody noted them."""


@says("gateway", "first_byte")
@dataclass(frozen=True, slots=True, kw_only=True)
class FirstByte(GatewayEvent):
    """The backend's answer begins; nothing has reached the browser."""


@says("gateway", "probe")
@dataclass(frozen=True, slots=True, kw_only=True)
class StatusProbe(GatewayEvent):
    """The status endpoint, asked while the first byte is held."""

    http_status: int | None = None
    connected: bool | None = None
    """What it says; None: nothing that could be read."""
    user: str | None = None
    """As whom it is asked."""
    body: str = ""
    reason: str | None = None
    """Why there is no answer."""
    unreadable: str | None = None
    """What could not be read in the answer, in one sentence."""


@says("gateway", "response")
@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayResponse(GatewayEvent):
    """The whole answer."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    """Name and value, in the answer's order."""
    body: str = ""
    """As a reader sees it: content encoding undone, charset read. Empty for pictures, sound and fonts."""
    is_page: bool = False
    """Whether a browser may show it as a page: no redirect, no download, not empty by its status."""
    goes_on: bool = False
    """Whether it redirects the browser to another page behind the gateway."""
    is_whole: bool = True
    """False where the answer was still coming two seconds after its head, or broke off."""
    unreadable: str | None = None
    """Why the body cannot be read, in one sentence; `body` is empty then."""
    is_corrupt: bool = False
    """Whether that is because it is not what its content encoding says: no phone shows it then."""


@says("gateway", "released")
@dataclass(frozen=True, slots=True, kw_only=True)
class Released(GatewayEvent):
    """The browser starts to receive the answer."""


@says("gateway", "altered")
@dataclass(frozen=True, slots=True, kw_only=True)
class PageAltered(GatewayEvent):
    """A script of the harness's is put into the page that the browser receives; what was sent is judged."""

    policy: str = ""
    """The page's Content-Security-Policy as it was sent; the browser's lets the script through."""
    why_not: str = ""
    """Why the page goes as it was sent after all; empty: the script is in it."""


@says("gateway", "broken")
@dataclass(frozen=True, slots=True, kw_only=True)
class Broken(GatewayEvent):
    """The backend refuses, resets or does not answer in time."""

    reason: str = ""
    """What the gateway met."""
