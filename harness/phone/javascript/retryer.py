"""One fetch of a cached query with its retries and pauses, as TanStack's retryer runs it.

Owns the loop: run, wait 1, 2, 4 s between tries, pause while offline. It must not know the cache.
Source: `retryer.ts` of @tanstack/query-core 4.44.0 and 5.108.0, which agree on what is modelled here.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from harness.phone.javascript.clock import Clock
from harness.phone.javascript.promise import Promise, Rejection, after, spawn

T = TypeVar("T")
RETRIES = 3
LONGEST_DELAY_S = 30.0

QueryFunction = Callable[[], Coroutine[Promise[Any], None, T]]


class CancelledError(Rejection):
    """The fetch was given up in favour of a newer one."""


@dataclass(frozen=True, slots=True)
class Pauses:
    """What a fetch asks about the network, and tells while it is under way."""

    is_online: Callable[[], bool]
    paused: Callable[[], None]
    continued: Callable[[], None]
    failed: Callable[[], None]


class Retryer(Generic[T]):
    """A fetch under way; `promise` settles with what comes of it."""

    def __init__(self, clock: Clock, fn: QueryFunction[T], pauses: Pauses) -> None:
        self._clock = clock
        self._fn = fn
        self._pauses = pauses
        self._paused: Promise[None] | None = None
        self.promise: Promise[T] = Promise(clock)

    def start(self) -> None:
        """Begin, or pause before the first try while offline."""
        spawn(self._clock, self._run())

    def cancel(self) -> None:
        """Give up: the promise is rejected at once, an answer on its way is ignored."""
        self.promise.reject(CancelledError("the fetch was cancelled"))
        self.go_on()

    def go_on(self) -> None:
        """Leave the pause if the reason for it is gone."""
        if self._paused is not None and (self.promise.settled or self._pauses.is_online()):
            self._paused.resolve(None)

    async def _run(self) -> None:
        if not self._pauses.is_online():
            await self._pause()
        failures = 0
        while not self.promise.settled:
            try:
                value = await self._fn()
            except Rejection as rejection:
                self._pauses.failed()
                if failures == RETRIES:
                    self.promise.reject(rejection)
                    return
                await self._wait_to_retry(failures)
                failures += 1
            else:
                self.promise.resolve(value)

    async def _wait_to_retry(self, failures: int) -> None:
        await after(self._clock, min(2.0**failures, LONGEST_DELAY_S))
        if not self.promise.settled and not self._pauses.is_online():
            await self._pause()

    async def _pause(self) -> None:
        self._paused = Promise(self._clock)
        self._pauses.paused()
        await self._paused
        self._paused = None
        if not self.promise.settled:
            self._pauses.continued()
