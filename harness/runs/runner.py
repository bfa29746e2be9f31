"""Plays scenarios on a stage and judges their timelines.

Owns the loop from scenarios to results and who hears of it. Knows no clause and no report by name.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from playwright.sync_api import Error as PlaywrightError

from harness.backends.backend import Backend
from harness.backends.commands import in_words
from harness.config.settings import Scenarios
from harness.contract import Finding, judge, remarks_on
from harness.engines import EngineDied, NavigationFailed, PageLost
from harness.errors import BackendError, HarnessError, NotSimulated, UsageError
from harness.processes.interruption import INTERRUPTION
from harness.runs.about import About
from harness.runs.results import LEFT_OUT_BY_CONFIGURATION, RunResult, ScenarioResult, outcome_of
from harness.runs.rules import Rules
from harness.runs.shards.shard import Part
from harness.stage.scenario import TABS, Scenario, all_scenarios
from harness.stage.world import Stage
from harness.timeline.events import AppRequest, BackendEnded
from harness.timeline.files import NotWritten
from harness.timeline.gateway_events import Broken, FirstByte, GatewayRequest
from harness.timeline.recorder import Recorder
from harness.timeline.timeline import Timeline


class Listener(Protocol):
    """Hears of a run as it goes; a report is a listener."""

    def run_started(self, setting: "Setting", scenarios: Sequence[Scenario]) -> None:
        """Hear what will be played, and in what."""

    def scenario_finished(self, result: ScenarioResult, timeline: Timeline) -> None:
        """Hear how a scenario ended, and what happened in it."""

    def run_so_far(self, run: RunResult) -> None:
        """Hear what there is before the first scenario and after each one, as of a run that ends there."""

    def run_finished(self, run: RunResult) -> None:
        """Hear the whole."""


class Quiet:
    """A listener that ignores everything; reports override what they need."""

    def run_started(self, setting: "Setting", scenarios: Sequence[Scenario]) -> None:
        """Ignore the start."""

    def scenario_finished(self, result: ScenarioResult, timeline: Timeline) -> None:
        """Ignore a scenario's end."""

    def run_so_far(self, run: RunResult) -> None:
        """Ignore what there is so far."""

    def run_finished(self, run: RunResult) -> None:
        """Ignore the end."""


@dataclass(frozen=True)
class Played:
    """A scenario's result with the timeline that proves it."""

    result: ScenarioResult
    timeline: Timeline
    engine_died: bool = False


def play(stage: Stage, scenario: Scenario) -> Played:
    """Play one scenario and judge it; an error of the harness is part of the result, never an exception."""
    started = time.monotonic()
    if stage.setup.config.scenarios.leaves_out(scenario.id):
        return _left_out(scenario, LEFT_OUT_BY_CONFIGURATION)
    if TABS in scenario.needs and stage.engine.has_one_tab:
        return _left_out(scenario, f"the engine {stage.engine.name} has one tab, and this takes two phones")
    needs = set(scenario.needs) - {TABS}
    backend = stage.backend_with(needs)
    if backend is None:
        missing = sorted(needs - stage.backend.offers)
        return _left_out(scenario, f"the backend does not offer: {', '.join(missing)}")
    recorder = Recorder()
    course = _drive(stage, scenario, backend, recorder)
    timeline = recorder.timeline()
    say, ends = recorder.mask.apply, tuple(ends_by_itself(timeline))
    result = ScenarioResult(
        scenario.id,
        scenario.title,
        scenario.brings,
        findings=judge(timeline),
        harness_errors=tuple(say((*course.harness_errors, *stage.harness_errors()))),
        stopped=say("; ".join(filter(None, (course.stopped, *(ends if course.stopped else ()))))),
        remarks=()
        if stage.backend.is_reference
        else tuple(say((*ends, *remarks_on(timeline), *stage.remarks()))),
        duration_s=time.monotonic() - started,
    )
    return Played(result, timeline, course.engine_died)


def ends_by_itself(timeline: Timeline) -> Iterator[str]:
    """Say how the backend ended where nobody had asked it to, and what had been asked last."""
    asked = timeline.of(AppRequest) + timeline.of(GatewayRequest)
    for each in timeline.of(BackendEnded):
        if not each.expected and not each.why:
            before = [one for one in asked if one.at_ns <= each.at_ns]
            last = max(before, key=lambda one: one.at_ns, default=None)
            after = "" if last is None else f", after {last.method} {last.path}"
            yield f"{each.beside or 'the backend'} ended by itself: it {in_words(each.exit_code)}{after}"


def _left_out(scenario: Scenario, why: str) -> Played:
    return Played(ScenarioResult(scenario.id, scenario.title, scenario.brings, left_out=why), Timeline())


@dataclass(frozen=True, slots=True)
class _Course:
    """How far a scenario went: what the harness could not do, or why the backend let it go no further."""

    harness_errors: tuple[str, ...] = ()
    stopped: str = ""
    engine_died: bool = False


BY_THE_BACKEND = (BackendError, NavigationFailed, NotSimulated, PageLost, UsageError)
"""What a backend can bring about by what it answers, and how its page leaves."""


def _drive(stage: Stage, scenario: Scenario, backend: Backend, recorder: Recorder) -> _Course:
    try:
        with (
            stage.world(
                scenario.id, patience_s=scenario.patience_s, backend=backend, recorder=recorder
            ) as world,
            stage.setup.watching.scenario(scenario.id),
        ):
            scenario.drive(world)
    except EngineDied as death:
        return _Course((str(death),), engine_died=True)
    except BY_THE_BACKEND as reason:
        is_ours = stage.backend.is_reference
        return _Course(harness_errors=(str(reason),)) if is_ours else _Course(stopped=str(reason))
    except HarnessError as error:
        return _Course((str(error),))
    except PlaywrightError as error:
        return _Course((f"{stage.engine.name}: {error.message.splitlines()[0]}",))
    return _Course()


@dataclass(frozen=True, slots=True)
class Setting:
    """In what a run is played, as plain data: every worker's stage is of the same kind."""

    engine: str
    engine_version: str
    engine_notes: tuple[str, ...]
    choice_log: tuple[str, ...]
    backend: str
    phone: str = ""
    """The phone's browser and the app's SDK, where they are named."""
    judged: str = ""
    """Whom the run judges, and where that is written."""
    choice: Scenarios = field(default_factory=Scenarios)
    """What the configuration leaves out."""
    about: About = field(default_factory=About)
    """How the run was asked for, and on what it runs."""


def setting_of(stage: Stage) -> Setting:
    """Return what a stage is made of."""
    engine, phone = stage.engine, stage.setup.phone
    return Setting(
        engine.name,
        engine.version,
        tuple(engine.notes),
        tuple(engine.choice_log),
        stage.backend.name,
        phone=f"{phone.host}, Expo SDK {phone.sdk}" if phone.host else "",
    )


ENOUGH_WAITS = 3
"""Scenarios of a run in which the callback hangs, before the others are not played: each would wait too."""
LONG_NS = 10_000_000_000
"""A backend that breaks off sooner costs a run no time."""
GIVEN_UP = (
    f"the callback answered nothing, however long it was waited for, in {ENOUGH_WAITS} scenarios; "
    "the others, which would wait as well, are not played"
)


def _waited_in_vain(timeline: Timeline) -> bool:
    """Tell whether a callback was waited for, and not a byte of it came."""
    asked = {each.exchange: each.at_ns for each in timeline.of(GatewayRequest) if each.is_callback}
    broken = [each for each in timeline.of(Broken) if each.exchange in asked]
    return any(each.at_ns - asked[each.exchange] >= LONG_NS for each in broken)


@dataclass(frozen=True, slots=True, eq=False)
class _Findings(Mapping[str, Finding]):
    """What a dictionary of findings says, in a tenth of its memory: a sitting keeps those of all journeys."""

    places: Mapping[str, int]
    found: tuple[Finding, ...]

    def __getitem__(self, clause_id: str) -> Finding:
        return self.found[self.places[clause_id]]

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.found)


class _Shared:
    """What results have in common, once: nearly every finding has been made in the journey before."""

    def __init__(self) -> None:
        self._findings: dict[Finding, Finding] = {}
        self._places: dict[tuple[str, ...], Mapping[str, int]] = {}

    def smaller(self, result: ScenarioResult) -> ScenarioResult:
        """Return the same result, which shares what it can."""
        ids = tuple(result.findings)
        places = self._places.setdefault(ids, {each: number for number, each in enumerate(ids)})
        found = tuple(self._findings.setdefault(each, each) for each in result.findings.values())
        return replace(result, findings=_Findings(places, found))


class _Progress:
    """A run as it goes: what is finished, and who hears of it."""

    def __init__(
        self,
        setting: Setting,
        scenarios: Sequence[Scenario],
        listeners: Iterable[Listener],
        rules: Rules,
        part: Part | None,
    ) -> None:
        self._setting, self._rules, self._listeners = setting, rules, tuple(listeners)
        self._part = part
        self._expected = tuple(scenario.id for scenario in scenarios)
        self._whole = set(self._expected) >= set(all_scenarios())
        self._started = time.monotonic()
        self._results: list[ScenarioResult] = []
        self._shared = _Shared()
        self._unsaved: list[str] = []
        self._waits = 0
        self._was_answered = False
        self._ending = threading.Lock()
        self._has_ended = False

    def so_far(self, *, interrupted: bool) -> RunResult:
        """Return the run as one that ends here."""
        return RunResult(
            engine={"name": self._setting.engine, "version": self._setting.engine_version},
            backend=self._setting.backend,
            scenarios=tuple(self._results),
            rules=self._rules,
            interrupted=interrupted,
            duration_s=time.monotonic() - self._started,
            whole=self._whole,
            expected=self._expected,
            unsaved=tuple(self._unsaved),
            about=self._setting.about,
            part=self._part,
        )

    @property
    def is_in_vain(self) -> bool:
        """Whether there is nothing to come but waiting: the callback hangs, and has never answered."""
        if self._was_answered or self._waits < ENOUGH_WAITS:
            return False
        return bool(self.so_far(interrupted=True).unplayed)

    @property
    def has_failed(self) -> bool:
        """Whether the scenario that was played last has failed, or the harness with it."""
        ended = [outcome_of(each, self.so_far(interrupted=True)) for each in self._results[-1:]]
        return bool({"failed", "error"}.intersection(ended))

    def tell(self, say: Callable[[Listener], None]) -> None:
        """Let each listener hear, in their order; a file that cannot be written is noted, and keeps none."""
        for listener in self._listeners:
            try:
                say(listener)
            except NotWritten as error:
                if str(error) not in self._unsaved:
                    self._unsaved.append(str(error))

    def go_on(self, played: Played | None = None) -> None:
        """Tell what there is, with what has just been played."""
        if played is not None:
            self._note_waiting(played.timeline)
            self._results.append(self._shared.smaller(played.result))
            self.tell(lambda listener: listener.scenario_finished(played.result, played.timeline))
        self.tell(lambda listener: listener.run_so_far(self.so_far(interrupted=True)))

    def _note_waiting(self, timeline: Timeline) -> None:
        self._waits += _waited_in_vain(timeline)
        self._was_answered |= any(each.is_callback for each in timeline.of(FirstByte))

    def give_up(self) -> None:
        """Say at the last result why the others are not played."""
        last = self._results[-1]
        self._results[-1] = replace(last, remarks=(*last.remarks, GIVEN_UP))

    def end(self, *, interrupted: bool) -> RunResult:
        """Tell the end once, whichever thread comes first, as each listener finds it when its turn comes."""
        with self._ending:
            if not self._has_ended:
                self.tell(lambda listener: listener.run_finished(self.so_far(interrupted=interrupted)))
                self._has_ended = True
        return self.so_far(interrupted=interrupted)


def run(
    setting: Setting,
    scenarios: Sequence[Scenario],
    plays: Iterable[Played],
    listeners: Iterable[Listener],
    *,
    rules: Rules,
    part: Part | None = None,
    exit_first: bool = False,
) -> RunResult:
    """Take the scenarios as they are played, in order, telling the listeners; Ctrl-C ends it.

    With `exit_first` the first one that fails ends it too; so does a callback that hangs, where others are
    still to be played. Listeners hear of the end in their order: those that write should come before the one
    that prints.
    """
    progress = _Progress(setting, scenarios, listeners, rules, part)
    progress.tell(lambda listener: listener.run_started(setting, scenarios))
    progress.go_on()
    with INTERRUPTION.last_words(lambda: progress.end(interrupted=True)):
        try:
            for played in plays:
                progress.go_on(played)
                if played.engine_died or (exit_first and progress.has_failed):
                    break
                if progress.is_in_vain:
                    progress.give_up()
                    break
        except KeyboardInterrupt:
            return progress.end(interrupted=True)
        return progress.end(interrupted=False)
