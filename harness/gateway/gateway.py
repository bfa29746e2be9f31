"""The proxy at the redirect URI: it sees every byte between the phone's browser and the backend.

Owns where it leads at the moment, and a door of its own for each frontend. It must not judge, and it changes
nothing but a `Location` that points behind it and `X-Forwarded-Proto`, as every reverse proxy does, and the
content encodings that a browser offers.
"""

import socket
import ssl
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial

import h11

from fake_amo.http.guard import LOCAL_HOSTS, AllowedHosts
from harness.api_client.trust import trust_for
from harness.backends.backend import Addresses
from harness.config.settings import Http
from harness.gateway.conversation import PATIENCE_S
from harness.gateway.doors import Door, Entrance
from harness.gateway.exchange import Exchange, Route, open_exchange
from harness.gateway.public_tls import PUBLIC_HOST, PublicTls
from harness.gateway.server import GatewayThread, bind_loopback

__all__ = ["Exchange", "Gateway", "Route", "gateway_of", "open_gateway"]
NO_FRONTENDS: Mapping[str, str] = {}


class Gateway:
    """A running gateway. It leads somewhere only inside `leads`; else connections are broken off.

    The first listener is the backend's door, the others are the frontends', in their order.
    """

    def __init__(
        self,
        listeners: list[socket.socket],
        *,
        callback_path: str,
        patience_s: float,
        frontends: Mapping[str, str] = NO_FRONTENDS,
        tls: PublicTls | None = None,
        allowed_hosts: AllowedHosts = LOCAL_HOSTS,
    ) -> None:
        self.callback_path = callback_path
        self._ca = None if tls is None else tls.ca_file
        self._route: Route | None = None
        names = (("", ""), *frontends.items())
        doors = tuple(Door(_url_of(each, tls), *name) for each, name in zip(listeners, names, strict=True))
        self.doors = doors
        entrances = (Entrance(door, doors, callback_path) for door in doors)
        openers = (partial(self._open_exchange, entrance) for entrance in entrances)
        self._thread = GatewayThread(
            dict(zip(listeners, openers, strict=True)), patience_s, tls and tls.server, allowed_hosts
        )

    @property
    def url(self) -> str:
        """The gateway's origin."""
        return self.doors[0].url

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
        route = self._route
        return None if route is None else open_exchange(request, route, entrance)


def _url_of(listener: socket.socket, tls: PublicTls | None) -> str:
    origin = "http://127.0.0.1" if tls is None else f"https://{PUBLIC_HOST}"
    return f"{origin}:{listener.getsockname()[1]}"


@contextmanager
def open_gateway(
    *,
    callback_path: str,
    port: int = 0,
    patience_s: float = PATIENCE_S,
    frontends: Mapping[str, str] = NO_FRONTENDS,
    tls: PublicTls | None = None,
    allowed_hosts: AllowedHosts = LOCAL_HOSTS,
) -> Generator[Gateway]:
    """Yield a running gateway, on a port of its own for 0; it leads nowhere yet.

    `patience_s` is how long the head of an answer may take; `frontends` are the origins that the callback
    may redirect to, each with the origin where it is served; with `tls` its doors are on https,
    the first where that is bound already; it answers to no names but `allowed_hosts`.
    Raises UsageError when the port is taken.
    """
    first = bind_loopback(port) if tls is None else tls.listener
    gateway = Gateway(
        [first, *(bind_loopback(0) for _ in frontends)],
        callback_path=callback_path,
        patience_s=patience_s,
        frontends=frontends,
        tls=tls,
        allowed_hosts=allowed_hosts,
    )
    gateway.begin()
    try:
        yield gateway
    finally:
        gateway.end()


def gateway_of(http: Http, *, port: int, tls: PublicTls | None) -> AbstractContextManager[Gateway]:
    """Open the gateway of a backend with these endpoints."""
    return open_gateway(callback_path=http.callback, port=port, frontends=http.frontends, tls=tls)
