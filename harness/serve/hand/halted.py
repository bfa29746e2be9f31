"""Where a journey by hand went no further: an app's call or a callback that the backend left unanswered.

Owns telling that from a person who did not go on. Must not judge what the call was for.
"""

from collections.abc import Iterator

from harness.timeline.amo_events import TokenHeld, TokenReleased
from harness.timeline.events import AppEvent, AppRequest, AppRequestFailed, AppResponse, StoryStep
from harness.timeline.gateway_events import Broken, FirstByte, GatewayRequest
from harness.timeline.timeline import Timeline

SERVER_ERROR = 500
SHOWS = ("CB-03",)
"""What a journey that comes to no callback would have shown first."""

LONG_S = 15.0
"""How long a person waits for a page before it counts as none; the gateway waits twice as long."""


def unanswered(timeline: Timeline, ended_at_ns: int) -> Iterator[Broken]:
    """Yield each callback without a byte of an answer for so long when the journey ended.

    Nobody is blamed where amoCRM's answer is kept back, or was made to go wrong.
    """
    is_held = len(timeline.of(TokenHeld)) > len(timeline.of(TokenReleased))
    if is_held or any(each.fault for each in timeline.of(StoryStep)):
        return
    answered = {each.exchange for each in (*timeline.of(FirstByte), *timeline.of(Broken))}
    for each in timeline.of(GatewayRequest):
        waited_s = (ended_at_ns - each.at_ns) / 1e9
        if each.is_callback and each.exchange not in answered and waited_s >= LONG_S:
            yield Broken(
                exchange=each.exchange,
                is_callback=True,
                is_browser=each.is_browser,
                is_navigation=each.is_navigation,
                reason=f"no answer in {waited_s:.0f} s, when the journey ended",
            )


def halted(timeline: Timeline) -> str:
    """Say which call of the app's ended a journey before any callback; empty where none did.

    An authorization URL that is none is `Journey.halted`'s.
    """
    if any(each.is_callback for each in timeline.of(GatewayRequest)):
        return ""
    told = [each for each in timeline.of(AppEvent) if isinstance(each, AppResponse | AppRequestFailed)]
    asked = {each.id: each for each in timeline.of(AppRequest)}
    call = asked.get(told[-1].id) if told else None
    wrong = _wrong_with(told[-1]) if told else ""
    return f"{call.method} {call.path} {wrong}" if call is not None and wrong else ""


def _wrong_with(answer: AppResponse | AppRequestFailed) -> str:
    if isinstance(answer, AppRequestFailed):
        return f"gave no answer: {answer.reason}"
    if answer.status >= SERVER_ERROR:
        return f"answered {answer.status}"
    return f"answered what the app cannot read: {answer.unreadable}" if answer.unreadable else ""
