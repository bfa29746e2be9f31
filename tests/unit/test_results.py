from dataclasses import replace

import pytest

from harness.contract import Finding
from harness.runs.results import RunResult, ScenarioResult, count, outcome_of
from tests.unit.report.runs import FAILED, PASSED, UNSEEN, played, run_of

KNOWN_MUST = {"CB-06": "tracked as ADM-12"}
KNOWN_SHOULD = {"SEC-04": "tracked as ADM-13"}


def verdict(run: RunResult) -> tuple[str, int]:
    return run.verdict, run.exit_code


@pytest.mark.parametrize(
    ("findings", "known", "strict", "expected"),
    [
        pytest.param({"CB_06": PASSED}, {}, False, ("passed", 0), id="a must clause passes"),
        pytest.param({"CB_06": FAILED}, {}, False, ("failed", 1), id="a must clause fails"),
        pytest.param({"SEC_04": FAILED}, {}, False, ("passed", 0), id="a should clause only warns"),
        pytest.param({"SEC_04": FAILED}, {}, True, ("failed", 1), id="unless the run is strict"),
        pytest.param({"CB_06": FAILED}, KNOWN_MUST, False, ("passed", 0), id="a known failure is excused"),
        pytest.param({"CB_06": FAILED}, KNOWN_MUST, True, ("passed", 0), id="also when strict"),
        pytest.param({"SEC_04": FAILED}, KNOWN_SHOULD, True, ("passed", 0), id="a known should is excused"),
        pytest.param(
            {"CB_06": PASSED}, KNOWN_MUST, False, ("failed", 1), id="an unexpected pass is an error"
        ),
        pytest.param({"SEC_04": PASSED}, KNOWN_SHOULD, False, ("failed", 1), id="of a should clause too"),
        pytest.param({"CB_06": UNSEEN}, {}, False, ("failed", 1), id="a promise that was not kept"),
        pytest.param({"SEC_04": UNSEEN}, {}, False, ("passed", 0), id="a should promise excuses itself"),
        pytest.param({"SEC_04": UNSEEN}, {}, True, ("failed", 1), id="unless strict"),
        pytest.param(
            {"CB_06": UNSEEN}, KNOWN_MUST, False, ("passed", 0), id="a known failure need not be seen"
        ),
        pytest.param(
            {"CB_06": FAILED, "CB_07": FAILED}, KNOWN_MUST, False, ("failed", 1), id="known beside a new one"
        ),
    ],
)
def test_the_verdict_follows_from_the_findings(
    findings: dict[str, Finding], known: dict[str, str], strict: bool, expected: tuple[str, int]
) -> None:
    """Levels, strictness and known failures decide together what fails a run."""
    assert verdict(run_of(played(**findings), known=known, strict=strict)) == expected


def test_a_known_failure_that_fails_anywhere_is_no_unexpected_pass() -> None:
    """It passes in one scenario and fails in another: the entry is still needed."""
    run = run_of(played("a", CB_06=PASSED), played("b", CB_06=FAILED), known=KNOWN_MUST)
    assert run.unexpected_passes == ()
    assert verdict(run) == ("passed", 0)


@pytest.mark.parametrize("part", [{"whole": False}, {"interrupted": True}], ids=["named scenarios", "Ctrl-C"])
def test_a_part_of_the_scenarios_cannot_say_that_a_known_failure_is_gone(part: dict[str, bool]) -> None:
    """The scenario that shows it may not have been played."""
    run = run_of(played(CB_06=PASSED), known=KNOWN_MUST)
    assert run.unexpected_passes == ("CB-06",)
    assert replace(run, **part).unexpected_passes == ()


def test_a_known_failure_shows_as_itself() -> None:
    """With its reason, and counted apart from failures."""
    run = run_of(played(CB_06=FAILED, SEC_04=FAILED, CB_07=FAILED), known=KNOWN_MUST)
    rows = {row.clause.id: row for row in run.clauses}
    assert (rows["CB-06"].result, rows["CB-06"].known) == ("known_failure", "tracked as ADM-12")
    told = {name: number for name, number in count(run.clauses).items() if name != "not_observed"}
    assert told == {"known_failure": 1, "warning": 1, "failed": 1}


def test_trouble_makes_a_run_incomplete_whatever_it_found() -> None:
    """Exit code 3: a fault of the harness never looks like a broken contract."""
    broken = replace(played(CB_06=FAILED), trouble=("the engine died",))
    assert verdict(run_of(broken)) == ("incomplete", 3)
    assert run_of(broken).trouble == ("left_alone: the engine died",)


def test_an_interrupted_run_is_incomplete() -> None:
    """Also when everything played so far passed."""
    assert verdict(replace(run_of(played(CB_06=PASSED)), interrupted=True)) == ("incomplete", 3)


LEFT_OUT = ScenarioResult("two_users", "Two users", ("CB-06",), left_out="the backend does not offer: users")


@pytest.mark.parametrize(
    ("scenario", "known", "outcome"),
    [
        pytest.param(played(CB_06=PASSED), {}, "passed", id="passed"),
        pytest.param(played(CB_06=FAILED), {}, "failed", id="failed"),
        pytest.param(played(CB_06=FAILED), KNOWN_MUST, "passed", id="known"),
        pytest.param(played(CB_06=UNSEEN), {}, "failed", id="promise not kept"),
        pytest.param(replace(played(CB_06=FAILED), trouble=("x",)), {}, "error", id="trouble first"),
        pytest.param(LEFT_OUT, {}, "left_out", id="left out"),
    ],
)
def test_a_scenario_ends_in_one_word(scenario: ScenarioResult, known: dict[str, str], outcome: str) -> None:
    """What a report shows beside its name."""
    assert outcome_of(scenario, run_of(scenario, known=known)) == outcome


def test_what_was_left_out_breaks_no_promise() -> None:
    """It promised CB-06, but could not be played."""
    assert verdict(run_of(LEFT_OUT)) == ("passed", 0)
