"""The proof in small: a fault for each clause, a few variants; `amo-harness prove` does them all."""

import pytest

from backend_under_test.mutations.faults import FAULTS
from backend_under_test.mutations.variants import VARIANTS
from harness.contract import CONTRACT
from harness.phone.faults import APP_FAULTS
from harness.proofs.prove import Row, Subject, all_subjects, choose_subjects, judge_subject, scenarios_for
from harness.report.matrix import matrix, summary
from harness.runs.runner import play
from harness.stage.scenario import choose
from harness.stage.world import Stage

ENOUGH_FAULTS, ENOUGH_VARIANTS = 45, 8
SUBJECTS = all_subjects()


def _plainest_fault_of(clause: str) -> Subject:
    """Return the fault that names this clause and the fewest others, cheapest scenarios first."""
    naming = [subject for subject in SUBJECTS.values() if clause in subject.breaks]
    return min(naming, key=lambda each: (len(each.breaks), len(scenarios_for(each))))


@pytest.mark.parametrize("clause", [clause.id for clause in CONTRACT])
def test_a_fault_of_each_clause_is_caught_by_it_and_by_nothing_else(stage: Stage, clause: str) -> None:
    """Every check can fail, and fails alone."""
    subject = _plainest_fault_of(clause)
    row = judge_subject(stage, subject, scenarios_for(subject))
    assert clause in row.failed, matrix(row)
    assert row.holds, matrix(row)


@pytest.mark.parametrize("name", ["refusal_as_download", "departs_by_interval_10_s"])
def test_what_comes_after_a_fault_is_not_blamed_beside_it(stage: Stage, name: str) -> None:
    """The page before a download stands and went nowhere; what a timer does behind the app is no tap's."""
    row = judge_subject(stage, SUBJECTS[name], scenarios_for(SUBJECTS[name]))
    assert row.holds, matrix(row)


@pytest.mark.parametrize("name", ["result_page", "anchor", "chunked", "own_timers", "other_words"])
def test_a_correct_backend_that_looks_different_is_left_alone(stage: Stage, name: str) -> None:
    """Neither a `must` nor a `should` clause blames it."""
    subject = SUBJECTS[name]
    journeys = choose(["connect_happy_path", "exchange_refused", "code_missing"])
    row = judge_subject(stage, subject, journeys)
    assert row.holds, matrix(row)


def test_a_subject_leaves_the_stage_as_it_was(stage: Stage) -> None:
    """After a fault the reference is judged clean again."""
    subject = SUBJECTS["auto_redirect_and_late_button"]
    assert judge_subject(stage, subject, choose(["left_alone"])).failed
    reference = judge_subject(stage, SUBJECTS["reference"], choose(["left_alone"]))
    assert reference.holds, matrix(reference)


def test_a_subject_leaves_no_process_of_its_own(stage: Stage) -> None:
    """A fault that needed no process, and one that did, are both gone when the reference's is killed."""
    dies = choose(["backend_dies_at_first_byte"])
    for name in ("button_late", "stored_in_memory"):
        subject = SUBJECTS[name]
        assert judge_subject(stage, subject, scenarios_for(subject)).holds
        result = play(stage, dies[0]).result
        assert (result.failures, result.unseen, result.left_out) == ((), (), "")


def test_every_clause_has_a_fault() -> None:
    """No clause is taken on trust."""
    named = {clause for subject in SUBJECTS.values() for clause in subject.breaks}
    assert named == {clause.id for clause in CONTRACT}


def test_there_are_enough_faults_and_variants() -> None:
    """The collection does not shrink unnoticed, and no two subjects share a name."""
    assert len(FAULTS) >= ENOUGH_FAULTS
    assert len(VARIANTS) - 1 >= ENOUGH_VARIANTS  # the reference itself is one of them
    assert len(SUBJECTS) == len(FAULTS) + len(APP_FAULTS) + len(VARIANTS)


FAULT = Subject("f", "a fault", "fault", ("CB-06",))
VARIANT = Subject("v", "a variant", "variant")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        pytest.param(Row(FAULT, {"CB-06": "s"}), "✓ f", id="caught"),
        pytest.param(Row(FAULT, {"CB-06": "s", "SEC-04": "s"}), "✓ f", id="a should clause may fail beside"),
        pytest.param(Row(FAULT, {}), "not caught by CB-06", id="not caught"),
        pytest.param(
            Row(FAULT, {"CB-06": "s", "DL-01": "t"}), "blamed by DL-01 in t", id="blamed by accident"
        ),
        pytest.param(
            Row(FAULT, {"CB-06": "s"}, ("engine died",)),
            "error of the harness: engine died",
            id="error of the harness",
        ),
        pytest.param(Row(VARIANT, {}), "left alone", id="variant left alone"),
        pytest.param(Row(VARIANT, {"SEC-04": "s"}), "blamed by SEC-04 in s", id="variant blamed by a should"),
    ],
)
def test_a_row_holds_or_says_what_is_wrong(row: Row, said: str) -> None:
    """A line of the matrix begins with its verdict and names what contradicts it."""
    text = matrix(row)
    assert said in text
    assert text.startswith("✓" if row.holds else "✗")
    verdict = summary([row], duration_s=1, jobs=1).splitlines()[-1]
    assert verdict.startswith("PROVEN" if row.holds else "NOT PROVEN")


def test_faults_are_chosen_by_name() -> None:
    """All of them for no name, each once."""
    assert [each.id for each in choose_subjects(["gzip", "button_late", "gzip"])] == ["gzip", "button_late"]
    assert len(choose_subjects([])) == len(SUBJECTS)
