"""Work that must happen once however many ask for it at the same time.

Owns the running tasks. Must not remember results: that is the store's.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")


class Flights(Generic[Result]):
    """At most one task a key.

    A task goes on when those who wait for it are gone: amoCRM's answer to a single-use code or refresh
    token must be stored even if the phone hung up.
    """

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[Result]] = {}

    def running(self, key: str) -> bool:
        """Whether `join` would wait for work that is already under way."""
        return key in self._tasks

    async def join(self, key: str, work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """The result of the key's task, begun with `work` when there is none."""
        task = self._tasks.get(key)
        if task is None:
            task = self._tasks[key] = asyncio.create_task(work())
            task.add_done_callback(lambda _: self._tasks.pop(key))
        return await asyncio.shield(task)

    async def drain(self) -> None:
        """Wait for everything under way; each `join` has the errors."""
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
