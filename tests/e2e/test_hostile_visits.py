"""Whatever the callback answers and whatever its page does: the clause that it breaks, in bounded time."""

import time

import pytest

from harness.config.settings import BackendConfig, Http
from harness.engines import Engine
from harness.runs.results import RunResult
from harness.runs.runner import play
from harness.stage.scenario import Scenario
from harness.stage.world import Setup, Stage, World
from tests.e2e.hostile_backend import CALLBACK, CONNECT, VISITS, hostile_backend

CONFIG = BackendConfig(name="hostile", http=Http(connect=CONNECT, headers={"Authorization": "Bearer x"}))
IN_TIME_S = 30.0
"""Seconds on a quiet machine; what a page does to itself costs more where others want the processor too."""
NO_PAGE = {"CB-10"}
BREAKS: dict[str, set[str]] = {
    "closes": NO_PAGE,
    "a space before the colon": NO_PAGE,
    "a signed length": NO_PAGE,
    "status 205": NO_PAGE,
    "an unusable location": NO_PAGE,
    "an unusable cookie": set(),
    "a body without end": NO_PAGE,
    "hangs later": {"CB-07"},
    "prints for ever": set(),
    "two thousand departures": {"CB-06"},
    "a departure of 50 MB": {"CB-06"},
    "reloads": set(),
    "history without end": set(),
    "a sandbox": {"CB-07", "CB-10"},
    "trusted types": set(),
    "changed prototypes": set(),
    "changed getters": set(),
    "an empty document": NO_PAGE,
    "writes itself": NO_PAGE,
    "frames within frames": set(),
}
"""What each mode certainly breaks of the clauses about the page and its button; the others are `VISITS`'."""
STARVED = "its process got too little of the processor"
"""Why nobody is blamed on a machine that is busy with other things."""
ABOUT_THE_PAGE = {"CB-06", "CB-07", "CB-10"}
MAY_LEAVE_BY_ITSELF = {"reloads"}
"""A tap may meet the page or the one that comes in its place."""


def visit(world: World) -> None:
    """Come to the callback, wait, tap."""
    world.page.open_callback({"code": "c", "state": "s"})
    world.page.leave_alone(minutes=1)
    world.page.tap_return()


def engine_lives(engine: Engine) -> bool:
    """Open another tab and look at it."""
    tab = engine.open_tab()
    try:
        return tab.commits >= 0
    finally:
        tab.close()


@pytest.mark.parametrize("name", BREAKS)
def test_a_hostile_visit_breaks_its_clause_and_never_the_harness(stage: Stage, name: str) -> None:
    """The end is 0 or 1, what is in order is left alone, and the next tab works."""
    began = time.monotonic()
    with (
        hostile_backend({CALLBACK: VISITS[name]}) as backend,
        stage.recast(Setup(CONFIG), backend) as recast,
    ):
        result = play(recast, Scenario("visit", "a visit", (), visit)).result
    assert result.harness_errors == ()
    assert RunResult({"name": "x"}, "hostile", (result,)).exit_code in (0, 1)
    broken = ABOUT_THE_PAGE.intersection(result.failures)
    assert BREAKS[name] <= broken or STARVED in result.stopped
    if not BREAKS[name] and name not in MAY_LEAVE_BY_ITSELF:
        assert (broken, result.stopped) == (set(), "")
    assert time.monotonic() - began < IN_TIME_S
    assert engine_lives(stage.engine)
