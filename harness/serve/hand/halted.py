"""Where a journey by hand went no further: an app's call or a callback that the backend left unanswered.

Owns telling that from a person who did not go on. Must not judge what the call was for.
"""

from collections.abc import Iterator
from itertools import takewhile

from harness.timeline.amo_events import TokenHeld, TokenReleased
from harness.timeline.events import (
    AppEvent,
    AppRequest,
    AppRequestFailed,
    AppResponse,
    LinkDelivered,
    StoodStill,
    StoryStep,
)
from harness.timeline.gateway_events import (
    Broken,
    FirstByte,
    GatewayRequest,
    GatewayResponse,
    Released,
)
from harness.timeline.timeline import Timeline

SERVER_ERROR = 500
SHOWS = ("CB-03",)
"""What a journey that comes to no callback would have shown first."""
SHOWS_AFTER = ("APP-03",)
"""What one shows that the link has brought back to the app."""

LONG_S = 15.0
"""How long a person waits for a page before it counts as none; the gateway waits twice as long."""


def unanswered(timeline: Timeline, ended_at_ns: int) -> Iterator[Broken]:
    """Yield each callback without the head of an answer for so long when the journey ended.

    Nobody is blamed where amoCRM's answer is kept back, or was made to go wrong.
    """
    if _amo_keeps(timeline):
        return
    answered = {each.exchange for each in (*timeline.of(GatewayResponse), *timeline.of(Broken))}
    passed_on = {each.exchange: each for each in timeline.of(Released)}
    held = {each.exchange for each in timeline.of(FirstByte)} - passed_on.keys()
    for each in timeline.of(GatewayRequest):
        since = passed_on.get(each.exchange, each)
        waited_s = _awake_s(timeline, since.at_ns, ended_at_ns)
        if each.is_callback and each.exchange not in answered | held and waited_s >= LONG_S:
            what = "no answer" if since is each else "no more of its answer"
            yield Broken(
                exchange=each.exchange,
                is_callback=True,
                is_browser=each.is_browser,
                is_navigation=each.is_navigation,
                reason=f"{what} in {waited_s:.0f} s, when the journey ended",
            )


def _awake_s(timeline: Timeline, since_ns: int, until_ns: int) -> float:
    """Return how long that was without what the machine slept of it."""
    slept_s = sum(each.for_s for each in timeline.of(StoodStill) if since_ns < each.at_ns <= until_ns)
    return (until_ns - since_ns) / 1e9 - slept_s


def _amo_keeps(timeline: Timeline) -> bool:
    """Tell whether amoCRM's answer is kept back, or something of it was made to go wrong."""
    is_held = len(timeline.of(TokenHeld)) > len(timeline.of(TokenReleased))
    return is_held or any(each.fault for each in timeline.of(StoryStep))


def halted(timeline: Timeline, ended_at_ns: int) -> str:
    """Say which call of the app's ended a journey before any callback; empty where none did.

    An authorization URL that is none is `Journey.halted`'s.
    """
    if any(each.is_callback for each in timeline.of(GatewayRequest)):
        return ""
    told = [each for each in timeline.of(AppEvent) if isinstance(each, AppResponse | AppRequestFailed)]
    asked = {each.id: each for each in timeline.of(AppRequest)}
    last = timeline.last(AppRequest)
    waited_s = _awake_s(timeline, last.at_ns, ended_at_ns) if last else 0.0
    if last and last.id not in {each.id for each in told} and waited_s >= LONG_S and not _amo_keeps(timeline):
        return f"{last.method} {last.path} gave no answer in {waited_s:.0f} s, when the journey ended"
    call = asked.get(told[-1].id) if told else None
    wrong = _wrong_with(told[-1]) if told else ""
    return f"{call.method} {call.path} {wrong}" if call is not None and wrong else ""


def waits_in_vain(timeline: Timeline, ended_at_ns: int) -> str:
    """Say which call after the link the start page's app still waited for; empty where it waited for none."""
    link = timeline.last(LinkDelivered)
    if link is None or _amo_keeps(timeline):
        return ""
    answered = {each.id for each in timeline.of(AppResponse)}
    usable = {each.id for each in timeline.of(AppResponse) if _is_usable(each)}
    given_up = {each.id for each in timeline.of(AppRequestFailed)}
    asked = [each for each in timeline.of(AppRequest) if each.index > link.index]
    for last in {each.purpose: each for each in asked}.values():
        same = [each for each in reversed(asked) if each.purpose == last.purpose]
        before = [*takewhile(lambda each: each.id not in usable, same)]
        *_, first = (last, *before)
        waited_s = _awake_s(timeline, first.at_ns, ended_at_ns)
        if last.id not in answered | given_up and waited_s >= LONG_S:
            what = "no usable answer" if any(each.id in answered for each in before) else "no answer"
            return f"{last.method} {last.path} gave {what} in {waited_s:.0f} s, when the journey ended"
    return ""


def _is_usable(answer: AppResponse) -> bool:
    """Whether an app need not ask again: not where it stopped in the middle, or held no list."""
    return answer.leads is not None if answer.purpose == "leads" else not answer.unreadable


def _wrong_with(answer: AppResponse | AppRequestFailed) -> str:
    if isinstance(answer, AppRequestFailed):
        return f"gave no answer: {answer.reason}"
    if answer.status >= SERVER_ERROR:
        return f"answered {answer.status}"
    return f"answered what the app cannot read: {answer.unreadable}" if answer.unreadable else ""
