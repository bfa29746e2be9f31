"""A throw-away certificate authority, and a certificate for whichever host name a client asks for.

Owns keys that live as long as one fake; the CA's certificate is written to a file for clients to trust.
"""

import re
import ssl
import subprocess
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import trustme

LEAF_DAYS = 397
"""How long a certificate may be good for: iPhones refuse any longer one (FACTS: TLS-LIFETIME)."""
_HOST_NAME = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9-]{1,63}")
_MOST_NAMES = 500


def _remove_with_this_process(folder: str) -> "subprocess.Popen[bytes]":
    """Start what removes the folder when its input ends, however this process does."""
    script = 'cat > /dev/null; rm -rf -- "$1"'
    return subprocess.Popen(
        ["/bin/sh", "-c", script, "sh", folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,  # nobody who reads our output waits for it
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is not for it
    )


def issue(ca: trustme.CA, *names: str) -> trustme.LeafCert:
    """Return a certificate for these names, from yesterday on: a client's clock may be behind."""
    now = datetime.now(UTC)
    return ca.issue_cert(
        *names, not_before=now - timedelta(days=1), not_after=now + timedelta(days=LEAF_DAYS - 1)
    )


class ThrowAwayCa:
    """A CA in a temporary directory, removed at the end of its `with` block or of this process."""

    def __init__(self) -> None:
        """Make the CA's key; takes a few milliseconds."""
        self._ca = trustme.CA(organization_name="amo-harness throw-away CA")
        self._folder = tempfile.mkdtemp(prefix="fake-amo-ca-")
        self._remover = _remove_with_this_process(self._folder)
        self._issued: dict[str, trustme.LeafCert] = {}
        self._contexts: dict[str, ssl.SSLContext] = {}

    def __enter__(self) -> Self:
        self._ca.cert_pem.write_to_path(self.ca_file)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._remover.communicate()

    @property
    def ca_file(self) -> Path:
        """PEM file with the CA's certificate."""
        return Path(self._folder) / "ca.pem"

    def certificate(self, name: str) -> str:
        """Return the certificate of a name's server, as PEM."""
        return self._certificate(name).cert_chain_pems[0].bytes().decode()

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
            self._certificate(name).configure_cert(context)  # pyright: ignore[reportUnknownMemberType] - pyOpenSSL is not here
            self._contexts[name] = context
        return self._contexts[name]

    def _certificate(self, name: str) -> trustme.LeafCert:
        if name not in self._issued:
            self._issued[name] = issue(self._ca, *dict.fromkeys((name, "localhost")))
        return self._issued[name]
