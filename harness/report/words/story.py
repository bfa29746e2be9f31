"""A failure told in plain text: the clause, expected, actual, the events around it, what to do next.

Owns that wording, which the console, JUnit and the pytest plugin share. Must not decide what is a failure.
"""

from collections.abc import Sequence
from pathlib import Path

from harness.contract import NOT_LOADED, SHARED_CAUSES, Finding
from harness.runs.causes import CLAUSES, by_cause
from harness.runs.results import RunResult, ScenarioResult, unkept
from harness.timeline.events import Event
from harness.timeline.gateway_events import GatewayRequest
from harness.timeline.page_events import PageComplained, PageShown
from harness.timeline.timeline import Timeline
from harness.timeline.vocabulary import news_of

EVENTS_AROUND = 2
PROOFS_SHOWN = 4
LONGEST_FIELD = 300
"""Characters of one field of an event; its whole is in the saved timeline."""
LOUDEST = ("uncaught", "error", "warning")
"""Levels of what a page complains of that may explain a failure, the most telling first."""
ABOUT_A_PAGE = ("CB", "DL", "A11Y")
"""Families of clauses that a page's own errors may explain."""
REASONS = ("reason", "why", "message")
"""Fields that say why: they stand first, where no narrow terminal cuts them off."""
NOT_IN_A_LINE = ("html", "body", "text", "is_callback", "is_browser", "violations")


def around(timeline: Timeline, proof: Sequence[int]) -> list[Event]:
    """Return the first proving events with their neighbours, in their order."""
    near = {i + d for i in proof[:PROOFS_SHOWN] for d in range(-EVENTS_AROUND, EVENTS_AROUND + 1)}
    return [event for event in timeline if event.index in near]


def event_lines(timeline: Timeline, proof: Sequence[int]) -> list[str]:
    """Return a line for each event around the proof, the proof itself marked."""
    return [event_line(event, timeline, proof) for event in around(timeline, proof)]


def event_line(event: Event, timeline: Timeline, proof: Sequence[int]) -> str:
    """Return an event in one line: mark, index, milliseconds since the scenario's start, what happened."""
    mark = ">" if event.index in proof else " "
    news = sorted(news_of(event).items(), key=lambda each: each[0] not in REASONS)
    hidden = () if isinstance(event, PageComplained) else NOT_IN_A_LINE
    data = " ".join(f"{key}={_short(value)}" for key, value in news if key not in hidden)
    since_ms = (event.at_ns - timeline.events[0].at_ns) / 1e6
    line = f"{mark} {event.index:>3} {since_ms:8.1f} ms  {event.actor}.{event.kind}  {data}"
    return " ".join(line.splitlines()).rstrip()


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= LONGEST_FIELD else text[: LONGEST_FIELD - 1] + "…"


def said_by_the_page(clause_id: str, timeline: Timeline, proof: Sequence[int]) -> list[str]:
    """Return what the page's own scripts complained of on the visit whose page proves something.

    Errors first, each once; nothing where no browser's event is among the proof, or the clause is not about
    what a page does.
    """
    events = timeline.events
    shown = [index for index in proof if index < len(events) and events[index].actor == "webview"]
    if not shown or clause_id.partition("-")[0] not in ABOUT_A_PAGE:
        return []
    visits = [each.index for each in timeline.of(GatewayRequest) if each.is_callback]
    start = max((index for index in visits if index <= shown[0]), default=0)
    end = min((index for index in visits if index > shown[0]), default=len(events))
    own = tuple(f"{page.url}:" for page in timeline.of(PageShown))  # that the page itself is a 500 is known
    said = (each for each in timeline.of(PageComplained) if start < each.index < end)
    told = [each for each in said if not (each.text.startswith(NOT_LOADED) and each.where.startswith(own))]
    told.sort(key=lambda each: LOUDEST.index(each.level) if each.level in LOUDEST else len(LOUDEST))
    return list(dict.fromkeys(f"{each.level}: {each.text}" for each in told if each.level in LOUDEST))


def timeline_lines(timeline: Timeline) -> list[str]:
    """Return a line for each event."""
    return [event_line(event, timeline, ()) for event in timeline]


def finding_lines(clause_id: str, finding: Finding, timeline: Timeline) -> list[str]:
    """Return what was expected, what was seen, and the events around it."""
    told = [f"expected {finding.expected}", f"actual   {finding.actual}"]
    told += [f"page     {line}" for line in said_by_the_page(clause_id, timeline, finding.events)]
    return [*told, *event_lines(timeline, finding.events)]


def unexcused(scenario: ScenarioResult, run: RunResult) -> list[str]:
    """Return the clauses for which a scenario fails: broken, or promised and not brought into view."""
    failing = run.rules.failing(scenario.failures)
    return [*(each for each in failing if not run.rules.excuse(each, scenario.id)), *unkept(scenario, run)]


def headline(scenario: ScenarioResult, run: RunResult) -> str:
    """Return a scenario's failure in one line, the first cause in full."""
    if scenario.left_out:
        return scenario.left_out
    broken = [each for ids in by_cause(scenario, unexcused(scenario, run)).values() for each in ids]
    if not broken:
        return next(iter(scenario.harness_errors), scenario.stopped)
    others = f" (and {', '.join(broken[1:])})" if broken[1:] else ""
    return f"{broken[0]}: {scenario.findings[broken[0]].actual}{others}"


def failure_text(scenario: ScenarioResult, run: RunResult, timeline: Timeline) -> str:
    """Tell all that went wrong in a scenario, cause by cause; what a clause breaks besides is only named."""
    lines = list(scenario.harness_errors)
    lines += [scenario.stopped] if scenario.stopped else []
    for name, ids in by_cause(scenario, run.rules.failing(scenario.failures)).items():
        shown = ids if name in SHARED_CAUSES else ids[:1]
        for clause_id in shown:
            finding = scenario.findings[clause_id]
            excuse = run.rules.excuse(clause_id, scenario.id)
            known = f"  (known: {excuse})" if excuse else ""
            lines.append(f"{clause_id}{known}")
            lines += (f"  {line}" for line in finding_lines(clause_id, finding, timeline))
        lines.append(f"  change   {remedy_of(name)}")
        lines += [f"  so       {', '.join(ids[1:])} could not hold"] if ids != shown else []
    for clause_id in unkept(scenario, run):
        why = scenario.findings[clause_id].actual
        lines.append(f"{clause_id} was promised and did not come into view: {why}")
    return "\n".join(lines)


def remedy_of(cause: str) -> str:
    """Return what to change in the backend: of a shared cause's name, or of a clause's id."""
    return SHARED_CAUSES[cause].remedy if cause in SHARED_CAUSES else CLAUSES[cause].remedy


def unexpected_pass(clause_id: str) -> str:
    """Say what to do about a known failure that passed."""
    return f"{clause_id} is listed in known_failures but passed: remove the entry"


def pictures_of(scenario_id: str, out: Path) -> list[Path]:
    """Return a scenario's screenshots in a run's folder, oldest first."""
    return sorted((out / "screenshots" / scenario_id).glob("*.png"))
