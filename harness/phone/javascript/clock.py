"""The phone's own clock: timers that fire when a scenario lets time pass, never by sleeping.

Owns the order in which the app's work happens: first everything that is due at once (JavaScript's
microtasks), then timers by their moment, those of one moment in the order they were set. It must not
know what the work is.
"""

import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from harness.errors import HarnessError

NS_PER_S = 1_000_000_000
Action = Callable[[], None]


@dataclass(order=True, frozen=True, slots=True)
class _Timer:
    """Work that is set for a moment of the phone's clock."""

    at_ns: int
    number: int
    action: Action = field(compare=False)


class Clock(Protocol):
    """What the app's code may ask of a clock."""

    @property
    def now_s(self) -> float:
        """Seconds since the phone was switched on."""
        ...

    def soon(self, action: Action) -> None:
        """Do this at the present moment, after what is already due."""
        ...

    def call_later(self, delay_s: float, action: Action) -> None:
        """Do this when so many seconds have passed."""
        ...


class PhoneClock:
    """Time as the app sees it; it stands still until `advance` moves it."""

    def __init__(self) -> None:
        self._now_ns = 0
        self._set = 0
        self._timers: list[_Timer] = []
        self._due: deque[Action] = deque()

    @property
    def now_s(self) -> float:
        """Seconds since the phone was switched on."""
        return self._now_ns / NS_PER_S

    def soon(self, action: Action) -> None:
        """Do this at the present moment, after what is already due."""
        self._due.append(action)

    def call_later(self, delay_s: float, action: Action) -> None:
        """Do this when so many seconds have passed; 0 is after everything that is due at once."""
        self._set += 1
        heapq.heappush(self._timers, _Timer(self._now_ns + round(delay_s * NS_PER_S), self._set, action))

    def settle(self) -> None:
        """Do all that is due at the present moment."""
        self.advance(0)

    def advance(self, seconds: float) -> None:
        """Let time pass, doing everything that falls due at its own moment."""
        if seconds < 0:
            raise HarnessError(f"the phone's clock cannot go back by {-seconds} s")
        end_ns = self._now_ns + round(seconds * NS_PER_S)
        self._do_what_is_due()
        while self._timers and self._timers[0].at_ns <= end_ns:
            timer = heapq.heappop(self._timers)
            self._now_ns = timer.at_ns
            timer.action()
            self._do_what_is_due()
        self._now_ns = end_ns

    def advance_until(self, done: Callable[[], bool]) -> None:
        """Let time pass as far as it takes; HarnessError when nothing is left that could bring it about."""
        self.settle()
        while not done():
            if not self._timers:
                raise HarnessError("the phone waits for something that no timer and no answer will bring")
            self.advance((self._timers[0].at_ns - self._now_ns) / NS_PER_S)

    def advance_at_most(self, seconds: float, *, until: Callable[[], bool]) -> None:
        """Let time pass from timer to timer until something holds, or no timer is left in these seconds."""
        self.settle()
        end_ns = self._now_ns + round(seconds * NS_PER_S)
        while not until() and self._timers and self._timers[0].at_ns <= end_ns:
            self.advance((self._timers[0].at_ns - self._now_ns) / NS_PER_S)

    def _do_what_is_due(self) -> None:
        while self._due:
            self._due.popleft()()


class Lifetime:
    """The clock as one start of the app knows it: when the app ends, so does all the work it had set."""

    def __init__(self, clock: PhoneClock) -> None:
        self._clock = clock
        self._ended = False

    @property
    def now_s(self) -> float:
        """Seconds since the phone was switched on."""
        return self._clock.now_s

    def soon(self, action: Action) -> None:
        """Do this at the present moment, if the app still runs then."""
        self._clock.soon(self._while_alive(action))

    def call_later(self, delay_s: float, action: Action) -> None:
        """Do this when so many seconds have passed, if the app still runs then."""
        self._clock.call_later(delay_s, self._while_alive(action))

    def end(self) -> None:
        """Forget all work."""
        self._ended = True

    def _while_alive(self, action: Action) -> Action:
        def act() -> None:
            if not self._ended:
                action()

        return act
