"""Where what outlives a scenario records: the recorder of whichever scenario is being played.

Owns that one choice. Fake amoCRM, a backend's process and the proxy before it are there for a whole run.
"""

from collections.abc import Generator
from contextlib import contextmanager

from harness.timeline.recorder import Recorder


class CurrentRecorder:
    """Hands out the recorder to record to at this moment. Any thread may ask."""

    def __init__(self, recorder: Recorder | None = None) -> None:
        self._now = recorder or Recorder()

    @property
    def now(self) -> Recorder:
        """The recorder of the scenario that is being played, or one that nobody reads."""
        return self._now

    @contextmanager
    def during(self, recorder: Recorder) -> Generator[None]:
        """Hand out this recorder while the block runs, and afterwards the one before."""
        before, self._now = self._now, recorder
        try:
            yield
        finally:
            self._now = before
