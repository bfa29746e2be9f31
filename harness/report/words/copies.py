"""The lines to copy: play it again, the request that decided, a paragraph for an issue.

Owns their wording. A line for a shell is quoted word by word, whatever a backend put into it; what stands
masked in it has to be replaced by whoever runs it.
"""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

from harness.contract import Finding
from harness.report.words.story import around, event_line
from harness.report.words.wording import limited
from harness.runs.causes import Cause
from harness.runs.results import BY_HAND, RunResult
from harness.timeline.events import AppRequest, AppRequestFailed, AppResponse, BackendStarted
from harness.timeline.gateway_events import GatewayEvent, GatewayRequest
from harness.timeline.page_events import PageShown
from harness.timeline.timeline import Timeline

LONGEST_IN_ISSUE, MOST_EVENTS = 600, 8


@dataclass(frozen=True, slots=True)
class Copies:
    """What can be copied from under a cause; `curl` is empty where no request decided."""

    replay: str
    curl: str
    issue: str


def copies_of(cause: Cause, run: RunResult, timeline: Timeline, out: Path) -> Copies:
    """Return the lines for a cause, of a run whose files are in `out`."""
    is_by_hand = run.engine.get("name") == BY_HAND
    again = ["judge", str(out)] if is_by_hand else ["replay", cause.scenario, "--from", str(out)]
    replay = shlex.join(["amo-harness", *again])
    return Copies(replay, curl_of(cause.finding, timeline), issue_of(cause, run, timeline))


def curl_of(finding: Finding, timeline: Timeline) -> str:
    """Return the request that decided, as curl sends it to a backend of one's own."""
    request = deciding(timeline, finding)
    if request is None:
        return ""
    started = timeline.last(BackendStarted)
    base = f"BACKEND={shlex.quote(started.url if started and started.url else 'http://127.0.0.1:8000')}"
    query = ""
    if isinstance(request, GatewayRequest) and request.query:
        query = "?" + _encoded(request.query)
    method = [] if request.method == "GET" else ["-X", request.method]
    words = shlex.join(["curl", "-i", *method])
    return f'{base}\n{words} "$BACKEND"{shlex.quote(request.path + query)}'


def _encoded(query: Mapping[str, tuple[str, ...]]) -> str:
    """Return a query as an address has it, masks as they are read."""
    text = urlencode({name: list(values) for name, values in query.items()}, doseq=True, safe=":")
    return text.replace(quote("‹"), "‹").replace(quote("›"), "›")


def deciding(timeline: Timeline, finding: Finding) -> GatewayRequest | AppRequest | None:
    """Return the request that the last proof is about: its own exchange or call, else the callback before."""
    proof = [timeline.events[index] for index in finding.events if index < len(timeline)]
    for event in reversed(proof):
        if isinstance(event, GatewayEvent | PageShown):
            return next(
                (each for each in timeline.of(GatewayRequest) if each.exchange == event.exchange), None
            )
        if isinstance(event, AppResponse | AppRequestFailed | AppRequest):
            calls = timeline.of(AppRequest)
            return next((each for each in calls if (each.user, each.id) == (event.user, event.id)), None)
    last = max(finding.events, default=len(timeline))
    before = [each for each in timeline.of(GatewayRequest) if each.is_callback and each.index <= last]
    return before[-1] if before else None


def issue_of(cause: Cause, run: RunResult, timeline: Timeline) -> str:
    """Return a paragraph of Markdown; what is foreign in it stands in code, where it is only text."""
    return "\n".join(_issue(cause, run, timeline))


def _issue(cause: Cause, run: RunResult, timeline: Timeline) -> Iterator[str]:
    finding, about = cause.finding, run.about
    engine = f"{run.engine.get('name')} {run.engine.get('version') or ''}".strip()
    yield f"**{', '.join(cause.shown_by)}: {cause.title}**"
    yield ""
    yield f"- in {code(cause.scenario)}"
    yield f"- expected: {code(limited(finding.expected, LONGEST_IN_ISSUE))}"
    yield f"- actual: {code(limited(finding.actual, LONGEST_IN_ISSUE))}"
    yield f"- change: {cause.remedy}"
    commit = f" at {about.commit}" if about.commit else ""
    yield f"- seen with {engine}, backend {code(run.backend)}{commit}"
    events = [event_line(each, timeline, finding.events) for each in around(timeline, finding.events)]
    if events:
        yield ""
        yield from fenced(limited_rows(events))
    yield ""
    command = about.command or "amo-harness run"
    is_named = cause.scenario in command.split()
    yield f"Again: {code(command if is_named else f'{command} {shlex.quote(cause.scenario)}')}"


def limited_rows(lines: list[str]) -> list[str]:
    """Return the first lines, each of a readable length."""
    return [
        line if len(line) <= LONGEST_IN_ISSUE else line[: LONGEST_IN_ISSUE - 1] + "…"
        for line in lines[:MOST_EVENTS]
    ]


def code(text: str) -> str:
    """Return a text as a code span, which is longer than any run of backticks in it."""
    ticks = "`" * (_longest_run(text) + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{space}{text}{space}{ticks}"


def fenced(lines: list[str]) -> list[str]:
    """Return lines as a block of code."""
    fence = "`" * max(3, _longest_run("\n".join(lines)) + 1)
    return [fence, *lines, fence]


def _longest_run(text: str) -> int:
    longest = run = 0
    for character in text:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    return longest
