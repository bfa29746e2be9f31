"""Ways to leave on what the browser tells a page by itself, and by parts of a page that no document lists.

Owns each such way, and beside them pages that have the same and do not leave.
"""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from backend_under_test.mutations.edits import Change, markup, parts, script
from backend_under_test.mutations.fault import Fault
from backend_under_test.mutations.gallery import HasSlowRoutes, Kind, leaves, put_in, with_slow_routes
from backend_under_test.mutations.variant import Variant
from backend_under_test.parts import Parts

_LEAVES = "location.href = LINK"
_APP = "foryoure://amo-crm/callback?success=true"


class HasFrames(HasSlowRoutes):
    """Has a frame that refreshes into the app by its header, and a path that redirects to its query."""

    def routes(self) -> list[Route]:
        """The callback, the slow paths, the frame and the redirect."""
        return [*super().routes(), Route("/frame", self._frame), Route("/hop", self._hop)]

    async def _frame(self, _request: Request) -> Response:
        page = "<!doctype html><title>Frame</title><p>Frame</p>"
        return Response(page, media_type="text/html", headers={"Refresh": f"30; url={_APP}"})

    async def _hop(self, request: Request) -> Response:
        return RedirectResponse(request.url.query, 302)


def _with_frames(change: Change) -> Change:
    """A page behind which are those frames."""
    return lambda reference: parts(callback=HasFrames)(change(reference))


def _after(ms: int) -> str:
    return f"setTimeout(() => {{ {_LEAVES} }}, {ms})"


def _minute(does: str) -> str:
    return f"setTimeout(() => {{ {does} }}, 60_000)"


def _refreshes_to(address: str) -> Change:
    return markup(
        lambda html, _: html.replace(
            "</head>", f'<meta http-equiv="refresh" content="120; url={address}"></head>'
        )
    )


def _with_slow_routes(change: Change) -> Change:
    """A page behind which are the slow paths."""

    def changed(reference: Parts) -> Parts:
        return parts(callback=HasSlowRoutes)(change(reference))

    return changed


FAULTS: tuple[Fault, ...] = (
    leaves(
        "on_a_step_back",
        "the page goes a step back in its own history",
        f"history.pushState(1, ''); onpopstate = () => {{ {_LEAVES} }}; {_minute('history.back()')}",
    ),
    leaves(
        "when_a_dialog_closes",
        "a dialog of the page's own has closed",
        "const d = document.createElement('dialog'); document.body.append(d); "
        f"d.onclose = () => {{ {_LEAVES} }}; {_minute('d.show(); d.close()')}",
    ),
    leaves(
        "on_an_error",
        "an error that nothing catches",
        f"onerror = () => {{ {_LEAVES} }}; {_minute('throw new Error()')}",
    ),
    leaves(
        "when_a_policy_is_broken",
        "the page's own security policy stops a picture",
        f"document.addEventListener('securitypolicyviolation', () => {{ {_LEAVES} }}); "
        "const m = document.createElement('meta'); m.httpEquiv = 'Content-Security-Policy'; "
        f"m.content = `img-src 'none'`; document.head.append(m); {_minute('new Image().src = `/x`')}",
    ),
    leaves(
        "when_a_permission_is_refused",
        "the phone's user does not say where they are",
        f"navigator.geolocation.getCurrentPosition(() => {{}}, () => {{ {_LEAVES} }})",
    ),
    leaves(
        "on_a_measurement",
        "the browser has measured the first paint",
        f"new PerformanceObserver(() => {{ {_LEAVES} }}).observe({{ type: 'paint', buffered: true }})",
    ),
    leaves(
        "when_a_lock_is_free",
        "a lock that the page held for a minute is free again",
        "navigator.locks.request('l', () => new Promise((done) => setTimeout(done, 60_000))); "
        f"navigator.locks.request('l', () => {{ {_LEAVES} }})",
    ),
    leaves(
        "by_a_frames_storage",
        "a frame stores something after a minute",
        f"onstorage = () => {{ {_LEAVES} }}; const f = document.createElement('iframe'); f.hidden = true; "
        "f.srcdoc = '<script>setTimeout(() => { localStorage.x = 1 }, 60_000)<\\/script>'; "
        "document.body.append(f)",
    ),
    leaves(
        "when_something_comes_into_view",
        "what is below the viewport comes into view",
        put_in(
            '<div style="position: absolute; top: 900px; height: 600px; width: 1px" id="below"></div><script>'
            "new IntersectionObserver(([{ isIntersecting }]) => { if (isIntersecting) location.href = "
            "document.querySelector('button').dataset.link }).observe(below)</script>"
        ),
    ),
    leaves(
        "as_a_page_that_is_a_label",
        "the whole page is a label of its button",
        markup(
            lambda html, _: html.replace("<main>", '<main><label style="display: block; min-height: 95vh">')
        ),
    ),
    leaves(
        "by_a_library",
        "a library of deep links: a frame with the link, and the store where no app opens",
        "const f = document.createElement('iframe'); f.hidden = true; document.body.append(f); f.src = LINK; "
        "setTimeout(() => { location.href = 'https://apps.apple.com/app/id1' }, 1_500)",
    ),
    leaves(
        "after_an_animation_of_nothing",
        "an animation without an element is over",
        "const a = new Animation(new KeyframeEffect(null, null, 60_000)); "
        f"a.onfinish = () => {{ {_LEAVES} }}; a.play()",
    ),
    leaves(
        "after_an_animation_in_a_shadow",
        "an animation in a closed shadow root is over",
        "const s = document.createElement('div'); document.body.append(s); "
        "const r = s.attachShadow({ mode: 'closed' }); r.innerHTML = '<p></p>'; "
        f"r.firstChild.animate({{ opacity: 0.9 }}, 60_000).onfinish = () => {{ {_LEAVES} }}",
    ),
    leaves(
        "after_a_wait_for_memory",
        "a wait for shared memory is over after two seconds",
        "const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }); "
        f"Atomics.waitAsync(new Int32Array(buffer), 0, 0, 2_000).value.then(() => {{ {_LEAVES} }})",
    ),
    leaves(
        "by_a_frames_header",
        "a frame's Refresh header of half a minute",
        _with_frames(put_in('<iframe src="/frame" hidden></iframe>')),
    ),
    leaves(
        "by_a_frames_redirect",
        "a frame's address redirects into the app",
        _with_frames(put_in('<iframe src="/hop?LINK" hidden></iframe>')),
    ),
    leaves(
        "for_the_web_by_a_refresh",
        "a meta refresh of two minutes to a page without the button",
        _with_slow_routes(_refreshes_to("/next")),
    ),
    leaves(
        "for_another_site_by_a_refresh",
        "a meta refresh of two minutes to somebody else's page",
        _refreshes_to("https://www.amocrm.ru/"),
    ),
    *(
        leaves(f"on_{identity}", title, f"{event} = () => {{ {_LEAVES} }}")
        for identity, title, event in (
            ("a_context_menu", "the context menu of the page", "oncontextmenu"),
            ("a_key", "a key", "onkeydown"),
            ("a_turn_of_the_wheel", "the wheel of a mouse", "onwheel"),
            ("a_selection", "words of the page are selected", "document.onselectionchange"),
        )
    ),
    leaves(
        "on_a_long_touch",
        "a finger stays on the page for half a second",
        f"let t; ontouchstart = () => {{ t = {_after(500)} }}; ontouchend = () => clearTimeout(t)",
    ),
    leaves(
        "a_while_after_a_touch",
        "half a minute after a touch anywhere on the page",
        f"ontouchstart = () => {_after(30_000)}",
    ),
    leaves(
        "in_a_box_that_scrolls",
        "a box that fills the page is scrolled",
        put_in(
            "<style>main { height: 80vh; overflow: auto } main::after { content: ''; display: block; "
            "height: 3000px }</style><script>document.querySelector('main').onscroll = () => "
            "{ location.href = document.querySelector('button').dataset.link }</script>"
        ),
    ),
    leaves(
        "by_many_animations",
        "a dozen animations, one after another",
        "(async () => { for (let i = 0; i < 12; i++) await document.body.animate({ opacity: [1, 0.9] }, "
        f"5_000).finished; {_LEAVES} }})()",
    ),
    leaves(
        "by_an_animation_and_a_timer",
        "an animation ends, an answer comes, and then a timer of two minutes",
        with_slow_routes(
            "document.body.animate({ opacity: [1, 0.9] }, 5_000).onfinish = () => "
            f"fetch('/later?s=0.3').then(() => {_after(120_000)})"
        ),
    ),
    leaves(
        "long_after_a_slow_answer",
        "an answer after two seconds, then a timer of eight minutes",
        with_slow_routes(f"fetch('/later?s=2').then(() => {_after(480_000)})"),
    ),
    leaves(
        "when_a_request_takes_too_long",
        "an XMLHttpRequest is given up after twenty seconds",
        with_slow_routes(
            "const r = new XMLHttpRequest(); r.open('GET', '/later?s=30'); r.timeout = 20_000; "
            f"r.ontimeout = () => {{ {_LEAVES} }}; r.send()"
        ),
    ),
    leaves(
        "by_turns_with_a_worker",
        "the page and a worker take turns, ten seconds each, eleven times",
        "const w = new Worker(URL.createObjectURL(new Blob(["
        "`onmessage = () => setTimeout(() => postMessage(1), 10_000)`]))); let n = 0; "
        f"w.onmessage = () => {{ if (n++ > 10) {{ {_LEAVES} }} else w.postMessage(0) }}; w.postMessage(0)",
    ),
    *(
        leaves(
            f"when_it_looks_at_{identity}",
            f"the page looks each half second at {what}",
            f"setInterval(() => {{ if ({condition}) {{ {_LEAVES} }} }}, 500)",
        )
        for identity, what, condition in (
            ("its_width", "whether it is wider than it is high", "innerWidth > innerHeight"),
            ("its_colours", "its colours", "matchMedia('(prefers-color-scheme: dark)').matches"),
            ("its_network", "whether there is a network", "!navigator.onLine"),
        )
    ),
    leaves(
        "after_an_animation_on_its_side",
        "an animation ends that the page has on its side alone",
        put_in(
            "<style>@keyframes k { to { opacity: 0.9 } } "
            "@media (orientation: landscape) { h1 { animation: k 2s } }</style>"
            "<script>document.querySelector('h1').onanimationend = () => "
            "{ location.href = document.querySelector('button').dataset.link }</script>"
        ),
    ),
)
"""Every other way."""

VARIANTS = (
    Variant(
        "answers_to_hands",
        "a long touch, a key, the wheel, words that are selected and the context menu change how it looks",
        script(
            "for (const kind of ['touchstart', 'touchend', 'keydown', 'wheel', 'selectionchange', "
            "'contextmenu']) document.addEventListener(kind, () => "
            "setTimeout(() => { document.title += '.' }, 500), { passive: true })"
        ),
    ),
    Variant(
        "does_one_thing_after_another",
        "animations, answers and a worker take turns, and the page looks at its width",
        with_slow_routes(
            "(async () => { for (let i = 0; i < 12; i++) await document.body.animate({ opacity: [1, 0.9] }, "
            "5_000).finished; await fetch('/later?s=0.2'); document.title += '.' })(); "
            "const w = new Worker(URL.createObjectURL(new Blob(["
            "`onmessage = () => setTimeout(() => postMessage(1), 10_000)`]))); "
            "let n = 0; w.onmessage = () => { if (n++ > 10) w.terminate(); else w.postMessage(0) }; "
            "w.postMessage(0); "
            "setInterval(() => { document.body.dataset.width = innerWidth }, 9_000)"
        ),
    ),
    Variant(
        "names_its_link",
        "the link stands in a banner's meta tag, in prefetches, and for browsers without scripts",
        put_in(
            '<meta name="apple-itunes-app" content="app-id=1, app-argument=LINK">'
            '<link rel="prefetch" href="LINK"><link rel="prerender" href="LINK">'
            '<script type="speculationrules">{"prefetch": [{"urls": ["foryoure://x"]}]}</script>'
            '<noscript><meta http-equiv="refresh" content="0; url=LINK"></noscript>'
        ),
    ),
    Variant(
        "asks_for_its_link",
        "a picture, a call and a script are asked for at the link, and where an address redirects to it",
        _with_frames(
            script(
                "for (const url of [LINK, '/hop']) { new Image().src = url; fetch(url).catch(() => {}); "
                "document.head.append(Object.assign(document.createElement('script'), { src: url })) }"
            )
        ),
    ),
    Variant(
        "throws_confetti",
        "animations in a shadow root and of nothing end, and a dialog opens and closes",
        with_slow_routes(
            "const [s, d] = ['div', 'dialog'].map((name) => document.createElement(name)); "
            "document.body.append(s, d); const r = s.attachShadow({ mode: 'closed' }); "
            "r.innerHTML = '<i></i>'; "
            "r.firstChild.animate({ opacity: 0 }, 3_000).onfinish = () => r.host.remove(); "
            "setTimeout(() => { d.show(); d.close() }, 60_000)"
        ),
    ),
    Variant(
        "asks_the_browser",
        "measures, locks, storage and permissions are asked for, and nothing leaves",
        script(
            "new PerformanceObserver(() => {}).observe({ type: 'paint', buffered: true }); "
            "navigator.locks.request('l', () => {}); navigator.storage.estimate(); "
            "navigator.geolocation.getCurrentPosition(() => {}, () => {}); document.fonts.ready.then(() => 1)"
        ),
    ),
)
"""The same, and nothing leaves."""

KINDS = (
    Kind(
        "What is done with a phone without a tap",
        "a finger stays on the page for a second of its time, and the page is told of the others by events, "
        "each once; a minute of page time follows",
        (
            "leaves_on_a_long_touch",
            "leaves_on_a_context_menu",
            "leaves_on_a_selection",
            "leaves_on_a_key",
            "leaves_on_a_turn_of_the_wheel",
            "leaves_a_while_after_a_touch",
            "leaves_in_a_box_that_scrolls",
        ),
        ("answers_to_hands",),
    ),
    Kind(
        "One thing after another",
        "what is open is waited for before the last nine minutes, five seconds at most, and after them; "
        "a worker and the page take turns of ten seconds",
        (
            "leaves_by_many_animations",
            "leaves_by_an_animation_and_a_timer",
            "leaves_long_after_a_slow_answer",
            "leaves_by_turns_with_a_worker",
            "leaves_when_it_looks_at_its_width",
            "leaves_when_it_looks_at_its_colours",
            "leaves_when_it_looks_at_its_network",
            "leaves_when_a_request_takes_too_long",
            "leaves_after_an_animation_on_its_side",
        ),
        ("does_one_thing_after_another",),
    ),
    Kind(
        "What the browser tells a page by itself",
        "each comes by itself, at once or as the page's clock passes its ten minutes",
        (
            "leaves_on_a_step_back",
            "leaves_when_a_dialog_closes",
            "leaves_on_an_error",
            "leaves_when_a_policy_is_broken",
            "leaves_when_a_permission_is_refused",
            "leaves_on_a_measurement",
            "leaves_when_a_lock_is_free",
            "leaves_by_a_frames_storage",
            "leaves_when_something_comes_into_view",
            "leaves_as_a_page_that_is_a_label",
            "leaves_by_a_library",
        ),
        ("names_its_link", "asks_the_browser"),
    ),
    Kind(
        "What no document lists",
        "animations are remembered as they begin, and ended; a wait for memory gets ten seconds of real time",
        (
            "leaves_after_an_animation_of_nothing",
            "leaves_after_an_animation_in_a_shadow",
            "leaves_after_a_wait_for_memory",
        ),
        ("throws_confetti",),
    ),
    Kind(
        "Refreshes and redirects beside the page's own",
        "headers are read for frames too; where a refresh leads on in the web, the page goes at once",
        (
            "leaves_by_a_frames_header",
            "leaves_by_a_frames_redirect",
            "leaves_for_the_web_by_a_refresh",
            "leaves_for_another_site_by_a_refresh",
        ),
        ("asks_for_its_link",),
    ),
)
"""Every fault and every twin of this module, once."""
