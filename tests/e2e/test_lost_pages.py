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
STARVED = "its process got too little of the processor"
LOST = "the page is gone: it stopped answering for 3 s"
PAGES: dict[str, tuple[Change, str]] = {
    "hangs at load": (script("for (;;);"), "CB-05"),
    "hangs soon": (script("setTimeout(() => { for (;;); }, 300)"), "CB-07"),
    "hangs on the tap": (swapped(ON_TAP, "() => { for (;;); }"), "CB-07"),
}
"""What the page does, and which clause it breaks by that."""


@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_is_lost_stops_its_scenario_alone(stage: Stage, name: str) -> None:
    """What it did is told, and no trouble of the harness; the next scenario finds an engine that works."""
    change, broken_clause = PAGES[name]
    assert isinstance(stage.backend, InProcessBackend)
    with (
        stage.backend.made_into(change(Parts())) as broken,
        stage.recast(stage.setup, broken) as other,
    ):
        result = play(other, choose(["connect_happy_path"])[0]).result
    assert result.harness_errors == ()
    if STARVED in result.stopped:  # on a machine so busy nobody is blamed
        assert broken_clause not in result.failures
    else:
        assert (LOST in result.stopped, broken_clause in result.failures) == (True, True)
        assert RunResult({"name": "x"}, "broken", (result,)).exit_code == 1
    after = play(stage, choose(["connect_happy_path"])[0]).result
    assert (after.harness_errors, after.stopped, after.failures) == ((), "", ())


def test_a_page_that_opens_dialogs_is_judged(stage: Stage) -> None:
    """They are dismissed, and the story goes on to its end: at load they stand before the button."""
    assert isinstance(stage.backend, InProcessBackend)
    with (
        stage.backend.made_into(script("alert('Hello'); confirm('Sure?')")(Parts())) as talkative,
        stage.recast(stage.setup, talkative) as other,
    ):
        result = play(other, choose(["connect_happy_path"])[0]).result
    assert (result.harness_errors, result.stopped, result.failures) == ((), "", ("CB-05",))
