"""JavaScript's promises on the phone's clock, so that the app's `await`s wait as they do on a phone.

Owns settling, awaiting and `after`. Only a `Rejection` is an error of the app's world and can be
awaited; any other exception is a bug of the harness and leaves through `PhoneClock.advance`.
"""

from collections.abc import Callable, Coroutine, Generator, Iterable
from typing import Any, Generic, TypeVar, cast

from harness.phone.javascript.clock import Clock

T = TypeVar("T")


class Rejection(Exception):  # noqa: N818 - JavaScript's word for an error that a promise carries
    """What a promise was rejected with."""


class Promise(Generic[T]):
    """A value that will be there later, or a rejection; the first of the two wins."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._followers: list[Callable[[], None]] = []
        self._value: T | None = None
        self._rejection: Rejection | None = None
        self.settled = False

    def resolve(self, value: T) -> None:
        """Settle with a value; ignored when already settled."""
        if not self.settled:
            self._value = value
            self._settle()

    def reject(self, rejection: Rejection) -> None:
        """Settle with a rejection; ignored when already settled."""
        if not self.settled:
            self._rejection = rejection
            self._settle()

    def when_settled(self, action: Callable[[], None]) -> None:
        """Do this once settled, never before the present work is done (a microtask)."""
        if self.settled:
            self._clock.soon(action)
        else:
            self._followers.append(action)

    def result(self) -> T:
        """Return the value, or raise the rejection; to be asked only once settled."""
        if self._rejection is not None:
            raise self._rejection
        return cast("T", self._value)

    def _settle(self) -> None:
        self.settled = True
        for action in self._followers:
            self._clock.soon(action)
        self._followers.clear()

    def __await__(self) -> Generator["Promise[Any]", None, T]:
        yield self
        return self.result()


def spawn(clock: Clock, work: Coroutine["Promise[Any]", None, T]) -> Promise[T]:
    """Run an async function as JavaScript does: at once up to its first `await`, on as promises settle."""
    outcome: Promise[T] = Promise(clock)

    def step() -> None:
        try:
            awaited = work.send(None)
        except StopIteration as end:
            outcome.resolve(end.value)
        except Rejection as rejection:
            outcome.reject(rejection)
        else:
            awaited.when_settled(step)

    step()
    return outcome


def after(clock: Clock, seconds: float) -> Promise[None]:
    """Return a promise that resolves when so many seconds of the phone's time have passed."""
    promise: Promise[None] = Promise(clock)
    clock.call_later(seconds, lambda: promise.resolve(None))
    return promise


def all_of(clock: Clock, promises: Iterable[Promise[Any]]) -> Promise[None]:
    """Return `Promise.all`: resolves with the last of them, is rejected with the first rejection."""
    waiting = list(promises)
    together: Promise[None] = Promise(clock)

    async def watch(promise: Promise[Any]) -> None:
        try:
            await promise
        except Rejection as rejection:
            together.reject(rejection)
        waiting.remove(promise)
        if not waiting:
            together.resolve(None)

    for promise in tuple(waiting):
        spawn(clock, watch(promise))
    if not waiting:
        together.resolve(None)
    return together
