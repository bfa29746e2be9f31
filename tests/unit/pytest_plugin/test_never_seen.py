"""What fails a run of pytest's in which no item failed."""

import pytest

from harness.pytest_plugin.run import never_seen
from harness.runs.rules import Rules
from harness.stage.scenario import all_scenarios

HALF = {"amo_passed": "CB-01", "amo_failed": "", "amo_warned": ""}
RULES = Rules()


@pytest.mark.parametrize(
    ("stopped", "others", "told"),
    [
        pytest.param(set[str](), {}, False, id="a part that went to its end"),
        pytest.param({"left_alone"}, {}, True, id="a part that was stopped"),
        pytest.param({"left_alone"}, {"again": {"amo_passed": "CB-06"}}, False, id="seen by another"),
        pytest.param({"left_alone"}, {"again": {"amo_failed": "CB-06"}}, False, id="failed in another"),
    ],
)
def test_a_part_has_to_see_what_its_stopped_scenarios_are_about(
    stopped: set[str], others: dict[str, dict[str, str]], told: bool
) -> None:
    """The items of such a run are skipped, and pytest would call that a success."""
    assert ("CB-06" in never_seen({"left_alone": HALF} | others, stopped, RULES)) == told


def test_a_whole_run_has_to_see_what_any_of_its_scenarios_is_about() -> None:
    """Stopped or not; what was left out has no properties."""
    whole = dict.fromkeys(all_scenarios(), HALF)
    assert "CB-06" in never_seen(whole, (), RULES)
    assert never_seen({name: {} for name in all_scenarios()}, (), RULES) == []
