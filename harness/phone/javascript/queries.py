"""The app's cached queries, with TanStack Query's rules for what is fetched again and what is awaited.

Owns the cache, the observers (what is mounted) and `invalidate`. It must not know screens or HTTP.
Rules read in the releases of @tanstack/query-core that `harness.phone.javascript.query_versions` names, and
held against them by `python -m tools.differential`.
Left out: structural sharing, `refetchType`, abort signals; nothing in the app uses them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from harness.phone.javascript.clock import Clock
from harness.phone.javascript.promise import Promise, Rejection, all_of, spawn
from harness.phone.javascript.query_versions import (
    APPS_OWN,
    QUERY_VERSIONS,
    QueryOptions,
    QueryRelease,
    QueryVersion,
)
from harness.phone.javascript.retryer import CancelledError, Pauses, QueryFunction, Retryer

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
        """Take the component away; what is unmounted already stays so."""
        self._query.lose(self)


class _State(NamedTuple):
    """What a fetch that is taken back gives back."""

    status: Status
    data: Any
    error: Rejection | None
    is_invalidated: bool
    has_failed: bool


class Query:
    """One entry of the cache. `data` is None until the first success."""

    def __init__(
        self, client: "QueryClient", key: Key, fn: QueryFunction[Any], options: QueryOptions
    ) -> None:
        self._client = client
        self._fn = fn
        self._options = options
        self._retryer: Retryer[Any] | None = None
        self._under_way: Promise[Any] | None = None
        self._before: _State | None = None
        self._updated_s = 0.0
        self._collections = 0
        self.key = key
        self.observers: list[Observer] = []
        self.data: Any = None
        self.error: Rejection | None = None
        self.status: Status = "pending"
        self.fetch_status: FetchStatus = "idle"
        self.is_invalidated = False
        self.has_failed = False
        """Whether a try of the last fetch has failed, `failureCount > 0`."""
        self._collect_later()

    @property
    def is_active(self) -> bool:
        """Whether an enabled `useQuery` is mounted."""
        return any(observer.enabled for observer in self.observers)

    def is_stale(self) -> bool:
        """Whether a mount would fetch it again."""
        age_s = self._client.clock.now_s - self._updated_s
        return self.data is None or self.is_invalidated or age_s >= self._options.stale_time_s

    def invalidate(self) -> None:
        """Mark as out of date."""
        self.is_invalidated = True
        self._changed()

    def gain(self, observer: Observer) -> None:
        """Have a component mounted; what is shown is not collected."""
        self.observers.append(observer)
        self._collections += 1

    def lose(self, observer: Observer) -> None:
        """Have a component unmounted; with the last of them the retries end and the data's time runs."""
        if observer not in self.observers:
            return
        self.observers.remove(observer)
        if self.observers:
            return
        if self._retryer is not None:
            is_first_and_waits = self.fetch_status == "paused" and self.status == "pending"
            if is_first_and_waits and self._client.version.gives_up_paused_first_fetch:
                self._take_back(self._retryer)
            else:
                self._retryer.give_up_retries()
        self._collect_later()

    def fetch(self, *, cancel_refetch: bool = False) -> Promise[Any]:
        """Fetch, or join the fetch under way; `cancel_refetch` replaces one that refreshes data."""
        retryer = self._retryer
        if retryer is not None and self.fetch_status != "idle" and not retryer.was_rejected:
            if self.data is None or not cancel_refetch:
                retryer.want_retries()
                return self._to_join(retryer)
            retryer.cancel()
        self._before = _State(self.status, self.data, self.error, self.is_invalidated, self.has_failed)
        if self.data is None:
            self.status, self.error = "pending", None
        self.has_failed = False
        self._fetching("fetching" if self._client.online else "paused")
        return self._start()

    def wake_up(self) -> None:
        """The network or the app is back: fetch what is mounted and stale, go on with what was paused."""
        if self.is_active and self.is_stale():
            self.fetch()
        if self._retryer is not None:
            self._retryer.go_on()

    def _to_join(self, retryer: Retryer[Any]) -> Promise[Any]:
        if self._client.version.joined == "whoever is last" and self._under_way is not None:
            return self._under_way
        return retryer.promise

    def _start(self) -> Promise[Any]:
        pauses = Pauses(
            is_online=lambda: self._client.online,
            is_focused=lambda: self._client.focused,
            paused=lambda: self._fetching("paused"),
            continued=lambda: self._fetching("fetching"),
            failed=self._note_failure,
        )
        client = self._client
        retryer = self._retryer = Retryer(client.clock, self._fn, pauses, self._options, client.version)
        under_way = self._under_way = spawn(client.clock, self._follow(retryer))
        retryer.start()
        return retryer.promise if client.version.joined == "nobody" else under_way

    async def _follow(self, retryer: Retryer[Any]) -> Any:
        try:
            data = await retryer.promise
        except CancelledError as cancelled:
            self._collect_later()
            if cancelled.takes_back or self._client.version.joined == "nobody":
                raise
            return await self._replacement(retryer)
        except Rejection as rejection:
            self._ended(retryer, error=rejection)
            raise
        self._ended(retryer, data=data)
        return data

    async def _replacement(self, retryer: Retryer[Any]) -> Any:
        """Wait for the fetch that replaced this one, as whoever awaited it does."""
        following = self._retryer
        if following is None or following is retryer:
            raise CancelledError(takes_back=False)
        if self._client.version.joined == "the next" or self._under_way is None:
            return await following.promise
        return await self._under_way

    def _take_back(self, retryer: Retryer[Any]) -> None:
        retryer.cancel(takes_back=True)
        if self._before is not None:
            self.status, self.data, self.error, self.is_invalidated, self.has_failed = self._before
        self._fetching("idle")

    def _ended(self, retryer: Retryer[Any], *, data: Any = None, error: Rejection | None = None) -> None:
        if self._retryer is not retryer:
            return
        self.fetch_status = "idle"
        self.error = error
        if error is None:
            self.data, self.status, self.is_invalidated = data, "success", False
            self.has_failed = False
            self._updated_s = self._client.clock.now_s
        else:
            self.status, self.has_failed = "error", True
            self.is_invalidated = self.is_invalidated or self._client.version.failed_is_invalidated
        self._collect_later()
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

    def _collect_later(self) -> None:
        """`scheduleGc`: forget the data after its time, unless it is shown or fetched then."""
        self._collections += 1
        number = self._collections

        def collect() -> None:
            if number == self._collections and not self.observers and self.fetch_status == "idle":
                self._client.forget(self)

        self._client.clock.call_later(self._options.gc_time_s, collect)


class QueryClient:
    """The cache of one start of the app; a restart or a reload of its JavaScript begins with a new one."""

    def __init__(
        self, clock: Clock, *, release: QueryRelease = APPS_OWN, options: QueryOptions | None = None
    ) -> None:
        self.clock = clock
        self.version: QueryVersion = QUERY_VERSIONS[release]
        self.options = options or QueryOptions()
        self.online = True
        self.focused = True
        self._queries: dict[Key, Query] = {}

    def query(self, key: Key, fn: QueryFunction[Any], options: QueryOptions | None = None) -> Query:
        """Return the query of a key, made when there is none."""
        if key not in self._queries:
            self._queries[key] = Query(self, key, fn, options or self.options)
        return self._queries[key]

    def cached(self, key: Key) -> Query | None:
        """Return the query of a key, None where the cache has none."""
        return self._queries.get(key)

    def forget(self, query: Query) -> None:
        """Take a query out of the cache; the next of its key begins anew."""
        if self._queries.get(query.key) is query:
            del self._queries[query.key]

    def observe(self, query: Query, on_change: Callable[[], None], *, enabled: bool = True) -> Observer:
        """Mount a `useQuery`: fetches when it is enabled and the data is stale or missing."""
        observer = Observer(query, enabled=enabled, on_change=on_change)
        query.gain(observer)
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
            self._wake_up()

    def set_focused(self, focused: bool) -> None:
        """Tell whether the app is before the user, as `focusManager` is told by AppState."""
        came_back = focused and not self.focused
        self.focused = focused
        if came_back:
            self._wake_up()

    def _wake_up(self) -> None:
        for query in tuple(self._queries.values()):
            query.wake_up()

    def _filters(self, filters: Filters | Key | None) -> Filters:
        if isinstance(filters, tuple):
            return Filters() if self.version.bare_key_is_filters else Filters(filters)
        return filters or Filters()

    def _refetch(self, query: Query, throw_on_error: bool) -> Promise[Any]:
        fetch = query.fetch(cancel_refetch=True)
        if self.version.awaits_the_network:
            return fetch
        if query.fetch_status == "paused":
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
