from dataclasses import replace

import pytest

from harness.config.settings import Level
from harness.contract import NOT_HERE, STOOD_STILL, TOO_SLOW, Finding
from harness.exit_codes import ExitCode
from harness.runs.results import BY_HAND, RunResult, ScenarioResult, count, outcome_of
from harness.runs.rules import Rules
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
        pytest.param({"CB_06": UNSEEN}, {}, False, ("failed", 1), id="a must clause that was never seen"),
        pytest.param({"SEC_04": UNSEEN}, {}, False, ("passed", 0), id="a should clause need not be seen"),
        pytest.param({"SEC_04": UNSEEN}, {}, True, ("failed", 1), id="unless the run is strict, seen or not"),
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


def test_a_failure_of_the_harness_makes_a_run_incomplete() -> None:
    """Exit code 3 where nothing else is broken."""
    hurt = replace(played(CB_06=PASSED), harness_errors=("the engine died",))
    assert verdict(run_of(hurt)) == ("incomplete", 3)
    assert run_of(hurt).harness_errors == ("left_alone: the engine died",)


def test_a_broken_contract_is_told_whatever_else_went_wrong() -> None:
    """Exit code 1, also beside a failure of the harness and after Ctrl-C."""
    broken = replace(played(CB_06=FAILED), harness_errors=("the engine died",))
    assert verdict(run_of(broken)) == ("failed", 1)
    assert verdict(replace(run_of(played(CB_06=FAILED)), interrupted=True)) == ("failed", 1)


def test_a_promise_counts_on_our_own_reference_alone() -> None:
    """CB-07 is seen elsewhere; that `left_alone` did not show it is our concern, not a stranger's."""
    scenarios = (played("left_alone", CB_07=UNSEEN), played("again", CB_07=PASSED))
    assert verdict(run_of(*scenarios)) == ("passed", 0)
    assert verdict(run_of(*scenarios, promises_count=True)) == ("failed", 1)


NOT_SEEN = played(CB_06=UNSEEN)


@pytest.mark.parametrize(
    ("run", "told"),
    [
        pytest.param(run_of(NOT_SEEN), "no page opened a link", id="seen nowhere"),
        pytest.param(run_of(NOT_SEEN, played("again", CB_06=PASSED)), "", id="seen elsewhere"),
        pytest.param(replace(run_of(NOT_SEEN), whole=False), "", id="not every scenario was asked for"),
        pytest.param(
            replace(run_of(played(CB_06=replace(UNSEEN, due_to=NOT_HERE))), whole=False),
            "no page opened a link",
            id="this machine kept it from being seen",
        ),
        pytest.param(replace(run_of(NOT_SEEN), interrupted=True), "", id="interrupted"),
        pytest.param(run_of(replace(NOT_SEEN, left_out="no users")), "", id="left out"),
        pytest.param(
            run_of(replace(NOT_SEEN, stopped="the app got no URL")),
            "the app got no URL",
            id="the backend stopped it",
        ),
        pytest.param(
            replace(run_of(replace(NOT_SEEN, stopped="the browser crashed")), whole=False),
            "the browser crashed",
            id="the only scenario that was asked for was stopped",
        ),
        pytest.param(
            replace(
                run_of(replace(NOT_SEEN, stopped="the browser crashed"), played("again", CB_06=PASSED)),
                whole=False,
            ),
            "",
            id="stopped, and seen elsewhere",
        ),
    ],
)
def test_a_must_clause_that_a_whole_run_never_saw_fails_it_with_the_reason(run: RunResult, told: str) -> None:
    """Unless the backend does not offer what its scenarios need."""
    assert [row.why_not for row in run.unseen] == ([told] if told else [])
    assert (run.exit_code == ExitCode.BROKEN) == bool(told)


def test_what_the_configuration_does_not_offer_need_not_be_seen() -> None:
    """ST-01 is about the status endpoint, which this backend does not have."""
    run = run_of(played(ST_01=UNSEEN))
    assert [row.clause.id for row in run.unseen] == ["ST-01"]
    without = replace(run, rules=replace(run.rules, offers=frozenset({"callback", "leads"})))
    assert without.unseen == ()
    told = next(row.why_not for row in without.clauses if row.clause.id == "ST-01")
    assert told == "the configuration does not offer: status"


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        pytest.param({}, [("warning", 0), ("failed", 1)], id="the contract's own"),
        pytest.param({"SEC-04": "must"}, [("failed", 1), ("failed", 1)], id="raised"),
        pytest.param({"CB-06": "should"}, [("warning", 0), ("warning", 0)], id="lowered"),
        pytest.param({"CB-06": "off", "SEC-04": "off"}, [("off", 0), ("off", 0)], id="switched off"),
    ],
)
def test_a_configuration_replaces_levels(levels: dict[str, Level], expected: list[tuple[str, int]]) -> None:
    """A should clause and a must clause, broken each."""
    found: list[tuple[str, int]] = []
    for clause_id in ("SEC-04", "CB-06"):
        run = replace(run_of(played(**{clause_id.replace("-", "_"): FAILED})), rules=Rules(levels=levels))
        result = next(row.result for row in run.clauses if row.clause.id == clause_id)
        found.append((result, run.exit_code))
    assert found == expected


def test_a_known_failure_may_be_of_one_scenario() -> None:
    """Elsewhere the same clause fails the run."""
    known = {"CB-06/left_alone": "tracked"}
    assert verdict(run_of(played(CB_06=FAILED), known=known)) == ("passed", 0)
    assert verdict(run_of(played(CB_06=FAILED), played("again", CB_06=FAILED), known=known)) == ("failed", 1)
    gone = run_of(played(CB_06=PASSED), played("again", CB_06=PASSED), known=known)
    assert gone.unexpected_passes == ("CB-06/left_alone",)


@pytest.mark.parametrize(
    ("run", "told"),
    [
        pytest.param(run_of(), "nothing was played", id="no scenario"),
        pytest.param(
            replace(run_of(played("a", CB_06=PASSED)), expected=("a", "b", "c")),
            "not played: b, c",
            id="some",
        ),
        pytest.param(replace(run_of(played("a", CB_06=PASSED)), expected=("a",)), "", id="all of them"),
    ],
)
def test_what_was_to_be_played_and_was_not_is_no_pass(run: RunResult, told: str) -> None:
    """A run knows beforehand what it is to play: less than that, and nothing at all, is exit 3."""
    assert run.shortfall == told
    assert verdict(run) == (("incomplete", 3) if told else ("passed", 0))


STILL = Finding("not_observed", actual="the machine stood still", due_to=STOOD_STILL)


@pytest.mark.parametrize(
    ("others", "exit_code"), [((), 3), ((PASSED,), 3), ((FAILED,), 1), ((UNSEEN,), 3)],
    ids=["alone", "holds elsewhere", "broken elsewhere", "out of view elsewhere"],
)  # fmt: skip
def test_what_failed_while_the_machine_stood_still_is_no_pass(
    others: tuple[Finding, ...], exit_code: int
) -> None:
    """Nor is it the backend's: the run says what to play again."""
    scenarios = (played(CB_06=STILL), *(played(f"s{n}", CB_06=each) for n, each in enumerate(others)))
    run = run_of(*scenarios)
    assert run.exit_code == exit_code
    said = "CB-06 failed while the machine stood still, which may be why: play left_alone again"
    assert run.shortfall == (said if exit_code == 3 else "")


LATE = Finding("not_observed", actual="this machine may have been too slow", due_to=TOO_SLOW)


@pytest.mark.parametrize("promises_count", [True, False], ids=["reference", "foreign"])
@pytest.mark.parametrize("stopped", ["", "the page is gone"], ids=["to its end", "stopped"])
@pytest.mark.parametrize("whole", [True, False], ids=["whole", "chosen"])
@pytest.mark.parametrize(
    ("others", "exit_code"), [((), 3), ((PASSED,), 3), ((FAILED,), 1)],
    ids=["alone", "holds elsewhere", "broken elsewhere"],
)  # fmt: skip
def test_what_a_slow_machine_did_not_show_is_no_pass(
    promises_count: bool, stopped: str, whole: bool, others: tuple[Finding, ...], exit_code: int
) -> None:
    """Nor is it the backend's, and no promise of the reference's is broken: it is to be played again."""
    late = replace(played(CB_06=LATE), stopped=stopped)
    scenarios = (late, *(played(f"s{n}", CB_06=each) for n, each in enumerate(others)))
    run = replace(run_of(*scenarios, promises_count=promises_count), whole=whole)
    assert run.exit_code == exit_code
    said = "this machine was too slow to show CB-06 in left_alone: play it again, with --jobs 1 or while less"
    assert run.shortfall.startswith(said) is (exit_code == 3)


def test_what_a_slow_scenario_is_not_about_is_not_missed() -> None:
    """Nor is a clause that does not count."""
    other = replace(played(CB_06=LATE, CB_07=PASSED), brings=("CB-07",))
    assert verdict(run_of(other, played("s", CB_06=PASSED))) == ("passed", 0)
    assert verdict(run_of(played(SEC_04=LATE))) == ("passed", 0)


def test_an_interrupted_run_is_incomplete() -> None:
    """Also when everything played so far passed."""
    assert verdict(replace(run_of(played(CB_06=PASSED)), interrupted=True)) == ("incomplete", 3)


LEFT_OUT = ScenarioResult("two_users", "Two users", ("CB-06",), left_out="the backend does not offer: users")


@pytest.mark.parametrize(
    ("scenario", "known", "outcome"),
    [
        pytest.param(played(CB_06=PASSED), {}, "passed", id="passed"),
        pytest.param(played(CB_06=FAILED), {}, "failed", id="failed"),
        pytest.param(played(CB_06=FAILED), KNOWN_MUST, "known_failure", id="known"),
        pytest.param(played(CB_06=UNSEEN), {}, "failed", id="promise not kept"),
        pytest.param(
            replace(played(CB_06=FAILED), harness_errors=("x",)), {}, "failed", id="the contract first"
        ),
        pytest.param(
            replace(played(CB_06=PASSED), harness_errors=("x",)), {}, "error", id="the harness failed"
        ),
        pytest.param(replace(played(CB_06=UNSEEN), stopped="x"), {}, "stopped", id="the backend stopped it"),
        pytest.param(LEFT_OUT, {}, "left_out", id="left out"),
    ],
)
def test_a_scenario_ends_in_one_word(scenario: ScenarioResult, known: dict[str, str], outcome: str) -> None:
    """What a report shows beside its name."""
    assert outcome_of(scenario, run_of(scenario, known=known, promises_count=True)) == outcome


def test_what_was_left_out_breaks_no_promise() -> None:
    """It promised CB-06, but could not be played."""
    assert verdict(run_of(LEFT_OUT)) == ("passed", 0)


def test_what_an_entry_for_a_whole_clause_hides_is_listed() -> None:
    """By scenario, with the entry that would hide that alone; one for the scenario hides nothing else."""
    scenarios = (played("many", LD_01=FAILED), played("none", LD_01=FAILED), played("one", LD_01=PASSED))
    by_clause = {row.clause.id: row for row in run_of(*scenarios, known={"LD-01": "ADM-1"}).clauses}["LD-01"]
    assert by_clause.hides == ("many", "none")
    assert by_clause.excused == 'ADM-1 (hides what failed in many, none; "LD-01/many" would hide that alone)'
    both = {"LD-01/many": "ADM-1", "LD-01/none": "ADM-2"}
    by_scenario = {row.clause.id: row for row in run_of(*scenarios, known=both).clauses}["LD-01"]
    assert (by_scenario.hides, by_scenario.excused) == ((), "ADM-1; ADM-2")


@pytest.mark.parametrize(("finding", "exit_code"), [(UNSEEN, 3), (PASSED, 0), (FAILED, 1)])
def test_a_person_who_saw_nothing_has_shown_nothing(finding: Finding, exit_code: int) -> None:
    """A journey that ends before any clause could be judged is no proof of a backend."""
    walked = run_of(played("journey_001", CB_06=finding))
    by_hand = replace(walked, engine={"name": BY_HAND}, whole=False)
    assert by_hand.exit_code == exit_code
    assert ("nobody walked far enough" in by_hand.shortfall) is (exit_code == 3)
