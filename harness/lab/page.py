"""The lab's pages: what to try, each way's own page with its question, and the redirect.

Owns their addresses below a prefix and what an answer must bring. Keeps nothing but by `Answers`; whoever
mounts the router says who may come in.
"""

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote

from fastapi import APIRouter, Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from fake_amo.http.guard import foreign_change, page_headers
from fake_amo.http.owner import new_token
from harness.errors import UsageError
from harness.lab.answers import Answers
from harness.lab.ways import BY_ID, WAYS, Way, markup_of
from harness.phone.hosts.host import SEEN
from harness.phone.hosts.measured import LONGEST_TEXT, Measurement
from harness.phone.hosts.tables import HOSTS

COOKIE, KEY = "amo-lab", "key"
MOST_BYTES = 20_000
OTHER = "other"
QUESTIONS: Mapping[str, str] = {
    "opens": "The app opened at once",
    "prompts": "A question: Open in “App”?",
    "blocked": "Nothing: this page stayed as it is",
    "alert": "An alert that the page or address cannot be opened",
    "callback": "The browser closed, and the app had its answer",
    OTHER: "Something else",
}
"""What a person can have seen, by the host tables' outcomes; `dropped` looks like `blocked`."""
_STYLE = Path(__file__).with_name("pages").joinpath("lab.css")
_TEMPLATES = Environment(
    loader=PackageLoader("harness.lab", "pages"), autoescape=True, undefined=StrictUndefined
)
_IOS = re.compile(r"OS (\d+)_(\d+)")
_ANDROID = re.compile(r"Android (\d+)")


@dataclass(frozen=True, slots=True)
class PhoneFacts:
    """What a person says of the phone once, and every answer carries."""

    host: str
    device: str
    system: str
    app_installed: bool


@dataclass(frozen=True, slots=True)
class _NotTaken:
    """Why what a form brought is not taken."""

    status: int
    why: str


@dataclass(frozen=True, slots=True)
class Lab:
    """The pages at one prefix, such as `/lab`."""

    answers: Answers
    link: str
    """What each way leads to: the app's own link."""
    prefix: str = "/lab"
    key: str = field(default_factory=new_token)
    """What each form brings: whoever cannot read the lab's pages answers nothing. On plain http a browser
    does not say whose page asks."""
    home: str = ""
    """Where a person came from, and is led back to."""

    def router(self) -> APIRouter:
        """Return the pages to be mounted."""
        router = APIRouter(prefix=self.prefix)
        router.get("", response_class=Response)(self.index)
        router.post("", response_class=Response)(self.take_phone)
        router.get("/lab.css", response_class=Response)(_style)
        router.get("/go", response_class=Response)(self.go)
        router.get("/{way_id}", response_class=Response)(self.way)
        router.post("/{way_id}", response_class=Response)(self.take_answer)
        return router

    def index(self, request: Request) -> Response:
        """Ask for the phone first, then list what to try."""
        facts = _facts(request)
        agent = request.headers.get("user-agent", "")
        return self._page("index.html", facts=facts, guess=facts or _guess(agent), counts=self._counts(facts))

    async def take_phone(self, request: Request) -> Response:
        """Keep what the person says of the phone, in the phone itself."""
        fields = await self._fields(request)
        if isinstance(fields, Response):
            return fields
        facts = {
            "host": fields.get("host", ""),
            "device": _line(fields.get("device", "")),
            "system": _line(fields.get("system", "")),
            "app_installed": fields.get("app_installed") == "yes",
        }
        if facts["host"] not in HOSTS or not facts["device"] or not facts["system"]:
            return self._told(400, "Say which browser, which phone and which system it is")
        answer = self._see_other()
        answer.set_cookie(
            COOKIE, quote(json.dumps(facts)), path=self.prefix, httponly=True, samesite="strict"
        )
        return answer

    def way(self, request: Request, way_id: str) -> Response:
        """Leave in one way, and ask what was seen."""
        way = BY_ID.get(way_id)
        if way is None:
            return self._told(404, "There is no such way to leave")
        if _facts(request) is None:
            return self._see_other()
        answer = self._page(
            "way.html",
            may_leave=True,
            way=way,
            questions=QUESTIONS,
            markup=markup_of(way, self.link, f"{self.prefix}/go"),
        )
        if way.refresh_header:
            answer.headers["refresh"] = f"0; url={self.link}"
        return answer

    def go(self) -> Response:
        """Redirect to the app."""
        return Response(
            status_code=302, headers={"location": self.link, **dict(page_headers("default-src 'none'"))}
        )

    async def take_answer(self, request: Request, way_id: str) -> Response:
        """Keep what was seen."""
        fields = await self._fields(request)
        if isinstance(fields, Response):
            return fields
        way, facts, seen = BY_ID.get(way_id), _facts(request), fields.get("seen", "")
        if way is None or facts is None or seen not in QUESTIONS:
            return self._told(400, "Say what you saw, on a page of the lab")
        if seen == OTHER and not fields.get("note", "").strip():
            return self._told(400, "“Something else” needs your words: go back, and write what you saw")
        try:
            self.answers.add(_measurement(way, facts, seen, _line(fields.get("note", "")), request))
        except ValueError as problem:
            return self._told(400, str(problem))
        except UsageError as problem:
            return self._told(507, str(problem))
        return self._see_other(f"#{way.id}")

    async def _fields(self, request: Request) -> dict[str, str] | Response:
        """Return a form's fields, or the page that says why it is not taken."""
        fields = await _fields(request)
        if isinstance(fields, _NotTaken):
            return self._told(fields.status, fields.why)
        if not hmac.compare_digest(fields.get(KEY, "").encode(), self.key.encode()):
            return self._told(403, "This is for the forms of the lab: load its page again")
        return fields

    def _told(self, status: int, text: str) -> Response:
        """Say what is wrong on a page that a phone can read, with a way back."""
        answer = self._page("told.html", text=text.removesuffix("."))
        answer.status_code = status
        return answer

    def _counts(self, facts: PhoneFacts | None) -> dict[str, int]:
        own = [
            each.way
            for each in self.answers.kept
            if facts and (each.host, each.device) == (facts.host, facts.device)
        ]
        return {way.id: own.count(way.id) for way in WAYS}

    def _see_other(self, fragment: str = "") -> Response:
        return RedirectResponse(
            f"{self.prefix}{fragment}", 303, headers=dict(page_headers("default-src 'none'"))
        )

    def _page(self, name: str, *, may_leave: bool = False, **values: object) -> Response:
        scheme = self.link.partition(":")[0]
        policy = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'"
        if may_leave:  # by every way: that is what the page is for
            policy += f" {scheme}:; frame-src {scheme}:; script-src 'unsafe-inline'"
        text = _TEMPLATES.get_template(name).render(
            prefix=self.prefix,
            home=self.home,
            key=self.key,
            hosts=HOSTS,
            ways=WAYS,
            seen=SEEN,
            longest=LONGEST_TEXT,
            **values,
        )
        return HTMLResponse(text, headers=dict(page_headers(policy)))


def _style() -> Response:
    headers = dict(page_headers("default-src 'none'"))
    return Response(_STYLE.read_text(encoding="utf-8"), media_type="text/css", headers=headers)


async def _fields(request: Request) -> dict[str, str] | _NotTaken:
    """Return a form's fields, or why it is not taken."""
    foreign = foreign_change(request.method, request.headers)
    if foreign is not None:
        return _NotTaken(403, foreign)
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            return _NotTaken(413, "That is too much for an answer")
    given = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[-1] for name, values in given.items()}


def _line(text: str) -> str:
    """Return a person's words as one line of what can be printed."""
    return "".join(each if each.isprintable() else " " for each in text).strip()[:LONGEST_TEXT]


def _facts(request: Request) -> PhoneFacts | None:
    """Return what the phone brings of itself, None where that is nothing that can be used."""
    try:
        brought = json.loads(unquote(request.cookies.get(COOKIE, "")))
        facts = PhoneFacts(
            str(brought["host"]),
            _line(str(brought["device"])),
            _line(str(brought["system"])),
            brought["app_installed"] is True,
        )
    except (ValueError, TypeError, KeyError):
        return None
    return facts if facts.host in HOSTS and facts.device and facts.system else None


def _guess(agent: str) -> PhoneFacts:
    """Return what a user agent tells of a phone; a person corrects it, for it is not always true."""
    if found := _IOS.search(agent):
        return PhoneFacts("ios-safari", "iPhone", f"iOS {found[1]}.{found[2]}", app_installed=True)
    if found := _ANDROID.search(agent):
        return PhoneFacts("android-custom-tab", "", f"Android {found[1]}", app_installed=True)
    return PhoneFacts("ios-safari", "", "", app_installed=True)


def _measurement(way: Way, facts: PhoneFacts, seen: str, note: str, request: Request) -> Measurement:
    return Measurement(
        host=facts.host,
        mechanism=way.mechanism,
        gesture=way.gesture,
        way=way.id,
        outcome=next((each for each in SEEN if each == seen), None),
        device=facts.device,
        system=facts.system,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        app_installed=facts.app_installed,
        user_agent=_line(request.headers.get("user-agent", "")),
        note=note,
    )
