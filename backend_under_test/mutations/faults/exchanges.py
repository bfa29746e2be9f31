"""CB-01, CB-03, CB-08 to CB-11: exchanges at the wrong time or too often, ends that nobody is told."""

import re
from collections.abc import AsyncGenerator, Callable

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from backend_under_test.amo_client import AmoClient, AmoError, Tokens
from backend_under_test.authorizations import Authorizations
from backend_under_test.callback import Callback, CallbackQuery
from backend_under_test.mutations.edits import Change, after, markup, parts, swapped
from backend_under_test.mutations.fault import Fault
from backend_under_test.outcome import Outcome, Reason
from backend_under_test.pages import Page, PageView
from backend_under_test.store import Claim, Grant

_AMO_DOWN = (Reason.AMO_UNREACHABLE, Reason.AMO_TIMEOUT, Reason.AMO_NONSENSE)
_TRACE = """Traceback (most recent call last):
  File "/srv/backend/callback.py", line 42, in callback
    tokens = exchange(code)
ConnectionError: connection refused
"""


class PageBeforeExchange(Callback):
    """Sends the success page at once and exchanges the code when it has been sent."""

    async def answer(self, request: Request) -> Response:
        """The page first."""
        query = CallbackQuery.of(request.query_params)
        if not query.code or query.error:
            return await super().answer(request)
        response = self.respond(self.page(query, Outcome()))
        response.background = BackgroundTask(self.decide, query)
        return response


class HeadBeforeExchange(Callback):
    """Begins the answer at once, to look fast, and goes on when the code has been exchanged."""

    async def answer(self, request: Request) -> Response:
        """White space first, the page later; the policy's nonce is not known yet."""
        headers = self.view.headers(self.page(CallbackQuery.of(request.query_params), Outcome()))
        del headers["Content-Security-Policy"]
        return StreamingResponse(self._document(request), headers=headers)

    async def _document(self, request: Request) -> AsyncGenerator[bytes]:
        yield b"\n"
        whole = await super().answer(request)
        yield bytes(whole.body)


class ExchangesTwice(AmoClient):
    """Sends each code twice and keeps the first answer: a retry without a reason."""

    async def exchange_code(self, account_url: str, code: str) -> Tokens:
        """Twice."""
        tokens = await super().exchange_code(account_url, code)
        try:
            await super().exchange_code(account_url, code)
        except AmoError:
            return tokens
        return tokens


class RetriesRefusals(AmoClient):
    """Sends a code again when amoCRM has refused it."""

    async def exchange_code(self, account_url: str, code: str) -> Tokens:
        """Again."""
        try:
            return await super().exchange_code(account_url, code)
        except AmoError:
            return await super().exchange_code(account_url, code)


class CutsCodes(AmoClient):
    """Sends what a column that is too short keeps of a code."""

    async def exchange_code(self, account_url: str, code: str) -> Tokens:
        """Cut."""
        return await super().exchange_code(account_url, code[: len(code) // 2])


class HasNoStates(Authorizations):
    """Answers for a process that has not issued the states, and keeps them nowhere else."""

    def claim(self, state: str, code: str) -> Claim:
        """Look for one that is not there."""
        return super().claim(f"{state}.", code)


class SwallowsErrors(Callback):
    """Says success whatever amoCRM said."""

    def page(self, query: CallbackQuery, outcome: Outcome) -> Page:
        """The success page."""
        refused = outcome.reason is Reason.REFUSED
        return super().page(query, Outcome() if refused else outcome)


class ConnectsTheRefused(Authorizations):
    """Marks the user as connected before asking, and leaves it so when amoCRM says no."""

    async def exchange(self, account: str, code: str, state_digest: str, user: str) -> Outcome:
        """A grant of nothing first."""
        outcome = await super().exchange(account, code, state_digest, user)
        if outcome.reason is Reason.REFUSED:
            self.store.finish(state_digest, outcome, Grant(user, account, "none", "none", 0.0))
        return outcome


class AsksWithoutCode(Callback):
    """Asks amoCRM for tokens before looking whether a code came at all."""

    asks = Reason.MISSING_CODE

    async def decide(self, query: CallbackQuery) -> Outcome:
        """Ask, then look."""
        outcome = await super().decide(query)
        if outcome.reason is self.asks:
            try:
                await self.authorizations.amo.exchange_code(self.settings.amo_url, query.code)
            except AmoError:
                return outcome
        return outcome


class AsksAfterDecline(AsksWithoutCode):
    """Asks amoCRM for tokens although the user declined."""

    asks = Reason.ACCESS_DENIED


def answers(respond: Callable[[Page], Response], *reasons: Reason) -> Change:
    """Answer these failures with something else than the page."""
    concerned = after(*reasons)

    class AnswersOtherwise(Callback):
        def respond(self, page: Page) -> Response:
            return respond(page) if concerned(page) else super().respond(page)

    return parts(callback=AnswersOtherwise)


def as_json(page: Page) -> Response:
    """What an API would say."""
    return JSONResponse({"error": page.heading}, 500)


def blank(page: Page) -> Response:
    """Nothing at all, as HTML."""
    return Response("", headers=PageView().headers(page))


def trace(page: Page) -> Response:
    """What a framework in debug mode shows."""
    return Response(f"<pre>{_TRACE}</pre>", 500, PageView().headers(page))


def download(page: Page) -> Response:
    """The page, as something that a browser saves."""
    return Response(PageView().html(page), 200, {"Content-Type": "application/octet-stream"})


def plain(_page: Page) -> Response:
    """What a framework's default handler says."""
    return PlainTextResponse("Internal Server Error", 500)


_BUTTON_AND_SCRIPT = re.compile(r"<button\b.*?</button>|<script\b.*?</script>", re.DOTALL)


def no_button(*reasons: Reason) -> Change:
    """Leave the button out of these pages, and the script that needs it."""
    return markup(lambda html, _: _BUTTON_AND_SCRIPT.sub("", html), after(*reasons))


def heading(*reasons: Reason) -> Change:
    """Another heading on these pages."""
    return swapped("✗ Authorization", "Oops,", after(*reasons))


FAULTS = (
    Fault(
        "page_before_exchange",
        "historic: the page is sent first, the code exchanged afterwards",
        ("CB-01", "CB-02", "CB-09", "DL-04"),
        parts(callback=PageBeforeExchange),
        ("exchange_is_slow", "exchange_refused"),
    ),
    Fault(
        "answer_begun_before_exchange",
        "the answer's first byte is sent while the exchange is under way",
        ("CB-01", "CB-02"),
        parts(callback=HeadBeforeExchange),
        ("exchange_is_slow",),
    ),
    Fault(
        "code_exchanged_twice", "historic: the code is exchanged twice", ("CB-03",), parts(amo=ExchangesTwice)
    ),
    Fault("code_cut", "the code passes through a column that is too short", ("CB-03",), parts(amo=CutsCodes)),
    Fault(
        "states_of_another_process",
        "the process that is called back has none of the states that another issued",
        ("CB-03",),
        parts(authorizations=HasNoStates),
    ),
    Fault(
        "refused_code_sent_again",
        "a refused code is sent once more",
        ("CB-03",),
        parts(amo=RetriesRefusals),
        ("exchange_refused",),
    ),
    Fault(
        "refusal_swallowed",
        "the success page is shown though amoCRM refused",
        ("CB-02", "CB-09", "DL-04"),
        parts(callback=SwallowsErrors),
        ("exchange_refused",),
    ),
    Fault(
        "refusal_connects",
        "the status says connected though amoCRM refused",
        ("CB-09", "ST-01"),
        parts(authorizations=ConnectsTheRefused),
        ("exchange_refused",),
    ),
    Fault(
        "refusal_without_reason",
        "the page does not say why",
        ("CB-09",),
        swapped("<p>", "<p hidden>", after(Reason.REFUSED)),
        ("exchange_refused",),
    ),
    Fault(
        "refusal_titled_as_success",
        "the failure has the title of the success",
        ("CB-09",),
        swapped("Authorization Error</title>", "Authorization</title>", after(Reason.REFUSED)),
        ("exchange_refused",),
    ),
    Fault(
        "refusal_without_heading",
        "another heading",
        ("CB-09",),
        heading(Reason.REFUSED),
        ("exchange_refused",),
    ),
    Fault(
        "refusal_without_button",
        "no button",
        ("CB-09",),
        no_button(Reason.REFUSED),
        ("exchange_refused",),
    ),
    Fault("refusal_as_json", "JSON", ("CB-09",), answers(as_json, Reason.REFUSED), ("exchange_refused",)),
    Fault(
        "amo_down_as_json",
        "JSON when amoCRM is down",
        ("CB-10",),
        answers(as_json, *_AMO_DOWN),
        ("amo_unreachable",),
    ),
    Fault(
        "amo_down_as_text",
        "plain text when amoCRM is down",
        ("CB-10",),
        answers(plain, *_AMO_DOWN),
        ("amo_unreachable",),
    ),
    Fault(
        "amo_down_as_trace",
        "a stack trace when amoCRM is down",
        ("CB-10",),
        answers(trace, *_AMO_DOWN),
        ("amo_unreachable",),
    ),
    Fault(
        "refusal_as_download",
        "a download",
        ("CB-09",),
        answers(download, Reason.REFUSED),
        ("exchange_refused",),
    ),
    Fault(
        "amo_down_as_download",
        "a download when amoCRM is down",
        ("CB-10",),
        answers(download, *_AMO_DOWN),
        ("amo_unreachable",),
    ),
    Fault(
        "amo_down_blank",
        "a blank page when amoCRM is down",
        ("CB-10",),
        answers(blank, *_AMO_DOWN),
        ("amo_unreachable",),
    ),
    Fault(
        "amo_down_without_button",
        "no button when amoCRM is down",
        ("CB-10",),
        no_button(*_AMO_DOWN),
        ("amo_unreachable",),
    ),
    Fault(
        "missing_code_asks_amo",
        "a token request without a code",
        ("CB-08",),
        parts(callback=AsksWithoutCode),
        ("code_missing",),
    ),
    Fault(
        "missing_code_as_json",
        "JSON for a missing code",
        ("CB-08",),
        answers(as_json, Reason.MISSING_CODE),
        ("code_missing",),
    ),
    Fault(
        "missing_code_without_button",
        "no button",
        ("CB-08",),
        no_button(Reason.MISSING_CODE),
        ("code_missing",),
    ),
    Fault(
        "missing_code_without_heading",
        "another heading",
        ("CB-08",),
        heading(Reason.MISSING_CODE),
        ("code_missing",),
    ),
    Fault(
        "decline_asks_amo",
        "a token request after a decline",
        ("CB-11",),
        parts(callback=AsksAfterDecline),
        ("user_declines",),
    ),
    Fault(
        "decline_as_json",
        "JSON after a decline",
        ("CB-11",),
        answers(as_json, Reason.ACCESS_DENIED),
        ("user_declines",),
    ),
    Fault(
        "decline_without_button",
        "no button after a decline",
        ("CB-11",),
        no_button(Reason.ACCESS_DENIED),
        ("user_declines",),
    ),
    Fault(
        "decline_blank",
        "a blank page after a decline",
        ("CB-11",),
        answers(blank, Reason.ACCESS_DENIED),
        ("user_declines",),
    ),
)
"""Every wrong exchange, and every end of one that the user is not told properly."""
