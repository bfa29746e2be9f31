"""Events as rows of the page: their number, their moment, who did what, and what they say for themselves.

Owns what of an event stands in its row; the whole of it is in the page's archive.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import cast

from harness.report.lanes.lanes import LANE_OF
from harness.report.lanes.scale import NS_IN_MS
from harness.report.words.story import NOT_IN_A_LINE, REASONS
from harness.timeline.amo_events import AmoEvent
from harness.timeline.events import AppRequest, Event, PhoneSwitchedOn, ScenarioStarted
from harness.timeline.gateway_events import GatewayEvent, GatewayResponse
from harness.timeline.page_events import PageComplained, PageShown
from harness.timeline.timeline import Timeline
from harness.timeline.vocabulary import news_of

LONGEST_FIELD, LONGEST_IN_PROOF, LONGEST_REASON, LONGEST_ROW = 76, 400, 4_000, 340
"""Characters. A reason is whole, as far as somebody can read it."""
MOST_ROWS = 3_000
"""Of one scenario; what comes then is in its saved timeline."""
NOISE: Mapping[type[Event], Collection[str]] = {
    GatewayEvent: ("is_navigation", "is_whole", "is_page", "headers"),
    AmoEvent: ("details", "client_id"),
    PageShown: ("url", "content_type", "charset", "refreshes"),
    AppRequest: ("path",),
    ScenarioStarted: ("deep_link", "texts", "offers"),
}
"""Fields that say nothing to a reader of rows."""
SHOWN_OF = ("text", "width", "height")
"""Fields of a button that stand in a row."""
TELLING_HEADERS = ("content-type", "cache-control", "location", "refresh", "referrer-policy", "set-cookie")


@dataclass(frozen=True, slots=True)
class Row:
    """An event in one line; `lane` is where it stands in the drawing, empty for the story itself."""

    index: int
    ms: str
    called: str
    lane: str
    text: str
    is_proof: bool


def rows_of(
    timeline: Timeline, events: Sequence[Event] | None = None, proof: Collection[int] = ()
) -> list[Row]:
    """Return a row for each of these events, or for every one of the timeline."""
    shown = timeline.events[:MOST_ROWS] if events is None else events
    is_one = len({each.user for each in timeline.of(PhoneSwitchedOn)}) <= 1
    hidden = (*NOT_IN_A_LINE, "user") if is_one else NOT_IN_A_LINE
    return [_row(each, timeline, hidden, is_proof=each.index in proof) for each in shown]


def _row(event: Event, timeline: Timeline, hidden: Collection[str], *, is_proof: bool) -> Row:
    ms = f"{(event.at_ns - timeline.events[0].at_ns) / NS_IN_MS:.1f}"
    lane = LANE_OF[event.actor] or ""
    return Row(
        event.index,
        ms,
        event.called,
        lane,
        " ".join(_said(event, hidden, LONGEST_IN_PROOF if is_proof else LONGEST_FIELD)),
        is_proof,
    )


def _said(event: Event, hidden: Collection[str], longest: int) -> Iterator[str]:
    """Yield what is new in an event, reasons first, until the row is full."""
    noise = {name for kind, names in NOISE.items() if isinstance(event, kind) for name in names}
    is_heard = isinstance(event, PageComplained)
    room = LONGEST_ROW
    for name, value in sorted(news_of(event).items(), key=lambda each: each[0] not in REASONS):
        if name in noise or room <= 0 or (name in hidden and not is_heard):
            continue
        is_reason = name in REASONS or (is_heard and name == "text")
        text = _short(value, LONGEST_REASON if is_reason else longest)
        said = name if value is True else f"{name}={text}"
        room -= 0 if is_reason else len(said)
        yield said
    if isinstance(event, GatewayResponse):
        told = ((name, value) for name, value in event.headers if name.lower() in TELLING_HEADERS)
        yield from (f"{name}: {_short(value, longest)}" for name, value in told)


def _short(value: object, longest: int) -> str:
    text = _plain(value)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _plain(value: object) -> str:
    """Return a value as a reader writes it: no brackets around one value, no quotes around words."""
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, Mapping):
        rows = cast("Mapping[object, object]", value).items()
        return " ".join(f"{name}:{_plain(each)}" for name, each in rows)
    if isinstance(value, tuple | list):
        return ", ".join(map(_plain, cast("Sequence[object]", value)))
    if is_dataclass(value):
        return _plain(
            {each.name: getattr(value, each.name) for each in fields(value) if each.name in SHOWN_OF}
        )
    if isinstance(value, float):
        return f"{value:.4g}"
    return " ".join(str(value).split())
