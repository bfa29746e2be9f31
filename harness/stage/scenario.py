"""What a scenario is: a function that drives the world, and the clauses that it brings into view.

Owns the type and the registry. Scenarios are found through the entry points of the group
`amo_harness.scenarios`, so that nothing here imports them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import entry_points

from harness.errors import UsageError
from harness.stage.world import PATIENCE_S, World

ENTRY_POINTS = "amo_harness.scenarios"
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
    """Load and return every scenario that is installed, in the order of the story."""
    for point in entry_points(group=ENTRY_POINTS):
        point.load()
    return {name: each for name, each in _REGISTRY.items() if each.is_of_a_page_alone is of_a_page_alone}


def choose(ids: Iterable[str], *, of_a_page_alone: bool = False) -> list[Scenario]:
    """Return the scenarios of these names, all of them for none; `UsageError` names an unknown one."""
    known = all_scenarios(of_a_page_alone=of_a_page_alone)
    chosen = list(ids) or list(known)
    for name in chosen:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else "see `amo-harness scenarios`"
            raise UsageError(f"there is no scenario {name!r}: {hint}")
    return [known[name] for name in dict.fromkeys(chosen)]
