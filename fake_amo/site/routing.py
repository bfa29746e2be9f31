"""Which handler answers which method and path.

Owns matching. Must not know hosts, faults or what a handler does.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from fake_amo.http.messages import Call, Reply
from fake_amo.site.site import Site

Handler = Callable[[Site, Call], Reply]
StepOf = Callable[[Call], tuple[str, ...]]
Reporter = Callable[[Site, Call, Reply | None], None]
Family = Literal["page", "token", "api", "lookup", "control"]


def _no_step(_call: Call) -> tuple[str, ...]:
    return ()


def _no_report(_site: Site, _call: Call, _reply: Reply | None) -> None:
    return None


def at(*steps: str) -> StepOf:
    """Return a step that does not depend on the request."""
    return lambda _call: steps


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path. A name that ends in `id` stands for digits, any other one for one segment."""

    method: str
    path: str
    handler: Handler
    family: Family
    steps: StepOf = _no_step
    """The steps of the faults menu that the request is at, the most special first."""
    report: Reporter = _no_report
    """Emits what happened; called with None where the connection was cut before anything was done."""
    blocking: bool = False
    """True: the handler waits for the outside world and runs in a thread, without the lock."""


class Router:
    """All routes of one fake."""

    def __init__(self, routes: Sequence[Route]) -> None:
        """Sort the routes into those found by look-up and those found by pattern."""
        self._fixed = {(each.method, each.path): each for each in routes if "{" not in each.path}
        self._patterns = [(_pattern(each.path), each) for each in routes if "{" in each.path]

    def find(self, method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
        """Return the route and the variable segments of the path, or None."""
        if method == "HEAD":
            method = "GET"
        route = self._fixed.get((method, path))
        if route is not None:
            return route, ()
        for pattern, each in self._patterns:
            if each.method == method and (match := pattern.fullmatch(path)):
                return each, match.groups()
        return None

    def methods(self, path: str) -> list[str]:
        """Return the methods that a path has."""
        fixed = [method for method, known in self._fixed if known == path]
        return fixed + [each.method for pattern, each in self._patterns if pattern.fullmatch(path)]


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(
        re.sub(r"\\{(\w+)\\}", lambda m: r"(\d{1,18})" if m[1].endswith("id") else "([^/]+)", re.escape(path))
    )
