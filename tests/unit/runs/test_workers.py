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
LARGE = 30_000_000
"""Bytes that no pipe takes at once: half of such a result would be waited for without end."""


@contextmanager
def nothing_to_open() -> Generator[Stage]:
    """What these workers are at needs no stage."""
    yield cast("Stage", object())


def wait(_stage: Stage, seconds: float) -> bytes:
    """Be at work for so long; the shorter, the larger the result."""
    threading.Event().wait(seconds)
    return b"x" * (LARGE if not seconds else 1)


def test_what_is_abandoned_is_not_waited_for() -> None:
    """The first result was enough; both workers send others then, and one would never end."""
    began = time.monotonic()
    with open_crew(nothing_to_open, jobs=2) as crew:
        results = crew.spread(wait, [*[0.0] * 8, FOR_EVER_S])
        assert len(next(results)) == LARGE
        crew.abandon()
    assert time.monotonic() - began < SOON_S
