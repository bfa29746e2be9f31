"""Ordinary habits of correct backends, as public code and reports have them: nothing may be blamed on them.

Owns these variants. What a variant is, is `backend_under_test.mutations.variants`.
"""

import asyncio
import zlib

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from backend_under_test.amo_client import AmoClient, AmoError, Tokens
from backend_under_test.callback import Callback, CallbackQuery
from backend_under_test.mutations.edits import Change, link, markup, parts, script, style, swapped
from backend_under_test.mutations.variant import Variant
from backend_under_test.outcome import Outcome, Reason
from backend_under_test.pages import Page
from backend_under_test.store import Grant, Store

_HANDLER = 'button.addEventListener("click", () => window.open(button.dataset.link, "_self"))'
_LATE_SCRIPT_S = 0.2
_PICTURE = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="


def bound(javascript: str) -> Change:
    """Bind the handler otherwise: BIND is the reference's own statement."""
    return swapped(f"{_HANDLER};", javascript.replace("BIND", _HANDLER) + ";")


_ASSETS = {
    "page.css": ("text/css", "main { padding: 24px }"),
    "logo.svg": ("image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"/>'),
    "page.js": ("text/javascript", f"{_HANDLER};"),
}


class HasAssets(Callback):
    """Has a stylesheet, a logo and a script of its own; the script takes its time."""

    def routes(self) -> list[Route]:
        """The callback and the assets."""
        return [*super().routes(), Route("/assets/{name}", self._asset)]

    async def _asset(self, request: Request) -> Response:
        kind, body = _ASSETS[request.path_params["name"]]
        if kind == "text/javascript":
            await asyncio.sleep(_LATE_SCRIPT_S)
        return Response(body, media_type=kind)

    def respond(self, page: Page) -> Response:
        """The page with its assets, the handler bound by the script."""
        html = self.view.html(page).replace(f"{_HANDLER};", "")
        links = (
            '<link rel="stylesheet" href="/assets/page.css"><link rel="icon" href="/assets/logo.svg">'
            '<script defer src="/assets/page.js"></script>'
        )
        html = html.replace("</head>", f"{links}</head>").replace(
            "<main>", '<main><img src="/assets/logo.svg" alt="">'
        )
        headers = self.view.headers(page)
        headers.pop("Content-Security-Policy")
        return Response(html, headers=headers)


class HasHelmet(HasAssets):
    """Sends the policy that a well-known package sends by itself, with the page's own assets."""

    def respond(self, page: Page) -> Response:
        """The page with that policy."""
        response = super().respond(page)
        response.headers["Content-Security-Policy"] = (
            "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' https: 'unsafe-inline';"
            "upgrade-insecure-requests"
        )
        return response


class WantsReferer(Callback):
    """Takes nothing that does not name the account, as amoCRM always does."""

    async def decide(self, query: CallbackQuery) -> Outcome:
        """Look for `referer` before the code is spent."""
        if query.code and not query.error and not query.referer:
            return Outcome.failed(Reason.MALFORMED)
        return await super().decide(query)


class KeptByReferer(Store):
    """One connection an account, which `referer` names, and for each user the account."""

    def __init__(self, database_url: str) -> None:
        super().__init__(database_url)
        self._last: dict[str, str] = {}

    def finish(self, state_digest: str, outcome: Outcome, grant: Grant | None = None) -> None:
        """Store the grant in the place of the account's older one."""
        super().finish(state_digest, outcome, grant)
        if grant:
            self._last[grant.account_url] = grant.user

    def grant(self, user: str) -> Grant | None:
        """Return that of the user's account."""
        own = super().grant(user)
        return own and super().grant(self._last.get(own.account_url, user))


class LooksAround(AmoClient):
    """Subscribes a webhook and reads the users once it has tokens."""

    async def exchange_code(self, account_url: str, code: str) -> Tokens:
        """Exchange, then look around; what it finds is not needed."""
        tokens = await super().exchange_code(account_url, code)
        headers = {"Authorization": f"Bearer {tokens.access_token}"}
        hook = {"destination": "https://backend.example/hook", "settings": ["add_lead"]}
        for method, path, body in (
            ("POST", "/api/v4/webhooks", hook),
            ("GET", "/api/v4/users", None),
            ("GET", "/api/v4/account?with=amojo_id,users_groups", None),
            ("GET", "/api/v4/bananas", None),
        ):
            try:
                await self._send(method, f"{account_url}{path}", json=body, headers=headers)
            except AmoError:
                break
        return tokens


class KnowsLooks(Callback):
    """Answers a HEAD request with 405, a prefetch with nothing and a preview with a title."""

    def routes(self) -> list[Route]:
        """The same path, with a look at who asks."""
        return [Route("/api/amo-crm/callback", self._sorted, methods=["GET", "HEAD"])]

    async def _sorted(self, request: Request) -> Response:
        if request.method == "HEAD":
            return Response(status_code=405, headers={"Allow": "GET"})
        if "prefetch" in request.headers.get("Sec-Purpose", ""):
            return Response(status_code=204)
        if "bot" in request.headers.get("User-Agent", "").lower():
            return PlainTextResponse("AMO CRM")
        return await super().answer(request)


class SendsDeflate(Callback):
    """Compresses the page with deflate."""

    async def answer(self, request: Request) -> Response:
        """Compress."""
        response = await super().answer(request)
        headers = {name: value for name, value in response.headers.items() if name != "content-length"}
        return Response(zlib.compress(bytes(response.body)), 200, headers | {"content-encoding": "deflate"})


def _without_state(built: str, outcome: Outcome, state: str) -> str:
    """No `state` in the link where none came."""
    return built.replace("&state=", "") if outcome.connected and not state else built


def with_pictures(html: str, page: Page) -> str:
    """The page with a logo, an ornament, and a picture in the place of the button's words."""
    html = html.replace("<main>", f'<main><img src="{_PICTURE}" alt="amoCRM"><img src="{_PICTURE}" alt="">')
    return html.replace(f">{page.button}</button>", f'><img src="{_PICTURE}" alt="{page.button}"></button>')


HABITS = (
    Variant(
        "bound_when_idle",
        "the handler is bound when the page is idle",
        bound("(window.requestIdleCallback ?? ((f) => setTimeout(f, 1)))(() => BIND)"),
    ),
    Variant(
        "reads_how_it_was_loaded",
        "the handler is bound once the page has read how and when it was loaded",
        bound(
            "if (performance.getEntriesByType('navigation')[0].type !== 'prerender' "
            "&& performance.timing.navigationStart > 0 && performance.mark('read').entryType === 'mark') BIND"
        ),
    ),
    Variant("bound_on_load", "the handler is bound on load", bound('addEventListener("load", () => BIND)')),
    Variant(
        "hydrated",
        "the button is replaced by a fresh one after 300 ms",
        bound(
            "setTimeout(() => { const fresh = button.cloneNode(true); button.replaceWith(fresh); "
            'fresh.addEventListener("click", () => window.open(fresh.dataset.link, "_self")) }, 300)'
        ),
    ),
    Variant(
        "refresh_without_scripts",
        "a refresh into the app for browsers without scripts",
        swapped(
            "</head>",
            '<noscript><meta http-equiv="refresh" content="0; url=foryoure://amo-crm/callback"></noscript></head>',
        ),
    ),
    Variant(
        "hidden_twin",
        "a hidden second button of the same words, for another layout",
        swapped("<main>", '<nav hidden><button type="button">Return to App</button></nav><main>'),
    ),
    Variant(
        "button_in_a_shadow_root",
        "the button is a web component's, with the words in its slot",
        bound(
            "const shadow = button.parentElement.appendChild(document.createElement('div')); "
            "const style = document.querySelector('style').cloneNode(true); "
            "shadow.attachShadow({ mode: 'open' }).append(style, button); "
            "shadow.append(button.textContent); button.replaceChildren(document.createElement('slot')); BIND"
        ),
    ),
    Variant("assets", "a stylesheet, a logo and a slow script of its own", parts(callback=HasAssets)),
    Variant(
        "touch_where_there_is_touch",
        "touchend where the device says touch, else click",
        bound(
            'const kind = "ontouchstart" in window && navigator.maxTouchPoints ? "touchend" : "click"; '
            "button.addEventListener(kind, "
            '() => window.open(button.dataset.link, "_self"))'
        ),
    ),
    Variant(
        "polls",
        "the page asks the backend each second, and reports the tap",
        script(
            "setInterval(() => fetch('/health'), 1_000); "
            "button.addEventListener('click', () => navigator.sendBeacon('/health'))"
        ),
    ),
    Variant(
        "fades_in",
        "the page fades in by its style sheet",
        style("main { animation: fade 0.6s both } @keyframes fade { from { opacity: 0 } }"),
    ),
    Variant(
        "zooms_in",
        "the page grows into its place by its style sheet",
        style("main { animation: zoom 0.6s both } @keyframes zoom { from { transform: scale(0.3) } }"),
    ),
    Variant(
        "pictures_with_words",
        "a picture with words, one that is decoration, and one that the button is",
        markup(with_pictures),
    ),
    Variant(
        "zoom_limited",
        "the page can be enlarged five times and no more",
        swapped("initial-scale=1", "initial-scale=1, maximum-scale=5"),
    ),
    Variant(
        "large_pale_heading",
        "a heading so large that 3:1 is enough for it",
        style("h1 { font-size: 28px } .success { color: #318935 } .error { color: #d64c44 }"),
    ),
    Variant(
        "language_of_a_part", "a part states a language of its own", swapped("<main>", '<main lang="en-GB">')
    ),
    Variant("helmet", "its policy asks for https in the place of http", parts(callback=HasHelmet)),
    Variant(
        "button_among_icons",
        "an icon's letter, an arrow and words for screen readers stand around the button's words",
        script(
            "button.innerHTML = `<i aria-hidden=true>\\uf060 →</i> ${button.innerHTML} "
            "<b>(opens the app)</b>`; button.lastChild.style.cssText = "
            "'position: absolute; width: 1px; height: 1px; overflow: hidden'"
        ),
    ),
    Variant("uppercase", "capital letters by style", style("h1, p, button { text-transform: uppercase }")),
    Variant(
        "small_capitals", "other letters by style", style("h1, p, button { text-transform: capitalize }")
    ),
    Variant("no_state_where_none_came", "the link has no state where none came", link(_without_state)),
    Variant("wants_referer", "a callback without referer is refused", parts(callback=WantsReferer)),
    Variant("kept_by_referer", "one connection an account, by `referer`", parts(store=KeptByReferer)),
    Variant(
        "looks_around", "subscribes a webhook and reads users after the exchange", parts(amo=LooksAround)
    ),
    Variant("knows_looks", "HEAD, prefetch and previews are told apart", parts(callback=KnowsLooks)),
    Variant("deflate", "compressed with deflate", parts(callback=SendsDeflate)),
)
"""Habits, each of a kind that was once blamed."""
