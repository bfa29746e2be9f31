"""The proxy at the redirect URI: it sees every byte between the phone's browser and the backend.

Owns where it leads at the moment, and a door of its own for each frontend; below some paths of its own it may
lead aside, to pages of the harness's. It must not judge, and where a route has no observer it changes
nothing but a `Location` that points behind it and `X-Forwarded-Proto`, as every reverse proxy does, and the
content encodings that a browser offers.
"""

import socket
import ssl
from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

import h11

from harness.api_client.trust import trust_for
from harness.backends.backend import Addresses
from harness.backends.reach import LOOPBACK_ALONE, Reach
from harness.config.settings import Http
from harness.gateway.conversation import PATIENCE_S
from harness.gateway.doors import Door, Entrance
from harness.gateway.exchange import Exchange, Route, open_exchange
from harness.gateway.public_tls import PublicTls
from harness.gateway.server import GatewayThread, bind, bind_loopback
from harness.timeline.recorder import Recorder

__all__ = ["Aside", "Exchange", "Gateway", "Route", "gateway_of", "open_gateway"]
NO_FRONTENDS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Aside:
    """A path below which a server of the harness answers in the place of the backend; nothing is recorded."""

    path: str
    url: str
    """That server's origin."""


class Gateway:
    """A running gateway. It leads somewhere only inside `leads`; else connections are broken off.

    The first listener is the backend's door, the others are the frontends', in their order; `beside` are
    listeners at the same ports of another address.
    """

    def __init__(
        self,
        listeners: list[socket.socket],
        *,
        callback_path: str,
        patience_s: float,
        frontends: Mapping[str, str] = NO_FRONTENDS,
        tls: PublicTls | None = None,
        reach: Reach = LOOPBACK_ALONE,
        beside: Sequence[socket.socket] = (),
    ) -> None:
        self.callback_path = callback_path
        self._ca = None if tls is None else tls.ca_file
        self._route: Route | None = None
        self._asides: tuple[Aside, ...] = ()
        names = (("", ""), *frontends.items())
        urls = [_url_of(each, tls, reach) for each in listeners]
        self._port: int = listeners[0].getsockname()[1]
        urls[0] = reach.gateway_url or urls[0]
        doors = tuple(Door(url, *name) for url, name in zip(urls, names, strict=True))
        self.doors = doors
        entrances = (Entrance(door, doors, callback_path) for door in doors)
        openers = [partial(self._open_exchange, entrance) for entrance in entrances]
        served = {**dict(zip(listeners, openers, strict=True)), **dict(zip(beside, openers, strict=False))}
        self._thread = GatewayThread(served, patience_s, tls and tls.server, reach.allowed_hosts)

    @property
    def url(self) -> str:
        """The gateway's origin."""
        return self.doors[0].url

    @property
    def port(self) -> int:
        """The port of the backend's door."""
        return self._port

    @property
    def redirect_uri(self) -> str:
        """The redirect URI to register with amoCRM."""
        return f"{self.url}{self.callback_path}"

    @property
    def addresses(self) -> Addresses:
        """Where the phone's browser finds what stands behind it."""
        frontends = [door.url for door in self.doors[1:]]
        return Addresses(self.redirect_uri, next(iter(frontends), ""))

    @property
    def trust(self) -> ssl.SSLContext:
        """What whoever asks it beside the browser trusts."""
        return trust_for(self.url, self._ca)

    @contextmanager
    def leads(self, route: Route) -> Generator[None]:
        """Lead along this route while the block runs, and afterwards as before."""
        before, self._route = self._route, route
        try:
            yield
        finally:
            self._route = before

    @contextmanager
    def leads_aside(self, *asides: "Aside") -> Generator[None]:
        """Lead what is asked for below these paths to servers of the harness's while the block runs."""
        before, self._asides = self._asides, asides
        try:
            yield
        finally:
            self._asides = before

    def take_defects(self) -> list[str]:
        """Take what went wrong in the gateway itself."""
        taken, self._thread.defects[:] = list(self._thread.defects), []
        return taken

    def begin(self) -> None:
        """Take connections from now on."""
        self._thread.begin()

    def end(self) -> None:
        """End all connections."""
        self._thread.end()

    def _open_exchange(self, entrance: Entrance, request: h11.Request) -> Exchange | None:
        for aside in self._asides:
            if request.target.startswith(aside.path.encode()):
                return open_exchange(request, Route(lambda url=aside.url: url, Recorder()), entrance)
        route = self._route
        return None if route is None else open_exchange(request, route, entrance)


def _url_of(listener: socket.socket, tls: PublicTls | None, reach: Reach) -> str:
    host = f"[{reach.lan}]" if ":" in reach.lan else reach.lan
    if tls is not None:
        host = f"[{tls.host}]" if ":" in tls.host else tls.host
    origin = f"http://{host or '127.0.0.1'}" if tls is None else f"https://{host}"
    return f"{origin}:{listener.getsockname()[1]}"


@contextmanager
def open_gateway(
    *,
    callback_path: str,
    port: int = 0,
    patience_s: float = PATIENCE_S,
    frontends: Mapping[str, str] = NO_FRONTENDS,
    tls: PublicTls | None = None,
    reach: Reach = LOOPBACK_ALONE,
) -> Generator[Gateway]:
    """Yield a running gateway, on a port of its own for 0; it leads nowhere yet.

    `patience_s` is how long the head of an answer may take; `frontends` are the origins that the callback
    may redirect to, each with the origin where it is served; with `tls` its doors are on https,
    the first where that is bound already; by `reach` it is found from elsewhere.
    Raises UsageError when the port is taken.
    """
    listeners, beside = _bound(port, frontends, tls, reach)
    gateway = Gateway(
        listeners,
        callback_path=callback_path,
        patience_s=patience_s,
        frontends=frontends,
        tls=tls,
        reach=reach,
        beside=beside,
    )
    gateway.begin()
    try:
        yield gateway
    finally:
        gateway.end()


def _bound(
    port: int, frontends: Mapping[str, str], tls: PublicTls | None, reach: Reach
) -> tuple[list[socket.socket], list[socket.socket]]:
    """Return the listeners on loopback and those beside them, or leave none open."""
    with ExitStack() as bound:
        first = bound.enter_context(bind_loopback(port)) if tls is None else tls.listener
        listeners = [first, *(bound.enter_context(bind_loopback(0)) for _ in frontends)]
        ports = [each.getsockname()[1] for each in listeners] if reach.lan else []
        beside = [bound.enter_context(bind(reach.lan, each)) for each in ports]
        bound.pop_all()
    return listeners, beside


def gateway_of(
    http: Http, *, port: int, tls: PublicTls | None, reach: Reach = LOOPBACK_ALONE
) -> AbstractContextManager[Gateway]:
    """Open the gateway of a backend with these endpoints."""
    return open_gateway(
        callback_path=http.callback, port=port, frontends=http.frontends, tls=tls, reach=reach
    )
