"""Ways to leave that only some pages, returns or taps show, and what looks like them and stays.

Owns each such way. The ways that any page left alone shows are `gallery`'s.
"""

from backend_under_test.mutations.edits import after, on_failure, script
from backend_under_test.mutations.fault import Fault
from backend_under_test.mutations.gallery import Kind, leaves, with_slow_routes
from backend_under_test.mutations.variant import Variant
from backend_under_test.outcome import Reason

_LEAVES = "location.href = LINK"
_ON_A_TOUCH = f"document.addEventListener('touchstart', () => {{ {_LEAVES} }})"
_MADE = "URL.createObjectURL(new Blob(['Elsewhere'], { type: 'text/html' }))"
_STORE = "https://apps.apple.com/app/id1"


def _on_load(number: int, does: str) -> str:
    """Do something where the page is loaded for this time in its tab."""
    count = "sessionStorage.loads = Number(sessionStorage.loads ?? 0) + 1"
    return f"{count}; if (sessionStorage.loads === '{number}') {{ {does} }}"


def _later(ms: int) -> str:
    return f"setTimeout(() => {{ {_LEAVES} }}, {ms})"


def _goes_to(url: str) -> str:
    return f"setTimeout(() => {{ location.href = {url} }}, 60_000)"


def _once_tapped(does: str) -> str:
    """Do something, besides what the button does, when it is tapped for the first time."""
    return f"button.addEventListener('click', () => {{ {does} }}, {{ once: true }})"


def _derives_a_key(then: str) -> str:
    how = "{ name: 'PBKDF2', hash: 'SHA-512', salt: new Uint8Array(8), iterations: 3_000_000 }"
    made = "crypto.subtle.importKey('raw', new Uint8Array(8), 'PBKDF2', false, ['deriveBits'])"
    return f"{made}.then((key) => crypto.subtle.deriveBits({how}, key, 256)).then(() => {{ {then} }})"


def _on_change(query: str) -> str:
    return f"matchMedia('{query}').addEventListener('change', () => {{ {_LEAVES} }})"


def _worker(does: str, kind: str = "Worker") -> str:
    """Begin a worker whose script is in the page, and leave when it says something."""
    made = f"new {kind}(URL.createObjectURL(new Blob([`{does}`])))"
    return f"const worker = {made}; worker.onmessage = () => {{ {_LEAVES} }}"


FAULTS = (
    Fault(
        "leaves_a_page_of_an_error_on_a_touch",
        "a touch anywhere on a page of an error",
        ("CB-06", "CB-07"),
        script(_ON_A_TOUCH, on_failure),
        ("code_missing",),
    ),
    Fault(
        "leaves_a_page_of_a_refusal_when_online_again",
        "the network is back, on the page of a refused exchange",
        ("CB-06",),
        script(f"addEventListener('online', () => {{ {_LEAVES} }})", after(Reason.REFUSED)),
        ("exchange_refused",),
    ),
    Fault(
        "leaves_a_page_of_an_unknown_state",
        "setTimeout, nine minutes, on the page for a state that was never issued",
        ("CB-06",),
        script(_later(540_000), after(Reason.STATE_UNKNOWN)),
        ("state_unknown",),
    ),
    Fault(
        "leaves_when_amo_is_down",
        "setTimeout, nine minutes, on the page that says that amoCRM is not to be reached or understood",
        ("CB-06",),
        script(_later(540_000), after(Reason.AMO_UNREACHABLE, Reason.AMO_NONSENSE)),
        ("amo_unreachable",),
    ),
    Fault(
        "leaves_when_loaded_again",
        "setTimeout, nine minutes, on the second load of the page",
        ("CB-06",),
        script(_on_load(2, _later(540_000))),
        ("callback_reloaded",),
    ),
    Fault(
        "leaves_when_loaded_for_the_third_time",
        "at the third load of the page",
        ("CB-06",),
        script(_on_load(3, _LEAVES)),
        ("callback_reloaded",),
    ),
    Fault(
        "leaves_a_minute_after_the_return",
        "a minute after the user has come back from the app",
        ("CB-06",),
        script(
            _once_tapped(
                "document.addEventListener('visibilitychange', () => { if (!document.hidden) "
                f"{{ {_later(60_000)} }} }})"
            )
        ),
        ("tap_twice",),
    ),
    Fault(
        "leaves_again_two_minutes_later",
        "the tap, and two minutes later once more",
        ("CB-06",),
        script(_once_tapped(_later(120_000))),
        ("tap_twice",),
    ),
    Fault(
        "leaves_for_the_store_as_well",
        "a second and a half after the tap, the app store, though the app has opened",
        ("CB-07",),
        script(_once_tapped(f"setTimeout(() => {{ location.href = '{_STORE}' }}, 1_500)")),
        ("connect_happy_path",),
    ),
    leaves(
        "for_the_store",
        "after a minute, the app store, without a tap",
        script(f"setTimeout(() => {{ location.href = '{_STORE}' }}, 60_000)"),
    ),
    Fault(
        "leaves_after_a_long_call",
        "the tap calls a server for eleven seconds, and by then its gesture is over",
        ("CB-07",),
        with_slow_routes(
            "const other = button.cloneNode(true); button.replaceWith(other); "
            "other.onclick = () => fetch('/later?s=11').then(() => window.open(LINK, '_self'))"
        ),
        ("app_cold_start",),
    ),
    leaves(
        "by_a_slow_worker",
        "a worker's timer of nine minutes",
        script(_worker("setTimeout(() => postMessage(1), 540_000)")),
    ),
    leaves(
        "by_a_workers_interval",
        "a worker that counts nine minutes in seconds",
        script(_worker("let n = 0; setInterval(() => ++n < 540 || postMessage(1), 1_000)")),
    ),
    leaves(
        "by_a_workers_clock",
        "a worker that looks at the time of the day each ten seconds, for eight minutes",
        script(
            _worker(
                "const t = Date.now(); setInterval(() => Date.now() - t < 480_000 || postMessage(1), 10_000)"
            )
        ),
    ),
    leaves(
        "by_a_worker_and_a_timer",
        "a worker's timer of four minutes, then one of the page's of four",
        script(
            "const worker = new Worker(URL.createObjectURL(new Blob(["
            "`setTimeout(() => postMessage(1), 240_000)`]))); "
            f"worker.onmessage = () => {_later(240_000)}"
        ),
    ),
    leaves(
        "by_a_workers_file",
        "a worker whose script is a file answers after a minute",
        with_slow_routes(
            f"const w = new Worker('/worker.js'); w.onmessage = () => {{ {_LEAVES} }}; w.postMessage(0)"
        ),
    ),
    leaves(
        "by_a_shared_worker",
        "a shared worker answers after a minute",
        with_slow_routes(f"new SharedWorker('/worker.js').port.onmessage = () => {{ {_LEAVES} }}"),
    ),
    leaves(
        "by_a_service_worker",
        "a service worker answers after a minute",
        with_slow_routes(
            f"const s = navigator.serviceWorker; s.onmessage = () => {{ {_LEAVES} }}; "
            "s.register('/worker.js'); s.ready.then(({ active }) => active.postMessage(0))"
        ),
    ),
    leaves(
        "after_half_a_minute_away",
        "the user comes back after more than half a minute",
        script(
            "let left = 0; document.addEventListener('visibilitychange', () => { if (document.hidden) "
            f"left = Date.now(); else if (Date.now() - left > 30_000) {{ {_LEAVES} }} }})"
        ),
    ),
    leaves(
        "after_a_view_transition",
        "a view transition has finished",
        script(f"document.startViewTransition(() => {{}}).finished.then(() => {{ {_LEAVES} }})"),
    ),
    leaves(
        "after_a_calculation",
        "the browser has derived a key, for a second or two",
        script(_derives_a_key(_LEAVES)),
    ),
    leaves(
        "in_the_dark",
        "the phone's colours turn dark",
        script(_on_change("(prefers-color-scheme: dark)")),
    ),
    leaves(
        "on_its_side",
        "the page is wider than it is high",
        script(_on_change("(orientation: landscape)")),
    ),
    leaves(
        "when_all_is_still",
        "the user wants no animations any more",
        script(_on_change("(prefers-reduced-motion: reduce)")),
    ),
    leaves(
        "after_the_print",
        "the sheet for printing was closed",
        script(f"addEventListener('afterprint', () => {{ {_LEAVES} }})"),
    ),
    Fault(
        "leaves_for_the_store_alone",
        "the tap opens the app store in the app's place",
        ("CB-07",),
        script(_once_tapped(f"location.href = '{_STORE}'")),
        ("connect_happy_path",),
    ),
    leaves("for_an_empty_page", "about:blank", _goes_to("'about:blank'")),
    leaves("for_a_page_of_its_making", "a page that it has made (blob:)", _goes_to(_MADE)),
    leaves("for_mail", "another app than ours (mailto:)", _goes_to("'mailto:help@example.com'")),
    leaves(
        "for_the_web_by_an_address_of_its_own",
        "an address of its own that redirects to a universal link",
        with_slow_routes(_goes_to("'/moved'")),
    ),
)
"""Every other way."""

VARIANTS = (
    Variant(
        "offers_the_store_to_those_without_the_app",
        "a while after the tap, the app store, where the page is in front by then, or by the clock was",
        script(
            _once_tapped(
                f"const store = setTimeout(() => {{ location.href = '{_STORE}' }}, 1_500); "
                "document.onvisibilitychange = () => { if (document.hidden) clearTimeout(store) }; "
                "const t = Date.now(); setTimeout(() => { if (!document.hidden || Date.now() - t < 3_000) "
                f"location.href = '{_STORE}' }}, 2_500)"
            )
        ),
    ),
    Variant(
        "has_pages_within",
        "frames of a page that it has made and of an empty one, and steps in its own history",
        script(
            f"for (const url of [{_MADE}, 'about:blank']) {{ const f = document.createElement('iframe'); "
            "f.title = 'within'; f.hidden = true; f.src = url; document.body.append(f) } "
            "history.pushState(0, '', '?step=1'); location.hash = 'here'"
        ),
    ),
    Variant(
        "counts_its_loads",
        "counts how often it was loaded, touched and come back to",
        script(
            f"{_on_load(2, 'document.body.dataset.loads = 2')}; "
            "for (const kind of ['touchstart', 'visibilitychange', 'pageshow', 'online']) "
            "document.addEventListener(kind, () => { document.body.dataset.seen = kind })"
        ),
    ),
    Variant(
        "follows_the_phone",
        "its colours and its layout follow the phone's",
        script(
            "for (const query of ['(prefers-color-scheme: dark)', '(orientation: landscape)', "
            "'(prefers-reduced-motion: reduce)']) matchMedia(query).addEventListener('change', (event) => "
            "{ document.body.dataset.phone = event.media + event.matches })"
        ),
    ),
    Variant(
        "calculates_and_changes",
        "derives a key, and changes by a view transition",
        script(
            _derives_a_key("document.startViewTransition(() => { document.body.dataset.key = 'made' })"),
        ),
    ),
    Variant(
        "tells_analytics_nothing_secret",
        "the code is taken out of the address before that is sent to somebody who counts visits",
        script(
            "history.replaceState(null, '', location.pathname); "
            "new Image().src = 'http://127.0.0.1:44444/collect?page=' + encodeURIComponent(location.href)"
        ),
    ),
    Variant(
        "takes_its_button_away",
        "once the button has been tapped it says that the window may be closed",
        script(
            _once_tapped("setTimeout(() => button.replaceWith('You may close this page.'), 500)"),
        ),
    ),
    Variant(
        "has_a_worker_that_counts",
        "a worker counts the seconds for the page",
        script(
            "const worker = new Worker(URL.createObjectURL(new Blob(["
            "`setInterval(() => postMessage(Date.now()), 1_000)`]))); "
            "worker.onmessage = () => { document.title += '.' }"
        ),
    ),
    Variant(
        "has_a_service_worker",
        "a service worker is asked, and answers",
        with_slow_routes(
            "const s = navigator.serviceWorker; s.onmessage = () => { document.title += '.' }; "
            "s.register('/worker.js'); s.ready.then(({ active }) => active.postMessage(0))"
        ),
    ),
)
"""The same, and nothing leaves."""

KINDS = (
    Kind(
        "Elsewhere, after a minute",
        "WebKit tells of what a page begins to load, and where a redirect leads on",
        (
            "leaves_for_an_empty_page",
            "leaves_for_a_page_of_its_making",
            "leaves_for_mail",
            "leaves_for_the_web_by_an_address_of_its_own",
        ),
        ("has_pages_within",),
    ),
    Kind(
        "Pages and returns that are seldom looked at",
        "every page of the scenarios below is left alone; a page is loaded three times, and come back to",
        (
            "leaves_a_page_of_an_error_on_a_touch",
            "leaves_a_page_of_a_refusal_when_online_again",
            "leaves_a_page_of_an_unknown_state",
            "leaves_when_amo_is_down",
            "leaves_when_loaded_again",
            "leaves_when_loaded_for_the_third_time",
            "leaves_a_minute_after_the_return",
            "leaves_after_half_a_minute_away",
        ),
        ("counts_its_loads", "tells_analytics_nothing_secret"),
    ),
    Kind(
        "What style sheets ask of the phone",
        "the view is turned on its side, its colours are dark and its animations stilled, and back",
        ("leaves_in_the_dark", "leaves_on_its_side", "leaves_when_all_is_still", "leaves_after_the_print"),
        ("follows_the_phone",),
    ),
    Kind(
        "What the browser is busy with",
        "a calculation gets real time, ten seconds at most; a view transition goes by the page's time",
        ("leaves_after_a_view_transition", "leaves_after_a_calculation"),
        ("calculates_and_changes",),
    ),
    Kind(
        "After the tap",
        "two seconds of page time; where something is still to come five, hidden behind the app, and ten "
        "before by its date alone; then ten minutes",
        (
            "leaves_again_two_minutes_later",
            "leaves_for_the_store_as_well",
            "leaves_for_the_store_alone",
            "leaves_for_the_store",
            "leaves_after_a_long_call",
        ),
        ("offers_the_store_to_those_without_the_app", "takes_its_button_away"),
    ),
    Kind(
        "A worker's own clock",
        "workers of every kind go by the page's time: the gateway puts a clock before the file of one",
        (
            "leaves_by_a_slow_worker",
            "leaves_by_a_workers_interval",
            "leaves_by_a_workers_clock",
            "leaves_by_a_worker_and_a_timer",
            "leaves_by_a_workers_file",
            "leaves_by_a_shared_worker",
            "leaves_by_a_service_worker",
        ),
        ("has_a_worker_that_counts", "has_a_service_worker"),
    ),
)
"""Every fault and every twin of this module, once."""
