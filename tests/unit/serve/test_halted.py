"""What ended a journey by hand: a callback without an answer is the backend's, one of amoCRM's is not."""

import pytest

from harness.contract import judge
from harness.serve.hand.halted import LONG_S, unanswered
from harness.timeline.amo_events import TokenHeld, TokenReleased
from harness.timeline.events import Event, ScenarioStarted, StoryStep
from harness.timeline.gateway_events import FirstByte, GatewayRequest
from harness.timeline.recorder import Recorder
from harness.timeline.timeline import Timeline

NS = 1_000_000_000
CALLBACK = GatewayRequest(
    exchange=1, method="GET", path="/cb", query={"code": ("c",)}, is_callback=True, is_navigation=True
)


def waited(seconds: float, *before: Event) -> tuple[Timeline, list[str]]:
    """Return a journey that ended so long after its callback, and what is said of that."""
    recorder = Recorder()
    recorder.record(ScenarioStarted(id="journey_001", by_hand=True), at_ns=0)
    for each in (CALLBACK, *before):
        recorder.record(each, at_ns=NS)
    ends = list(unanswered(recorder.timeline(), NS + round(seconds * NS)))
    for each in ends:
        recorder.record(each, at_ns=NS + round(seconds * NS))
    return recorder.timeline(), [each.reason for each in ends]


def test_a_person_who_waited_in_vain_has_seen_cb_10_broken() -> None:
    """They finish before the gateway gives up, and would have passed else."""
    timeline, said = waited(20)
    assert said == ["no answer in 20 s, when the journey ended"]
    assert judge(timeline, ["CB-10"])["CB-10"].result == "failed"


@pytest.mark.parametrize(
    ("seconds", "before"),
    [
        pytest.param(LONG_S - 1, (), id="in haste"),
        pytest.param(20, (TokenHeld(step="token"),), id="held by the tester"),
        pytest.param(20, (StoryStep(what="amoCRM is slow", fault="slow"),), id="amoCRM goes wrong"),
        pytest.param(20, (FirstByte(exchange=1, is_callback=True),), id="a page that comes"),
    ],
)
def test_who_did_not_wait_or_was_kept_waiting_by_amocrm_blames_nobody(
    seconds: float, before: tuple[Event, ...]
) -> None:
    """Once amoCRM's answer was let go it is the backend's turn again."""
    timeline, said = waited(seconds, *before)
    assert said == []
    assert judge(timeline, ["CB-10"])["CB-10"].result != "failed"
    if before == (TokenHeld(step="token"),):
        assert waited(seconds, *before, TokenReleased(step="token"))[1]
