"""A timeline as four lanes on one axis: who did what and when, and what was held back meanwhile.

Owns the geometry, as plain numbers: a pure function of a timeline, whoever draws it. Heights are in px,
widths in percent, so that a drawing fits any page. Must not write markup (`harness.report.page.html`).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from harness.report.lanes.scale import LEAST_PX, Scale, Tick
from harness.report.lanes.spans import Span, spans_of
from harness.timeline.events import Actor, Event
from harness.timeline.timeline import Timeline

LaneName = Literal["phone", "browser", "gateway", "amo"]
Look = Literal["page-time", "failure", "page", "plain"]
LANE_OF: Mapping[Actor, LaneName | None] = {
    "scenario": None,
    "app": "phone",
    "webview": "browser",
    "gateway": "gateway",
    "backend": "gateway",
    "amo": "amo",
}
"""Whose events stand in which lane; those of the story stand above all."""
TITLES: Mapping[LaneName, tuple[str, ...]] = {
    "phone": ("phone",),
    "browser": ("browser",),
    "gateway": ("gateway,", "backend"),
    "amo": ("amoCRM",),
}
TOP, DOTS, ROW, GAP, LEAST = 22, 20, 15, 6, 34
"""px: the axis above, the line of events of a lane, a row of spans, between two lanes, a whole lane."""
WHOLE = 100
CHARACTER_PX = 6.2
"""That a character of a span's label takes."""
BESIDE_PX = 4
"""Between a span and its label."""
EVENT_PX = 7
MOST_ROWS = 6
"""Of spans that overlap in a lane; what comes then is drawn in the last one."""


@dataclass(frozen=True, slots=True)
class Dot:
    """An event in its lane. `at` is in percent of the width."""

    index: int
    at: float
    is_proof: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A span in its lane: from where to where, in percent, and how far below the lane's top, in px."""

    span: Span
    start: float
    width: float
    y: int
    held: tuple[float, float] | None = None
    """From where, and how wide."""
    label_at: float = 0.0
    label: str = ""
    """Empty where so much overlaps that nobody could read it."""
    is_left: bool = False
    """Whether the label ends there, for want of room at the right."""

    @property
    def look(self) -> Look:
        """What it is drawn as."""
        if self.span.kind == "page time":
            return "page-time"
        if self.span.is_failure:
            return "failure"
        return "page" if self.span.kind == "page" else "plain"


@dataclass(frozen=True, slots=True)
class Lane:
    """One actor's events and spans; `y` is its top, in px from the drawing's."""

    name: LaneName
    title: tuple[str, ...]
    y: int
    height: int
    dots: tuple[Dot, ...]
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Lanes:
    """A whole drawing: its lanes, its axis, and the spans in which an answer was held, over all lanes."""

    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    held: tuple[tuple[float, float], ...]
    steps: tuple[Dot, ...]
    """Of the story, above the lanes."""
    height: int
    width: int
    """px that it needs at least to be told apart; more is better."""


def lanes_of(timeline: Timeline, proof: Collection[int] = ()) -> Lanes | None:
    """Return the lanes of a timeline, its proving events marked; None where nothing happened."""
    if not timeline.events:
        return None
    width = max(LEAST_PX, len(timeline) * EVENT_PX)
    scale = Scale((event.at_ns for event in timeline), width)
    spans = tuple(spans_of(timeline))
    lanes: list[Lane] = []
    y = TOP
    for name, title in TITLES.items():
        events = (each for each in timeline if LANE_OF[each.actor] == name)
        bars, rows = _bars((each for each in spans if LANE_OF[each.actor] == name), scale)
        height = max(DOTS + ROW * rows, LEAST)
        lanes.append(Lane(name, title, y, height, _dots(events, scale, proof), bars))
        y += height + GAP
    return Lanes(
        tuple(lanes),
        tuple(scale.ticks()),
        tuple(_place(each.held, scale) for each in spans if each.held is not None),
        _dots((each for each in timeline if LANE_OF[each.actor] is None), scale, proof),
        y - GAP,
        width,
    )


def _dots(events: Iterable[Event], scale: Scale, proof: Collection[int]) -> tuple[Dot, ...]:
    return tuple(Dot(each.index, scale.at(each.at_ns), each.index in proof) for each in events)


def _place(span: tuple[int, int], scale: Scale) -> tuple[float, float]:
    start, end = (scale.at(each) for each in span)
    return start, round(end - start, 2)


def _bars(spans: Iterable[Span], scale: Scale) -> tuple[tuple[Bar, ...], int]:
    """Return a lane's spans, each in the first row that has room for it and its label, and how many rows."""
    ends: list[float] = []
    bars = tuple(_laid(sorted(spans, key=lambda each: each.start_ns), scale, ends))
    return bars, len(ends)


def _laid(spans: Iterable[Span], scale: Scale, ends: list[float]) -> Iterator[Bar]:
    for span in spans:
        start, width = _place((span.start_ns, span.end_ns), scale)
        room = (len(span.label) * CHARACTER_PX + BESIDE_PX) * scale.px
        is_left = start + width + room > WHOLE and start - room > scale.left
        low, high = (start - room, start + width) if is_left else (start, start + width + room)
        row = next((number for number, end in enumerate(ends) if end <= low), len(ends))
        row = min(row, MOST_ROWS - 1)
        is_crowded = row < len(ends) and ends[row] > low
        if row == len(ends):
            ends.append(high)
        ends[row] = max(ends[row], high)
        held = None if span.held is None else _place(span.held, scale)
        beside = BESIDE_PX * scale.px
        label_at = start - beside if is_left else start + width + beside
        yield Bar(
            span,
            start,
            width,
            DOTS + ROW * row,
            held,
            round(label_at, 2),
            "" if is_crowded else span.label,
            is_left,
        )
