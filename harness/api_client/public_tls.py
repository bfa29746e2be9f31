"""The throw-away CA behind a redirect URI on https.

Owns its certificate for the one name that the phone's browser asks for. Who trusts it is others' business.
"""

import ssl
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fake_amo.http.tls import ThrowAwayCa

PUBLIC_HOST = "localhost"
"""The redirect URI's host: a name and no address, as a browser keeps HSTS for names alone."""


@dataclass(frozen=True, slots=True)
class PublicTls:
    """What the gateway serves https with."""

    server: ssl.SSLContext
    certificate: str
    """The server's certificate, PEM: what a browser is told to trust for `PUBLIC_HOST`."""
    ca_file: Path
    """PEM of the CA that issued it, for every other client."""


@contextmanager
def open_public_tls(*, wanted: bool) -> "Generator[PublicTls | None]":
    """Yield a CA's certificate for the redirect URI where one is wanted; its file goes with the block."""
    if not wanted:
        yield None
        return
    with ThrowAwayCa() as ca:
        yield PublicTls(ca.server_context(PUBLIC_HOST), ca.certificate(PUBLIC_HOST), ca.ca_file)
