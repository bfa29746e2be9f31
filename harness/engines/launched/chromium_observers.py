"""How departures are seen in Chromium: over its DevTools protocol, and by Playwright's `request` event.

Owns the translation of Chromium's events into departures. Each observer alone misses some mechanism:
tests/browser/test_departures.py holds the table.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any, cast

from playwright.sync_api import Error as PlaywrightError

from harness.engines.tabs.engine import Departure

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import BrowserContext, CDPSession, Page, Request

    from harness.engines.tabs.departures import DepartureLog

CdpEvent = dict[str, Any]
# ClientNavigationReason of the DevTools protocol
_MECHANISMS = {
    "anchorClick": "link",
    "formSubmissionGet": "form",
    "formSubmissionPost": "form",
    "httpHeaderRefresh": "refresh",
    "metaTagRefresh": "refresh",
    "initialFrameNavigation": "iframe",
    "reload": "reload",
    "scriptInitiated": "navigation",
    "other": "navigation",
}


class ChromiumObservers:
    """Watches one page, and the requests of the windows that it opens."""

    def __init__(
        self, context: BrowserContext, page: Page, log: DepartureLog, tapped: Callable[[], bool]
    ) -> None:
        self._log = log
        self._tapped = tapped
        self._page = page
        self._session: CDPSession = context.new_cdp_session(page)
        self._session.on("Page.frameRequestedNavigation", self._on_requested)
        self._session.on("Page.windowOpen", self._on_window_open)
        self._session.on("Network.requestWillBeSent", self._on_network)
        self.call("Page.enable")
        self.call("Network.enable")
        context.on("request", self._on_request)

    def agree(self) -> bool:
        """Whether the slower observer, which knows the gesture, has seen all that the faster one has."""
        seen = Counter((each.observer, each.url) for each in self._log.sightings())
        return all(
            seen["network", url] >= times for (name, url), times in seen.items() if name == "frame-requested"
        )

    def call(self, method: str, **parameters: object) -> CdpEvent:
        """Call a method of the DevTools protocol."""
        return cast("CdpEvent", self._session.send(method, parameters))  # pyright: ignore[reportUnknownMemberType]

    def _on_requested(self, event: CdpEvent) -> None:
        """See what a document asks for, before anything is sent."""
        same_tab = event["disposition"] == "currentTab"
        mechanism = _MECHANISMS.get(event["reason"]) if same_tab else "new_window"
        self._add(event["url"], "frame-requested", mechanism, same_tab=same_tab)

    def _on_window_open(self, event: CdpEvent) -> None:
        """See `window.open` to a new window, pop-up blocker or not."""
        self._add(event["url"], "window-open", "new_window", same_tab=False, gesture=event["userGesture"])

    def _on_network(self, event: CdpEvent) -> None:
        """See the request that the navigation becomes: where a redirect leads, and the gesture."""
        if event.get("type") != "Document":
            return  # a picture, a call: no app opens for them
        mechanism = "redirect" if event.get("redirectResponse") else None
        gesture: bool = event.get("hasUserGesture", False)
        self._add(event["request"]["url"], "network", mechanism, same_tab=True, gesture=gesture)

    def _on_request(self, request: Request) -> None:
        """See what Playwright reports, in this page and in the windows that it opened."""
        if request.is_navigation_request() and self._log.is_departure(request.url):
            same_tab = self._is_of_this_page(request)
            self._add(request.url, "request-event", None if same_tab else "new_window", same_tab=same_tab)

    def _is_of_this_page(self, request: Request) -> bool:
        try:
            return request.frame.page == self._page
        except PlaywrightError:  # the request of a window that is only being opened has no frame yet
            return False

    def _add(
        self, url: str, observer: str, mechanism: str | None, *, same_tab: bool, gesture: bool | None = None
    ) -> None:
        if not self._log.is_departure(url):
            return
        if gesture is not None:
            gesture = gesture and self._tapped()  # scripts of the test run with a feigned gesture
        self._log.add(Departure(url, mechanism, gesture, same_tab, time.monotonic_ns(), observer))
