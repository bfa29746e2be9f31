"""Timelines that a report needs at the end of a run: the last ones are kept, the earlier ones read back.

Owns which of them are in memory. A sitting has no end: with all of its journeys there, it would grow.
"""

from collections.abc import Callable

from harness.errors import UsageError
from harness.timeline.timeline import Timeline

MOST_KEPT = 60
"""More than a whole run has, which reads none back."""
ReadBack = Callable[[str], Timeline]
"""Reads a scenario's saved timeline; UsageError where that cannot be done."""


class Kept:
    """Timelines by scenario; without `saved` all of them stay in memory."""

    def __init__(self, saved: ReadBack | None = None, most: int = MOST_KEPT) -> None:
        self._saved, self._most = saved, most
        self._near: dict[str, Timeline] = {}
        self._away: set[str] = set()
        self.lost: list[str] = []
        """Those that were asked for and could not be read, each with the reason."""

    def keep(self, name: str, timeline: Timeline) -> None:
        """Take a scenario's timeline; one without events was not saved, and is nothing to keep."""
        if not len(timeline):
            return
        self._near[name] = timeline
        if self._saved is not None and len(self._near) > self._most:
            oldest = next(iter(self._near))
            del self._near[oldest]
            self._away.add(oldest)

    def of(self, name: str) -> Timeline:
        """Return a scenario's timeline; an empty one where there is none, or where it is lost."""
        if self._saved is not None and name in self._away:
            try:
                return self._saved(name)
            except UsageError as error:
                self.lost.append(f"{name} ({error})")
        return self._near.get(name, Timeline())
