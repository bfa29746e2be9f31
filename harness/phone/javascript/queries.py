"""The app's cached queries, with TanStack Query's rules for what is fetched again and what is awaited.

Owns the cache, the observers (what is mounted) and `invalidate`. It must not know screens or HTTP.
Rules read, and what they come to measured, in @tanstack/query-core 4.44.0 and 5.108.0.
Left out: garbage collection, focus, structural sharing, `refetchType`; nothing in the app uses them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from harness.phone.javascript.clock import Clock
from harness.phone.javascript.promise import Promise, Rejection, all_of, spawn
from harness.phone.javascript.retryer import CancelledError, Pauses, QueryFunction, Retryer

Generation = Literal["v4", "v5"]
Key = tuple[Any, ...]
Status = Literal["pending", "success", "error"]
FetchStatus = Literal["idle", "fetching", "paused"]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which queries are meant: those whose key begins with `query_key`; None is every one."""

    query_key: Key | None = None

    def match(self, key: Key) -> bool:
        """Tell whether a query of this key is meant."""
        return self.query_key is None or key[: len(self.query_key)] == self.query_key


class Observer:
    """A mounted `useQuery`; while it is enabled its query counts as active."""

    def __init__(self, query: "Query", *, enabled: bool, on_change: Callable[[], None]) -> None:
        self._query = query
        self.enabled = enabled
        self.on_change = on_change

    def set_enabled(self, enabled: bool) -> None:
        """Re-render with another `enabled`; a query that becomes enabled and is stale is fetched."""
        becomes = enabled and not self.enabled
        self.enabled = enabled
        if becomes and self._query.is_stale():
            self._query.fetch()

    def unmount(self) -> None:
        """Take the component away."""
        self._query.observers.remove(self)


class Query:
    """One entry of the cache. `data` is None until the first success."""

    def __init__(self, client: "QueryClient", key: Key, fn: QueryFunction[Any]) -> None:
        self._client = client
        self._fn = fn
        self._retryer: Retryer[Any] | None = None
        self._under_way: Promise[Any] | None = None
        self._updated_s = 0.0
        self.key = key
        self.observers: list[Observer] = []
        self.data: Any = None
        self.error: Rejection | None = None
        self.status: Status = "pending"
        self.fetch_status: FetchStatus = "idle"
        self.is_invalidated = False
        self.has_failed = False
        """Whether a try has failed since the last success, `failureCount > 0`."""

    @property
    def is_active(self) -> bool:
        """Whether an enabled `useQuery` is mounted."""
        return any(observer.enabled for observer in self.observers)

    def is_stale(self) -> bool:
        """Whether a mount would fetch it again."""
        age_s = self._client.clock.now_s - self._updated_s
        return self.data is None or self.is_invalidated or age_s >= self._client.stale_time_s

    def invalidate(self) -> None:
        """Mark as out of date."""
        self.is_invalidated = True
        self._changed()

    def fetch(self, *, cancel_refetch: bool = False) -> Promise[Any]:
        """Fetch, or join the fetch under way; `cancel_refetch` replaces one that refreshes data."""
        if self._retryer is not None and self._under_way is not None:
            if self.data is None or not cancel_refetch:
                return self._under_way
            self._retryer.cancel()
        if self.data is None:
            self.status, self.error = "pending", None
        self._fetching("fetching" if self._client.online else "paused")
        return self._start()

    def came_online(self) -> None:
        """Fetch again what is mounted and stale, and go on with what was paused."""
        if self.is_active and self.is_stale():
            self.fetch()
        if self._retryer is not None:
            self._retryer.go_on()

    def _start(self) -> Promise[Any]:
        pauses = Pauses(
            is_online=lambda: self._client.online,
            paused=lambda: self._fetching("paused"),
            continued=lambda: self._fetching("fetching"),
            failed=self._note_failure,
        )
        retryer = self._retryer = Retryer(self._client.clock, self._fn, pauses)
        self._under_way = spawn(self._client.clock, self._follow(retryer))
        retryer.start()
        return self._under_way

    async def _follow(self, retryer: Retryer[Any]) -> Any:
        try:
            data = await retryer.promise
        except CancelledError:
            if self._client.generation == "v5" and self._under_way is not None:
                # v5 lets whoever awaited the cancelled fetch wait for the one that replaced it
                return await self._under_way
            raise
        except Rejection as rejection:
            self._ended(error=rejection)
            raise
        self._ended(data=data)
        return data

    def _ended(self, *, data: Any = None, error: Rejection | None = None) -> None:
        self._retryer = self._under_way = None
        self.fetch_status = "idle"
        self.error = error
        if error is None:
            self.data, self.status, self.is_invalidated = data, "success", False
            self.has_failed = False
            self._updated_s = self._client.clock.now_s
        else:
            self.status = "error"
            self.is_invalidated = self.is_invalidated or self._client.generation == "v5"
        self._changed()

    def _note_failure(self) -> None:
        self.has_failed = True
        self._changed()

    def _fetching(self, fetch_status: FetchStatus) -> None:
        self.fetch_status = fetch_status
        self._changed()

    def _changed(self) -> None:
        # A re-render takes no time on the phone's clock and comes before whoever awaits the fetch
        for observer in tuple(self.observers):
            observer.on_change()


class QueryClient:
    """The cache of one start of the app; a restart or a reload of its JavaScript begins with a new one."""

    def __init__(self, clock: Clock, *, generation: Generation = "v5", stale_time_s: float = 0.0) -> None:
        self.clock = clock
        self.generation: Generation = generation
        self.stale_time_s = stale_time_s
        self.online = True
        self._queries: dict[Key, Query] = {}

    def query(self, key: Key, fn: QueryFunction[Any]) -> Query:
        """Return the query of a key, made when there is none."""
        return self._queries.setdefault(key, Query(self, key, fn))

    def observe(self, query: Query, on_change: Callable[[], None], *, enabled: bool = True) -> Observer:
        """Mount a `useQuery`: fetches when it is enabled and the data is stale or missing."""
        observer = Observer(query, enabled=enabled, on_change=on_change)
        query.observers.append(observer)
        if enabled and query.is_stale():
            query.fetch()
        return observer

    def invalidate(
        self, filters: Filters | Key | None = None, *, throw_on_error: bool = False
    ) -> Promise[None]:
        """Run `invalidateQueries`: mark what matches, fetch again what of it is active.

        The promise resolves when those fetches have ended, whether they failed or not, unless
        `throw_on_error`. A bare key is what v4 takes; v5 reads it as filters without a key: everything.
        """
        chosen = self._filters(filters)
        matching = [query for query in self._queries.values() if chosen.match(query.key)]
        for query in matching:
            query.invalidate()
        fetches = [self._refetch(query, throw_on_error) for query in matching if query.is_active]
        return spawn(self.clock, self._wait_for(fetches, throw_on_error))

    def set_online(self, online: bool) -> None:
        """Tell what the phone's network does, as `onlineManager` is told."""
        came_back = online and not self.online
        self.online = online
        if came_back:
            for query in tuple(self._queries.values()):
                query.came_online()

    def _filters(self, filters: Filters | Key | None) -> Filters:
        if isinstance(filters, tuple):
            return Filters(filters) if self.generation == "v4" else Filters()
        return filters or Filters()

    def _refetch(self, query: Query, throw_on_error: bool) -> Promise[Any]:
        fetch = query.fetch(cancel_refetch=True)
        if self.generation == "v4":
            return fetch
        if query.fetch_status == "paused":
            # v5 does not wait for the network
            return all_of(self.clock, ())
        return fetch if throw_on_error else spawn(self.clock, _quietly(fetch))

    async def _wait_for(self, fetches: list[Promise[Any]], throw_on_error: bool) -> None:
        try:
            await all_of(self.clock, fetches)
        except Rejection:
            if throw_on_error:
                raise


async def _quietly(fetch: Promise[Any]) -> None:
    try:
        await fetch
    except Rejection:
        return
