"""Worker processes, each with a browser, servers and ports of its own, that share one piece of work.

Owns their life: a worker ends with the process that started it, whatever ends that one. What they do is
given to them. Results come back in the order in which the work was given.
"""

import os
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures import wait as all_done
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, ExitStack, contextmanager
from multiprocessing import Pipe, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.util import Finalize
from typing import Any, NoReturn, Protocol, TypeVar

from harness.errors import HarnessError
from harness.processes.beginning import beginning, worker_context
from harness.processes.interruption import end_at_once, leave_it_to_the_parent, shielded
from harness.processes.loading import uncollected
from harness.stage.world import Stage

LOOKS_AGAIN_S = 0.01
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
        """Yield `function(stage, work)` for each work, in their order; all of it must be picklable.

        A crew of several processes goes home after that: there is nothing to ask it any more.
        """
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
    """A crew of processes.

    `to_work` and `to_live` are pipes to all of them, of which only the end is of use: one that is at work
    ends with the first, any with the second. Between two pieces of work it may be sending a result, and half
    of one would be waited for without end; so the second comes when none is waited for any more.
    """

    def __init__(self, pool: ProcessPoolExecutor, to_work: Connection, to_live: Connection) -> None:
        self._pool, self._to_work, self._to_live = pool, to_work, to_live
        self._futures: list[Future[Any]] = []

    def gather(self, jobs: int) -> None:
        """Have all workers open their stages at the same time; a pool begins the next when one is at work."""
        with beginning():
            self._futures += [self._pool.submit(_answer) for _ in range(jobs)]

    def ask(self, function: Callable[[Stage], Result]) -> Result:
        with shielded():
            future = self._pool.submit(_ask, function)
        return self._result_of(future.result)

    def spread(self, function: Callable[[Stage, Work], Result], works: Iterable[Work]) -> Iterator[Result]:
        with shielded():
            futures = [self._pool.submit(_call, function, work) for work in works]
            self._futures += futures
        for future in futures:
            yield self._result_of(future.result)
        self._pool.shutdown(wait=False)  # they close what they have opened while the results are told

    def drop(self, code: int) -> None:  # noqa: ARG002 - of this process nothing is under way
        self.abandon()

    def abandon(self) -> None:
        self._to_work.close()
        all_done(self._futures)  # the pool itself says of what is left that it was broken
        self._to_live.close()

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
    is_at_work = True
    turn = threading.Lock()


def _open(
    open_stage: OpenStage, to_work: Connection, to_live: Connection, of_the_parent: Sequence[Connection]
) -> None:
    for each in of_the_parent:
        each.close()  # a copy of an end that only the parent may hold: it would never be seen to close
    leave_it_to_the_parent()  # Ctrl-C and a closed terminal reach the whole group
    threading.Thread(target=_end_with_parent, args=(to_work, to_live), daemon=True).start()
    stack = ExitStack()
    try:
        with uncollected():
            _Worker.stage = stack.enter_context(open_stage())
    except HarnessError as error:
        _Worker.why_not_open = error  # told to whoever asks, in one sentence
    except Exception as error:  # noqa: BLE001 - Playwright's, whose driver Ctrl-C ends as it starts
        _Worker.why_not_open = HarnessError(f"a worker could not be started: {error}")
    Finalize(None, stack.close, exitpriority=10)  # a pool's process runs no atexit functions
    _note(is_at_work=False)


def _note(*, is_at_work: bool) -> None:
    with _Worker.turn:
        _Worker.is_at_work = is_at_work


def _end_with_parent(to_work: Connection, to_live: Connection) -> None:
    """End when the parent does, or closes its end of a pipe. The browser's guard sees our end and follows."""
    parent = parent_process()
    if parent is None:
        return
    to_live_on = [parent.sentinel, to_live]
    has_ended = any(each is not to_work for each in wait([*to_live_on, to_work]))
    while not has_ended:
        with _Worker.turn:
            if _Worker.is_at_work:
                os._exit(1)
        has_ended = bool(wait(to_live_on, LOOKS_AGAIN_S))
    os._exit(1)


def _stage() -> Stage:
    if _Worker.why_not_open is not None:
        raise _Worker.why_not_open
    if _Worker.stage is None:
        raise HarnessError("a worker was given work before its stage was open")
    return _Worker.stage


def _ask(function: Callable[[Stage], Result]) -> Result:
    _note(is_at_work=True)
    try:
        return function(_stage())
    finally:
        _note(is_at_work=False)


def _answer() -> None:
    """Come to work: the stage is open by then, or why it is not is known."""


def _call(function: Callable[[Stage, Work], Result], work: Work) -> Result:
    return _ask(lambda stage: function(stage, work))


@contextmanager
def open_crew(open_stage: OpenStage, *, jobs: int) -> Generator[Crew]:
    """Yield a crew with that many stages; leaving the block lets what is under way end and drops the rest."""
    if jobs == 1:
        with ExitStack() as stack:
            with uncollected():
                stage = stack.enter_context(open_stage())
            yield _Alone(stage)
        return
    (works, to_work), (lives, to_live) = Pipe(duplex=False), Pipe(duplex=False)
    context = worker_context()
    copied = [to_work, to_live] if context.get_start_method() == "fork" else []
    pool = ProcessPoolExecutor(
        jobs, mp_context=context, initializer=_open, initargs=(open_stage, works, lives, copied)
    )
    crew = _Pool(pool, to_work, to_live)
    crew.gather(jobs)
    try:
        yield crew
    except KeyboardInterrupt:
        crew.abandon()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
