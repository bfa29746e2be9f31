from dataclasses import replace

import pytest

from harness.contract import Finding
from harness.runs.results import RunResult, ScenarioResult
from harness.saved.differences import changes
from harness.saved.results_file import document
from tests.unit.report.runs import FAILED, PASSED, UNSEEN, played, run_of

KNOWN = {"CB-06": "ADM-12"}
LEFT_OUT = ScenarioResult("left_alone", "The user does nothing", (), left_out="not offered: connect")


def compared(old: RunResult, new: RunResult) -> list[tuple[str, str, str]]:
    return [(row.kind, row.what, row.where) for row in changes(document(old), document(new))]


@pytest.mark.parametrize(
    ("was", "is_now", "kind"),
    [
        pytest.param(PASSED, FAILED, "broken", id="passed, fails"),
        pytest.param(UNSEEN, FAILED, "broken", id="not seen, fails"),
        pytest.param(FAILED, PASSED, "fixed", id="failed, passes"),
        pytest.param(UNSEEN, PASSED, "new", id="not seen, passes"),
        pytest.param(PASSED, UNSEEN, "gone", id="passed, not seen"),
        pytest.param(FAILED, UNSEEN, "gone", id="failed, not seen: that fixes nothing"),
        pytest.param(PASSED, PASSED, None, id="passes still"),
        pytest.param(FAILED, FAILED, None, id="fails still"),
        pytest.param(UNSEEN, UNSEEN, None, id="never seen"),
    ],
)
def test_a_clause_is_compared_scenario_by_scenario(was: Finding, is_now: Finding, kind: str | None) -> None:
    """A should clause, so that no promise plays a part."""
    found = compared(run_of(played(SEC_04=was)), run_of(played(SEC_04=is_now)))
    assert found == ([(kind, "SEC-04", "left_alone")] if kind else [])


def test_a_clause_that_breaks_in_another_scenario_is_broken() -> None:
    """Though it failed already elsewhere."""
    old = run_of(played("a", CB_06=FAILED), played("b", CB_06=PASSED))
    new = run_of(played("a", CB_06=FAILED), played("b", CB_06=FAILED))
    assert compared(old, new) == [("broken", "CB-06", "b")]


def test_scenarios_come_and_go_in_one_line() -> None:
    """Their clauses are not listed beside them."""
    old, new = run_of(played("a", CB_06=PASSED)), run_of(played("b", CB_06=PASSED))
    assert compared(old, new) == [("new", "scenario", "b"), ("gone", "scenario", "a")]


def test_what_fails_in_a_new_scenario_is_broken() -> None:
    """Nothing that fails now and did not then is passed over."""
    found = compared(run_of(), run_of(played(CB_06=FAILED)))
    assert found == [("broken", "CB-06", "left_alone"), ("new", "scenario", "left_alone")]


def test_a_scenario_that_is_left_out_now_is_gone_with_its_reason() -> None:
    """And comes back as new."""
    ran = run_of(played(CB_06=PASSED))
    [gone] = changes(document(ran), document(run_of(LEFT_OUT)))
    assert (gone.kind, gone.told) == ("gone", "not offered: connect")
    assert compared(run_of(LEFT_OUT), ran) == [("new", "scenario", "left_alone")]


@pytest.mark.parametrize(
    ("worse", "told"),
    [
        pytest.param(
            replace(played(CB_06=PASSED), harness_errors=("the browser ended",)),
            "the browser ended",
            id="error of the harness",
        ),
        pytest.param(played(CB_06=UNSEEN), "it did not bring into view: CB-06", id="promise not kept"),
    ],
)
def test_a_scenario_that_fails_without_a_finding_is_broken(worse: ScenarioResult, told: str) -> None:
    """The reason is said."""
    found = changes(document(run_of(played(CB_06=PASSED))), document(run_of(worse, promises_count=True)))
    assert ("broken", "scenario", told) in [(row.kind, row.what, row.told) for row in found]


def test_what_broke_is_told_and_comes_first() -> None:
    """With what was expected and seen."""
    old = run_of(played("a", CB_07=FAILED, CB_06=PASSED))
    new = run_of(played("a", CB_07=PASSED, CB_06=FAILED))
    found = changes(document(old), document(new))
    assert [row.kind for row in found] == ["broken", "fixed"]
    assert found[0].told == "expected no departure; actual: it left by meta refresh"


def test_a_known_failure_is_excused_in_the_new_run_alone() -> None:
    """It is listed, but does not count."""
    old, new = document(run_of(played(CB_06=PASSED))), document(run_of(played(CB_06=FAILED), known=KNOWN))
    assert [row.excused for row in changes(old, new)] == ["ADM-12"]
    old = document(run_of(played(CB_06=PASSED), known=KNOWN))
    assert [row.excused for row in changes(old, document(run_of(played(CB_06=FAILED))))] == [""]


def test_a_known_failure_of_one_scenario_excuses_no_other() -> None:
    """What breaks beside it is broken."""
    old = document(run_of(played("a", CB_06=PASSED), played("b", CB_06=PASSED)))
    now = run_of(played("a", CB_06=FAILED), played("b", CB_06=FAILED), known={"CB-06/a": "ADM-12"})
    assert [(row.where, row.excused) for row in changes(old, document(now))] == [("a", "ADM-12"), ("b", "")]
