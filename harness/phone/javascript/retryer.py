"""One fetch of a cached query with its retries and pauses, as TanStack's retryer runs it.

Owns the loop: run, wait between tries, pause while offline or in the background. It must not know the cache.
Source: `retryer.ts` of the releases in `harness.phone.javascript.query_versions`.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from harness.phone.javascript.clock import Clock
from harness.phone.javascript.promise import Promise, Rejection, after, spawn
from harness.phone.javascript.query_versions import QueryOptions, QueryVersion

T = TypeVar("T")

QueryFunction = Callable[[], Coroutine[Promise[Any], None, T]]


class CancelledError(Rejection):
    """The fetch was given up."""

    def __init__(self, *, takes_back: bool) -> None:
        super().__init__("the fetch was cancelled")
        self.takes_back = takes_back
        """Whether the query is as it was before, instead of a newer fetch taking over."""


@dataclass(frozen=True, slots=True)
class Pauses:
    """What a fetch asks about the phone, and tells while it is under way."""

    is_online: Callable[[], bool]
    is_focused: Callable[[], bool]
    paused: Callable[[], None]
    continued: Callable[[], None]
    failed: Callable[[], None]

    def can_continue(self) -> bool:
        """Tell whether a retry may run now."""
        return self.is_focused() and self.is_online()


class Retryer(Generic[T]):
    """A fetch under way; `promise` settles with what comes of it."""

    def __init__(
        self,
        clock: Clock,
        fn: QueryFunction[T],
        pauses: Pauses,
        options: QueryOptions,
        version: QueryVersion,
    ) -> None:
        self._clock = clock
        self._fn = fn
        self._pauses = pauses
        self._options = options
        self._version = version
        self._paused: Promise[None] | None = None
        self._may_go_on: Callable[[], bool] = pauses.can_continue
        self._gives_up_retries = False
        self._failures = 0
        self.was_rejected = False
        self.promise: Promise[T] = Promise(clock)

    def start(self) -> None:
        """Begin, or pause before the first try while offline."""
        spawn(self._clock, self._run())

    def cancel(self, *, takes_back: bool = False) -> None:
        """Give up: the promise is rejected at once, an answer on its way is ignored."""
        self._reject(CancelledError(takes_back=takes_back))

    def give_up_retries(self) -> None:
        """Let the try under way be the last: nothing shows what would come of another."""
        self._gives_up_retries = True

    def want_retries(self) -> None:
        """Take that back: something mounted waits for it again."""
        self._gives_up_retries = False

    def go_on(self) -> None:
        """Leave the pause if the reason for it is gone."""
        if self._paused is not None and (self.promise.settled or self._may_go_on()):
            self._paused.resolve(None)

    def _reject(self, rejection: Rejection) -> None:
        if not self.promise.settled:
            self.was_rejected = True
            self.promise.reject(rejection)
            self.go_on()

    async def _run(self) -> None:
        if not self._pauses.is_online():
            starts = self._version.starts_without_focus
            await self._pause(self._pauses.is_online if starts else self._pauses.can_continue)
        while not self.promise.settled:
            try:
                value = await self._fn()
            except Rejection as rejection:
                if not self.promise.settled:
                    await self._after_failure(rejection)
            else:
                self.promise.resolve(value)

    async def _after_failure(self, rejection: Rejection) -> None:
        if self._gives_up_retries or self._failures >= self._options.retries:
            self._reject(rejection)
            return
        delay_s = self._options.delay_s(self._failures)
        self._failures += 1
        self._pauses.failed()
        await after(self._clock, delay_s)
        is_replaced = self.promise.settled and not self._version.replaced_fetch_still_pauses
        if not is_replaced and not self._pauses.can_continue():
            await self._pause(self._pauses.can_continue)
        if self._gives_up_retries:
            self._reject(rejection)

    async def _pause(self, may_go_on: Callable[[], bool]) -> None:
        self._paused = Promise(self._clock)
        self._may_go_on = may_go_on
        self._pauses.paused()
        await self._paused
        self._paused = None
        if not self.promise.settled:
            self._pauses.continued()
