"""What a run found: findings per scenario, one result per clause, one verdict.

Owns counting and the exit code. Renders nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from harness.contract import CONTRACT, Clause, Finding
from harness.exit_codes import ExitCode

ClauseOutcome = Literal["passed", "failed", "warning", "known_failure", "not_observed"]
ScenarioOutcome = Literal["passed", "failed", "error", "left_out"]


@dataclass(frozen=True)
class ScenarioResult:
    """One scenario played: its findings by clause, what it promised and did not bring, its trouble."""

    id: str
    title: str
    brings: tuple[str, ...]
    findings: Mapping[str, Finding] = field(default_factory=dict[str, Finding])
    trouble: tuple[str, ...] = ()
    left_out: str = ""
    duration_s: float = 0.0

    @property
    def unseen(self) -> tuple[str, ...]:
        """Promised clauses that did not come into view."""
        if self.left_out or self.trouble:
            return ()
        return tuple(
            i for i in self.brings if i in self.findings and self.findings[i].result == "not_observed"
        )

    def failures(self, level: str | None = None) -> tuple[str, ...]:
        """Ids of the clauses that failed here, of one level or of any."""
        levels = {clause.id: clause.level for clause in CONTRACT}
        return tuple(
            clause_id
            for clause_id, finding in self.findings.items()
            if finding.result == "failed" and level in (None, levels[clause_id])
        )


@dataclass(frozen=True)
class ClauseResult:
    """What a whole run says of one clause."""

    clause: Clause
    result: ClauseOutcome
    findings: tuple[tuple[str, Finding], ...]
    """Scenario id and finding, where the clause came into view."""
    known: str = ""


@dataclass(frozen=True)
class RunResult:
    """Everything that a report shows."""

    engine: Mapping[str, object]
    backend: str
    scenarios: tuple[ScenarioResult, ...]
    known_failures: Mapping[str, str] = field(default_factory=dict[str, str])
    strict: bool = False
    interrupted: bool = False
    duration_s: float = 0.0
    whole: bool = True
    """Whether every scenario was asked for; a part of them cannot say that a known failure is gone."""

    @property
    def clauses(self) -> tuple[ClauseResult, ...]:
        """One result for each clause of the contract, in the contract's order."""
        return tuple(_clause_result(clause, self) for clause in CONTRACT)

    @property
    def trouble(self) -> tuple[str, ...]:
        """What the harness could not do, by scenario."""
        return tuple(f"{s.id}: {text}" for s in self.scenarios for text in s.trouble)

    @property
    def unexpected_passes(self) -> tuple[str, ...]:
        """Known failures that passed wherever a whole run looked: the entry must go."""
        if not self.whole or self.interrupted:
            return ()
        return tuple(c.clause.id for c in self.clauses if c.known and c.result == "passed")

    @property
    def broken(self) -> bool:
        """Whether the contract is broken, or a promise of a scenario was not kept."""
        failed = any(clause.result == "failed" for clause in self.clauses)
        broke_a_promise = any(unkept(scenario, self) for scenario in self.scenarios)
        return failed or broke_a_promise or bool(self.unexpected_passes)

    @property
    def verdict(self) -> str:
        """One word for the run."""
        if self.trouble or self.interrupted:
            return "incomplete"
        return "failed" if self.broken else "passed"

    @property
    def exit_code(self) -> ExitCode:
        """The process's exit code for this run."""
        if self.trouble or self.interrupted:
            return ExitCode.HARNESS
        return ExitCode.BROKEN if self.broken else ExitCode.PASSED


def unkept(scenario: ScenarioResult, run: RunResult) -> tuple[str, ...]:
    """Promises that nothing excuses: `should` clauses excuse themselves unless the run is strict."""
    must = {clause.id for clause in CONTRACT if clause.level == "must" or run.strict}
    return tuple(i for i in scenario.unseen if i in must and i not in run.known_failures)


def outcome_of(scenario: ScenarioResult, run: RunResult) -> ScenarioOutcome:
    """Say how a scenario ended, in the light of what the run knows and asks for."""
    if scenario.left_out:
        return "left_out"
    if scenario.trouble:
        return "error"
    failures = scenario.failures(None if run.strict else "must")
    unexcused = [clause_id for clause_id in failures if clause_id not in run.known_failures]
    return "failed" if unexcused or unkept(scenario, run) else "passed"


def _clause_result(clause: Clause, run: RunResult) -> ClauseResult:
    seen = tuple(
        (scenario.id, scenario.findings[clause.id])
        for scenario in run.scenarios
        if clause.id in scenario.findings and scenario.findings[clause.id].result != "not_observed"
    )
    known = run.known_failures.get(clause.id, "")
    return ClauseResult(clause, _outcome(clause, [f for _, f in seen], known, strict=run.strict), seen, known)


def _outcome(clause: Clause, findings: Sequence[Finding], known: str, *, strict: bool) -> ClauseOutcome:
    if not findings:
        return "not_observed"
    if all(finding.result == "passed" for finding in findings):
        return "passed"
    if known:
        return "known_failure"
    return "failed" if clause.level == "must" or strict else "warning"


def count(results: Iterable[ClauseResult]) -> dict[ClauseOutcome, int]:
    """Count clauses by outcome."""
    counts: dict[ClauseOutcome, int] = {}
    for result in results:
        counts[result.result] = counts.get(result.result, 0) + 1
    return counts
