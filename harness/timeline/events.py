"""Every event that a timeline can hold: one frozen dataclass each, with its fields and what they mean.

Owns the vocabulary. A clause reads these fields and nothing else, so renaming one breaks the type check and
never a verdict. Must not record, save or judge. `docs/timeline.md` is generated from this file.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeVar, get_args

Actor = Literal["scenario", "app", "webview", "gateway", "backend", "amo"]
ACTORS: tuple[str, ...] = get_args(Actor)
Purpose = Literal["auth_url", "status", "leads", "exchange_code"]
TokenState = Literal["expired", "refresh_lost", "switched_off", "limited"]
"""What amoCRM does to a connection's tokens."""
Build = Literal["current", "leads_alone", "before_fix"]
Network = Literal["online", "offline", "slow"]
Start = Literal["warm", "cold", "reload"]
ScreenName = Literal["crm", "callback", "browser", "home", "not_found", "sitemap"]
ScreenState = Literal["loading", "disconnected", "connected", "processing", "success", "error", "open"]
Outcome = Literal["opens", "prompts", "blocked", "dropped", "callback", "alert"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that one actor did. `index` is its place on the timeline, from 0."""

    actor: ClassVar[Actor]
    kind: ClassVar[str]
    index: int = -1
    at_ns: int = 0
    """The machine's monotonic clock, in nanoseconds."""

    @property
    def called(self) -> str:
        """The event as a reader sees it: `webview.departure`."""
        return f"{self.actor}.{self.kind}"


E = TypeVar("E", bound=Event)
EVENTS: dict[tuple[str, str], type[Event]] = {}
"""Every event by its actor and kind, in the order of this file."""


def says(actor: Actor, kind: str) -> Callable[[type[E]], type[E]]:
    """Give an event its actor and its kind, and list it."""

    def register(event: type[E]) -> type[E]:
        event.actor, event.kind = actor, kind
        EVENTS[actor, kind] = event
        return event

    return register


@says("scenario", "started")
@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioStarted(Event):
    """A scenario begins; always the first event. What a clause must know of the backend's configuration."""

    id: str
    engine: str = ""
    """Its name."""
    backend: str = ""
    """Its name."""
    storage_lasts: bool = False
    """Whether what the backend stores is meant to outlive its process."""
    resets: bool = True
    """Whether the backend can be put back to "not connected"."""
    shares_amo_clock: bool = False
    """Whether moving amoCRM's clock moves the backend's own."""
    deep_link: Mapping[str, str] = field(default_factory=dict[str, str])
    """Scheme, host and path of the app's link; the contract's where empty."""
    universal: tuple[str, ...] = ()
    """Origins whose addresses open the app as well."""
    texts: Mapping[str, str] = field(default_factory=dict[str, str])
    """The page's wording; the contract's where empty."""
    callback: str = ""
    """Path of the redirect URI."""
    leads_expected: int | None = None
    """How many leads the account has; None: not compared."""
    offers: tuple[str, ...] | None = None
    """What the backend offers, in the words of a clause's `needs`; None: everything."""
    by_hand: bool = False
    """Whether a person walks it, in a browser of their own that tells nobody what it does."""
    page_altered: bool = False
    """Whether a script of the harness is in the backend's pages, which tells what the browser does."""


@says("scenario", "did")
@dataclass(frozen=True, slots=True, kw_only=True)
class StoryStep(Event):
    """A step of the story, for the reader. What it says besides is about the next callback."""

    what: str
    """In the words of the story."""
    hostile: tuple[str, ...] = ()
    """Values from outside that must stay text."""
    state_kind: Literal["unknown", "spent"] | None = None
    """A state that the backend did not issue, or has already spent."""
    fault: str | None = None
    """What amoCRM is made to do wrong."""
    step: str | None = None
    """At which of its steps."""
    leads_expected: int | None = None
    """How many leads the account has from now on."""
    tokens: TokenState | None = None
    """What becomes of the tokens from now on."""
    foreign_host: str = ""
    """Whom the next callback's `referer` names in amoCRM's place."""
    accounts: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Names and ids of leads that one account alone has, by the account's id."""


@says("scenario", "noted")
@dataclass(frozen=True, slots=True, kw_only=True)
class NoteTaken(Event):
    """What a tester writes down, or shows in a picture; no clause asks for it, a reader does."""

    text: str = ""
    picture: str = ""
    """The file's name among the scenario's screenshots."""


@says("webview", "sent")
@dataclass(frozen=True, slots=True, kw_only=True)
class PageSent(Event):
    """The callback's page sends a secret to another origin than its own; what holds none is not told."""

    url: str


@says("webview", "picture_left_out")
@dataclass(frozen=True, slots=True, kw_only=True)
class PictureLeftOut(Event):
    """A screenshot is not kept, for what is legible on it would leave with it."""

    picture: str
    """The name that its file would have, such as `02-page`."""
    why: str


@says("scenario", "stood_still")
@dataclass(frozen=True, slots=True, kw_only=True)
class StoodStill(Event):
    """The machine did nothing for a while until now: what was waited for meanwhile says nothing."""

    for_s: float = 0


@says("scenario", "ended")
@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioEnded(Event):
    """A scenario is over."""


@says("scenario", "harness_failed")
@dataclass(frozen=True, slots=True, kw_only=True)
class HarnessFailed(Event):
    """The harness, the fake or the engine failed."""

    where: str
    """Which part."""
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AppEvent(Event):
    """Something that happens on a phone."""

    user: str | None = None
    """Whose phone it is."""


@says("app", "switched_on")
@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneSwitchedOn(AppEvent):
    """A phone with a user's app on it, once for each."""

    build: Build = "current"
    sdk: int = 0
    """Expo SDK of the app."""
    host: str = ""
    """Which browser shows the page, such as `ios-safari`."""


@says("app", "tap")
@dataclass(frozen=True, slots=True, kw_only=True)
class AppTap(AppEvent):
    """The user's finger on one of the app's own screens."""

    target: str
    """`connect` or `retry`."""


@says("app", "screen")
@dataclass(frozen=True, slots=True, kw_only=True)
class AppScreen(AppEvent):
    """What the user has before them."""

    screen: ScreenName
    state: ScreenState
    text: str = ""
    """What is written there."""
    leads: int | None = None
    """How many leads are listed; None: no list."""
    at_s: float = 0.0
    """The phone's own clock, in seconds."""


@says("app", "request")
@dataclass(frozen=True, slots=True, kw_only=True)
class AppRequest(AppEvent):
    """The app asks the backend."""

    purpose: Purpose
    id: int = 0
    """Number of the call, which its answer has too."""
    method: str = "GET"
    path: str = ""


@says("app", "response")
@dataclass(frozen=True, slots=True, kw_only=True)
class AppResponse(AppEvent):
    """The backend's answer to the app, and what the app reads there."""

    purpose: Purpose
    status: int
    id: int = 0
    connected: bool | None = None
    """What the status says; None: another call, or nothing that could be read."""
    leads: int | None = None
    """How many leads the answer lists."""
    more_leads: bool | None = None
    """Whether it says that another page of leads follows; None: no list of leads."""
    body: str = ""
    unreadable: str | None = None
    """What the app could not read there, in one sentence."""
    headers: tuple[tuple[str, str], ...] = ()
    kept_by: str | None = None
    """The header by which the phone gave an answer that it had kept; None: the backend's own."""


@says("app", "request_failed")
@dataclass(frozen=True, slots=True, kw_only=True)
class AppRequestFailed(AppEvent):
    """The app got no answer."""

    purpose: Purpose
    id: int = 0
    reason: str = ""
    """In axios's words."""


@says("app", "link_delivered")
@dataclass(frozen=True, slots=True, kw_only=True)
class LinkDelivered(AppEvent):
    """The system hands a deep link to the app."""

    url: str
    start: Start = "warm"
    """The app ran already, is started by the link, or finds it again as its JavaScript is reloaded."""
    installed: bool = True
    is_inferred: bool = False
    """Whether nobody saw it: the page's link, as a real app asked again after that page."""


@says("app", "link_routed")
@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRouted(AppEvent):
    """The app's router leads a link to a screen, with these parameters."""

    url: str
    screen: str = "callback"
    params: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict[str, str | tuple[str, ...]])
    """Name to a text, or to several where a release of the router keeps them."""


@says("app", "link_dropped")
@dataclass(frozen=True, slots=True, kw_only=True)
class LinkDropped(AppEvent):
    """The app's router makes nothing of a link."""

    url: str
    reason: str = ""


@says("app", "host_decided")
@dataclass(frozen=True, slots=True, kw_only=True)
class HostDecided(AppEvent):
    """What the phone's browser does with a departure."""

    url: str
    host: str
    """Which browser."""
    outcome: Outcome
    seen: str = ""
    """What the user sees of it."""


@says("app", "session_result")
@dataclass(frozen=True, slots=True, kw_only=True)
class SessionResult(AppEvent):
    """The browser session of the app has ended; a link that is its result is not routed by the system."""

    url: str = ""
    handled: bool = False
    """Whether anything in the app listens."""
    type: Literal["success", "cancel", "dismiss"] = "success"
    """`cancel`: the user closed it. `dismiss`: the app did, or was back before the link was heard."""


@says("app", "condition")
@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkCondition(AppEvent):
    """The phone's network from now on."""

    network: Network


@says("backend", "started")
@dataclass(frozen=True, slots=True, kw_only=True)
class BackendStarted(Event):
    """The backend serves."""

    how: Literal["in process", "child process", "already running"]
    backend: str = ""
    url: str = ""


@says("backend", "output")
@dataclass(frozen=True, slots=True, kw_only=True)
class BackendOutput(Event):
    """A line that the backend writes: of each recording the first megabyte, and that there was more."""

    line: str


@says("backend", "event")
@dataclass(frozen=True, slots=True, kw_only=True)
class BackendTold(Event):
    """What the reference backend tells of itself; clauses do not need it."""

    what: str
    """The reference backend's own word."""
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])


@says("backend", "refused")
@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionRefused(Event):
    """The backend turns to somebody else than amoCRM, whom the harness does not answer for."""

    host: str
    why: str = ""


@says("backend", "turned_elsewhere")
@dataclass(frozen=True, slots=True, kw_only=True)
class TurnedElsewhere(Event):
    """The backend calls a host that a callback named and that is not amoCRM's; what it sends there."""

    host: str
    tls: bool = False
    """Whether it began a TLS connection, whose content nobody sees."""
    request: str = ""
    """Request line, headers and body as they came, masked; at most 64 kB."""


@says("backend", "killed")
@dataclass(frozen=True, slots=True, kw_only=True)
class BackendKilled(Event):
    """The harness kills the backend."""

    why: str = ""


@says("backend", "ended")
@dataclass(frozen=True, slots=True, kw_only=True)
class BackendEnded(Event):
    """A process of the backend is over."""

    exit_code: int | None = None
    """Negative: ended by that signal."""
    expected: bool = False
    """Whether the harness ended it."""
    beside: str = ""
    """The command of a further process; empty: the backend's own."""
    why: str = ""
    """Why it does not serve again, after it was killed on purpose."""


@says("backend", "reset")
@dataclass(frozen=True, slots=True, kw_only=True)
class BackendReset(Event):
    """The backend is put back to "not connected"."""

    how: str = ""
    """As the configuration's `[start].reset` says."""
