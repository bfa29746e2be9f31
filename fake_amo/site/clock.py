"""The clock that everything in the fake reads: real time plus what a test has added, or a time that stands.

Owns "now". Must not be bypassed: no other module of the fake asks the operating system for the time of day.
"""

import threading
import time

_FURTHEST_S = 100 * 365 * 86_400.0


class Clock:
    """Seconds since the epoch, movable by hand."""

    def __init__(self, standing_at: float | None = None) -> None:
        """Run with real time, or stand at `standing_at` (seconds since the epoch) until it is advanced."""
        self._standing_at = standing_at
        self._added_s = 0.0
        self._lock = threading.Lock()

    def now(self) -> float:
        """Return seconds since the epoch."""
        started = time.time() if self._standing_at is None else self._standing_at
        return started + self._added_s

    @property
    def advanced_s(self) -> float:
        """Seconds by which it was moved by hand."""
        return self._added_s

    def advance(
        self, *, seconds: float = 0.0, minutes: float = 0.0, hours: float = 0.0, days: float = 0.0
    ) -> float:
        """Move forward and return the new now.

        Raises ValueError for a move backwards: nothing in OAuth survives it and no test needs it.
        """
        added_s = seconds + 60 * minutes + 3600 * hours + 86400 * days
        if not added_s <= _FURTHEST_S - self._added_s:  # not a number fails this too
            raise ValueError("a clock moves at most 100 years; ask for less")
        if added_s < 0:
            raise ValueError(
                f"a clock only moves forward; asked for {added_s:g} s - use reset() to start over"
            )
        with self._lock:
            self._added_s += added_s
        return self.now()

    def reset(self) -> None:
        """Take back every advance."""
        with self._lock:
            self._added_s = 0.0
