"""Worker processes, each with a browser, servers and ports of its own, that share one piece of work.

Owns their life: a worker ends with the process that started it, whatever ends that one. What they do is
given to them. Results come back in the order in which the work was given.
"""

import gc
import os
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, ExitStack, contextmanager
from multiprocessing import Pipe, get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.resource_tracker import ensure_running
from multiprocessing.util import Finalize
from typing import NoReturn, Protocol, TypeVar

from harness.errors import HarnessError
from harness.runs.interruption import end_at_once, leave_it_to_the_parent, shielded
from harness.stage.world import Stage

CLEARS_QUIETLY = "ignore:resource_tracker:UserWarning"
Work = TypeVar("Work")
Result = TypeVar("Result")
OpenStage = Callable[[], AbstractContextManager[Stage]]
"""Opens a stage; must be picklable, as a function of a module or a `partial` of one is."""


class Crew(Protocol):
    """Whoever plays: this process with one stage, or several processes with one each."""

    def ask(self, function: Callable[[Stage], Result]) -> Result:
        """Return what one of the stages answers."""
        ...

    def spread(self, function: Callable[[Stage, Work], Result], works: Iterable[Work]) -> Iterator[Result]:
        """Yield `function(stage, work)` for each work, in their order; all of it must be picklable."""
        ...

    def drop(self, code: int) -> None:
        """End what is under way at once; where that is this process's work, itself with this code."""
        ...

    def abandon(self) -> None:
        """End at once what other processes are at, whose results nobody waits for any more."""
        ...


class _Alone:
    """A crew of one: this process."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def ask(self, function: Callable[[Stage], Result]) -> Result:
        return function(self._stage)

    def spread(self, function: Callable[[Stage, Work], Result], works: Iterable[Work]) -> Iterator[Result]:
        return (function(self._stage, work) for work in works)

    def drop(self, code: int) -> NoReturn:
        sys.stdout.flush()
        end_at_once(code)  # a browser's driver that was interrupted in the middle cannot be closed

    def abandon(self) -> None:
        """Nothing is under way: this process has come to its next line."""


class _Pool:
    """A crew of processes."""

    def __init__(self, pool: ProcessPoolExecutor, until: Connection) -> None:
        self._pool, self._until = pool, until

    def ask(self, function: Callable[[Stage], Result]) -> Result:
        with shielded():
            future = self._pool.submit(_ask, function)
        return self._result_of(future.result)

    def spread(self, function: Callable[[Stage, Work], Result], works: Iterable[Work]) -> Iterator[Result]:
        with shielded():
            futures = [self._pool.submit(_call, function, work) for work in works]
        for future in futures:
            yield self._result_of(future.result)

    def drop(self, code: int) -> None:  # noqa: ARG002 - of this process nothing is under way
        self.abandon()

    def abandon(self) -> None:
        self._until.close()

    def _result_of(self, get: Callable[[], Result]) -> Result:
        try:
            return get()
        except BrokenProcessPool as broken:
            raise HarnessError(
                "a worker process ended: no stage could be opened there, or it died at work; "
                "--jobs 1 shows why"
            ) from broken


class _Worker:
    """The stage of this process, opened once, and why it could not be."""

    stage: Stage | None = None
    why_not_open: HarnessError | None = None


def _open(open_stage: OpenStage, until: Connection) -> None:
    leave_it_to_the_parent()  # Ctrl-C and a closed terminal reach the whole group
    threading.Thread(target=_end_with_parent, args=(until,), daemon=True).start()
    stack = ExitStack()
    try:
        _Worker.stage = stack.enter_context(open_stage())
        gc.freeze()  # what is loaded by now lasts as long as the process: the collector need not walk it
    except HarnessError as error:
        _Worker.why_not_open = error  # told to whoever asks, in one sentence
    except Exception as error:  # noqa: BLE001 - Playwright's, whose driver Ctrl-C ends as it starts
        _Worker.why_not_open = HarnessError(f"a worker could not be started: {error}")
    Finalize(None, stack.close, exitpriority=10)  # a pool's process runs no atexit functions


def _end_with_parent(until: Connection) -> None:
    """End when the parent does, or closes its end of the pipe."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel, until])
        os._exit(1)  # the browser's guard sees our end and follows


def _stage() -> Stage:
    if _Worker.why_not_open is not None:
        raise _Worker.why_not_open
    if _Worker.stage is None:
        raise HarnessError("a worker was given work before its stage was open")
    return _Worker.stage


def _ask(function: Callable[[Stage], Result]) -> Result:
    return function(_stage())


def _call(function: Callable[[Stage, Work], Result], work: Work) -> Result:
    return function(_stage(), work)


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


@contextmanager
def open_crew(open_stage: OpenStage, *, jobs: int) -> Generator[Crew]:
    """Yield a crew with that many stages; leaving the block lets what is under way end and drops the rest."""
    if jobs == 1:
        with open_stage() as stage:
            gc.freeze()  # for the same reason as in `_open`
            yield _Alone(stage)
        return
    begin_tracker()
    reading, writing = Pipe(duplex=False)
    pool = ProcessPoolExecutor(
        jobs, mp_context=get_context("spawn"), initializer=_open, initargs=(open_stage, reading)
    )
    try:
        yield _Pool(pool, writing)
    except KeyboardInterrupt:
        writing.close()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
