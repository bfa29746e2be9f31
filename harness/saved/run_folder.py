"""A run's folder read back: its results.json, its timelines, and the run as today's contract judges it.

Owns reading and the sentences for what is missing or malformed. Must not play anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from harness.contract import judge
from harness.errors import UsageError
from harness.exit_codes import ExitCode
from harness.runs.about import About
from harness.runs.results import Beside, FailedStart, RunResult, ScenarioResult
from harness.runs.rules import Rules
from harness.runs.shards.shard import Part, Shard
from harness.saved.place import LATEST, RESULTS
from harness.saved.results_shape import VERSION, WrongShape, check_shape
from harness.timeline.events import ScenarioStarted
from harness.timeline.files import read_json
from harness.timeline.timeline import Timeline

ABOUT = tuple(each.name for each in fields(About))


@dataclass(frozen=True, slots=True)
class SavedRun:
    """A results.json as it was written, and the folder that it lies in."""

    folder: Path
    document: Mapping[str, Any]

    @property
    def scenario_ids(self) -> list[str]:
        """The scenarios of the run, in their order."""
        return [row["id"] for row in self.document["scenarios"]]

    def rules(self, *, strict: bool) -> Rules:
        """Return the rules that the run was counted by; `strict` adds to them."""
        saved: dict[str, Any] = self.document.get("rules", {})
        offers = saved.get("offers")
        return Rules(
            strict=strict or self.document.get("strict", False),
            known_failures=saved.get("known_failures", {}),
            levels=saved.get("levels", {}),
            offers=None if offers is None else frozenset(offers),
            promises_count=saved.get("promises_count", False),
        )


@dataclass(frozen=True, slots=True)
class Rejudged:
    """A run judged again, and the timelines that it was judged on."""

    run: RunResult
    timelines: Mapping[str, Timeline]


def read_run(path: Path) -> SavedRun:
    """Read a run's folder, or its results.json; `UsageError` says what is wrong with it."""
    path = path / LATEST if (path / LATEST / RESULTS).exists() and not (path / RESULTS).exists() else path
    file = path / RESULTS if path.is_dir() else path
    if not file.exists():
        raise UsageError(f"{file}: there is no such file; `amo-harness run` writes one")
    document = read_json(file)
    try:
        check_shape(document)
    except WrongShape as error:
        raise UsageError(f"{file}: not the results of a run, version {VERSION} ({error})") from error
    return SavedRun(file.parent, document)


def did_not_start(folder: Path) -> bool:
    """Tell whether the run of this folder left nothing but why it could not start."""
    try:
        return bool(read_run(folder).document.get("not_started"))
    except UsageError:  # nothing there, or nothing that could be read
        return False


def judge_again(path: Path, *, strict: bool = False) -> Rejudged:
    """Judge a run's folder, its results.json, or one timeline again, by the contract as it is now.

    What no timeline shows (errors of the harness, what was left out, known failures, strictness) is as it was
    saved;
    `strict` adds to that.
    """
    if path.is_file() and "events" in read_json(path):
        return _one(Timeline.load(path), path, strict=strict)
    saved = read_run(path)
    document = saved.document
    timelines: dict[str, Timeline] = {}
    scenarios: list[ScenarioResult] = []
    for row in document["scenarios"]:
        timeline = _timeline(saved.folder, row)
        timelines[row["id"]] = timeline
        scenarios.append(_scenario(row, timeline))
    told: Mapping[str, Any] = document.get("about", {})
    run = RunResult(
        engine=document["engine"],
        backend=document["backend"],
        scenarios=tuple(scenarios),
        rules=saved.rules(strict=strict),
        interrupted=document.get("interrupted", False),
        duration_s=document.get("duration_s", 0.0),
        whole=document.get("whole", False),
        expected=tuple(document.get("expected", ())),
        not_started=_not_started(document.get("not_started")),
        unsaved=tuple(document.get("unsaved", ())),
        besides=tuple(Beside(**each) for each in document.get("besides", ())),
        about=About(**{name: told[name] for name in ABOUT if name in told}),
        part=_part(document.get("part")),
    )
    return Rejudged(run, timelines)


def _part(saved: Mapping[str, Any] | None) -> Part | None:
    return Part(Shard.read(saved["shard"]), tuple(saved["whole"])) if saved else None


def _not_started(saved: Mapping[str, Any] | None) -> FailedStart | None:
    return FailedStart(saved["reason"], ExitCode(saved["exit_code"])) if saved else None


def _one(timeline: Timeline, path: Path, *, strict: bool) -> Rejudged:
    started = timeline.first(ScenarioStarted)
    name = started.id if started else path.stem
    scenario = ScenarioResult(name, "", (), findings=judge(timeline))
    engine = {"name": started.engine if started else "", "version": ""}
    backend = started.backend if started else ""
    run = RunResult(engine, backend, (scenario,), Rules(strict=strict), whole=False)
    return Rejudged(run, {name: timeline})


def _timeline(folder: Path, row: Mapping[str, Any]) -> Timeline:
    if row.get("left_out"):
        return Timeline()
    return Timeline.load(folder / "timelines" / f"{row['id']}.json")


def _scenario(row: Mapping[str, Any], timeline: Timeline) -> ScenarioResult:
    return ScenarioResult(
        id=row["id"],
        title=row.get("title", ""),
        brings=tuple(row.get("brings", ())),
        findings={} if row.get("left_out") else judge(timeline),
        harness_errors=tuple(row.get("harness_errors", ())),
        left_out=row.get("left_out", ""),
        stopped=row.get("stopped", ""),
        remarks=tuple(row.get("remarks", ())),
        duration_s=row.get("duration_s", 0.0),
    )
