"""The proxy at the redirect URI: it sees every byte between the phone's browser and the backend.

Owns where it leads at the moment. It must not judge, and it changes nothing but a `Location` that points to
the backend's own origin, as every reverse proxy does, and the content encodings that a browser offers.
"""

import socket
from collections.abc import Generator
from contextlib import contextmanager

import h11

from harness.errors import UsageError
from harness.gateway.conversation import PATIENCE_S
from harness.gateway.exchange import Exchange, Route, open_exchange
from harness.gateway.server import GatewayThread

__all__ = ["Exchange", "Gateway", "Route", "open_gateway"]


class Gateway:
    """A running gateway. It leads somewhere only inside `leads`; else connections are broken off."""

    def __init__(self, listener: socket.socket, *, callback_path: str, patience_s: float) -> None:
        self.callback_path = callback_path
        self._route: Route | None = None
        self._thread = GatewayThread(listener, self._open_exchange, patience_s)

    @property
    def url(self) -> str:
        """The gateway's origin."""
        return self._thread.url

    @property
    def redirect_uri(self) -> str:
        """The redirect URI to register with amoCRM."""
        return f"{self.url}{self.callback_path}"

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

    def _open_exchange(self, request: h11.Request) -> Exchange | None:
        route = self._route
        if route is None:
            return None
        return open_exchange(request, route, gateway_url=self.url, callback_path=self.callback_path)


def bind_loopback(port: int) -> socket.socket:
    """Return a listening socket on this port, or on a free one for 0; UsageError when it is taken."""
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        raise UsageError(
            f"port {port} for the redirect URI cannot be used ({error.strerror}): give another"
        ) from error


@contextmanager
def open_gateway(*, callback_path: str, port: int = 0, patience_s: float = PATIENCE_S) -> Generator[Gateway]:
    """Yield a running gateway, on a port of its own for 0; it leads nowhere yet.

    `patience_s` is how long a backend may say nothing. Raises UsageError when the port is taken.
    """
    gateway = Gateway(bind_loopback(port), callback_path=callback_path, patience_s=patience_s)
    gateway.begin()
    try:
        yield gateway
    finally:
        gateway.end()
