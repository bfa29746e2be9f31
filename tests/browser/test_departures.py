"""Every way to leave without a tap is seen, once, as what it is; the page stays."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, cast

import pytest

from tests.browser.pages import LINK, MECHANISMS, NEW_WINDOW

if TYPE_CHECKING:
    from harness.engines import Departure, Engine, Tab
    from harness.engines.tabs.page_tab import PageTab

TEN_MINUTES_MS = 600_000


def leave_alone(tab: Tab, url: str) -> dict[str, list[Departure]]:
    """Open a page, touch nothing for ten minutes of page time, go away and back; return what left when."""
    tab.page.clock.install()
    tab.goto(url)
    tab.settle()
    seen = {"load": tab.departures()}
    if tab.page.url == url:
        tab.page.clock.run_for(TEN_MINUTES_MS)
        tab.settle()
        seen["ten_minutes"] = tab.departures()
        tab.switch_away()
        tab.switch_back()
        tab.settle()
    seen["return"] = tab.departures()
    return seen


# Which observer sees which mechanism, one row each. The sets are exact: an observer that goes blind, or
# begins to see, changes a row. ("network" knows the gesture in Chromium, "request-event" is Playwright's.)
OBSERVERS: dict[str, dict[str, set[str]]] = {
    "webkitgtk": {
        **{name: {"decide-policy"} for name in MECHANISMS},
        "window.open-blank": {"create"},
        "window.open": {"create"},
    },
    "chromium": {
        **{name: {"frame-requested", "network", "request-event"} for name in MECHANISMS},
        "redirect": {"network", "request-event"},
        "window.open-blank": {"window-open", "request-event"},
        "window.open": {"window-open", "request-event"},
        "click-by-script-blank": {"window-open", "request-event"},
    },
}


# How many departures there are by when, where the moment does not hang on the machine's pace.
BY_WHEN: dict[str, dict[str, int]] = {
    **{
        name: {"load": 0, "ten_minutes": 0, "return": 1}
        for name, page in MECHANISMS.items()
        if page.moment == "return"
    },
    **{
        name: {"load": 0, "ten_minutes": 1, "return": 1}
        for name in ("setTimeout-10s", "setTimeout-9min", "setInterval-10s", "setInterval-9min")
    },
}


@pytest.mark.parametrize("name", MECHANISMS)
def test_a_page_that_leaves_by_itself_is_seen_once_without_gesture(
    tab: Tab, engine: Engine, site: str, name: str
) -> None:
    """Whatever the mechanism and moment: one departure, its link, no gesture, by the table's observers.

    A timer of minutes fires under Playwright's clock and not before, and a page that waits for the user to
    return leaves only then. As on iOS, the attempt replaces nothing: the page is still there and alive.
    """
    seen = leave_alone(tab, f"{site}/{name}")
    counted = {moment: len(departures) for moment, departures in seen.items()}
    assert counted == BY_WHEN.get(name, counted)
    tab.wait_for_departure(timeout_s=20)  # what follows a fetch takes as long as the machine needs
    if name != "redirect":  # which is answered in place of a page
        assert tab.page.url == f"{site}/{name}"
        assert cast("str", tab.page.evaluate("document.querySelector('h1').textContent")) == "Hello"
    assert observers_of(tab, until=OBSERVERS[engine.name][name]) == OBSERVERS[engine.name][name]
    (departure,) = tab.departures()  # with what its slowest observer adds
    assert departure.url == LINK
    assert departure.user_gesture is False
    assert departure.same_tab is (name not in NEW_WINDOW)
    assert departure.at_ns <= time.monotonic_ns()


def observers_of(tab: Tab, *, until: set[str]) -> set[str]:
    """Return who has seen a departure; the slower observers get their time."""
    deadline = time.monotonic() + 5
    sightings = cast("PageTab", tab).sightings
    while not {each.observer for each in sightings()} >= until and time.monotonic() < deadline:
        tab.settle()
    return {each.observer for each in sightings()}


@pytest.mark.parametrize("name", ["plain", "own-timers", "button", "button-anchor", "link-on"])
def test_a_page_that_stays_is_left_alone(tab: Tab, site: str, name: str) -> None:
    """Timers and frames of the page's own, links and handlers that nobody touches, are no departures."""
    seen = leave_alone(tab, f"{site}/{name}")
    assert seen["return"] == []


def test_two_attempts_are_two_departures(tab: Tab, site: str) -> None:
    """The same link twice is not one departure, however many observers see each."""
    tab.goto(f"{site}/plain")
    for number in range(2):
        tab.page.evaluate("link => { location.href = link }", LINK)
        assert tab.wait_for_departure(after=number, timeout_s=20) is not None
    tab.settle()
    assert len(tab.departures()) == 2


def test_waiting_for_a_departure_ends_with_the_time(tab: Tab, site: str) -> None:
    """A page that stays gives None, not a hang."""
    tab.goto(f"{site}/plain")
    assert tab.wait_for_departure(timeout_s=0.05) is None


def test_a_departure_is_told_as_it_happens(engine: Engine, site: str) -> None:
    """The callback gets the very departures that the tab lists."""
    told: list[Departure] = []
    tab = engine.open_tab(told.append)
    tab.goto(f"{site}/location.href")
    first = tab.wait_for_departure(timeout_s=20)
    assert first is not None
    assert [each.url for each in told] == [LINK]
    assert told[0].at_ns == first.at_ns
    tab.close()
