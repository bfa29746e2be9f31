"""What pages of a tab ask other origins than their own for: pictures, beacons, calls.

Owns keeping it, up to a number that a page cannot exceed. What of it is a secret is the timeline's, whether
it may be sent the contract's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.addresses import parts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

WEB = ("http", "https")
MOST_SENDINGS = 200


def origin_of(url: str) -> str:
    """Return scheme, host and port; nothing for what is no address of the web, or none at all."""
    parts = parts_of(url)
    return f"{parts.scheme}://{parts.netloc}" if parts and parts.netloc and parts.scheme in WEB else ""


class Sendings:
    """The addresses of one tab's requests to others."""

    def __init__(self) -> None:
        self._urls: list[str] = []

    @property
    def all(self) -> Sequence[str]:
        """Those so far."""
        return tuple(self._urls)

    def add(self, url: str, page_url: str) -> None:
        """Take a request of the page at `page_url`; one to its own origin is none."""
        origin = origin_of(url)
        if origin and origin != origin_of(page_url) and len(self._urls) < MOST_SENDINGS:
            self._urls.append(url)
