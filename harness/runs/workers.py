"""Worker processes, each with a browser, servers and ports of its own, that share one piece of work.

Owns their life: a worker ends with the process that started it, whatever ends that one. What they do is
given to them. Results come back in the order in which the work was given.
"""

import gc
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, ExitStack, contextmanager
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from multiprocessing.util import Finalize
from typing import Protocol, TypeVar

from harness.errors import HarnessError
from harness.stage.world import Stage

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


class _Alone:
    """A crew of one: this process."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def ask(self, function: Callable[[Stage], Result]) -> Result:
        return function(self._stage)

    def spread(self, function: Callable[[Stage, Work], Result], works: Iterable[Work]) -> Iterator[Result]:
        return (function(self._stage, work) for work in works)


class _Pool:
    """A crew of processes."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def ask(self, function: Callable[[Stage], Result]) -> Result:
        return self._result_of(lambda: self._pool.submit(_ask, function).result())

    def spread(self, function: Callable[[Stage, Work], Result], works: Iterable[Work]) -> Iterator[Result]:
        futures = [self._pool.submit(_call, function, work) for work in works]
        for future in futures:
            yield self._result_of(future.result)

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


def _open(open_stage: OpenStage) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    threading.Thread(target=_end_with_parent, daemon=True).start()
    stack = ExitStack()
    try:
        _Worker.stage = stack.enter_context(open_stage())
        gc.freeze()  # what is loaded by now lasts as long as the process: the collector need not walk it
    except HarnessError as error:
        _Worker.why_not_open = error  # told to whoever asks, in one sentence
    Finalize(None, stack.close, exitpriority=10)  # a pool's process runs no atexit functions


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
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


@contextmanager
def open_crew(open_stage: OpenStage, *, jobs: int) -> Generator[Crew]:
    """Yield a crew with that many stages; leaving the block lets what is under way end and drops the rest."""
    if jobs == 1:
        with open_stage() as stage:
            gc.freeze()  # for the same reason as in `_open`
            yield _Alone(stage)
        return
    pool = ProcessPoolExecutor(
        jobs, mp_context=get_context("spawn"), initializer=_open, initargs=(open_stage,)
    )
    try:
        yield _Pool(pool)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
