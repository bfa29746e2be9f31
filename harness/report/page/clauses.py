"""The contract as the page shows it: every clause, by family, with where it was seen.

Owns gathering that from a run. What was not looked at never looks like a pass.
"""

from dataclasses import dataclass

from harness.contract import Finding
from harness.runs.results import ClauseResult, RunResult

SIGNS = {"passed": "✓", "failed": "✗", "warning": "!", "known_failure": "~", "not_observed": "·", "off": "–"}
FAMILIES = {
    "CB": "callback",
    "DL": "deep link",
    "ST": "status",
    "APP": "app",
    "SEC": "security",
    "TOK": "tokens",
    "LD": "leads",
    "A11Y": "accessibility",
}


@dataclass(frozen=True, slots=True)
class ClauseRow:
    """A clause; `told` are its failures alone, by scenario."""

    result: ClauseResult
    sign: str
    told: tuple[tuple[str, Finding], ...]
    seen_in: tuple[str, ...]

    @property
    def number(self) -> str:
        """What its id says beside its family's."""
        return self.result.clause.id.rpartition("-")[2]


@dataclass(frozen=True, slots=True)
class Family:
    """The clauses whose ids begin alike."""

    name: str
    title: str
    rows: tuple[ClauseRow, ...]


def families(run: RunResult) -> list[Family]:
    """Return every clause of the contract, in its order within each family."""
    found: dict[str, list[ClauseRow]] = {}
    for result in run.clauses:
        found.setdefault(result.clause.id.rpartition("-")[0], []).append(_row(result))
    return [Family(name, FAMILIES.get(name, name), tuple(rows)) for name, rows in found.items()]


def _row(result: ClauseResult) -> ClauseRow:
    told = tuple(each for each in result.findings if each[1].result == "failed")
    return ClauseRow(result, SIGNS[result.result], told, tuple(name for name, _ in result.findings))
