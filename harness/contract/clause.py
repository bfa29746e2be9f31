"""What a clause is: a pure function from a reading of a timeline to a finding, registered under its id.

Owns the types and the registry. It must never touch a browser, a clock or the network, so that a
saved timeline can be judged again.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from harness.config.settings import Level
from harness.contract.reading.reading import Reading
from harness.timeline.events import Event

Verdict = Literal["passed", "failed", "not_observed"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one clause says of one timeline; `events` are the indexes of the events that prove it."""

    result: Verdict
    expected: str = ""
    actual: str = ""
    events: tuple[int, ...] = ()


Judge = Callable[[Reading], Finding]


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of the contract. Its id never changes its meaning."""

    id: str
    level: Level
    title: str
    source: str
    judge: Judge
    needs: tuple[str, ...] = ()
    """What a backend must offer for it to be seen: `callback` (it is more than a page), `status`, `leads`,
    `calls` (either of them), `users`, `connect`, `process`, `storage` (that outlives the process)."""


_REGISTRY: dict[str, Clause] = {}


def clause(
    clause_id: str,
    level: Level,
    title: str,
    *,
    source: str,
    needs: tuple[str, ...] = (),
    is_of_any_page: bool = False,
) -> Callable[[Judge], Judge]:
    """Register the decorated function as the judge of a clause.

    One that is of any page can be judged where nothing is known of what stands behind the page.
    """
    wanted = needs if is_of_any_page else ("callback", *needs)

    def register(judge: Judge) -> Judge:
        if clause_id in _REGISTRY:
            raise ValueError(f"clause {clause_id} is registered twice")
        _REGISTRY[clause_id] = Clause(clause_id, level, title, source, judge, wanted)
        return judge

    return register


def registered() -> dict[str, Clause]:
    """Return the clauses registered so far, by id, in the order of registration."""
    return dict(_REGISTRY)


def passed(expected: str, actual: str, *proof: Event) -> Finding:
    """The clause holds, as these events prove."""
    return Finding("passed", expected, actual, _indexes(proof))


def failed(expected: str, actual: str, *proof: Event) -> Finding:
    """The clause is broken, as these events prove."""
    return Finding("failed", expected, actual, _indexes(proof))


def _indexes(proof: Iterable[Event]) -> tuple[int, ...]:
    return tuple(sorted({event.index for event in proof}))


def not_observed(why: str) -> Finding:
    """The scenario did not bring the clause into view."""
    return Finding("not_observed", actual=why)


def finding(expected: str, wrong: Iterable[str], right: str, *proof: Event) -> Finding:
    """Return a failure that lists what is wrong, or where nothing is, a pass that says what was seen."""
    troubles = list(wrong)
    return failed(expected, "; ".join(troubles), *proof) if troubles else passed(expected, right, *proof)


def over_all(findings: Iterable[Finding], nothing: str) -> Finding:
    """Return one finding for several places that a clause concerns.

    One that is broken breaks the clause; one that holds is enough to bring it into view. `nothing` is
    said where there is no such place.
    """
    rows = list(findings)
    for result in ("failed", "passed"):
        of_kind = [row for row in rows if row.result == result]
        if of_kind:
            return _merged(of_kind)
    return rows[0] if rows else not_observed(nothing)


def _merged(rows: list[Finding]) -> Finding:
    actual = "; ".join(dict.fromkeys(row.actual for row in rows))
    events = sorted({index for row in rows for index in row.events})
    return Finding(rows[0].result, rows[0].expected, actual, tuple(events))
