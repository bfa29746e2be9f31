"""The console report: progress while it works, then what is to be changed, causes first, and the verdict.

Owns what a person reads in a terminal. Colours only where the output is one.
"""

import re
import shlex
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TextIO

from harness.report.progress import ProgressLine, is_coloured
from harness.report.words.cause_text import block, counts_in_words, summary, unexplained, warning
from harness.report.words.kept import Kept, ReadBack
from harness.report.words.plain_text import Lasting
from harness.report.words.story import unexpected_pass
from harness.report.words.visible import shown
from harness.report.words.wording import (
    by_reason,
    folded,
    names,
    remark_lines,
    stopped_lines,
    terminal_width,
)
from harness.runs.causes import Cause, causes
from harness.runs.results import BY_HAND, RunResult, ScenarioOutcome, ScenarioResult, outcome_of, unkept
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

COLOURED = re.compile(f"␛(\\[[0-9]+m[{''.join({sign for sign, _ in SIGNS.values()})}])␛\\[0m")
"""A sign of ours in its colour, as `shown` shows it."""


class Console(Quiet):
    """Prints a run; whole values, neighbouring events and every clause where it is `verbose`."""

    def __init__(
        self,
        *,
        out: Path | None,
        rules: Rules,
        stream: TextIO | Lasting | None = None,
        verbose: bool = False,
        quiet: bool = False,
        saved: ReadBack | None = None,
    ) -> None:
        self._out, self._rules, self._verbose, self._quiet = out, rules, verbose, quiet
        self._width = terminal_width()
        self._stream = stream or sys.stdout
        self._colour = is_coloured(self._stream)
        self._progress = ProgressLine(self._stream)
        self._kept = Kept(saved)

    def _say(self, text: str = "") -> None:
        print(COLOURED.sub("\x1b\\1\x1b[0m", shown(text)), file=self._stream, flush=True)

    def _sign(self, result: str) -> str:
        sign, colour = SIGNS[result]
        return f"\x1b[{colour}m{sign}\x1b[0m" if self._colour else sign

    def run_started(self, setting: Setting, scenarios: Sequence[Scenario]) -> None:
        """Say whom the run judges and for which phone, which engine plays how much, and why this engine."""
        coming = [each.id for each in scenarios if not setting.choice.leaves_out(each.id)]
        if not self._quiet:
            self._tell_setting(setting, coming)
        self._progress.begin(coming)

    def _tell_setting(self, setting: Setting, coming: Sequence[str]) -> None:
        phone = setting.phone or "no phone in particular (--phone names one)"
        self._say(f"judging  {setting.judged or setting.backend}, for {phone}")
        for note in setting.choice_log:
            self._say(f"  {note}")
        self._say(f"engine   {setting.engine} {setting.engine_version}".rstrip())
        for note in setting.engine_notes:
            self._say(f"         {note}")
        noun = "scenario" if len(coming) == 1 else "scenarios"
        self._say(f"playing  {len(coming)} {noun}")
        self._say()

    def scenario_finished(self, result: ScenarioResult, timeline: Timeline) -> None:
        """Say how a scenario ended."""
        if result.is_left_out_by_configuration:
            return
        self._kept.keep(result.id, timeline)
        self._progress.go_on(result.id)
        outcome = outcome_of(result, RunResult({}, "", (result,), self._rules))
        if not self._quiet or outcome in ("failed", "error", "stopped"):
            self._tell_scenario(result, outcome)
        self._progress.show()

    def _tell_scenario(self, result: ScenarioResult, outcome: ScenarioOutcome) -> None:
        line = f"  {self._sign(outcome)} {result.id:<28} {result.duration_s:5.2f} s"
        failures = self._rules.failing(result.failures)
        said = [*failures, *(["stopped"] if result.stopped else [])]
        said += [f"left out: {result.left_out}"] if result.left_out else []
        self._say(f"{line}  {' '.join(said)}".rstrip())
        for text in result.harness_errors:
            self._say(f"      {text}")

    def run_finished(self, run: RunResult) -> None:
        """Print what is to be changed, causes before symptoms, and the verdict at the end."""
        found = causes(run)
        self._progress.take_back()
        self._say()
        for cause in found:
            self._cause(cause)
        self._stopped(run)
        if not self._quiet:
            self._others(run, found)
            self._left_out_by_configuration(run)
            self._say()
        self._unkept(run)
        self._to_change(run, found)
        self._verdict(run, found)

    def _signed(self, result: str, lines: Iterable[str]) -> None:
        """Say lines, the first one with its sign."""
        for number, line in enumerate(lines):
            self._say(f"{' ' if number else self._sign(result)} {line}")

    def _cause(self, cause: Cause) -> None:
        result = "failed" if cause.fails else "warning"
        if result == "warning" and not self._verbose:
            self._signed(result, warning(cause, self._width))
            return
        first, *rest = block(cause, self._kept.of(cause.scenario), self._width, verbose=self._verbose)
        self._signed(result, [first])
        for line in (*rest, ""):
            self._say(line)

    def _stopped(self, run: RunResult) -> None:
        for line in stopped_lines(run.scenarios):
            self._signed("stopped", folded("", line, self._width - 2))

    def _others(self, run: RunResult, found: Sequence[Cause]) -> None:
        """Say what is neither broken nor warns."""
        explained = {each for cause in found for each in cause.unseen}
        for each in run.clauses:
            if each.result == "known_failure":
                self._signed("known_failure", [f"{each.clause.id}  known failure: {each.excused}"])
            elif self._verbose and each.result == "passed":
                self._signed("passed", folded(f"{each.clause.id:<8} ", each.clause.title, self._width - 2))
            elif self._verbose and each.result == "not_observed":
                self._signed(
                    "not_observed", folded(f"{each.clause.id:<8} not seen: ", each.why_not, self._width - 2)
                )
        if not self._verbose:
            for result, what in (("passed", "passed"), ("not_observed", "not observed")):
                ids = [each.clause.id for each in run.clauses if each.result == result]
                listed = " ".join(each for each in ids if each not in explained)
                if listed:
                    self._signed(result, folded(f"{what}: ", listed, self._width - 2))

    def _left_out_by_configuration(self, run: RunResult) -> None:
        """Say which scenarios the configuration leaves out, and what nobody sees for that."""
        left_out = [each.id for each in run.scenarios if each.is_left_out_by_configuration]
        played = [each.id for each in run.scenarios if not each.is_left_out_by_configuration]
        if left_out:
            what, named = ("leaves out", left_out) if len(left_out) <= len(played) else ("plays only", played)
            clauses = " ".join(run.unobserved_by_configuration) or "nothing"
            said = f"{' '.join(named)}; not observed for that: {clauses}"
            self._signed("left_out", folded(f"[scenarios] {what}: ", said, self._width - 2))

    def _unkept(self, run: RunResult) -> None:
        """Say which promises were not kept, each clause once."""
        rows = [
            (scenario.id, f"{each}: {scenario.findings[each].actual}")
            for scenario in run.scenarios
            for each in unkept(scenario, run)
        ]
        for told, ids in by_reason(rows).items():
            text = f"{names(ids)} promised and did not bring into view {told}"
            self._signed("failed", folded("", text, self._width - 2))

    def _to_change(self, run: RunResult, found: Sequence[Cause]) -> None:
        rows = list(summary(found, unexplained(run, found), self._width))
        if rows:
            self._say("to change, causes first:")
        for first, *rest in rows:
            self._signed("failed", [first])
            for line in rest:
                self._say(line)

    def _verdict(self, run: RunResult, found: Sequence[Cause]) -> None:
        told = counts_in_words(run, found)
        for clause_id in run.unexpected_passes:
            self._say(unexpected_pass(clause_id))
        for line in remark_lines(run.remarks, verbose=self._verbose):
            for each in folded("remark   ", line, self._width):
                self._say(each)
        for text in run.harness_errors:
            self._say(f"error    {text}")
        if run.shortfall:
            self._say(run.shortfall)
        engine = f"{run.engine.get('name')} {run.engine.get('version')}".rstrip()
        self._say(
            f"{run.verdict.upper()}  {told}  in {run.duration_s:.1f} s  [{engine}, backend {run.backend}]"
        )
        if self._out is not None:
            self._whereabouts(self._out, run, found)

    def _whereabouts(self, out: Path, run: RunResult, found: Sequence[Cause]) -> None:
        """Name what was kept, and what can be done with it: of a full disk little is there."""
        files = (out / "report.html", out / "results.json")
        kept = [str(each) for each in files if not any(said.startswith(f"{each}: ") for said in run.unsaved)]
        if kept:
            self._say(f"report   {'  '.join(kept)}")
        if len(kept) < len(files):
            return
        here = shlex.quote(str(out))
        self._say(f"show it  amo-harness show {here}")
        self._say(f"send it  amo-harness pack {here}  (one file), or report.html alone")
        again = next((cause.scenario for cause in found if cause.fails), "")
        if again and run.engine.get("name") != BY_HAND:
            self._say(f"again    amo-harness replay {again} --from {here}")
