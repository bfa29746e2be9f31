"""Plays a schedule with the harness's own queries, in the words of `measure_queries.cjs`.

Owns that translation. It must not judge.
"""

from collections.abc import Callable
from typing import Any

from harness.phone.javascript.clock import PhoneClock
from harness.phone.javascript.promise import Promise, Rejection, after
from harness.phone.javascript.queries import Filters, Key, Observer, QueryClient
from harness.phone.javascript.query_versions import QueryOptions, QueryRelease
from tools.differential.schedules import Schedule

MS_PER_S = 1000
Entry = list[Any]


def play(schedule: Schedule, release: QueryRelease) -> list[Entry]:
    """Return `[ms, what, whom, …]` for each call, settled invalidation and look at the cache."""
    return _Player(schedule, release).play()


class _Player:
    def __init__(self, schedule: Schedule, release: QueryRelease) -> None:
        self._schedule = schedule
        self._clock = PhoneClock()
        given = schedule["options"]
        options = QueryOptions(
            given["stale"] / MS_PER_S,
            given["gc"] / MS_PER_S,
            given["retry"],
            None if given["delay"] is None else given["delay"] / MS_PER_S,
        )
        self._client = QueryClient(self._clock, release=release, options=options)
        self._calls: dict[str, int] = {}
        self._observers: dict[int, Observer] = {}
        self._log: list[Entry] = []

    def play(self) -> list[Entry]:
        actions: dict[str, Callable[..., None]] = {
            "mount": self._mount,
            "unmount": self._unmount,
            "enable": self._enable,
            "invalidate": self._invalidate,
            "online": self._client.set_online,
            "focus": self._client.set_focused,
        }
        for at_ms, name, *words in self._schedule["actions"]:
            self._clock.advance(at_ms / MS_PER_S - self._clock.now_s)
            actions[name](*words)
            self._clock.settle()
            self._look()
        self._clock.advance(self._schedule["end"] / MS_PER_S - self._clock.now_s)
        self._look()
        return self._log

    @property
    def _now_ms(self) -> int:
        return round(self._clock.now_s * MS_PER_S)

    def _mount(self, number: int, name: str, enabled: bool) -> None:
        query = self._client.query(_key(name), lambda: self._answer(name))
        self._observers[number] = self._client.observe(query, lambda: None, enabled=enabled)

    def _unmount(self, number: int) -> None:
        self._observers[number].unmount()

    def _enable(self, number: int, enabled: bool) -> None:
        self._observers[number].set_enabled(enabled)

    def _invalidate(self, number: int, name: str | None, throw_on_error: bool) -> None:
        filters = Filters(None if name is None else (name,))
        promise = self._client.invalidate(filters, throw_on_error=throw_on_error)
        promise.when_settled(lambda: self._log.append([self._now_ms, _outcome(promise), number]))

    async def _answer(self, name: str) -> int:
        number = self._calls[name] = self._calls.get(name, 0) + 1
        takes_ms, fails = self._schedule["answers"][name][(number - 1) % len(self._schedule["answers"][name])]
        self._log.append([self._now_ms, "call", name])
        await after(self._clock, takes_ms / MS_PER_S)
        if fails:
            raise Rejection("500")
        return number

    def _look(self) -> None:
        for name in self._schedule["answers"]:
            query = self._client.cached(_key(name))
            state = query and [
                query.status,
                query.fetch_status,
                query.is_invalidated,
                query.data,
                query.has_failed,
            ]
            self._log.append([self._now_ms, "state", name, state])


def _key(name: str) -> Key:
    return (name, "x")


def _outcome(promise: Promise[None]) -> str:
    try:
        promise.result()
    except Rejection:
        return "rejected"
    return "resolved"
