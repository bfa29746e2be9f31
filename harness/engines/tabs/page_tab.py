"""A tab that only Playwright sees: no host app of ours around the page.

Owns what launched and remote browsers share: waiting with Playwright's loop running, opening pages, aiming
taps. Must not know how departures are observed.
"""

from __future__ import annotations

import re
import secrets
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from harness.config.settings import STORES
from harness.engines.tabs import page_scripts, page_time
from harness.engines.tabs.engine import (
    Aim,
    Departure,
    Dialog,
    EngineDied,
    NavigationFailed,
    NotShown,
    PageLost,
    PageTooSlow,
    never,
)
from harness.engines.tabs.page_time import Landed, Pending
from harness.engines.tabs.sendings import Sendings
from harness.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from playwright.sync_api import Dialog as PlaywrightDialog
    from playwright.sync_api import Frame, Locator, Page, Request, Route

    from harness.engines.tabs.departures import DepartureLog

T = TypeVar("T")
PUMP_MS, MOST_DIALOGS = 4, 100
EXAMINED_WITHIN_S = 10.0
A_LITTLE_S = 0.05
DOWNLOADS = "Download is starting"  # Playwright's words
_GONE = ("Target page, context or browser has been closed", "has been closed")
_CRASHED = ("Target crashed", "Page crashed")


def _keep_the_page(route: Route) -> None:
    """Let an app open in place of a page, as a phone does."""
    route.fulfill(status=204)


class Loads:
    """The loads of one page, as Playwright tells of them."""

    def __init__(self, page: Page, log: DepartureLog) -> None:
        self._log = log
        self._running: dict[Request, int] = {}
        self._last = self._mark = 0
        page.on("request", self._on_request)
        page.on("requestfinished", self._on_end)
        page.on("requestfailed", self._on_end)

    def _on_request(self, request: Request) -> None:
        if not self._log.is_departure(request.url):
            self._last += 1
            self._running[request] = self._last

    def _on_end(self, request: Request) -> None:
        self._running.pop(request, None)

    def begin_count(self) -> None:
        """Count from now on, for `since`."""
        self._mark = self._last

    @property
    def all(self) -> int:
        """How many are going on."""
        return len(self._running)

    @property
    def addresses(self) -> list[str]:
        """What is going on."""
        return [request.url for request in self._running]

    @property
    def since(self) -> int:
        """How many of those that began since `begin_count` are going on."""
        return sum(number > self._mark for number in self._running.values())


class PageTab(ABC):
    """A tab around a page of Playwright's; the engine's own class says how it settles, taps and closes."""

    engine_name = ""

    def __init__(self, page: Page, log: DepartureLog) -> None:
        self.page = page
        self.log = log
        self.commits = 0
        self.tapped = False  # a tap reached the page that is shown now
        self._crashed = False
        self._dialogs: list[Dialog] = []
        self._is_touched = False
        self._own_loads: list[str] = []
        self._going_to: str | None = None  # the harness opens it
        self._time_events = f"x{secrets.token_hex(8)}"  # their name: no page can guess it
        self._departed_before_tap = 0
        self._clock_stands = self._is_away = False
        self._loads = Loads(page, log)
        for each in log.app_links:
            if each not in STORES:  # every request waits for it; a store's page is told of anyway
                page.route(re.compile(rf"^{re.escape(each)}(?=[/?#]|$)", re.IGNORECASE), _keep_the_page)
        page.on("framenavigated", self._on_navigated)
        self._sendings = Sendings()
        page.on("request", self._on_page_request)
        page.on("crash", self._on_crash)
        page.on("dialog", self._on_dialog)

    def _on_navigated(self, frame: Frame) -> None:
        if frame == self.page.main_frame:
            self.commits += 1
            self.tapped = False

    def _on_page_request(self, request: Request) -> None:
        if not request.is_navigation_request():
            self._sendings.add(request.url, self.page.url)
        is_page = not self.log.is_departure(request.url)
        if self._going_to is None and is_page and self._is_of_main_frame(request):
            self._own_loads.append(request.url)

    def _is_of_main_frame(self, request: Request) -> bool:
        try:
            return request.is_navigation_request() and request.frame == self.page.main_frame
        except PlaywrightError:  # the request of a window that is only being opened has no frame yet
            return False

    def _on_crash(self, _page: Page) -> None:
        self._crashed = True

    def _on_dialog(self, dialog: PlaywrightDialog) -> None:
        is_asked = dialog.type != "beforeunload"  # on iOS nobody is
        if is_asked and len(self._dialogs) < MOST_DIALOGS:
            self._dialogs.append(Dialog(dialog.type, dialog.message, time.monotonic_ns()))
        if is_asked and not self._is_touched:
            dialog.dismiss()
        else:
            dialog.accept(dialog.default_value)  # whoever has just tapped says yes

    @property
    def dialogs(self) -> Sequence[Dialog]:
        """The dialogs that its pages opened so far, a hundred at most."""
        return tuple(self._dialogs)

    framed: Sequence[str] = ()
    stalled_s: float = 0.0  # nobody tells

    @property
    def own_loads(self) -> Sequence[str]:
        """Addresses of pages that a page of this tab, not the harness, began to load."""
        return tuple(self._own_loads)

    @property
    def sendings(self) -> Sequence[str]:
        """Addresses at other origins than its page's that a page of this tab asked for."""
        return self._sendings.all

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
            self.told(lambda: self.page.wait_for_timeout(PUMP_MS))
        return True

    def goto(self, url: str, *, timeout_s: float = 15.0, give_up: Callable[[], bool] = never) -> None:
        """Open `url`; return at its commit, or when it has departed instead of being shown."""
        del give_up  # Playwright tells by itself of what is no page
        before = len(self.log.all())
        self._going_to = url
        try:
            self.attempt(lambda: self.page.goto(url, wait_until="commit", timeout=timeout_s * 1000))
        except PlaywrightTimeout as error:
            self.stop_loading()
            raise NavigationFailed(f"{url} did not answer within {timeout_s:g} s") from error
        except PlaywrightError as error:
            self.settle()
            if len(self.log.all()) == before:
                failure = NotShown if DOWNLOADS in error.message else NavigationFailed
                raise failure(f"{url} could not be opened: {error.message.splitlines()[0]}") from error
        finally:
            self._going_to = None

    def stop_loading(self) -> None:
        """Give up what is being loaded."""
        self.attempt(lambda: self.page.evaluate("window.stop()"))

    def settle(self, *, frame: bool = True) -> None:
        """Return when all that the page has asked for so far has been reported; there is always a frame."""
        del frame
        self.evaluate(page_scripts.script("settle"))

    def evaluate(self, script: str, argument: object = None) -> Any:
        """Run a function of the page's language in the page, and return what it returns."""
        return self.told(lambda: page_scripts.evaluate(self.page, script, argument))

    def look(self, script: str, argument: object = None) -> Any:
        """Run a function that only reads; these engines have no world of ours, so the page can reach it."""
        return self.evaluate(script, argument)

    def examine(self, script: str, argument: object = None) -> Any:
        """Run a function that takes its time in the page's own world, whose clock goes on for it."""
        key = f"{self._time_events}examined"
        self.evaluate(page_scripts.begin(script, key), argument)
        deadline = time.monotonic() + EXAMINED_WITHIN_S
        while (told := self.evaluate(page_scripts.TOLD, key)) is None:
            if time.monotonic() > deadline:
                raise PageTooSlow(f"{self.engine_name}: the page did not answer in {EXAMINED_WITHIN_S:g} s")
            self._go_on_a_little()
        if "failed" in told:
            raise PageLost(f"{self.engine_name}: the page cannot be looked at: {told['failed']}")
        return told["answer"]

    def _go_on_a_little(self) -> None:
        if self._clock_stands:
            self.let_pass(A_LITTLE_S)
        else:
            self.told(lambda: self.page.wait_for_timeout(PUMP_MS))

    def wait_for_first_paint(self, *, timeout_s: float = 10.0) -> float | None:
        """Return first contentful paint in ms since the navigation began, None when the time is over."""
        return self.told(lambda: page_scripts.first_paint(self.page, timeout_s=timeout_s))

    def tap(self, target: Locator | Aim, *, timeout_s: float = 5.0) -> None:
        """Tap the middle of an element; what is at that point gets it."""
        x, y = self.told(lambda: page_scripts.tap_point(self.page, target, self.look, timeout_s=timeout_s))
        self.touch(x, y)

    def touch(self, x: float, y: float, *, up_px: float = 0, held_s: float = 0) -> None:
        """Put a finger on a point of the viewport (CSS px), draw it up or hold it in page time; lift it."""
        self.tapped = True
        self._departed_before_tap = len(self.log.all())
        self._loads.begin_count()
        self._is_touched = True
        self.told(lambda: self.deliver_touch(x, y, up_px=up_px, held_s=held_s))
        self._is_touched = False

    def deliver_touch(self, x: float, y: float, *, up_px: float, held_s: float) -> None:
        """Deliver a touch; a finger that is drawn up turns the wheel here, and none is held."""
        del held_s
        if up_px:
            self.page.mouse.wheel(0, up_px)
        else:
            self.deliver_tap(x, y)

    @abstractmethod
    def deliver_tap(self, x: float, y: float) -> None:
        """Deliver a tap at a point of the viewport, CSS px."""

    # --- the page's time --------------------------------------------------------------------------------

    def stop_clock(self) -> None:
        """Have the clock of every page from the next one on stand still, at the time of the day."""
        script = f'({page_scripts.page_time()})("{self._time_events}", 0)'

        def stop() -> None:
            self.page.clock.pause_at(time.time())  # which installs it too, in one call
            self.page.context.add_init_script(script)  # after the clock's own

        if not self._clock_stands:
            self.told(stop)
            self._clock_stands = True

    def let_pass(self, seconds: float) -> None:
        """Let page time pass."""
        self.land()
        self.order("workers", ms=round(seconds * 1000))
        self.told(lambda: self.page.clock.run_for(round(seconds * 1000)))

    def sleep(self, seconds: float) -> None:
        """Let the page's date go on, and nothing else of it."""
        self.order("sleep", ms=round(seconds * 1000))

    def end_animations(self) -> int:
        """Bring what runs by another clock than the page's timers to its end; return how much there was."""
        ended = int(self.evaluate(page_scripts.script("end_animations")))
        return ended + int(self.order("end_unlisted").get("ended") or 0)

    def still_open(self) -> Sequence[str]:
        """Name what can call the page at any moment: `EventSource`, `Worker`; `load` for what still loads."""
        return page_scripts.named(self.order("open").get("open") or (), self._loads.addresses, self.page.url)

    def load_up(self) -> None:
        """Give the page what it needs until a person taps: its loads, and a second of page time."""
        page_time.load_up(self)

    def come_to_rest(self, *, page_time_s: float = page_time.AFTER_TAP_S) -> None:
        """Let what a tap began end, in real time for a second, then let page time pass."""
        before = self._departed_before_tap
        page_time.come_to_rest(self, page_time_s, departed=lambda: len(self.log.all()) > before)

    def pending(self) -> Pending:
        """Say what goes on in the page in real time."""
        page = self.order("pending")
        return Pending(page.get("timers") or 0, page.get("since_lift_ms"), self._loads.all, self._loads.since)

    def land(self) -> Landed:
        """End the page's real time that began with a tap."""
        answer = self.order("land")
        return Landed(answer.get("passed_ms") or 0, answer.get("next_ms"))

    def order(self, do: str, **fields: float) -> dict[str, Any]:
        """Have the page's time carry an order out; empty if the page was replaced before it could."""
        script, order = page_scripts.script("ask_page_time"), [self._time_events, {"do": do, **fields}]
        try:
            answer: dict[str, Any] = self.attempt(lambda: self.page.evaluate(script, order))
        except PlaywrightError as error:
            if not page_scripts.was_replaced(error):
                raise
            return {}
        if answer.get("broken"):
            raise HarnessError(f"{self.engine_name}: {answer['broken']}")
        return answer

    def switch_away(self) -> None:
        """Tell the page, by events that look like the browser's, that the user has left."""
        self._is_away = True
        self.evaluate(page_scripts.script("switch"), "hidden")

    def switch_back(self) -> None:
        """Tell it, if they have left, that they are back."""
        if self._is_away:
            self._is_away = False
            self.evaluate(page_scripts.script("switch"), "visible")
            self.settle()

    def surround(self, *, otherwise: bool) -> Sequence[str]:
        """Leave everything as it is: only a browser that Playwright has started can be told."""
        del otherwise
        return ()

    def screenshot(self, path: Path) -> None:
        """Write the viewport as PNG, once there has been a frame: Chromium has nothing to capture before."""
        self.settle()
        self.told(lambda: self.page.screenshot(path=path))

    @abstractmethod
    def close(self) -> None:
        """Close the tab."""

    def attempt(self, action: Callable[[], T]) -> T:
        """Call Playwright; tell a dead browser and a dead page from its other errors, which pass."""
        if self._crashed:  # Chromium's protocol would wait for an answer without end
            raise PageLost(f"{self.engine_name}: the page is gone: its process crashed")
        try:
            return action()
        except PlaywrightError as error:
            said = error.message.splitlines()[0]
            if self._crashed or any(words in said for words in _CRASHED):
                raise PageLost(f"{self.engine_name}: the page is gone: its process crashed") from error
            if any(words in said for words in _GONE):
                browser = self.page.context.browser
                if browser is not None and browser.is_connected():
                    raise PageLost(f"{self.engine_name}: the page is gone: {said}") from error
                raise EngineDied(f"{self.engine_name}: {said}") from error
            raise

    def told(self, action: Callable[[], T]) -> T:
        """Call Playwright; whatever it complains of is the page's doing."""
        try:
            return self.attempt(action)
        except PlaywrightError as error:
            said = error.message.splitlines()[0]
            raise PageLost(f"{self.engine_name}: the page cannot be looked at: {said}") from error
