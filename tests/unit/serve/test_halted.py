"""What ended a journey by hand: a callback without an answer is the backend's, one of amoCRM's is not."""

from dataclasses import replace

import pytest

from harness.contract import judge
from harness.serve.hand.halted import LONG_S, halted, unanswered, waits_in_vain
from harness.timeline.amo_events import TokenHeld, TokenReleased
from harness.timeline.events import (
    AppRequest,
    AppRequestFailed,
    AppResponse,
    Event,
    LinkDelivered,
    ScenarioStarted,
    StoodStill,
    StoryStep,
)
from harness.timeline.gateway_events import Broken, FirstByte, GatewayRequest, GatewayResponse, Released
from harness.timeline.recorder import Recorder
from harness.timeline.timeline import Timeline

NS = 1_000_000_000
CALLBACK = GatewayRequest(
    exchange=1, method="GET", path="/cb", query={"code": ("c",)}, is_callback=True, is_navigation=True
)
BEGINS = FirstByte(exchange=1, is_callback=True)
PASSED_ON = Released(exchange=1, is_callback=True)
PAGE = GatewayResponse(exchange=1, is_callback=True, status=200, is_page=True, is_whole=False)


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


def test_half_a_head_is_no_answer() -> None:
    """Nor one that drips, nor hints without end: the browser shows nothing of it."""
    timeline, said = waited(20, BEGINS, PASSED_ON)
    assert said == ["no more of its answer in 20 s, when the journey ended"]
    assert judge(timeline, ["CB-10"])["CB-10"].result == "failed"


def test_a_head_that_has_come_is_an_answer() -> None:
    """Whatever is in it is judged as such."""
    assert waited(20, BEGINS, PASSED_ON, PAGE)[1] == []


@pytest.mark.parametrize(
    ("seconds", "before"),
    [
        pytest.param(LONG_S - 1, (), id="in haste"),
        pytest.param(20, (TokenHeld(step="token"),), id="held by the tester"),
        pytest.param(20, (StoryStep(what="amoCRM is slow", fault="slow"),), id="amoCRM goes wrong"),
        pytest.param(20, (BEGINS,), id="a page that is looked at"),
        pytest.param(LONG_S - 1, (BEGINS, PASSED_ON), id="in haste at a head that comes"),
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


STATUS = AppRequest(user="a", purpose="status", id=1, path="/status")
ANSWERED = AppResponse(user="a", purpose="status", id=1, status=200)
NO_ANSWER = "GET /status gave no answer in 20 s, when the journey ended"


@pytest.mark.parametrize(
    ("seconds", "events", "said"),
    [
        pytest.param(20, (STATUS,), NO_ANSWER, id="in vain"),
        pytest.param(20, (STATUS, ANSWERED, replace(STATUS, id=2)), NO_ANSWER, id="in vain later"),
        pytest.param(LONG_S - 1, (STATUS,), "", id="in haste"),
        pytest.param(20, (STATUS, ANSWERED), "", id="answered"),
        pytest.param(20, (replace(STATUS, id=2), STATUS, ANSWERED), "", id="one that the app gave up"),
        pytest.param(20, (STATUS, TokenHeld(step="token")), "", id="held by the tester"),
        pytest.param(20, (STATUS, CALLBACK), "", id="after which the person came to the callback"),
    ],
)
def test_an_app_that_waited_in_vain_went_no_further(
    seconds: float, events: tuple[Event, ...], said: str
) -> None:
    """For the backend's sake, so the journey is no incomplete one: its reason is told."""
    recorder = Recorder()
    for each in events:
        recorder.record(each, at_ns=NS)
    assert halted(recorder.timeline(), NS + round(seconds * NS)) == said


LINK = LinkDelivered(user="a", url="foryoure://x?success=true")
LEADS = AppRequest(user="a", purpose="leads", id=1, path="/leads")
SHOWN = AppResponse(user="a", purpose="leads", id=1, status=200, leads=2)
HALF = replace(SHOWN, leads=None, body=' ["one", ')
NOT_USABLE = "GET /leads gave no usable answer in 20 s, when the journey ended"
NO_LEADS = "GET /leads gave no answer in 20 s, when the journey ended"
GIVEN_UP = AppRequestFailed(user="a", purpose="leads", id=1, reason="timeout of 30000ms exceeded")


@pytest.mark.parametrize(
    ("seconds", "events", "said"),
    [
        pytest.param(20, (LINK, LEADS), NO_LEADS, id="in vain"),
        pytest.param(
            20, (LINK, LEADS, replace(STATUS, id=2), replace(ANSWERED, id=2)), NO_LEADS, id="of two"
        ),
        pytest.param(20, (LINK, LEADS, GIVEN_UP, replace(LEADS, id=2)), NO_LEADS, id="again"),
        pytest.param(20, (LINK, LEADS, HALF, replace(LEADS, id=2)), NOT_USABLE, id="after half of one"),
        pytest.param(20, (LINK, LEADS, HALF), "", id="half of one: the app shows that"),
        pytest.param(LONG_S - 1, (LINK, LEADS), "", id="in haste"),
        pytest.param(20, (LINK, LEADS, SHOWN), "", id="answered"),
        pytest.param(20, (LINK, LEADS, replace(LEADS, id=2), replace(SHOWN, id=2)), "", id="started again"),
        pytest.param(20, (LINK, LEADS, GIVEN_UP), "", id="given up: the app shows an error"),
        pytest.param(20, (LEADS, LINK), "", id="before the link"),
        pytest.param(20, (LINK, LEADS, StoryStep(what="slow", fault="slow")), "", id="amoCRM goes wrong"),
    ],
)
def test_an_app_that_waits_in_vain_after_the_link(
    seconds: float, events: tuple[Event, ...], said: str
) -> None:
    """It never shows the leads, and nothing that is shown is broken by that."""
    recorder = Recorder()
    for each in events:
        recorder.record(each, at_ns=NS)
    assert waits_in_vain(recorder.timeline(), NS + round(seconds * NS)) == said


@pytest.mark.parametrize(("slept_s", "is_in_vain"), [(39.5, False), (20.0, True)])
def test_what_a_laptop_slept_is_not_waited(slept_s: float, is_in_vain: bool) -> None:
    """Of forty seconds; neither for the callback nor for a call of the app's."""
    asked: tuple[tuple[Event, bool], ...] = ((CALLBACK, True), (STATUS, False))
    for event, is_callback in asked:
        recorder = Recorder()
        recorder.record(event, at_ns=NS)
        recorder.record(StoodStill(for_s=slept_s), at_ns=40 * NS)
        ended = 41 * NS
        told = unanswered(recorder.timeline(), ended) if is_callback else halted(recorder.timeline(), ended)
        assert bool(list(told)) is is_in_vain


@pytest.mark.parametrize(
    ("broken_s", "result"), [(41.0, "not_observed"), (45.0, "not_observed"), (80.0, "failed")]
)
def test_a_laptop_that_slept_blames_nobody_for_what_was_waited_for_and_hides_nothing_else(
    broken_s: float, result: str
) -> None:
    """It woke after 41 s; a person's journey goes on, and what breaks later is broken."""
    recorder = Recorder()
    recorder.record(ScenarioStarted(id="journey_001", by_hand=True), at_ns=0)
    recorder.record(CALLBACK, at_ns=NS)
    broken = Broken(
        exchange=1, is_callback=True, is_browser=True, is_navigation=True, reason="no answer in 30 s"
    )
    rows = ((StoodStill(for_s=39.5), 41.0), (broken, broken_s))
    for event, at_s in sorted(rows, key=lambda row: row[1]):
        recorder.record(event, at_ns=round(at_s * NS))
    found = judge(recorder.timeline(), ["CB-10"])["CB-10"]
    assert found.result == result
    assert ("stood still for 39.5 s" in found.actual) is (result == "not_observed")
