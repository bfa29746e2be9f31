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
ONCE = ("offline", "online", "rotation", "freeze", "resume", "print", "menu", "key", "wheel", "selection")
"""Lived through once, at the end; told to the page by events, but for the heading, which is selected."""
SURROUNDINGS = "surroundings"
"""Lived through once as well: the phone on its side (`rotation`), `dark` colours, `still` animations."""
FINGER = ("touch", "double_touch", "swipe", "long_touch")
"""A finger touches the page beside its button, does so twice at once, scrolls it, and stays on it."""
OPEN_ENDS = "open_ends"
"""What the page keeps open (a call, an EventSource, a worker) gets real time."""
MOMENTS = (*LIFE, *ONCE, SURROUNDINGS, *FINGER, OPEN_ENDS)

STEPS_S = (0.5, 59.5, 540)
"""The ten minutes in growing steps, so that what a timer began (a fetch) can end and begin another one."""
LIFE_STEPS_S = (0.5, 1.5, 8, 50, 540)
"""The same with the moments of a page's life between them: more of them."""
AWAY_S = 50
"""The step that passes while the user is elsewhere, where they go there: for most of a minute."""
OFFLINE_S = 10.0
"""Page time for which there is no network."""
OTHERWISE_S = 1.0
"""How long the phone is on its side, with its animations brought to their end."""
ANIMATION_ROUNDS = 40
"""How often what an ended animation began is ended too."""
OPEN_ENDS_S = 10.0
"""Real time at most for what a page keeps open."""
FIRST_ENDS_S = 5.0
"""The part of it that comes before the last step, so that what an answer begins has these minutes."""
OPEN_ENDS_LOOK_S = 0.25
"""How often it is looked whether it is open still; as much page time passes."""
SWIPE_PX = 200.0
AFTERWARDS_S = 60.0
"""Page time for what a touch or a late answer has begun."""
HELD_S = 1.0
"""Page time: the half second after which iOS takes a touch for a long one has passed."""


@dataclass(frozen=True, slots=True)
class Alone:
    """One tab whose page is left alone; `wording` is what its button says."""

    tab: Tab
    recorder: Recorder
    wording: str
    loads_before: int | None = None
    """How many pages the tab's own had begun to load before the page that is left alone; None: all so far."""

    def leave(self, *, minutes: float, moments: Sequence[str]) -> None:
        """Let page time pass without a tap on the button, with these moments of `MOMENTS` in between."""
        loads_before = len(self.tab.own_loads) if self.loads_before is None else self.loads_before
        commits_before = self.tab.commits
        departed_before = len(self.tab.departures())
        home = self.tab.page.url
        may_wait = OPEN_ENDS in moments
        lives = [each for each in moments if each in LIFE]
        passed_s, waited_s = self._let_pass(minutes * 60, lives, departed_before if may_wait else None)
        lived = lives.copy()
        once = [each for each in moments if each in ONCE]
        self._live_once(once)
        lived += once
        if SURROUNDINGS in moments:
            lived += self.tab.surround(otherwise=True)
            self.tab.let_pass(OTHERWISE_S)
            self.tab.end_animations()
            self.tab.settle()
            self.tab.surround(otherwise=False)
        self._end_animations()
        self.tab.settle()
        is_seen = len(self.tab.departures()) > departed_before  # and nothing more is to be waited for
        still_open: tuple[str, ...] = ()
        if may_wait and not is_seen:
            more_s, still_open = self._wait_for_open_ends(departed_before, OPEN_ENDS_S - waited_s)
            waited_s += more_s
            if more_s > OPEN_ENDS_LOOK_S:
                self.tab.let_pass(AFTERWARDS_S)
                self.tab.settle()
        refreshes = read_refreshes(self.tab, self.recorder, within_s=passed_s)
        self.recorder.record(
            LeftAlone(
                page_time_s=passed_s,
                moments=tuple(dict.fromkeys(lived)),
                real_time_s=waited_s,
                still_open=still_open,
                refreshes=refreshes.contents,
            )
        )
        if refreshes.next_page and not is_seen:
            follow(self.tab, self.recorder, refreshes.next_page)
        self._put_fingers([each for each in moments if each in FINGER])
        self._tell_where_it_went(loads_before, commits_before, home)

    def _let_pass(self, whole_s: float, life: Sequence[str], departed: int | None) -> tuple[float, float]:
        """Return how much page time passed, and real time where open ends are waited for, both in s."""
        steps_s = LIFE_STEPS_S if life else STEPS_S
        passed_s = waited_s = 0.0
        self.tab.load_up()  # the page's own scripts first: what they begin has these minutes
        for planned_s in (*steps_s, max(0.0, whole_s - sum(steps_s))):
            step_s = min(planned_s, whole_s - passed_s)
            if step_s == STEPS_S[-1]:
                self._end_animations()  # what they and slow answers begin has these minutes
                if departed is not None:
                    waited_s, _ = self._wait_for_open_ends(departed, FIRST_ENDS_S)
            if step_s > 0:
                self._pass_and_live(step_s, life)
                passed_s += step_s
        return passed_s, waited_s

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

    def _live_once(self, moments: Sequence[str]) -> None:
        if "offline" in moments:
            self._tell(["offline"])
            self.tab.let_pass(OFFLINE_S)  # a page may look at the network every few seconds
        self._tell([each for each in moments if each != "offline"])

    def _tell(self, moments: Sequence[str]) -> None:
        if moments:
            self.tab.look(script("live_through"), moments)

    def _end_animations(self) -> None:
        for number in range(ANIMATION_ROUNDS):
            if not self.tab.end_animations():
                if number:
                    self.tab.load_up()
                return
            self.tab.settle()
            self.tab.let_pass(1)

    def _wait_for_open_ends(self, departed: int, at_most_s: float) -> tuple[float, tuple[str, ...]]:
        """Return how long was waited in real time, in s, and what was open to the end.

        A departure beyond so many ends it.
        """
        began = time.monotonic()
        while still_open := tuple(self.tab.still_open()):
            waited_s = time.monotonic() - began
            if waited_s >= at_most_s:
                return waited_s, still_open
            if self.tab.wait_for_departure(after=departed, timeout_s=OPEN_ENDS_LOOK_S) is not None:
                return waited_s, still_open
            self.tab.let_pass(OPEN_ENDS_LOOK_S)
            self.tab.settle()
        return time.monotonic() - began, ()

    def _put_fingers(self, fingers: Sequence[str]) -> None:
        for finger in fingers:
            self._touch(finger)
            # What two touches begin and a drawn finger does come to rest together, as on a phone.
            if finger == "double_touch" and "swipe" in fingers:
                self.tab.settle(frame=False)
            else:
                self.tab.come_to_rest()
        if fingers:
            self.tab.let_pass(AFTERWARDS_S)
            self.tab.settle()

    def _touch(self, how: str) -> None:
        """Touch where nothing is to be tapped, or scroll from there."""
        look = f"([wording, how]) => ({script('beside_the_button')})(wording, how, ({script('find_button')}))"
        point = self.tab.look(look, (self.wording, how))
        if point is None:
            return
        x, y = point
        self.recorder.record(TouchedBeside(how=how, x=x, y=y))
        held_s = HELD_S if how == "long_touch" else 0
        self.tab.touch(x, y, up_px=SWIPE_PX if how == "swipe" else 0, held_s=held_s)
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
        told = WentElsewhere(url=gone[-1], has_button=has_button and at_home, at_home=at_home)
        self.recorder.record(told)


def loads_until(loads: Sequence[str], told: int, address: str, *, has_button: bool) -> int:
    """Return how many of a tab's own loads led to the page at an address, those told of before among them.

    What has no button from the start does not lose it: all of them did.
    """
    led = (number for number, url in enumerate(loads, 1) if number > told and url == address)
    return max(led, default=told) if has_button else len(loads)
