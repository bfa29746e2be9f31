"""By which rules a run is counted: the level of each clause, what is excused, what a backend offers.

Owns those rules as one value. It must not look at a run.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from harness.config.settings import Level
from harness.contract import CONTRACT

LEVELS: Mapping[str, Level] = MappingProxyType({clause.id: clause.level for clause in CONTRACT})
"""The contract's own level of each clause."""
NEEDS: Mapping[str, tuple[str, ...]] = MappingProxyType({clause.id: clause.needs for clause in CONTRACT})


@dataclass(frozen=True, slots=True)
class Rules:
    """What fails a run, and what does not."""

    strict: bool = False
    """Whether a `should` clause fails the run like a `must` clause."""
    known_failures: Mapping[str, str] = field(default_factory=dict[str, str])
    """Reason by clause (`LD-01`), or by clause and scenario (`LD-01/leads_many`)."""
    levels: Mapping[str, Level] = field(default_factory=dict[str, Level])
    """Levels that replace the contract's."""
    offers: frozenset[str] | None = None
    """What the backend's configuration offers; None: everything."""
    promises_count: bool = False
    """Whether a scenario must bring into view what it promises: on the built-in reference, which is ours."""

    def level_of(self, clause_id: str) -> Level:
        """Return a clause's level in this run."""
        return self.levels.get(clause_id, LEVELS[clause_id])

    def fails(self, clause_id: str) -> bool:
        """Tell whether the run fails where this clause is broken."""
        level = self.level_of(clause_id)
        return level == "must" or (self.strict and level == "should")

    def failing(self, clause_ids: Iterable[str]) -> tuple[str, ...]:
        """Return those that fail the run."""
        return tuple(each for each in clause_ids if self.fails(each))

    def warning(self, clause_ids: Iterable[str]) -> tuple[str, ...]:
        """Return those that only warn."""
        return tuple(each for each in clause_ids if self.level_of(each) != "off" and not self.fails(each))

    def excuse(self, clause_id: str, scenario_id: str) -> str:
        """Return why a clause may fail in a scenario; empty where nothing excuses it."""
        return self.known_failures.get(f"{clause_id}/{scenario_id}") or self.known_failures.get(clause_id, "")

    def is_offered(self, clause_id: str) -> bool:
        """Tell whether the backend offers what a clause needs."""
        return self.offers is None or set(NEEDS[clause_id]) <= self.offers
