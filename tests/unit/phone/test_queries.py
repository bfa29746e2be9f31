"""`await invalidateQueries(...)`, case by case as measured, on a clock that stands still."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, get_args

import pytest

from harness.phone.javascript.clock import PhoneClock
from harness.phone.javascript.promise import Promise, Rejection, after
from harness.phone.javascript.queries import Filters, Generation, Query, QueryClient

GENERATIONS: tuple[Generation, ...] = get_args(Generation)
FETCH_S = 0.2
both = pytest.mark.parametrize("generation", GENERATIONS)


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
        self, generation: Generation, *, key: tuple[Any, ...] = ("status",), mounted: bool = True
    ) -> None:
        self.clock = PhoneClock()
        self.server = Server(self.clock)
        self.client = QueryClient(self.clock, generation=generation)
        self.query = self.client.query(key, self.server.answer)
        self.changes = 0
        observer = self.client.observe(self.query, self._changed)
        self.clock.advance(FETCH_S)
        if not mounted:
            observer.unmount()
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


@both
def test_active_query_is_awaited(generation: Generation) -> None:
    """The promise resolves with the refetch."""
    bench = Bench(generation)
    settled = bench.watch(bench.client.invalidate(Filters(("status",))))
    assert settled == []
    bench.clock.advance(FETCH_S)
    assert settled == [FETCH_S]
    assert bench.query.is_invalidated is False


@both
def test_inactive_query_is_only_marked(generation: Generation) -> None:
    """Nothing mounted: resolves at once, no fetch; the next mount fetches."""
    bench = Bench(generation, mounted=False)
    assert bench.watch(bench.client.invalidate(Filters(("status",)))) == [0]
    assert bench.query.is_invalidated is True
    assert bench.calls_s() == []
    bench.client.observe(bench.query, lambda: None)
    assert bench.calls_s() == [0]


@both
def test_no_match_resolves_at_once(generation: Generation) -> None:
    """And marks nothing."""
    bench = Bench(generation)
    assert bench.watch(bench.client.invalidate(Filters(("leads",)))) == [0]
    assert bench.query.is_invalidated is False


@both
def test_key_prefix_matches(generation: Generation) -> None:
    """`['leads']` means `['leads', {page: 1}]` too, and not the other way round."""
    bench = Bench(generation, key=("leads", ("page", 1)))
    bench.client.invalidate(Filters(("leads",)))
    assert bench.calls_s() == [0]
    narrow = Bench(generation, key=("leads",))
    narrow.client.invalidate(Filters(("leads", ("page", 1))))
    assert narrow.calls_s() == []


@both
def test_failing_refetch_resolves_after_all_retries(generation: Generation) -> None:
    """1, 2 and 4 s between four calls; the awaiting code learns nothing of the failure."""
    bench = Bench(generation)
    bench.server.fails = lambda _: True
    promise = bench.client.invalidate(Filters(("status",)))
    settled = bench.watch(promise)
    bench.clock.advance(60)
    assert bench.calls_s() == [0, 1.2, 3.4, 7.6]
    assert settled == [7.8]
    assert promise.result() is None
    assert status(bench.query) == ("error", "idle")
    assert bench.query.data == 1


@both
def test_throw_on_error_rejects(generation: Generation) -> None:
    """Only when asked for."""
    bench = Bench(generation)
    bench.server.fails = lambda _: True
    promise = bench.client.invalidate(Filters(("status",)), throw_on_error=True)
    bench.clock.advance(60)
    with pytest.raises(Rejection, match="500"):
        promise.result()


@both
def test_retry_that_succeeds_ends_the_wait(generation: Generation) -> None:
    """The second call answers."""
    bench = Bench(generation)
    bench.server.fails = lambda number: number == 1
    settled = bench.watch(bench.client.invalidate(Filters(("status",))))
    bench.clock.advance(60)
    assert settled == [1.4]
    assert status(bench.query) == ("success", "idle")


@both
def test_query_that_never_settles_is_awaited_for_ever(generation: Generation) -> None:
    """Nothing gives up by itself."""
    bench = Bench(generation)
    bench.server.takes_s = 1e6
    settled = bench.watch(bench.client.invalidate(Filters(("status",))))
    bench.clock.advance(86_400)
    assert settled == []


def test_offline_v5_resolves_at_once_and_calls_nobody() -> None:
    """The fetch is paused; it runs when the network is back."""
    bench = Bench("v5")
    bench.client.set_online(False)
    assert bench.watch(bench.client.invalidate(Filters(("status",)))) == [0]
    assert (bench.query.fetch_status, bench.calls_s()) == ("paused", [])
    bench.clock.advance(30)
    bench.client.set_online(True)
    bench.clock.settle()
    assert bench.calls_s() == [30]


def test_offline_v4_stays_pending_until_online() -> None:
    """The awaiting code hangs with the network."""
    bench = Bench("v4")
    bench.client.set_online(False)
    settled = bench.watch(bench.client.invalidate(Filters(("status",))))
    bench.clock.advance(30)
    assert settled == []
    bench.client.set_online(True)
    bench.clock.advance(1)
    assert settled == [30 + FETCH_S]


@both
def test_network_lost_between_retries_pauses_the_next_one(generation: Generation) -> None:
    """The wait for the next try is over, but it waits for the network."""
    bench = Bench(generation)
    bench.server.fails = lambda number: number == 1
    settled = bench.watch(bench.client.invalidate(Filters(("status",))))
    bench.clock.advance(0.5)
    bench.client.set_online(False)
    bench.clock.advance(9.5)
    assert (bench.query.fetch_status, bench.calls_s()) == ("paused", [0])
    bench.client.set_online(True)
    bench.clock.advance(1)
    assert bench.calls_s() == [0, 10]
    assert settled == [10.2]


@both
def test_coming_online_fetches_what_is_mounted_and_stale(generation: Generation) -> None:
    """`refetchOnReconnect`."""
    bench = Bench(generation)
    bench.client.set_online(False)
    bench.client.set_online(True)
    assert bench.calls_s() == [0]


@both
def test_disabled_query_is_not_fetched(generation: Generation) -> None:
    """`enabled: false`, and fetched as soon as it is enabled."""
    bench = Bench(generation, mounted=False)
    observer = bench.client.observe(bench.query, lambda: None, enabled=False)
    assert bench.watch(bench.client.invalidate(Filters(("status",)))) == [0]
    assert bench.calls_s() == []
    observer.set_enabled(True)
    assert bench.calls_s() == [0]


@pytest.mark.parametrize(("generation", "first_s"), [("v5", 0.3), ("v4", 0.1)], ids=["v5", "v4"])
def test_overlapping_invalidations_fetch_twice(generation: Generation, first_s: float) -> None:
    """The first fetch is cancelled; v5 lets its caller wait for the second, v4 lets it go at once."""
    bench = Bench(generation)
    first = bench.watch(bench.client.invalidate(Filters(("status",))))
    bench.clock.advance(0.1)
    second = bench.watch(bench.client.invalidate(Filters(("status",))))
    bench.clock.advance(1)
    assert bench.calls_s() == [0, 0.1]
    assert (first, second) == ([first_s], [0.3])
    # The first answer arrived at 0.2 s and must not have ended the second fetch
    assert bench.query.data == 2


@both
def test_invalidation_during_the_first_load_joins_it(generation: Generation) -> None:
    """Without data there is nothing to refresh, so the fetch under way is not cancelled."""
    clock = PhoneClock()
    server = Server(clock)
    client = QueryClient(clock, generation=generation)
    client.observe(client.query(("status",), server.answer), lambda: None)
    clock.advance(0.1)
    client.invalidate(Filters(("status",)))
    clock.advance(1)
    assert server.calls_at_s == [0]


@pytest.mark.parametrize(("generation", "fetched"), [("v5", 2), ("v4", 1)], ids=["v5", "v4"])
def test_bare_key_means_everything_in_v5(generation: Generation, fetched: int) -> None:
    """`invalidateQueries(['leads'])`: v5 reads the array as filters without a key."""
    bench = Bench(generation, key=("leads",))
    other = Server(bench.clock)
    query = bench.client.query(("status",), other.answer)
    bench.client.observe(query, lambda: None)
    bench.clock.advance(1)
    other.calls_at_s.clear()
    bench.client.invalidate(("leads",))
    assert len(bench.server.calls_at_s) + len(other.calls_at_s) == fetched


@pytest.mark.parametrize(("generation", "settles_s"), [("v5", 20), ("v4", 7.8)], ids=["v5", "v4"])
def test_one_failure_among_several_ends_the_wait_in_v4(generation: Generation, settles_s: float) -> None:
    """v4 catches the rejection of all together, v5 that of each."""
    bench = Bench(generation)
    slow = Server(bench.clock)
    bench.client.observe(bench.client.query(("slow",), slow.answer), lambda: None)
    bench.clock.advance(1)
    bench.start_s = bench.clock.now_s
    bench.server.fails, slow.takes_s = (lambda _: True), 20
    settled = bench.watch(bench.client.invalidate())
    bench.clock.advance(60)
    assert settled == [settles_s]


@both
def test_stale_time_decides_what_a_mount_fetches(generation: Generation) -> None:
    """Fresh data is trusted, invalidated or old data is not."""
    clock = PhoneClock()
    server = Server(clock)
    client = QueryClient(clock, generation=generation, stale_time_s=300)
    query = client.query(("status",), server.answer)
    client.observe(query, lambda: None).unmount()
    clock.advance(300)
    client.observe(query, lambda: None).unmount()
    assert server.calls_at_s == [0]
    clock.advance(0.2)
    client.observe(query, lambda: None)
    assert server.calls_at_s == [0, 300.2]


@pytest.mark.parametrize(("generation", "fetched"), [("v5", True), ("v4", False)], ids=["v5", "v4"])
def test_failed_refresh_counts_as_invalidated_in_v5(generation: Generation, fetched: bool) -> None:
    """So the next mount fetches, however fresh the data; v4 trusts it."""
    bench = Bench(generation, mounted=False)
    bench.client.stale_time_s = 300
    bench.server.fails = lambda _: True
    bench.query.fetch()
    bench.clock.advance(60)
    bench.server.calls_at_s.clear()
    bench.client.observe(bench.query, lambda: None)
    assert bool(bench.calls_s()) is fetched


@both
def test_mount_while_offline_waits_for_the_network(generation: Generation) -> None:
    """Pending and paused, no call; then one."""
    clock = PhoneClock()
    server = Server(clock)
    client = QueryClient(clock, generation=generation)
    client.set_online(False)
    query = client.query(("status",), server.answer)
    client.observe(query, lambda: None)
    assert (status(query), server.calls_at_s) == (("pending", "paused"), [])
    client.set_online(True)
    clock.advance(1)
    assert (status(query), server.calls_at_s) == (("success", "idle"), [0])
