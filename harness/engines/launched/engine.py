"""Browsers that Playwright launches itself: its own WebKit, and Chromium.

Owns their contexts of a phone's size and how their departures are observed. Must not be taken for Safari:
Chromium is here for comparison, and says so in its notes.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import itertools
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Error as PlaywrightError

from harness.config.settings import STORES
from harness.engines.launched.chromium_arguments import chromium_arguments
from harness.engines.launched.chromium_observers import CdpEvent, ChromiumObservers
from harness.engines.tabs import departure_probe, page_scripts
from harness.engines.tabs.departures import DepartureLog
from harness.engines.tabs.engine import (
    PHONE_HEIGHT,
    PHONE_USER_AGENT,
    PHONE_WIDTH,
    Departure,
    EngineDied,
    EngineUnavailable,
    PageLost,
    Trusted,
)
from harness.engines.tabs.page_tab import PageTab
from harness.engines.tabs.presence import launched_executable, of_launched
from harness.errors import NotSimulated

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page, Playwright

    from harness.config.engine_names import LaunchedName

OF_THE_WEB = ("http", "https")
"""For these Chromium asks nobody whether an app may open."""
_NOTES: dict[LaunchedName, tuple[str, ...]] = {
    "webkit": (
        "departures are seen by a script in the page: assignments to location and redirects may be missed",
        "leaving the browser and returning are events made by a script",
        "no departure's gesture is told",
        "a page that hangs or crashes may be waited for",
    ),
    "chromium": (
        "Chromium is not Safari: a result here says little about an iPhone",
        "leaving the browser and returning are events made by a script",
        "a page that hangs or crashes may be waited for",
    ),
}
_WORLD = "amo-harness"
TURNED_WITHIN_S = 2.0
SWIPE_STEPS = 5
READ_WITHIN_MS = 2000.0
OBSERVERS_TIMEOUT_S = 1.0  # a navigation that another one replaces at once never reaches the network


class LaunchedTab(PageTab):
    """A context of its own with one page, as Playwright's WebKit has it."""

    engine_name = "webkit"

    def __init__(self, context: BrowserContext, page: Page, log: DepartureLog) -> None:
        super().__init__(page, log)
        self.context = context
        self._trace: Path | None = None
        departure_probe.install(page, log)

    def deliver_tap(self, x: float, y: float) -> None:
        """Tap with Playwright's touchscreen: real touch input to the page."""
        self.page.touchscreen.tap(x, y)

    def surround(self, *, otherwise: bool) -> Sequence[str]:
        """Turn the phone, darken its colours and still its animations, or back."""
        size = sorted((PHONE_WIDTH, PHONE_HEIGHT), reverse=otherwise)
        self.told(lambda: self.page.set_viewport_size({"width": size[0], "height": size[1]}))
        self.told(lambda: page_scripts.change_media(self.page, otherwise=otherwise))
        turned = f"() => matchMedia('(orientation: landscape)').matches === {str(otherwise).lower()}"
        self.pump_until(lambda: bool(self.evaluate(turned)), TURNED_WITHIN_S)
        self.settle()  # the page hears of it with its next frame
        return ("rotation", "dark", "still")

    def start_trace(self, file: Path) -> None:
        """Record a trace of Playwright's from now on, written when the tab is closed."""
        self.context.tracing.start(screenshots=True, snapshots=True, sources=True)
        self._trace = file

    def close(self) -> None:
        """Close the context; a browser that is gone has no context left.

        Chromium now and then never closes a page that is shown and whose document is not read to its end.
        """
        with contextlib.suppress(PlaywrightError):
            self.page.wait_for_load_state("domcontentloaded", timeout=READ_WITHIN_MS)
        with contextlib.suppress(PlaywrightError):
            if self._trace is not None:
                self.context.tracing.stop(path=self._trace)
                self._trace = None
            self.context.close()


def refuse_a_tap_after(departures: Sequence[Departure]) -> None:
    """Raise NotSimulated where Chromium has been asked for an app."""
    if any(urlsplit(each.url).scheme not in OF_THE_WEB for each in departures):
        raise NotSimulated(
            "after a departure an invisible dialog of Chromium's takes the next tap; "
            "on a phone it reaches the page: use the engine webkitgtk"
        )


class ChromiumTab(LaunchedTab):
    """A context of its own with one page, watched over the DevTools protocol."""

    engine_name = "chromium"

    def __init__(self, context: BrowserContext, page: Page, log: DepartureLog) -> None:
        PageTab.__init__(self, page, log)
        self.context = context
        self._trace = None
        self._observers = ChromiumObservers(context, page, log, lambda: self.tapped)

    def deliver_tap(self, x: float, y: float) -> None:
        """Tap with Playwright's touchscreen, unless Chromium's own dialog would swallow it."""
        refuse_a_tap_after(self.departures())
        super().deliver_tap(x, y)

    def deliver_touch(self, x: float, y: float, *, up_px: float, held_s: float) -> None:
        """Deliver a finger's own events, where it is drawn up or held."""
        if not (up_px or held_s) or self.departures():
            super().deliver_touch(x, y, up_px=up_px, held_s=held_s)
            return
        touch, call = "Input.dispatchTouchEvent", self._observers.call
        call(touch, type="touchStart", touchPoints=[{"x": x, "y": y}])
        for step in range(1, SWIPE_STEPS + 1) if up_px else ():
            call(touch, type="touchMove", touchPoints=[{"x": x, "y": y - up_px * step / SWIPE_STEPS}])
        if held_s:
            self.let_pass(held_s)
        call(touch, type="touchEnd", touchPoints=[])

    def stop_loading(self) -> None:
        """Give up what is being loaded; until then Chromium answers nothing else."""
        self.attempt(lambda: self._observers.call("Page.stopLoading"))

    def settle(self, *, frame: bool = True) -> None:
        """Return when all that the page has asked for so far has been reported; there is always a frame.

        The turns are taken in a script world of the harness's own, where no fake clock is.
        """
        del frame
        try:
            self._in_own_world(f"({page_scripts.script('settle')})()")
        except (
            PlaywrightError
        ):  # the page was replaced, so what it asked for has come, or the browser is gone
            self.attempt(lambda: self._observers.call("Page.getFrameTree"))
        self.pump_until(self._observers.agree, OBSERVERS_TIMEOUT_S)

    def examine(self, script: str, argument: object = None) -> Any:
        """Run a function that takes its time, in a script world of the harness's own."""
        answer = self.told(lambda: self._in_own_world(f"({script})({json.dumps(argument)})"))
        if "exceptionDetails" in answer:
            said = answer["exceptionDetails"].get("exception", {}).get("description", "its script failed")
            raise PageLost(f"{self.engine_name}: the page cannot be looked at: {said.splitlines()[0]}")
        return answer["result"].get("value")

    def _in_own_world(self, expression: str) -> CdpEvent:
        """Evaluate in a script world of the harness's own, where no fake clock is."""
        call = self._observers.call
        frame_id = self.attempt(lambda: call("Page.getFrameTree"))["frameTree"]["frame"]["id"]
        world = self.attempt(lambda: call("Page.createIsolatedWorld", frameId=frame_id, worldName=_WORLD))
        return call(
            "Runtime.evaluate",
            expression=expression,
            contextId=world["executionContextId"],
            awaitPromise=True,
            returnByValue=True,
        )


class LaunchedEngine:
    """A browser launched by Playwright, headless unless `headed`."""

    tap_is_trusted = True
    tells_gesture = False
    has_one_tab = False

    def __init__(
        self,
        playwright: Playwright,
        name: LaunchedName,
        *,
        headed: bool = False,
        trusted: Trusted | None = None,
        app_links: tuple[str, ...] = STORES,
        user_agent: str = PHONE_USER_AGENT,
    ) -> None:
        self._app_links, self._user_agent = app_links, user_agent
        self.name: str = name
        self.notes: Sequence[str] = _NOTES[name]
        self.choice_log: Sequence[str] = ()
        self._tab_class = ChromiumTab if name == "chromium" else LaunchedTab
        executable = launched_executable(playwright, name)
        if executable is None:
            report = of_launched(playwright, name)
            raise EngineUnavailable(f"{report.why_not}; install with: {report.install}")
        arguments = [] if trusted is None else [f"--ignore-certificate-errors-spki-list={key_hash(trusted)}"]
        self._browser = _launch(playwright, name, str(executable), arguments, headed=headed)
        self.version: str = self._browser.version
        self._spare: tuple[BrowserContext, Page] | None = None
        self._trace_folder: Path | None = None
        self._tabs = itertools.count(1)

    def keep_traces(self, folder: Path) -> None:
        """Record a trace of each tab that is opened from now on, and write it here."""
        self._trace_folder = folder

    def open_tab(self, on_departure: Callable[[Departure], None] | None = None) -> LaunchedTab:
        """Open a tab in a context of its own."""
        self.warm()
        assert self._spare is not None  # noqa: S101 - by warm()
        (context, page), self._spare = self._spare, None
        tab = self._tab_class(context, page, DepartureLog(on_departure, self._app_links))
        if self._trace_folder is not None:
            tab.start_trace(self._trace_folder / f"trace-{next(self._tabs)}.zip")
        return tab

    def warm(self) -> None:
        """Make the next context now: with Playwright there is no other moment than the caller's."""
        if self._spare is not None:
            return
        try:
            context = self._browser.new_context(
                viewport={"width": PHONE_WIDTH, "height": PHONE_HEIGHT},
                user_agent=self._user_agent,
                device_scale_factor=3,
                is_mobile=True,
                has_touch=True,
            )
            self._spare = context, context.new_page()
        except PlaywrightError as error:
            if self._browser.is_connected():
                raise
            raise EngineDied(f"{self.name}: {error.message}") from error

    def check(self) -> None:
        """Raise EngineDied if the browser is gone."""
        if not self._browser.is_connected():
            raise EngineDied(f"{self.name}: the browser ended; Playwright keeps no last words of it")

    def close(self) -> None:
        """End the browser; one that is gone already is no error."""
        with contextlib.suppress(PlaywrightError):
            self._browser.close()


def key_hash(trusted: Trusted) -> str:
    """Return the hash of a certificate's key by which Chromium is told to take it."""
    key = x509.load_pem_x509_certificate(trusted.certificate.encode()).public_key()
    encoded = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(encoded).digest()).decode()


def _launch(
    playwright: Playwright, name: LaunchedName, executable: str, own: Sequence[str], *, headed: bool
) -> Browser:
    arguments = list(own)
    if name == "chromium":
        arguments += chromium_arguments()
    try:
        return getattr(playwright, name).launch(
            executable_path=executable, headless=not headed, args=arguments
        )
    except PlaywrightError as error:
        reason = next((line for line in error.message.splitlines() if line.strip()), "no reason given")
        raise EngineUnavailable(f"{executable} cannot be started: {reason}") from error
