"""A redirect URI on https: its certificate, and its address before anything is served there.

Owns the throw-away certificate for the one name that a driven browser asks for. Who trusts it is others'
business.
"""

import socket
import ssl
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fake_amo.http.tls import ThrowAwayCa
from harness.gateway.server import bind_loopback

PUBLIC_HOST = "localhost"
"""The redirect URI's host: a name and no address, as a browser keeps HSTS for names alone."""


@dataclass(frozen=True, slots=True)
class PublicTls:
    """What the gateway serves https with."""

    listener: socket.socket
    """Of the backend's door; bound early, so that a browser may connect ahead of its first page."""
    server: ssl.SSLContext
    certificate: str
    """The server's certificate, PEM: what a browser is told to trust for `PUBLIC_HOST`."""
    ca_file: Path | None
    """PEM of the CA that issued it, for every other client; None: they trust it by the system's."""
    host: str = PUBLIC_HOST
    """Name or address that the certificate is for and phones open."""

    @property
    def origin(self) -> str:
        """The redirect URI's origin."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"https://{host}:{self.listener.getsockname()[1]}"


@contextmanager
def open_public_tls(*, wanted: bool, port: int = 0) -> "Generator[PublicTls | None]":
    """Yield an address on https, on a free port for 0, where one is wanted; it ends with the block.

    UsageError when the port is taken.
    """
    if not wanted:
        yield None
        return
    with bind_loopback(port) as listener, ThrowAwayCa() as ca:
        server, certificate = ca.server_context(PUBLIC_HOST), ca.certificate(PUBLIC_HOST)
        yield PublicTls(listener, server, certificate, ca.ca_file)
