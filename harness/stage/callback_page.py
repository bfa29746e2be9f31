"""The callback's page in the phone's browser: what stands there, ten minutes alone, a tap.

Owns driving and observing one tab. It records what it sees and judges nothing.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from playwright.sync_api import Error as PlaywrightError

from harness.config.settings import Texts
from harness.engines import Aim, Departure, NavigationFailed, NothingToTap, Tab
from harness.timeline.events import Event
from harness.timeline.recorder import Recorder
from harness.timeline.timeline import Timeline

MOMENTS = ("switch", "pagehide", "pageshow")
"""`switch`: the user leaves the browser and returns (blur, hidden, visible, focus), as the engine does it."""
SCRIPT_MARK = "amoHarnessScriptRan"
"""The property of `window` that a hostile text sets where it is run."""
ARRIVAL_TIMEOUT_S = 35.0
"""Longer than the gateway waits for a backend, so that a silent one is named there."""
PAINT_TIMEOUT_S = 3.0
TAP_TIMEOUT_S = 2.0
ALONE_STEPS_S = (0.5, 59.5, 540)
"""The ten minutes in growing steps, so that what a timer began (a fetch) can end and begin another one."""
MOMENT_STEPS_S = (0.5, 1.5, 8, 50, 540)
"""The same with the moments of a page's life between them: more of them."""


@cache
def _find_button_script() -> str:
    return files("harness.stage").joinpath("find_button.js").read_text(encoding="utf-8")


@cache
def _snapshot_script() -> str:
    snapshot = files("harness.stage").joinpath("page_snapshot.js").read_text(encoding="utf-8")
    return f"(wording) => ({snapshot})(wording, ({_find_button_script()}), '{SCRIPT_MARK}')"


class CallbackPage:
    """The page that the callback shows, in one tab."""

    def __init__(
        self,
        tab: Tab,
        recorder: Recorder,
        texts: Texts,
        *,
        redirect_uri: str,
        tap_is_trusted: bool,
        tap_numbers: Iterator[int],
    ) -> None:
        self.tab = tab
        self._recorder = recorder
        self._texts = texts
        self._redirect_uri = redirect_uri
        self._tap_numbers = tap_numbers
        self._tap_is_trusted = tap_is_trusted
        self._tap: int | None = None
        self._commits = 0
        self._clock_stands = False
        self.before_callback: Callable[[], None] = lambda: None
        """Called before the browser is sent to the callback; says whose phone this is."""
        self.departures: list[Departure] = []
        self.pictures: list[Path] = []
        self.picture_folder: Path | None = None

    def on_departure(self, departure: Departure) -> None:
        """Record an attempt to leave; called by the engine, from any thread."""
        self.departures.append(departure)
        data = asdict(departure) | {"tap": self._tap}
        moment = data.pop("at_ns")
        self._recorder.record("webview", "departure", at_ns=moment, **data)

    def open(self, url: str) -> None:
        """Load an address in the phone's browser, the page's clock standing still from the start."""
        self._recorder.record("webview", "opened", url=url)
        self._stop_clock()
        self.tab.goto(url, timeout_s=ARRIVAL_TIMEOUT_S)
        self._commits = self.tab.commits

    def open_callback(self, query: Mapping[str, str]) -> bool:
        """Open the redirect URI with this query, as amoCRM's redirect would, and see the page."""
        url = f"{self._redirect_uri}?{urlencode(query, quote_via=quote)}" if query else self._redirect_uri
        return self._visit("opened", url)

    def query_of_address(self) -> dict[str, str]:
        """The parameters in the browser's address, percent-decoded."""
        return dict(parse_qsl(urlsplit(self.tab.page.url).query, keep_blank_values=True))

    def reload(self) -> bool:
        """Load the callback's address once more, as Safari does with a tab that it had discarded."""
        return self._visit("reloaded", self.tab.page.url)

    def _visit(self, kind: str, url: str) -> bool:
        before = count_answers(self._recorder.timeline())
        self.before_callback()
        self._recorder.record("webview", kind, url=url)
        self._stop_clock()
        try:
            self.tab.goto(url, timeout_s=ARRIVAL_TIMEOUT_S)
        except NavigationFailed as failure:
            self._recorder.record("webview", "load_failed", url=url, reason=str(failure))
        return self.arrive(after=before)

    def _stop_clock(self) -> None:
        if not self._clock_stands:
            self.tab.stop_clock()
            self._clock_stands = True

    def arrive(self, *, after: int = 0) -> bool:
        """Wait for the answer to the callback and record the page as it first stood.

        `after` is the number of answers that had come before. False where no page came: the backend
        broke off, or answered with something that a browser does not show.
        """
        self._recorder.wait_for(lambda seen: count_answers(seen) > after, timeout_s=ARRIVAL_TIMEOUT_S)
        answers = _answers(self._recorder.timeline())
        if len(answers) <= after or not _is_shown(answers[-1]):
            return False
        self.tab.wait_for_commit(after=self._commits, timeout_s=ARRIVAL_TIMEOUT_S)
        self._commits = self.tab.commits
        self._record_page(answers[-1])
        return True

    def _record_page(self, answer: Event) -> None:
        painted_ms = self.tab.wait_for_first_paint(timeout_s=PAINT_TIMEOUT_S)
        seen: dict[str, Any] = self.tab.page.evaluate(_snapshot_script(), self._texts.button)
        mark = seen.pop("script_mark")
        self._recorder.record(
            "webview",
            "page",
            **seen,
            http_status=answer.get("status"),
            exchange=answer.get("exchange"),
            first_paint_ms=painted_ms,
            timers_run=not self._clock_stands,
        )
        self._note_script(mark)
        self.take_picture("page")

    def _note_script(self, mark: str | None) -> None:
        """Record that a hostile text ran as a script: such texts set this mark, and nothing else does."""
        if mark is not None:
            self._recorder.record("webview", "script_ran", marker=mark)

    def take_picture(self, name: str) -> None:
        """Keep a screenshot where the run keeps them."""
        if self.picture_folder is not None:
            path = self.picture_folder / f"{len(self.pictures) + 1:02d}-{name}.png"
            self.tab.screenshot(path)
            self.pictures.append(path)

    def leave_alone(self, *, minutes: float = 10, moments: tuple[str, ...] = ()) -> None:
        """Let page time pass without touching the page, with moments of its life in between."""
        passed_s = 0.0
        steps_s = MOMENT_STEPS_S if moments else ALONE_STEPS_S
        for step_s in (*steps_s, max(0.0, minutes * 60 - sum(steps_s))):
            step_s = min(step_s, minutes * 60 - passed_s)  # noqa: PLW2901 - the last step is what is left
            if step_s > 0:
                self.tab.let_pass(step_s)
                passed_s += step_s
            for moment in moments:
                self._live_through(moment)
        self.tab.settle()
        self._recorder.record("webview", "left_alone", page_time_s=passed_s, moments=list(moments))

    def _live_through(self, moment: str) -> None:
        if moment == "switch":
            self.tab.switch_away_and_back()
        else:
            self.tab.page.evaluate(_TRANSITION_SCRIPT, moment)

    def tap_return(self) -> list[Departure]:
        """Tap the button and return the departures that the tap set off."""
        self.tab.load_up()
        self._tap = next(self._tap_numbers)
        before, began_ns = len(self.departures), time.monotonic_ns()
        button = Aim(_find_button_script(), self._texts.button, must_be_there=True)
        try:
            self.tab.tap(button, timeout_s=TAP_TIMEOUT_S)
        except NothingToTap:
            self._record("tap_failed", reason="the page has no such button", absent=True)
            return []
        except PlaywrightError as trouble:
            self._record("tap_failed", reason=trouble.message.splitlines()[0])
            return []
        self._record("tap", at_ns=began_ns, trusted=self._tap_is_trusted)
        self.tab.come_to_rest()
        self._recorder.record("webview", "tap_settled", number=self._tap)
        self._note_script(self.tab.page.evaluate(f"() => window.{SCRIPT_MARK} ?? null"))
        return self.departures[before:]

    def _record(self, kind: str, **data: Any) -> None:
        self._recorder.record("webview", kind, number=self._tap, target=self._texts.button, **data)


def _answers(timeline: Timeline) -> list[Event]:
    """Answers after which nothing more comes for this navigation: a page, a dead end or a broken one."""
    return [
        event
        for event in timeline.of("gateway")
        if event.get("is_browser")
        and (event.kind == "broken" or (event.kind == "response" and not _goes_on(event)))
    ]


def _goes_on(answer: Event) -> bool:
    """Tell whether the browser follows a redirect to another page behind the gateway."""
    location = dict(answer.get("headers", [])).get("location", "")
    return 300 <= answer.get("status", 0) < 400 and (location.startswith(("http", "/", "?")))  # noqa: PLR2004


def _is_shown(answer: Event) -> bool:
    return answer.kind == "response" and bool(answer.get("is_page")) and answer.get("status") != 204  # noqa: PLR2004


def count_answers(timeline: Timeline) -> int:
    """Count the answers to the browser after which nothing more comes for their navigation."""
    return len(_answers(timeline))


_TRANSITION_SCRIPT = "(name) => window.dispatchEvent(new PageTransitionEvent(name, {persisted: true}))"
