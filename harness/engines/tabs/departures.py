"""The departures of one tab: collected from several observers, each real attempt once.

Owns counting and waiting. Must not know how a departure is observed.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from harness.config.settings import STORES
from harness.engines.tabs.engine import Departure, is_departure


class DepartureLog:
    """Departures in the order in which they were first seen. Safe to use from several threads.

    Observers that watch the same attempt each report it once. So of all observers' n-th reports of a URL in
    the same place (this tab or another) only the first to arrive is a new departure; the others may add what
    they know better. The place counts because a blocked popup is seen by one observer alone.
    """

    def __init__(
        self,
        on_departure: Callable[[Departure], None] | None = None,
        app_links: tuple[str, ...] = STORES,
    ) -> None:
        self.app_links = app_links
        self._changed = threading.Condition()
        self._departures: list[Departure] = []
        self._sightings: list[Departure] = []
        self._seen_by: Counter[tuple[str, str, bool | None]] = Counter()
        self._on_departure = on_departure

    def is_departure(self, url: str) -> bool:
        """Whether a navigation to `url` leaves the browser."""
        return is_departure(url, self.app_links)

    def add(self, seen: Departure) -> None:
        """Take one observer's report."""
        with self._changed:
            self._sightings.append(seen)
            self._seen_by[seen.observer, seen.url, seen.same_tab] += 1
            known = [index for index, each in enumerate(self._departures) if _may_be_one(each, seen)]
            nth = self._seen_by[seen.observer, seen.url, seen.same_tab]
            is_new = nth > len(known)
            if is_new:
                self._departures.append(seen)
            else:
                self._departures[known[nth - 1]] = _completed(self._departures[known[nth - 1]], seen)
            self._changed.notify_all()
        if is_new and self._on_departure is not None:
            self._on_departure(seen)

    def all(self) -> list[Departure]:
        """Return each attempt once."""
        with self._changed:
            return list(self._departures)

    def sightings(self) -> list[Departure]:
        """Return every observer's every report."""
        with self._changed:
            return list(self._sightings)

    def wait(self, *, after: int, timeout_s: float, give_up: Callable[[], bool]) -> Departure | None:
        """Return number `after`; None when the time is over or `give_up`, asked at each change, says so."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while len(self._departures) <= after and not give_up():
                left_s = deadline - time.monotonic()
                if left_s <= 0 or not self._changed.wait(left_s):
                    break
            return self._departures[after] if len(self._departures) > after else None

    def wake(self) -> None:
        """Let everyone who waits look again."""
        with self._changed:
            self._changed.notify_all()


def _may_be_one(known: Departure, seen: Departure) -> bool:
    """Tell whether two reports can be of the same attempt."""
    places = {known.same_tab, seen.same_tab} - {None}
    return known.url == seen.url and len(places) <= 1


def _completed(known: Departure, also: Departure) -> Departure:
    """Fill what the first observer could not tell with what another can."""
    return replace(
        known,
        mechanism=known.mechanism if known.mechanism is not None else also.mechanism,
        user_gesture=known.user_gesture if known.user_gesture is not None else also.user_gesture,
        same_tab=known.same_tab if known.same_tab is not None else also.same_tab,
    )
