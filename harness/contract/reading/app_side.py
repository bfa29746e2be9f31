"""Shared readings of what the app did: links delivered to it, statuses it was told, states it was given.

Owns turning the app's events into the things that the contract speaks of. It must not judge them.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, cast
from urllib.parse import parse_qs, urlsplit

from harness.contract.reading.visits import Visit, given, http_status, is_granted, spoils_answer
from harness.timeline.events import Event
from harness.timeline.timeline import Timeline

LinkKind = Literal["error", "success", "code", "nothing", "unrouted"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A deep link that reached the app, and what followed up to the next one."""

    kind: LinkKind
    """What the app makes of the parameters that its router gave it, in the order in which it looks."""
    event: Event
    routed: Event | None
    until: float

    @property
    def user(self) -> str | None:
        """Whose phone it was."""
        return self.event.get("user")

    def follows(self, event: Event) -> bool:
        """Tell whether an event is a consequence of this delivery, on the same user's phone."""
        users = {event.get("user"), self.user} - {None}
        return self.event.index < event.index < self.until and len(users) <= 1

    def after(self, timeline: Timeline, kind: str, /, **values: Any) -> list[Event]:
        """Return the app's events of a kind that followed."""
        return [event for event in timeline.of("app", kind, **values) if self.follows(event)]


def deliveries(timeline: Timeline, *kinds: LinkKind) -> tuple[Delivery, ...]:
    """Return the links of these kinds that were delivered to the app, in order."""
    delivered = timeline.of("app", "link_delivered")
    ends = [*(float(event.index) for event in delivered[1:]), float("inf")]
    every = (_delivery(timeline, event, end) for event, end in zip(delivered, ends, strict=False))
    return tuple(each for each in every if each.kind in kinds)


def _delivery(timeline: Timeline, event: Event, until: float) -> Delivery:
    routed = next(
        (each for each in timeline.of("app", "link_routed") if event.index < each.index < until), None
    )
    return Delivery(_link_kind(routed), event, routed, until)


def _link_kind(routed: Event | None) -> LinkKind:
    if routed is None:
        return "unrouted"
    params: dict[str, Any] = routed.get("params") or {}
    if params.get("error"):
        return "error"
    if params.get("success") == "true":
        return "success"
    return "code" if isinstance(params.get("code"), str) and params["code"] else "nothing"


def is_current_app(timeline: Timeline, delivery: Delivery) -> bool:
    """Tell whether a link reached the app that the contract describes, not an older build."""
    return not timeline.of("app", "switched_on", user=delivery.user, build="before_fix")


def is_offline(timeline: Timeline, user: str | None, *, at: float) -> bool:
    """Tell whether a user's phone had no network at an index of the timeline."""
    told = [each for each in timeline.of("app", "condition", user=user) if each.index < at]
    return bool(told) and told[-1].get("network") == "offline"


def was_left_connected(timeline: Timeline, before: Event) -> bool:
    """Tell whether the account may have been connected before the story began, and nobody could undo it.

    A status that says connected proves nothing then.
    """
    started = timeline.first("scenario", "started")
    if started is None or started.get("resets") is not False:
        return False
    told = [each for each in statuses(timeline) if each.index < before.index]
    return not any(each.get("connected") is False for each in told)


LEFT_CONNECTED = "an earlier scenario may have left the backend connected, and it cannot be reset"


def statuses(timeline: Timeline) -> tuple[Event, ...]:
    """Return every answer of the status endpoint, to the app or to the gateway's probe."""
    return tuple(event for event in timeline if _is_status(event))


def _is_status(event: Event) -> bool:
    return event.is_a("gateway", "probe") or (
        event.is_a("app", "response") and event.get("purpose") == "status"
    )


def status_in_words(event: Event) -> str:
    """Say what a status answer said."""
    connected = event.get("connected")
    if connected is None:
        status = event.get("http_status", event.get("status"))
        return f"gave no readable answer (HTTP {status})" if status else "gave no answer"
    return "said connected" if connected is True else "said not connected"


def issued_states(timeline: Timeline) -> dict[str, Event]:
    """Return the states in the authorization URLs that the backend gave to the app, with the answers."""
    return {
        state: answer
        for answer in timeline.of("app", "response", purpose="auth_url")
        for text in _texts_in(_json(answer.as_text("body")))
        for state in parse_qs(urlsplit(text).query, keep_blank_values=True).get("state", [])
    }


def _json(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in cast("dict[str, Any]", value).values():
            yield from _texts_in(item)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from _texts_in(item)


def owner_of(timeline: Timeline, visit: Visit) -> str | None:
    """Return the user to whom the visit's state was issued, else the one whose status was probed, if told."""
    answer = issued_states(timeline).get(given(visit.request, "state")) or visit.landing.probe
    return answer.get("user") if answer else None


def amo_trouble(timeline: Timeline, *, after: Event, before: Event) -> Event | None:
    """Return what amoCRM did between two events that excuses a backend's failure, if anything.

    A 401 is no excuse: it asks for a refresh, which is the backend's duty. Nor is a refusal of a refresh
    token that the backend itself had spent, unless amoCRM's answer to that was lost.
    """
    between = [event for event in timeline.of("amo") if after.index < event.index < before.index]
    return next((event for event in between if _is_trouble(timeline, event)), None)


def _is_trouble(timeline: Timeline, event: Event) -> bool:
    if event.kind == "token_request":
        refused = event.get("grant_type") == "refresh_token" and not is_granted(event)
        return refused and not _was_spent_before(timeline, event)
    if event.kind == "api_request":
        status = http_status(event)
        return status in (0, 402, 403, 429) or status >= 500  # noqa: PLR2004 - 5xx
    return event.kind == "fault_used" and spoils_answer(event)


def _was_spent_before(timeline: Timeline, refused: Event) -> bool:
    """Tell whether the refresh token had bought new tokens whose answer arrived."""
    token = refused.as_text("refresh_token")
    spent = [
        each
        for each in timeline.of("amo", "token_request", grant_type="refresh_token")
        if token
        and each.index < refused.index
        and each.as_text("refresh_token") == token
        and is_granted(each)
    ]
    lost = [each for each in timeline.of("amo", "fault_used", step="refresh") if each.index < refused.index]
    return bool(spent) and not lost
