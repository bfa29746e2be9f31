"""What changed between two runs: broken, fixed, new, gone.

Owns the comparison of two results.json documents. Must not judge: a finding is what its run says it is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["broken", "fixed", "new", "gone"]
KINDS: tuple[Kind, ...] = ("broken", "fixed", "new", "gone")
BAD = ("failed", "error")
Finding = Mapping[str, Any]
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One change; `what` is a clause's id or `scenario`, and `excused` why it does not count as broken."""

    kind: Kind
    what: str
    where: str
    told: str = ""
    excused: str = ""


def changes(old: Document, new: Document) -> list[Change]:
    """Return the changes from one results.json to another, what broke first.

    broken: fails and did not; fixed: failed and passes; new and gone: came into view in one of the two
    alone. What fails in a scenario or by a clause that the old run did not have is broken too.
    """
    rows = [*_of_scenarios(old, new), *_of_clauses(old, new)]
    return sorted(rows, key=lambda change: KINDS.index(change.kind))


def _findings(document: Document) -> dict[tuple[str, str], Finding]:
    return {
        (row["id"], finding["scenario"]): finding
        for row in document["clauses"]
        for finding in row["findings"]
    }


def _played(document: Document) -> dict[str, Mapping[str, Any]]:
    return {row["id"]: row for row in document["scenarios"] if row["result"] != "left_out"}


def _of_clauses(old: Document, new: Document) -> Iterator[Change]:
    before, now = _findings(old), _findings(new)
    known: Mapping[str, str] = new.get("rules", {}).get("known_failures", {})
    in_both = _played(old).keys() & _played(new).keys()
    for key in [*now, *(key for key in before if key not in now)]:
        clause, scenario = key
        kind = _kind(before.get(key), now.get(key))
        if kind is None or (kind in ("new", "gone") and scenario not in in_both):
            continue  # nothing changed, or the scenario itself is new or gone
        told = _told(now[key]) if kind == "broken" else ""
        excused = known.get(f"{clause}/{scenario}") or known.get(clause, "")
        yield Change(kind, clause, scenario, told, excused if kind == "broken" else "")


def _kind(before: Finding | None, now: Finding | None) -> Kind | None:
    if now is None:
        return "gone"
    failed, fails = before is not None and before["result"] == "failed", now["result"] == "failed"
    if fails != failed:
        return "broken" if fails else "fixed"
    return "new" if before is None else None


def _told(finding: Finding) -> str:
    return f"expected {finding['expected']}; actual: {finding['actual']}"


def _of_scenarios(old: Document, new: Document) -> Iterator[Change]:
    before, now = _played(old), _played(new)
    fails = {scenario for (_, scenario), finding in _findings(new).items() if finding["result"] == "failed"}
    for name, row in now.items():
        was_bad = name in before and before[name]["result"] in BAD
        if row["result"] in BAD and not was_bad and name not in fails:
            yield Change("broken", "scenario", name, _why(row))
        elif name not in before:
            yield Change("new", "scenario", name, row["result"])
    left_out = {row["id"]: row.get("left_out", "") for row in new["scenarios"]}
    for name in before:
        if name not in now:
            yield Change("gone", "scenario", name, left_out.get(name, ""))


def _why(row: Mapping[str, Any]) -> str:
    if row.get("harness_errors"):
        return "; ".join(row["harness_errors"])
    return "it did not bring into view: " + ", ".join(row.get("not_brought_into_view", ()))
