"""Figures of a run as they follow from the journeys: how many, how fast, second by second.

Owns counting and percentiles of what was recorded. What Locust measured by step is Locust's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.load.judging.journey import Journey

A_SECOND_NS = 10**9
MOST_REASONS, OTHER_REASONS = 20, "for another reason"
MOST_A_SECOND = 400
"""How many times of one second are kept."""


@dataclass(slots=True)
class Second:
    """What ended in one second of the run."""

    journeys: int = 0
    p95_ms: float = 0.0
    """Of the first bytes of callbacks; 0 where there was none."""


@dataclass(slots=True)
class Course:
    """A run, second by second, and its journeys by kind."""

    began_ns: int | None = None
    ended_ns: int = 0
    by_kind: dict[str, int] = field(default_factory=dict[str, int])
    unfinished: dict[str, int] = field(default_factory=dict[str, int])
    """Why journeys went no further, and how often."""
    seconds: dict[int, Second] = field(default_factory=dict[int, Second])
    _callbacks_ms: list[float] = field(default_factory=list[float])
    """Of the last second alone: journeys come by their end."""

    def take(self, journey: Journey) -> None:
        """Count a journey."""
        if journey.why:
            why = journey.why if journey.why in self.unfinished or self._may_tell_more else OTHER_REASONS
            self.unfinished[why] = self.unfinished.get(why, 0) + 1
        else:
            self.by_kind[journey.kind] = self.by_kind.get(journey.kind, 0) + 1
        if not journey.rows:
            return
        self.began_ns = min(self.began_ns or journey.began_ns, journey.began_ns)
        self.ended_ns = max(self.ended_ns, journey.ended_ns)
        number = journey.ended_ns // A_SECOND_NS
        if number not in self.seconds:
            self.seconds[number] = Second()
            self._callbacks_ms = []
        second = self.seconds[number]
        second.journeys += 1
        took_ms = [(answered - asked) / 1e6 for asked, answered in _callbacks(journey)]
        self._callbacks_ms = [*self._callbacks_ms, *took_ms][:MOST_A_SECOND]
        second.p95_ms = percentile(self._callbacks_ms, 0.95)

    @property
    def _may_tell_more(self) -> bool:
        return len(self.unfinished) < MOST_REASONS

    @property
    def whole(self) -> int:
        """How many accounts were connected from the first look to the leads."""
        return self.by_kind.get("connect", 0)

    @property
    def duration_s(self) -> float:
        """From the first event to the last."""
        return (self.ended_ns - self.began_ns) / A_SECOND_NS if self.began_ns is not None else 0.0

    def journeys_a_second(self) -> list[int]:
        """Return how many journeys ended in each second."""
        return [each.journeys for each in self._every_second()]

    def callback_p95_ms(self) -> list[float]:
        """Return the 95th percentile of the callbacks of each second; 0 where there was none."""
        return [each.p95_ms for each in self._every_second()]

    def _every_second(self) -> list[Second]:
        if not self.seconds:
            return []
        first, last = min(self.seconds), max(self.seconds)
        return [self.seconds.get(number, Second()) for number in range(first, last + 1)]


def _callbacks(journey: Journey) -> list[tuple[int, int]]:
    asked = {f["exchange"]: at for _, at, f in journey.of("gateway.request") if f["is_callback"]}
    began = {f["exchange"]: at for _, at, f in journey.of("gateway.first_byte")}
    return [(at, began[number]) for number, at in asked.items() if number in began]


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which that share lies; 0 for none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
