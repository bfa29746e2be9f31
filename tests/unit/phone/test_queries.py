"""`await invalidateQueries(...)`, case by case as measured, on a clock that stands still."""

import pytest

from harness.phone.javascript.clock import PhoneClock
from harness.phone.javascript.promise import Rejection
from harness.phone.javascript.queries import Filters, QueryClient
from harness.phone.javascript.query_versions import QueryOptions, QueryRelease
from tests.unit.phone.query_bench import FETCH_S, V5, Bench, Server, every, every_v5, status


@every
def test_active_query_is_awaited(release: QueryRelease) -> None:
    """The promise resolves with the refetch."""
    bench = Bench(release)
    settled = bench.watch(bench.client.invalidate(Filters(("status",))))
    assert settled == []
    bench.clock.advance(FETCH_S)
    assert settled == [FETCH_S]
    assert bench.query.is_invalidated is False


@every
def test_inactive_query_is_only_marked(release: QueryRelease) -> None:
    """Nothing mounted: resolves at once, no fetch; the next mount fetches."""
    bench = Bench(release, mounted=False)
    assert bench.watch(bench.client.invalidate(Filters(("status",)))) == [0]
    assert bench.query.is_invalidated is True
    assert bench.calls_s() == []
    bench.client.observe(bench.query, lambda: None)
    assert bench.calls_s() == [0]


@every
def test_no_match_resolves_at_once(release: QueryRelease) -> None:
    """And marks nothing."""
    bench = Bench(release)
    assert bench.watch(bench.client.invalidate(Filters(("leads",)))) == [0]
    assert bench.query.is_invalidated is False


@every
def test_key_prefix_matches(release: QueryRelease) -> None:
    """`['leads']` means `['leads', {page: 1}]` too, and not the other way round."""
    bench = Bench(release, key=("leads", ("page", 1)))
    bench.client.invalidate(Filters(("leads",)))
    assert bench.calls_s() == [0]
    narrow = Bench(release, key=("leads",))
    narrow.client.invalidate(Filters(("leads", ("page", 1))))
    assert narrow.calls_s() == []


@every
def test_failing_refetch_resolves_after_all_retries(release: QueryRelease) -> None:
    """1, 2 and 4 s between four calls; the awaiting code learns nothing of the failure."""
    bench = Bench(release)
    bench.server.fails = lambda _: True
    promise = bench.client.invalidate(Filters(("status",)))
    settled = bench.watch(promise)
    bench.clock.advance(60)
    assert bench.calls_s() == [0, 1.2, 3.4, 7.6]
    assert settled == [7.8]
    assert promise.result() is None
    assert status(bench.query) == ("error", "idle")
    assert bench.query.data == 1


@every
def test_throw_on_error_rejects(release: QueryRelease) -> None:
    """Only when asked for."""
    bench = Bench(release)
    bench.server.fails = lambda _: True
    promise = bench.client.invalidate(Filters(("status",)), throw_on_error=True)
    bench.clock.advance(60)
    with pytest.raises(Rejection, match="500"):
        promise.result()


@every
def test_retry_that_succeeds_ends_the_wait(release: QueryRelease) -> None:
    """The second call answers."""
    bench = Bench(release)
    bench.server.fails = lambda number: number == 1
    settled = bench.watch(bench.client.invalidate(Filters(("status",))))
    bench.clock.advance(60)
    assert settled == [1.4]
    assert status(bench.query) == ("success", "idle")


@every
def test_query_that_never_settles_is_awaited_for_ever(release: QueryRelease) -> None:
    """Nothing gives up by itself."""
    bench = Bench(release)
    bench.server.takes_s = 1e6
    settled = bench.watch(bench.client.invalidate(Filters(("status",))))
    bench.clock.advance(86_400)
    assert settled == []


@every_v5
def test_offline_v5_resolves_at_once_and_calls_nobody(release: QueryRelease) -> None:
    """The fetch is paused; it runs when the network is back."""
    bench = Bench(release)
    bench.client.set_online(False)
    assert bench.watch(bench.client.invalidate(Filters(("status",)))) == [0]
    assert (bench.query.fetch_status, bench.calls_s()) == ("paused", [])
    bench.clock.advance(30)
    bench.client.set_online(True)
    bench.clock.settle()
    assert bench.calls_s() == [30]


def test_offline_v4_stays_pending_until_online() -> None:
    """The awaiting code hangs with the network."""
    bench = Bench("4")
    bench.client.set_online(False)
    settled = bench.watch(bench.client.invalidate(Filters(("status",))))
    bench.clock.advance(30)
    assert settled == []
    bench.client.set_online(True)
    bench.clock.advance(1)
    assert settled == [30 + FETCH_S]


@every
def test_network_lost_between_retries_pauses_the_next_one(release: QueryRelease) -> None:
    """The wait for the next try is over, but it waits for the network."""
    bench = Bench(release)
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


@every
def test_coming_online_fetches_what_is_mounted_and_stale(release: QueryRelease) -> None:
    """`refetchOnReconnect`."""
    bench = Bench(release)
    bench.client.set_online(False)
    bench.client.set_online(True)
    assert bench.calls_s() == [0]


@every
def test_disabled_query_is_not_fetched(release: QueryRelease) -> None:
    """`enabled: false`, and fetched as soon as it is enabled."""
    bench = Bench(release, mounted=False)
    observer = bench.client.observe(bench.query, lambda: None, enabled=False)
    assert bench.watch(bench.client.invalidate(Filters(("status",)))) == [0]
    assert bench.calls_s() == []
    observer.set_enabled(True)
    assert bench.calls_s() == [0]


@pytest.mark.parametrize(
    ("release", "first_s"), [("4", 0.1), ("5.84", 0.1), ("5.90", 0.3), ("5.91", 0.3), ("5.106", 0.3)]
)
def test_overlapping_invalidations_fetch_twice(release: QueryRelease, first_s: float) -> None:
    """The first fetch is cancelled; from 5.85.2 on its caller waits for the second."""
    bench = Bench(release)
    first = bench.watch(bench.client.invalidate(Filters(("status",))))
    bench.clock.advance(0.1)
    second = bench.watch(bench.client.invalidate(Filters(("status",))))
    bench.clock.advance(1)
    assert bench.calls_s() == [0, 0.1]
    assert (first, second) == ([first_s], [0.3])
    # The first answer arrived at 0.2 s and must not have ended the second fetch
    assert bench.query.data == 2


@every
def test_invalidation_during_the_first_load_joins_it(release: QueryRelease) -> None:
    """Without data there is nothing to refresh, so the fetch under way is not cancelled."""
    clock = PhoneClock()
    server = Server(clock)
    client = QueryClient(clock, release=release)
    client.observe(client.query(("status",), server.answer), lambda: None)
    clock.advance(0.1)
    client.invalidate(Filters(("status",)))
    clock.advance(1)
    assert server.calls_at_s == [0]


@pytest.mark.parametrize(("release", "fetched"), [("4", 1), *((release, 2) for release in V5)])
def test_bare_key_means_everything_in_v5(release: QueryRelease, fetched: int) -> None:
    """`invalidateQueries(['leads'])`: v5 reads the array as filters without a key."""
    bench = Bench(release, key=("leads",))
    other = Server(bench.clock)
    query = bench.client.query(("status",), other.answer)
    bench.client.observe(query, lambda: None)
    bench.clock.advance(1)
    other.calls_at_s.clear()
    bench.client.invalidate(("leads",))
    assert len(bench.server.calls_at_s) + len(other.calls_at_s) == fetched


@pytest.mark.parametrize(("release", "settles_s"), [("4", 7.8), *((release, 20) for release in V5)])
def test_one_failure_among_several_ends_the_wait_in_v4(release: QueryRelease, settles_s: float) -> None:
    """v4 catches the rejection of all together, v5 that of each."""
    bench = Bench(release)
    slow = Server(bench.clock)
    bench.client.observe(bench.client.query(("slow",), slow.answer), lambda: None)
    bench.clock.advance(1)
    bench.start_s = bench.clock.now_s
    bench.server.fails, slow.takes_s = (lambda _: True), 20
    settled = bench.watch(bench.client.invalidate())
    bench.clock.advance(60)
    assert settled == [settles_s]


@every
def test_stale_time_decides_what_a_mount_fetches(release: QueryRelease) -> None:
    """Fresh data is trusted, invalidated or old data is not."""
    clock = PhoneClock()
    server = Server(clock)
    client = QueryClient(clock, release=release, options=QueryOptions(stale_time_s=300))
    query = client.query(("status",), server.answer)
    client.observe(query, lambda: None).unmount()
    clock.advance(300)
    client.observe(query, lambda: None).unmount()
    assert server.calls_at_s == [0]
    clock.advance(0.2)
    client.observe(query, lambda: None)
    assert server.calls_at_s == [0, 300.2]


@every
def test_mount_while_offline_waits_for_the_network(release: QueryRelease) -> None:
    """Pending and paused, no call; then one."""
    clock = PhoneClock()
    server = Server(clock)
    client = QueryClient(clock, release=release)
    client.set_online(False)
    query = client.query(("status",), server.answer)
    client.observe(query, lambda: None)
    assert (status(query), server.calls_at_s) == (("pending", "paused"), [])
    client.set_online(True)
    clock.advance(1)
    assert (status(query), server.calls_at_s) == (("success", "idle"), [0])
