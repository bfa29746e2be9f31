"""The parts of a run that several machines have played, as the one run that they are.

Owns what may be merged, and the sentence for what may not. What is in a part is judged again from its
timelines by whoever reads it; must not write or print anything.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from harness.runs.results import RunResult, first_of
from harness.saved.packing import is_pack
from harness.saved.run_folder import Rejudged, SavedRun, judge_again, read_run
from harness.stage.scenario import all_scenarios
from harness.timeline.timeline import Timeline

SAME: Mapping[str, Callable[[Mapping[str, Any]], object]] = {
    "version of amo-harness": lambda told: told.get("about", {}).get("versions", {}).get("amo-harness"),
    "seed": lambda told: told.get("run", {}).get("seed"),
    "engine": lambda told: f"{told['engine'].get('name')} {told['engine'].get('version')}",
    "backend": lambda told: told["backend"],
    "set of rules": lambda told: (told.get("rules"), told.get("strict")),
    "phone": lambda told: [
        told.get("run", {}).get(name) for name in ("host", "no_gesture", "unknown", "sdk")
    ],
    "whole that it is a part of": lambda told: told["part"]["whole"],
}
"""What must be the same in every part, by how the sentence calls it."""


def read_parts(folders: Sequence[Path]) -> list[SavedRun]:
    """Read the parts; UsageError where they are not the parts of one run, each played once, none missing."""
    for each in folders:
        if is_pack(each):
            raise UsageError(f"{each} is a pack: unzip it, and merge its folder")
    parts = [read_run(folder) for folder in folders]
    for each in parts:
        if not each.document.get("part"):
            raise UsageError(f"{each.folder}: not a part of a run; `amo-harness run --shard N/M` plays one")
        if each.document.get("not_started"):
            raise UsageError(f"{each.folder}: this part could not start; play its shard again")
    for what, told in SAME.items():
        _refuse_another(what, parts, [told(each.document) for each in parts])
    _refuse_overlap(parts)
    _refuse_gap(parts)
    return parts


def _refuse_another(what: str, parts: Sequence[SavedRun], values: Sequence[object]) -> None:
    for part, value in zip(parts, values, strict=True):
        if value != values[0]:
            shown = f" ({value} and {values[0]})" if isinstance(value, str | int) else ""
            raise UsageError(f"{part.folder}: another {what} than in {parts[0].folder}{shown}")


def _refuse_overlap(parts: Sequence[SavedRun]) -> None:
    counts = Counter(name for part in parts for name in part.scenario_ids)
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        where = [str(part.folder) for part in parts if twice[0] in part.scenario_ids]
        raise UsageError(f"{' and '.join(where)} both played {first_of(twice)}: merge each shard once")


def _refuse_gap(parts: Sequence[SavedRun]) -> None:
    played = {name for part in parts for name in part.scenario_ids}
    missing = [name for name in parts[0].document["part"]["whole"] if name not in played]
    if missing:
        shards = ", ".join(part.document["part"]["shard"] for part in parts)
        raise UsageError(
            f"nobody played {first_of(missing)}: there are the shards {shards}, and a part is missing"
        )


def merged(parts: Sequence[SavedRun]) -> Rejudged:
    """Return the whole run, judged again by the contract as it is now, in the order of the whole."""
    judged = [judge_again(part.folder) for part in parts]
    timelines: dict[str, Timeline] = {}
    for each in judged:
        timelines |= each.timelines
    return Rejudged(_run_of([each.run for each in judged], parts[0]), timelines)


def _run_of(runs: Sequence[RunResult], first: SavedRun) -> RunResult:
    whole: list[str] = first.document["part"]["whole"]
    scenarios = {scenario.id: scenario for run in runs for scenario in run.scenarios}
    return replace(
        runs[0],
        scenarios=tuple(scenarios[name] for name in whole),
        interrupted=any(run.interrupted for run in runs),
        duration_s=max(run.duration_s for run in runs),
        whole=set(whole) >= set(all_scenarios()),
        expected=tuple(whole),
        unsaved=tuple(file for run in runs for file in run.unsaved),
        part=None,
    )
