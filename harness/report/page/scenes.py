"""A scenario as the page shows it: how it ended, its lanes, its pictures, every event.

Owns gathering that from a run; the lanes are `harness.report.lanes`'. Must not write markup.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.report.lanes.lanes import Lanes, lanes_of
from harness.report.lanes.rows import MOST_ROWS, Row, rows_of
from harness.report.page.pictures import Album, Picture
from harness.report.words.story import headline
from harness.runs.results import RunResult, ScenarioOutcome, ScenarioResult, outcome_of
from harness.timeline.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Scene:
    """One scenario."""

    id: str
    title: str
    outcome: ScenarioOutcome
    headline: str
    broken: tuple[str, ...]
    """Clauses that are broken in it, whatever their level."""
    seen: tuple[str, ...]
    """Clauses that came into view in it."""
    duration_s: float
    remarks: tuple[str, ...]
    lanes: Lanes | None
    rows: tuple[Row, ...]
    left_out: int
    """Events that are too many for the page."""
    pictures: tuple[Picture, ...]


def scenes_of(run: RunResult, timelines: Mapping[str, Timeline], album: Album) -> list[Scene]:
    """Return every scenario, in the run's order."""
    return [_scene(each, run, timelines.get(each.id, Timeline()), album) for each in run.scenarios]


def _scene(scenario: ScenarioResult, run: RunResult, timeline: Timeline, album: Album) -> Scene:
    proof = {index for each in scenario.failures for index in scenario.findings[each].events}
    return Scene(
        scenario.id,
        scenario.title,
        outcome_of(scenario, run),
        headline(scenario, run),
        scenario.failures,
        tuple(name for name, each in scenario.findings.items() if each.result != "not_observed"),
        scenario.duration_s,
        scenario.remarks,
        lanes_of(timeline, proof),
        tuple(rows_of(timeline, proof=proof)),
        max(len(timeline) - MOST_ROWS, 0),
        album.pictures.get(scenario.id, ()),
    )
