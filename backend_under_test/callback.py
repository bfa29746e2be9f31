"""`GET /api/amo-crm/callback`: from amoCRM's redirect to the page with the button.

Owns reading the query and the rule that the user always gets a page. Must not talk to amoCRM or the
database itself.

Every page is a 200, failures too, as the first version's were: a proxy or web view that replaces error
answers with its own would take the button away, and the app reads the link, not the status.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend_under_test.authorizations import Authorizations
from backend_under_test.events import Journal, digest
from backend_under_test.outcome import Outcome, Reason
from backend_under_test.pages import Page, PageView
from backend_under_test.settings import DeepLink, Settings


@dataclass(frozen=True)
class CallbackQuery:
    """What amoCRM sent along. `repeated` when code or state came twice, which RFC 6749 §3.1 forbids."""

    code: str = field(repr=False)
    state: str = field(repr=False)
    error: str
    referer: str | None
    repeated: bool

    @classmethod
    def of(cls, query: QueryParams) -> "CallbackQuery":
        """From the request's query; absent and empty are the same."""
        return cls(
            code=query.get("code", ""),
            state=query.get("state", ""),
            error=query.get("error", ""),
            referer=query.get("referer"),
            repeated=any(len(query.getlist(name)) > 1 for name in ("code", "state")),
        )


LinkBuilder = Callable[[DeepLink, Outcome, str], str]


class Callback:
    """One handler; a request goes through `decide`, `page` and `respond`."""

    def __init__(
        self,
        settings: Settings,
        authorizations: Authorizations,
        journal: Journal,
        build_link: LinkBuilder,
        view: PageView,
    ) -> None:
        self.settings = settings
        self.authorizations = authorizations
        self.journal = journal
        self.build_link = build_link
        self.view = view

    def routes(self) -> list[Route]:
        """The one route of the redirect URI."""
        return [Route("/api/amo-crm/callback", self.answer, methods=["GET"])]

    async def answer(self, request: Request) -> Response:
        """Answer amoCRM's redirect with a page, whatever happens on the way to it."""
        query = CallbackQuery.of(request.query_params)
        self.journal.event("callback_received", has_code=bool(query.code), has_state=bool(query.state))
        try:
            outcome = await self.decide(query)
        except Exception as error:  # noqa: BLE001 - the user must get a page whatever goes wrong (CB-10)
            self.journal.log("error", "callback failed", error=type(error).__name__)
            outcome = Outcome.failed(Reason.SERVER_ERROR)
        if outcome.reason is not None:
            self.journal.log(
                "warning",
                "account not connected",
                reason=outcome.reason,
                sentence=outcome.sentence,
                state=digest(query.state)[:12],
            )
        return self.respond(self.page(query, outcome))

    async def decide(self, query: CallbackQuery) -> Outcome:
        """What becomes of this request; amoCRM is asked only when a code came and no error with it.

        amoCRM's own request after an installation from its marketplace (`from_widget=1`, no state) is
        refused like every state that was not issued here: there is no user to give the account to.
        """
        if query.error:
            declined = query.error == "access_denied"
            return Outcome.failed(Reason.ACCESS_DENIED if declined else Reason.AUTHORIZATION_ERROR)
        if query.repeated:
            return Outcome.failed(Reason.MALFORMED)
        if not query.code:
            return Outcome.failed(Reason.MISSING_CODE)
        return await self.authorizations.redeem(query.code, query.state, query.referer)

    def page(self, query: CallbackQuery, outcome: Outcome) -> Page:
        """What the user reads."""
        texts = self.settings.texts
        if outcome.connected:
            title, heading, explanation = texts.success_title, texts.success_heading, texts.success_message
        elif outcome.reason is Reason.MISSING_CODE:
            title, heading, explanation = texts.missing_title, texts.missing_heading, ""
        else:
            title, heading, explanation = texts.failed_title, texts.failed_heading, outcome.sentence
        return Page(
            title=title,
            heading=heading,
            messages=tuple(text for text in (explanation, texts.tap_hint) if text),
            button=texts.button,
            link=self.link(query, outcome),
            language=texts.language,
            succeeded=outcome.connected,
        )

    def link(self, query: CallbackQuery, outcome: Outcome) -> str:
        """Where the button leads."""
        return self.build_link(self.settings.deep_link, outcome, query.state)

    def respond(self, page: Page) -> Response:
        """Send the page."""
        self.journal.event("page_rendered", succeeded=page.succeeded, title=page.title)
        return Response(self.view.html(page), headers=self.view.headers(page))
