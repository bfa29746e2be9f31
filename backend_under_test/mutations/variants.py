"""Correct backends that look different: the contract must leave each of them alone.

Owns the list. Each is the reference with parts replaced; none breaks a clause, not even a `should`.
"""

import asyncio
import gzip
import re
from collections.abc import AsyncGenerator
from dataclasses import replace
from secrets import token_urlsafe
from urllib.parse import quote
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from backend_under_test.amo_client import AmoClient, Tokens
from backend_under_test.callback import Callback, CallbackQuery
from backend_under_test.mutations import gallery, notices, occasions
from backend_under_test.mutations.edits import EditedView, link, markup, parts, script, swapped
from backend_under_test.mutations.habits import HABITS
from backend_under_test.mutations.variant import Variant
from backend_under_test.outcome import Outcome
from backend_under_test.pages import Page
from backend_under_test.parts import Parts
from backend_under_test.settings import Texts

_BUTTON = re.compile(r'<button type="button" id="return" data-link="([^"]*)">([^<]*)</button>')
_SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)
_LEAVES = '() => window.open(button.dataset.link, "_self")'
_HANDLER = f'button.addEventListener("click", {_LEAVES});'
_PAGE_TIME_S = 0.1


class ShowsResultPage(Callback):
    """Redirects to a page of its own, whose address holds no code, before anything is shown."""

    def routes(self) -> list[Route]:
        """The callback and the results."""
        self.results: dict[str, Page] = {}
        return [*super().routes(), Route("/api/amo-crm/result/{name}", self._result)]

    async def _result(self, request: Request) -> Response:
        page = self.result(request.path_params["name"])
        return super().respond(page) if page else Response("Not found", 404)

    def result(self, name: str) -> Page | None:
        """Return what is shown there."""
        return self.results.get(name)

    def respond(self, page: Page) -> Response:
        """Redirect with 303."""
        name = token_urlsafe(16)
        self.results[name] = page
        headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
        return RedirectResponse(f"/api/amo-crm/result/{name}", 303, headers)


class SendsGzip(Callback):
    """Compresses the page for clients that accept it."""

    async def answer(self, request: Request) -> Response:
        """Look at what the client accepts."""
        response = await super().answer(request)
        if "gzip" not in request.headers.get("Accept-Encoding", ""):
            return response
        headers = {name: value for name, value in response.headers.items() if name != "content-length"}
        headers |= {"content-encoding": "gzip", "vary": "Accept-Encoding"}
        return Response(gzip.compress(bytes(response.body)), response.status_code, headers)


class SendsChunks(Callback):
    """Sends the page in small chunks, cut without regard for characters."""

    def respond(self, page: Page) -> Response:
        """Stream."""
        return StreamingResponse(self._chunks(self.view.html(page)), headers=self.view.headers(page))

    async def _chunks(self, html: str) -> AsyncGenerator[bytes]:
        body = html.encode()
        for at in range(0, len(body), 97):
            yield body[at : at + 97]
            await asyncio.sleep(0)


class AnswersSlowly(Callback):
    """Takes its time between the exchange and the page."""

    async def decide(self, query: CallbackQuery) -> Outcome:
        """Decide, then wait."""
        outcome = await super().decide(query)
        await asyncio.sleep(_PAGE_TIME_S)
        return outcome


class FailsWithStatus(Callback):
    """Sends failure pages with 400 instead of 200; browsers show both."""

    def respond(self, page: Page) -> Response:
        """The same page."""
        response = super().respond(page)
        response.status_code = 200 if page.succeeded else 400
        return response


class ExchangesInThread(AmoClient):
    """Exchanges codes in a worker thread with a client of its own."""

    async def exchange_code(self, account_url: str, code: str) -> Tokens:
        """Hand over and wait."""

        async def alone() -> Tokens:
            client = AmoClient(self.settings)
            try:
                return await client.exchange_code(account_url, code)
            finally:
                await client.aclose()

        return await asyncio.to_thread(asyncio.run, alone())


def _inline_onclick(html: str, _page: Page) -> str:
    """The markup of the first version, its link escaped."""
    with_handler = _BUTTON.sub(r"""<button onclick="window.open('\1', '_self')">\2</button>""", html)
    return _SCRIPT.sub("", with_handler)


def _anchor(html: str, _page: Page) -> str:
    """An anchor that looks like the button and needs no script."""
    html = _BUTTON.sub(r'<a class="button" href="\1">\2</a>', html).replace("button {", ".button {")
    html = html.replace("</style>", ".button { display: inline-block; text-decoration: none }</style>")
    return _SCRIPT.sub("", html)


def _input(html: str, _page: Page) -> str:
    """An input of type button."""
    html = _BUTTON.sub(r'<input type="button" id="return" data-link="\1" value="\2">', html)
    return html.replace("button {", "input {").replace("button:active", "input:active")


def _other_markup(html: str, _page: Page) -> str:
    """A table with a picture above and a footer below; the button's text in an element of its own."""
    html = html.replace(
        "<main>", "<main><table role='presentation'><tr><td><svg width='40' height='40'></svg>"
    )
    html = html.replace("</main>", "</td></tr></table><footer><small>AMO CRM</small></footer></main>")
    return _BUTTON.sub(
        r'<div><button type="button" id="return" data-link="\1"><span><b>\2</b></span></button></div>', html
    )


def _entities(html: str, _page: Page) -> str:
    """Everything beyond ASCII as character references; signs kept from being pictures, a place to break."""
    unseen = (
        html.replace("✓", "✓\ufe0e").replace("✗", "✗\ufe0e").replace("Return to App", "Re\u00adturn to App")
    )
    return unseen.encode("ascii", "xmlcharrefreplace").decode()


def _readable_error(built: str, outcome: Outcome, _state: str) -> str:
    """The sentence instead of the code, encoded, without characters that a router could misread."""
    if outcome.connected or not outcome.sentence or "access_denied" in built:
        return built
    harmless = re.sub(r"[^\w .,-]", "", outcome.sentence)
    return built.split("error=", maxsplit=1)[0] + f"error={quote(harmless, safe='')}"


def _more_directives(reference: Parts) -> Parts:
    """Policies spelt otherwise: more cache directives, the referrer policy as a meta element."""

    def edit_headers(headers: dict[str, str], _page: Page) -> dict[str, str]:
        del headers["Referrer-Policy"]
        headers["Content-Type"] = "text/html;charset=UTF-8"
        return headers | {
            "Cache-Control": "private, no-cache, no-store, must-revalidate",
            "Pragma": "no-cache",
        }

    def edit(html: str, _page: Page) -> str:
        return html.replace("<meta charset", '<meta name="referrer" content="no-referrer"><meta charset')

    return replace(reference, view=lambda: EditedView(edit, edit_headers))


_UKRAINIAN = Texts(
    success_title="AMO CRM",
    success_heading="✓ Готово!",
    success_message="Ваш акаунт AMO CRM підключено.",
    tap_hint="Натисніть кнопку, щоб повернутися в додаток:",
    button="Повернутися в додаток",
    missing_title="AMO CRM: код відсутній",
    missing_heading="✗ Код авторизації відсутній",
    failed_title="AMO CRM: помилка",
    failed_heading="✗ Не вдалося підключити",
    language="uk",
)

_ALL = (
    Variant("reference", "the reference itself", parts()),
    Variant("result_page", "303 to a result page without the code", parts(callback=ShowsResultPage)),
    Variant(
        "inline_onclick",
        "window.open in an onclick attribute, as in the first version",
        markup(_inline_onclick),
    ),
    Variant("anchor", "an anchor styled as the button, no script", markup(_anchor)),
    Variant("input_button", "an input of type button", markup(_input)),
    Variant(
        "location_href_on_tap",
        "location.href in the click handler",
        swapped(_HANDLER, "button.onclick = () => { location.href = button.dataset.link };"),
    ),
    Variant(
        "delegated_listener",
        "one listener on the document, after a promise",
        swapped(
            _HANDLER,
            'document.addEventListener("click", async (event) => { await null; '
            "if (event.target === button) location.assign(button.dataset.link); });",
        ),
    ),
    Variant(
        "touchend_alone",
        "the lift of a finger alone, as old libraries have it",
        swapped(_HANDLER, f"button.addEventListener('touchend', {_LEAVES});"),
    ),
    Variant(
        "touchend_and_click",
        "whichever comes first, the other prevented",
        swapped(
            _HANDLER,
            "for (const kind of ['touchend', 'click']) button.addEventListener(kind, (event) => { "
            'event.preventDefault(); window.open(button.dataset.link, "_self") });',
        ),
    ),
    Variant(
        "bound_in_a_timer",
        "the handler is bound two tenths of a second after the page stands",
        swapped(_HANDLER, f"setTimeout(() => {{ {_HANDLER} }}, 200);"),
    ),
    Variant(
        "bound_in_a_frame",
        "the handler is bound in a frame, or when the page is idle",
        swapped(
            _HANDLER,
            "const idle = window.requestIdleCallback ?? ((done) => setTimeout(done, 1)); "
            f"requestAnimationFrame(() => idle(() => {{ {_HANDLER} }}));",
        ),
    ),
    Variant(
        "bound_after_an_answer",
        "the handler is bound when the page's own call is answered",
        swapped(_HANDLER, f"fetch('/health').then(() => {{ {_HANDLER} }});"),
    ),
    Variant(
        "leaves_after_a_moment",
        "the click leaves three tenths of a second later, after an effect",
        swapped(_HANDLER, f"button.onclick = () => setTimeout({_LEAVES}, 300);"),
    ),
    Variant(
        "leaves_after_an_answer",
        "the click leaves when the page's own call is answered",
        swapped(_HANDLER, f"button.onclick = () => fetch('/health').then({_LEAVES});"),
    ),
    Variant(
        "opens_dialogs",
        "the page thanks in a window of its own once the user has tapped",
        script("button.addEventListener('click', () => setTimeout(() => alert('Thank you'), 300))"),
    ),
    Variant("other_markup", "other elements around the button", markup(_other_markup)),
    Variant(
        "entities", "character references instead of UTF-8, some for what takes no room", markup(_entities)
    ),
    Variant("gzip", "compressed", parts(callback=SendsGzip)),
    Variant("chunked", "sent in chunks", parts(callback=SendsChunks)),
    Variant("slow", "a tenth of a second between exchange and page", parts(callback=AnswersSlowly)),
    Variant(
        "own_timers",
        "timers, frames and listeners of its own, which never leave",
        script(
            "const clock = document.body.appendChild(document.createElement('time')); "
            "setInterval(() => { clock.textContent = new Date().toISOString() }, 1_000); "
            "setTimeout(() => button.focus(), 2_000); setTimeout(() => fetch('/health'), 3_000); "
            "addEventListener('focus', () => { document.body.dataset.seen = 'yes' }); "
            "requestAnimationFrame(() => { document.body.dataset.drawn = 'yes' })"
        ),
    ),
    Variant("other_words", "other headings by configuration", parts(), _UKRAINIAN),
    Variant("worker_thread", "the code is exchanged by a worker thread", parts(amo=ExchangesInThread)),
    Variant("readable_error", "the error link carries the sentence", link(_readable_error)),
    Variant("failure_is_400", "failure pages are sent with 400", parts(callback=FailsWithStatus)),
    Variant("more_directives", "policies spelt otherwise", _more_directives),
    Variant("uuid_states", "states are UUIDs", parts(new_state=lambda: str(uuid4()))),
)

VARIANTS: dict[str, Variant] = {
    variant.id: variant
    for variant in (*_ALL, *HABITS, *gallery.VARIANTS, *occasions.VARIANTS, *notices.VARIANTS)
}
"""Every correct variant by its id."""
