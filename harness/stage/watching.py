"""A person who watches a run: real time between the user's steps, and a stop at a scenario's end.

Owns that time, which no page and no clock of the story notices. Must not change what is recorded.
"""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event

SLOW_S = 1.0
"""How long each page is shown before the next step where a run is slow."""


@dataclass(frozen=True, slots=True)
class Watching:
    """How somebody watches; by default nobody does."""

    step_s: float = 0.0
    """How long a page that a user would look at stays, in real time."""
    pauses: bool = False
    """Whether the end of a scenario waits for Enter, its pages still open."""

    def let_look(self) -> None:
        """Let the person look at what is shown now."""
        if self.step_s:
            Event().wait(self.step_s)

    @contextmanager
    def scenario(self, name: str) -> Generator[None]:
        """Wait at the end of the block, however the backend has ended it, but not for a signal."""
        try:
            yield
        except Exception:
            self._pause(name)
            raise
        self._pause(name)

    def _pause(self, name: str) -> None:
        if self.pauses:
            print(f"\npaused at the end of {name}: Enter goes on", file=sys.stderr, flush=True)  # noqa: T201 - it asks
            sys.stdin.readline()


NOBODY = Watching()
