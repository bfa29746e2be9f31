"""What a scenario is: a function that drives the world, and the clauses that it brings into view.

Owns the type and the registry. Scenarios are found through the entry points of the group
`amo_harness.scenarios`, so that nothing here imports them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from harness.config.mistakes import Mistakes
from harness.config.settings import BackendConfig, Scenarios
from harness.errors import HarnessError, UsageError
from harness.stage.world import PATIENCE_S, World

ENTRY_POINTS = "amo_harness.scenarios"
OWN_DISTRIBUTION = "amo-harness"
HOME = Path(__file__).resolve().parents[2]
"""The folder that holds every package of amo-harness."""
TABS = "tabs"
"""What a scenario with two phones needs of the engine."""
PAGE = "page"
"""What is offered where a page is judged alone."""
Drive = Callable[[World], None]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A part of the story. `brings` are the clauses that it must bring into view."""

    id: str
    title: str
    brings: tuple[str, ...]
    drive: Drive
    needs: tuple[str, ...] = ()
    """What the backend (`connect`, `process`, `users`) or engine (`tabs`) must offer, else it is left out."""
    patience_s: float = PATIENCE_S
    """How long a backend that lets itself be told waits for amoCRM; a held answer must not exhaust it."""

    @property
    def is_of_a_page_alone(self) -> bool:
        """Whether it is played where a page is judged alone, and not otherwise."""
        return PAGE in self.needs


_REGISTRY: dict[str, Scenario] = {}


def scenario(
    *brings: str, needs: Iterable[str] = (), patience_s: float = PATIENCE_S
) -> Callable[[Drive], Drive]:
    """Register the decorated function as a scenario under its own name, titled by its docstring."""

    def register(drive: Drive) -> Drive:
        name = drive.__name__
        if name in _REGISTRY:
            raise ValueError(f"scenario {name} is registered twice")
        title = (drive.__doc__ or name).strip().splitlines()[0].rstrip(".")
        _REGISTRY[name] = Scenario(name, title, tuple(brings), drive, tuple(needs), patience_s)
        return drive

    return register


def all_scenarios(*, of_a_page_alone: bool = False) -> dict[str, Scenario]:
    """Load and return every scenario that is installed, in the order of the story.

    HarnessError where a package that promises some has none: another of its name has been found.
    """
    for point in entry_points(group=ENTRY_POINTS):
        check_loaded(point, point.load(), _REGISTRY.values())
    return {name: each for name, each in _REGISTRY.items() if each.is_of_a_page_alone is of_a_page_alone}


def check_loaded(point: EntryPoint, loaded: ModuleType, scenarios: Iterable[Scenario]) -> None:
    """Raise HarnessError where an entry point has loaded another package of its name, or one without any."""
    package = point.module.partition(".")[0]
    registered = any(each.drive.__module__.partition(".")[0] == package for each in scenarios)
    is_our_own = point.dist is not None and point.dist.name == OWN_DISTRIBUTION
    if registered and not (is_our_own and _folder_of(loaded) != HOME):
        return
    raise HarnessError(
        f"the scenarios of `{point.dist.name if point.dist else point.value}` cannot be played: its package "
        f"`{package}` was looked for and {loaded.__file__ or 'a folder'} was found, which stands before it; "
        "run `pytest` in the place of `python -m pytest`, take that folder off PYTHONPATH, or rename it"
    )


def _folder_of(loaded: ModuleType) -> Path | None:
    return Path(loaded.__file__).resolve().parent.parent if loaded.__file__ else None


def check_names(config: BackendConfig, wrong: Mistakes) -> None:
    """Note names in a configuration that no scenario has, and a choice that leaves nothing to play."""
    if config.scenarios != Scenarios():
        _check_choice(config.scenarios, wrong)
    named = {key: key.partition("/")[2] for key in config.known_failures if "/" in key}
    known = [*all_scenarios(), *all_scenarios(of_a_page_alone=True)] if named else []
    for key, name in named.items():
        if name not in known:
            sentence = f'[known_failures] has "{key}", and no scenario is called that: {_hint(name, known)}'
            wrong.add(("known_failures", key), sentence)


def _check_choice(choice: Scenarios, wrong: Mistakes) -> None:
    known = all_scenarios()
    for field, ids in (("only", choice.only), ("without", choice.without)):
        for each in (each for each in ids if each not in known):
            sentence = f'[scenarios].{field} names "{each}", which is no scenario: {_hint(each, known)}'
            wrong.add(("scenarios", field), sentence)
    if all(map(choice.leaves_out, known)) and set(choice.only) <= {*known}:
        wrong.add(
            ("scenarios",),
            "[scenarios] leaves nothing to play; take a name from `without`, or add one to `only`",
        )


def _hint(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else "see `amo-harness scenarios`"


def choose(names: Iterable[str], *, of_a_page_alone: bool = False) -> list[Scenario]:
    """Return the scenarios of these names, all of them for none.

    A clause's name stands for every scenario that brings it into view. `UsageError` names an unknown one.
    """
    known = all_scenarios(of_a_page_alone=of_a_page_alone)
    by_clause = _by_clause(known.values())
    chosen: list[str] = []
    for name in list(names) or known:
        if name in known:
            chosen.append(name)
        elif name.upper() in by_clause:
            chosen += by_clause[name.upper()]
        else:
            raise UsageError(f"there is no scenario {name!r}: {_hint(name, [*known, *by_clause])}")
    return [known[name] for name in dict.fromkeys(chosen)]


def _by_clause(scenarios: Iterable[Scenario]) -> dict[str, list[str]]:
    """Return the scenarios that bring each clause into view."""
    found: dict[str, list[str]] = {}
    for each in scenarios:
        for clause_id in each.brings:
            found.setdefault(clause_id, []).append(each.id)
    return found
