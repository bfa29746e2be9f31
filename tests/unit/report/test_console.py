"""What a person reads in a terminal says what results.json says."""

import io
from dataclasses import replace

import pytest

from harness.report.console import SIGNS, Console
from harness.runs.results import RunResult, ScenarioResult
from harness.runs.rules import Rules
from harness.saved.results_file import document
from harness.timeline.timeline import Timeline
from tests.unit.report.runs import FAILED, PASSED, UNSEEN, played, run_of

KNOWN = {"CB-06": "tracked as ADM-12"}
LEFT_OUT = replace(played(), left_out="the backend does not offer: users")


def line_of(run: RunResult) -> str:
    """The line that the console shows for the run's only scenario, as soon as it has ended."""
    stream = io.StringIO()
    Console(out=None, rules=run.rules, stream=stream).scenario_finished(run.scenarios[0], Timeline())
    return stream.getvalue().splitlines()[0]


@pytest.mark.parametrize(
    ("scenario", "rules", "shown"),
    [
        pytest.param(played(CB_06=PASSED), Rules(), "✓", id="passed"),
        pytest.param(played(CB_06=FAILED), Rules(), "✗", id="failed"),
        pytest.param(played(CB_06=FAILED), Rules(known_failures=KNOWN), "~", id="failed as known"),
        pytest.param(
            played(CB_06=FAILED, CB_07=FAILED), Rules(known_failures=KNOWN), "✗", id="known and another"
        ),
        pytest.param(played(SEC_04=FAILED), Rules(), "✓", id="only warns"),
        pytest.param(played(SEC_04=FAILED), Rules(strict=True), "✗", id="strict"),
        pytest.param(played(SEC_04=FAILED), Rules(levels={"SEC-04": "must"}), "✗", id="raised"),
        pytest.param(played(CB_06=UNSEEN), Rules(promises_count=True), "✗", id="promise not kept"),
        pytest.param(LEFT_OUT, Rules(), "·", id="left out"),
    ],
)
def test_the_sign_of_a_scenario_is_that_of_its_result(
    scenario: ScenarioResult, rules: Rules, shown: str
) -> None:
    """One source decides, whatever the user excuses or asks for."""
    run = replace(run_of(scenario), rules=rules)
    [row] = document(run)["scenarios"]
    assert SIGNS[row["result"]][0] == shown
    assert line_of(run).strip().startswith(f"{shown} left_alone")
