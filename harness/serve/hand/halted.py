"""Where a journey by hand went no further: a call of the app's that the backend left without a usable answer.

Owns telling that from a person who did not go on. Must not judge what the call was for.
"""

from harness.timeline.events import AppEvent, AppRequest, AppRequestFailed, AppResponse
from harness.timeline.gateway_events import GatewayRequest
from harness.timeline.timeline import Timeline

SERVER_ERROR = 500
SHOWS = ("CB-03",)
"""What a journey that comes to no callback would have shown first."""


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
