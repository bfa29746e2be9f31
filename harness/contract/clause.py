"""What a clause is: a pure function from a reading of a timeline to a finding, registered under its id.

Owns the types, the registry, and the causes that several clauses share. It must never touch a browser, a
clock or the network, so that a saved timeline can be judged again.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from harness.config.settings import Level
from harness.contract.reading.reading import Reading
from harness.timeline.events import Event
from harness.timeline.page_events import LoadFailed, PageGone

Verdict = Literal["passed", "failed", "not_observed"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one clause says of one timeline; `events` are the indexes of the events that prove it."""

    result: Verdict
    expected: str = ""
    actual: str = ""
    events: tuple[int, ...] = ()
    due_to: str = ""
    """What alone kept it from holding, or from coming into view: a shared cause, or another clause's id.

    Empty: the clause itself is broken. Where the other clause is neither broken nor out of view in the same
    timeline, the same.
    """


Judge = Callable[[Reading], Finding]


@dataclass(frozen=True, slots=True)
class SharedCause:
    """Something wrong with a backend that several clauses meet, each in its own place."""

    name: str
    title: str
    """What is wrong, in one sentence."""
    remedy: str
    """What to change in the backend."""


NO_ANSWER = SharedCause(
    "no answer",
    "the callback gives the browser no whole answer",
    "answer every request for the callback: catch what the handler throws, and give calls to amoCRM a limit "
    "of some 10 s",
)
NO_PAGE = SharedCause(
    "no page",
    "the callback answers with something that is no HTML page",
    "answer the callback with a page, `Content-Type: text/html; charset=utf-8`, whatever happened; JSON, "
    "plain text and downloads leave the user in the browser without a way back",
)
ERROR_PAGE = SharedCause(
    "error page",
    "the callback ends in a server's own error page",
    "catch what goes wrong in the callback's handler, and answer with its own page and button instead",
)
NOT_SENT = SharedCause(
    "not sent",
    "the callback exchanges nothing: it never sends the code to amoCRM",
    "exchange the code in the callback's handler, POST /oauth2/access_token with "
    "grant_type=authorization_code, before the page is sent; leave nothing of it to the app",
)
OTHER_CODE_SENT = SharedCause(
    "other code sent",
    "the callback sends amoCRM another code than it was given",
    "send the code as the query's parser gives it: not decoded or encoded once more, and not cut by a column "
    "or a pattern; amoCRM's have about 1,000 characters",
)
OWN_STATE_REFUSED = SharedCause(
    "own state refused",
    "the callback turns away a state that the backend itself had issued, and sends no code to amoCRM",
    "keep states where every process of the backend finds them, also after a restart: not in one process's "
    "memory, and in no session or cookie, which the app has and the browser has not",
)
COOKIE_LEFT_OUT = SharedCause(
    "cookie left out",
    "the callback misses a cookie that the backend had given the browser, and sends no code to amoCRM",
    "give it SameSite=Lax, Path=/ and no Domain: the browser comes from amoCRM's site, and leaves a strict "
    "cookie out; one that is called __Host- needs [http].public_https here",
)
FOREIGN_PAGE = SharedCause(
    "foreign page",
    "the callback shows a page that is not the contract's: at first paint neither its words nor its button",
    "show the contract's page for what happened, in the markup and not by a script that brings it later: its "
    "title, its sentences and the button (CB-04 to CB-11); own wording belongs in [texts] of backend.toml",
)
OTHER_WORDS = SharedCause(
    "other words",
    "a page of the callback says other words than the contract's",
    "give the page these words, or name its own in [texts] of backend.toml",
)
NO_BUTTON = SharedCause(
    "no button",
    "a page of the callback lacks the button",
    "put a <button> or <a> with these words into the markup of every page of the callback, or name its own "
    "wording in [texts].button of backend.toml",
)
SHARED_CAUSES: Mapping[str, SharedCause] = MappingProxyType(
    {
        each.name: each
        for each in (
            *(NO_ANSWER, COOKIE_LEFT_OUT, NO_PAGE, ERROR_PAGE, OTHER_CODE_SENT, NOT_SENT, OWN_STATE_REFUSED),
            *(FOREIGN_PAGE, OTHER_WORDS, NO_BUTTON),
        )
    }
)
"""By name. Of several, the first is what the others come from."""


@dataclass(frozen=True, slots=True)
class Symptom:
    """Something wrong that comes from elsewhere: `of` is a shared cause's name or another clause's id."""

    said: str
    of: str


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of the contract. Its id never changes its meaning."""

    id: str
    level: Level
    title: str
    source: str
    judge: Judge
    remedy: str = ""
    """What to change where it is broken, in the backend's terms."""
    needs: tuple[str, ...] = ()
    """What a backend must offer for it to be seen: `callback` (it is more than a page), `status`, `leads`,
    `calls` (either of them), `users`, `connect`, `process`, `storage` (that outlives the process); `axe` is
    the machine's to offer."""


_REGISTRY: dict[str, Clause] = {}


def clause(
    clause_id: str,
    level: Level,
    title: str,
    *,
    source: str,
    remedy: str,
    needs: tuple[str, ...] = (),
    is_of_any_page: bool = False,
) -> Callable[[Judge], Judge]:
    """Register the decorated function as the judge of a clause; `remedy` says what to change.

    One that is of any page can be judged where nothing is known of what stands behind the page.
    """
    wanted = needs if is_of_any_page else ("callback", *needs)

    def register(judge: Judge) -> Judge:
        if clause_id in _REGISTRY:
            raise ValueError(f"clause {clause_id} is registered twice")
        _REGISTRY[clause_id] = Clause(clause_id, level, title, source, judge, remedy, wanted)
        return judge

    return register


def registered() -> dict[str, Clause]:
    """Return the clauses registered so far, by id, in the order of registration."""
    return dict(_REGISTRY)


def passed(expected: str, actual: str, *proof: Event) -> Finding:
    """The clause holds, as these events prove."""
    return Finding("passed", expected, actual, _indexes(proof))


def failed(expected: str, actual: str, *proof: Event, due_to: str = "") -> Finding:
    """The clause is broken, as these events prove."""
    return Finding("failed", expected, actual, _indexes(proof), due_to)


def _indexes(proof: Iterable[Event]) -> tuple[int, ...]:
    return tuple(sorted({event.index for event in proof}))


def failed_each(expected: str, what: str, events: Iterable[LoadFailed | PageGone]) -> list[Finding]:
    """Return a failure for each page that the browser could not show, or lost."""
    return [
        failed(
            expected,
            f"{what}: {each.reason}",
            each,
            due_to=NO_PAGE.name if isinstance(each, LoadFailed) else "",
        )
        for each in events
    ]


def not_observed(why: str, *, due_to: str = "") -> Finding:
    """The scenario did not bring the clause into view."""
    return Finding("not_observed", actual=why, due_to=due_to)


NOT_HERE = "not here"
"""What a finding is due to that this machine, and not the backend, keeps from being seen."""
TOO_SLOW = "too slow"
"""What a finding is due to that did not come into view where this machine was too slow to show all of it."""
STOOD_STILL = "stood still"
"""What a finding is due to that failed while the machine stood still: it may hold, and nobody knows."""
AXE_IS_MISSING = (
    "axe cannot look: it needs axe-playwright-python (the extra `a11y`: `python -m pip install "
    "axe-playwright-python`) and a browser that the harness drives"
)


def not_offered(missing: Iterable[str]) -> str:
    """Say what a clause needs and does not have."""
    names = sorted(set(missing) - {"axe"})
    return f"the configuration does not offer: {', '.join(names)}" if names else AXE_IS_MISSING


def finding(expected: str, wrong: Iterable[str | Symptom], right: str, *proof: Event) -> Finding:
    """Return a failure that lists what is wrong, or where nothing is, a pass that says what was seen.

    Symptoms alone make it due to what they come from; what is wrong by itself stands before them.
    """
    found = list(wrong)
    if not found:
        return passed(expected, right, *proof)
    own = [each for each in found if isinstance(each, str)]
    symptoms = sorted((each for each in found if isinstance(each, Symptom)), key=_depth)
    said = dict.fromkeys([*own, *(each.said for each in symptoms)])
    return failed(expected, "; ".join(said), *proof, due_to="" if own else symptoms[0].of)


def _depth(symptom: Symptom) -> int:
    """Return how deep the cause of a symptom lies; a clause is no deeper than any shared cause."""
    return list(SHARED_CAUSES).index(symptom.of) if symptom.of in SHARED_CAUSES else len(SHARED_CAUSES)


def over_all(findings: Iterable[Finding], nothing: str, *, due_to: str = "") -> Finding:
    """Return one finding for several places that a clause concerns.

    One that is broken breaks the clause; one that holds is enough to bring it into view. `nothing` is
    said where there is no such place, and `due_to` is the clause that must hold for there to be one.
    """
    rows = list(findings)
    for result in ("failed", "passed"):
        of_kind = [row for row in rows if row.result == result]
        if of_kind:
            return _merged(of_kind)
    return rows[0] if rows else not_observed(nothing, due_to=due_to)


def _merged(rows: list[Finding]) -> Finding:
    """Merge findings of one result; what is broken by itself stands first, and then the whole is."""
    rows = sorted(rows, key=lambda row: bool(row.due_to))
    actual = "; ".join(dict.fromkeys(row.actual for row in rows))
    events = sorted({index for row in rows for index in row.events})
    return Finding(rows[0].result, rows[0].expected, actual, tuple(events), rows[0].due_to)
