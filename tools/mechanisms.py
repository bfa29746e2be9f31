"""docs/mechanisms.md: the ways to leave without a tap that `prove` plays, and what is not seen.

Owns that page. The ways themselves are `backend_under_test.mutations`.
"""

from collections.abc import Iterator

from backend_under_test.mutations import gallery, notices, occasions
from backend_under_test.mutations.faults import FAULTS
from backend_under_test.mutations.faults.departures import FAULTS as BY_ITSELF
from backend_under_test.mutations.variants import VARIANTS

_HEAD = """# Ways to leave without a tap

Each row is a backend that `amo-harness prove NAME` plays: CB-06 catches it, and leaves its twins alone. Which
pages are left alone, and for how long, is in [left_alone.md](left_alone.md), what
iOS does with each departure is in [hosts.md](hosts.md). Written by `make docs`.
"""
_OWN = "the page's clock passes ten minutes in steps, with focus, visibility and pageshow in between"
_EVERYWHERE = "each"
ENGINES = {
    "Touches that are not the button's": "`webkitgtk` and `chromium`: a finger; `webkit`: Playwright's tap "
    "and wheel; `remote`: a script's",
    "What is done with a phone without a tap": "each; a finger stays in `webkitgtk` and `chromium` alone",
    "Moments of the phone": "each; `webkitgtk` really hides the page meanwhile, the others say so by events",
    "Pages that ask what they run on": "`webkitgtk`; `chromium` is no iPhone to a page that asks, and the "
    "others are what Playwright makes them",
    "Pages and returns that are seldom looked at": "each; in `chromium` no tap follows a departure, "
    "for its dialog takes it",
    "What style sheets ask of the phone": "each but `remote`, whose browser nobody can turn or darken",
    "After the tap": "`webkitgtk` by WebKit's own gesture; the others cannot tell a gesture that is over",
}
"""In which engine a kind is seen, where it is not in each in the same way."""
_UNSEEN = (
    (
        "a departure that a server or a socket sets off after ten seconds or more",
        "nobody knows what it would answer, so none can be given sooner; the finding names it by its address",
    ),
    (
        "a timer of a worker's own worker",
        "it goes by the machine's clock for ten seconds; the worker is named as open",
    ),
    (
        "more than forty animations, one after another",
        "a page may go on for ever",
    ),
    (
        "what a page does more than a minute after a touch beside the button",
        "a page may well be over by then: its ten minutes have passed",
    ),
    (
        "a service worker that takes its page elsewhere (`client.navigate`)",
        "WebKitGTK 2.50 refuses; what it tells the page is seen",
    ),
    (
        "`navigator.storage`, `pointercancel` by a scroll, frames of a live video",
        "WebKitGTK 2.50 has none of them here",
    ),
    (
        "`Atomics.wait` in a worker for ten seconds or more",
        "it takes real time; and of shared memory WebKitGTK has WebAssembly's alone, no `SharedArrayBuffer`",
    ),
    (
        "a timer in a frame of another origin or in one of a sandbox",
        "the page's time reaches a document through those around it",
    ),
    (
        "a button that is gone after minutes, or when the user comes back; a page of its own after the tap",
        "no document says how long the button stands; a tap that finds none leaves CB-07 not observed",
    ),
    (
        "a live AudioContext",
        "it stands still until somebody touches the page, as on an iPhone; then it takes real time",
    ),
    (
        "a timeline of a scroll that a finger has not scrolled to its end, `scrollend`",
        "the swipe is 200 CSS px long; WebKitGTK 2.50 sends no `scrollend`",
    ),
    ("`document.fonts` `loadingdone`", "WebKitGTK 2.50 does not send it; `ready` and `load()` are seen"),
    (
        "two fingers, what is pasted, what a long touch selects",
        "one finger is made; words are selected by a script; menu, key and wheel are events without a mouse",
    ),
    (
        "a clock that the page reads elsewhere: `document.timeline`, `performance.mark`, the age of a cookie",
        "they go by the machine's; `Date`, `performance.now`, `timeStamp` and `Intl` go by the page's",
    ),
    (
        "`scheduler.postTask`, the Navigation API, WebRTC, `pagereveal`",
        "WebKitGTK 2.50 has or sends none of them; of these an iPhone of iOS 18.6 has the last two",
    ),
    ("what the sheet for printing alone changes", "the page hears that it is printed, and is not drawn so"),
    (
        "an animation of SVG's that a timer of minutes later relies on",
        "animations are brought to their end after the ten minutes, not along with them",
    ),
    (
        "the way back, by a swipe",
        "it leads to amoCRM; what a page does on `popstate` is seen where it goes back itself",
    ),
    (
        "a page that waits for the phone to move",
        "iOS asks the user first, and here the answer is no",
    ),
    ("a departure at `unload`", "the tab is closed when the scenario is over"),
    (
        "what a page does on a real iPhone alone",
        "it can tell WebKitGTK from one (Apple Pay, gesture events, `-webkit-touch-callout`, fonts)",
    ),
    ("a touch on a small link or button other than the page's own", "a user who aims there means it"),
)


IN_CHROMIUM = {
    "leaves_by_messages": "no: page time and messages take turns in `webkitgtk` alone",
    "leaves_by_turns_with_a_worker": "no: page time and workers take turns in `webkitgtk` alone",
    "leaves_on_an_iphone_alone": "no: it is no iPhone",
    "leaves_a_page_of_an_error_on_a_touch": "yes; what the next tap does is not seen",
    "leaves_for_the_store_as_well": "yes, by CB-06 too",
    "asks_what_it_runs_on": "blamed: it takes Chromium for a desktop, and leaves",
}
"""How it went in Chromium where it did not go as in WebKitGTK."""


def _table(rows: Iterator[tuple[str, str]]) -> str:
    told = (f"| {what} | `{name}` | {IN_CHROMIUM.get(name, 'yes')} |" for what, name in rows)
    return "\n".join(["| what the page does | name | seen in `chromium` |", "|---|---|---|", *told])


def _twin(name: str) -> str:
    there = IN_CHROMIUM.get(name)
    return f"{VARIANTS[name].title} (`{name}`{f'; in `chromium` {there}' if there else ''})"


def _seen(kind: str, by: str) -> str:
    return f"| seen | in which engine |\n|---|---|\n| {by} | {ENGINES.get(kind, _EVERYWHERE)} |"


def mechanisms_page() -> str:
    """Return the page, in Markdown."""
    sections = [_HEAD, f"## The page's own timers, scripts, frames, forms and moments\n\n{_seen('', _OWN)}\n"]
    sections.append(_table((fault.title, fault.id) for fault in BY_ITSELF))
    for kind in (*gallery.KINDS, *occasions.KINDS, *notices.KINDS):
        sections.append(f"\n## {kind.title}\n\n{_seen(kind.title, kind.seen)}\n")
        sections.append(_table((FAULTS[name].title, name) for name in kind.faults))
        twins = "; ".join(_twin(name) for name in kind.twins)
        sections.append(f"\nLeft alone: {twins}.")
    sections.append("\n## What is not seen\n\n| what | why |\n|---|---|")
    sections += [f"| {what} | {why} |" for what, why in _UNSEEN]
    return "\n".join(sections) + "\n"
