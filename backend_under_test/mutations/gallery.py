"""Ways to leave by another clock than the page's timers, on a touch beside the button, or for elsewhere.

Owns each such way, and beside them pages that have the same and do not leave.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from backend_under_test.callback import Callback
from backend_under_test.mutations.edits import Change, markup, parts, script
from backend_under_test.mutations.fault import Fault
from backend_under_test.mutations.variant import Variant
from backend_under_test.pages import Page
from backend_under_test.parts import Parts

_WORKER_FILE = """const later = (to) => setTimeout(() => to.postMessage(1), 60_000);
addEventListener("connect", ({ ports: [port] }) => later(port));
addEventListener("message", ({ source }) => later(source ?? self));
"""


class HasSlowRoutes(Callback):
    """Has paths that answer later: `/later?s=`, and `/events?s=`, which says a word and stays open.

    `/worker.js` is a worker of any kind, which answers after a minute.
    """

    def routes(self) -> list[Route]:
        """The callback and the slow paths."""
        slow = [Route("/later", self._later), Route("/events", self._events), Route("/next", self._next)]
        others = [Route("/moved", self._moved), Route("/worker.js", self._worker)]
        return [*super().routes(), *slow, *others]

    async def _moved(self, _request: Request) -> Response:
        return RedirectResponse("https://127.0.0.1:44321/open")

    async def _worker(self, _request: Request) -> Response:
        return Response(_WORKER_FILE, media_type="text/javascript")

    async def _later(self, request: Request) -> Response:
        await asyncio.sleep(float(request.query_params["s"]))
        return PlainTextResponse("later")

    async def _events(self, request: Request) -> Response:
        async def stream() -> AsyncIterator[str]:
            yield ": open\n\n"
            await asyncio.sleep(float(request.query_params["s"]))
            yield "data: word\n\n"
            await asyncio.Event().wait()  # until the browser has gone

        return StreamingResponse(stream(), media_type="text/event-stream")

    async def _next(self, _request: Request) -> Response:
        return Response("<!doctype html><title>Elsewhere</title><p>Elsewhere</p>", media_type="text/html")


def with_slow_routes(javascript: str) -> Change:
    """A script of the page's, which can call the slow paths; `button` and `LINK` are what they say."""
    ready = script(javascript)

    def change(reference: Parts) -> Parts:
        return parts(callback=HasSlowRoutes)(ready(reference))

    return change


def leaves(identity: str, title: str, change: Change | str) -> Fault:
    """A fault of a page that is left alone."""
    made = script(change) if isinstance(change, str) else change
    return Fault(f"leaves_{identity}", title, ("CB-06",), made, ("left_alone",))


def put_in(html: str) -> Change:
    """Put markup before the end of the page; `LINK` in it is the link."""
    return markup(
        lambda page_html, page: page_html.replace("</body>", f"{html}</body>".replace("LINK", _quoted(page)))
    )


def _quoted(page: Page) -> str:
    return page.link.replace("&", "&amp;")


def around(before: str, after: str) -> Change:
    """Put markup around all that the page shows."""

    def edit(page_html: str, page: Page) -> str:
        opened = page_html.replace("<main>", f"{before}<main>".replace("LINK", _quoted(page)))
        return opened.replace("</main>", f"</main>{after}")

    return markup(edit)


_LEAVES = "location.href = LINK"
_WORKER = (
    "const worker = new Worker(URL.createObjectURL(new Blob([`setTimeout(() => postMessage(1), 2_000)`])));"
)
_MOVES = "document.body.animate([{{ opacity: 1 }}, {{ opacity: 0.9 }}], {options})"

FAULTS = (
    leaves("by_a_worker", "a worker's timer of 2 s", f"{_WORKER} worker.onmessage = () => {{ {_LEAVES} }}"),
    leaves(
        "after_an_animation",
        "a minute-long animation of a style sheet ends",
        put_in(
            "<style>@keyframes k { to { opacity: 0.9 } } h1 { animation: k 60s }</style>"
            "<script>document.querySelector('h1').addEventListener('animationend', () => "
            "{ location.href = document.querySelector('button').dataset.link })</script>"
        ),
    ),
    leaves(
        "after_a_web_animation",
        "an animation of five seconds, made by script, has finished",
        _MOVES.format(options="5_000") + f".finished.then(() => {{ {_LEAVES} }})",
    ),
    leaves(
        "after_a_round",
        "an endless animation begins another round",
        put_in(
            "<style>@keyframes k { to { opacity: 0.9 } } h1 { animation: k 30s infinite }</style>"
            "<script>document.querySelector('h1').addEventListener('animationiteration', () => "
            "{ location.href = document.querySelector('button').dataset.link })</script>"
        ),
    ),
    leaves(
        "after_an_svg_animation",
        "an animation of SVG's own ends after five seconds",
        put_in(
            '<svg width="9" height="9"><rect width="9" height="9"><animate id="a" attributeName="x" from="0" '
            'to="1" dur="5s"/></rect></svg><script>document.querySelector("#a").addEventListener("endEvent", '
            '() => { location.href = document.querySelector("button").dataset.link })</script>'
        ),
    ),
    leaves(
        "after_a_slow_answer",
        "a fetch is answered after three seconds",
        with_slow_routes(f"fetch('/later?s=3').then(() => {{ {_LEAVES} }})"),
    ),
    leaves(
        "after_a_slow_picture",
        "a picture has failed after two seconds",
        with_slow_routes(f"const i = new Image(); i.onerror = () => {{ {_LEAVES} }}; i.src = '/later?s=2'"),
    ),
    leaves(
        "on_a_sent_event",
        "an EventSource says a word after two seconds",
        with_slow_routes(f"new EventSource('/events?s=2').onmessage = () => {{ {_LEAVES} }}"),
    ),
    leaves(
        "by_a_chain",
        "an answer, then a timer of nine minutes, then an answer",
        with_slow_routes(
            "setTimeout(() => fetch('/later?s=1').then(() => setTimeout(() => "
            f"fetch('/later?s=0.2').then(() => {{ {_LEAVES} }}), 100)), 500_000)"
        ),
    ),
    leaves(
        "by_messages",
        "timers and messages take turns for two minutes",
        "const { port1, port2 } = new MessageChannel(); let n = 0; "
        f"port1.onmessage = () => {{ if (n++ > 20) {{ {_LEAVES} }} else port1.postMessage(1) }}; "
        "port2.onmessage = () => setTimeout(() => port2.postMessage(1), 6_000); port2.postMessage(1)",
    ),
    leaves(
        "from_an_object",
        "a timer of a document in an object element",
        "const o = document.createElement('object'); o.width = o.height = 1; o.type = 'text/html'; "
        "const source = `<script>setTimeout(() => parent.postMessage(1), 60_000)<\\/script>`; "
        "o.data = URL.createObjectURL(new Blob([source], { type: 'text/html' })); "
        f"onmessage = () => {{ {_LEAVES} }}; document.body.append(o)",
    ),
    leaves(
        "on_a_touch_anywhere",
        "a touch anywhere on the page",
        f"document.addEventListener('touchstart', () => {{ {_LEAVES} }})",
    ),
    leaves(
        "on_a_click_anywhere",
        "a click anywhere on the page",
        f"document.addEventListener('click', () => {{ {_LEAVES} }})",
    ),
    leaves(
        "on_two_touches",
        "two touches anywhere on the page, one soon after the other",
        "let last = 0; document.addEventListener('touchend', () => { const now = performance.now(); "
        f"if (last && now - last < 300) {{ {_LEAVES} }} last = now }})",
    ),
    leaves(
        "on_a_double_click",
        "a double click anywhere on the page",
        f"document.addEventListener('dblclick', () => {{ {_LEAVES} }})",
    ),
    leaves(
        "as_a_page_that_is_a_link",
        "the whole page is a link",
        around('<a href="LINK" style="display: block; min-height: 95vh">', "</a>"),
    ),
    leaves(
        "on_a_scroll",
        "the page is scrolled",
        put_in(
            '<div style="position: absolute; top: 3000px; height: 1px; width: 1px"></div>'
            '<script>addEventListener("scroll", () => '
            '{ location.href = document.querySelector("button").dataset.link })</script>'
        ),
    ),
    leaves(
        "on_a_move_of_the_finger",
        "a finger moves on the page",
        f"document.addEventListener('touchmove', () => {{ {_LEAVES} }})",
    ),
    leaves(
        "on_an_iphone_alone",
        "at load, where the device says that it is an iPhone",
        "if (/iPhone/.test(navigator.platform) && navigator.maxTouchPoints > 1 && devicePixelRatio > 1 "
        f"&& screen.width < 500 && CSS.supports('-webkit-touch-callout', 'none')) {{ {_LEAVES} }}",
    ),
    leaves("when_online_again", "the network is back", f"addEventListener('online', () => {{ {_LEAVES} }})"),
    leaves(
        "when_turned", "the phone is turned", f"addEventListener('orientationchange', () => {{ {_LEAVES} }})"
    ),
    leaves(
        "by_a_written_refresh",
        "a script writes a meta refresh of half a minute, after a minute",
        "setTimeout(() => { const m = document.createElement('meta'); m.httpEquiv = 'refresh'; "
        "m.content = `30; url=${LINK}`; document.head.append(m) }, 60_000)",
    ),
    leaves(
        "by_a_frames_refresh",
        "a frame's meta refresh of half a minute",
        put_in(
            "<iframe srcdoc='&lt;meta http-equiv=refresh content=&quot;30; url=LINK&quot;&gt;' hidden>"
            "</iframe>"
        ),
    ),
    leaves(
        "for_a_page_of_its_own",
        "after a minute the page goes to another one, without the button",
        with_slow_routes("setTimeout(() => { location.href = '/next' }, 60_000)"),
    ),
    leaves(
        "for_the_web",
        "after a minute the page goes to a universal link",
        "setTimeout(() => { location.href = 'https://127.0.0.1:44321/open' }, 60_000)",
    ),
)
"""Every other way."""

VARIANTS = (
    Variant(
        "keeps_a_source_open",
        "an EventSource for the status stays open",
        with_slow_routes("new EventSource('/events?s=1').onmessage = () => { document.title += '.' }"),
    ),
    Variant(
        "has_a_worker",
        "a worker answers, and stays",
        script(f"{_WORKER} worker.onmessage = () => {{ document.title += '.' }}"),
    ),
    Variant(
        "moves",
        "animations end, one goes on for ever, and nothing leaves",
        put_in(
            "<style>@keyframes k { to { opacity: 0.9 } } h1 { animation: k 60s } "
            "p { animation: k 1s infinite }</style><script>document.addEventListener('animationend', "
            "() => { document.title += '.' })</script>"
        ),
    ),
    Variant(
        "marks_touches",
        "a touch anywhere is noticed, and a scroll",
        script(
            "for (const kind of ['touchstart', 'touchmove', 'click', 'dblclick', 'scroll']) "
            "document.addEventListener(kind, () => { document.title += '.' }, { passive: true })"
        ),
    ),
    Variant(
        "links_to_help",
        "links beside the button, one of them into the app",
        put_in('<p><a href="mailto:help@example.com">Help</a> <a href="LINK">Open the app</a></p>'),
    ),
    Variant(
        "speaks_of_a_refresh",
        "a refresh in a comment, a template, a textarea and a string",
        put_in(
            '<!-- <meta http-equiv="refresh" content="1; url=LINK"> -->'
            '<template><meta http-equiv="refresh" content="1; url=LINK"></template>'
            '<textarea hidden><meta http-equiv="refresh" content="1; url=LINK"></textarea>'
            """<script>const t = '<meta http-equiv="refresh" content="1; url=LINK">'</script>"""
        ),
    ),
    Variant(
        "cleans_its_address",
        "the code is taken out of the address",
        script("history.replaceState(null, '', location.pathname)"),
    ),
    Variant(
        "asks_what_it_runs_on",
        "leaves at load where it takes the device for a desktop",
        script(
            "const isDesktop = !/iPhone/.test(navigator.platform) || matchMedia('(pointer: fine)').matches "
            "|| screen.width > 500 || navigator.webdriver || !('ongesturestart' in window); "
            f"if (isDesktop) {{ {_LEAVES} }}"
        ),
    ),
    Variant(
        "notices_the_phone",
        "hears that the network is back, and that the phone is turned",
        script(
            "for (const kind of ['online', 'offline', 'orientationchange', 'resize']) "
            "addEventListener(kind, () => { document.body.dataset.heard = kind })"
        ),
    ),
)
"""The same, and nothing leaves."""


@dataclass(frozen=True)
class Kind:
    """Ways to leave that one thing makes visible, and what looks the same and stays; by their ids."""

    title: str
    seen: str
    """By what, and after how long."""
    faults: tuple[str, ...]
    twins: tuple[str, ...] = ()


KINDS = (
    Kind(
        "Animations, of style sheets, scripts and SVG",
        "the harness ends them once ten minutes of page time are over; no real time",
        (
            "leaves_after_an_animation",
            "leaves_after_a_web_animation",
            "leaves_after_a_round",
            "leaves_after_an_svg_animation",
        ),
        ("moves",),
    ),
    Kind(
        "What a server or a worker answers",
        "as long as something is open real time passes, ten seconds at most; what is open then is named",
        (
            "leaves_by_a_worker",
            "leaves_after_a_slow_answer",
            "leaves_after_a_slow_picture",
            "leaves_on_a_sent_event",
            "leaves_by_a_chain",
            "leaves_by_messages",
            "leaves_from_an_object",
        ),
        ("keeps_a_source_open", "has_a_worker"),
    ),
    Kind(
        "Touches that are not the button's",
        "a finger touches the page beside its button, once and twice at once, and draws up the page",
        (
            "leaves_on_a_touch_anywhere",
            "leaves_on_a_click_anywhere",
            "leaves_on_two_touches",
            "leaves_on_a_double_click",
            "leaves_as_a_page_that_is_a_link",
            "leaves_on_a_scroll",
            "leaves_on_a_move_of_the_finger",
        ),
        ("marks_touches", "links_to_help"),
    ),
    Kind(
        "Moments of the phone",
        "the page is told of them by the events that a browser sends",
        ("leaves_when_online_again", "leaves_when_turned"),
        ("notices_the_phone",),
    ),
    Kind(
        "Pages that ask what they run on",
        "the web view answers as Safari of an iPhone where a page can only ask",
        ("leaves_on_an_iphone_alone",),
        ("asks_what_it_runs_on",),
    ),
    Kind(
        "Refreshes that the source does not show",
        "document and frames are read as WebKit has parsed them, at first paint and after ten minutes",
        ("leaves_by_a_written_refresh", "leaves_by_a_frames_refresh"),
        ("speaks_of_a_refresh",),
    ),
    Kind(
        "To another page of the web",
        "WebKit tells of each page that a page begins to load; one of its own with the button is no way out",
        ("leaves_for_a_page_of_its_own", "leaves_for_the_web"),
        ("cleans_its_address",),
    ),
)
"""Every fault and every twin of this module, once."""
