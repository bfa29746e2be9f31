"""Addresses that others write: a backend, a page, an app. Each may be no address at all.

Owns taking them apart. Must not judge what they lead to.
"""

import re
from urllib.parse import SplitResult, unquote, urldefrag, urljoin, urlsplit

_IN_NO_HOST = re.compile(r"[\0-\x20#%/<>?@^|\x7f]")


def parts_of(text: str, seen_from: str = "") -> SplitResult | None:
    """Return the parts of an address, as it reads on a page at another; None for what is none."""
    try:
        parts = urlsplit(urljoin(seen_from, text))
        _ = parts.port  # which is a number, or raises
    except ValueError:
        return None
    return parts


def given_by_history(loaded: str, shown: str) -> str:
    """Return where a page is loaded again: where its script has put it."""
    # WebKit does not tell of `history.replaceState`; to go to a fragment would load nothing.
    moved = urldefrag(shown or loaded).url
    return loaded if moved == urldefrag(loaded).url else moved


def has_host(parts: SplitResult) -> bool:
    """Tell whether a browser finds a host there that it can go to."""
    return bool(parts.hostname) and not _IN_NO_HOST.search(unquote(parts.hostname or ""))


def is_same_origin(one: str, other: str) -> bool:
    """Tell whether both are addresses at the same scheme, host and port."""
    mine, theirs = parts_of(one), parts_of(other)
    return mine is not None and theirs is not None and mine[:2] == theirs[:2]
