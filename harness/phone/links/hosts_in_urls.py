"""Hosts of URLs, as the libraries of `harness.phone.links.url_library` take or refuse them.

Owns that alone. A host of the web matters to a deep link only by being refused, so its normal form is kept
as far as ASCII goes.
"""

import ipaddress
import re
from urllib.parse import unquote_to_bytes

from harness.phone.links.percent import OPAQUE, encode
from harness.phone.links.url_library import UrlLibrary

_NO_NAME = re.compile(r"[\x00-\x20%]")
_DEL = "\x7f"
_MOST_PARTS = 4
_BYTE = 255


class NotAHostError(ValueError):
    """The library refuses this host."""


def opaque_host(name: str, library: UrlLibrary) -> str:
    """Return the host of an app's scheme. Raises NotAHostError."""
    if name.startswith("["):
        return _ipv6(name)
    if library.forbidden_in_host.search(name):
        raise NotAHostError(f"{name!r} cannot be a host")
    return encode(name, OPAQUE)


def special_host(name: str, library: UrlLibrary) -> str:
    """Return the host of a URL of the web. Raises NotAHostError."""
    if name.startswith("["):
        return _ipv6(name)
    domain = unquote_to_bytes(name).decode("utf-8", "replace")
    if library.is_first:
        refused = "%" in domain or library.forbidden_in_host.search(domain)
    else:
        refused = _NO_NAME.search(domain) or library.forbidden_in_host.search(domain)
        refused = refused or (library.is_last and _DEL in domain)
    if refused or (not domain and not library.is_first):
        raise NotAHostError(f"{domain!r} cannot be a host")
    number = _ipv4(domain, library)
    if number is not None:
        return str(ipaddress.IPv4Address(number))
    return domain if library.is_first else domain.lower()


def _ipv6(name: str) -> str:
    try:
        if not name.endswith("]") or "%" in name:
            raise NotAHostError(f"{name!r} cannot be a host")
        return f"[{ipaddress.IPv6Address(name[1:-1])}]"
    except ipaddress.AddressValueError:
        raise NotAHostError(f"{name!r} cannot be a host") from None


def _ipv4(domain: str, library: UrlLibrary) -> int | None:
    """Return the address that a host of numbers is; None where it is a name."""
    parts = domain.split(".")
    if len(parts) > 1 and not parts[-1]:
        del parts[-1]
    numbers = [_number(part) for part in parts]
    if library.is_first:
        if len(parts) > _MOST_PARTS or any(number is None for number in numbers):
            return None
    elif numbers[-1] is None and not (library.is_last and re.fullmatch(r"[0-9]+", parts[-1])):
        return None
    whole = [number for number in numbers if number is not None]
    if len(whole) != len(parts) or len(parts) > _MOST_PARTS:
        raise NotAHostError(f"{domain!r} is no address")
    *first, last = whole
    if any(number > _BYTE for number in first) or last >= 256 ** (5 - len(whole)):
        raise NotAHostError(f"{domain!r} is no address")
    return sum(number << 8 * (3 - place) for place, number in enumerate(first)) + last


def _number(part: str) -> int | None:
    """Return a part of an address: decimal, octal after `0`, hexadecimal after `0x`."""
    if not part:
        return None
    if re.fullmatch(r"0[xX][0-9A-Fa-f]*", part):
        return int(part[2:] or "0", 16)
    if re.fullmatch(r"0[0-7]*", part):
        return int(part, 8)
    return int(part[:20]) if re.fullmatch(r"[1-9][0-9]*", part) else None  # longer ones are too large as well
