"""The addresses of this machine in its networks, and which one a phone would be shown.

Owns finding them. Binds nothing and sends nothing: asking for a route to a documentation address shows which
address the machine would use.
"""

import ipaddress
import socket
import struct
import sys
from collections.abc import Iterator

from harness.errors import UsageError

NOBODY = ("192.0.2.1", 9)
"""RFC 5737: routed by the default route, and nothing is sent there."""
_LINUX_GET_ADDRESS = 0x8915
"""SIOCGIFADDR, netdevice(7)."""


def addresses() -> list[str]:
    """Return this machine's IPv4 addresses in its networks, the one of its default route first."""
    found = [*_of_the_default_route(), *_of_interfaces(), *_of_its_name()]
    return [each for each in dict.fromkeys(found) if _is_of_a_network(each)]


def checked(address: str) -> str:
    """Return one address of this machine to listen on; UsageError for all at once, and for another."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        raise UsageError(f"--lan {address!r} is no IP address; {_known()}") from None
    if found.is_unspecified or found.is_multicast:
        raise UsageError(
            f"--lan {address} is no one address: all interfaces are never listened on; {_known()}"
        )
    if not _is_here(found):
        raise UsageError(f"--lan {address} is no address of this machine; {_known()}")
    return address


def told() -> list[str]:
    """Return lines that list them, for somebody who has named none."""
    found = addresses()
    if not found:
        return ["this machine has no address in a network; a tunnel needs none: --public-url URL"]
    return [
        f"--lan {each}{'   (would be taken: its default route)' if not n else ''}"
        for n, each in enumerate(found)
    ]


def _is_here(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004 - of IP
    with socket.socket(family, socket.SOCK_STREAM) as asking:
        try:
            asking.bind((str(address), 0))
        except OSError:
            return False
    return True


def _known() -> str:
    found = addresses()
    return f"this machine has {', '.join(found)}" if found else "this machine has none in a network"


def _of_the_default_route() -> Iterator[str]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(NOBODY)
        except OSError:  # there is no route: then there is no such address
            return
        yield asking.getsockname()[0]


def _of_interfaces() -> Iterator[str]:
    if sys.platform != "linux":
        return
    import fcntl  # noqa: PLC0415 - not on every system

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for _, name in socket.if_nameindex():
            try:
                answer = fcntl.ioctl(asking, _LINUX_GET_ADDRESS, struct.pack("256s", name.encode()[:15]))
            except OSError:  # an interface without an IPv4 address
                continue
            yield socket.inet_ntoa(answer[20:24])


def _of_its_name() -> Iterator[str]:
    try:
        _, _, found = socket.gethostbyname_ex(socket.gethostname())
    except OSError:  # its own name leads nowhere
        return
    yield from found


def _is_of_a_network(address: str) -> bool:
    found = ipaddress.ip_address(address)
    return not (found.is_loopback or found.is_unspecified or found.is_link_local)
