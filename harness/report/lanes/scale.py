"""The axis of time: where a moment stands between the left edge and the right one.

Owns the scale, which shrinks quiet stretches: a step is as wide as the root of what it took, so that a
millisecond can still be seen beside half a second. Order is never changed, and each tick says its moment.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

NS_IN_MS = 1e6
LEFT_PX, RIGHT_PX = 90, 15
"""From the drawing's edges; what is left of it is for the lanes' names."""
LEAST_PX = 1000
"""A drawing's width; one with more events is wider."""
LEAST_STEP = 0.8
"""Of two events, as if they were this much apart, in roots of milliseconds."""
TICK_EVERY_PX, TICKS_APART_PX = 65, 55
WHOLE_FROM_MS, IN_SECONDS_FROM_MS, IN_MINUTES_FROM_MS = 10, 1_000, 120_000


@dataclass(frozen=True, slots=True)
class Tick:
    """A moment that the axis names; `at` is in percent of the width."""

    at: float
    label: str


class Scale:
    """Places moments of one timeline. `moments` are in nanoseconds, in any order, at least one."""

    def __init__(self, moments: Iterable[int], width: int = LEAST_PX) -> None:
        self.px = 100 / width
        """How many percent one is."""
        self.left, self.right = LEFT_PX * self.px, 100 - RIGHT_PX * self.px
        self._moments = sorted(set(moments))
        self._places = [0.0]
        for before, after in zip(self._moments, self._moments[1:], strict=False):
            self._places.append(self._places[-1] + LEAST_STEP + math.sqrt((after - before) / NS_IN_MS))
        whole = self._places[-1] or 1.0
        self._places = [self.left + (self.right - self.left) * each / whole for each in self._places]

    def at(self, moment: float) -> float:
        """Return where a moment stands, in percent of the width."""
        return round(_between(moment, self._moments, self._places), 2)

    def ticks(self) -> Iterator[Tick]:
        """Yield the moments that the axis names, in milliseconds since the first one."""
        apart, every = TICKS_APART_PX * self.px, TICK_EVERY_PX * self.px
        start, last, place = self._moments[0], -apart, self.left
        while place <= self.right - apart / 2:
            moment = _between(place, self._places, self._moments)
            step = _between(place + every, self._places, self._moments) - moment
            rounded = _rounded((moment - start) / NS_IN_MS, step / NS_IN_MS)
            at = self.at(start + rounded * NS_IN_MS)
            if at >= last + apart:
                yield Tick(at, in_words(rounded))
                last = at
            place += every


def _between(value: float, of: list[int] | list[float], to: list[int] | list[float]) -> float:
    """Return the place among `to` that a value has among `of`; outside, that of the nearer end."""
    after = bisect_right(of, value)
    if after in (0, len(of)):
        return to[0] if after == 0 else to[-1]
    share = (value - of[after - 1]) / (of[after] - of[after - 1])
    return to[after - 1] + share * (to[after] - to[after - 1])


def _rounded(ms: float, step_ms: float) -> float:
    """Return a moment as roundly as the axis is fine there."""
    grain = 10 ** math.floor(math.log10(max(step_ms, 0.1)))
    return round(ms / grain) * grain


def in_words(ms: float) -> str:
    """Return a duration: `0.4 ms`, `25 ms`, `1.35 s`, `10 min`."""
    if ms < IN_SECONDS_FROM_MS:
        return f"{ms:.0f} ms" if ms >= WHOLE_FROM_MS else f"{ms:.3g} ms"
    return f"{ms / 1000:.3g} s" if ms < IN_MINUTES_FROM_MS else f"{ms / 60_000:.3g} min"
