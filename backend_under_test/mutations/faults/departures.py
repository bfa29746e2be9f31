"""CB-06: pages that leave for the app without a tap, by each mechanism and at each moment."""

import gzip
import zlib

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from backend_under_test.callback import Callback
from backend_under_test.mutations.edits import Change, markup, parts, response_headers, script
from backend_under_test.mutations.fault import Fault
from backend_under_test.pages import Page


def departs(identity: str, title: str, javascript: str) -> Fault:
    """A fault whose script leaves without a tap; at a moment of the page's life if it is called so."""
    scenarios = ("left_alone",) if identity.startswith("on_") else ()
    return Fault(f"departs_{identity}", title, ("CB-06",), script(javascript), scenarios)


def _element(html: str) -> Change:
    """Put an element with the link before the end of the page."""
    return markup(
        lambda page_html, page: page_html.replace(
            "</body>", html.replace("LINK", page.link.replace("&", "&amp;")) + "</body>"
        )
    )


class RedirectsToApp(Callback):
    """Answers a success with a redirect into the app, and shows no page at all."""

    def respond(self, page: Page) -> Response:
        """Redirect."""
        return RedirectResponse(page.link, 302) if page.succeeded else super().respond(page)


class HasRedirectingRoute(Callback):
    """Has a path of its own that redirects into the app, and a page that goes there."""

    def routes(self) -> list[Route]:
        """The callback and the redirect."""
        return [*super().routes(), Route("/api/amo-crm/open-app", self._open_app)]

    async def _open_app(self, request: Request) -> Response:
        return RedirectResponse(request.query_params["link"], 302)

    def respond(self, page: Page) -> Response:
        """Send a page that goes there by itself."""
        there = "location.href = '/api/amo-crm/open-app?link=' + encodeURIComponent(button.dataset.link)"
        html = self.view.html(page).replace("</body>", f"<script>{there}</script></body>")
        headers = self.view.headers(page)
        headers.pop("Content-Security-Policy")
        return Response(html, headers=headers)


class SendsCompressed(Callback):
    """Compresses a page that leaves by a meta refresh of half a minute."""

    coding = "gzip"

    async def answer(self, request: Request) -> Response:
        """Compress, whatever the client accepts."""
        response = await super().answer(request)
        headers = {name: value for name, value in response.headers.items() if name != "content-length"}
        headers.pop("content-security-policy", None)
        refresh = b'<meta http-equiv="refresh" content="30; url=foryoure://amo-crm/callback?success=true">'
        body = bytes(response.body).replace(b"</head>", refresh + b"</head>")
        return Response(compressed(body, self.coding), 200, headers | {"content-encoding": self.coding})


class SendsDeflated(SendsCompressed):
    """The same with zlib's format."""

    coding = "deflate"


def compressed(body: bytes, coding: str) -> bytes:
    """Return a body in a content coding, RFC 9110 §8.4.1."""
    return gzip.compress(body) if coding == "gzip" else zlib.compress(body)


FAULTS = (
    Fault(
        "departs_by_refresh_in_gzip",
        "meta refresh of 30 s in a compressed page",
        ("CB-06",),
        parts(callback=SendsCompressed),
    ),
    Fault(
        "departs_by_refresh_in_deflate",
        "meta refresh of 30 s in a deflated page",
        ("CB-06",),
        parts(callback=SendsDeflated),
    ),
    departs("by_location_href", "location.href at load", "location.href = LINK"),
    departs("by_location_replace", "location.replace at load", "location.replace(LINK)"),
    departs("by_location_assign", "location.assign at load", "location.assign(LINK)"),
    departs(
        "by_timeout_10_s", "setTimeout, ten seconds", "setTimeout(() => { location.href = LINK }, 10_000)"
    ),
    departs(
        "by_timeout_9_min", "setTimeout, nine minutes", "setTimeout(() => { location.href = LINK }, 540_000)"
    ),
    departs(
        "by_interval_10_s",
        "setInterval, each ten seconds",
        "setInterval(() => { location.href = LINK }, 10_000)",
    ),
    departs(
        "by_interval_9_min",
        "setInterval, nine minutes",
        "setInterval(() => { location.href = LINK }, 540_000)",
    ),
    departs(
        "by_animation_frame", "requestAnimationFrame", "requestAnimationFrame(() => { location.href = LINK })"
    ),
    departs(
        "after_fetch",
        "when a fetch has answered",
        "fetch('/health').finally(() => { location.href = LINK })",
    ),
    departs("by_window_open_self", "window.open to _self at load", "window.open(LINK, '_self')"),
    departs("by_window_open_blank", "window.open to _blank at load", "window.open(LINK, '_blank')"),
    departs("by_scripted_click", "the button clicked by script", "button.click()"),
    departs(
        "by_scripted_anchor",
        "an anchor clicked by script",
        "Object.assign(document.createElement('a'), { href: LINK }).click()",
    ),
    departs(
        "by_form",
        "a form submitted by script",
        "const form = document.body.appendChild(document.createElement('form')); "
        "form.action = LINK; form.method = 'post'; form.submit()",
    ),
    departs("on_focus", "on focus", "addEventListener('focus', () => { location.href = LINK })"),
    departs(
        "on_visibilitychange",
        "on visibilitychange, when the page is seen again",
        "document.addEventListener('visibilitychange', () => { if (!document.hidden) location.href = LINK })",
    ),
    departs(
        "on_pageshow",
        "on pageshow, when the page comes back from the cache",
        "addEventListener('pageshow', (event) => { if (event.persisted) location.href = LINK })",
    ),
    departs("on_pagehide", "on pagehide", "addEventListener('pagehide', () => { location.href = LINK })"),
    Fault(
        "departs_by_iframe",
        "an iframe whose source is the link",
        ("CB-06",),
        _element('<iframe src="LINK" hidden></iframe>'),
    ),
    Fault(
        "departs_by_meta_refresh",
        "meta refresh",
        ("CB-06",),
        _element('<meta http-equiv="refresh" content="1; url=LINK">'),
    ),
    Fault(
        "departs_by_refresh_header",
        "Refresh header",
        ("CB-06",),
        response_headers(lambda headers, page: headers | {"Refresh": f"1; url={page.link}"}),
    ),
    Fault(
        "departs_by_3xx",
        "the callback redirects into the app instead of showing a page",
        ("CB-04", "CB-06"),
        parts(callback=RedirectsToApp),
    ),
    Fault(
        "departs_by_later_3xx",
        "the page goes to an address that redirects into the app",
        ("CB-06",),
        parts(callback=HasRedirectingRoute),
    ),
    Fault(
        "auto_redirect_and_late_button",
        "historic: the page departs by itself and shows the button two seconds later",
        ("CB-05", "CB-06"),
        script(
            "button.style.display = 'none'; location.href = LINK; "
            "setTimeout(() => { button.style.display = '' }, 2_000)"
        ),
    ),
)
"""Every departure without a tap."""
