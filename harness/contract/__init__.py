"""The contract: every clause, and what they say of a timeline.

Owns the order of the clauses. Each module registers one family's; none of them touches a browser.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from types import ModuleType

from harness.contract import accessibility, app, button, deep_link, leads, pages, security, status, tokens
from harness.contract.clause import (
    NOT_HERE,
    SHARED_CAUSES,
    STOOD_STILL,
    TOO_SLOW,
    Clause,
    Finding,
    SharedCause,
    not_observed,
    not_offered,
    registered,
)
from harness.contract.reading.markup import read_markup
from harness.contract.reading.reading import NOT_LOADED, Reading
from harness.errors import UsageError
from harness.timeline.page_events import PageShown
from harness.timeline.timeline import Timeline

FAMILIES: dict[str, tuple[ModuleType, ...]] = {
    "CB": (tokens, button, pages),
    "DL": (deep_link,),
    "ST": (status,),
    "APP": (app,),
    "SEC": (security, leads),
    "TOK": (tokens,),
    "LD": (leads,),
    "A11Y": (accessibility,),
}
"""The families in the order of the document, with the modules that register their clauses."""


def _in_order(clause: Clause) -> tuple[int, str]:
    return list(FAMILIES).index(clause.id.split("-")[0]), clause.id


CONTRACT: tuple[Clause, ...] = tuple(sorted(registered().values(), key=_in_order))

__all__ = [
    "CONTRACT",
    "NOT_HERE",
    "NOT_LOADED",
    "SHARED_CAUSES",
    "SHRUNK",
    "STOOD_STILL",
    "TOO_SLOW",
    "Clause",
    "Finding",
    "SharedCause",
    "judge",
    "not_offered",
    "remarks_on",
]
SHRUNK = (
    'a page of the callback has no <meta name="viewport" content="width=device-width">: an iPhone lays it '
    "out 980 px wide and shows it at 0.4 of its size, the button too"
)
"""Apple, “Configuring the Viewport”. The window here is as wide as a phone's screen, whatever a page says."""


def judge(timeline: Timeline, ids: Iterable[str] | None = None) -> dict[str, Finding]:
    """Return what the clauses of these ids, or all, say of a timeline; `UsageError` names an unknown id."""
    known = {clause.id: clause for clause in CONTRACT}
    wanted = list(known) if ids is None else list(ids)
    for clause_id in wanted:
        if clause_id not in known:
            raise UsageError(f"the contract has no clause {clause_id}; it has {', '.join(known)}")
    reading = Reading(timeline)
    return {clause_id: _judged(known[clause_id], reading) for clause_id in wanted}


def remarks_on(timeline: Timeline) -> Iterator[str]:
    """Say what a phone's user will see of a page, and no clause is about."""
    pages = {each.html for each in timeline.of(PageShown) if each.button is not None}
    told = (read_markup(each).viewport for each in pages)
    if not all("width" in each or "initial-scale" in each for each in told):
        yield SHRUNK


def _judged(clause: Clause, reading: Reading) -> Finding:
    """Return what a clause says where the backend offers what it needs, and else that it does not."""
    offers = reading.started.offers if reading.started is not None else None
    missing = sorted(set(clause.needs) - set(clause.needs if offers is None else offers))
    if missing:
        return not_observed(not_offered(missing))
    finding, started = clause.judge(reading), reading.started
    if finding.result == "failed" and (still_s := reading.stood_still_around(finding.events)):
        still = f"the machine stood still for {still_s:g} s in this scenario, which may be why"
        return not_observed(f"{still}: {finding.actual}", due_to=STOOD_STILL)
    if finding.result == "not_observed" and (slow := reading.was_too_slow):
        said = f"{finding.actual}; this machine may have been too slow: {slow}"
        return replace(finding, actual=said, due_to=TOO_SLOW)
    if finding.result == "not_observed" and started is not None and started.by_hand:
        return _by_hand(clause.id, finding, altered=started.page_altered)
    return finding


UNTOLD = "by hand, only the phone's browser knows that, and it tells nobody"
OF_THE_BROWSER = frozenset(
    {
        *("CB-04", "CB-05", "CB-06", "CB-07", "DL-01", "DL-02", "DL-03", "DL-04"),
        *("SEC-02", "SEC-06", "A11Y-01", "A11Y-02"),
    }
)
"""Clauses that are judged by what only the phone's browser knows."""


def _by_hand(clause_id: str, unseen: Finding, *, altered: bool) -> Finding:
    """Say why a person's own browser leaves a clause unobserved, as far as it does.

    Where it tells nothing, nobody can say that no page was shown and that nobody tapped.
    """
    if clause_id not in OF_THE_BROWSER:
        return unseen
    if altered:
        told = f"{unseen.actual}; by hand, the script in the page tells only of taps and attempts to leave"
    else:
        told = UNTOLD if unseen.due_to in {"", *OF_THE_BROWSER} else f"{unseen.actual}; {UNTOLD}"
    return replace(unseen, actual=told)
