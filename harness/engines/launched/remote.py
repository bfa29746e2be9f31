"""A browser elsewhere: an iPhone or the iOS simulator behind ios_webkit_debug_proxy.

Owns the choice of the page among those that the proxy lists. Must not pretend: what such a tab cannot do is
refused or said in the notes.
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from playwright.sync_api import Error as PlaywrightError

from harness.config.settings import STORES
from harness.engines.tabs import departure_probe
from harness.engines.tabs.departures import DepartureLog
from harness.engines.tabs.engine import Departure, EngineDied, EngineUnavailable
from harness.engines.tabs.inspector import InspectedPage, InspectorBridge, pages_of_proxy
from harness.engines.tabs.page_tab import PageTab
from harness.errors import HarnessError, NotSimulated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from playwright.sync_api import Browser, Playwright

SAFARI = "com.apple.mobilesafari"
CONNECT_TIMEOUT_S = 15.0
_NOTES = (
    "taps are clicks made by a script (isTrusted is false, no touch events) that carry a WebKit gesture",
    "departures are seen by a script in the page alone: assignments to location and redirects are not",
    "the tab is the user's own: its cookies and storage are cleared for the page's site, not isolated",
    "leaving the browser and returning are events made by a script",
    "a page that hangs is waited for",
    "page time that the test lets pass carries a gesture too: no departure's is told",
)


class RemoteTab(PageTab):
    """The one page of the remote browser that was chosen."""

    engine_name = "remote"

    def __init__(self, browser: Browser, log: DepartureLog) -> None:
        super().__init__(browser.contexts[0].pages[0], log)
        self._browser = browser
        departure_probe.install(self.page, log)

    def deliver_tap(self, x: float, y: float) -> None:
        """Click at the point: over the inspector a dispatched event, with no finger that is lifted."""
        self.order("lift")
        self.page.mouse.click(x, y)

    def close(self) -> None:
        """Let go of the page; it stays open on the device."""
        with contextlib.suppress(PlaywrightError):
            self._browser.close()


class RemoteEngine:
    """One page of a remote browser, taken over for the run."""

    name = "remote"
    tap_is_trusted = False
    tells_gesture = False
    has_one_tab = True

    def __init__(
        self, playwright: Playwright, inspector: str, *, app_links: tuple[str, ...] = STORES
    ) -> None:
        self._app_links = app_links
        self._playwright = playwright
        self._inspector = inspector
        self.choice_log: Sequence[str] = ()
        pages = self._pages()
        chosen = choose(pages)
        others = f", one of {len(pages)} that the inspector lists" if len(pages) > 1 else ""
        self.notes: Sequence[str] = (*_NOTES, f"page taken over: {chosen.title or chosen.url}{others}")
        self._chosen = chosen
        self._tab: RemoteTab | None = None
        self._bridge = InspectorBridge()
        self.version = ""

    def _pages(self) -> list[InspectedPage]:
        try:
            pages = pages_of_proxy(self._inspector)
        except HarnessError as error:
            raise EngineUnavailable(
                f"{error}; start ios_webkit_debug_proxy, or correct --inspector"
            ) from error
        if not pages:
            raise EngineUnavailable(
                f"{self._inspector} lists no free page: open a tab in Safari, close other Web Inspectors"
            )
        return pages

    def open_tab(self, on_departure: Callable[[Departure], None] | None = None) -> RemoteTab:
        """Take the page over; only one at a time, as it is always the same."""
        if self._tab is not None:
            self._tab.close()
        headers = self._bridge.offer_relayed(self._chosen)
        try:
            browser = self._playwright.webkit.connect_over_cdp(
                self._bridge.url, headers=headers, timeout=CONNECT_TIMEOUT_S * 1000
            )
        except PlaywrightError as error:
            reason = error.message.splitlines()[0]
            raise EngineDied(f"remote: {self._inspector} does not hand over the page: {reason}") from error
        self._tab = RemoteTab(browser, DepartureLog(on_departure, self._app_links))
        agent: str = self._tab.page.evaluate("navigator.userAgent")
        self.version = next(iter(re.findall(r"Version/([\d.]+)", agent)), "")
        self._clear(self._tab)
        return self._tab

    def _clear(self, tab: RemoteTab) -> None:
        tab.page.context.clear_cookies()
        tab.goto("about:blank", timeout_s=CONNECT_TIMEOUT_S)

    def warm(self) -> None:
        """Prepare nothing: the page is there."""

    def check(self) -> None:
        """Raise EngineDied if the page is gone."""
        if self._tab is not None and self._tab.page.is_closed():
            raise EngineDied(
                f"remote: the page at {self._inspector} was closed, or the inspector let go of it"
            )

    def close(self) -> None:
        """Let go of the page."""
        if self._tab is not None:
            self._tab.close()
        self._bridge.close()


def choose(pages: Sequence[InspectedPage]) -> InspectedPage:
    """Take Safari's first page, or the first at all when the inspector does not tell the apps apart."""
    if not pages:
        raise NotSimulated("an inspector without pages cannot be driven")
    return next((page for page in pages if SAFARI in page.app_id), pages[0])
