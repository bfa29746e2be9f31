"""One user's phone without a browser: the app's calls, amoCRM's consent, the callback, all over HTTP.

Owns the requests and what is told of them, in the timeline's words. The user is the phone's browser and the
gateway at once: when the first byte of a callback's page is there, the status is asked for before the page
is read. Must not judge.
"""

import itertools
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

from harness.addresses import parts_of
from harness.api_client.answers import connected_in
from harness.api_client.authorization import app_state, own_authorization_url
from harness.api_client.reading import at, json_of, rows
from harness.config.placeholders import fill_in
from harness.config.settings import ZONES, Http, method_and_path
from harness.load.driving.marks import Marks
from harness.load.driving.people import PASSWORD, Person, people_told_in
from harness.load.driving.plan import Plan
from harness.load.driving.wire import PORTS, Answer, NoAnswer, Wire

BROWSER = {
    "User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Mode": "navigate",
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
MOST_REDIRECTS = 10
LONGEST_BODY = 20_000
"""Characters of an answer that are kept."""
FOUND = (301, 302, 303, 307, 308)
Row = list[Any]
Timed = Callable[[str, float, int, str], None]
"""Hears of each request: step, milliseconds, bytes, what was wrong."""


class GaveUp(Exception):  # noqa: N818 - what a user does whom nothing leads on
    """The journey cannot go on; the message says why."""


@dataclass(slots=True)
class Story:
    """What happened on one journey, as rows of kind, moment and facts."""

    marks: Marks
    rows: list[Row] = field(default_factory=list[Row])

    def tell(self, kind: str, at_ns: int = 0, **facts: Any) -> None:
        """Add an event, at this moment or now; its texts are free of secrets already."""
        self.rows.append([kind, at_ns or time.monotonic_ns(), facts])

    def hide(self, text: str) -> str:
        """Return a text fit to be kept."""
        return self.marks.hide(text)[:LONGEST_BODY]


class Phone:
    """The phone of one person, on one journey after the other."""

    def __init__(self, plan: Plan, person: Person, wire: Wire, timed: Timed, turn: Iterator[int]) -> None:
        self.plan, self.person = plan, person
        self._wire, self._timed, self._turn = wire, timed, turn
        self._ids, self._exchanges = itertools.count(1), itertools.count(1)
        self.story = Story(plan.marks)

    def begin_at(self, other: "Phone", first_id: int) -> None:
        """Tell of what it does in another phone's story, its calls numbered from here on."""
        self.story, self._ids = other.story, itertools.count(first_id)

    @property
    def http(self) -> Http:
        """The backend's endpoints."""
        return self.plan.http

    def say(self, what: str, **facts: Any) -> None:
        """Tell what the next callback is about, as a step of the story."""
        self.story.tell("story.step", what=what, **facts)

    # --- the app ----------------------------------------------------------------------------------

    def sign_in(self, token_of: dict[str, str]) -> None:
        """Sign in to the backend where it wants that, once for each user."""
        sign_in, user = self.http.sign_in, self.person.user
        if not sign_in.call or user in token_of:
            return
        method, path = method_and_path(sign_in.call)
        body = fill_in(sign_in.body, {"user": user}).encode()
        answer = self._send(
            "sign in", method, self._backend() + path, {**self.http.headers_for(user), **JSON}, body
        )
        self.person.keep(answer.cookies)
        token = at(json_of(answer.text), sign_in.token) if sign_in.token else ""
        token_of[user] = token if isinstance(token, str) else ""

    def ask_status(self, token: str | None = None) -> bool | None:
        """Ask for the status as the app does; returns what it says."""
        if not self.http.status:
            return None
        answer = self._app_call("status", "GET", self.http.status, token)
        return None if answer is None else self._status_in(answer).value

    def ask_leads(self, token: str | None = None) -> Answer | None:
        """Ask for the first page of leads."""
        return self._app_call("leads", "GET", self.http.leads, token) if self.http.leads else None

    def ask_authorization_url(self, token: str | None = None) -> str:
        """Return amoCRM's URL, as the app gets or makes it; GaveUp where the backend gives none."""
        call = self.http.connect_call
        if call is None:
            return own_authorization_url(self.plan.amo_url, self.plan.client_id, app_state(self.person.user))
        method, path = call
        if self.http.connect_in_browser:
            return self._led_to_amo(self.http.connect_path(self.person.user, token))
        body = fill_in(self.http.connect_body, {"user": self.person.user}).encode()
        answer = self._app_call("auth_url", method, path, token, body)
        url = at(json_of(answer.text), self.http.connect_url) if answer is not None else None
        if not isinstance(url, str) or not url:
            raise GaveUp("the backend gave no authorization URL")
        return url

    def _led_to_amo(self, path: str) -> str:
        answer = self._send("connect", "GET", self._backend() + path, self._browser_headers())
        self.person.keep(answer.cookies)
        if answer.status not in FOUND:
            raise GaveUp(f"the connect path answered {answer.status} and led nowhere")
        return answer.header("location")

    def _app_call(
        self, purpose: str, method: str, path: str, token: str | None, body: bytes = b""
    ) -> Answer | None:
        number, user = next(self._ids), self.person.user
        story = self.story
        story.tell("app.request", purpose=purpose, id=number, method=method, path=path, user=user)
        headers = self._app_headers(token, JSON if body else {})
        try:
            answer = self._send(purpose, method, self._backend() + path, headers, body)
        except NoAnswer as error:
            story.tell("app.request_failed", purpose=purpose, id=number, reason=str(error), user=user)
            return None
        facts: dict[str, Any] = {"purpose": purpose, "id": number, "status": answer.status, "user": user}
        facts["body"] = story.hide(answer.text)
        if told := people_told_in(facts["body"]):
            facts["told"] = told
        if purpose == "status":
            read = self._status_in(answer)
            facts |= {"connected": read.value, "unreadable": read.unreadable}
        if purpose == "leads":
            listed = rows(json_of(answer.text), self.http.leads_list, "[http].leads_list").value
            facts["leads"] = None if listed is None else len(listed)
        story.tell("app.response", answer.ended_at_ns, **facts)
        return answer

    def _status_in(self, answer: Answer) -> Any:
        return connected_in(self.http, answer.status, json_of(answer.text))

    def _app_headers(self, token: str | None, more: Mapping[str, str]) -> dict[str, str]:
        headers = {**self.http.headers_for(self.person.user, token or ""), **more}
        if self.person.app_cookies:
            headers["Cookie"] = _cookie_header(self.person.app_cookies)
        return headers

    # --- amoCRM -----------------------------------------------------------------------------------

    def decide(self, url: str, decision: str = "allow") -> str:
        """Sign in at amoCRM where nobody is, see the consent page, decide; returns where that leads."""
        url = self._at_the_fake(url)
        query = urlsplit(url).query
        if not self.person.cookie:
            fields = urlencode({"login": self.person.login, "password": PASSWORD}).encode()
            answer = self._send(
                "amoCRM sign-in", "POST", f"{self.plan.amo_url}/oauth/login?{query}", FORM, fields
            )
            self.person.enter(_cookie_header(answer.cookies))
        session = {"Cookie": self.person.cookie, "Accept": "text/html"}
        shown = self._send("amoCRM consent", "GET", url, session)
        if shown.status != 200:  # noqa: PLR2004 - OK
            raise GaveUp(f"amoCRM's consent page answered {shown.status}: {shown.header('location')[:80]}")
        answer = self._send(
            "amoCRM decision",
            "POST",
            f"{self.plan.amo_url}/oauth?{query}",
            {**session, **FORM},
            urlencode({"decision": decision}).encode(),
        )
        target = answer.header("location")
        if answer.status not in FOUND or not target.startswith(self.plan.public_url):
            raise GaveUp(f"amoCRM did not lead back to the redirect URI ({answer.status})")
        return target

    def _at_the_fake(self, url: str) -> str:
        """Return amoCRM's own address as the fake's; its path is followed as it is."""
        parts = parts_of(url)
        if parts is None or parts.scheme not in PORTS:
            raise GaveUp("the authorization URL is no address of the web")
        host = parts.hostname or ""
        if any(host == zone or host.endswith(f".{zone}") for zone in ZONES):
            return f"{self.plan.amo_url}{parts.path}?{parts.query}"
        return url

    # --- the callback -----------------------------------------------------------------------------

    def open_callback(self, url: str, token: str | None = None) -> Answer | None:
        """Open the redirect URI and follow where it leads on the web; None where no answer came."""
        answer: Answer | None = None
        for _ in range(MOST_REDIRECTS):
            answer = self._navigate(url, token)
            target = answer.header("location") if answer is not None and answer.status in FOUND else ""
            leads_to = parts_of(target, url) if target else None
            if leads_to is None or leads_to.scheme not in PORTS:
                return answer
            url = leads_to.geturl()
        return answer

    def _navigate(self, url: str, token: str | None) -> Answer | None:
        parts = urlsplit(url)
        is_callback = parts.path == self.http.callback
        number = next(self._exchanges)
        marks: dict[str, Any] = {"exchange": number, "is_callback": is_callback}
        query = parse_qs(self.story.marks.hide(parts.query), keep_blank_values=True)
        self.story.tell("gateway.request", path=parts.path, query=query, **marks)

        def look(answer: Answer) -> None:
            self.story.tell("gateway.first_byte", answer.head_at_ns, **marks)
            self._probe(marks, token)
            self.story.tell("gateway.released", **marks)

        try:
            answer = self._send(
                "callback", "GET", self._served_at(url), self._browser_headers(parts.netloc), at_head=look
            )
        except NoAnswer as error:
            self.story.tell("gateway.broken", reason=str(error), **marks)
            return None
        self.person.keep(answer.cookies)
        headers = [(name, self.story.marks.hide(value)) for name, value in answer.headers]
        self.story.tell(
            "gateway.response",
            answer.ended_at_ns,
            status=answer.status,
            headers=headers,
            body=self.story.hide(answer.text),
            **marks,
        )
        return answer

    def _probe(self, marks: Mapping[str, Any], token: str | None) -> None:
        """Ask for the status while the page has not been read, on a connection beside it."""
        if not self.http.status:
            return
        facts: dict[str, Any] = {"user": self.person.user}
        try:
            answer = self._send(
                "status at the first byte",
                "GET",
                self._backend() + self.http.status,
                self._app_headers(token, {}),
            )
        except NoAnswer as error:
            facts["reason"] = str(error)
        else:
            read = self._status_in(answer)
            facts |= {"http_status": answer.status, "connected": read.value, "unreadable": read.unreadable}
            facts["body"] = self.story.hide(answer.text)
        self.story.tell("gateway.probe", **facts, **marks)

    def _served_at(self, url: str) -> str:
        """Return where an address of the public origin, or of a frontend's, is served."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        rest = url[len(origin) :]
        if origin == self.plan.public_url:
            return self._backend() + rest
        return self.http.frontends.get(origin, origin) + rest

    def _browser_headers(self, host: str = "") -> dict[str, str]:
        headers = {**BROWSER, **({"Host": host} if host else {})}
        if self.person.app_cookies:
            headers["Cookie"] = _cookie_header(self.person.app_cookies)
        return headers

    def _backend(self) -> str:
        """Return the origin of the instance whose turn it is."""
        urls = self.plan.backend_urls
        return urls[next(self._turn) % len(urls)]

    def _send(
        self,
        step: str,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        *,
        at_head: Callable[[Answer], None] | None = None,
    ) -> Answer:
        began_s = time.perf_counter()
        try:
            answer = self._wire.ask(method, url, headers=headers, body=body, at_head=at_head)
        except NoAnswer as error:
            self._timed(step, 1000 * (time.perf_counter() - began_s), 0, str(error))
            raise
        until_ns = answer.head_at_ns if at_head is not None else answer.ended_at_ns
        wrong = f"HTTP {answer.status}" if answer.status >= 500 else ""  # noqa: PLR2004 - 5xx
        self._timed(step, (until_ns - answer.asked_at_ns) / 1e6, len(answer.body), wrong)
        return answer


def with_query(url: str, **parameters: str) -> str:
    """Return an address with these parameters in the place of its own of that name."""
    parts = urlsplit(url)
    query = {**dict(parse_qsl(parts.query, keep_blank_values=True)), **parameters}
    return urlunsplit(parts._replace(query=urlencode(query)))


def _cookie_header(cookies: Mapping[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def line_of(person: Person, kind: str, story: Story, why: str = "") -> str:
    """Return a journey as one line to be written."""
    return json.dumps(
        {"n": person.number, "u": person.user, "k": kind, "why": why, "e": story.rows},
        ensure_ascii=False,
        separators=(",", ":"),
    )
