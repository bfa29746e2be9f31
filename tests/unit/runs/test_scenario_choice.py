"""`[scenarios]` leaves some out, and what then stays unobserved is listed."""

import io
from collections.abc import Sequence
from dataclasses import replace

import pytest

from harness.config.settings import Scenarios
from harness.errors import UsageError
from harness.report.console import Console
from harness.runs.results import LEFT_OUT_BY_CONFIGURATION, RunResult, ScenarioResult
from harness.runs.rules import Rules
from harness.saved.results_file import document
from harness.stage.scenario import all_scenarios, check_choice
from harness.timeline.timeline import Timeline
from tests.unit.report.runs import PASSED, UNSEEN, played, run_of


def not_played(name: str, *clauses: str) -> ScenarioResult:
    return ScenarioResult(name, "", clauses, left_out=LEFT_OUT_BY_CONFIGURATION)


def console_of(run: RunResult) -> Sequence[str]:
    stream = io.StringIO()
    console = Console(out=None, rules=run.rules, stream=stream)
    for each in run.scenarios:
        console.scenario_finished(each, Timeline())
    console.run_finished(run)
    return stream.getvalue().splitlines()


@pytest.mark.parametrize(
    ("choice", "left_out"),
    [
        pytest.param(Scenarios(), "", id="all"),
        pytest.param(Scenarios(only=("a",)), "bc", id="only"),
        pytest.param(Scenarios(without=("a",)), "a", id="without"),
        pytest.param(Scenarios(only=("a", "b"), without=("a",)), "ac", id="both"),
    ],
)
def test_what_is_left_out(choice: Scenarios, left_out: str) -> None:
    """Of three."""
    assert "".join(filter(choice.leaves_out, "abc")) == left_out


def test_the_clauses_that_nothing_else_is_about_are_listed() -> None:
    """LD-01 has no other scenario, CB-06 has one; neither fails the run, and each is told in both places."""
    run = run_of(played("left_alone", CB_06=PASSED), not_played("leads_many", "LD-01", "CB-06"))
    assert run.unobserved_by_configuration == ("LD-01",)
    assert run.exit_code == 0
    saved = document(run)
    assert saved["not_observed_by_configuration"] == ["LD-01"]
    [reason] = [row["not_observed"] for row in saved["clauses"] if row["id"] == "LD-01"]
    assert reason == LEFT_OUT_BY_CONFIGURATION
    said = console_of(run)
    assert "· [scenarios] leaves out: leads_many; not observed for that: LD-01" in said
    assert not [line for line in said if line.strip().startswith("· leads_many")]


def test_a_clause_that_was_looked_for_elsewhere_has_its_own_reason() -> None:
    """A scenario about it was played, and must have shown it: the choice excuses nothing."""
    run = run_of(not_played("left_alone", "CB-06"), played("connect_happy_path", CB_06=UNSEEN))
    assert run.unobserved_by_configuration == ()
    assert [row.why_not for row in run.unseen] == [UNSEEN.actual]


def test_what_the_backend_does_not_offer_is_not_the_choices() -> None:
    """Nothing more is seen of LD-01 where that scenario is played."""
    run = replace(run_of(not_played("leads_many", "LD-01")), rules=Rules(offers=frozenset()))
    assert run.unobserved_by_configuration == ()


def test_nothing_is_said_where_nothing_is_left_out() -> None:
    """The console is as ever."""
    assert not [line for line in console_of(run_of(played(CB_06=PASSED))) if "[scenarios]" in line]


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        pytest.param(
            Scenarios(only=("left_alon",)),
            '[scenarios].only names "left_alon", which is no scenario: did you mean left_alone?',
            id="near",
        ),
        pytest.param(
            Scenarios(without=("zzz",)), "is no scenario: see `amo-harness scenarios`", id="nothing near"
        ),
        pytest.param(
            Scenarios(only=("left_alone",), without=("left_alone",)), "leaves nothing to play", id="nothing"
        ),
    ],
)
def test_a_choice_that_cannot_be_played_is_refused_by_name(choice: Scenarios, says: str) -> None:
    """Before anything is started."""
    with pytest.raises(UsageError) as refused:
        check_choice(choice)
    assert says in str(refused.value)


def test_a_choice_that_can_be_played_is_not_refused() -> None:
    """One name of those that there are."""
    check_choice(Scenarios(only=(next(iter(all_scenarios())),)))
