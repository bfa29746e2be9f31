"""Where the actors append what happens, secrets masked as they are recorded.

Owns masking at the moment of recording, and waiting for something to be recorded. It must not judge and
must not know who listens.
"""

import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from operator import attrgetter
from typing import Any, cast

from harness.timeline.events import Event
from harness.timeline.masking import SecretMask
from harness.timeline.timeline import Timeline
from harness.timeline.vocabulary import facts_of


def _without_lone_surrogates(text: str) -> str:
    """Half of a pair, which a page's text may hold, is in no UTF-8 file: U+FFFD stands for it."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _nobody(_event: Event) -> None:
    """Hear nothing."""


class Recorder:
    """Where the actors append. Any thread may record; `timeline()` is the frozen view, by the clock.

    `heard_by` is called with each event as it stands on the timeline, masked, from the thread that records
    it and before `record` returns; it must not wait for anything.
    """

    def __init__(
        self, clock_ns: Callable[[], int] = time.monotonic_ns, heard_by: Callable[[Event], None] = _nobody
    ) -> None:
        self._clock_ns = clock_ns
        self._heard_by = heard_by
        self._changed = threading.Condition()
        self._events: list[Event] = []  # in the order of the clock, each with its number
        self._timeline: Timeline | None = None  # of all of them, once somebody has asked
        self.mask = SecretMask()

    def secret(self, label: str, value: str) -> None:
        """Make a value known as a secret: from now on it is recorded only as its mask."""
        self.mask.add(label, value)

    def record(self, event: Event, *, at_ns: int | None = None) -> None:
        """Append an event, masked, at the given moment or now."""
        moment = self._clock_ns() if at_ns is None else at_ns
        masked = {name: self._masked(value) for name, value in facts_of(event).items()}
        with self._changed:
            place = bisect_right(self._events, moment, key=attrgetter("at_ns"))
            recorded = replace(event, index=place, at_ns=moment, **masked)
            later = [replace(each, index=each.index + 1) for each in self._events[place:]]
            self._events[place:] = [recorded, *later]
            self._timeline = None
            self._changed.notify_all()
        self._heard_by(recorded)

    def _masked(self, value: Any) -> Any:
        """Mask a field's value, keeping its type."""
        if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{f.name: self._masked(getattr(value, f.name)) for f in fields(value)})
        if isinstance(value, tuple | list):
            rows = [self._masked(each) for each in cast("list[Any]", value)]
            return tuple(rows) if isinstance(value, tuple) else rows
        if isinstance(value, Mapping):
            pairs = cast("Mapping[Any, Any]", value).items()
            return {self.mask.apply(key): self._masked(each) for key, each in pairs}
        return self.mask.apply(_without_lone_surrogates(value) if isinstance(value, str) else value)

    def wait_for(self, seen: Callable[[Timeline], bool], *, timeout_s: float) -> bool:
        """Wait until the timeline satisfies a predicate; False when it did not in time."""
        with self._changed:
            return self._changed.wait_for(lambda: seen(self.timeline()), timeout_s)

    def timeline(self) -> Timeline:
        """Return everything recorded so far, in the order of the clock, numbered from 0."""
        with self._changed:
            if self._timeline is None:
                self._timeline = Timeline(tuple(self._events))
            return self._timeline
