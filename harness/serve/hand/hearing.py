"""Who hears the events of a journey as they are recorded.

Owns the list of those who hear. None of them may wait for anything.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from harness.timeline.events import Event

Ear = Callable[[Event], None]


class Hearing:
    """Passes each event on to everybody who hears at the moment."""

    def __init__(self, *ears: Ear) -> None:
        self._ears = ears

    def hear(self, event: Event) -> None:
        """Pass an event on."""
        for ear in self._ears:
            ear(event)

    @contextmanager
    def also(self, *ears: Ear) -> Generator[None]:
        """Let these hear too while the block lasts."""
        before, self._ears = self._ears, (*self._ears, *ears)
        try:
            yield
        finally:
            self._ears = before
