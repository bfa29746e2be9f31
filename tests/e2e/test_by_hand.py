"""The whole story by hand, in a real browser: judged as a run judges the same backend."""

from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from backend_under_test import Parts
from backend_under_test.mutations.faults import FAULTS
from harness.backends.reference import InProcessBackend
from harness.engines import Engine, EngineUnavailable, Tab, open_engine
from harness.runs.runner import Played, play
from harness.serve.opening import press
from harness.stage.scenario import choose
from harness.stage.world import Stage
from harness.timeline.amo_events import TokenHeld
from tests.browser.processes import wait_for
from tests.e2e.by_hand import Person, backend_with, sitting

BROKEN = (
    "page_before_exchange",
    "code_exchanged_twice",
    "stored_never",
    "leads_forbidden",
    "code_in_link",
)
OF_A_STORY = ("CB-01", "CB-02", "CB-03", "ST-01", "ST-02", "APP-01", "APP-02", "APP-03", "SEC-01")
"""What the story shows whoever walks it."""


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Generator[Engine]:
    try:
        with open_engine("chromium", playwright=playwright) as engine:
            yield engine
    except EngineUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture
def tab(stage: Stage) -> Generator[Tab]:
    opened = stage.engine.open_tab()
    yield opened
    opened.close()


def by_run(stage: Stage, fault: str) -> Played:
    scenario = choose(["connect_happy_path"])[0]
    if not fault:
        return play(stage, scenario)
    assert isinstance(stage.backend, InProcessBackend)
    with (
        stage.backend.made_into(FAULTS[fault].apply(Parts())) as broken,
        stage.recast(stage.setup, broken) as other,
    ):
        return play(other, scenario)


def results_of(played: Played) -> dict[str, str]:
    return {clause: played.result.findings[clause].result for clause in OF_A_STORY}


@pytest.mark.parametrize("fault", ["", *BROKEN], ids=["correct", *BROKEN])
def test_a_story_by_hand_is_judged_as_a_run_judges_it(
    stage: Stage, tab: Tab, tmp_path: Path, fault: str
) -> None:
    """The gate before the page is on the server: whoever browses, CB-01 and CB-02 are proved."""
    with sitting(tmp_path, backend=backend_with(fault)) as sat:
        person = Person(tab, sat.serving)
        person.connect()
        person.comes_back_by_the_button()
        assert person.sees("Close the app and open it again", "Підключити")
        (played,) = sat.finish()
    assert played.result.harness_errors == ()
    expected = results_of(by_run(stage, fault))
    assert results_of(played) == expected
    assert ("failed" in expected.values()) is bool(fault)


def test_chromium_walks_it_as_well(chromium: Engine, tmp_path: Path) -> None:
    """With the browser's own popup for amoCRM, as the app opens a browser."""
    opened = chromium.open_tab()
    with sitting(tmp_path) as sat:
        person = Person(opened, sat.serving)
        person.connect()
        person.comes_back_by_the_button()
        assert person.sees("Close the app and open it again")
        (played,) = sat.finish()
    opened.close()
    assert played.result.failures == ()
    assert played.result.findings["APP-03"].result == "passed"


def test_a_tester_who_begins_anew_or_locks_the_phone_blames_nobody(tab: Tab, tmp_path: Path) -> None:
    """On amoCRM's page, and on the backend's before the tap: people do both."""
    with sitting(tmp_path) as sat:
        person = Person(tab, sat.serving)
        person.open()
        person.tap("Open the CRM tab")
        person.goes_to_amocrm()
        person.begins_anew()
        assert person.sees("Return to App")
        tab.switch_away()
        tab.switch_back()
        person.comes_back_by_the_button()
        assert person.sees("Close the app and open it again")
        (played,) = sat.finish()
    assert (played.result.failures, played.result.harness_errors) == ((), ())
    assert [played.result.findings[each].result for each in ("CB-01", "CB-03", "APP-03")] == ["passed"] * 3


def test_a_sitting_may_end_while_amocrm_keeps_an_answer(tab: Tab, tmp_path: Path) -> None:
    """The phone still waits for its page: what that would have been, nobody knows."""
    with sitting(tmp_path) as sat:
        person = Person(tab, sat.serving)
        person.open()
        person.tap("Open the CRM tab")
        press("hold", sat.serving.sitting.journey)
        person.goes_to_amocrm()
        person.allows()
        journey = sat.serving.sitting.journey
        assert wait_for(lambda: bool(journey.timeline().of(TokenHeld)))
        (played,) = sat.finish()
    assert (played.result.failures, played.result.harness_errors) == ((), ())
    assert [played.result.findings[each].result for each in ("CB-02", "CB-04")] == ["not_observed"] * 2


def test_a_second_phone_is_told_and_the_tester_can_let_it_in(
    chromium: Engine, tab: Tab, tmp_path: Path
) -> None:
    """One phone at a time; neither its looks nor its taps reach the journey."""
    with sitting(tmp_path) as sat:
        first = Person(tab, sat.serving)
        first.open()
        first.tap("Open the CRM tab")
        assert first.sees("Підключити")
        opened = chromium.open_tab()
        second = Person(opened, sat.serving)
        second.open()
        assert second.sees("Another phone is walking")
        before = len(sat.serving.sitting.journey.timeline())
        second.open()
        assert len(sat.serving.sitting.journey.timeline()) == before
        opened.close()
