"""serve --observe in a real browser: a script in the backend's pages tells what only the browser knows."""

from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from backend_under_test.mutations.edits import swapped
from harness.engines import Engine, EngineUnavailable, Tab, open_engine
from harness.stage.world import Stage
from harness.timeline.page_events import (
    Departure,
    ObserverBegan,
    ObserverSilent,
    Tap,
)
from tests.browser.processes import wait_for
from tests.e2e.by_hand import Person, backend_of, backend_with, sitting


@pytest.fixture
def tab(stage: Stage) -> Generator[Tab]:
    opened = stage.engine.open_tab()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Generator[Engine]:
    try:
        with open_engine("chromium", playwright=playwright) as engine:
            yield engine
    except EngineUnavailable as error:
        pytest.skip(str(error))


def test_a_persons_tap_and_what_it_sets_off_are_judged(tab: Tab, tmp_path: Path) -> None:
    """CB-07 holds with what the script could not see said beside; CB-06 is no proof without ten minutes."""
    with sitting(tmp_path, observed=True) as sat:
        person = Person(tab, sat.serving)
        person.connect()
        person.comes_back_by_the_button()
        assert person.sees("Close the app and open it again")
        (played,) = sat.finish()
    timeline, findings = played.timeline, played.result.findings
    (tap,), (left,) = timeline.of(Tap), timeline.of(Departure)
    assert (tap.target, left.tap, left.mechanism) == ("Return to App", 1, "window.open")
    assert (left.user_gesture, left.same_tab, left.observer) == (True, True, "script in the page")
    assert findings["CB-07"].result == "passed"
    (began,) = timeline.of(ObserverBegan)
    assert ("`location`" in findings["CB-07"].actual) is not began.sees_navigations
    assert (findings["CB-06"].result, findings["CB-01"].result) == ("not_observed", "passed")
    assert timeline.of(ObserverSilent) == ()
    assert played.result.remarks[0].startswith("page altered")


@pytest.mark.parametrize("fault", ["departs_by_iframe", "departs_by_scripted_click"])
def test_a_page_that_leaves_by_itself_is_caught(tab: Tab, tmp_path: Path, fault: str) -> None:
    """Nobody has tapped."""
    with sitting(tmp_path, backend=backend_with(fault), observed=True) as sat:
        Person(tab, sat.serving).connect()
        assert wait_for(lambda: bool(sat.serving.sitting.journey.timeline().of(Departure)))
        (played,) = sat.finish()
    finding = played.result.findings["CB-06"]
    assert (finding.result, "was opened without a tap" in finding.actual) == ("failed", True)


def test_location_is_seen_where_the_browser_has_the_navigation_api(chromium: Engine, tmp_path: Path) -> None:
    """And tells of ways to an app by it."""
    opened = chromium.open_tab()
    with sitting(tmp_path, backend=backend_with("departs_by_location_href"), observed=True) as sat:
        Person(opened, sat.serving).connect()
        assert wait_for(lambda: bool(sat.serving.sitting.journey.timeline().of(Departure)))
        (played,) = sat.finish()
    opened.close()
    assert played.timeline.of(ObserverBegan)[0].sees_navigations
    assert played.timeline.of(Departure)[0].mechanism == "navigation"
    assert played.result.findings["CB-06"].result == "failed"


SILENT = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'"


def test_a_page_whose_policy_silences_the_script_is_told(tab: Tab, tmp_path: Path) -> None:
    """A policy in the markup is the page's own; nothing is made of a silence but the words for it."""
    quiet = swapped("<head>", f'<head><meta http-equiv="Content-Security-Policy" content="{SILENT}">')
    with sitting(tmp_path, backend=backend_of(quiet), observed=True) as sat:
        person = Person(tab, sat.serving)
        person.connect()
        person.comes_back_by_the_button()
        assert person.sees("Close the app and open it again")
        (played,) = sat.finish()
    (silent,) = played.timeline.of(ObserverSilent)
    assert SILENT in silent.policy
    assert any("was stopped" in each and SILENT in each for each in played.result.remarks)
    assert played.result.findings["CB-07"].result == "not_observed"
