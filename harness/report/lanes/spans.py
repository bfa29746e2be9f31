"""What lasts on a timeline: calls, exchanges, answers that are held, a page that stands, page time.

Owns pairing the events that begin and end something. Knows no axis and no drawing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal, TypeVar

from harness.report.lanes.scale import NS_IN_MS, in_words
from harness.timeline.amo_events import AnswerHeld, AnswerReleased, TokenHeld, TokenReleased
from harness.timeline.events import Actor, AppRequest, AppRequestFailed, AppResponse
from harness.timeline.gateway_events import (
    Broken,
    FirstByte,
    GatewayEvent,
    GatewayRequest,
    GatewayResponse,
    Released,
)
from harness.timeline.page_events import LeftAlone, PageOpened, PageShown, Reloaded, TabClosed
from harness.timeline.timeline import Timeline

Kind = Literal["call", "exchange", "held", "page", "page time"]
LONGEST_NAME = 28
E = TypeVar("E", bound=GatewayEvent)


@dataclass(frozen=True, slots=True)
class Span:
    """Something that lasts, from one moment to another in nanoseconds, in the lane of an actor."""

    actor: Actor
    kind: Kind
    index: int
    """Of the event that it begins with."""
    start_ns: int
    end_ns: int
    label: str
    held: tuple[int, int] | None = None
    """In which part of it an answer was held back."""
    is_failure: bool = False
    """Whether it ended in an error: no answer, or one of 400 and above."""


def spans_of(timeline: Timeline) -> Iterator[Span]:
    """Yield everything that lasts, whoever does it."""
    end_ns = timeline.events[-1].at_ns if timeline.events else 0
    yield from _calls(timeline, end_ns)
    yield from _exchanges(timeline, end_ns)
    yield from _held_by_amo(timeline, end_ns)
    yield from _pages(timeline, end_ns)
    yield from _page_time(timeline)


def _calls(timeline: Timeline, end_ns: int) -> Iterator[Span]:
    """Yield the app's calls; one without an answer lasts to the end."""
    answers = [*timeline.of(AppResponse), *timeline.of(AppRequestFailed)]
    answered = {(each.user, each.id): each for each in answers}
    for call in timeline.of(AppRequest):
        answer = answered.get((call.user, call.id))
        status = answer.status if isinstance(answer, AppResponse) else None
        said = "" if status == HTTPStatus.OK else f" {status or 'no answer'}"
        label = f"{call.purpose.replace('_', ' ')}{said}"
        end = answer.at_ns if answer else end_ns
        yield Span("app", "call", call.index, call.at_ns, end, label, is_failure=_is_failure(status))


def _is_failure(status: int | None) -> bool:
    return status is None or status >= HTTPStatus.BAD_REQUEST


def _exchanges(timeline: Timeline, end_ns: int) -> Iterator[Span]:
    """Yield what goes through the gateway, with the part in which the page's first byte was held."""
    firsts, released = _by_number(timeline.of(FirstByte)), _by_number(timeline.of(Released))
    ends = _by_number(timeline.of(GatewayResponse)) | _by_number(timeline.of(Broken))
    for request in timeline.of(GatewayRequest):
        number = request.exchange
        answer, first, free = ends.get(number), firsts.get(number), released.get(number)
        status = answer.status if isinstance(answer, GatewayResponse) else None
        held = (first.at_ns, free.at_ns) if first and free else None
        told = f" · held {in_words((held[1] - held[0]) / NS_IN_MS)}" if held and request.is_callback else ""
        label = f"{_limited(request.method)} {_limited(_name(request.path))} {status or 'no answer'}{told}"
        end = max(answer.at_ns if answer else end_ns, free.at_ns if free else 0)
        yield Span(
            "gateway",
            "exchange",
            request.index,
            request.at_ns,
            end,
            label,
            held if told else None,
            is_failure=_is_failure(status),
        )


def _by_number(events: Iterable[E]) -> dict[int, E]:
    return {each.exchange: each for each in events}


def _name(path: str) -> str:
    """Return the end of a path, by which a reader knows it."""
    return path.rstrip("/").rpartition("/")[2] or path


def _limited(name: str) -> str:
    """Return a name that a label has room for."""
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def _held_by_amo(timeline: Timeline, end_ns: int) -> Iterator[Span]:
    """Yield the answers that amoCRM kept back, each to the release of the same step that follows it."""
    free = [*timeline.of(TokenReleased), *timeline.of(AnswerReleased)]
    for held in (*timeline.of(TokenHeld), *timeline.of(AnswerHeld)):
        later = (each for each in free if each.index > held.index and each.step == held.step)
        release = min(later, key=lambda each: each.index, default=None)
        if release is not None:
            free.remove(release)
        end = release.at_ns if release else end_ns
        label = f"{_limited(held.step)} answer held {in_words((end - held.at_ns) / NS_IN_MS)}"
        yield Span("amo", "held", held.index, held.at_ns, end, label, (held.at_ns, end))


def _pages(timeline: Timeline, end_ns: int) -> Iterator[Span]:
    """Yield how long each page of the callback stood, to the next one or the tab's end."""
    over = (PageShown, PageOpened, Reloaded, TabClosed)
    ends = [each for each in timeline if isinstance(each, over)]
    for page in timeline.of(PageShown):
        end = next((each.at_ns for each in ends if each.index > page.index), end_ns)
        label = f"page {page.http_status}"
        failed = _is_failure(page.http_status)
        yield Span("webview", "page", page.index, page.at_ns, end, label, is_failure=failed)


def _page_time(timeline: Timeline) -> Iterator[Span]:
    """Yield the stretches in which the page's own clock ran on, from the browser's event before."""
    browser = [each for each in timeline if each.actor == "webview"]
    for alone in timeline.of(LeftAlone):
        start = max((each.at_ns for each in browser if each.index < alone.index), default=alone.at_ns)
        label = f"{in_words(alone.page_time_s * 1000)} of page time"
        yield Span("webview", "page time", alone.index, start, alone.at_ns, label)
