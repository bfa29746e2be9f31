"""What amoCRM did, and whether it excuses a backend.

Owns reading amoCRM's events. It must not judge.
"""

from harness.timeline.amo_events import (
    AmoEvent,
    ApiRequest,
    FaultUsed,
    TokenHeld,
    TokenReleased,
    TokenRequest,
)
from harness.timeline.events import Event, StoryStep
from harness.timeline.timeline import Timeline

HTTP_OK = 200
HELD_AT_MOST_S = 5.0
"""A token answer is held for a look at the backend, which is over sooner on any machine that is not busy."""


def is_granted(request: TokenRequest) -> bool:
    """Tell whether amoCRM answered a token request with tokens."""
    return request.status == HTTP_OK


def is_refused(request: TokenRequest) -> bool:
    """Tell whether amoCRM refused a token request."""
    return 400 <= (request.status or 0) < 500  # noqa: PLR2004 - 4xx


def too_long_held(timeline: Timeline) -> str:
    """Say for how long an answer was held that the backend gave up meanwhile, where that is too long.

    One that a story keeps back, as amoCRM that never answers, is held for no look.
    """
    held_ns = 0
    for each in timeline.events:
        if isinstance(each, StoryStep) and each.fault == "silence":
            return ""
        if isinstance(each, TokenHeld):
            held_ns = each.at_ns
        elif isinstance(each, TokenReleased) and each.abandoned:
            held_s = (each.at_ns - held_ns) / 1e9
            if held_s > HELD_AT_MOST_S:
                return f"a look at the backend took {held_s:.0f} s, and it gave up amoCRM's answer meanwhile"
    return ""


def excuse_in(timeline: Timeline, *, after: Event, before: Event) -> AmoEvent | None:
    """Return what amoCRM did between two events that excuses a backend's failure, if anything.

    A 401 is no excuse: it asks for a refresh, which is the backend's duty. Nor is a refusal of a refresh
    token that the backend itself had spent, unless amoCRM's answer to that was lost.
    """
    between = (each for each in timeline.of(AmoEvent) if after.index < each.index < before.index)
    return next((each for each in between if _excuses(timeline, each)), None)


def _excuses(timeline: Timeline, event: AmoEvent) -> bool:
    if isinstance(event, TokenRequest):
        refused = event.grant_type == "refresh_token" and not is_granted(event)
        return refused and not _was_spent_before(timeline, event)
    if isinstance(event, ApiRequest):
        status = event.status or 0
        return status in (0, 402, 403, 429) or status >= 500  # noqa: PLR2004 - 5xx
    if isinstance(event, TokenReleased):
        return event.abandoned
    return isinstance(event, FaultUsed) and not event.is_harmless


def _was_spent_before(timeline: Timeline, refused: TokenRequest) -> bool:
    """Tell whether the refresh token had bought new tokens whose answer arrived."""
    spent = [
        each
        for each in timeline.of(TokenRequest)
        if refused.refresh_token
        and each.grant_type == "refresh_token"
        and each.index < refused.index
        and each.refresh_token == refused.refresh_token
        and is_granted(each)
    ]
    lost = [each for each in timeline.of(FaultUsed) if each.step == "refresh" and each.index < refused.index]
    return bool(spent) and not lost


def in_words(event: AmoEvent) -> str:
    """Say in a few words what amoCRM did."""
    if isinstance(event, TokenRequest | ApiRequest):
        return event.kind if event.status is None else f"{event.kind} {event.status}"
    return f"{event.kind} {event.fault}" if isinstance(event, FaultUsed) else event.kind
