"""The gateway's doors: at which of its addresses the phone's browser finds which origin behind it.

Owns which origins are one and the same, and where a redirect to one of them leads. Knows no socket.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit, urlunsplit

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Door:
    """One address of the gateway's, and what stands behind it."""

    url: str
    """The gateway's own origin."""
    named: str = ""
    """The origin by which redirects know a frontend; empty: the backend stands behind it."""
    served_at: str = ""
    """The origin where that frontend is served."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """By which door a request came, and every door there is, the backend's first."""

    door: Door
    doors: tuple[Door, ...]
    callback_path: str

    def in_place_of(self, url: str, backend_url: str) -> str | None:
        """Return the gateway's own address for an absolute one behind it; None where it is somebody else's.

        Raises ValueError for what is no URL.
        """
        target = urlsplit(url)
        for origin, own in self._origins(backend_url):
            if is_same_server(target, urlsplit(origin)):
                return own + urlunsplit(("", "", target.path or "/", target.query, target.fragment))
        return None

    def _origins(self, backend_url: str) -> Iterator[tuple[str, str]]:
        yield backend_url, self.doors[0].url
        for door in self.doors:
            by_host = door.url.replace("https:", "http:", 1)  # made of `Host` alone, by what is behind it
            for origin in (door.url, by_host, door.named, door.served_at):
                if origin:
                    yield origin, door.url


def is_same_server(one: SplitResult, other: SplitResult) -> bool:
    """Tell whether two URLs lead to the same server; the names of this machine are one name.

    Raises ValueError where a port is no number.
    """
    if one.scheme not in PORTS or port_of(one) != port_of(other):
        return False
    if one.hostname in LOOPBACK:
        return other.hostname in LOOPBACK
    return (one.scheme, one.hostname) == (other.scheme, other.hostname)


def port_of(url: SplitResult) -> int | None:
    """Return a URL's port, the scheme's own where it names none."""
    return url.port or PORTS.get(url.scheme)
