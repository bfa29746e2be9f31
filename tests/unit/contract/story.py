"""Timelines written by hand: correct stories, in which a test changes one fact.

Owns the stories alone. They are recorded by the real recorder, so that a word outside the vocabulary
fails, and secrets are masked as in a run.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import count
from typing import Any, Self
from urllib.parse import quote

from harness.config.settings import DeepLink, Texts
from harness.contract import Finding, judge
from harness.timeline.events import Actor
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
CONTRASTS = [{"text": "Return to App", "ratio": 7.1}]
BUTTON: dict[str, Any] = {
    "text": TEXTS.button,
    "name": TEXTS.button,
    "tag": "button",
    "visible": True,
    "enabled": True,
    "in_viewport": True,
    "covered": False,
    "width": 200,
    "height": 48,
    "href": None,
}
PAGE_HEADERS = [
    ["Content-Type", "text/html; charset=utf-8"],
    ["Cache-Control", "no-store"],
    ["Referrer-Policy", "no-referrer"],
]
AUTH_URL = "https://www.amocrm.ru/oauth?client_id=42&state="
MILLISECOND_NS = 1_000_000

Address = tuple[Actor, str]
PAGE: Address = ("webview", "page")
DEPARTURE: Address = ("webview", "departure")
TOKEN_REQUEST: Address = ("amo", "token_request")
RESPONSE: Address = ("gateway", "response")


@dataclass
class Row:
    """One event to be recorded."""

    actor: Actor
    kind: str
    data: dict[str, Any]


class Story:
    """Events in their order, one a millisecond."""

    def __init__(self, **started: Any) -> None:
        self.rows: list[Row] = []
        self.exchanges = 0
        self.taps = 0
        backend = {"deep_link": asdict(DeepLink()), "texts": asdict(TEXTS), "storage_lasts": True}
        self.say("scenario", "started", **({"id": "story", "callback": CALLBACK} | backend | started))
        self.say("backend", "started", name="story", url="http://127.0.0.1:1", how="in process")

    def say(self, actor: Actor, kind: str, /, **data: Any) -> Self:
        """Append an event."""
        self.rows.append(Row(actor, kind, data))
        return self

    def at(self, address: Address, nth: int = 0, **values: Any) -> int:
        """Return the place of the n-th event of an address that has these values."""
        places = [
            place
            for place, row in enumerate(self.rows)
            if (row.actor, row.kind) == address and values.items() <= row.data.items()
        ]
        return places[nth]

    def change(self, address: Address, /, nth: int = 0, **data: Any) -> Self:
        """Replace values of the n-th event of an address."""
        self.rows[self.at(address, nth)].data.update(data)
        return self

    def drop(self, address: Address, /, **values: Any) -> Self:
        """Leave out every event of an address that has these values."""
        self.rows = [
            row
            for row in self.rows
            if (row.actor, row.kind) != address or not values.items() <= row.data.items()
        ]
        return self

    def move(self, address: Address, /, *, before: Address) -> Self:
        """Let an event happen earlier."""
        row = self.rows.pop(self.at(address))
        self.rows.insert(self.at(before), row)
        return self

    def say_before(self, place: Address, actor: Actor, kind: str, /, **data: Any) -> Self:
        """Insert an event before the first event of an address."""
        self.rows.insert(self.at(place), Row(actor, kind, data))
        return self

    def timeline(self) -> Timeline:
        """Record the story."""
        recorder = Recorder(clock_ns=count(step=MILLISECOND_NS).__next__)
        for label, value in SECRETS.items():
            recorder.secret(label.split("/")[0], value)
        for row in self.rows:
            recorder.record(row.actor, row.kind, **row.data)
        return recorder.timeline()

    def finding(self, clause_id: str) -> Finding:
        """Judge the story by one clause."""
        return judge(self.timeline(), [clause_id])[clause_id]

    def asks_status(self, connected: bool | None, *, status: int = 200, user: str = "1") -> Self:
        """The app asks the backend for the status."""
        self.say("app", "request", purpose="status", method="GET", path="/api/amo-crm/status", user=user)
        body = json.dumps({"connected": connected})
        return self.say(
            "app", "response", purpose="status", status=status, connected=connected, body=body, user=user
        )

    def asks_leads(self, leads: int | None = 3, *, status: int = 200) -> Self:
        """The app asks the backend for the leads."""
        self.say("app", "request", purpose="leads", method="GET", path="/api/leads", user="1")
        return self.say("app", "response", purpose="leads", status=status, leads=leads, body="[]", user="1")

    def taps_connect(self, state: str = STATE, *, user: str = "1") -> Self:
        """The app asks for the authorization URL."""
        self.say("app", "tap", target="connect")
        self.say("app", "request", purpose="auth_url", method="GET", path="/api/amo-crm/auth-url", user=user)
        body = json.dumps({"url": AUTH_URL + quote(state, safe="")})
        return self.say("app", "response", purpose="auth_url", status=200, body=body, user=user)

    def consents(self, code: str = CODE, state: str | None = STATE) -> Self:
        """The user allows access."""
        self.say("amo", "consent_shown", client_id="42", state=state)
        return self.say("amo", "consent_given", code=code, state=state)

    def callback(self, **query: str) -> Self:
        """The browser calls the callback."""
        self.exchanges += 1
        given = {name: [value] for name, value in query.items()}
        return self.gateway("request", method="GET", path=CALLBACK, query=given, is_callback=True)

    def follows(self, path: str, **query: str) -> Self:
        """The browser follows a redirect, or loads what it led to again."""
        self.exchanges += 1
        given = {name: [value] for name, value in query.items()}
        return self.gateway("request", method="GET", path=path, query=given, is_callback=False)

    def gateway(self, kind: str, **data: Any) -> Self:
        """Something happens to the latest exchange."""
        return self.say("gateway", kind, **({"exchange": self.exchanges} | data))

    def asks_amo(self, code: str = CODE, *, status: int | None = 200, hold: bool = True) -> Self:
        """The backend sends a code to amoCRM."""
        self.say("amo", "token_request", grant_type="authorization_code", code=code, status=status)
        if status == 200:
            self.say("amo", "tokens_issued", access_token=ACCESS_TOKEN, refresh_token=REFRESH_TOKEN)
        if hold:
            self.say("amo", "token_held", step="token").say("amo", "token_released", step="token")
        return self

    def answers(
        self,
        body: str = "<p>page</p>",
        *,
        status: int = 200,
        headers: list[list[str]] | None = None,
        connected: bool | None = True,
    ) -> Self:
        """The backend answers the latest exchange."""
        self.gateway("first_byte").gateway("probe", http_status=200, connected=connected)
        self.gateway("released")
        kept = PAGE_HEADERS if headers is None else headers
        return self.gateway("response", status=status, headers=kept, body=body, is_page=True)

    def shows(self, *said: str, title: str, **page: Any) -> Self:
        """The browser shows the answer."""
        defaults: dict[str, Any] = {
            "url": f"http://127.0.0.1:1{CALLBACK}",
            "http_status": 200,
            "content_type": "text/html",
            "charset": "UTF-8",
            "title": title,
            "text": "\n".join((*said, TEXTS.tap_hint, TEXTS.button)),
            "html": "<html></html>",
            "lang": "en",
            "contrasts": CONTRASTS,
            "first_paint_ms": 13.0,
            "timers_run": False,
            "button": dict(BUTTON),
        }
        return self.say("webview", "page", **({"exchange": self.exchanges} | defaults | page))

    def shows_success(self, **page: Any) -> Self:
        """The browser shows the success page."""
        return self.shows(TEXTS.success_heading, TEXTS.success_message, title=TEXTS.success_title, **page)

    def shows_failure(self, *said: str, **page: Any) -> Self:
        """The browser shows the page of a failed exchange."""
        return self.shows(TEXTS.failed_heading, *said, title=TEXTS.failed_title, **page)

    def is_left_alone(self, page_time_s: float = 600, *moments: str) -> Self:
        """Nobody touches the page."""
        return self.say("webview", "left_alone", page_time_s=page_time_s, moments=list(moments))

    def taps_return(self, url: str = SUCCESS_LINK, **departure: Any) -> Self:
        """The user taps the page's button, and it departs."""
        self.taps += 1
        self.say("webview", "tap", number=self.taps, target=TEXTS.button, trusted=True)
        self.departs(url, tap=self.taps, **departure)
        return self.say("webview", "tap_settled", number=self.taps)

    def departs(self, url: str = SUCCESS_LINK, **departure: Any) -> Self:
        """The page opens a link."""
        defaults = {"mechanism": "navigation", "user_gesture": True, "same_tab": True, "tap": None}
        return self.say("webview", "departure", **({"url": url} | defaults | departure))

    def link_arrives(self, url: str = SUCCESS_LINK, **params: Any) -> Self:
        """The link reaches the app, whose router reads it."""
        self.say("app", "link_delivered", url=url, start="warm", installed=True)
        return self.say("app", "link_routed", url=url, screen="callback", params=params)

    def screen(self, screen: str, state: str, text: str = "", *, at_s: float = 0, **data: Any) -> Self:
        """The app shows a screen."""
        return self.say("app", "screen", screen=screen, state=state, text=text, at_s=at_s, **data)

    def app_succeeds(self) -> Self:
        """The app refreshes, shows success and then the CRM tab."""
        self.screen("callback", "processing", at_s=10).asks_status(True).asks_leads()
        self.screen("callback", "success", at_s=10)
        return self.screen("crm", "connected", "Підключено", at_s=11, leads=3)

    def app_fails(self, text: str) -> Self:
        """The app shows an error, and the user tries again."""
        self.screen("callback", "error", text, at_s=10).say("app", "tap", target="retry")
        return self.screen("crm", "disconnected", "Підключіть АМО CRM", at_s=15)


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
    story = begins().say("scenario", "did", what="amoCRM: reset at token", fault="reset")
    story.consents().callback(code=CODE, state=STATE)
    story.say("amo", "fault_used", step="token", kind="reset", when="before")
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
            assert max(finding.events) < len(self.story.rows)
