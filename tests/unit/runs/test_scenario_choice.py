"""`[scenarios]` leaves some out, and what then stays unobserved is listed."""

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.config.mistakes import Mistakes
from harness.config.settings import BackendConfig, Scenarios
from harness.errors import UsageError
from harness.report.console import Console
from harness.runs.opening import backend_config
from harness.runs.results import LEFT_OUT_BY_CONFIGURATION, RunResult, ScenarioResult
from harness.runs.rules import Rules
from harness.saved.results_file import document
from harness.stage.scenario import all_scenarios, check_names
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
    (wrong,) = mistakes_of(BackendConfig(scenarios=choice))
    assert says in wrong


def test_names_that_there_are_are_not_refused() -> None:
    """One of a choice, and one of a known failure, also of a page alone."""
    known = {"CB-06/page_alone": "ADM-1", "LD-01/leads_many": "ADM-2", "CB-07": "ADM-3"}
    choice = Scenarios(only=(next(iter(all_scenarios())),))
    assert mistakes_of(BackendConfig(scenarios=choice, known_failures=known)) == []


def test_a_known_failure_names_a_scenario_that_there_is() -> None:
    """A misspelt one would excuse nothing, and nothing would ever say that it is gone."""
    (wrong,) = mistakes_of(BackendConfig(known_failures={"LD-01/leads_mny": "ADM-1"}))
    assert (
        wrong
        == '[known_failures] has "LD-01/leads_mny", and no scenario is called that: did you mean leads_many?'
    )


def test_names_that_there_are_not_are_told_with_all_else(tmp_path: Path) -> None:
    """Each with its line, beside a value of the wrong type and a clause that there is not."""
    file = tmp_path / "backend.toml"
    file.write_text(
        'nme = "x"\n[http]\nready = 1\n[scenarios]\nonly = ["left_alon"]\n[known_failures]\n'
        '"LD-01/leads_mny" = "ADM-1"\n"XX-01" = "ADM-2"\n'
    )
    with pytest.raises(UsageError) as refused:
        backend_config(file)
    lines = str(refused.value).splitlines()
    assert [line.split(":")[0].strip() for line in lines[1:]] == [f"line {n}" for n in (1, 3, 5, 7, 8)]


def mistakes_of(config: BackendConfig) -> list[str]:
    """Return what is wrong with the names of scenarios in a configuration."""
    wrong = Mistakes()
    check_names(config, wrong)
    return list(map(str, wrong.found))
