"""How a worker process begins: as a copy of this one, which has loaded all that a worker needs.

Owns the choice between a copy and a Python of its own, and what must be so before either. Must not know what
a worker does.
"""

import sys
import threading
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.context import BaseContext
from multiprocessing.resource_tracker import ensure_running
from pathlib import Path

from harness.processes.interruption import INTERRUPTION, shielded

CLEARS_QUIETLY = "ignore:resource_tracker:UserWarning"
TOLD_OF_THREADS = "This process .* is multi-threaded"


def worker_context() -> BaseContext:
    """Return how a worker is begun: by a copy, or as a Python of its own that loads everything anew.

    A copy saves each worker a second of the processor. It has this process's memory but none of its other
    threads, and what one of those had locked stays locked; so there may be none but the one that waits for
    signals. Apple's own libraries end a copy that uses them.
    """
    if sys.platform == "linux" and _is_alone():
        return get_context("fork")
    begin_tracker()
    return get_context("spawn")


def _is_alone() -> bool:
    """Tell whether nothing runs here but this thread and the one that waits for signals."""
    known = {threading.current_thread(), threading.main_thread(), INTERRUPTION.waiting}
    running = set(threading.enumerate())
    return running <= known and len([*Path("/proc/self/task").iterdir()]) == len(running)


@contextmanager
def beginning() -> Generator[None]:
    """Begin workers in the block: no signal reaches them before they have said what it means."""
    with shielded(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", TOLD_OF_THREADS, DeprecationWarning)
        yield


def begin_tracker() -> None:
    """Start Python's own process that clears what workers share, before anything else would.

    No closed terminal ends it, and it says nothing of what it clears after an end by force.
    """
    sys.warnoptions.append(CLEARS_QUIETLY)
    try:
        with shielded():
            ensure_running()
    finally:
        sys.warnoptions.remove(CLEARS_QUIETLY)
