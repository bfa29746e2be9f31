"""report.html: the whole run as one file to read and to send, which needs no script and loads nothing.

Owns what the page shows; the markup is `report.html.jinja`, where every text is escaped. Written whole or
not at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from harness.contract import Clause, Finding
from harness.report.page.pictures import Album, Picture, ShownOnce, album_of
from harness.report.words.cause_text import counts_in_words, unexplained
from harness.report.words.story import around, event_line, headline, said_by_the_page, unexpected_pass
from harness.report.words.wording import because_of, stopped_lines
from harness.runs.causes import Cause, causes
from harness.runs.results import ClauseResult, RunResult, ScenarioResult, outcome_of
from harness.runs.runner import Quiet
from harness.timeline.files import write_whole
from harness.timeline.timeline import Timeline

FILE_NAME = "report.html"


@dataclass(frozen=True, slots=True)
class Told:
    """A finding with the scenario that shows it, and the events around it: (line, is it the proof)."""

    scenario: str
    finding: Finding
    events: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class ClauseRow:
    """A clause as the page shows it; `told` are the failures alone."""

    clause: Clause
    result: str
    known: str
    told: tuple[Told, ...]
    seen_in: tuple[str, ...]
    why_not: str


@dataclass(frozen=True, slots=True)
class CauseRow:
    """A cause as the page shows it, with the events around its proof and the last picture of its scenario."""

    cause: Cause
    head: str
    so: str
    told: Told
    page: tuple[str, ...]
    """What the page's own scripts complained of there."""
    picture: Picture | None


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("harness.report.page"),
        autoescape=True,  # every text is foreign until escaped
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.jinja")


def document(run: RunResult, timelines: dict[str, Timeline], album: Album | None = None) -> str:
    """Return the page, with the pictures of an album and every event of the timelines."""
    found, pictures, once = causes(run), album or Album({}), ShownOnce()
    return _template().render(
        run=run,
        engine=f"{run.engine.get('name')} {run.engine.get('version') or ''}".strip(),
        counts=counts_in_words(run, found),
        causes=[_cause(cause, timelines, pictures, once) for cause in found],
        unexplained=unexplained(run, found),
        stopped=stopped_lines(run.scenarios),
        clauses=[_clause(result, timelines) for result in run.clauses],
        scenarios=list(_scenarios(run, timelines, pictures, once)),
        album=pictures,
        remarks=[unexpected_pass(clause_id) for clause_id in run.unexpected_passes],
    )


def _cause(cause: Cause, timelines: dict[str, Timeline], album: Album, once: ShownOnce) -> CauseRow:
    timeline = timelines.get(cause.scenario, Timeline())
    events = _events(cause.finding, timeline)
    page = said_by_the_page(cause.shown_by[0], timeline, cause.finding.events)
    told = Told(cause.scenario, cause.finding, tuple(events))
    picture = next((once.next(each) for each in reversed(album.pictures.get(cause.scenario, ()))), None)
    return CauseRow(cause, ", ".join(cause.shown_by), because_of(cause), told, tuple(page), picture)


def _clause(result: ClauseResult, timelines: dict[str, Timeline]) -> ClauseRow:
    told = tuple(
        Told(name, finding, tuple(_events(finding, timelines.get(name, Timeline()))))
        for name, finding in result.findings
        if finding.result == "failed"
    )
    seen_in = tuple(name for name, _ in result.findings)
    return ClauseRow(result.clause, result.result, result.excused, told, seen_in, result.why_not)


def _events(finding: Finding, timeline: Timeline) -> Iterator[tuple[str, bool]]:
    for event in around(timeline, finding.events):
        yield event_line(event, timeline, finding.events), event.index in finding.events


def _scenarios(
    run: RunResult, timelines: dict[str, Timeline], album: Album, once: ShownOnce
) -> Iterator[dict[str, Any]]:
    for scenario in run.scenarios:
        timeline = timelines.get(scenario.id, Timeline())
        yield {
            "id": scenario.id,
            "title": scenario.title,
            "outcome": outcome_of(scenario, run),
            "headline": headline(scenario, run),
            "duration_s": scenario.duration_s,
            "pictures": [once.next(each) for each in album.pictures.get(scenario.id, ())],
            "events": [(each.index, event_line(each, timeline, ())) for each in timeline],
        }


class HtmlFile(Quiet):
    """Writes the page into the run's folder when the run ends."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._timelines: dict[str, Timeline] = {}

    def scenario_finished(self, result: ScenarioResult, timeline: Timeline) -> None:
        """Keep what happened, for the story of a failure."""
        self._timelines[result.id] = timeline

    def run_finished(self, run: RunResult) -> None:
        """Write the file."""
        album = album_of((scenario.id for scenario in run.scenarios), self._out)
        write_whole(self._out / FILE_NAME, document(run, self._timelines, album))
