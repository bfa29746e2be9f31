"""The start page: it plays the app's CRM tab for a person without the app, in the phone's own browser.

Owns its few paths below `PREFIX` and whom they answer. What the app does is the journey's; every call of the
app goes from here as the simulated app's, so that the same clauses judge it.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from fastapi import APIRouter, Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response

from fake_amo.http.guard import foreign_change, page_headers
from fake_amo.http.owner import new_token
from harness.errors import HarnessError
from harness.serve.hand.journey import Journey
from harness.serve.hand.sitting import Sitting
from harness.serve.phone.lease import Lease

PREFIX = "/__phone"
LAB = "/__lab"
"""Where the lab is, to which the page leads."""
COOKIE, KEY = "amo-phone", "key"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action *"  # "connect" is answered with a redirect to amoCRM, and browsers look at where it leads
)
PAGES = Path(__file__).with_name("pages")
FILES = ("start.css", "start.js")
LEADS_SHOWN = 50
ONE_AT_A_TIME = 423
ANOTHER, OVER = "another", "over"
"""Words of pages that show no app; each page brings its own, and stays until `now` tells another one."""
CONFLICT = 409
_TEMPLATES = Environment(
    loader=PackageLoader("harness.serve.phone", "pages"), autoescape=True, undefined=StrictUndefined
)
Act = Callable[[Journey], object]
ACTS: dict[str, Act] = {
    "back": Journey.come_back,
    "tapped": Journey.follow_page_link,
    "again": Journey.start_again,
    "retry": Journey.retry,
    "wait": Journey.wait_out,
}
"""What a person does on the page, but for opening the app and connecting."""


@dataclass(frozen=True, slots=True)
class StartPage:
    """The pages of one sitting, for the phone that has the turn."""

    sitting: Sitting
    lease: Lease
    key: str = field(default_factory=new_token)
    """What each button brings: whoever cannot read the page cannot press it. On plain http a browser does not
    say whose page asks, and this machine's ports are one site."""
    mark: str = field(default_factory=lambda: new_token()[:6])
    """What a page of an earlier sitting at this port has otherwise: its buttons bring the old key."""

    def router(self) -> APIRouter:
        """Return them as a router."""
        paths = APIRouter(redirect_slashes=False)
        paths.get(PREFIX)(self.show)
        paths.get(f"{PREFIX}/now")(self.now)
        paths.get(f"{PREFIX}/")(_led_back)
        paths.get(f"{PREFIX}/{{name}}")(_file)
        paths.post(f"{PREFIX}/open")(self.open)
        paths.post(f"{PREFIX}/connect")(self.connect)
        paths.post(f"{PREFIX}/{{act}}")(self.act)
        return paths

    def show(self, request: Request) -> Response:
        """Show the app as it is now."""
        if not self.lease.may_walk(_brought(request)):
            return _another()
        return self._shown()

    def now(self, request: Request) -> Response:
        """Tell by one word whether what the page shows is still so."""
        word = self._word() if self.lease.may_walk(_brought(request)) else ANOTHER
        return PlainTextResponse(word, headers=_headers())

    def open(self, request: Request) -> Response:
        """Open the app."""
        return self._do(request, Journey.open_app)

    def connect(self, request: Request) -> Response:
        """Tap "connect": the person's browser goes where the backend sends it."""
        return self._do(request, Journey.connect, leads_on=True)

    def act(self, request: Request, act: str) -> Response:
        """Do one of the other things."""
        doing = ACTS.get(act)
        return PlainTextResponse("no such act\n", 404) if doing is None else self._do(request, doing)

    def _do(self, request: Request, act: Act, *, leads_on: bool = False) -> Response:
        """Press a button: whoever does it first has the turn, also in a journey that is under way."""
        refused = self._foreign(request)
        taken = None if refused else self.lease.take(_brought(request))
        if taken is None:
            return refused or _another()
        answer = self._done(act, leads_on=leads_on)
        answer.set_cookie(COOKIE, taken, path=PREFIX, httponly=True, samesite="strict")
        return answer

    def _done(self, act: Act, *, leads_on: bool) -> Response:
        try:
            led = act(self.sitting.journey)
        except HarnessError as error:
            return self._shown(str(error), status=CONFLICT)
        return RedirectResponse(str(led) if leads_on else PREFIX, 303, headers=_headers())

    def _foreign(self, request: Request) -> Response | None:
        refusal = foreign_change(request.method, request.headers)
        brought = request.query_params.get(KEY, "")
        if refusal is None and not hmac.compare_digest(brought.encode(), self.key.encode()):
            refusal = "this is for the buttons of the start page: load it again"
        return None if refusal is None else PlainTextResponse(f"{refusal}\n", 403, headers=_headers())

    def _shown(self, refusal: str = "", *, status: int = 200) -> Response:
        if self.sitting.is_finished:
            return _page("over.html", word=OVER)
        try:
            journey = self.sitting.journey
        except HarnessError:  # between two journeys: the script looks again in a second
            return _page("moment.html", word="moment")
        screen = journey.screen
        leads = screen.leads or ()
        return _page(
            "start.html",
            status=status,
            screen=screen,
            leads=[_lead(each) for each in leads[:LEADS_SHOWN]],
            more=max(0, len(leads) - LEADS_SHOWN),
            has_leads=screen.leads is not None,
            is_open=journey.is_open,
            has_link=bool(journey.page_link()),
            plan=journey.plan,
            word=self._word(),
            key=self.key,
            refusal=refusal,
            is_real=journey.real_app.has_called,
        )

    def _word(self) -> str:
        if self.sitting.is_finished:
            return OVER
        try:
            journey = self.sitting.journey
        except HarnessError:
            return "moment"
        screen = journey.screen
        link = "link" if journey.page_link() else ""
        return "-".join(
            (journey.plan.id, screen.name, screen.state, str(len(screen.leads or ())), link, self.mark)
        )


def _lead(row: Any) -> str:
    """Return what a lead is called; whatever shape a backend gives it."""
    if isinstance(row, dict):
        named = cast("dict[str, Any]", row)
        return str(named.get("name") or named.get("title") or named.get("id") or "…")
    return str(row)


def _another() -> Response:
    return _page("another.html", status=ONE_AT_A_TIME, word=ANOTHER)


def _brought(request: Request) -> str:
    return request.cookies.get(COOKIE, "")


def _headers() -> dict[str, str]:
    return dict(page_headers(POLICY))


def _led_back() -> Response:
    return RedirectResponse(PREFIX, 303, headers=_headers())


def _file(name: str) -> Response:
    if name not in FILES:  # as where a phone loads again what a button showed
        return _led_back()
    return FileResponse(PAGES / name, headers=_headers())


def _page(name: str, *, status: int = 200, **words: Any) -> Response:
    html = _TEMPLATES.get_template(name).render(prefix=PREFIX, lab=LAB, **{"word": "", "key": "", **words})
    return HTMLResponse(html, status, headers=_headers())
