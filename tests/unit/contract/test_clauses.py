"""Every clause on timelines written by hand: what it leaves alone, what breaks it, what proves nothing."""

from dataclasses import replace
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from harness.contract import CONTRACT, NOT_HERE, SHARED_CAUSES, Clause, judge
from harness.contract.reading.reading import Reading
from harness.timeline.page_events import PageShown
from harness.timeline.timeline import Timeline
from tests.unit.contract.cases import FAMILIES
from tests.unit.contract.cases.security import MARKUP, hostile
from tests.unit.contract.story import TEXTS, Case

PASSED: list[Case] = [case for family in FAMILIES for case in family.PASSED]
FAILED: list[Case] = [case for family in FAMILIES for case in family.FAILED]
UNSEEN: list[Case] = [case for family in FAMILIES for case in family.UNSEEN]


@pytest.mark.parametrize("case", PASSED, ids=str)
def test_a_correct_backend_is_left_alone(case: Case) -> None:
    """Whatever a backend does within the contract, the clause holds."""
    case.check("passed")


@pytest.mark.parametrize("case", FAILED, ids=str)
def test_one_fact_breaks_the_clause(case: Case) -> None:
    """A single fact that contradicts the clause is found, named and shown."""
    case.check("failed")


@pytest.mark.parametrize("case", UNSEEN, ids=str)
def test_what_was_not_seen_proves_nothing(case: Case) -> None:
    """Without the facts that it needs, the clause neither holds nor breaks, and says what was missing."""
    case.check("not_observed")


def test_what_a_finding_is_due_to_is_a_shared_cause_or_another_clause() -> None:
    """Whose own cause lies deeper still: no two clauses name each other as the reason."""
    due: dict[str, set[str]] = {}
    for case in (*PASSED, *FAILED, *UNSEEN):
        due.setdefault(case.clause, set()).add(case.story.finding(case.clause).due_to)
    named = set[str]().union(*due.values()) - {""}
    assert named <= {*SHARED_CAUSES, NOT_HERE, *(clause.id for clause in CONTRACT)}
    assert named & set(SHARED_CAUSES) >= {"no page", "not sent", "other words", "no button"}
    tuple(TopologicalSorter(due).static_order())


def test_a_reason_that_became_markup_is_due_to_that() -> None:
    """The page shows none: SEC-02 is the cause, and CB-09 is listed under it."""
    story = hostile(f"<p>{MARKUP}").change(PageShown, text=f"{TEXTS.failed_heading}\n{TEXTS.button}")
    found = judge(story.timeline(), ["CB-09", "SEC-02"])
    assert {name: (each.result, each.due_to) for name, each in found.items()} == {
        "CB-09": ("failed", "SEC-02"),
        "SEC-02": ("failed", ""),
    }


def test_the_stories_are_told_in_the_vocabulary(tmp_path: Path) -> None:
    """Every field holds what its type says, so that the stories could be saved timelines of runs."""
    told = {repr(event): event for case in (*PASSED, *FAILED, *UNSEEN) for event in case.story.events}
    story = Timeline(tuple(replace(event, index=index) for index, event in enumerate(told.values())))
    story.save(tmp_path / "story.json")
    assert Timeline.load(tmp_path / "story.json").events == story.events


@pytest.mark.parametrize("clause", CONTRACT, ids=lambda clause: clause.id)
def test_each_clause_is_seen_to_hold_to_break_and_to_be_out_of_view(clause: Clause) -> None:
    """No clause is without a story of each kind, so none can pass or fail whatever happens."""
    for cases in (PASSED, FAILED, UNSEEN):
        assert any(case.clause == clause.id for case in cases)


@pytest.mark.parametrize("clause", CONTRACT, ids=lambda clause: clause.id)
def test_an_empty_timeline_proves_nothing(clause: Clause) -> None:
    """Nothing that happened is no reason to pass."""
    finding = clause.judge(Reading(Timeline()))
    assert (finding.result, finding.events) == ("not_observed", ())
    assert finding.actual
