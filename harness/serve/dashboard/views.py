"""What the dashboard shows, as plain rows: events in their lanes, clauses by result, the page, the link.

Owns turning a journey into what a template prints. All of it is the timeline's, whose secrets are masked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from harness.contract import CONTRACT, Finding
from harness.contract.clause import Clause
from harness.errors import HarnessError
from harness.phone.links.description import describe_link
from harness.runs.results import ScenarioResult
from harness.runs.rules import Rules
from harness.serve.hand.journey import Journey
from harness.timeline.events import Event, ScenarioStarted
from harness.timeline.vocabulary import news_of

Lane = Literal["phone", "browser", "backend", "amo"]
LANES: tuple[tuple[Lane, str], ...] = (
    ("phone", "Phone"),
    ("browser", "Browser"),
    ("backend", "Gateway and backend"),
    ("amo", "amoCRM"),
)
LANE_OF: Mapping[str, Lane] = {
    "scenario": "phone",
    "app": "phone",
    "webview": "browser",
    "gateway": "backend",
    "backend": "backend",
    "amo": "amo",
}
HIDDEN = frozenset(
    {"html", "body", "headers", "details", "user", "id", "at_s", "is_callback", "is_browser", "is_navigation"}
)
LONGEST = 160
RESULTS = ("failed", "warning", "passed", "not_observed")
WORDS = {"failed": "broken", "warning": "warns", "passed": "kept", "not_observed": "not seen yet"}


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event in its lane."""

    lane: Lane
    lane_title: str
    at_s: str
    what: str
    details: str


@dataclass(frozen=True, slots=True)
class ClauseRow:
    """A clause as it is judged at this moment."""

    id: str
    level: str
    title: str
    result: str
    word: str
    said: str
    expected: str


def event_row(event: Event, began_ns: int) -> EventRow:
    """Return an event as a row; `began_ns` is when its journey began. What was said is its own headline."""
    lane = LANE_OF[event.actor]
    news = {} if isinstance(event, ScenarioStarted) else news_of(event)
    what = news.pop("what", event.kind)
    told = (f"{name} {_short(value)}" for name, value in news.items() if name not in HIDDEN)
    return EventRow(
        lane,
        dict(LANES)[lane],
        f"{max(0, event.at_ns - began_ns) / 1e9:.2f}",
        what.replace("_", " "),
        " · ".join(told),
    )


def _short(value: object) -> str:
    if isinstance(value, Mapping):
        pairs = cast("Mapping[Any, Any]", value)
        value = "&".join(f"{name}={_plain(each)}" for name, each in pairs.items())
    text = " ".join(_plain(value).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        several = cast("tuple[Any, ...]", value)
        return ", ".join(map(str, several))
    return str(value)


def clause_rows(findings: Mapping[str, Finding], rules: Rules) -> list[ClauseRow]:
    """Return every clause that counts: broken ones, kept ones, then those that nothing has shown."""
    rows = [
        _clause_row(clause, findings[clause.id], rules)
        for clause in CONTRACT
        if rules.level_of(clause.id) != "off"
    ]
    return sorted(rows, key=lambda row: RESULTS.index(row.result))


def breaks(clause_id: str, rules: Rules) -> bool:
    """Tell whether it fails the run."""
    return rules.fails(clause_id) and not rules.excuse(clause_id, "")


def _clause_row(clause: Clause, found: Finding, rules: Rules) -> ClauseRow:
    only_warns = found.result == "failed" and not breaks(clause.id, rules)
    result = "warning" if only_warns else found.result
    level = rules.level_of(clause.id)
    return ClauseRow(clause.id, level, clause.title, result, WORDS[result], found.actual, found.expected)


def failures_of(result: ScenarioResult, rules: Rules) -> tuple[list[str], list[str]]:
    """Return the clauses that a journey broke, and those that only warn of it."""
    counted = [each for each in result.failures if rules.level_of(each) != "off"]
    return [each for each in counted if breaks(each, rules)], [e for e in counted if not breaks(e, rules)]


def counts(rows: list[ClauseRow]) -> list[tuple[str, str, int]]:
    """Return how many clauses there are of each result: (result, word, number)."""
    numbers = ((each, WORDS[each], sum(row.result == each for row in rows)) for each in RESULTS)
    return [each for each in numbers if each[0] != "warning" or each[2]]


def now_of(journey: Journey) -> dict[str, Any]:
    """Return what stands on the phone at this moment: the app's screen, the page's source, the link."""
    answer, link, screen = journey.page_answer(), journey.page_link(), journey.screen
    return {
        "plan": journey.plan,
        "screen": screen,
        "is_open": journey.is_open,
        "is_real": journey.real_app.has_called,
        "leads": None if screen.leads is None else len(screen.leads),
        "page": None if answer is None else answer.body,
        "page_status": None if answer is None else answer.status,
        "silent": list(journey.observer.silent.values()),
        "link": link,
        "routed": _routed(journey, link),
        "pending": _pending(journey),
        "keeps": journey.gate.keeps,
        "can_kill": journey.can_kill,
        "ended": journey.backend_ended,
    }


def _pending(journey: Journey) -> list[str]:
    """Return what will go wrong next, but for an answer that is kept."""
    faults = [str(each) for each in journey.servers.amo.faults.pending() if each.kind != "hold"]
    if journey.gate.delay_s:
        faults.append(f"the next token answer takes {journey.gate.delay_s:g} s")
    return [*faults, *(["the backend is killed at the next page's first byte"] if journey.dies_next else [])]


def _routed(journey: Journey, link: str) -> list[tuple[str, str]]:
    """Return what the app's router makes of the link, by names."""
    if not link:
        return []
    try:
        told = describe_link(link, deep_link=journey.servers.config.deep_link)
    except HarnessError as error:
        return [("not a link of the app", str(error))]
    if "dropped" in told:
        return [("dropped", told["dropped"])]
    return [("screen", told["screen"]), *((name, _plain(value)) for name, value in told["params"].items())]
