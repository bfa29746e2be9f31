"""The console report: progress while it works, then the verdict clause by clause.

Owns what a person reads in a terminal. Colours only where the output is one.
"""

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from harness.report.plain_text import Lasting
from harness.report.story import event_lines, unexpected_pass
from harness.runs.results import ClauseResult, RunResult, ScenarioResult, count, outcome_of, unkept
from harness.runs.rules import Rules
from harness.runs.runner import Quiet, Setting
from harness.stage.scenario import Scenario
from harness.timeline.timeline import Timeline

SIGNS = {
    "passed": ("✓", "32"),
    "failed": ("✗", "31"),
    "error": ("✗", "31"),
    "warning": ("!", "33"),
    "known_failure": ("~", "33"),
    "not_observed": ("·", "90"),
    "left_out": ("·", "90"),
    "stopped": ("·", "33"),
    "off": ("·", "90"),
}
WIDTH = 110


class Console(Quiet):
    """Prints a run."""

    def __init__(self, *, out: Path | None, rules: Rules, stream: TextIO | Lasting | None = None) -> None:
        self._out, self._rules = out, rules
        self._stream = stream or sys.stdout
        self._colour = self._stream.isatty() and "NO_COLOR" not in os.environ
        self._timelines: dict[str, Timeline] = {}
        self._coming: list[str] = []

    def _say(self, text: str = "") -> None:
        print(text, file=self._stream, flush=True)

    def _sign(self, result: str) -> str:
        sign, colour = SIGNS[result]
        return f"\x1b[{colour}m{sign}\x1b[0m" if self._colour else sign

    def run_started(self, setting: Setting, scenarios: Sequence[Scenario]) -> None:
        """Say whom the run judges and for which phone, which engine plays how much, and why this engine."""
        phone = setting.phone or "no phone in particular (--phone names one)"
        self._say(f"judging  {setting.judged or setting.backend}, for {phone}")
        for note in setting.choice_log:
            self._say(f"  {note}")
        self._say(f"engine   {setting.engine} {setting.engine_version}".rstrip())
        for note in setting.engine_notes:
            self._say(f"         {note}")
        noun = "scenario" if len(scenarios) == 1 else "scenarios"
        self._say(f"playing  {len(scenarios)} {noun}")
        self._say()
        self._coming = [scenario.id for scenario in scenarios]
        self._show_next()

    def _show_next(self) -> None:
        """Show what is being played, where the terminal can take it back."""
        if self._colour and self._coming:
            self._stream.write(f"\r  … {self._coming[0]}\x1b[K")
            self._stream.flush()

    def scenario_finished(self, result: ScenarioResult, timeline: Timeline) -> None:
        """Say how a scenario ended."""
        self._timelines[result.id] = timeline
        self._coming = self._coming[1:]
        run = RunResult({}, "", (result,), self._rules)
        back = "\r\x1b[K" if self._colour else ""
        line = f"{back}  {self._sign(outcome_of(result, run))} {result.id:<28} {result.duration_s:5.2f} s"
        failures = self._rules.failing(result.failures)
        self._say(f"{line}  {' '.join(failures)}".rstrip())
        if result.left_out:
            self._say(f"      left out: {result.left_out}")
        for text in (*result.harness_errors, *([result.stopped] if result.stopped else [])):
            self._say(f"      {text}")
        self._show_next()

    def run_finished(self, run: RunResult) -> None:
        """Print the verdict clause by clause, with the story of each failure."""
        self._say()
        for clause in run.clauses:
            if clause.result not in ("not_observed", "off"):
                self._clause(clause)
        self._unseen(run)
        self._say()
        self._verdict(run)

    def _clause(self, result: ClauseResult) -> None:
        clause = result.clause
        level = "" if result.level == "must" else f" ({result.level})"
        self._say(f"{self._sign(result.result)} {clause.id:<8} {_short(clause.title)}{level}")
        if result.known:
            self._say(f"           known failure: {result.known}")
        if result.result in ("failed", "warning"):
            self._failures(result)

    def _failures(self, result: ClauseResult) -> None:
        broken = [(name, finding) for name, finding in result.findings if finding.result == "failed"]
        name, finding = broken[0]
        self._say(f"    scenario {name}")
        self._say(f"    expected {finding.expected}")
        self._say(f"    actual   {finding.actual}")
        for line in event_lines(self._timelines.get(name, Timeline()), finding.events):
            self._say(f"    {line}")
        if len(broken) > 1:
            self._say(f"    also in  {', '.join(other for other, _ in broken[1:])}")
        if self._out is not None:
            self._say(f"    again    amo-harness replay {name} --from {shlex.quote(str(self._out))}")

    def _unseen(self, run: RunResult) -> None:
        unseen = [clause.clause.id for clause in run.clauses if clause.result == "not_observed"]
        if unseen:
            self._say(f"{self._sign('not_observed')} not observed: {' '.join(unseen)}")
        for scenario in run.scenarios:
            for clause_id in unkept(scenario, run):
                why = scenario.findings[clause_id].actual
                self._say(f"    {scenario.id} promised {clause_id} and did not bring it into view: {why}")
        for clause in run.unseen:
            sign = self._sign("failed")
            self._say(f"{sign} {clause.clause.id:<8} was never seen, and must be: {clause.why_not}")

    def _verdict(self, run: RunResult) -> None:
        counts = count(run.clauses)
        told = ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in counts.items())
        for clause_id in run.unexpected_passes:
            self._say(unexpected_pass(clause_id))
        for remark, where in run.remarks.items():
            self._say(f"remark   {remark}  (in {len(where)} scenarios)")
        for text in run.harness_errors:
            self._say(f"error    {text}")
        if run.shortfall:
            self._say(run.shortfall)
        engine = f"{run.engine.get('name')} {run.engine.get('version')}".rstrip()
        self._say(
            f"{run.verdict.upper()}  {told}  in {run.duration_s:.1f} s  [{engine}, backend {run.backend}]"
        )
        if self._out is not None:
            self._say(f"details  {self._out / 'report.html'}  {self._out / 'results.json'}")


def _short(text: str) -> str:
    return text if len(text) <= WIDTH - 12 else text[: WIDTH - 13] + "…"
