import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.contract import judge
from harness.errors import UsageError
from harness.runs.results import RunResult, ScenarioResult
from harness.runs.rules import Rules
from harness.saved.results_file import ResultsFile
from harness.saved.run_folder import judge_again, read_run
from harness.timeline.events import ScenarioEnded, ScenarioStarted
from harness.timeline.page_events import Departure
from harness.timeline.recorder import Recorder
from harness.timeline.timeline import Timeline
from tests.unit.report.runs import run_of

KNOWN = {"CB-06": "tracked as ADM-12"}


def departed() -> Timeline:
    """A page that leaves by itself: CB-06 is broken."""
    recorder = Recorder()
    recorder.record(ScenarioStarted(id="left_alone", engine="webkitgtk", backend="my-backend"))

    url = "foryoure://amo-crm/callback?success=true"
    recorder.record(Departure(url=url, mechanism="navigation", user_gesture=False, same_tab=True))
    recorder.record(ScenarioEnded())
    return recorder.timeline()


def saved(folder: Path, run: RunResult, timeline: Timeline) -> Path:
    """Write a run as `amo-harness run` does."""
    reports = ResultsFile(folder, {"backend_file": None})
    for scenario in run.scenarios:
        reports.scenario_finished(scenario, Timeline() if scenario.left_out else timeline)
    reports.run_finished(run)
    return folder


def whole_run() -> RunResult:
    """A broken scenario, one left out, one that the harness could not play."""
    findings = judge(departed())
    broken = ScenarioResult("left_alone", "The user does nothing", ("CB-06", "CB-05"), findings)
    left_out = ScenarioResult("two_users", "Two users", ("ST-01",), left_out="not offered: users")
    return run_of(broken, left_out, replace(broken, id="again", harness_errors=("the browser ended",)))


RULES = Rules(
    known_failures=KNOWN,
    levels={"SEC-04": "must", "CB-05": "off"},
    offers=frozenset({"status"}),
    promises_count=True,
)

RUNS = {
    "broken": run_of(whole_run().scenarios[0]),
    "with an error of the harness": whole_run(),
    "strict": replace(whole_run(), rules=Rules(strict=True)),
    "interrupted": replace(whole_run(), interrupted=True),
    "a part": replace(whole_run(), whole=False),
    "known": replace(run_of(whole_run().scenarios[0]), rules=RULES),
}


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_a_saved_run_judged_again_is_the_same_run(run: RunResult, tmp_path: Path) -> None:
    """Verdict, exit code, clauses, promises: nothing is lost on the way to the disk and back."""
    again = judge_again(saved(tmp_path, run, departed())).run
    assert (again.verdict, again.exit_code) == (run.verdict, run.exit_code)
    assert again.clauses == run.clauses
    assert [each.unseen for each in again.scenarios] == [each.unseen for each in run.scenarios]
    assert again.harness_errors == run.harness_errors
    assert (again.whole, again.unexpected_passes) == (run.whole, run.unexpected_passes)


def test_a_changed_timeline_is_judged_otherwise(tmp_path: Path) -> None:
    """The verdict comes from the events, not from results.json."""
    folder = saved(tmp_path, RUNS["broken"], departed())
    events = departed().events
    Timeline((events[0], replace(events[2], index=1))).save(folder / "timelines" / "left_alone.json")
    again = judge_again(folder).run
    assert next(row.result for row in again.clauses if row.clause.id == "CB-06") == "not_observed"


def test_strict_can_be_asked_for_afterwards(tmp_path: Path) -> None:
    """It adds to what the run was."""
    folder = saved(tmp_path, RUNS["broken"], departed())
    assert not judge_again(folder).run.rules.strict
    assert judge_again(folder, strict=True).run.rules.strict


def test_one_timeline_is_judged_alone(tmp_path: Path) -> None:
    """It names its scenario, engine and backend itself, and promises nothing."""
    file = tmp_path / "anything.json"
    departed().save(file)
    run = judge_again(file).run
    assert [each.id for each in run.scenarios] == ["left_alone"]
    assert (run.backend, run.engine["name"], run.exit_code) == ("my-backend", "webkitgtk", 1)
    assert run.scenarios[0].unseen == ()


def without(key: str) -> dict[str, Any]:
    document: dict[str, Any] = {
        "version": 1,
        "engine": {},
        "backend": "b",
        "verdict": "passed",
        "clauses": [{"id": "CB-06", "level": "must", "title": "t", "result": "passed", "findings": []}],
        "scenarios": [{"id": "left_alone", "result": "passed"}],
    }
    del document[key]
    return document


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(None, "there is no such file; `amo-harness run` writes one", id="missing"),
        pytest.param("{", "not JSON", id="broken JSON"),
        pytest.param("[]", "not the results of a run, version 1", id="a list"),
        *(
            pytest.param(json.dumps(without(key)), "not the results of a run, version 1", id=f"no {key}")
            for key in ("version", "engine", "backend", "verdict", "clauses", "scenarios")
        ),
        pytest.param(
            json.dumps(without("version") | {"version": 2}), "not the results of a run", id="another version"
        ),
        pytest.param(
            json.dumps(without("clauses") | {"clauses": [{"id": "CB-06"}]}), "not the results", id="a row"
        ),
    ],
)
def test_what_is_no_run_is_refused_by_name(content: str | None, said: str, tmp_path: Path) -> None:
    """In one sentence with the file."""
    if content is not None:
        (tmp_path / "results.json").write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=f"results.json: {said}"):
        read_run(tmp_path)


def test_a_missing_timeline_is_refused_by_name(tmp_path: Path) -> None:
    """A verdict on the rest would be another verdict."""
    folder = saved(tmp_path, RUNS["broken"], departed())
    (folder / "timelines" / "left_alone.json").unlink()
    with pytest.raises(UsageError, match=r"left_alone\.json: cannot be read"):
        judge_again(folder)
