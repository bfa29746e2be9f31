"""Worker processes, each with a browser, servers and ports of its own, that play subjects in parallel.

Owns their life: a worker ends with the process that started it, whatever ends that one. What they play
is `harness.prove`'s. Results come back in the order in which the work was given.
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from multiprocessing.util import Finalize
from typing import TypeVar

from harness.backends import reference_backend
from harness.config import EngineName
from harness.engines import open_engine
from harness.errors import HarnessError
from harness.prove import reference_config
from harness.world import Stage, open_stage

Work = TypeVar("Work")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class StageRequest:
    """What a worker opens: an engine by name."""

    engine: EngineName


class _Worker:
    """The stage of this process, opened once."""

    stage: Stage | None = None


def _open(request: StageRequest) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    stack = ExitStack()
    engine = stack.enter_context(open_engine(request.engine))
    _Worker.stage = stack.enter_context(open_stage(reference_config(), engine, reference_backend))
    Finalize(None, stack.close, exitpriority=10)  # a pool's process runs no atexit functions


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)  # the browser's guard sees our end and follows


def _call(function: Callable[[Stage, Work], Result], work: Work) -> Result:
    if _Worker.stage is None:
        raise HarnessError("a worker was given work before its stage was open")
    return function(_Worker.stage, work)


def spread(
    request: StageRequest, function: Callable[[Stage, Work], Result], works: Sequence[Work], *, jobs: int
) -> Iterator[Result]:
    """Yield `function(stage, work)` for each work, in their order, from `jobs` processes.

    `function` and what passes through it must be picklable. Raises HarnessError when a worker dies.
    """
    pool = ProcessPoolExecutor(
        min(jobs, len(works)), mp_context=get_context("spawn"), initializer=_open, initargs=(request,)
    )
    with pool:
        futures = [pool.submit(_call, function, work) for work in works]
        try:
            for future in futures:
                yield future.result()
        except BrokenProcessPool as broken:
            raise HarnessError("a worker process died in the middle of its work; try --jobs 1") from broken
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
