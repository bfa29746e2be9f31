"""How page time passes around a tap: as on a phone that a person holds.

Owns what passes before a tap and after it, and when a page has come to rest. Must not know how a browser is
asked. Source of the times: WebKit hands a tap's gesture on to timers for one second, to what follows a fetch
for ten (UserGestureToken::maximumIntervalForUserGestureForwarding, and ResourceLoader's own).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

GESTURE_MS = 1000
BEFORE_TAP_S = 1.0
"""Page time between a page's first paint and a tap: no finger is faster."""
BEFORE_TAP_LOADS_S = 1.5
"""Real time that what a page is loading gets before a tap."""
AFTER_TAP_S = 2.0
"""Page time that a tap's own timers get before the tap counts as done."""
AWAY_S = 10.0
"""How long a page that has departed is behind the app by its date: nobody is back sooner, and iOS stops its
timers meanwhile, so that they are late."""
BEHIND_S = 5.0
"""Page time that its timers get all the same, as they may on another phone; a store opens sooner."""
AFTER_TAP_LOADS_S = 10.0
"""Real time that what a tap has begun to load gets: as long as WebKit hands the gesture on."""
AFTER_DEPARTURE_LOADS_S = 1.0
"""The same once the page has departed."""


@dataclass(frozen=True, slots=True)
class Pending:
    """What goes on in a page in real time."""

    timers: int
    """Timers and frames that the tap set and that run in real time, and animations that end."""
    since_lift_ms: int | None
    """Since a finger was lifted, if the page has been in real time since then."""
    loads: int
    """Documents, scripts, pictures and calls that are being loaded."""
    loads_since_tap: int
    """Those among them that began after the tap did."""


@dataclass(frozen=True, slots=True)
class Landed:
    """How the page's real time that began with a tap has ended."""

    passed_ms: int
    next_ms: float | None
    """How long it is until the page's next timer or frame, in page time; None where there is none."""


class Hands(Protocol):
    """What this module needs of a tab."""

    def pending(self) -> Pending:
        """Say what goes on in the page."""
        ...

    def land(self) -> Landed:
        """End the page's real time that began with a tap."""
        ...

    def let_pass(self, seconds: float) -> None:
        """Let page time pass."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let the page's date go on, and nothing else of it."""
        ...

    def switch_away(self) -> None:
        """Let the user leave the browser: the page is hidden."""
        ...

    def settle(self, *, frame: bool = True) -> None:
        """Return when all that the page has asked for so far has been reported, by default after a frame."""
        ...


def load_up(tab: Hands, page_time_s: float = BEFORE_TAP_S, loads_s: float = BEFORE_TAP_LOADS_S) -> None:
    """Give a page what it needs until a person taps: its loads in real time, its timers in page time."""
    deadline = time.monotonic() + loads_s
    tab.let_pass(page_time_s / 2)
    tab.settle(frame=False)
    seen = 0
    while ((loads := tab.pending().loads) or seen) and time.monotonic() < deadline:
        seen = loads  # a script that has just come runs, and may ask for another one
        tab.settle()
    tab.let_pass(page_time_s / 2)
    tab.settle(frame=False)


def come_to_rest(tab: Hands, page_time_s: float, departed: Callable[[], bool]) -> None:
    """Let what a tap began end as on a phone: in real time where a gesture depends on that.

    A page that has departed and is still to do something, however late, is hidden from then on, as the app is
    in front.
    """
    began = time.monotonic()
    tab.pending()  # what the tap has sent as a message has come, however late its carrier is
    tab.settle(frame=False)  # a frame that the tap has asked for is among what is pending
    while _goes_on(tab.pending(), departed=departed(), since_s=time.monotonic() - began):
        tab.settle()
    landed = tab.land()
    is_hidden = departed() and landed.next_ms is not None
    left_s = max(0.0, (BEHIND_S if is_hidden else page_time_s) - landed.passed_ms / 1000)
    if is_hidden:
        tab.switch_away()
        tab.sleep(AWAY_S)
    if left_s > 0:
        tab.let_pass(left_s)
    tab.settle(frame=not is_hidden)


def _goes_on(pending: Pending, *, departed: bool, since_s: float) -> bool:
    since_lift_ms = pending.since_lift_ms
    in_time = since_lift_ms is not None and since_lift_ms <= GESTURE_MS
    may_load = since_s < (AFTER_DEPARTURE_LOADS_S if departed else AFTER_TAP_LOADS_S)
    return (in_time and pending.timers > 0) or (may_load and pending.loads_since_tap > 0)
