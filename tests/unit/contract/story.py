"""Timelines written by hand: correct stories, in which a test changes one fact.

Owns the stories alone. They are typed events, so that an unknown field fails, and the real recorder records
them, so that secrets are masked as in a run.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from itertools import count
from typing import Any, Self
from urllib.parse import quote, urlencode

from harness.config.settings import DeepLink, Texts
from harness.contract import Finding, judge
from harness.timeline.amo_events import (
    ConsentGiven,
    ConsentShown,
    FaultUsed,
    TokenHeld,
    TokenReleased,
    TokenRequest,
    TokensIssued,
)
from harness.timeline.events import (
    AppRequest,
    AppResponse,
    AppScreen,
    AppTap,
    BackendStarted,
    Event,
    LinkDelivered,
    LinkRouted,
    ScenarioStarted,
    ScreenName,
    ScreenState,
    StoryStep,
)
from harness.timeline.gateway_events import (
    FirstByte,
    GatewayEvent,
    GatewayRequest,
    GatewayResponse,
    Released,
    StatusProbe,
)
from harness.timeline.page_events import (
    Button,
    Departure,
    LeftAlone,
    LoadFailed,
    PageShown,
    Tap,
    TapSettled,
    TouchedBeside,
)
from harness.timeline.recorder import Recorder
from harness.timeline.timeline import Timeline

CODE = "def50200c0de4711"
OTHER_CODE = "def50200ffee0815"
ACCESS_TOKEN = "eyJ0eXAi.access.4711"
REFRESH_TOKEN = "def50200refresh4711"
CLIENT_SECRET = "s3cr3t-of-the-integration"
STATE = "user-1.nonce-abc"
CALLBACK = "/api/amo-crm/callback"
SUCCESS_LINK = f"foryoure://amo-crm/callback?success=true&state={STATE}"
TEXTS = Texts()
REASON = "Authorization code has been revoked"
BUTTON = Button(text=TEXTS.button, name=TEXTS.button, tag="button", width=200.0, height=48.0)
Headers = tuple[tuple[str, str], ...]
PAGE_HEADERS: Headers = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
)
AUTH_URL = "https://www.amocrm.ru/oauth?client_id=42&state="
MILLISECOND_NS = 1_000_000


LOST = "the page is gone: it stopped answering for 3 s"


def _is(event: Event, kind: type[Event], values: Mapping[str, Any]) -> bool:
    return isinstance(event, kind) and all(getattr(event, name) == value for name, value in values.items())


class Story:
    """Events in their order, one a millisecond."""

    def __init__(self, **started: Any) -> None:
        self.events: list[Event] = []
        self.exchanges = 0
        self.taps = 0
        begun = ScenarioStarted(
            id="story",
            callback=CALLBACK,
            deep_link=DeepLink().in_parts,
            texts=asdict(TEXTS),
            storage_lasts=True,
        )
        self.say(replace(begun, **started))
        self.say(BackendStarted(backend="story", url="http://127.0.0.1:1", how="in process"))

    def say(self, event: Event) -> Self:
        """Append an event."""
        self.events.append(event)
        return self

    def places(self, kind: type[Event], **values: Any) -> list[int]:
        """Return the places of the events of a type that have these values."""
        return [place for place, each in enumerate(self.events) if _is(each, kind, values)]

    def change(self, kind: type[Event], /, nth: int = 0, **data: Any) -> Self:
        """Replace values of the n-th event of a type."""
        place = self.places(kind)[nth]
        self.events[place] = replace(self.events[place], **data)
        return self

    def drop(self, kind: type[Event], /, **values: Any) -> Self:
        """Leave out every event of a type that has these values."""
        self.events = [each for each in self.events if not _is(each, kind, values)]
        return self

    def move(self, kind: type[Event], /, *, before: type[Event]) -> Self:
        """Let an event happen earlier."""
        moved = self.events.pop(self.places(kind)[0])
        return self.say_before(before, moved)

    def say_before(self, place: type[Event], event: Event) -> Self:
        """Insert an event before the first event of a type."""
        self.events.insert(self.places(place)[0], event)
        return self

    def never_shown(self, *, is_slow: bool = False) -> Self:
        """The browser gets the page and cannot show it."""
        self.drop(PageShown).change(GatewayRequest, is_browser=True, is_navigation=True)
        return self.say(LoadFailed(url=CALLBACK, reason=LOST, is_slow=is_slow))

    def timeline(self) -> Timeline:
        """Record the story."""
        recorder = Recorder(clock_ns=count(step=MILLISECOND_NS).__next__)
        for label, value in SECRETS.items():
            recorder.secret(label.split("/")[0], value)
        for event in self.events:
            recorder.record(event)
        return recorder.timeline()

    def finding(self, clause_id: str) -> Finding:
        """Judge the story by one clause."""
        return judge(self.timeline(), [clause_id])[clause_id]

    def asks_status(self, connected: bool | None, *, status: int = 200, user: str = "1") -> Self:
        """The app asks the backend for the status."""
        self.say(AppRequest(purpose="status", path="/api/amo-crm/status", user=user))
        body = json.dumps({"connected": connected})
        return self.say(
            AppResponse(purpose="status", status=status, connected=connected, body=body, user=user)
        )

    def asks_leads(self, leads: int | None = 3, *, status: int = 200, more: bool = False) -> Self:
        """The app asks the backend for the leads."""
        self.say(AppRequest(purpose="leads", path="/api/leads", user="1"))
        answer = AppResponse(purpose="leads", status=status, leads=leads, more_leads=more, user="1")
        return self.say(answer)

    def taps_connect(self, state: str = STATE, *, user: str = "1") -> Self:
        """The app asks for the authorization URL."""
        self.say(AppTap(target="connect"))
        self.say(AppRequest(purpose="auth_url", path="/api/amo-crm/auth-url", user=user))
        body = json.dumps({"url": AUTH_URL + quote(state, safe="")})
        return self.say(AppResponse(purpose="auth_url", status=200, body=body, user=user))

    def consents(self, code: str = CODE, state: str | None = STATE) -> Self:
        """The user allows access."""
        self.say(ConsentShown(client_id="42", state=state))
        return self.say(ConsentGiven(code=code, state=state))

    def callback(self, **query: str) -> Self:
        """The browser calls the callback."""
        self.exchanges += 1
        return self._asks(CALLBACK, query, is_callback=True)

    def follows(self, path: str, **query: str) -> Self:
        """The browser follows a redirect, or loads what it led to again."""
        self.exchanges += 1
        return self._asks(path, query, is_callback=False)

    def _asks(self, path: str, query: Mapping[str, str], *, is_callback: bool) -> Self:
        given = {name: (value,) for name, value in query.items()}
        return self.gateway(GatewayRequest, path=path, query=given, is_callback=is_callback)

    def gateway(self, kind: type[GatewayEvent], **data: Any) -> Self:
        """Something happens to the latest exchange."""
        exchange: int = data.pop("exchange", self.exchanges)
        return self.say(kind(exchange=exchange, **data))

    def asks_amo(self, code: str = CODE, *, status: int | None = 200, hold: bool = True) -> Self:
        """The backend sends a code to amoCRM."""
        self.say(TokenRequest(grant_type="authorization_code", code=code, status=status))
        if status == 200:
            self.say(TokensIssued(access_token=ACCESS_TOKEN, refresh_token=REFRESH_TOKEN))
        if hold:
            self.say(TokenHeld(step="token")).say(TokenReleased(step="token"))
        return self

    def answers(
        self,
        body: str = "<p>page</p>",
        *,
        status: int = 200,
        headers: Headers = PAGE_HEADERS,
        connected: bool | None = True,
    ) -> Self:
        """The backend answers the latest exchange."""
        self.gateway(FirstByte).gateway(StatusProbe, http_status=200, connected=connected).gateway(Released)
        return self.gateway(GatewayResponse, status=status, headers=headers, body=body, is_page=True)

    def shows(self, *said: str, title: str, **page: Any) -> Self:
        """The browser shows the answer."""
        shown = PageShown(
            exchange=self.exchanges,
            url=f"http://127.0.0.1:1{CALLBACK}",
            http_status=200,
            content_type="text/html",
            charset="UTF-8",
            title=title,
            text="\n".join((*said, TEXTS.tap_hint, TEXTS.button)),
            html="<html></html>",
            lang="en",
            first_paint_ms=13.0,
            button=BUTTON,
        )
        return self.say(replace(shown, **page))

    def shows_success(self, **page: Any) -> Self:
        """The browser shows the success page."""
        return self.shows(TEXTS.success_heading, TEXTS.success_message, title=TEXTS.success_title, **page)

    def shows_failure(self, *said: str, **page: Any) -> Self:
        """The browser shows the page of a failed exchange."""
        return self.shows(TEXTS.failed_heading, *said, title=TEXTS.failed_title, **page)

    def is_left_alone(self, page_time_s: float = 600.0, *moments: str) -> Self:
        """Nobody touches the page."""
        return self.say(LeftAlone(page_time_s=page_time_s, moments=moments))

    def touches_beside(self, how: str = "touch") -> Self:
        """A finger touches the page where nothing is to be tapped."""
        return self.say(TouchedBeside(how=how, x=16, y=16))

    def taps_return(self, url: str = SUCCESS_LINK, **departure: Any) -> Self:
        """The user taps the page's button, and it departs."""
        self.taps += 1
        self.say(Tap(number=self.taps, target=TEXTS.button))
        self.departs(url, tap=self.taps, **departure)
        return self.say(TapSettled(number=self.taps))

    def departs(self, url: str = SUCCESS_LINK, **departure: Any) -> Self:
        """The page opens a link."""
        departed = Departure(url=url, mechanism="navigation", user_gesture=True, same_tab=True)
        return self.say(replace(departed, **departure))

    def link_arrives(self, url: str = SUCCESS_LINK, **params: str) -> Self:
        """The link reaches the app, whose router reads it."""
        self.say(LinkDelivered(url=url))
        return self.say(LinkRouted(url=url, params=params))

    def screen(
        self,
        screen: ScreenName,
        state: ScreenState,
        text: str = "",
        *,
        at_s: float = 0.0,
        leads: int | None = None,
        user: str | None = None,
    ) -> Self:
        """The app shows a screen."""
        return self.say(AppScreen(screen=screen, state=state, text=text, at_s=at_s, leads=leads, user=user))

    def app_succeeds(self) -> Self:
        """The app refreshes, shows success and then the CRM tab."""
        self.screen("callback", "processing", at_s=10.0).asks_status(True).asks_leads()
        self.screen("callback", "success", at_s=10.0)
        return self.screen("crm", "connected", "Підключено", at_s=11.0, leads=3)

    def app_fails(self, text: str) -> Self:
        """The app shows an error, and the user tries again."""
        self.screen("callback", "error", text, at_s=10.0).say(AppTap(target="retry"))
        return self.screen("crm", "disconnected", "Підключіть АМО CRM", at_s=15.0)


SECRETS: Mapping[str, str] = {
    "code/1": CODE,
    "code/2": OTHER_CODE,
    "access_token": ACCESS_TOKEN,
    "refresh_token": REFRESH_TOKEN,
    "client_secret": CLIENT_SECRET,
}


def begins(state: str = STATE, **started: Any) -> Story:
    """Return the story up to the consent page: not connected, and the user taps "connect"."""
    story = Story(**started).screen("crm", "disconnected", "Підключіть АМО CRM").asks_status(False)
    return story.taps_connect(state)


def granted(state: str = STATE, **started: Any) -> Story:
    """Return the story up to the success page."""
    story = begins(state, **started).consents(CODE, state).callback(code=CODE, state=state)
    return story.asks_amo().answers().shows_success()


def handed_on(*, with_code: bool = True, also: str = "") -> Story:
    """Return a story whose callback redirects to another address of the backend, which exchanges the code.

    `with_code` hands the code on in that address; `also` stands beside it in the redirect.
    """
    query = {"code": CODE, "state": STATE} if with_code else {"id": "7"}
    address = f"/in?{urlencode(query, safe='‹›:')}"
    story = begins().consents().callback(code=CODE, state=STATE)
    story.answers(f"<p>Moved to {address}{also}", status=301, headers=(("Location", address),))
    story.change(GatewayResponse, goes_on=True, is_page=False)
    return story.follows("/in", **query).asks_amo().answers().shows_success()


def happy_path(**started: Any) -> Story:
    """Return the whole correct story."""
    story = granted(**started).is_left_alone().taps_return()
    return story.link_arrives(success="true", state=STATE).app_succeeds()


def refused(reason: str = REASON, error: str = "exchange_refused") -> Story:
    """Return the correct story of an exchange that amoCRM refuses."""
    story = begins().consents().callback(code=CODE, state=STATE).asks_amo(status=400)
    story.answers(connected=False).shows_failure(reason)
    url = f"foryoure://amo-crm/callback?error={error}"
    story.taps_return(url).link_arrives(url, error=error)
    return story.app_fails("Помилка авторизації. Спробуйте ще раз.").asks_status(False)


def code_missing() -> Story:
    """Return the correct story of a callback without a code."""
    story = begins().callback(state=STATE).answers(connected=False)
    story.shows(TEXTS.missing_heading, title=TEXTS.missing_title)
    url = "foryoure://amo-crm/callback?error=missing_code"
    return story.taps_return(url).link_arrives(url, error="missing_code").app_fails(ERROR_TEXT)


def declined() -> Story:
    """Return the correct story of a user who declines."""
    story = begins().callback(error="access_denied", state=STATE).answers(connected=False)
    story.shows_failure("Access was declined.")
    url = "foryoure://amo-crm/callback?error=access_denied"
    return story.taps_return(url).link_arrives(url, error="access_denied").app_fails(ERROR_TEXT)


def unreachable() -> Story:
    """Return the correct story of an amoCRM that resets the connection."""
    story = begins().say(StoryStep(what="amoCRM: reset at token", fault="reset"))
    story.consents().callback(code=CODE, state=STATE)
    story.say(FaultUsed(step="token", fault="reset", details={"when": "before"}))
    story.asks_amo(status=None, hold=False).answers(connected=False).shows_failure()
    return story.taps_return("foryoure://amo-crm/callback?error=amo_unreachable")


ERROR_TEXT = "Помилка авторизації. Спробуйте ще раз."


@dataclass(frozen=True)
class Case:
    """A story, the clause that judges it, and words of what it says."""

    clause: str
    what: str
    story: Story
    says: str = ""

    def __str__(self) -> str:
        return f"{self.clause} {self.what}"

    def check(self, result: str) -> None:
        """Assert the finding; a pass or a failure names what was expected and the events that prove it."""
        finding = self.story.finding(self.clause)
        assert (finding.result, self.says in finding.actual) == (result, True), finding
        if result != "not_observed":
            assert finding.expected
            assert finding.events
            assert max(finding.events) < len(self.story.events)


def consent_sent_twice() -> Story:
    """Return two codes for one state; the second is refused while the first one's token answer is held."""
    story = begins().callback(code=CODE, state=STATE).asks_amo(hold=False).say(TokenHeld(step="token"))
    story.callback(code=OTHER_CODE, state=STATE).answers()
    story.say(TokenReleased(step="token"))
    story.exchanges = 1
    return story.answers().shows_success()
