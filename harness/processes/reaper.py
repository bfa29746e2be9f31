"""Children that end with their parent, and orphans that are found: for the processes between us and others.

Owns what Linux offers for that. The supervisor of a backend and the guard of the web view host both stand
on it; they are scripts on an isolated interpreter (the guard's is the system's own), so they load this file
by its place. It must use the standard library alone, and little of it: both are waited for at every start.
"""

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Collection

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
END_TIMEOUT_S = 5.0
PAUSE_S = 0.002
_LIBC = ctypes.CDLL(None) if sys.platform.startswith("linux") else None
"""Loaded here and not in a child, where nothing but the call itself is safe."""


def adopt_orphans() -> None:
    """Make every descendant whose parent ends a child of this process, so that `end_children` finds it.

    Where there is no such thing, a process group has to suffice.
    """
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def ends_with_us(number: signal.Signals) -> Callable[[], None] | None:
    """Return what a child runs before its program, so that it gets this signal when the calling thread ends.

    None where the system has no such thing.
    """
    libc, parent = _LIBC, os.getpid()
    if libc is None:
        return None

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:  # it ended between fork and prctl
            os.kill(os.getpid(), number)

    return ask


def children() -> list[int]:
    """Return the ids of this process's children, zombies included; none where no list of them is had."""
    found: list[int] = []
    with contextlib.suppress(FileNotFoundError):
        for thread in os.listdir("/proc/self/task"):  # noqa: PTH208 - no pathlib: start-up time
            with contextlib.suppress(FileNotFoundError), open(f"/proc/self/task/{thread}/children") as listed:  # noqa: PTH123 - the same
                found += map(int, listed.read().split())
    return found


def end_children(spare: Collection[int] = ()) -> None:
    """Kill and reap every child, and what comes to us by that, until none but `spare` is left.

    Gives up after END_TIMEOUT_S: what cannot be killed is the kernel's.
    """
    deadline = time.monotonic() + END_TIMEOUT_S
    while left := [pid for pid in children() if pid not in spare]:
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in left:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        if time.monotonic() > deadline:
            return
        time.sleep(PAUSE_S)
