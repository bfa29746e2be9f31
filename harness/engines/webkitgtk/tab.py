"""One tab of stock WebKitGTK: a web view of our own host app, driven by Playwright over WebKit's inspector.

Owns its connection to Playwright, departures as the host reports them, taps, its page's time.
Must not know what a departure means.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Error as PlaywrightError

from harness.engines.tabs import page_scripts, page_time
from harness.engines.tabs.engine import (
    PHONE_HEIGHT,
    PHONE_WIDTH,
    Aim,
    Departure,
    Dialog,
    NavigationFailed,
    NavigationTooSlow,
    NotShown,
    PageLost,
    PageTooSlow,
    Trusted,
    never,
)
from harness.engines.tabs.inspector import InspectorBridge
from harness.engines.tabs.page_time import Landed, Pending
from harness.engines.tabs.sendings import origin_of
from harness.engines.webkitgtk import looking
from harness.engines.webkitgtk.attaching import OPENED_WITHIN_S, attach
from harness.engines.webkitgtk.host_process import Event, HostProcess
from harness.engines.webkitgtk.noticing import Noticing
from harness.engines.webkitgtk.reports import Reports
from harness.engines.webkitgtk.stalls import Stalls
from harness.errors import HarnessError

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Playwright

END_NOTICED_S = 1.0
GIVE_UP_ASKED_S = 0.1  # how often whoever waits is asked whether to go on
ANSWER_TIMEOUT_S = 20.0  # for an order; a page that answers nothing is given up before
ADVANCE_TIMEOUT_S = 30.0  # for what a page does in minutes of its time
POLICY_ERRORS = "WebKitPolicyError"  # whoever decides does not show the answer: a download
EMPTY = "about:blank"  # where WebKit goes, without a word, instead of to a port that it blocks
NOT_ASKED = (-1, 0)  # of which page (its number), under which number of the host's commands


class WebKitGtkTab:
    """One web view of the host. Made by `WebKitGtkEngine.open_tab`."""

    def __init__(
        self,
        host: HostProcess,
        number: int,
        warm_next: Callable[[], None],
        *,
        trusted: Trusted | None,
        app_links: tuple[str, ...],
        user_agent: str,
    ) -> None:
        self._host = host
        self._warm_next = warm_next  # has the next tab opened, once nobody waits for this one's first page
        self._number = number
        self._closed = False
        self._told = Reports()
        self.framed: list[str] = []
        self._paint_asked = NOT_ASKED  # when the newest page painted, if that was asked already
        self._load = self._departed_before_tap = 0  # number of the latest load that the harness asked for
        self._clock_stands = self._is_away = False
        self._stalls = Stalls(self._used_s, lambda: host.wanted_at)
        host.listen(number, self._told.hear)
        host.send(
            "open",
            tab=number,
            width=PHONE_WIDTH,
            height=PHONE_HEIGHT,
            user_agent=user_agent,
            headed=host.headed,
            trusted=trusted and asdict(trusted),
            app_links=app_links,
            page_time=page_scripts.page_time(),
            ask_page_time=page_scripts.script("ask_page_time"),
            end_animations=page_scripts.script("end_animations"),
        )

    def connect(
        self,
        playwright: Playwright,
        bridge: InspectorBridge,
        inspector: str,
        on_departure: Callable[[Departure], None] | None,
        *,
        within_s: float,
    ) -> None:
        """Attach Playwright, once the host has opened the view; NotAttached where that takes longer."""
        self._host.wait(
            lambda: self._told.is_open or bool(self._told.lost),
            timeout_s=OPENED_WITHIN_S,
            what="open a tab",
        )
        self._check()
        self._told.begin(on_departure)
        view = f"about:blank#tab-{self._number}"
        with self._explained():
            self._browser = attach(playwright, bridge, inspector, address=view, within_s=within_s)
        self.page: Page = self._browser.contexts[0].pages[0]
        self._noticing = Noticing(self.page)

    # --- what the host reports --------------------------------------------------------------------------

    @property
    def dialogs(self) -> Sequence[Dialog]:
        """The dialogs that its pages opened so far, a hundred at most."""
        return tuple(self._told.dialogs)

    @property
    def own_loads(self) -> Sequence[str]:
        """Addresses of pages that a page of this tab, not the harness, began to load."""
        return tuple(self._told.own_loads)

    @property
    def sendings(self) -> Sequence[str]:
        """Addresses at other origins than its page's that a page of this tab asked for."""
        return self._told.sendings.all

    # --- departures -------------------------------------------------------------------------------------

    def departures(self) -> list[Departure]:
        """Return all so far: one for each attempt."""
        return self._told.log.all()

    def sightings(self) -> list[Departure]:
        """Return every observer's every report."""
        return self._told.log.sightings()

    def wait_for_departure(self, *, after: int = 0, timeout_s: float) -> Departure | None:
        """Return departure number `after` (from 0) once there is one, None when the time is over."""
        found = self._told.log.wait(after=after, timeout_s=timeout_s, give_up=self._is_lost)
        if found is None:
            self._check()
        return found

    def settle(self, *, frame: bool = True) -> None:
        """Return when all that the page has asked for so far has been reported: the host answers in order."""
        self.framed += self._order("settle", frame=frame)["answer"].get("framed") or ()

    # --- pages ------------------------------------------------------------------------------------------

    @property
    def commits(self) -> int:
        """How many pages have been shown so far."""
        return len(self._told.committed)

    def goto(self, url: str, *, timeout_s: float = 15.0, give_up: Callable[[], bool] = never) -> None:
        """Open `url` as an app does; return at its commit, or when it has departed instead of being shown."""
        self._check()
        before, departed = self.commits, len(self.departures())
        self._load += 1

        def has_left() -> bool:
            return any(
                each.mechanism == "redirect" or each.url == url for each in self.departures()[departed:]
            )

        def has_ended() -> bool:
            return self.commits > before or has_left() or self._told.failed_load["load"] == self._load

        self._host.send("load", tab=self._number, url=url, load=self._load)
        deadline = time.monotonic() + timeout_s
        while not (ended := has_ended()) and not give_up() and time.monotonic() < deadline:
            self._wait_until(has_ended, min(GIVE_UP_ASKED_S, timeout_s))
        if self.commits > before:
            self._let_playwright_notice()
        self._warm_next()
        if not ended:
            self._host.send("stop", tab=self._number)
            raise NavigationTooSlow(f"{url} did not become a page in time")
        if self.commits == before and not has_left():
            raise self._why_it_failed(url)
        if self._told.committed[-1:] == [EMPTY] != [url]:
            raise NavigationFailed(f"{url} could not be opened: browsers refuse to go to its port")

    def _why_it_failed(self, url: str) -> NavigationFailed:
        told = self._told.failed_load
        is_kept = told["domain"] == POLICY_ERRORS and origin_of(told["url"]) == origin_of(url)
        return (NotShown if is_kept else NavigationFailed)(f"{url} could not be opened: {told['reason']}")

    def wait_for_commit(self, *, after: int, timeout_s: float) -> str:
        """Wait until more than `after` pages have been shown; return the address of the page."""
        if not self._has_another(after, timeout_s):
            raise NavigationTooSlow(f"no new page within {timeout_s:g} s; still at {self.page.url}")
        self._paint_asked = (
            self.commits,
            self._host.begin("first_paint", tab=self._number),
        )  # which takes as long as what follows
        self._let_playwright_notice()
        return self._told.committed[-1]

    def _let_playwright_notice(self) -> None:
        with self._explained():
            self._noticing.catch_up(self._told.committed, self._check)

    def wait_for_first_paint(self, *, timeout_s: float = 10.0) -> float | None:
        """Return first contentful paint in ms since the navigation began, None when the time is over."""
        deadline = time.monotonic() + timeout_s
        while (left_s := deadline - time.monotonic()) > 0:
            asked_of, number = self._paint_asked
            if asked_of != self.commits:
                number = self._host.begin("first_paint", tab=self._number)
            answer = self._host.answer_to(number, timeout_s=left_s)
            self._paint_asked = NOT_ASKED
            self._check()
            if answer is not None and answer["value"] is not None:
                return answer["value"]
        return None  # or page after page was replaced before it painted

    # --- the user ---------------------------------------------------------------------------------------

    def tap(self, target: Locator | Aim, *, timeout_s: float = 5.0) -> None:
        """Tap the middle of an element with a finger; what is at that point gets it."""
        with self._explained():
            x, y = page_scripts.tap_point(self.page, target, self.look, timeout_s=timeout_s)
        self.touch(x, y)

    def touch(self, x: float, y: float, *, up_px: float = 0, held_s: float = 0) -> None:
        """Put a finger on a point of the viewport, draw it up, or let `held_s` of page time pass; lift it."""
        self._departed_before_tap = len(self.departures())
        self._stalls.begin()
        self._ask("tap", x=x, y=y, up_px=up_px, held_ms=round(held_s * 1000))

    def evaluate(self, script: str, argument: object = None) -> Any:
        """Run a function of the page's language in the page, and return what it returns."""
        with self._explained():
            return page_scripts.evaluate(self.page, script, argument)

    def look(self, script: str, argument: object = None) -> Any:
        """Run a function in the host's own script world, which the page's scripts cannot reach."""
        ask = partial(self._ask, "look", script=script, argument=json.dumps(argument))
        return looking.look(ask, lambda: self.commits, self._has_another)

    def examine(self, script: str, argument: object = None) -> Any:
        """Run a function that takes its time; in the host's own world no clock of the page's is."""
        return self.look(script, argument)

    def _has_another(self, before: int, timeout_s: float = looking.REPLACED_WITHIN_S) -> bool:
        return self._wait_until(lambda: self.commits > before, timeout_s)

    def switch_away(self) -> None:
        """Let the user leave the browser: the page is hidden."""
        self._ask("switch_away")
        self._is_away = True

    def switch_back(self) -> None:
        """Let the user return to it, if they have left: the page is visible again."""
        if self._is_away:
            self._is_away = False
            self._ask("switch_back")

    def surround(self, *, otherwise: bool) -> Sequence[str]:
        """Turn the phone, darken its colours and still its animations, or back."""
        with self._explained():
            page_scripts.change_media(self.page, otherwise=otherwise)
        width, height = sorted((PHONE_WIDTH, PHONE_HEIGHT), reverse=otherwise)
        self._ask("turn", width=width, height=height)
        return ("rotation", "dark", "still")

    def screenshot(self, path: Path) -> None:
        """Write the viewport as PNG. Not Playwright's way, which brings its engine into the page: 35 ms."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if why_not := self._ask("picture", path=str(path.absolute()))["why_not"]:
            raise HarnessError(f"WebKitGTK could not write the picture {path}: {why_not}")

    def close(self) -> None:
        """Close the tab and free what it holds."""
        if self._closed:
            return
        self._closed = True
        self._host.forget(self._number)
        if self._host.died:
            return
        self._host.send("close", tab=self._number, id=0)
        if hasattr(self, "_browser"):
            self._browser.close()

    # --- the page's time --------------------------------------------------------------------------------

    def stop_clock(self) -> None:
        """Have the clock of every page from the next one on stand still, at the time of the day."""
        if self._clock_stands:
            return
        with self._explained():
            self.page.clock.pause_at(time.time())  # which installs it too, in one call
        self._clock_stands = True

    def let_pass(self, seconds: float) -> None:
        """Let page time pass; what it sets off has no user gesture."""
        self._order("advance", timeout_s=ADVANCE_TIMEOUT_S, ms=round(seconds * 1000))

    def sleep(self, seconds: float) -> None:
        """Let the page's date go on, and nothing else of it."""
        self._order("sleep", ms=round(seconds * 1000))

    def end_animations(self) -> int:
        """Bring what runs by another clock than the page's timers to its end; return how much there was."""
        return self._order("end_animations")["answer"].get("ended", 0)

    def still_open(self) -> Sequence[str]:
        """Name what can call the page at any moment: `EventSource`, `Worker`; `load` for what still loads."""
        reply = self._order("open")
        return page_scripts.named(reply["answer"].get("open") or (), reply["loading"], self.page.url)

    def load_up(self) -> None:
        """Give the page what it needs until a person taps: its loads, and a second of page time."""
        page_time.load_up(self)

    def come_to_rest(self, *, page_time_s: float = page_time.AFTER_TAP_S) -> None:
        """Let what a tap began end as on a phone, then let page time pass."""
        page_time.come_to_rest(
            self, page_time_s, departed=lambda: len(self.departures()) > self._departed_before_tap
        )

    def pending(self) -> Pending:
        """Say what goes on in the page in real time."""
        answer = self._order("pending")
        page = answer["answer"]
        return Pending(page.get("timers", 0), page.get("since_lift_ms"), answer["loads"], answer["since_tap"])

    def land(self) -> Landed:
        """End the page's real time that began with a tap."""
        answer = self._order("land")["answer"]
        return Landed(answer.get("passed_ms", 0), answer.get("next_ms"))

    def _order(self, do: str, *, timeout_s: float = ANSWER_TIMEOUT_S, **fields: object) -> Event:
        """Have the page carry out an order; an `answer` is empty if it was replaced before it could."""
        reply = self._ask("order", timeout_s=timeout_s, order={"do": do, **fields})
        answer: Event = reply.setdefault("answer", {})
        if answer.get("broken"):
            raise HarnessError(f"WebKitGTK: {answer['broken']}")
        return reply

    # --- an end that nobody asked for ---------------------------------------------------------------

    def _ask(self, do: str, *, timeout_s: float = ANSWER_TIMEOUT_S, **fields: object) -> Event:
        self._check()
        asked_at = time.monotonic()
        number = self._host.begin(do, tab=self._number, **fields)
        answer = self._host.answer_to(number, timeout_s=timeout_s, give_up=lambda: bool(self._told.lost))
        self._check()
        self._stalls.answered(asked_at)
        if answer is None:
            raise PageTooSlow(f"WebKitGTK: the page did not carry out `{do}` within {timeout_s:g} s")
        return answer

    @property
    def stalled_s(self) -> float:
        """How long its page was kept from the processor since the last tap began."""
        return self._stalls.total_s

    def _used_s(self) -> float:
        answer = self._host.answer_to(self._host.begin("pulse"), timeout_s=ANSWER_TIMEOUT_S)
        return 0.0 if answer is None else answer["used_s"]

    def _wait_until(self, happened: Callable[[], bool], timeout_s: float) -> bool:
        """Return whether it happened in time."""
        result = self._host.wait_patiently(lambda: happened() or bool(self._told.lost), timeout_s=timeout_s)
        self._check()
        return result

    def _is_lost(self) -> bool:
        return self._host.died or bool(self._told.lost)

    def _check(self) -> None:
        self._host.check()
        self._told.check()

    @contextlib.contextmanager
    def _explained(self) -> Generator[None]:
        """Say what is gone: Playwright only says that something was closed, or that a script failed."""
        self._check()
        try:
            yield
        except PlaywrightError as error:
            if "closed" in error.message and not self._closed:
                # The socket's end may be noticed before the process's.
                self._host.wait_patiently(lambda: bool(self._told.lost), timeout_s=END_NOTICED_S)
            self._check()
            said = error.message.splitlines()[0]
            raise PageLost(f"WebKitGTK: the page cannot be looked at: {said}") from error
