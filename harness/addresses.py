"""Addresses that others write: a backend, a page, an app. Each may be no address at all.

Owns taking them apart. Must not judge what they lead to.
"""

from urllib.parse import SplitResult, urljoin, urlsplit


def parts_of(text: str, seen_from: str = "") -> SplitResult | None:
    """Return the parts of an address, as it reads on a page at another; None for what is none."""
    try:
        parts = urlsplit(urljoin(seen_from, text))
        _ = parts.port  # which is a number, or raises
    except ValueError:
        return None
    return parts
