"""A timeline drawn: what lasts, where each moment stands, and nothing of a backend's that is markup."""

import re
from collections.abc import Sequence

import pytest

from harness.report.lanes.lanes import lanes_of
from harness.report.lanes.scale import Scale, in_words
from harness.report.lanes.spans import Span, spans_of
from harness.report.page.html import drawn
from harness.timeline.amo_events import TokenHeld, TokenReleased
from harness.timeline.events import (
    AppRequest,
    AppRequestFailed,
    AppResponse,
    Event,
    ScenarioEnded,
    ScenarioStarted,
)
from harness.timeline.gateway_events import FirstByte, GatewayRequest, GatewayResponse, Released
from harness.timeline.page_events import LeftAlone, PageOpened, PageShown, TabClosed
from harness.timeline.recorder import Recorder
from harness.timeline.timeline import Timeline
from tests.unit.report.runs import HOSTILE

MS = 1_000_000


def story(*events: tuple[float, Event]) -> Timeline:
    """These events, each at its milliseconds."""
    recorder = Recorder()
    for ms, event in events:
        recorder.record(event, at_ns=int(ms * MS))
    return recorder.timeline()


def spans(*events: tuple[float, Event]) -> Sequence[Span]:
    """What lasts in a scenario of a second."""
    return list(spans_of(story((0, ScenarioStarted(id="x")), *events, (1000, ScenarioEnded()))))


def told(span: Span) -> tuple[str, float, float, str]:
    """A span's lane, from when to when in ms, and what it says."""
    return span.actor, span.start_ns / MS, span.end_ns / MS, span.label


CALLBACK = GatewayRequest(exchange=1, is_callback=True, path="/api/amo-crm/callback")
ANSWER = GatewayResponse(exchange=1, is_callback=True, status=200)


def test_a_held_page_is_the_part_between_its_first_byte_and_its_release() -> None:
    """Which is told with the exchange, in milliseconds."""
    [span] = spans(
        (10, CALLBACK),
        (40, FirstByte(exchange=1)),
        (65, Released(exchange=1)),
        (66, ANSWER),
    )
    assert told(span) == ("gateway", 10, 66, "GET callback 200 · held 25 ms")
    assert span.held == (40 * MS, 65 * MS)
    assert not span.is_failure


def test_what_has_no_answer_lasts_to_the_end_and_is_failure() -> None:
    """As do a call that failed and an answer of 500."""
    calls = spans(
        (5, AppRequest(purpose="leads", id=1)),
        (7, AppRequest(purpose="status", id=2)),
        (9, AppRequestFailed(purpose="status", id=2, reason="Network Error")),
        (10, AppRequest(purpose="leads", id=3, user="test-2")),
        (12, AppResponse(purpose="leads", id=3, user="test-2", status=500)),
    )
    assert [told(each)[1:] for each in calls] == [
        (5, 1000, "leads no answer"),
        (7, 9, "status no answer"),
        (10, 12, "leads 500"),
    ]
    assert all(each.is_failure for each in calls)


def test_a_held_token_answer_ends_with_its_own_release() -> None:
    """Another step's release is none of its own."""
    [token, refresh] = spans(
        (10, TokenHeld(step="token")),
        (20, TokenHeld(step="refresh")),
        (30, TokenReleased(step="refresh")),
        (40, TokenReleased(step="token")),
    )
    assert told(token) == ("amo", 10, 40, "token answer held 30 ms")
    assert told(refresh) == ("amo", 20, 30, "refresh answer held 10 ms")


def test_a_page_stands_to_the_next_one_and_page_time_is_a_band_of_its_own() -> None:
    """Ten minutes that took a tenth of a second."""
    page, time = spans(
        (100, PageShown(exchange=1, http_status=200)),
        (200, LeftAlone(page_time_s=600)),
        (300, PageOpened(url="http://x/")),
        (400, TabClosed()),
    )
    assert told(page) == ("webview", 100, 300, "page 200")
    assert told(time) == ("webview", 100, 200, "10 min of page time")


@pytest.mark.parametrize(
    "moments", [[0], [0, 1], [5, 5, 5], [0, 1, 2, 3, 600_000], list(range(0, 5000, 7))], ids=len
)
def test_moments_stand_in_their_order_between_the_edges(moments: list[int]) -> None:
    """However far apart they are; so do the ticks, each of which says its moment."""
    scale = Scale(each * MS for each in moments)
    places = [scale.at(each * MS) for each in sorted(moments)]
    assert places == sorted(places)
    assert 9 <= places[0] <= places[-1] <= 98.5
    ticks = [each.at for each in scale.ticks()]
    assert ticks == sorted(ticks)
    assert all(9 <= each <= 98.5 for each in ticks)


def test_a_short_step_is_still_seen_beside_a_long_one() -> None:
    """A millisecond beside ten minutes has more than a two-thousandth of the width."""
    scale = Scale([0, MS, 600_000 * MS])
    assert scale.at(MS) - scale.left > 0.05


@pytest.mark.parametrize(
    ("ms", "words"), [(0.42, "0.42 ms"), (25.3, "25 ms"), (1352, "1.35 s"), (600_000, "10 min")]
)
def test_durations_are_in_words(ms: float, words: str) -> None:
    assert in_words(ms) == words


def test_every_event_has_its_dot_and_every_proof_its_link() -> None:
    """The story's own stand above the lanes; an empty timeline has no lanes."""
    timeline = story((0, ScenarioStarted(id="x")), (1, CALLBACK), (2, ANSWER), (3, ScenarioEnded()))
    lanes = lanes_of(timeline, proof=(2,))
    assert lanes is not None
    assert {lane.name: [dot.index for dot in lane.dots] for lane in lanes.lanes} == {
        "phone": [],
        "browser": [],
        "gateway": [1, 2],
        "amo": [],
    }
    svg = drawn(lanes, "x", about="a story")
    [marks] = re.findall('d="([^"]*)" data-of="1 2"', svg)
    assert marks.count("M") == len(lanes.lanes[2].dots)
    assert re.findall('href="([^"]*)"', svg) == ["#x/2"]
    assert lanes_of(Timeline()) is None


def test_spans_that_overlap_stand_below_each_other() -> None:
    """And what comes when both are over stands in the first row again."""
    calls = [AppRequest(purpose="status", id=number) for number in range(3)]
    answers = [AppResponse(purpose="status", status=200, id=number) for number in range(3)]
    timeline = story(
        *((at, call) for at, call in zip((0, 10, 900), calls, strict=True)),
        *((at, answer) for at, answer in zip((300, 320, 950), answers, strict=True)),
    )
    lanes = lanes_of(timeline)
    assert lanes is not None
    first, second, third = lanes.lanes[0].bars
    assert first.y == third.y < second.y


def test_a_path_that_is_markup_stays_text() -> None:
    """In an SVG as well."""
    request = GatewayRequest(exchange=1, is_callback=True, path=f"/{HOSTILE.partition('/')[0]}")
    lanes = lanes_of(story((0, request)))
    assert lanes is not None
    svg = drawn(lanes, HOSTILE, about=HOSTILE)
    assert "<script" not in svg
    assert "&lt;script&gt;" in svg
    assert "\x1b" not in svg


def test_what_overlaps_too_much_has_no_label() -> None:
    """The first six stand below each other with theirs; what comes then has no row of its own."""
    calls = [(number, AppRequest(purpose="leads", id=number)) for number in range(8)]
    lanes = lanes_of(story(*calls, (500, ScenarioEnded())))
    assert lanes is not None
    assert [bool(bar.label) for bar in lanes.lanes[0].bars] == [True] * 6 + [False] * 2
