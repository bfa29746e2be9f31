"""Free ports for processes that bind by themselves, and where one listens that is not reached.

Owns the choice, and what to change where a backend does not serve. A port that is free now can be taken
before the backend binds it, and no call prevents that; so ports are drawn at random from below the ranges
that systems hand out by themselves, and `harness.backends.process` takes another one when the backend says
that its port is in use.
"""

import errno
import random
import socket
import ssl
from collections.abc import Sequence
from urllib.parse import urlsplit

from harness.api_client.trust import remedy_for
from harness.errors import HarnessError

LOWEST, HIGHEST = 20000, 32000
ATTEMPTS = 100
ADDRESSES = {"127.0.0.1": socket.AF_INET, "::1": socket.AF_INET6}
"""This machine's own addresses: which one `localhost` means is the backend's to choose."""
SHORT_PORTS = range(6100, 6553)
"""Ports that others begin with: of five digits, above those that systems hand out by themselves."""
TAKEN_BY_CUSTOM = frozenset({6379, 6432, 6443})
"""Redis, PgBouncer, Kubernetes."""


def free_port() -> int:
    """Return a port that nobody listens on, neither on 127.0.0.1 nor on ::1; HarnessError for none."""
    chooser = random.SystemRandom()
    for _ in range(ATTEMPTS):
        port = chooser.randrange(LOWEST, HIGHEST)
        if all(_is_free(family, host, port) for host, family in ADDRESSES.items()):
            return port
    raise HarnessError(f"no free port between {LOWEST} and {HIGHEST} on 127.0.0.1; end what listens there")


def short_ports() -> list[int]:
    """Return ports of four digits to try, of which `longer_ports` has some, in random order."""
    return random.SystemRandom().sample([each for each in SHORT_PORTS if each not in TAKEN_BY_CUSTOM], 8)


def longer_ports(port: int) -> list[int]:
    """Return the ports whose number begins with that of another, and goes on; none where it is long."""
    return [10 * port + digit for digit in range(10)] if port in SHORT_PORTS else []


def _is_free(family: socket.AddressFamily, host: str, port: int) -> bool:
    try:
        with socket.socket(family) as probe:
            # As servers do: a closed connection that the kernel still remembers does not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        return error.errno in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)  # a machine without IPv6
    return True


def other_listener(host: str, port: int) -> str | None:
    """Return the address of this machine on which somebody takes connections, where `host` does not."""
    if host not in (*ADDRESSES, "localhost") or is_listened_on(host, port):
        return None
    return next((each for each in ADDRESSES if is_listened_on(each, port)), None)


def what_to_change(url: str, failure: Exception | None, ports: Sequence[int]) -> str:
    """Return the remedy for a backend at `url` that is not reached; `ports` are those it listens on."""
    if isinstance(failure, ssl.SSLError):
        return remedy_for(failure)
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 0
    if (there := other_listener(host, port)) is not None:
        there = f"[{there}]" if ":" in there else there
        return f'it listens on {there} alone: write [http].url = "{parts.scheme}://{there}:{{port}}"'
    if isinstance(failure, ConnectionRefusedError) and ports:
        return (
            f"it listens on port {', '.join(map(str, ports))} instead: have [start].command or [start.env] "
            "hand it {port}, or name its own port in [http].url"
        )
    if parts.scheme == "http" and _speaks_tls(host, port):
        return "it speaks TLS: write https:// in [http].url, and its certificate in [http].ca"
    return "check [http].ready and [http].url, or raise [start].ready_timeout_s"


def _speaks_tls(host: str, port: int) -> bool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # nothing is sent there
    try:
        with socket.create_connection((host, port), timeout=1.0) as connection:
            context.wrap_socket(connection).close()
    except OSError:
        return False
    return True


def is_listened_on(host: str, port: int) -> bool:
    """Tell whether a connection to the port is accepted."""
    try:
        with socket.create_connection((host, port), timeout=1.0):
            return True
    except OSError:
        return False
