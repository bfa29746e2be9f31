"""One journey read back: what its user saw, in the timeline's events, with what amoCRM did meanwhile.

Owns making one timeline of both. What a page says is read in its markup: where only a script could write it,
nothing is told of it, and no clause is judged by it. Must not judge.
"""

import html
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

from harness.config.settings import BackendConfig
from harness.contract.reading.markup import read_markup
from harness.contract.reading.words import squeeze
from harness.load.driving.marks import shown
from harness.load.judging.server_side import TURNED_ELSEWHERE, Told
from harness.timeline.amo_events import (
    ApiRequest,
    CodeIssued,
    ConsentDeclined,
    ConsentGiven,
    FaultUsed,
    TokenHeld,
    TokenReleased,
    TokenRequest,
    TokensIssued,
)
from harness.timeline.events import (
    AppRequest,
    AppRequestFailed,
    AppResponse,
    Event,
    LinkDelivered,
    ScenarioEnded,
    ScenarioStarted,
    StoryStep,
    TurnedElsewhere,
)
from harness.timeline.gateway_events import (
    Broken,
    FirstByte,
    GatewayRequest,
    GatewayResponse,
    Released,
    StatusProbe,
)
from harness.timeline.page_events import Button, Departure, PageShown, Tap, TapSettled
from harness.timeline.timeline import Timeline

Row = tuple[str, int, Mapping[str, Any]]
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_LANGUAGE = re.compile(r"<html[^>]*\blang=[\"']?([\w-]+)", re.IGNORECASE)
_CHARSET = re.compile(r"charset=[\"']?([\w-]+)", re.IGNORECASE)
_REDIRECTS = range(300, 400)
FAILED = 500


AT_IT_NS = 60 * 10**9
"""For how long a backend may be at a call whose answer nobody waits for any more."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call for leads, from its request to its answer."""

    began_ns: int
    over_ns: int
    """By when, where nobody waited for its answer to the end."""
    is_served: bool
    """Whether what was asked for came."""


@dataclass(frozen=True)
class Journey:
    """What one user did and saw from one beginning to one end."""

    number: int
    """The person's; 0: everybody is the same."""
    user: str
    kind: str
    why: str
    """Why it went no further; empty where it went to its end."""
    rows: tuple[Row, ...]

    @property
    def began_ns(self) -> int:
        """When its first event happened."""
        return self.rows[0][1] if self.rows else 0

    @property
    def ended_ns(self) -> int:
        """When its last event happened."""
        return self.rows[-1][1] if self.rows else 0

    def of(self, *kinds: str) -> Iterator[Row]:
        """Yield its events of these kinds."""
        return (row for row in self.rows if row[0] in kinds)

    @cached_property
    def names_a_stranger(self) -> bool:
        """Whether a callback of it named somebody else in amoCRM's place."""
        return any(facts.get("foreign_host") for _, _, facts in self.of("story.step"))

    @cached_property
    def codes(self) -> frozenset[str]:
        """The masks of the codes that it delivered."""
        given = (row[2]["query"].get("code", []) for row in self.of("gateway.request"))
        return frozenset(code for codes in given for code in codes)

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """Its calls for leads."""
        began = {row[2]["id"]: row[1] for row in self.of("app.request") if row[2]["purpose"] == "leads"}
        over = {row[2]["id"]: (row[1], row[2]["status"] < FAILED) for row in self.of("app.response")}
        return tuple(Call(at, *over.get(number, (at + AT_IT_NS, False))) for number, at in began.items())

    @cached_property
    def is_left_open(self) -> bool:
        """Whether nobody saw a callback's answer, so that the backend may be at it still."""
        asked = {f["exchange"] for _, _, f in self.of("gateway.request") if f["is_callback"]}
        return bool(asked - {f["exchange"] for _, _, f in self.of("gateway.response")})


def journey_of(line: str) -> Journey:
    """Return the journey of a line."""
    saved = json.loads(line)
    rows = tuple((kind, at_ns, facts) for kind, at_ns, facts in saved["e"])
    return Journey(saved["n"], saved["u"], saved["k"], saved["why"], rows)


# --- what the user saw ---------------------------------------------------------------------------------


def _facts(facts: Mapping[str, Any], *left_out: str) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name not in left_out}


def _as_seen(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {**facts, "is_browser": True, "is_navigation": True}


def _request(at_ns: int, facts: Mapping[str, Any]) -> Event:
    query = {name: tuple(values) for name, values in facts["query"].items()}
    return GatewayRequest(at_ns=at_ns, query=query, **_facts(_as_seen(facts), "query"))


def _response(at_ns: int, facts: Mapping[str, Any]) -> GatewayResponse:
    headers = tuple((name, value) for name, value in facts["headers"])
    leads_on = facts["status"] in _REDIRECTS
    return GatewayResponse(
        at_ns=at_ns, headers=headers, is_page=not leads_on, **_facts(_as_seen(facts), "headers")
    )


_EVENTS: Mapping[str, Callable[[int, Mapping[str, Any]], Event]] = {
    "app.request": lambda at_ns, facts: AppRequest(at_ns=at_ns, **facts),
    "app.response": lambda at_ns, facts: AppResponse(at_ns=at_ns, **_facts(facts, "told")),
    "app.request_failed": lambda at_ns, facts: AppRequestFailed(at_ns=at_ns, **facts),
    "story.step": lambda at_ns, facts: StoryStep(at_ns=at_ns, **facts),
    "gateway.request": _request,
    "gateway.first_byte": lambda at_ns, facts: FirstByte(at_ns=at_ns, **_as_seen(facts)),
    "gateway.probe": lambda at_ns, facts: StatusProbe(at_ns=at_ns, **_as_seen(facts)),
    "gateway.released": lambda at_ns, facts: Released(at_ns=at_ns, **_as_seen(facts)),
    "gateway.response": _response,
    "gateway.broken": lambda at_ns, facts: Broken(at_ns=at_ns, **_as_seen(facts)),
}


class _Page:
    """What can be said of a page by its markup, and of the link that a tap on its button opens."""

    def __init__(self, response: GatewayResponse, config: BackendConfig) -> None:
        self._response, self._config = response, config
        self._text = squeeze(read_markup(response.body).text)
        self._source = html.unescape(response.body)

    @property
    def is_told(self) -> bool:
        """Whether the markup alone says what a user sees."""
        return self._config.texts.button in self._text or "<script" not in self._response.body.lower()

    def shown(self, at_ns: int) -> PageShown:
        response, texts = self._response, self._config.texts
        kind = next((v for name, v in response.headers if name.lower() == "content-type"), "")
        title = _TITLE.search(response.body)
        language = _LANGUAGE.search(response.body)
        charset = _CHARSET.search(kind) or _CHARSET.search(response.body[:1024])
        button = Button(text=texts.button) if texts.button in self._text else None
        return PageShown(
            at_ns=at_ns,
            exchange=response.exchange,
            http_status=response.status,
            content_type=kind,
            charset=charset[1] if charset else "",
            title=squeeze(html.unescape(title[1])) if title else "",
            text=self._text,
            lang=language[1] if language else "",
            button=button,
        )

    def link(self) -> str:
        scheme = re.escape(self._config.deep_link.scheme)
        found = re.search(rf"{scheme}:(?://|\\/\\/)[^\s\"'<>`]+", self._source)
        return found[0].replace("\\/", "/").replace("\\u0026", "&") if found else ""


def _on_the_page(response: GatewayResponse, user: str, config: BackendConfig) -> Iterator[Event]:
    """Yield what follows a page: how it stands there, and the tap on its button."""
    kind = next((v for name, v in response.headers if name.lower() == "content-type"), "")
    if response.status in _REDIRECTS:
        target = next((v for name, v in response.headers if name.lower() == "location"), "")
        if target.startswith(f"{config.deep_link.scheme}:"):
            yield Departure(at_ns=response.at_ns, url=target, mechanism="redirect")
            yield LinkDelivered(at_ns=response.at_ns, url=target, user=user)
        return
    if not kind.lower().startswith("text/html"):
        return
    page = _Page(response, config)
    if page.is_told:
        yield page.shown(response.at_ns)
    if link := page.link():
        at_ns = response.at_ns
        yield Tap(at_ns=at_ns, number=response.exchange, target=config.texts.button)
        yield Departure(
            at_ns=at_ns, url=link, mechanism="read in the page", user_gesture=True, tap=response.exchange
        )
        yield TapSettled(at_ns=at_ns, number=response.exchange)
        yield LinkDelivered(at_ns=at_ns, url=link, user=user)


def links_of(journey: Journey, config: BackendConfig) -> Iterator[tuple[int, str]]:
    """Yield the moment of each page that leads back to the app, and its link."""
    for _, at_ns, facts in journey.of("gateway.response"):
        for event in _on_the_page(_response(at_ns, facts), journey.user, config):
            if isinstance(event, LinkDelivered):
                yield at_ns, event.url


def _seen(journey: Journey, config: BackendConfig) -> Iterator[Event]:
    for kind, at_ns, facts in journey.rows:
        event = _EVENTS[kind](at_ns, facts)
        yield event
        if isinstance(event, GatewayResponse):
            yield from _on_the_page(event, journey.user, config)


# --- what amoCRM did -----------------------------------------------------------------------------------


def _mask(label: str, mark: str) -> str | None:
    return shown(label, mark) if mark else None


def amo_events_of(told: Told) -> Iterator[Event]:
    """Yield the timeline's events for one thing that amoCRM did."""
    at_ns, facts = told.at_ns, told.facts
    for fault in told.faults:
        yield FaultUsed(
            at_ns=at_ns, step=fault["step"], fault=fault["kind"], is_harmless=bool(fault.get("harmless"))
        )
    match told.kind:
        case "consent_given":
            yield ConsentGiven(at_ns=at_ns, code=_mask("code", told.code), state=facts.get("state"))
        case "consent_declined":
            yield ConsentDeclined(at_ns=at_ns, state=facts.get("state"))
        case "code_issued":
            yield CodeIssued(at_ns=at_ns, code=_mask("code", told.code), account_id=facts.get("account_id"))
        case "token_request":
            yield from _token_request(told)
        case "tokens_issued":
            yield TokensIssued(
                at_ns=at_ns,
                access_token=_mask("access_token", told.access),
                refresh_token=_mask("refresh_token", told.refresh),
                **facts,
            )
        case "api_request":
            yield ApiRequest(at_ns=at_ns, **facts)
        case kind if kind == TURNED_ELSEWHERE:
            yield TurnedElsewhere(at_ns=at_ns, **facts)
        case _:
            return


def _token_request(told: Told) -> Iterator[Event]:
    facts = _facts(told.facts, "client_ok")
    yield TokenRequest(
        at_ns=told.at_ns,
        code=_mask("code", told.code),
        refresh_token=_mask("refresh_token", told.refresh),
        **facts,
    )
    if told.answered_at_ns > told.at_ns:
        step = "token" if told.code else "refresh"
        yield TokenHeld(at_ns=told.at_ns, step=step)
        yield TokenReleased(at_ns=told.answered_at_ns, step=step)


# --- both ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Background:
    """What a clause must know of a journey besides."""

    shape: str
    config: BackendConfig
    offers: frozenset[str]
    was_connected: bool
    """Whether the person had been connected before."""
    accounts: Mapping[str, tuple[str, ...]]
    """Words that one account alone has, by its id."""
    engine: str = "locust"


APART = 1_000_000
"""By how much the numbers of a later journey's requests are apart from those of the one before."""


def joined(
    first: Timeline, later: Journey, told: Sequence[Told], background: Background, *, place: int
) -> Timeline:
    """Return one timeline of several users: a later journey, at its place from 1, after those before."""
    rows = tuple((kind, at_ns, _apart(facts, place * APART)) for kind, at_ns, facts in later.rows)
    then = timeline_of(replace(later, rows=rows), told, background)
    events = [*list(first)[:-1], *list(then)[1:]]
    return Timeline(tuple(replace(event, index=i) for i, event in enumerate(events)))


def _apart(facts: Mapping[str, Any], by: int) -> dict[str, Any]:
    return {name: each + by if name in ("id", "exchange") else each for name, each in facts.items()}


def timeline_of(journey: Journey, told: Sequence[Told], background: Background) -> Timeline:
    """Return one journey's timeline, in the order of the clock."""
    config = background.config
    own = (each for each in told if not each.code or shown("code", each.code) in journey.codes)
    events: list[Event] = [
        *(event for each in own for event in amo_events_of(each)),
        *_seen(journey, config),
    ]
    events.sort(key=lambda event: event.at_ns)
    began = min((event.at_ns for event in events), default=0)
    first: list[Event] = [
        ScenarioStarted(
            at_ns=began,
            id=f"{background.shape}-{journey.kind}",
            engine=background.engine,
            backend=config.name,
            resets=not background.was_connected,
            deep_link=_facts(asdict(config.deep_link), "universal"),
            universal=config.deep_link.universal,
            texts=asdict(config.texts),
            callback=config.http.callback,
            offers=tuple(sorted(background.offers)),
        ),
        StoryStep(at_ns=began, what=f"{journey.user}: {journey.kind}", accounts=background.accounts),
    ]
    last = ScenarioEnded(at_ns=events[-1].at_ns if events else began)
    return Timeline(tuple(replace(event, index=i) for i, event in enumerate([*first, *events, last])))
