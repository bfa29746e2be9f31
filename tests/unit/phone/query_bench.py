"""A cached query with a server behind it, on a clock that stands still."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, get_args

import pytest

from harness.phone.javascript.clock import PhoneClock
from harness.phone.javascript.promise import Promise, Rejection, after
from harness.phone.javascript.queries import Query, QueryClient
from harness.phone.javascript.query_versions import QueryOptions, QueryRelease

RELEASES: tuple[QueryRelease, ...] = get_args(QueryRelease)
V5 = RELEASES[1:]
FETCH_S = 0.2
every = pytest.mark.parametrize("release", RELEASES)
every_v5 = pytest.mark.parametrize("release", V5)


@dataclass
class Server:
    """Answers each fetch with its number, after 200 ms of the phone's clock."""

    clock: PhoneClock
    calls_at_s: list[float] = field(default_factory=list[float])
    fails: Callable[[int], bool] = lambda _: False
    takes_s: float = FETCH_S

    async def answer(self) -> int:
        """Be the query function."""
        self.calls_at_s.append(self.clock.now_s)
        number = len(self.calls_at_s)
        await after(self.clock, self.takes_s)
        if self.fails(number):
            raise Rejection("500")
        return number


class Bench:
    """A cache with one query that is mounted and loaded, and a stopwatch for what is awaited."""

    def __init__(
        self,
        release: QueryRelease,
        *,
        key: tuple[Any, ...] = ("status",),
        mounted: bool = True,
        options: QueryOptions | None = None,
    ) -> None:
        self.clock = PhoneClock()
        self.server = Server(self.clock)
        self.client = QueryClient(self.clock, release=release, options=options)
        self.query = self.client.query(key, self.server.answer)
        self.changes = 0
        self.observer = self.client.observe(self.query, self._changed)
        self.clock.advance(FETCH_S)
        if not mounted:
            self.observer.unmount()
        self.start_s = self.clock.now_s
        self.server.calls_at_s.clear()

    def _changed(self) -> None:
        self.changes += 1

    def watch(self, promise: Promise[Any]) -> list[float]:
        """Return a list that gets the moment at which the promise settles, in seconds from the start."""
        settled: list[float] = []
        promise.when_settled(lambda: settled.append(round(self.clock.now_s - self.start_s, 6)))
        self.clock.settle()
        return settled

    def calls_s(self) -> list[float]:
        """When the server was asked, in seconds from the start."""
        return [round(at_s - self.start_s, 6) for at_s in self.server.calls_at_s]


def status(query: Query) -> tuple[str, str]:
    return query.status, query.fetch_status
