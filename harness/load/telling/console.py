"""What a run of load prints: what is played, the invariants first, the clauses, the figures, the verdict.

Owns that order and wording; how clauses are told is the run's own console's.
"""

import sys
from pathlib import Path
from typing import TextIO

from harness.load.judging.figures import Course
from harness.load.outcome.request import LoadRequest
from harness.load.outcome.result import Figures
from harness.load.telling.fragment import sentence
from harness.report.console import Console
from harness.report.words.plain_text import Lasting
from harness.report.words.visible import shown
from harness.report.words.wording import folded, terminal_width
from harness.runs.results import Beside, RunResult
from harness.timeline.timeline import Timeline

SIGNS = {"passed": "✓", "failed": "✗", "not_observed": "·"}
FAKES_STEPS = "amoCRM"


class LoadConsole:
    """Prints to one stream."""

    def __init__(self, folder: Path | None, stream: TextIO | None = None, *, verbose: bool = False) -> None:
        self._folder, self._verbose = folder, verbose
        self._stream = stream or Lasting(sys.stdout)
        self._width = terminal_width()

    def _say(self, text: str = "") -> None:
        print(shown(text), file=self._stream, flush=True)

    def started(self, request: LoadRequest, judged: str, instances: int) -> None:
        """Say what is about to be played."""
        how = f"{instances} instances" if instances > 1 else "one instance"
        drivers = request.workers or request.processes
        alone = f"{drivers} workers" if drivers else "one process"
        self._say(f"judging  {judged}, {how}")
        seconds = f"{60 * request.minutes:g} s"
        self._say(f"playing  {request.shape}: {request.users} users for {seconds}, on Locust in {alone}")

    def finished(
        self, run: RunResult, timelines: dict[str, Timeline], course: Course, figures: Figures | None
    ) -> None:
        """Print everything that was found."""
        self._say()
        for each in run.besides:
            self._beside(each)
        if figures is not None:
            self._figures(course, figures)
        console = Console(out=None, rules=run.rules, verbose=self._verbose)
        for scenario in run.scenarios:
            if scenario.failures:
                console.scenario_finished(scenario, timelines[scenario.id])
        console.run_finished(run)
        if self._folder is not None:
            self._say(f"report   {self._folder / 'report.html'}  {self._folder / 'results.json'}")
            shown = next((each.scenario for each in run.broken_besides if each.scenario), "")
            shown = shown or next((each.id for each in run.scenarios if each.failures), "")
            if shown:
                self._say(f"again    amo-harness judge {self._folder / 'timelines' / f'{shown}.json'}")

    def _beside(self, each: Beside) -> None:
        first, *rest = folded(f"{each.name:<14}", f"{each.title}: {each.said}", self._width - 2)
        self._say(f"{SIGNS[each.outcome]} {first}")
        if each.outcome == "failed":
            rest += folded("    change   ", each.remedy, self._width)
            rest += [f"    in       {each.scenario}"] if each.scenario else []
        for line in rest:
            self._say(line)

    def _figures(self, course: Course, figures: Figures) -> None:
        self._say()
        self._say(sentence(course))
        if figures.too_busy:
            self._say("! the machine was too busy for these times to mean anything; the verdict stands")
        self._say(f"  {'step':<26}{'requests':>9}{'failed':>8}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}")
        for step in sorted(figures.steps, key=lambda each: each.name.startswith(FAKES_STEPS)):
            self._say(
                f"  {step.name:<26}{step.requests:>9}{step.failures:>8}"
                f"{step.p50_ms:>9g}{step.p95_ms:>9g}{step.p99_ms:>9g}"
            )
        self._say(
            f"  fake amoCRM itself: p99 {figures.fake_p99_ms:.1f} ms over {figures.fake_requests} requests, "
            f"at work for {100 * figures.fake_share:.0f} % of the time; no gateway stands between"
        )
