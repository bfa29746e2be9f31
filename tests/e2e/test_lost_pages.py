"""A backend whose page hangs, crashes or never stands still ends its own scenario, and never the run."""

import pytest

from backend_under_test import Parts
from backend_under_test.mutations.edits import Change, script, swapped
from harness.backends.reference import InProcessBackend
from harness.runs.results import RunResult
from harness.runs.runner import play
from harness.stage.scenario import choose
from harness.stage.world import Stage

ON_TAP = '() => window.open(button.dataset.link, "_self")'
LOST = "the page is gone: it stopped answering for 3 s"
PAGES: dict[str, tuple[Change, str, bool]] = {
    "hangs at load": (script("for (;;);"), LOST, False),
    "hangs soon": (script("setTimeout(() => { for (;;); }, 300)"), LOST, False),
    "hangs on the tap": (swapped(ON_TAP, "() => { for (;;); }"), LOST, True),
}
"""What the page does, why the story stopped, and whether CB-07 is broken by it."""


@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_is_lost_stops_its_scenario_alone(stage: Stage, name: str) -> None:
    """What it did is told, and no trouble of the harness; the next scenario finds an engine that works."""
    change, said, breaks_the_tap = PAGES[name]
    assert isinstance(stage.backend, InProcessBackend)
    with (
        stage.backend.made_into(change(Parts())) as broken,
        stage.recast(stage.setup, broken) as other,
    ):
        result = play(other, choose(["connect_happy_path"])[0]).result
    assert (result.harness_errors, said in result.stopped) == ((), True)
    assert ("CB-07" in result.failures) is breaks_the_tap
    assert RunResult({"name": "x"}, "broken", (result,)).exit_code in (0, 1)
    after = play(stage, choose(["connect_happy_path"])[0]).result
    assert (after.harness_errors, after.stopped, after.failures) == ((), "", ())


def test_a_page_that_opens_dialogs_is_judged(stage: Stage) -> None:
    """They are dismissed, and the story goes on to its end."""
    assert isinstance(stage.backend, InProcessBackend)
    with (
        stage.backend.made_into(script("alert('Hello'); confirm('Sure?')")(Parts())) as talkative,
        stage.recast(stage.setup, talkative) as other,
    ):
        result = play(other, choose(["connect_happy_path"])[0]).result
    assert (result.harness_errors, result.stopped, result.failures) == ((), "", ())
