"""The proof that every check can fail: each fault is caught by its clauses, no correct backend is blamed.

Owns which scenarios a subject is played in and what must come of it. Faults and variants are
`backend_under_test`'s and the phone's; workers are `harness.runs.workers`.
"""

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from difflib import get_close_matches
from functools import partial
from typing import Literal

from backend_under_test import Parts, Texts
from backend_under_test.mutations.faults import FAULTS
from backend_under_test.mutations.variants import VARIANTS
from harness.backends.foreign import reference_process
from harness.backends.reference import InProcessBackend
from harness.config.settings import Texts as ExpectedTexts
from harness.contract import CONTRACT
from harness.errors import HarnessError, UsageError
from harness.phone.faults import APP_FAULTS
from harness.runs.runner import play
from harness.runs.shards.shard import UNKNOWN_S
from harness.stage.scenario import Scenario, all_scenarios
from harness.stage.world import Stage

Kind = Literal["fault", "app", "variant"]
JOURNEY = "connect_happy_path"
LEVELS = {clause.id: clause.level for clause in CONTRACT}
NEEDS_A_PROCESS = "backend_dies_at_first_byte"
"""A variant changes parts in this process; the process that is killed is the reference's own."""
HARD_ON_VARIANTS = (
    "left_alone",
    "exchange_is_slow",
    "hostile_error_parameter",
    "state_survives",
    "callback_delivered_twice",
    "tap_twice",
    "two_users_at_once",
)
"""Where a backend that only looks different is most easily blamed, beside each clause's first scenario."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Something to be judged: a broken backend, a broken app, or a correct backend that looks different."""

    id: str
    title: str
    kind: Kind
    breaks: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """What became of a subject: the clauses that failed, and in which scenario each failed first."""

    subject: Subject
    failed: Mapping[str, str]
    harness_errors: tuple[str, ...] = ()
    duration_s: float = 0.0

    @property
    def missed(self) -> tuple[str, ...]:
        """Clauses that had to fail and did not."""
        return tuple(clause for clause in self.subject.breaks if clause not in self.failed)

    @property
    def blamed(self) -> tuple[str, ...]:
        """Clauses that failed and must not have: any for a variant, a `must` clause for a fault."""
        by_accident = [clause for clause in self.failed if clause not in self.subject.breaks]
        if self.subject.kind == "variant":
            return tuple(by_accident)
        return tuple(clause for clause in by_accident if LEVELS[clause] == "must")

    @property
    def holds(self) -> bool:
        """Whether it went as it had to."""
        return not (self.missed or self.blamed or self.harness_errors)


def all_subjects() -> dict[str, Subject]:
    """Return every fault and variant by id, in the order of the report."""
    faults = [Subject(f.id, f.title, "fault", f.breaks, f.scenarios) for f in FAULTS.values()]
    apps = [Subject(a.id, a.title, "app", a.breaks, a.scenarios) for a in APP_FAULTS.values()]
    variants = [Subject(v.id, v.title, "variant") for v in VARIANTS.values()]
    return {subject.id: subject for subject in (*faults, *apps, *variants)}


def choose_subjects(ids: Iterable[str]) -> list[Subject]:
    """Return the subjects of these ids, all of them for none; `UsageError` names an unknown one."""
    known = all_subjects()
    wanted = list(ids) or list(known)
    for name in wanted:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else "see `amo-harness prove --list`"
            raise UsageError(f"there is no fault or variant {name!r}: {hint}")
    return [known[name] for name in dict.fromkeys(wanted)]


def scenarios_for(subject: Subject) -> list[Scenario]:
    """Return the scenarios that must show what a subject is.

    For a variant those that bring every clause into view, and those that are hard on it. For a fault those
    that it names, and for each clause that none of these brings into view the first scenario that does.
    """
    known = all_scenarios()
    if subject.kind == "variant":
        return _scenarios_for_variants()
    chosen = [known[name] for name in subject.scenarios]
    for clause in subject.breaks:
        if not any(clause in each.brings for each in chosen):
            chosen.append(_first_that_brings(clause))
    return chosen or [known[JOURNEY]]


def durations_s(subjects: Iterable[Subject], of_scenarios_s: Mapping[str, float]) -> dict[str, float]:
    """Return how long each subject takes, by how long its scenarios do."""
    return {
        subject.id: sum(of_scenarios_s.get(each.id, UNKNOWN_S) for each in scenarios_for(subject))
        for subject in subjects
    }


def _scenarios_for_variants() -> list[Scenario]:
    chosen: list[Scenario] = []
    seen: set[str] = set()
    for scenario in all_scenarios().values():
        brings_more = bool(set(scenario.brings) - seen)
        if scenario.id != NEEDS_A_PROCESS and (brings_more or scenario.id in HARD_ON_VARIANTS):
            chosen.append(scenario)
            seen |= set(scenario.brings)
    return chosen


def _first_that_brings(clause: str) -> Scenario:
    for scenario in all_scenarios().values():
        if clause in scenario.brings:
            return scenario
    raise HarnessError(f"no scenario brings {clause} into view: add it to a scenario's promises")


def judge_subject(stage: Stage, subject: Subject, scenarios: Sequence[Scenario]) -> Row:
    """Play a subject's scenarios on a stage with the reference backend, made into the subject."""
    failed: dict[str, str] = {}
    errors: list[str] = []
    duration_s = 0.0
    with made_into(stage, subject) as cast:
        for scenario in scenarios:
            result = play(cast, scenario).result
            duration_s += result.duration_s
            errors += [f"{scenario.id}: {text}" for text in result.harness_errors]
            for clause_id in result.failures:
                failed.setdefault(clause_id, scenario.id)
    return Row(subject, failed, tuple(errors), duration_s)


@contextmanager
def made_into(stage: Stage, subject: Subject) -> Generator[Stage]:
    """Yield the stage with a subject's parts in the place of the reference's, while the block lasts."""
    backend, setup = stage.backend, stage.setup
    if not isinstance(backend, InProcessBackend):
        raise HarnessError("faults and variants are the reference backend's: prove it in process")
    with ExitStack() as stack:
        if subject.kind == "app":
            fault = APP_FAULTS[subject.id]
            setup = replace(setup, phone=fault.options, screens=fault.screens)
        elif subject.kind == "fault":
            backend = stack.enter_context(backend.made_into(FAULTS[subject.id].apply(Parts())))
            setup = replace(setup, open_process=partial(reference_process, fault=subject.id))
        else:
            variant = VARIANTS[subject.id]
            backend = stack.enter_context(backend.made_into(variant.apply(Parts()), variant.texts))
            setup = replace(setup, config=replace(setup.config, texts=expected(variant.texts)))
        yield stack.enter_context(stage.recast(setup, backend))


def expected(texts: Texts) -> ExpectedTexts:
    """Return what the contract expects of a backend that is configured with these words."""
    words = asdict(texts)
    del words["language"]
    return ExpectedTexts(**words)
