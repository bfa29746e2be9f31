"""What a run found: findings per scenario, one result per clause, one verdict.

Owns counting and the exit code, by the rules that it is given. Renders nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from harness.contract import CONTRACT, NOT_HERE, STOOD_STILL, TOO_SLOW, Clause, Finding, not_offered
from harness.exit_codes import ExitCode
from harness.runs.about import About
from harness.runs.rules import Rules
from harness.runs.shards.shard import Part

SHOWN = 3
ClauseOutcome = Literal["passed", "failed", "warning", "known_failure", "not_observed", "off"]
ScenarioOutcome = Literal["passed", "failed", "known_failure", "error", "left_out", "stopped"]


BY_HAND = "by hand"
"""What stands in the place of an engine's name where a person walked: nobody can play that again."""
TOO_SLOW_SAID = (
    "this machine was too slow to show {clauses} in {scenarios}: play it again, with --jobs 1 or while less "
    "else runs here"
)
LEFT_OUT_BY_CONFIGURATION = "[scenarios] of the configuration leaves it out"
"""Why a scenario was not played that the backend could have shown."""


@dataclass(frozen=True)
class ScenarioResult:
    """One scenario played: its findings by clause, and why it did not go to its end."""

    id: str
    title: str
    brings: tuple[str, ...]
    findings: Mapping[str, Finding] = field(default_factory=dict[str, Finding])
    harness_errors: tuple[str, ...] = ()
    """What the harness itself could not do."""
    left_out: str = ""
    """What the backend or the engine does not offer for it."""
    stopped: str = ""
    """What the backend did or did not do, so that the story could not go on."""
    remarks: tuple[str, ...] = ()
    """What a reader should know and no clause is about."""
    duration_s: float = 0.0

    @property
    def unseen(self) -> tuple[str, ...]:
        """Promised clauses that did not come into view."""
        if self.left_out or self.harness_errors:
            return ()
        return tuple(
            i for i in self.brings if i in self.findings and self.findings[i].result == "not_observed"
        )

    @property
    def is_left_out_by_configuration(self) -> bool:
        """Whether it was not played because `[scenarios]` says so."""
        return self.left_out == LEFT_OUT_BY_CONFIGURATION

    @property
    def failures(self) -> tuple[str, ...]:
        """Ids of the clauses that are broken here, whatever their level."""
        return tuple(i for i, finding in self.findings.items() if finding.result == "failed")


@dataclass(frozen=True)
class ClauseResult:
    """What a whole run says of one clause."""

    clause: Clause
    level: str
    """Its level in this run."""
    result: ClauseOutcome
    findings: tuple[tuple[str, Finding], ...]
    """Scenario id and finding, where the clause came into view."""
    known: str = ""
    """Why its failures are excused, where they are."""
    why_not: str = ""
    """Why nothing brought it into view."""
    hides: tuple[str, ...] = ()
    """Scenarios in which it failed that an entry for the whole clause excuses, and none for them alone."""

    @property
    def excused(self) -> str:
        """Why its failures are excused, with what an entry for the whole clause hides."""
        if not self.hides:
            return self.known
        one = f"{self.clause.id}/{self.hides[0]}"
        return f'{self.known} (hides what failed in {first_of(self.hides)}; "{one}" would hide that alone)'


@dataclass(frozen=True, slots=True)
class FailedStart:
    """Why nothing could be played: preflight, an engine, a port; and how the command ends for it."""

    reason: str
    exit_code: ExitCode


@dataclass(frozen=True, slots=True)
class Beside:
    """Something that must hold in a run and that no clause is about; it fails the run where it does not."""

    name: str
    title: str
    outcome: Literal["passed", "failed", "not_observed"]
    said: str
    """What was seen."""
    remedy: str = ""
    scenario: str = ""
    """Where it shows; empty: in no single scenario."""


@dataclass(frozen=True)
class RunResult:
    """Everything that a report shows."""

    engine: Mapping[str, object]
    backend: str
    scenarios: tuple[ScenarioResult, ...]
    rules: Rules = field(default_factory=Rules)
    interrupted: bool = False
    duration_s: float = 0.0
    whole: bool = True
    """Whether every scenario was asked for; a part of them cannot say that a known failure is gone."""
    expected: tuple[str, ...] = ()
    """The scenarios that were to be played, known before the first one was."""
    not_started: FailedStart | None = None
    unsaved: tuple[str, ...] = ()
    """Files of this run that could not be written, each with the reason."""
    besides: tuple[Beside, ...] = ()
    """What else must hold, in the order in which it is told."""
    about: About = field(default_factory=About)
    """How it was asked for, and on what it ran."""
    part: Part | None = None
    """Which part of a run on several machines this is; None: it is a run of its own."""

    @property
    def unplayed(self) -> tuple[str, ...]:
        """Scenarios that were to be played and have no result."""
        played = {scenario.id for scenario in self.scenarios}
        return tuple(each for each in self.expected if each not in played)

    @property
    def shortfall(self) -> str:
        """Why this is not the whole of what was to be played, in one sentence; empty where it is."""
        if self.not_started is not None:
            return f"not started: {self.not_started.reason}"
        told = list(filter(None, [_what_is_left(self)]))
        told += [f"not saved: {first_of(self.unsaved)}"] if self.unsaved else []
        told += [
            f"{each} failed while the machine stood still, which may be why: play {first_of(names)} again"
            for each, names in self.set_aside.items()
        ]
        if late := self.too_slow:
            names = dict.fromkeys(name for each in late.values() for name in each)
            told += [TOO_SLOW_SAID.format(clauses=first_of([*late]), scenarios=first_of([*names]))]
        return "; ".join(told)

    @property
    def clauses(self) -> tuple[ClauseResult, ...]:
        """One result for each clause of the contract, in the contract's order."""
        return tuple(_clause_result(clause, self) for clause in CONTRACT)

    @property
    def harness_errors(self) -> tuple[str, ...]:
        """What the harness could not do, by scenario."""
        return tuple(f"{s.id}: {text}" for s in self.scenarios for text in s.harness_errors)

    @property
    def remarks(self) -> Mapping[str, tuple[str, ...]]:
        """What a reader should know, each with the scenarios in which it came up."""
        found: dict[str, tuple[str, ...]] = {}
        for scenario in self.scenarios:
            for remark in scenario.remarks:
                found[remark] = (*found.get(remark, ()), scenario.id)
        return found

    @property
    def unexpected_passes(self) -> tuple[str, ...]:
        """Known failures that passed wherever a whole run looked: the entry must go."""
        if not self.whole or self.interrupted:
            return ()
        return tuple(key for key in self.rules.known_failures if _has_passed(key, self.scenarios))

    @property
    def unseen(self) -> tuple[ClauseResult, ...]:
        """Clauses that count, that the backend offers to show, and that a whole run never saw.

        A run of chosen scenarios has to see what those of them are about that were stopped half-way, or that
        this machine kept from being seen.
        """
        if self.interrupted:
            return ()
        return tuple(
            each
            for each in self.clauses
            if each.result == "not_observed" and self.rules.fails(each.clause.id) and _was_tried(each, self)
            if each.clause.id not in self.set_aside and each.clause.id not in self.too_slow
        )

    @property
    def set_aside(self) -> Mapping[str, tuple[str, ...]]:
        """Clauses that count and failed while the machine stood still and never else, with the scenarios."""
        return self._unknown(lambda clause_id: _due_to(STOOD_STILL, clause_id, self.scenarios))

    @property
    def too_slow(self) -> Mapping[str, tuple[str, ...]]:
        """Clauses that count and that a slow machine kept out of view, with the scenarios about them."""

        def where(clause_id: str) -> tuple[str, ...]:
            return _due_to(TOO_SLOW, clause_id, [s for s in self.scenarios if clause_id in s.brings])

        return self._unknown(where)

    def _unknown(self, where: Callable[[str], tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
        rows = {each.clause.id: each.result for each in self.clauses}
        told = {clause_id: where(clause_id) for clause_id in rows}
        return {
            each: names
            for each, names in told.items()
            if names and rows[each] != "failed" and self.rules.fails(each)
        }

    @property
    def unobserved_by_configuration(self) -> tuple[str, ...]:
        """Clauses that nothing brought into view and that `[scenarios]` leaves out every scenario about."""
        return tuple(
            each.clause.id
            for each in self.clauses
            if each.result == "not_observed" and _is_left_out_by_configuration(each.clause, self)
        )

    @property
    def broken(self) -> bool:
        """Whether the contract is broken, or could not be seen to be kept."""
        failed = any(clause.result == "failed" for clause in self.clauses)
        broke_a_promise = any(unkept(scenario, self) for scenario in self.scenarios)
        return failed or broke_a_promise or bool(self.unexpected_passes or self.unseen or self.broken_besides)

    @property
    def broken_besides(self) -> tuple[Beside, ...]:
        """What does not hold and is no clause."""
        return tuple(each for each in self.besides if each.outcome == "failed")

    @property
    def verdict(self) -> str:
        """One word for the run."""
        if self.broken:
            return "failed"
        return "incomplete" if self.harness_errors or self.shortfall else "passed"

    @property
    def exit_code(self) -> ExitCode:
        """The process's exit code for this run; a broken contract is told whatever else went wrong."""
        if self.not_started is not None:
            return self.not_started.exit_code
        codes = {"failed": ExitCode.BROKEN, "incomplete": ExitCode.HARNESS, "passed": ExitCode.PASSED}
        return codes[self.verdict]


def _what_is_left(run: RunResult) -> str:
    if run.interrupted:
        one = "journey" if run.engine.get("name") == BY_HAND else "scenario"
        return f"interrupted: {len(run.scenarios)} {one}{'' if len(run.scenarios) == 1 else 's'} finished"
    if not run.scenarios:
        return "nothing was played"
    if run.engine.get("name") == BY_HAND and all(each.result == "not_observed" for each in run.clauses):
        return "nobody walked far enough for a clause to be judged"
    return f"not played: {first_of(run.unplayed)}" if run.unplayed else ""


def first_of(names: Sequence[str]) -> str:
    """Return the first few, and how many others there are."""
    others = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {others} more" if others > 0 else "")


def unkept(scenario: ScenarioResult, run: RunResult) -> tuple[str, ...]:
    """Return promises that count and were not kept: on our own reference, by a story that went to its end."""
    if not run.rules.promises_count or scenario.stopped:
        return ()
    return tuple(
        each
        for each in run.rules.failing(scenario.unseen)
        if run.rules.is_offered(each) and not run.rules.excuse(each, scenario.id)
        if not _due_to(STOOD_STILL, each, [scenario]) and not _due_to(TOO_SLOW, each, [scenario])
    )


def outcome_of(scenario: ScenarioResult, run: RunResult) -> ScenarioOutcome:
    """Say how a scenario ended, in the light of what the run knows and asks for."""
    if scenario.left_out:
        return "left_out"
    failing = run.rules.failing(scenario.failures)
    if any(not run.rules.excuse(each, scenario.id) for each in failing) or unkept(scenario, run):
        return "failed"
    if scenario.harness_errors:
        return "error"
    if scenario.stopped:
        return "stopped"
    return "known_failure" if failing else "passed"


def _clause_result(clause: Clause, run: RunResult) -> ClauseResult:
    level = run.rules.level_of(clause.id)
    if level == "off":
        return ClauseResult(clause, level, "off", ())
    told = [(s.id, s.findings[clause.id]) for s in run.scenarios if clause.id in s.findings]
    seen = tuple((name, finding) for name, finding in told if finding.result != "not_observed")
    failed = [name for name, finding in seen if finding.result == "failed"]
    excuses = [run.rules.excuse(clause.id, name) for name in failed]
    known = "; ".join(dict.fromkeys(filter(None, excuses)))
    result = _outcome(seen, excuses, fails=run.rules.fails(clause.id))
    alone = run.rules.known_failures
    hides = tuple(each for each in failed if clause.id in alone and f"{clause.id}/{each}" not in alone)
    return ClauseResult(clause, level, result, seen, known, "" if seen else _why_not(clause, run), hides)


def _outcome(seen: Sequence[tuple[str, Finding]], excuses: Sequence[str], *, fails: bool) -> ClauseOutcome:
    """Say what a clause's findings come to; `excuses` has one for each failure."""
    if not seen:
        return "not_observed"
    if not excuses:
        return "passed"
    if all(excuses):
        return "known_failure"
    return "failed" if fails else "warning"


def _why_not(clause: Clause, run: RunResult) -> str:
    """Return why a clause did not come into view: what the scenario that is about it says, or lacked."""
    if not run.rules.is_offered(clause.id):
        missing = sorted(set(clause.needs) - (run.rules.offers or frozenset()))
        return not_offered(missing)
    about = [scenario for scenario in run.scenarios if clause.id in scenario.brings]
    about.sort(key=lambda each: each.is_left_out_by_configuration)  # whoever was played knows more
    reasons = (s.left_out or s.stopped or _said(s, clause) for s in (*about, *run.scenarios))
    return next(filter(None, reasons), "no scenario that was played is about it")


def _is_left_out_by_configuration(clause: Clause, run: RunResult) -> bool:
    about = [scenario for scenario in run.scenarios if clause.id in scenario.brings]
    chosen = bool(about) and all(each.is_left_out_by_configuration for each in about)
    return chosen and run.rules.is_offered(clause.id)


def _said(scenario: ScenarioResult, clause: Clause) -> str:
    finding = scenario.findings.get(clause.id)
    return finding.actual if finding else ""


def _was_tried(result: ClauseResult, run: RunResult) -> bool:
    """Tell whether the backend offers what a clause needs, and a scenario about it was played, or stopped."""
    own = result.clause.id
    played = (
        s
        for s in run.scenarios
        if not s.left_out and not s.harness_errors and (run.whole or s.stopped or _is_not_here(s, own))
    )
    return run.rules.is_offered(own) and any(own in s.brings for s in played)


def _due_to(what: str, clause_id: str, scenarios: Iterable[ScenarioResult]) -> tuple[str, ...]:
    findings = ((each.id, each.findings.get(clause_id)) for each in scenarios)
    return tuple(name for name, finding in findings if finding and finding.due_to == what)


def _is_not_here(scenario: ScenarioResult, clause_id: str) -> bool:
    """Tell whether this machine kept a clause from coming into view."""
    finding = scenario.findings.get(clause_id)
    return finding is not None and finding.due_to == NOT_HERE


def _has_passed(key: str, scenarios: Iterable[ScenarioResult]) -> bool:
    """Tell whether a known failure, of a clause or of a clause in a scenario, passed wherever it was seen."""
    clause_id, _, scenario_id = key.partition("/")
    results = {
        s.findings[clause_id].result
        for s in scenarios
        if clause_id in s.findings and scenario_id in ("", s.id)
    }
    return "passed" in results and "failed" not in results


def count(results: Iterable[ClauseResult]) -> dict[ClauseOutcome, int]:
    """Count clauses by outcome."""
    counts: dict[ClauseOutcome, int] = {}
    for result in results:
        counts[result.result] = counts.get(result.result, 0) + 1
    return counts
