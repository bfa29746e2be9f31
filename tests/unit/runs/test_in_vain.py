"""A run whose callback hangs is given up: each scenario that is left would wait as long as those before."""

from collections.abc import Iterator, Sequence

import pytest

from harness.runs.results import RunResult, ScenarioResult
from harness.runs.rules import Rules
from harness.runs.runner import Played, Setting, run
from harness.stage.scenario import Scenario
from harness.timeline.gateway_events import Broken, FirstByte, GatewayRequest
from harness.timeline.recorder import Recorder
from harness.timeline.timeline import Timeline

SECOND_NS = 1_000_000_000
NAMES = tuple(f"scenario_{number}" for number in range(6))
SCENARIOS = tuple(Scenario(name, "", (), lambda _world: None) for name in NAMES)
SETTING = Setting("webkitgtk", "", (), (), "hung")
FOREIGN = Rules(promises_count=False)


def visit(answers: bool, waited_s: float, is_callback: bool = True) -> Timeline:
    """A request, and after that time its first byte or what broke it."""
    moments = iter((0, int(waited_s * SECOND_NS)))
    recorder = Recorder(lambda: next(moments))
    recorder.record(GatewayRequest(exchange=1, is_callback=is_callback, path="/"))
    ended = FirstByte if answers else Broken
    recorder.record(ended(exchange=1, is_callback=is_callback))
    return recorder.timeline()


HANGS, BREAKS_OFF, ANSWERS, ELSEWHERE = (
    visit(answers=False, waited_s=30),
    visit(answers=False, waited_s=1),
    visit(answers=True, waited_s=30),
    visit(answers=False, waited_s=30, is_callback=False),
)


def play(timelines: Sequence[Timeline], scenarios: Sequence[Scenario] = SCENARIOS) -> RunResult:
    """Take a run in which these are the timelines."""

    def plays() -> Iterator[Played]:
        for name, timeline in zip(NAMES, timelines, strict=True):
            yield Played(ScenarioResult(name, "", ()), timeline)

    return run(SETTING, scenarios, plays(), (), rules=FOREIGN)


def test_three_scenarios_that_waited_are_enough() -> None:
    """The others are named as not played, and why is said."""
    result = play([HANGS] * 6)
    assert [each.id for each in result.scenarios] == list(NAMES[:3])
    assert result.shortfall == "not played: scenario_3, scenario_4, scenario_5"
    assert list(result.remarks.values()) == [(NAMES[2],)]
    assert "the others, which would wait as well, are not played" in next(iter(result.remarks))


@pytest.mark.parametrize(
    "timelines",
    [
        [BREAKS_OFF] * 6,
        [ELSEWHERE] * 6,
        [ANSWERS, *[HANGS] * 5],
        [HANGS, HANGS, ANSWERS, HANGS, HANGS, HANGS],
        [HANGS, HANGS, BREAKS_OFF, BREAKS_OFF, BREAKS_OFF, HANGS],
    ],
    ids=["breaks off at once", "another path hangs", "answered once", "answered later", "at the very end"],
)
def test_a_callback_that_can_answer_is_played_to_the_end(timelines: Sequence[Timeline]) -> None:
    """What hangs in one case may be in order in the next, and what breaks off costs nothing."""
    result = play(timelines)
    assert [each.id for each in result.scenarios] == list(NAMES)
    assert not result.remarks


def test_what_was_played_already_is_never_dropped() -> None:
    """Journeys by hand come all at once, and none is expected."""
    assert len(play([HANGS] * 6, ()).scenarios) == len(NAMES)
