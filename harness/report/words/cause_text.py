"""A run's causes in plain text: the block of each, the one line of a warning, the closing summary.

Owns their wording and how long they may be. Must not decide what is a cause.
"""

import textwrap
from collections.abc import Iterator, Sequence

from harness.contract import SHARED_CAUSES, Finding
from harness.report.words.story import REASONS, around, event_line, event_lines, said_by_the_page
from harness.report.words.wording import (
    LONGEST_VALUE,
    because_of,
    counted,
    folded,
    limited,
    limited_line,
    names,
    short_title,
)
from harness.runs.causes import Cause
from harness.runs.results import ClauseOutcome, ClauseResult, RunResult, count
from harness.timeline.timeline import Timeline

MOST_LINES = 12
"""Of one cause, unless everything is asked for."""
MOST_EVENTS = 5
COUNTED: tuple[ClauseOutcome, ...] = (
    "failed",
    "warning",
    "known_failure",
    "passed",
    "not_observed",
    "off",
)
SHORTEST_REASON, SHORT_ACTUAL = 180, 240
LONGEST_ANY = 4_000
"""Characters of a value where whole values are asked for."""


def block(cause: Cause, timeline: Timeline, width: int, *, verbose: bool) -> list[str]:
    """Return a cause as lines, the first without its sign: at most a dozen unless `verbose`."""
    finding, longest = cause.finding, LONGEST_ANY if verbose else LONGEST_VALUE
    also = f", also in {names(cause.also_in)}" if cause.also_in else ""
    page = "; ".join(said_by_the_page(cause.shown_by[0], timeline, finding.events))
    title = cause.title if verbose else short_title(cause)
    lines = folded(f"{', '.join(cause.shown_by)}  ", title, width - 2, most=None if verbose else 1)
    for label, text, most in (
        ("in", cause.scenario + also, 1),
        ("expected", limited(finding.expected, longest), 2),
        ("actual", limited(finding.actual, longest), 3),
        (
            "page",
            limited(page, longest),
            2,
        ),
        ("so", because_of(cause), 2),
        ("change", cause.remedy, 3),
    ):
        lines += folded(f"    {label:<9}", text, width, most=None if verbose else most) if text else []
    room = len(timeline) if verbose else min(MOST_EVENTS, MOST_LINES - len(lines))
    for line in _events(finding, timeline, room):
        told = _whole_reason(line, width) if verbose or len(lines) < MOST_LINES else []
        lines += told if verbose else told[: MOST_LINES - len(lines)]
    return lines


def _whole_reason(line: str, width: int) -> list[str]:
    """Return an event as one line, or as up to three where it says why: a reason is not cut off."""
    told = f"    {line}"
    if not any(f"  {each}=" in line for each in REASONS):
        return [limited_line(told, width)]
    return textwrap.wrap(
        told, width, subsequent_indent=" " * 10, break_on_hyphens=False, max_lines=3, placeholder=" …"
    )


def _events(finding: Finding, timeline: Timeline, room: int) -> list[str]:
    """Return the proving events with their neighbours, or where there is no room for them, themselves."""
    lines = event_lines(timeline, finding.events)
    if len(lines) <= room:
        return lines
    proof = [each for each in around(timeline, finding.events) if each.index in finding.events]
    return [event_line(each, timeline, finding.events) for each in proof][: max(room, 0)]


def warning(cause: Cause, width: int) -> list[str]:
    """Return a cause that only warns: in one line, or in as many as its reason takes."""
    others = [each for each in cause.ids if each not in cause.shown_by]
    also = f" (so also {', '.join(others)})" if others else ""
    where = f" (in {len(cause.also_in) + 1} scenarios)" if cause.also_in else f" (in {cause.scenario})"
    head = f"{', '.join(cause.shown_by)}  "
    room = max(width - len(head) - len(also + where) - 2, SHORTEST_REASON)
    return folded(head, limited(cause.finding.actual, room) + also + where, width - 2)


def summary(found: Sequence[Cause], unseen: Sequence[ClauseResult], width: int) -> Iterator[tuple[str, ...]]:
    """Yield what fails a run, cause by cause: which clauses, what is wrong, what to change."""
    for cause in found:
        if cause.fails:
            head = folded(f"{', '.join(cause.ids)}  ", _in_short(cause), width - 2)
            yield (*head, *folded("    → ", cause.remedy, width))
    for each in unseen:
        told = f"was never seen, and must be: {each.why_not}"
        yield tuple(folded(f"{each.clause.id}  ", told, width - 2))


def _in_short(cause: Cause) -> str:
    """Return what is wrong: a shared cause in its own words, a clause as it was seen to be broken."""
    return cause.title if cause.name in SHARED_CAUSES else limited(cause.finding.actual, SHORT_ACTUAL)


def unexplained(run: RunResult, found: Sequence[Cause]) -> list[ClauseResult]:
    """Return the clauses that fail a whole run unseen, and that no cause of it explains, nor one of them."""
    explained = {clause_id for cause in found for clause_id in cause.unseen}
    left = {each.clause.id: each for each in run.unseen if each.clause.id not in explained}
    return [each for name, each in left.items() if not set(_due_to(run, name)) & set(left)]


def _due_to(run: RunResult, clause_id: str) -> Iterator[str]:
    """Yield the clauses that have to hold for this one to come into view, in the scenarios about it."""
    for scenario in run.scenarios:
        if clause_id in scenario.brings and clause_id in scenario.findings:
            yield scenario.findings[clause_id].due_to


def counts_in_words(run: RunResult, found: Sequence[Cause]) -> str:
    """Return how many clauses had which outcome, what matters most first, and how many causes failed them."""
    counts = count(run.clauses)
    failing = counted(sum(cause.fails for cause in found), "cause")
    return ", ".join(
        _counted_as(name, counts[name]) + (f" ({failing})" if name == "failed" else "")
        for name in COUNTED
        if name in counts
    )


def _counted_as(name: ClauseOutcome, number: int) -> str:
    """Return a count in words; what has no plural of its own stays as it is."""
    plural = number != 1 and name in ("warning", "known_failure")
    return f"{number} {name.replace('_', ' ')}{'s' if plural else ''}"
