"""Plays scenarios on a stage and judges their timelines.

Owns the loop from scenarios to results and who hears of it. Knows no clause and no report by name.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from playwright.sync_api import Error as PlaywrightError

from harness.backends import Backend
from harness.contract import judge
from harness.engines import Engine, EngineDied
from harness.errors import HarnessError
from harness.results import RunResult, ScenarioResult
from harness.scenario import Scenario, all_scenarios
from harness.timeline import Timeline
from harness.world import Stage


class Listener(Protocol):
    """Hears of a run as it goes; a report is a listener."""

    def run_started(self, engine: Engine, scenarios: Sequence[Scenario]) -> None:
        """Hear what will be played, and in what."""

    def scenario_started(self, scenario: Scenario) -> None:
        """Hear that a scenario begins."""

    def scenario_finished(self, result: ScenarioResult, timeline: Timeline) -> None:
        """Hear how a scenario ended, and what happened in it."""

    def run_finished(self, run: RunResult) -> None:
        """Hear the whole."""


class Quiet:
    """A listener that ignores everything; reports override what they need."""

    def run_started(self, engine: Engine, scenarios: Sequence[Scenario]) -> None:
        """Ignore the start."""

    def scenario_started(self, scenario: Scenario) -> None:
        """Ignore a scenario's start."""

    def scenario_finished(self, result: ScenarioResult, timeline: Timeline) -> None:
        """Ignore a scenario's end."""

    def run_finished(self, run: RunResult) -> None:
        """Ignore the end."""


@dataclass(frozen=True)
class Played:
    """A scenario's result with the timeline that proves it."""

    result: ScenarioResult
    timeline: Timeline
    engine_died: bool = False


def play(stage: Stage, scenario: Scenario) -> Played:
    """Play one scenario and judge it; trouble is part of the result, never an exception."""
    started = time.monotonic()
    backend = stage.backend_with(scenario.needs)
    if backend is None:
        missing = sorted(set(scenario.needs) - stage.backend.offers)
        why = f"the backend does not offer: {', '.join(missing)}"
        return Played(ScenarioResult(scenario.id, scenario.title, scenario.brings, left_out=why), Timeline())
    trouble, died = _drive(stage, scenario, backend)
    timeline = stage.recorder.timeline()
    result = ScenarioResult(
        scenario.id,
        scenario.title,
        scenario.brings,
        findings=judge(timeline),
        trouble=(*trouble, *stage.trouble()),
        duration_s=time.monotonic() - started,
    )
    return Played(result, timeline, died)


def _drive(stage: Stage, scenario: Scenario, backend: Backend) -> tuple[tuple[str, ...], bool]:
    try:
        with stage.world(scenario, backend) as world:
            scenario.drive(world)
    except EngineDied as death:
        return (str(death),), True
    except HarnessError as trouble:
        return (str(trouble),), False
    except PlaywrightError as trouble:
        return (f"{stage.engine.name}: {trouble.message.splitlines()[0]}",), False
    return (), False


def run(
    stage: Stage, scenarios: Sequence[Scenario], listeners: Iterable[Listener], *, strict: bool = False
) -> RunResult:
    """Play the scenarios in order, telling the listeners; Ctrl-C ends it with what was finished."""
    heard = tuple(listeners)
    started = time.monotonic()
    results: list[ScenarioResult] = []
    interrupted = False
    for listener in heard:
        listener.run_started(stage.engine, scenarios)
    try:
        for scenario in scenarios:
            for listener in heard:
                listener.scenario_started(scenario)
            played = play(stage, scenario)
            results.append(played.result)
            for listener in heard:
                listener.scenario_finished(played.result, played.timeline)
            if played.engine_died:
                break
    except KeyboardInterrupt:
        interrupted = True
    result = RunResult(
        engine={"name": stage.engine.name, "version": stage.engine.version},
        backend=stage.backend.name,
        scenarios=tuple(results),
        known_failures=stage.config.known_failures,
        strict=strict,
        interrupted=interrupted,
        duration_s=time.monotonic() - started,
        whole={scenario.id for scenario in scenarios} >= set(all_scenarios()),
    )
    for listener in heard:
        listener.run_finished(result)
    return result
