"""results.json and the saved timelines: what a machine reads.

Owns the file format of version 1; written whole or not at all.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any

from harness.runs.results import ClauseResult, RunResult, ScenarioResult, outcome_of
from harness.runs.rules import Rules
from harness.runs.runner import Quiet
from harness.runs.shards.shard import Part
from harness.saved.results_shape import VERSION
from harness.timeline.files import write_whole
from harness.timeline.timeline import Timeline
from harness.timeline.vocabulary import plain

SO_FAR_EVERY_S = 1.0


def document(run: RunResult, request: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
    """Return a run as the document that results.json holds; `request` is what was asked for."""
    return {
        "version": VERSION,
        "about": asdict(run.about),
        "engine": dict(run.engine),
        "backend": run.backend,
        "verdict": run.verdict,
        "strict": run.rules.strict,
        "interrupted": run.interrupted,
        "whole": run.whole,
        "expected": list(run.expected),
        "part": None if run.part is None else _part(run.part),
        "not_started": None if run.not_started is None else asdict(run.not_started),
        "unsaved": list(run.unsaved),
        "duration_s": round(run.duration_s, 3),
        "run": dict(request),
        "rules": _rules(run.rules),
        "remarks": {remark: list(where) for remark, where in run.remarks.items()},
        "not_observed_by_configuration": list(run.unobserved_by_configuration),
        "besides": [asdict(each) for each in run.besides],
        "clauses": [_clause(result) for result in run.clauses],
        "scenarios": [_scenario(scenario, run) for scenario in run.scenarios],
    }


def _part(part: Part) -> dict[str, Any]:
    return {"shard": str(part.shard), "whole": list(part.whole)}


def _rules(rules: Rules) -> dict[str, Any]:
    return {
        "known_failures": dict(rules.known_failures),
        "levels": dict(rules.levels),
        "offers": None if rules.offers is None else sorted(rules.offers),
        "promises_count": rules.promises_count,
    }


def _clause(result: ClauseResult) -> dict[str, Any]:
    clause = result.clause
    row: dict[str, Any] = {
        "id": clause.id,
        "level": result.level,
        "title": clause.title,
        "result": result.result,
    }
    if result.known:
        row["known_failure"] = result.known
    if result.why_not:
        row["not_observed"] = result.why_not
    row["findings"] = [{"scenario": name, **plain(finding)} for name, finding in result.findings]
    return row


def _scenario(scenario: ScenarioResult, run: RunResult) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": scenario.id,
        "title": scenario.title,
        "brings": list(scenario.brings),
        "result": outcome_of(scenario, run),
        "duration_s": round(scenario.duration_s, 3),
    }
    if scenario.left_out:
        row["left_out"] = scenario.left_out
    if scenario.stopped:
        row["stopped"] = scenario.stopped
    if scenario.remarks:
        row["remarks"] = list(scenario.remarks)
    if scenario.unseen:
        row["not_brought_into_view"] = list(scenario.unseen)
    if scenario.harness_errors:
        row["harness_errors"] = list(scenario.harness_errors)
    return row


class ResultsFile(Quiet):
    """Writes results.json and one timeline a scenario into the run's folder.

    What is finished is there while the run goes on, not more than a second late: however the run ends, it
    can be read.
    """

    def __init__(self, out: Path, request: Mapping[str, Any] = MappingProxyType({})) -> None:
        self._out, self._request = out, request
        self._written_at = float("-inf")

    def scenario_finished(self, result: ScenarioResult, timeline: Timeline) -> None:
        """Save the scenario's timeline."""
        if len(timeline):
            timeline.save(self._place(result.id))

    def timeline(self, scenario_id: str) -> Timeline:
        """Read a scenario's timeline back; UsageError where it is not there, or is damaged."""
        return Timeline.load(self._place(scenario_id))

    def _place(self, scenario_id: str) -> Path:
        return self._out / "timelines" / f"{scenario_id}.json"

    def run_so_far(self, run: RunResult) -> None:
        """Write what there is, where a second has passed since it was written."""
        if time.monotonic() - self._written_at >= SO_FAR_EVERY_S:
            self._write(run, indent=None)  # which takes a third of the time

    def run_finished(self, run: RunResult) -> None:
        """Write the results."""
        self._write(run, indent=2)

    def _write(self, run: RunResult, *, indent: int | None) -> None:
        text = json.dumps(document(run, self._request), ensure_ascii=False, indent=indent)
        write_whole(self._out / "results.json", text + "\n")
        self._written_at = time.monotonic()
