"""A tab that only Playwright sees: no host app of ours around the page.

Owns what launched and remote browsers share: waiting with Playwright's loop running, opening pages, aiming
taps. Must not know how departures are observed.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from harness.engines.tabs import page_scripts
from harness.engines.tabs.engine import Aim, Departure, EngineDied, NavigationFailed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Frame, Locator, Page

    from harness.engines.tabs.departures import DepartureLog

T = TypeVar("T")
PUMP_MS = 4
_GONE = ("Target page, context or browser has been closed", "Target crashed", "Page crashed")


class PageTab:
    """A tab around a page of Playwright's; the engine's own class says how it settles, taps and closes."""

    engine_name = ""

    def __init__(self, page: Page, log: DepartureLog) -> None:
        self.page = page
        self.log = log
        self.commits = 0
        self.tapped = False  # a tap reached the page that is shown now
        self._crashed = False
        page.on("framenavigated", self._on_navigated)
        page.on("crash", self._on_crash)

    def _on_navigated(self, frame: Frame) -> None:
        if frame == self.page.main_frame:
            self.commits += 1
            self.tapped = False

    def _on_crash(self, _page: Page) -> None:
        self._crashed = True

    def departures(self) -> list[Departure]:
        """Return all so far: one for each attempt."""
        return self.log.all()

    def sightings(self) -> list[Departure]:
        """Return every observer's every report."""
        return self.log.sightings()

    def wait_for_departure(self, *, after: int = 0, timeout_s: float) -> Departure | None:
        """Return departure number `after` (from 0) once there is one, None when the time is over."""
        self.pump_until(lambda: len(self.log.all()) > after, timeout_s)
        found = self.log.all()
        return found[after] if len(found) > after else None

    def wait_for_commit(self, *, after: int, timeout_s: float) -> str:
        """Wait until more than `after` pages have been shown; return the address of the page."""
        if not self.pump_until(lambda: self.commits > after, timeout_s):
            raise NavigationFailed(f"no new page within {timeout_s:g} s; still at {self.page.url}")
        return self.page.url

    def pump_until(self, happened: Callable[[], bool], timeout_s: float) -> bool:
        """Let Playwright deliver events until it happened or the time is over."""
        deadline = time.monotonic() + timeout_s
        while not happened():
            if time.monotonic() >= deadline:
                return False
            self.attempt(lambda: self.page.wait_for_timeout(PUMP_MS))
        return True

    def goto(self, url: str, *, timeout_s: float = 15.0) -> None:
        """Open `url`; return at its commit, or when it has departed instead of being shown."""
        before = len(self.log.all())
        try:
            self.attempt(lambda: self.page.goto(url, wait_until="commit", timeout=timeout_s * 1000))
        except PlaywrightTimeout as error:
            self.stop_loading()
            raise NavigationFailed(f"{url} did not answer within {timeout_s:g} s") from error
        except PlaywrightError as error:
            self.settle()
            if len(self.log.all()) == before:
                raise NavigationFailed(
                    f"{url} could not be opened: {error.message.splitlines()[0]}"
                ) from error

    def stop_loading(self) -> None:
        """Give up what is being loaded."""
        self.attempt(lambda: self.page.evaluate("window.stop()"))

    def settle(self) -> None:
        """Return when all that the page has asked for so far has been reported."""
        self.attempt(lambda: self.page.evaluate(page_scripts.SETTLE))

    def wait_for_first_paint(self, *, timeout_s: float = 10.0) -> float | None:
        """Return first contentful paint in ms since the navigation began, None when the time is over."""
        return self.attempt(lambda: page_scripts.first_paint(self.page, timeout_s=timeout_s))

    def tap(self, target: Locator | Aim, *, timeout_s: float = 5.0) -> None:
        """Tap the middle of an element; what is at that point gets it."""
        x, y = self.attempt(lambda: page_scripts.tap_point(self.page, target, timeout_s=timeout_s))
        self.tapped = True
        self.attempt(lambda: self.deliver_tap(x, y))

    def deliver_tap(self, x: float, y: float) -> None:
        """Deliver a tap at a point of the viewport, CSS px."""
        raise NotImplementedError

    def switch_away_and_back(self) -> None:
        """Tell the page, by events that look like the browser's, that the user left and returned."""
        self.attempt(lambda: self.page.evaluate(page_scripts.SWITCH_AWAY_AND_BACK))
        self.settle()

    def screenshot(self, path: Path) -> None:
        """Write the viewport as PNG, once there has been a frame: Chromium has nothing to capture before."""
        self.settle()
        self.attempt(lambda: self.page.screenshot(path=path))

    def close(self) -> None:
        """Close the tab."""
        raise NotImplementedError

    def attempt(self, action: Callable[[], T]) -> T:
        """Call Playwright; tell a dead browser from a mistake."""
        try:
            return action()
        except PlaywrightError as error:
            if self._crashed or any(words in error.message for words in _GONE):
                raise EngineDied(f"{self.engine_name}: {error.message}") from error
            raise
