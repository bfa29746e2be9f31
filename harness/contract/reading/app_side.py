"""What the app did and was told: links delivered to it, statuses, states that it was given.

Owns turning the app's events into the things that the contract speaks of. It must not judge them.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, cast
from urllib.parse import parse_qs

from harness.addresses import parts_of
from harness.timeline.amo_events import TokenRequest
from harness.timeline.events import (
    AppEvent,
    AppRequest,
    AppRequestFailed,
    AppResponse,
    AppScreen,
    LinkDelivered,
    LinkRouted,
    NetworkCondition,
    PhoneSwitchedOn,
)
from harness.timeline.gateway_events import StatusProbe
from harness.timeline.timeline import Timeline

LinkKind = Literal["error", "success", "code", "nothing", "unrouted"]
StatusAnswer = AppResponse | StatusProbe
E = TypeVar("E", bound=AppEvent)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A deep link that reached the app, and what followed up to the next one."""

    kind: LinkKind
    """What the app makes of the parameters that its router gave it, in the order in which it looks."""
    event: LinkDelivered
    routed: LinkRouted | None
    until: float
    followed: tuple[AppEvent, ...]
    """What followed on the same user's phone."""
    is_current_app: bool
    """Whether it reached the app that the contract describes, not an older build."""
    asks_status: bool
    """Whether that app's CRM tab asks for the status, and does not show the leads without it."""

    @property
    def user(self) -> str | None:
        """Whose phone it was."""
        return self.event.user

    def after(self, kind: type[E]) -> tuple[E, ...]:
        """Return the app's events of a type that followed."""
        return tuple(event for event in self.followed if isinstance(event, kind))


def deliveries_in(timeline: Timeline) -> tuple[Delivery, ...]:
    """Return the links that were delivered to the app, in order."""
    delivered = timeline.of(LinkDelivered)
    ends = [*(float(event.index) for event in delivered[1:]), float("inf")]
    return tuple(_delivery(timeline, event, end) for event, end in zip(delivered, ends, strict=False))


def _delivery(timeline: Timeline, event: LinkDelivered, until: float) -> Delivery:
    routed = next((each for each in timeline.of(LinkRouted) if event.index < each.index < until), None)
    builds = {each.build for each in timeline.of(PhoneSwitchedOn) if each.user == event.user}
    return Delivery(
        kind=_link_kind(routed),
        event=event,
        routed=routed,
        until=until,
        followed=tuple(
            each
            for each in timeline.of(AppEvent)
            if event.index < each.index < until and len({each.user, event.user} - {None}) <= 1
        ),
        is_current_app="before_fix" not in builds,
        asks_status="leads_alone" not in builds,
    )


def _link_kind(routed: LinkRouted | None) -> LinkKind:
    if routed is None:
        return "unrouted"
    params = routed.params
    if params.get("error"):
        return "error"
    if params.get("success") == "true":
        return "success"
    return "code" if isinstance(params.get("code"), str) and params["code"] else "nothing"


def is_offline_in(timeline: Timeline, user: str | None, at: float) -> bool:
    """Tell whether a user's phone had no network at an index of the timeline."""
    told = [each for each in timeline.of(NetworkCondition) if each.user == user and each.index < at]
    return bool(told) and told[-1].network == "offline"


def statuses_in(timeline: Timeline) -> tuple[StatusAnswer, ...]:
    """Return every answer of the status endpoint, to the app or to the gateway's probe."""
    return tuple(
        event
        for event in timeline
        if isinstance(event, StatusProbe) or (isinstance(event, AppResponse) and event.purpose == "status")
    )


def status_in_words(answer: StatusAnswer) -> str:
    """Say what a status answer said."""
    if answer.connected is None:
        status = answer.http_status if isinstance(answer, StatusProbe) else answer.status
        return f"gave no readable answer (HTTP {status})" if status else "gave no answer"
    said = "said connected" if answer.connected else "said not connected"
    kept_by = answer.kept_by if isinstance(answer, AppResponse) else None
    return f"{said}, out of the phone's cache by `{kept_by}`" if kept_by else said


def issued_states_in(timeline: Timeline) -> dict[str, AppResponse]:
    """Return the states in the authorization URLs that the backend gave to the app, with the answers."""
    return {
        state: answer
        for answer in timeline.of(AppResponse)
        if answer.purpose == "auth_url"
        for text in _texts_in(_json(answer.body))
        if (url := parts_of(text)) is not None
        for state in parse_qs(url.query, keep_blank_values=True).get("state", [])
    }


def _json(body: str) -> Any:
    try:
        return json.loads(body.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
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


def is_sent_for_the_app(timeline: Timeline, request: TokenRequest) -> bool:
    """Tell whether a call of exchange-code was waiting for its answer when amoCRM was asked."""
    calls = [
        isinstance(each, AppRequest)
        for each in timeline.of(AppEvent)
        if isinstance(each, AppRequest | AppResponse | AppRequestFailed)
        and each.purpose == "exchange_code"
        and each.index < request.index
    ]
    return calls.count(True) > calls.count(False)


def leads_before(timeline: Timeline, screen: AppScreen) -> list[AppResponse]:
    """Return the answers with leads that a user's app had got before it showed that."""
    answers = (each for each in timeline.of(AppResponse) if each.purpose == "leads")
    return [each for each in answers if each.user == screen.user and each.index < screen.index]
