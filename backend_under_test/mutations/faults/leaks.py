"""SEC-01, SEC-07, SEC-08: code, token or secret where they do not belong, and foreign lines in the log."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from backend_under_test.amo_client import Tokens
from backend_under_test.app_api import read_leads, read_status
from backend_under_test.authorizations import Authorizations
from backend_under_test.callback import Callback, CallbackQuery
from backend_under_test.connections import Connections
from backend_under_test.events import Value
from backend_under_test.mutations.edits import Change, parts, script
from backend_under_test.mutations.fault import Fault
from backend_under_test.outcome import Outcome
from backend_under_test.pages import Page

ANALYTICS = "http://127.0.0.1:44444/collect"
Leak = Callable[["LeakingCallback", CallbackQuery], str]


class LeakingCallback(Callback):
    """Puts what `leaked` finds into the success page, or into its headers."""

    leaked: Leak
    header = ""
    found = ""

    def page(self, query: CallbackQuery, outcome: Outcome) -> Page:
        """Find it."""
        self.found = type(self).leaked(self, query) if outcome.connected else ""
        return super().page(query, outcome)

    def respond(self, page: Page) -> Response:
        """Leak it."""
        headers = self.view.headers(page)
        html = self.view.html(page)
        if self.found and self.header:
            headers[self.header] = self.found
        elif self.found:
            html = html.replace("</main>", f"</main><!-- {self.found} -->")
        return Response(html, headers=headers)


def _code(_callback: Callback, query: CallbackQuery) -> str:
    return query.code


def _secret(callback: Callback, _query: CallbackQuery) -> str:
    return callback.settings.client_secret


def _token(callback: Callback, _query: CallbackQuery) -> str:
    grants = (callback.authorizations.store.grant(user) for user in callback.settings.sessions.values())
    return next(grant.access_token for grant in grants if grant)


def leaking(identity: str, title: str, leak: Leak, in_header: str = "") -> Fault:
    """A fault that shows a secret on the success page or in one of its headers."""
    callback = type("Leaking", (LeakingCallback,), {"leaked": staticmethod(leak), "header": in_header})
    return Fault(identity, title, ("SEC-01",), parts(callback=callback))


def _with(response: Response, **more: Any) -> Response:
    return JSONResponse({**json.loads(bytes(response.body)), **more}, response.status_code)


def status_with_token(connections: Connections, user: str) -> Response:
    """The status tells the refresh token."""
    grant = connections.grant(user)
    return _with(read_status(connections, user), refresh_token=grant.refresh_token if grant else None)


async def leads_with_token(connections: Connections, user: str, page: int, limit: int) -> Response:
    """The leads tell the access token."""
    response = await read_leads(connections, user, page, limit)
    grant = connections.grant(user)
    return _with(response, access_token=grant.access_token if grant else None)


class LogsCode(Callback):
    """Writes the callback's query into the log."""

    async def decide(self, query: CallbackQuery) -> Outcome:
        """Log, then decide."""
        self.journal.log("info", "callback", code=query.code)
        return await super().decide(query)


class LogsTokens(Authorizations):
    """Writes the tokens into the log."""

    def keep(self, state_digest: str, user: str, account: str, tokens: Tokens) -> None:
        """Log, then keep."""
        self.journal.log("debug", "tokens", access_token=tokens.access_token)
        super().keep(state_digest, user, account, tokens)


def unescaped_line(level: str, message: str, fields: Mapping[str, Value]) -> str:
    """A line whose values can hold line breaks."""
    return " ".join([level, message, *(f"{name}={value}" for name, value in fields.items())])


class LogsStateAsItCame(Callback):
    """Writes the state into the log as it came."""

    async def decide(self, query: CallbackQuery) -> Outcome:
        """Log, then decide."""
        self.journal.log("info", f"state {query.state}")
        return await super().decide(query)


AMO_HOST = re.compile(r"amocrm\.(ru|com)|kommo\.com")


def believes(accepts: Callable[[str], bool]) -> Change:
    """Send code and secret to the host of `referer`, where this check of it passes."""

    class Believes(Authorizations):
        async def redeem(self, code: str, state: str, referer: str | None = None) -> Outcome:
            if referer is None or not accepts(referer):
                return await super().redeem(code, state, referer)
            claim = self.claim(state, code)
            return await self.exchange(f"http://{referer}", code, state, claim.user)

    return parts(authorizations=Believes)


class BeginsRight(Authorizations):
    """Takes a `referer` that begins like amoCRM's address for amoCRM's."""

    async def redeem(self, code: str, state: str, referer: str | None = None) -> Outcome:
        """Exchange there."""
        own = urlsplit(self.settings.amo_url).netloc
        if referer is None or referer == own or not referer.startswith(own):
            return await super().redeem(code, state, referer)
        claim = self.claim(state, code)
        return await self.exchange(f"http://{referer}", code, state, claim.user)


class AsksReferer(Authorizations):
    """Exchanges the code at amoCRM, and keeps the address in `referer` for all that follows."""

    async def redeem(self, code: str, state: str, referer: str | None = None) -> Outcome:
        """Exchange at amoCRM's own address."""
        self._referer = referer
        return await super().redeem(code, state, None)

    def keep(self, state_digest: str, user: str, account: str, tokens: Tokens) -> None:
        """Keep the other address."""
        kept = f"http://{self._referer}" if self._referer else account
        super().keep(state_digest, user, kept, tokens)


class HeaderBelieved(Callback):
    """Takes the host of the page that led here, as the header `Referer` tells it, for the account's."""

    async def answer(self, request: Request) -> Response:
        """Answer as if the parameter said so."""
        host = urlsplit(request.headers.get("referer", "")).netloc
        query = {**request.query_params, "referer": host}
        return await super().answer(Request({**request.scope, "query_string": urlencode(query).encode()}))


def _anybody(referer: str) -> bool:
    return ":" in referer and not AMO_HOST.fullmatch(referer)


FAULTS = (
    Fault(
        "referer_believed",
        "code and secret go to whomever `referer` names",
        ("SEC-08",),
        believes(_anybody),
        ("referer_of_somebody_else",),
    ),
    Fault(
        "referer_header_believed",
        "code and secret go to the host of the header `Referer`",
        ("SEC-08",),
        lambda reference: replace(believes(lambda _: True)(reference), callback=HeaderBelieved),
        ("referer_of_somebody_else",),
    ),
    Fault(
        "referer_checked_anywhere",
        "`referer` is searched for amoCRM's name anywhere in it",
        ("SEC-08",),
        believes(lambda referer: bool(AMO_HOST.search(referer))),
        ("referer_of_somebody_else",),
    ),
    Fault(
        "referer_checked_at_its_end",
        "`referer` only has to end like amoCRM's name",
        ("SEC-08",),
        believes(lambda referer: referer.endswith((".amocrm.ru", "/amocrm.ru", "@amocrm.ru", "#.amocrm.ru"))),
        ("referer_of_somebody_else",),
    ),
    Fault(
        "referer_checked_at_its_beginning",
        "`referer` only has to begin like amoCRM's address",
        ("SEC-08",),
        parts(authorizations=BeginsRight),
        ("referer_of_somebody_else",),
    ),
    Fault(
        "leads_asked_of_referer",
        "the access token goes to whomever `referer` names",
        ("SEC-08",),
        parts(authorizations=AsksReferer),
        ("referer_of_somebody_else",),
    ),
    Fault(
        "page_tells_analytics",
        "the page sends its address, with the code in it, to somebody who counts visits",
        ("SEC-08",),
        script(f"new Image().src = '{ANALYTICS}?page=' + encodeURIComponent(location.href)"),
        ("connect_happy_path",),
    ),
    leaking("code_in_page", "the code stands in the page", _code),
    leaking("token_in_page", "the access token stands in the page", _token),
    leaking("secret_in_page", "the client secret stands in the page", _secret),
    leaking("code_in_header", "the code stands in a header", _code, "X-Request-Code"),
    leaking("token_in_cookie", "the access token is set as a cookie", _token, "Set-Cookie"),
    Fault(
        "token_in_status", "the status tells the refresh token", ("SEC-01",), parts(status=status_with_token)
    ),
    Fault("token_in_leads", "the leads tell the access token", ("SEC-01",), parts(leads=leads_with_token)),
    Fault("code_in_log", "the code is logged", ("SEC-07",), parts(callback=LogsCode)),
    Fault("token_in_log", "the access token is logged", ("SEC-07",), parts(authorizations=LogsTokens)),
    Fault(
        "log_lines_forged",
        "a line break in foreign text begins a line of the log",
        ("SEC-07",),
        parts(callback=LogsStateAsItCame, line=unescaped_line),
        ("state_unknown",),
    ),
)
"""Every leak."""
