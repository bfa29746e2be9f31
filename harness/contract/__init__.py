"""The contract: every clause, and what they say of a timeline.

Owns the order of the clauses. Each module registers one family's; none of them touches a browser.
"""

from collections.abc import Iterable
from types import ModuleType

from harness.contract import accessibility, app, callback, deep_link, leads, pages, security, status, tokens
from harness.contract.clause import TROUBLES, Clause, Finding, Trouble, not_observed, not_offered, registered
from harness.contract.reading.reading import Reading
from harness.errors import UsageError
from harness.timeline.timeline import Timeline

FAMILIES: dict[str, tuple[ModuleType, ...]] = {
    "CB": (callback, pages),
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

__all__ = ["CONTRACT", "TROUBLES", "Clause", "Finding", "Trouble", "judge", "not_offered"]


def judge(timeline: Timeline, ids: Iterable[str] | None = None) -> dict[str, Finding]:
    """Return what the clauses of these ids, or all, say of a timeline; `UsageError` names an unknown id."""
    known = {clause.id: clause for clause in CONTRACT}
    wanted = list(known) if ids is None else list(ids)
    for clause_id in wanted:
        if clause_id not in known:
            raise UsageError(f"the contract has no clause {clause_id}; it has {', '.join(known)}")
    reading = Reading(timeline)
    return {clause_id: _judged(known[clause_id], reading) for clause_id in wanted}


def _judged(clause: Clause, reading: Reading) -> Finding:
    """Return what a clause says where the backend offers what it needs, and else that it does not."""
    offers = reading.started.offers if reading.started is not None else None
    missing = sorted(set(clause.needs) - set(clause.needs if offers is None else offers))
    if missing:
        return not_observed(not_offered(missing))
    return clause.judge(reading)
