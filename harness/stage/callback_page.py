"""The callback's page in the phone's browser: what stands there, ten minutes alone, a tap.

Owns driving and observing one tab. It records what it sees and judges nothing; nothing that a backend does
is an error here.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from harness.addresses import given_by_history, parts_of
from harness.config.settings import Texts
from harness.engines import (
    Aim,
    CannotTap,
    Complaint,
    Departure,
    NavigationFailed,
    NothingToTap,
    NotShown,
    PageLost,
    PageTooSlow,
    Tab,
    hear_complaints,
    origin_of,
)
from harness.errors import BackendError
from harness.gateway.probe import Visitors
from harness.stage.page.alone import Alone, loads_until
from harness.stage.page.answers import (
    PAGE_WITHIN_S,
    Ending,
    count_answers,
    endings,
    forbids_scripts,
    is_stuck,
    is_to_come,
    left_s,
    load_failed,
    shown,
    too_slow,
)
from harness.stage.page.departing import DepartureNotes
from harness.stage.page.examining import Examiner
from harness.stage.page.pictures import Pictures
from harness.stage.page.scripts import script, snapshot
from harness.stage.watching import NOBODY, Watching
from harness.timeline.events import PageSent, StoryStep
from harness.timeline.gateway_events import GatewayResponse
from harness.timeline.masking import masks_in
from harness.timeline.page_events import (
    Button,
    DialogOpened,
    PageComplained,
    PageGone,
    PageOpened,
    PageShown,
    Reloaded,
    ScriptRan,
    Tap,
    TapFailed,
    TapSettled,
)
from harness.timeline.recorder import Recorder

SPOKEN_MARK = "47110815"
"""What a hostile text says in an alert where it is run: percent-encoding leaves such a call as it is."""
SCRIPT_MARK = "amoHarnessScriptRan"
"""The property of `window` that a hostile text sets where it is run."""
ARRIVAL_TIMEOUT_S = 35.0
"""Longer than the gateway waits for a backend, so that a silent one is named there."""
PAINT_TIMEOUT_S = 3.0
NO_SCRIPTS = "it forbids every script (Content-Security-Policy: sandbox), so that its button is dead"
TAP_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class PageSetting:
    """What one phone's callback page is about, and what is kept of it."""

    texts: Texts
    redirect_uri: str
    user: str
    tap_is_trusted: bool
    own_origins: frozenset[str]
    """Where the backend's own pages and calls are."""
    examiner: Examiner
    pictures: Pictures
    watching: Watching = NOBODY


class CallbackPage:
    """The page that the callback shows, in one tab."""

    def __init__(
        self, tab: Tab, recorder: Recorder, setting: PageSetting, notes: DepartureNotes, visitors: Visitors
    ) -> None:
        self.tab = tab
        self._recorder = recorder
        self._setting = setting
        self._notes = notes
        self._visitors = visitors
        self._shown: PageShown | None = None
        """The page that stands there and that axe has not seen."""
        self._commits = 0
        self._clock_stands = False
        self._is_mute = False
        """Whether the page forbids every script, ours too; nobody waits for its answers then."""
        self._spoken = 0
        self._dialogs_told = 0
        self._sendings_told = 0
        self._is_new = False  # nobody can have tapped the page yet
        self._loads_told = 0  # of those that pages began themselves
        hear_complaints(tab.page, self._note_complaint)

    def open(self, url: str) -> None:
        """Load an address in the phone's browser, the page's clock standing still from the start."""
        self.examine()
        self._recorder.record(PageOpened(url=url))
        self._stop_clock()
        self.tab.goto(url, timeout_s=ARRIVAL_TIMEOUT_S)

    def open_callback(self, query: Mapping[str, str]) -> bool:
        """Open the redirect URI with this query, as amoCRM's redirect would, and see the page."""
        address = self._setting.redirect_uri
        return self._visit(
            PageOpened(url=f"{address}?{urlencode(query, quote_via=quote)}" if query else address)
        )

    def query_of_address(self) -> dict[str, str]:
        """The parameters in the browser's address, percent-decoded."""
        return dict(parse_qsl(urlsplit(self.tab.page.url).query, keep_blank_values=True))

    def state_of_address(self) -> str:
        """Return the state in the browser's address; BackendError where the backend has given it none."""
        query = self.query_of_address()
        if "state" not in query:
            raise BackendError(f"the authorization URL led to {self.tab.page.url}, which carries no state")
        return query["state"]

    def reload(self) -> bool:
        """Load the page again, as Safari does with a tab that it had discarded; False where none came."""
        stands = self._shown if self.tab.commits == self._commits else None
        url = given_by_history(self.tab.page.url, stands.url if stands else "")
        return origin_of(url) in self._setting.own_origins and self._visit(Reloaded(url=url))

    def begin_visit(self, address: str) -> int:
        """Note whose visit begins, and with which state; return the number of answers before it."""
        self.examine()
        url = parts_of(address)
        query = {} if url is None else dict(parse_qsl(url.query, keep_blank_values=True))
        self._visitors.expect(query.get("state"), self._setting.user)
        self._commits = self.tab.commits
        self._dialogs_told, self._is_new = len(self.tab.dialogs), True
        self._loads_told = len(self.tab.own_loads)
        return count_answers(self._recorder.timeline())

    def _visit(self, told: PageOpened | Reloaded) -> bool:
        before = self.begin_visit(told.url)
        self._recorder.record(told)
        self._stop_clock()
        try:
            self.tab.goto(told.url, timeout_s=ARRIVAL_TIMEOUT_S, give_up=lambda: self._is_overdue(before))
        except NavigationFailed as failure:
            self._recorder.record(load_failed(told.url, failure))
            return self.arrive(after=before, may_come=not isinstance(failure, NotShown))
        return self.arrive(after=before)

    def _stop_clock(self) -> None:
        if not self._clock_stands:
            self.tab.stop_clock()
            self._clock_stands = True

    # --- what comes of a visit ------------------------------------------------------------------

    def arrive(self, *, after: int = 0, may_come: bool = True) -> bool:
        """Wait for the answer to the callback and record the page as it first stood.

        `after` is the number of answers that came before. False where no page came: the backend broke off, or
        answered with what no browser shows; `may_come` is false where the browser has said so.
        """
        if not self._is_page(after, may_come=may_come):
            self._loads_told = len(self.tab.own_loads)  # the page before it stands, and went nowhere
            return False
        return True

    def _is_page(self, after: int, *, may_come: bool) -> bool:
        deadline = time.monotonic() + ARRIVAL_TIMEOUT_S
        while not self._recorder.wait_for(lambda seen: count_answers(seen) > after, timeout_s=PAGE_WITHIN_S):
            if time.monotonic() > deadline or is_stuck(self._recorder.timeline()):
                break
        ending = self._ending(after)
        if not (may_come and isinstance(ending, GatewayResponse) and ending.is_page):
            return False
        self._is_mute = forbids_scripts(ending)
        try:
            address = self.tab.wait_for_commit(after=self._commits, timeout_s=left_s(ending))
            if self._is_mute:
                raise NavigationFailed(NO_SCRIPTS)
            seen, mark = self._look(after)
        except (NavigationFailed, PageLost) as failure:
            self._recorder.record(load_failed(self.tab.page.url, failure))
            if isinstance(failure, PageLost):
                raise
            if (slow := too_slow(ending, failure)) is not None:
                self._recorder.record(slow)
            return False
        self._record_page(seen, after, address)
        self._note_script(mark)
        self._note_dialogs()
        self.take_picture("page")
        return True

    def _ending(self, after: int) -> Ending | None:
        found = endings(self._recorder.timeline())[after:]
        return found[-1] if found else None

    def _is_overdue(self, before: int) -> bool:
        """Tell whether the visit was answered long enough ago for a page to be there."""
        ending = self._ending(before)
        return is_stuck(self._recorder.timeline()) if ending is None else left_s(ending) <= 0

    def _look(self, after: int) -> tuple[dict[str, Any], str | None]:
        """Return what the page is once it has painted, and the mark of a script that ran.

        NavigationFailed where it is replaced again and again.
        """
        deadline = time.monotonic() + PAGE_WITHIN_S
        while True:
            commits = self.tab.commits
            painted_ms = self.tab.wait_for_first_paint(timeout_s=PAINT_TIMEOUT_S)
            seen = self.tab.look(snapshot(), self._setting.texts.button)
            is_whole = not seen.pop("frames_to_come") or seen["button"] is not None
            is_coming = seen.pop("is_coming") and is_to_come(self._ending(after))
            may_wait = is_coming or (not is_whole and time.monotonic() < deadline)
            if self.tab.commits == commits and may_wait:
                self.tab.settle()  # which takes a frame's time
                continue
            if self.tab.commits == commits:
                return seen | {"first_paint_ms": painted_ms}, self._mark()
            if time.monotonic() > deadline:
                raise NavigationFailed("one page after another came in its place")
            self.tab.wait_for_commit(after=commits, timeout_s=max(0.0, deadline - time.monotonic()))

    def _record_page(self, seen: dict[str, Any], after: int, address: str) -> None:
        self._commits = self.tab.commits
        had_button = seen["button"] is not None
        self._loads_told = loads_until(self.tab.own_loads, self._loads_told, address, has_button=had_button)
        timeline = self._recorder.timeline()
        answer = shown(endings(timeline)[after:], timeline, self._recorder.mask.apply(address))
        if answer is None:
            return
        button = seen.pop("button")
        refreshes = tuple(seen.pop("refreshes"))
        self._shown = PageShown(
            **seen,
            exchange=answer.exchange,
            http_status=answer.status,
            refreshes=refreshes,
            timers_run=not self._clock_stands,
            button=None if button is None else Button(**button),
        )
        self._recorder.record(self._shown)

    def examine(self) -> None:
        """Let axe look at the page, if it still stands there: nothing else is asked of it after this."""
        shown, self._shown = self._shown, None
        if shown is not None and self.tab.commits == self._commits:
            self._setting.examiner.examine(self.tab, shown.html, shown.exchange, self._recorder)

    def _mark(self) -> str | None:
        """Return the mark of a hostile text that ran; none where the page's scripts break the question.

        Not asked where no such text was on its way: it takes Playwright 10 ms.
        """
        if not any(step.hostile for step in self._recorder.timeline().of(StoryStep)):
            return None
        try:
            return self.tab.evaluate(script("script_mark"), SCRIPT_MARK)
        except PageLost:
            return None  # a page that is gone says so to whoever asks next

    def _note_script(self, mark: str | None) -> None:
        """Record that a hostile text ran as a script: such texts leave a mark, and nothing else does."""
        spoken = sum(dialog.text == SPOKEN_MARK for dialog in self.tab.dialogs)
        if spoken > self._spoken:
            self._recorder.record(ScriptRan(marker="alert"))
        self._spoken = spoken
        if mark is not None:
            self._recorder.record(ScriptRan(marker=mark))

    def _note_complaint(self, complaint: Complaint) -> None:
        told = PageComplained(level=complaint.level, text=complaint.text, where=complaint.where)
        self._recorder.record(told)

    def _note_sendings(self) -> None:
        """Record what went to others since the last time and holds a secret."""
        for url in self.tab.sendings[self._sendings_told :]:
            masked = self._recorder.mask.apply(url)
            if origin_of(url) not in self._setting.own_origins and masks_in(masked):
                self._recorder.record(PageSent(url=masked))
        self._sendings_told = len(self.tab.sendings)

    def _note_dialogs(self) -> None:
        """Record the dialogs since the last time; what a hostile text says is `ScriptRan`'s."""
        for dialog in self.tab.dialogs[self._dialogs_told :]:
            if dialog.text != SPOKEN_MARK:
                opened = DialogOpened(dialog=dialog.kind, text=dialog.text, at_once=self._is_new)
                self._recorder.record(opened, at_ns=dialog.at_ns)
        self._dialogs_told = len(self.tab.dialogs)
        self._note_sendings()

    def _was_looked_at(self) -> None:
        """Note that somebody may have tapped by now: dialogs from here on are no longer before the page."""
        self._note_dialogs()
        self._is_new = False

    def take_picture(self, name: str) -> None:
        """Keep a screenshot where the run keeps any and no secret is legible; whoever watches looks too."""
        self._setting.watching.let_look()
        self._setting.pictures.take(self.tab, name)

    # --- what the user does ---------------------------------------------------------------------

    def leave_alone(self, *, minutes: float = 10, moments: Sequence[str] = ()) -> None:
        """Let page time pass without a tap on the button, with `moments` of the page's life in between."""
        if self._is_mute:
            return
        try:
            self.tab.settle(frame=False)
            self._was_looked_at()
            Alone(self.tab, self._recorder, self._setting.texts.button, self._loads_told).leave(
                minutes=minutes, moments=moments
            )
            self._loads_told = len(self.tab.own_loads)
        except PageLost as loss:
            is_slow = isinstance(loss, PageTooSlow)
            self._recorder.record(PageGone(url=self.tab.page.url, reason=str(loss), is_slow=is_slow))
            raise
        self._note_dialogs()

    def tap_return(self) -> Sequence[Departure]:
        """Tap the button and return the departures that the tap set off."""
        if self._is_mute:
            number, target = self._notes.begin_tap(), self._setting.texts.button
            self._recorder.record(TapFailed(number=number, target=target, reason=NO_SCRIPTS))
            return ()
        lost_before = self._lost_over(self.tab.load_up)
        self._was_looked_at()
        number, target = self._notes.begin_tap(), self._setting.texts.button
        before, began_ns = len(self._notes.seen), time.monotonic_ns()
        own_loads, framed = len(self.tab.own_loads), len(self.tab.framed)
        failure = lost_before or self._tap(target)
        if isinstance(failure, PageTooSlow):
            raise failure
        if failure is not None:
            absent = isinstance(failure, NothingToTap)
            reason = "the page has no such button" if absent else str(failure).splitlines()[0]
            self._recorder.record(TapFailed(number=number, target=target, reason=reason, absent=absent))
            if isinstance(failure, PageLost):
                raise failure
            return ()
        tapped = Tap(number=number, target=target, trusted=self._setting.tap_is_trusted)
        self._recorder.record(tapped, at_ns=began_ns)
        lost = self._lost_over(self.tab.come_to_rest)
        self._setting.watching.let_look()
        self._note_dialogs()
        # A page that is lost sets off nothing more.
        self._recorder.record(self._settled(number, own_loads, framed))
        self._loads_told = len(self.tab.own_loads)
        lost = lost or self._lost_over(self.tab.switch_back)
        if lost is not None:
            raise lost
        self._note_script(self._mark())
        return self._notes.seen[before:]

    def _settled(self, number: int, own_loads_before: int, framed_before: int) -> TapSettled:
        began = self.tab.own_loads[own_loads_before:]
        framed = tuple(self.tab.framed[framed_before:])
        stalled_s = round(self.tab.stalled_s, 1)
        went_to = began[-1] if began else ""
        return TapSettled(number=number, went_to=went_to, framed=framed, stalled_s=stalled_s)

    def _lost_over(self, action: Callable[[], None]) -> PageLost | None:
        """Do it; return how the page was lost over it."""
        try:
            action()
        except PageLost as lost:
            return lost
        return None

    def _tap(self, wording: str) -> CannotTap | PageLost | None:
        """Tap the button of this wording; return why that cannot be."""
        try:
            self.tab.tap(Aim(script("find_button"), wording, must_be_there=True), timeout_s=TAP_TIMEOUT_S)
        except (CannotTap, PageLost) as failure:
            return failure
        return None
