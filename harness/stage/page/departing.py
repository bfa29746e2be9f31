"""The departures of one tab as they come, each with the tap that came before it.

Owns counting them and the number of the current tap. What a departure means is the contract's.
"""

from collections.abc import Iterator, Sequence

from harness.engines import Departure
from harness.timeline.page_events import Departure as Departed
from harness.timeline.recorder import Recorder


class DepartureNotes:
    """Takes down each attempt to leave; the engine calls from any thread."""

    def __init__(self, recorder: Recorder, tap_numbers: Iterator[int]) -> None:
        self._recorder = recorder
        self._tap_numbers = tap_numbers
        self._tap: int | None = None
        self._seen: list[Departure] = []

    @property
    def seen(self) -> Sequence[Departure]:
        """All so far."""
        return tuple(self._seen)

    def begin_tap(self) -> int:
        """Return the number of the tap that begins now; what leaves from now on comes after it."""
        self._tap = next(self._tap_numbers)
        return self._tap

    def take(self, departure: Departure) -> None:
        """Record an attempt to leave."""
        self._seen.append(departure)
        self._recorder.record(
            Departed(
                url=departure.url,
                mechanism=departure.mechanism,
                user_gesture=departure.user_gesture,
                same_tab=departure.same_tab,
                observer=departure.observer,
                tap=self._tap,
            ),
            at_ns=departure.at_ns,
        )
