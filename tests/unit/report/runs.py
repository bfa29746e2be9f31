"""Runs made by hand: what a report or a verdict is shown, without a browser."""

from harness.contract import Finding
from harness.runs.results import RunResult, ScenarioResult
from harness.runs.rules import Rules
from harness.timeline.events import ScenarioEnded, ScenarioStarted
from harness.timeline.page_events import Departure
from harness.timeline.recorder import Recorder
from harness.timeline.timeline import Timeline

PASSED = Finding("passed", "a page", "a page", (1,))
FAILED = Finding("failed", "no departure", "it left by meta refresh", (1,))
UNSEEN = Finding("not_observed", actual="no page opened a link")
HOSTILE = "<script>alert(1)</script> & \"quoted\" 'too' ]]> \x00\x0b\x1b[31m \ud800 \U0001f600"


def played(name: str = "left_alone", /, **findings: Finding) -> ScenarioResult:
    """A scenario that was played; `CB_06=FAILED` is a finding of CB-06."""
    by_clause = {clause.replace("_", "-"): finding for clause, finding in findings.items()}
    return ScenarioResult(name, "The user does nothing", tuple(by_clause), by_clause, duration_s=0.25)


def run_of(
    *scenarios: ScenarioResult,
    known: dict[str, str] | None = None,
    strict: bool = False,
    promises_count: bool = False,
) -> RunResult:
    """A whole run of these scenarios."""
    engine = {"name": "webkitgtk", "version": "2.50.6"}
    rules = Rules(strict=strict, known_failures=known or {}, promises_count=promises_count)
    return RunResult(engine, "my-backend", scenarios, rules, duration_s=1.5)


def timeline_of(url: str) -> Timeline:
    """Three events, the departure to `url` in the middle."""
    moments = iter((0, 1_500_000, 2_000_000))
    recorder = Recorder(lambda: next(moments))
    recorder.record(ScenarioStarted(id="left_alone"))
    recorder.record(Departure(url=url))
    recorder.record(ScenarioEnded())
    return recorder.timeline()
