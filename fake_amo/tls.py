"""A throw-away certificate authority, and a certificate for whichever host name a client asks for.

Owns keys that live as long as one fake; the CA's certificate is written to a file for clients to trust.
"""

import os
import re
import shutil
import ssl
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

import trustme

_PREFIX = "fake-amo-ca-"
_HOST_NAME = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9-]{1,63}")
_MOST_NAMES = 500


def _sweep() -> None:
    """Remove the folders of processes that were killed before they could."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdigit() and not _is_alive(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)  # another fake may be sweeping it too


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class ThrowAwayCa:
    """A CA in a temporary directory. Use as a context manager: leaving it removes the file."""

    def __init__(self) -> None:
        """Make the CA's key; takes a few milliseconds."""
        self._ca = trustme.CA(organization_name="amo-harness throw-away CA")
        _sweep()
        self._folder = tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-")
        self._contexts: dict[str, ssl.SSLContext] = {}

    def __enter__(self) -> Self:
        self._ca.cert_pem.write_to_path(self.ca_file)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._folder.cleanup()

    @property
    def ca_file(self) -> Path:
        """PEM file with the CA's certificate."""
        return Path(self._folder.name) / "ca.pem"

    def server_context(self, address: str) -> ssl.SSLContext:
        """Return a server's context: by SNI the name that is asked for, without SNI the address."""
        context = self._context(address)
        context.sni_callback = self._switch
        return context

    def _switch(self, connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        # Beyond these, and for what is no host name, the default certificate stays.
        if name and len(self._contexts) < _MOST_NAMES and _HOST_NAME.fullmatch(name):
            connection.context = self._context(name.lower())

    def _context(self, name: str) -> ssl.SSLContext:
        if name not in self._contexts:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            issued = self._ca.issue_cert(*dict.fromkeys((name, "localhost")))
            issued.configure_cert(context)  # pyright: ignore[reportUnknownMemberType] - pyOpenSSL is not here
            self._contexts[name] = context
        return self._contexts[name]
