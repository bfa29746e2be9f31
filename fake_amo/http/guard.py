"""Whom a server on this machine answers: its names, the changes that it takes, the headers of its pages.

Owns three decisions over a request's headers, for whatever listens here: fake amoCRM, the backend in process,
the gateway, the inspector's bridge. Knows no socket, no framework and no endpoint; the token of whoever comes
from elsewhere is its owner's.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

MISDIRECTED = 421
"""The status of a request for a host that a server is not (RFC 9110 §15.5.20)."""
READING = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing here, whoever asks."""
OWN_PAGES = frozenset({"same-origin", "none"})
"""`Sec-Fetch-Site` of a page of the same origin, and of a person who typed or scanned the address."""
_NOBODYS_ZONES = (".localhost", ".internal")
"""Below these no page has a name: RFC 6761 §6.3; ICANN keeps `.internal` for private use."""


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """The names that a server answers to, against pages whose own name was made to lead here.

    Such a page (DNS rebinding) has a name with a dot that it owns. So an address, a name without a dot,
    `*.localhost` and `*.internal` are always answered; every other name must be one of `names`, where one
    that begins with a dot stands for itself and for all below it. Raises ValueError for what is no name.
    """

    names: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Refuse a name that no Host header could match."""
        for name in self.names:
            if not name.strip(".") or name != name.lower() or any(each in name for each in "/:*@ "):
                raise ValueError(
                    f"allowed host {name!r}: a name in lower case, without scheme and port, "
                    "or .name for all below it"
                )

    def refusal(self, host: str) -> str | None:
        """Return why a Host header's value is not answered, in a sentence, or None where it is."""
        if _is_allowed(host, self.names):
            return None
        return f"{_name_of(host)} is not a name of this server: pages of other names are not answered"


LOCAL_HOSTS = AllowedHosts()
"""Of a server that nobody reaches by a name of the public DNS."""


def foreign_change(method: str, headers: Mapping[str, str]) -> str | None:
    """Return why a browser's request may change nothing, or None where it may; header names in lower case.

    Browsers say in `Sec-Fetch-Site` whose page asks, and no page can say otherwise: another port of this
    machine is `same-site`, and not answered either. Clients that are no browsers say nothing.
    """
    site = headers.get("sec-fetch-site", "none")
    if method in READING or site in OWN_PAGES:
        return None
    return f"changes are taken from no page of another origin; this request is {site}"


def page_headers(policy: str) -> tuple[tuple[str, str], ...]:
    """Return the headers of a page for people on this machine; `policy` is its content security policy."""
    return (
        ("content-security-policy", f"{policy}; base-uri 'none'; frame-ancestors 'none'"),
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", "no-store"),
    )


def is_loopback(address: str) -> bool:
    """Tell whether an IP address is this machine's own; what is no address is not."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback


def _name_of(host: str) -> str:
    """Return a Host header's name: without its port, brackets and the root's dot, in lower case."""
    name, colon, port = host.rpartition(":")
    bare = name if colon and (port.isdigit() or not port) and not name.endswith(":") else host
    return bare.strip("[]").rstrip(".").lower()


@lru_cache(maxsize=512)
def _is_allowed(host: str, names: frozenset[str]) -> bool:
    name = _name_of(host)
    if "." not in name or name.endswith(_NOBODYS_ZONES) or _is_address(name):
        return True
    return name in names or any(f".{name}".endswith(zone) for zone in names if zone.startswith("."))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
