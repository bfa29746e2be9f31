"""A run as Trace Event JSON, which Perfetto and chrome://tracing open: a process for each scenario.

Owns which event becomes which mark. Source of the form: Google's document "Trace Event Format": `M` names
processes and threads, `X` is a span, `b` and `e` with one `cat` and `id` are a span that others may overlap,
`i` is a moment; `ts` and `dur` are microseconds.
"""

import json
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

from harness.report.exports.whole_run import WholeRunFile
from harness.runs.results import RunResult, ScenarioResult
from harness.timeline.events import ACTORS, Event
from harness.timeline.gateway_events import Broken, FirstByte, GatewayRequest, GatewayResponse, Released
from harness.timeline.page_events import Tap, TapSettled
from harness.timeline.timeline import Timeline
from harness.timeline.vocabulary import news_of

LONGEST_VALUE = 2_000
"""Characters of one value; its whole is in the timeline."""
FINDINGS = "contract"
LANES = ("scenario", *(each for each in ACTORS if each != "scenario"), FINDINGS)
US = 1000
Mark = dict[str, Any]


def marks_of(run: RunResult, timelines: Mapping[str, Timeline]) -> Iterator[Mark]:
    """Yield the marks of a run; moments count from the first event of all."""
    firsts = [each.events[0].at_ns for each in timelines.values() if len(each)]
    numbers = count(1)
    for pid, scenario in enumerate(run.scenarios, start=1):
        timeline = timelines.get(scenario.id, Timeline())
        if not len(timeline):
            continue
        yield from _names(scenario.id, pid)
        for mark in (*_of_timeline(timeline, numbers), *_of_findings(scenario, timeline)):
            yield {**mark, "ts": (mark["ts"] - min(firsts)) / US, "pid": pid}


def _names(scenario_id: str, pid: int) -> Iterator[Mark]:
    yield {"ph": "M", "name": "process_name", "pid": pid, "args": {"name": scenario_id}}
    yield {"ph": "M", "name": "process_sort_index", "pid": pid, "args": {"sort_index": pid}}
    for tid, lane in enumerate(LANES, start=1):
        yield {"ph": "M", "name": "thread_name", "pid": pid, "tid": tid, "args": {"name": lane}}
        yield {"ph": "M", "name": "thread_sort_index", "pid": pid, "tid": tid, "args": {"sort_index": tid}}


def _of_timeline(timeline: Timeline, numbers: Iterator[int]) -> Iterator[Mark]:
    """Yield marks in the nanoseconds of the timeline's clock."""
    began, ended = timeline.events[0].at_ns, timeline.events[-1].at_ns
    yield _at(began, "scenario") | {"ph": "X", "name": "scenario", "dur": (ended - began) / US, "args": {}}
    yield from _exchanges(timeline, numbers)
    yield from _taps(timeline)
    for event in timeline:
        moment = _at(event.at_ns, event.actor)
        yield moment | {"ph": "i", "s": "t", "name": event.kind, "args": _data(event)}


def _exchanges(timeline: Timeline, numbers: Iterator[int]) -> Iterator[Mark]:
    ends: dict[int, int] = {}
    for end in (*timeline.of(Broken), *timeline.of(GatewayResponse)):
        ends[end.exchange] = end.at_ns
    first = {each.exchange: each.at_ns for each in timeline.of(FirstByte)}
    released = {each.exchange: each.at_ns for each in timeline.of(Released)}
    for each in timeline.of(GatewayRequest):
        number = next(numbers)
        name = f"{each.method} {each.path}"
        yield from _span(number, name, each.at_ns, ends.get(each.exchange, each.at_ns), _data(each))
        if each.exchange in first and each.exchange in released:
            yield from _span(number, "held back", first[each.exchange], released[each.exchange], {})


def _span(number: int, name: str, begins: int, ends: int, args: Mapping[str, Any]) -> Iterator[Mark]:
    same = {"cat": "exchange", "id": f"{number:x}", "name": name}
    yield _at(begins, "gateway") | same | {"ph": "b", "args": dict(args)}
    yield _at(max(begins, ends), "gateway") | same | {"ph": "e", "args": {}}


def _taps(timeline: Timeline) -> Iterator[Mark]:
    settled = {each.number: each.at_ns for each in timeline.of(TapSettled)}
    for tap in timeline.of(Tap):
        lasted = (settled.get(tap.number, tap.at_ns) - tap.at_ns) / US
        mark: Mark = {"ph": "X", "name": f"tap {tap.number}", "dur": lasted, "args": {}}
        yield _at(tap.at_ns, "webview") | mark


def _of_findings(scenario: ScenarioResult, timeline: Timeline) -> Iterator[Mark]:
    """Yield where each broken clause is proved."""
    for clause_id in scenario.failures:
        finding = scenario.findings[clause_id]
        at = next((i for i in finding.events if i < len(timeline)), len(timeline) - 1)
        args = {"expected": _cut(finding.expected), "actual": _cut(finding.actual)}
        moment = _at(timeline.events[at].at_ns, FINDINGS)
        yield moment | {"ph": "i", "s": "p", "name": f"{clause_id} is broken", "args": args}


def _at(moment_ns: int, lane: str) -> Mark:
    return {"ts": moment_ns, "tid": LANES.index(lane) + 1, "cat": lane}


def _data(event: Event) -> dict[str, str]:
    return {name: _cut(str(value)) for name, value in news_of(event).items()}


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def document(run: RunResult, timelines: Mapping[str, Timeline]) -> str:
    """Return the trace of a run."""
    told = {"backend": run.backend, "verdict": run.verdict, "command": run.about.command}
    events = list(marks_of(run, timelines))
    return json.dumps({"traceEvents": events, "displayTimeUnit": "ms", "otherData": told}, ensure_ascii=False)


def trace_file(path: Path) -> WholeRunFile:
    """Return what writes the trace of a run; UsageError where the file cannot be."""
    return WholeRunFile("--trace", path, document)
