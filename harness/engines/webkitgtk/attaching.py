"""How Playwright gets hold of a view that the host has opened.

Owns how long each step of it is waited for. Must not talk to the host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import TimeoutError as PlaywrightTimeout

from harness.engines.tabs.inspector import InspectorBridge, listed
from harness.errors import HarnessError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

OPENED_WITHIN_S = 60.0
"""How long a view is waited for; a host that hangs is ended long before."""
LISTED_WITHIN_S = 20.0
ATTACHED_WITHIN_S = (3.0, 30.0)
"""How long one view after another: it takes 0.05 s, and a busy machine's time.

Playwright (1.65) notices no end of a browser while it attaches, and waits until its time is over."""


class NotAttached(HarnessError):  # noqa: N818 - says what happened
    """Playwright did not get hold of the view in time: the browser has ended, or the machine is busy."""


def attach(
    playwright: Playwright, bridge: InspectorBridge, inspector: str, *, address: str, within_s: float
) -> Browser:
    """Return Playwright's connection to the view at an address, of `inspector` (host:port)."""
    headers = bridge.offer(listed(inspector, address, LISTED_WITHIN_S))
    try:
        return playwright.webkit.connect_over_cdp(bridge.url, headers=headers, timeout=within_s * 1000)
    except PlaywrightTimeout as error:
        raise NotAttached(f"Playwright did not get hold of the new tab within {within_s:g} s") from error
