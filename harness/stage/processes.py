"""The backend as a process of its own, beside the one in process.

Owns when it is started and that it ends. How it is opened is given to it.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Self

from harness.backends.backend import Backend


class Processes:
    """The backend as a process of its own, started when a scenario first needs it. Ends with its block."""

    def __init__(self, open_process: Callable[[], AbstractContextManager[Backend]] | None) -> None:
        self._open = open_process
        self._stack = ExitStack()
        self._started: list[Backend] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def take(self) -> tuple[Backend, ...]:
        """Return what runs, started now if it was not."""
        if self._open is not None and not self._started:
            self._started.append(self._stack.enter_context(self._open()))
        return tuple(self._started)
