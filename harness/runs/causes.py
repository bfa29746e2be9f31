"""Causes before symptoms: the broken clauses of a run by what alone kept them from holding.

Owns the grouping, which follows from what each finding says that it is due to. It must not judge, and no
verdict depends on it: a clause that is broken by somebody else's fault is still broken.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from harness.contract import CONTRACT, SHARED_CAUSES, Finding
from harness.runs.results import ClauseResult, RunResult, ScenarioResult

BROKEN = ("failed", "warning")
CLAUSES = {clause.id: clause for clause in CONTRACT}


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing to change in the backend, and every clause that is broken by it alone."""

    name: str
    """A shared cause's name, or the id of the clause that is broken by itself and breaks the others."""
    title: str
    remedy: str
    clauses: tuple[ClauseResult, ...]
    """Each broken clause is in one cause alone. A clause that breaks others stands first."""
    unseen: tuple[str, ...]
    """Clauses that no scenario could bring into view because of it."""
    scenario: str
    """Where it shows best."""
    finding: Finding
    """What one of its clauses says there."""
    also_in: tuple[str, ...]
    """The other scenarios in which one of its clauses is broken."""

    @property
    def fails(self) -> bool:
        """Whether it fails the run, and does not only warn."""
        return any(each.result == "failed" for each in self.clauses)

    @property
    def ids(self) -> tuple[str, ...]:
        """The broken clauses."""
        return tuple(each.clause.id for each in self.clauses)

    @property
    def shown_by(self) -> tuple[str, ...]:
        """The clauses that are broken by it directly; the rest of `ids` by one of these."""
        return self.ids if self.name in SHARED_CAUSES else self.ids[:1]


def root_of(scenario: ScenarioResult, clause_id: str) -> str:
    """Return what keeps a clause from holding, or from coming into view, in one scenario.

    A shared cause or a clause's id, its own where it is broken by itself; empty where it holds,
    and where nothing else that is wrong there explains that it was not seen.
    """
    finding = scenario.findings.get(clause_id)
    if finding is None or finding.result == "passed":
        return ""
    is_broken = finding.result == "failed"
    if finding.due_to in SHARED_CAUSES:
        return finding.due_to
    return (root_of(scenario, finding.due_to) if finding.due_to else "") or (clause_id if is_broken else "")


def by_cause(scenario: ScenarioResult, clause_ids: Iterable[str]) -> dict[str, list[str]]:
    """Group clauses for which one scenario fails: what breaks the others first, then those."""
    groups: dict[str, list[str]] = {}
    for clause_id in clause_ids:
        groups.setdefault(root_of(scenario, clause_id) or clause_id, []).append(clause_id)
    return {
        name: sorted(ids, key=lambda each: each != name) for name, ids in sorted(groups.items(), key=_place)
    }


def _place(named: tuple[str, object]) -> tuple[int, int]:
    """Shared causes as they follow from each other, then clauses in the contract's order."""
    name = named[0]
    return (0, list(SHARED_CAUSES).index(name)) if name in SHARED_CAUSES else (1, list(CLAUSES).index(name))


def causes(run: RunResult) -> tuple[Cause, ...]:
    """Return the causes of a run's broken clauses: those that fail it first."""
    broken = {each.clause.id: each for each in run.clauses if each.result in BROKEN}
    groups: dict[str, list[ClauseResult]] = {}
    for result in broken.values():
        groups.setdefault(_cause_of(result, run, broken), []).append(result)
    unseen = _unseen(run, groups)
    found = [
        _cause(name, results, unseen.get(name, ()), run)
        for name, results in sorted(groups.items(), key=_place)
    ]
    return tuple(sorted(found, key=lambda each: not each.fails))


def _counting(result: ClauseResult, run: RunResult) -> Iterator[tuple[ScenarioResult, Finding]]:
    """Yield where a clause is broken and nothing excuses it."""
    scenarios = {each.id: each for each in run.scenarios}
    for name, finding in result.findings:
        if finding.result == "failed" and not run.rules.excuse(result.clause.id, name):
            yield scenarios[name], finding


def _cause_of(result: ClauseResult, run: RunResult, broken: Collection[str]) -> str:
    """Return the cause under which a clause stands: itself where it is broken by itself anywhere."""
    own = result.clause.id
    roots = Counter(root_of(scenario, own) for scenario, _ in _counting(result, run))
    name = own if own in roots else roots.most_common(1)[0][0]
    return name if name in SHARED_CAUSES or name in broken else own


def _unseen(run: RunResult, groups: Mapping[str, Sequence[ClauseResult]]) -> Mapping[str, tuple[str, ...]]:
    """Return the clauses that were not observed, by the cause that kept the scenarios about them from it.

    What they are due to may be seen in another scenario than theirs alone.
    """
    causes_of = {each.clause.id: name for name, results in groups.items() for each in results}
    found: dict[str, tuple[str, ...]] = {}
    left = [each.clause.id for each in run.clauses if each.result == "not_observed"]
    while explained := {each: name for each in left if (name := _kept_by(each, run, groups, causes_of))}:
        for each, name in explained.items():
            found[name] = (*found.get(name, ()), each)
        causes_of |= explained
        left = [each for each in left if each not in explained]
    return {name: tuple(sorted(ids, key=list(CLAUSES).index)) for name, ids in found.items()}


def _kept_by(clause_id: str, run: RunResult, groups: Collection[str], causes_of: Mapping[str, str]) -> str:
    """Return the cause that kept a clause from coming into view; empty where none is known so far."""
    about = [scenario for scenario in run.scenarios if clause_id in scenario.brings]
    roots = (root for each in about if (root := root_of(each, clause_id)) in groups)
    due_to = (each.findings[clause_id].due_to for each in about if clause_id in each.findings)
    return next(roots, "") or next((causes_of[each] for each in due_to if each in causes_of), "")


def _cause(name: str, results: list[ClauseResult], unseen: tuple[str, ...], run: RunResult) -> Cause:
    results = sorted(results, key=lambda each: (each.clause.id != name, each.result != "failed"))
    what = SHARED_CAUSES.get(name) or results[0].clause
    direct = results if name in SHARED_CAUSES else results[:1]
    scenario, finding = min(
        (seen for result in direct for seen in _counting(result, run)), key=partial(_plainness, name, run)
    )
    places = [each.id for result in results for each, _ in _counting(result, run)]
    return Cause(
        name,
        what.title,
        what.remedy,
        tuple(results),
        unseen,
        scenario.id,
        finding,
        tuple(dict.fromkeys(each for each in places if each != scenario.id)),
    )


def _plainness(name: str, run: RunResult, seen: tuple[ScenarioResult, Finding]) -> tuple[bool, int, int]:
    """Order where a cause shows: by itself, in the first scenario, and there as late as what the user saw."""
    scenario, finding = seen
    is_own = finding.due_to == (name if name in SHARED_CAUSES else "") or not finding.due_to
    return not is_own, run.scenarios.index(scenario), -max(finding.events, default=0)
