"""A page that nobody taps: ten minutes of its time, moments of a phone's life, a finger beside the button.

Owns what a page that is left alone goes through, and telling the timeline of it. Judges nothing.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from harness.engines import Tab
from harness.stage.page.refreshing import follow, read_refreshes
from harness.stage.page.scripts import script
from harness.timeline.page_events import LeftAlone, TouchedBeside, WentElsewhere
from harness.timeline.recorder import Recorder

LIFE = ("switch", "pagehide", "pageshow")
"""Lived through again and again. `switch`: the user leaves the browser and returns, as the engine does it."""
ONCE = ("offline", "online", "rotation", "freeze", "resume", "print")
"""Lived through once, at the end; told to the page by events."""
SURROUNDINGS = "surroundings"
"""Lived through once as well: the phone on its side (`rotation`), `dark` colours, `still` animations."""
FINGER = ("touch", "double_touch", "swipe")
"""A finger touches the page beside its button, does so twice at once, and scrolls it."""
OPEN_ENDS = "open_ends"
"""What the page keeps open (a call, an EventSource, a worker) gets real time."""
MOMENTS = (*LIFE, *ONCE, SURROUNDINGS, *FINGER, OPEN_ENDS)

STEPS_S = (0.5, 59.5, 540)
"""The ten minutes in growing steps, so that what a timer began (a fetch) can end and begin another one."""
LIFE_STEPS_S = (0.5, 1.5, 8, 50, 540)
"""The same with the moments of a page's life between them: more of them."""
AWAY_S = 50
"""The step that passes while the user is elsewhere, where they go there: for most of a minute."""
ANIMATION_ROUNDS = 8
"""How often what an ended animation began is ended too."""
OPEN_ENDS_S = 10.0
"""Real time at most for what a page keeps open."""
OPEN_ENDS_LOOK_S = 0.25
"""How often it is looked whether it is open still; as much page time passes."""
SWIPE_PX = 200.0


@dataclass(frozen=True, slots=True)
class Alone:
    """One tab whose page is left alone; `wording` is what its button says."""

    tab: Tab
    recorder: Recorder
    wording: str

    def leave(self, *, minutes: float, moments: Sequence[str]) -> None:
        """Let page time pass without a tap on the button, with these moments of `MOMENTS` in between."""
        loads_before, commits_before = len(self.tab.own_loads), self.tab.commits
        departed_before = len(self.tab.departures())
        home = self.tab.page.url
        passed_s = self._let_pass(minutes * 60, [each for each in moments if each in LIFE])
        lived = [each for each in moments if each in LIFE]
        once = [each for each in moments if each in ONCE]
        self._tell(once)
        lived += once
        if SURROUNDINGS in moments:
            lived += self.tab.surround(otherwise=True)
            self.tab.surround(otherwise=False)
        self._end_animations()
        self.tab.settle()
        is_seen = len(self.tab.departures()) > departed_before  # and nothing more is to be waited for
        waits = OPEN_ENDS in moments and not is_seen
        real_time_s, still_open = self._wait_for_open_ends() if waits else (0.0, ())
        refreshes = read_refreshes(self.tab, self.recorder, within_s=passed_s)
        self.recorder.record(
            LeftAlone(
                page_time_s=passed_s,
                moments=tuple(dict.fromkeys(lived)),
                real_time_s=real_time_s,
                still_open=still_open,
                refreshes=refreshes.contents,
            )
        )
        if refreshes.next_page and not is_seen:
            follow(self.tab, self.recorder, refreshes.next_page)
        for moment in moments:
            if moment in FINGER:
                self._touch(moment)
                # What two touches begin and a drawn finger does come to rest together, as on a phone.
                if moment == "double_touch" and "swipe" in moments:
                    self.tab.settle(frame=False)
                else:
                    self.tab.come_to_rest()
        self._tell_where_it_went(loads_before, commits_before, home)

    def _let_pass(self, whole_s: float, life: Sequence[str]) -> float:
        steps_s = LIFE_STEPS_S if life else STEPS_S
        passed_s = 0.0
        for planned_s in (*steps_s, max(0.0, whole_s - sum(steps_s))):
            step_s = min(planned_s, whole_s - passed_s)
            if step_s > 0:
                self._pass_and_live(step_s, life)
                passed_s += step_s
        return passed_s

    def _pass_and_live(self, step_s: float, life: Sequence[str]) -> None:
        is_away = "switch" in life and step_s == AWAY_S
        if not is_away:
            self.tab.let_pass(step_s)
        if "switch" in life:
            self.tab.switch_away()
            if is_away:
                self.tab.let_pass(step_s)
            self.tab.switch_back()
        self._tell([each for each in life if each != "switch"])

    def _tell(self, moments: Sequence[str]) -> None:
        if moments:
            self.tab.look(script("live_through"), moments)

    def _end_animations(self) -> None:
        for _ in range(ANIMATION_ROUNDS):
            if not self.tab.end_animations():
                return
            self.tab.settle()
            self.tab.let_pass(1)

    def _wait_for_open_ends(self) -> tuple[float, tuple[str, ...]]:
        """Return how long was waited in real time, in s, and what was open to the end."""
        began, departed = time.monotonic(), len(self.tab.departures())
        while still_open := tuple(self.tab.still_open()):
            waited_s = time.monotonic() - began
            if waited_s >= OPEN_ENDS_S:
                return waited_s, still_open
            if self.tab.wait_for_departure(after=departed, timeout_s=OPEN_ENDS_LOOK_S) is not None:
                return waited_s, still_open
            self.tab.let_pass(OPEN_ENDS_LOOK_S)
            self.tab.settle()
        return time.monotonic() - began, ()

    def _touch(self, how: str) -> None:
        """Touch where nothing is to be tapped, or scroll from there."""
        look = f"(wording) => ({script('beside_the_button')})(wording, ({script('find_button')}))"
        point = self.tab.look(look, self.wording)
        if point is None:
            return
        x, y = point
        self.recorder.record(TouchedBeside(how=how, x=x, y=y))
        self.tab.touch(x, y, up_px=SWIPE_PX if how == "swipe" else 0)
        if how == "double_touch":
            self.tab.touch(x, y)
            self.tab.look(script("double_click"), (x, y))

    def _tell_where_it_went(self, loads_before: int, commits_before: int, home: str) -> None:
        """Record that the page took itself away, if it did."""
        gone = self.tab.own_loads[loads_before:]
        if not gone:
            return
        if self.tab.commits > commits_before:
            self.tab.wait_for_first_paint(timeout_s=1.0)
        has_button = bool(self.tab.look(f"(wording) => !!({script('find_button')})(wording)", self.wording))
        at_home = urlsplit(gone[-1])[:2] == urlsplit(home)[:2]
        self.recorder.record(WentElsewhere(url=gone[-1], has_button=has_button and at_home))
