"""What workers are at when nobody waits for its result any more."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import cast

from harness.runs.workers import open_crew
from harness.stage.world import Stage

FOR_EVER_S = 600.0
SOON_S = 60.0


@contextmanager
def nothing_to_open() -> Generator[Stage]:
    """What these workers are at needs no stage."""
    yield cast("Stage", object())


def wait(_stage: Stage, seconds: float) -> float:
    """Be at work for so long."""
    threading.Event().wait(seconds)
    return seconds


def test_what_is_abandoned_is_not_waited_for() -> None:
    """The first result was enough; two others are under way then."""
    began = time.monotonic()
    with open_crew(nothing_to_open, jobs=2) as crew:
        results = crew.spread(wait, [0.0, FOR_EVER_S, FOR_EVER_S])
        assert next(results) == 0.0
        crew.abandon()
    assert time.monotonic() - began < SOON_S
