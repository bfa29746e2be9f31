"""A browser elsewhere over the Chrome DevTools protocol: a bridge to an iPhone that speaks it, or Chromium.

Owns connecting to it and its one page. Must not pretend: what such a page cannot do is in the notes.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from playwright.sync_api import Error as PlaywrightError

from harness.config.settings import STORES
from harness.engines.launched.engine import refuse_a_tap_after
from harness.engines.launched.remote import RemoteTab
from harness.engines.tabs.departures import DepartureLog
from harness.engines.tabs.engine import Departure, EngineDied, EngineUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from playwright.sync_api import Browser, Playwright

CONNECT_TIMEOUT_S = 15.0
OF_CHROMIUM = "Google Inc."  # `navigator.vendor`
_NOTES = (
    "taps are clicks of a mouse that the bridge makes (no touch events)",
    "departures are seen by a script in the page alone: assignments to location and redirects are not",
    "the tab is the user's own: its cookies are cleared, its storage is not isolated",
    "leaving the browser and returning are events made by a script",
    "a page that hangs is waited for",
    "page time that the test lets pass carries a gesture too: no departure's is told",
)


class CdpTab(RemoteTab):
    """That page."""

    def is_chromiums(self) -> bool:
        """Tell whether it is in a Chromium; a bridge's Safari is none."""
        return self.look("() => navigator.vendor") == OF_CHROMIUM

    def deliver_tap(self, x: float, y: float) -> None:
        """Click at the point, unless Chromium's own dialog would swallow it."""
        if self.is_chromiums():
            refuse_a_tap_after(self.departures())
        super().deliver_tap(x, y)


class OverCdpEngine:
    """The first page of a browser that a bridge hands over, taken over for the run."""

    name = "remote"
    tap_is_trusted = False
    tells_gesture = False
    has_one_tab = True

    def __init__(self, playwright: Playwright, address: str, *, app_links: tuple[str, ...] = STORES) -> None:
        self._playwright = playwright
        self._address = address
        self._app_links = app_links
        self.choice_log: Sequence[str] = ()
        self._tab: CdpTab | None = None
        self._is_chromium = False
        browser = self._connect()
        try:
            self.version: str = browser.version
            page = browser.contexts[0].pages[0]
            self.notes: Sequence[str] = (*_NOTES, f"page taken over: {page.url}")
        except IndexError:
            raise EngineUnavailable(f"{address} hands over no page: open a tab there") from None
        finally:
            browser.close()

    def _connect(self) -> Browser:
        try:
            return self._playwright.chromium.connect_over_cdp(
                self._address, timeout=CONNECT_TIMEOUT_S * 1000, no_defaults=True
            )
        except PlaywrightError as error:
            reason = error.message.splitlines()[0]
            raise EngineUnavailable(
                f"{self._address} does not hand over a browser by the Chrome protocol ({reason}); start the "
                "bridge, or correct --cdp"
            ) from error

    def open_tab(self, on_departure: Callable[[Departure], None] | None = None) -> CdpTab:
        """Take the page over; only one at a time, as it is always the same."""
        if self._tab is not None:
            self._tab.close()
        try:
            browser = self._connect()
        except EngineUnavailable as error:
            raise EngineDied(f"remote: {error}") from error
        if self._is_chromium:
            _leave_dialogs_behind(browser)
        self._tab = CdpTab(browser, DepartureLog(on_departure, self._app_links))
        self._tab.page.context.clear_cookies()
        self._tab.goto("about:blank", timeout_s=CONNECT_TIMEOUT_S)
        self._is_chromium = self._tab.is_chromiums()
        return self._tab

    def warm(self) -> None:
        """Prepare nothing: the page is there."""

    def check(self) -> None:
        """Raise EngineDied if the page is gone."""
        if self._tab is not None and self._tab.page.is_closed():
            raise EngineDied(f"remote: the page at {self._address} was closed, or the bridge let go of it")

    def close(self) -> None:
        """Let go of the page; it stays open there."""
        if self._tab is not None:
            with contextlib.suppress(PlaywrightError):
                self._tab.close()


def _leave_dialogs_behind(browser: Browser) -> None:
    """Go on in a new tab: Chromium's dialog outlives the page that asked for the app, and takes taps."""
    page = browser.contexts[0].pages[0]
    browser.contexts[0].new_page()
    page.close()
