"""What becomes of a query that nothing shows any more, and of one whose app goes into the background."""

import pytest

from harness.phone.javascript.clock import PhoneClock
from harness.phone.javascript.queries import QueryClient
from harness.phone.javascript.query_versions import QueryOptions, QueryRelease
from tests.unit.phone.query_bench import Bench, Server, every, status


@pytest.mark.parametrize(
    ("release", "fetched"),
    [("4", False), ("5.84", False), ("5.90", False), ("5.91", True), ("5.106", True)],
)
def test_failed_refresh_counts_as_invalidated_from_5_91_on(release: QueryRelease, fetched: bool) -> None:
    """So the next mount fetches, however fresh the data; earlier releases trust it."""
    bench = Bench(release, mounted=False, options=QueryOptions(stale_time_s=300))
    bench.server.fails = lambda _: True
    bench.query.fetch()
    bench.clock.advance(60)
    bench.server.calls_at_s.clear()
    bench.client.observe(bench.query, lambda: None)
    assert bool(bench.calls_s()) is fetched


@every
def test_last_unmount_ends_the_retries(release: QueryRelease) -> None:
    """Nothing shows what would come of them: the try under way was the last."""
    bench = Bench(release)
    bench.server.fails = lambda _: True
    bench.client.invalidate()
    bench.clock.advance(0.1)
    bench.observer.unmount()
    bench.clock.advance(60)
    assert bench.calls_s() == [0]
    assert status(bench.query) == ("error", "idle")


@every
def test_mount_in_time_takes_the_end_of_the_retries_back(release: QueryRelease) -> None:
    """Who comes while the try is under way joins it, retries and all."""
    bench = Bench(release)
    bench.server.fails = lambda number: number == 1
    bench.client.invalidate()
    bench.clock.advance(0.1)
    bench.observer.unmount()
    bench.client.observe(bench.query, lambda: None)
    bench.clock.advance(60)
    assert bench.calls_s() == [0, 1.2]
    assert status(bench.query) == ("success", "idle")


@every
def test_data_that_nothing_shows_is_forgotten_after_gc_time(release: QueryRelease) -> None:
    """A mount after that begins with nothing: pending, and a fetch."""
    bench = Bench(release, options=QueryOptions(stale_time_s=1e6, gc_time_s=60))
    bench.observer.unmount()
    bench.clock.advance(59)
    assert bench.client.cached(bench.query.key) is bench.query
    bench.clock.advance(1)
    assert bench.client.cached(bench.query.key) is None
    again = bench.client.query(bench.query.key, bench.server.answer)
    bench.client.observe(again, lambda: None)
    assert (status(again), again.data) == (("pending", "fetching"), None)


@every
def test_gc_time_of_a_mounted_query_does_not_run(release: QueryRelease) -> None:
    """The app's own is 0: whoever is mounted keeps what it shows."""
    bench = Bench(release, options=QueryOptions(gc_time_s=0))
    bench.clock.advance(1e6)
    assert bench.client.cached(bench.query.key) is bench.query
    bench.observer.unmount()
    bench.clock.settle()
    assert bench.client.cached(bench.query.key) is None


@pytest.mark.parametrize(
    ("release", "fetch_status"),
    [("4", "paused"), ("5.84", "paused"), ("5.90", "paused"), ("5.91", "idle"), ("5.106", "idle")],
)
def test_unmount_while_a_first_fetch_waits_for_the_network(release: QueryRelease, fetch_status: str) -> None:
    """From 5.91 on it is taken back; before, it runs when the network is back, with nobody to show it."""
    clock = PhoneClock()
    server = Server(clock)
    client = QueryClient(clock, release=release)
    client.set_online(False)
    query = client.query(("status",), server.answer)
    client.observe(query, lambda: None).unmount()
    clock.advance(1)
    assert status(query) == ("pending", fetch_status)


@every
def test_app_in_the_background_pauses_retries(release: QueryRelease) -> None:
    """Where the app tells TanStack of AppState: the next try waits until the user is back."""
    bench = Bench(release)
    bench.server.fails = lambda number: number == 1
    bench.client.invalidate()
    bench.clock.advance(0.5)
    bench.client.set_focused(False)
    bench.clock.advance(60)
    assert bench.calls_s() == [0]
    bench.client.set_focused(True)
    bench.clock.advance(1)
    assert bench.calls_s() == [0, 60.5]


@every
@pytest.mark.parametrize(("stale_time_s", "calls"), [(0.0, 1), (300.0, 0)], ids=["stale", "fresh"])
def test_coming_to_the_foreground_refetches_what_is_stale(
    release: QueryRelease, stale_time_s: float, calls: int
) -> None:
    """`refetchOnWindowFocus`, and `staleTime` decides."""
    bench = Bench(release, options=QueryOptions(stale_time_s=stale_time_s))
    bench.client.set_focused(False)
    bench.clock.advance(1)
    bench.client.set_focused(True)
    assert len(bench.calls_s()) == calls
