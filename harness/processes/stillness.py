"""A machine that stands still: a laptop that was shut, a virtual machine that was paused, all of it starved.

Owns noticing it, by a thread that wakes up far too late though this process had nothing to do: what it reads
of a backend can take long, and is no standing still; and waiting for others, who stood still too, beyond it.
Must not judge what was waited for meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

BEAT_S = 0.25
STILL_S = 2.5  # later than any busy machine wakes a thread; whoever waits for a page gives it three seconds


def wait_awake(
    changed: threading.Condition,
    happened: Callable[[], bool],
    timeout_s: float,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> bool:
    """Wait as `Condition.wait_for` does, `changed` being held; standing still does not count."""
    left_s = timeout_s
    while left_s > 0:
        slice_s, began = min(left_s, BEAT_S), clock()
        if changed.wait_for(happened, slice_s):
            return True
        took_s = clock() - began
        left_s -= took_s if took_s < STILL_S else slice_s
    return happened()


@contextmanager
def noticed(
    tell: Callable[[float], None],
    *,
    clock: Callable[[], float] = time.monotonic,
    used: Callable[[], float] = time.process_time,
) -> Generator[None]:
    """While this is open, tell of each standing still, at its end, how many seconds it was.

    `clock` is this machine's, `used` what this process had of its processors, both in seconds.
    """
    ended = threading.Event()
    began = clock(), used()

    def watch() -> None:
        before, is_over = began, False
        while not is_over:
            is_over = ended.wait(BEAT_S)
            now = clock(), used()
            late_s = now[0] - before[0] - BEAT_S - (now[1] - before[1])
            if late_s >= STILL_S:
                tell(late_s)
            before = now

    thread = threading.Thread(target=watch, name="stillness", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
