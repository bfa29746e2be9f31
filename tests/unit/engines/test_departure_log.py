"""One real attempt is one departure, however many observers report it, in whatever order."""

from __future__ import annotations

import threading
import time

import pytest

from harness.engines.tabs.departures import DepartureLog
from harness.engines.tabs.engine import Departure, is_departure


def seen(url: str, observer: str, *, mechanism: str | None = None, gesture: bool | None = None) -> Departure:
    """Return one observer's report."""
    return Departure(url, mechanism, gesture, same_tab=True, at_ns=time.monotonic_ns(), observer=observer)


@pytest.mark.parametrize(
    ("reports", "departures"),
    [
        (["a one", "b one"], ["one"]),
        (["a one", "b one", "a one", "b one"], ["one", "one"]),
        (["a one", "a one", "b one", "b one"], ["one", "one"]),
        (["a one", "b two", "a two", "b one"], ["one", "two"]),
        (["a one", "a one", "b one"], ["one", "one"]),
        ([], []),
    ],
    ids=["same", "twice", "twice-late", "two-links", "one-observer-slow", "none"],
)
def test_each_attempt_counts_once(reports: list[str], departures: list[str]) -> None:
    """The n-th report of a link by any observer is the n-th attempt."""
    log = DepartureLog()
    for report in reports:
        observer, url = report.split()
        log.add(seen(url, observer))
    assert [each.url for each in log.all()] == departures
    assert len(log.sightings()) == len(reports)


def test_a_later_observer_fills_what_the_first_could_not_tell() -> None:
    """What is known already stays; what is unknown is taken from whoever knows; the first time stands."""
    log = DepartureLog()
    first = seen("one", "a", mechanism="link")
    log.add(first)
    log.add(seen("one", "b", mechanism="navigation", gesture=False))
    (departure,) = log.all()
    assert (departure.mechanism, departure.user_gesture) == ("link", False)
    assert (departure.at_ns, departure.observer) == (first.at_ns, "a")


def test_the_callback_hears_of_each_attempt_once() -> None:
    """Further reports of the same attempt are not told again."""
    told: list[Departure] = []
    log = DepartureLog(told.append)
    log.add(seen("one", "a"))
    log.add(seen("one", "b"))
    assert [each.observer for each in told] == ["a"]


def test_waiting_ends_with_the_departure() -> None:
    """Whoever waits for the next one gets it, from another thread."""
    log = DepartureLog()
    log.add(seen("one", "a"))
    threading.Timer(0.02, log.add, (seen("two", "a"),)).start()
    found = log.wait(after=1, timeout_s=20, give_up=bool)
    assert found is not None
    assert found.url == "two"


def test_waiting_ends_when_it_is_given_up() -> None:
    """A dead browser is noticed at the next wake-up, not at the end of the time."""
    log = DepartureLog()
    gone = threading.Event()
    threading.Timer(0.02, lambda: (gone.set(), log.wake())).start()
    began = time.monotonic()
    assert log.wait(after=0, timeout_s=30, give_up=gone.is_set) is None
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("url", "leaves"),
    [
        ("foryoure://amo-crm/callback", True),
        ("FORYOURE:x", True),
        ("intent://x#Intent;end", True),
        ("mailto:a@example.com", True),
        ("https://example.com/foryoure://", False),
        ("HTTP://example.com", False),
        ("about:blank", False),
        ("about:srcdoc", False),
        ("data:text/html,x", False),
        ("blob:https://example.com/1", False),
        ("javascript:void 0", False),
        ("", False),
    ],
)
def test_only_another_scheme_leaves_the_browser(url: str, leaves: bool) -> None:
    """The web's own schemes stay, every other leaves."""
    assert is_departure(url) is leaves
