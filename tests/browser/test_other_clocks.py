"""A worker's time passes with the page's, and the phone can be turned, darkened and stilled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.engines import worker_clock
from tests.browser.pages import StaticPage, served
from tests.browser.processes import wait_for

if TYPE_CHECKING:
    from harness.engines import Tab

SAYS = {
    "a timer": "setTimeout(() => postMessage(1), 540_000)",
    "an interval": "let n = 0; setInterval(() => ++n < 540 || postMessage(1), 1_000)",
    "the date": "const t = Date.now(); setInterval(() => Date.now() - t < 500_000 || postMessage(1), 9_000)",
    "a chain": "const on = (n) => setTimeout(() => (n ? on(n - 1) : postMessage(1)), 60_000); on(8)",
    "an error first": "setTimeout(() => { throw 1 }, 1_000); setTimeout(() => postMessage(1), 540_000)",
}
BLOB = "URL.createObjectURL(new Blob([{0!r}]))"
DATA = "'data:text/javascript,' + encodeURIComponent({0!r})"


def counted(tab: Tab, worker: str, minutes: tuple[float, ...]) -> list[int]:
    """Return how many messages of a worker had come once so much page time had passed, each time more."""
    script = f"window.said = 0; const w = new Worker({worker}); w.onmessage = () => {{ said++ }}"
    with served({"page": StaticPage(script=script)}) as url:
        tab.stop_clock()
        tab.goto(f"{url}/page")
        found: list[int] = []
        for each in minutes:
            tab.let_pass(each * 60)
            tab.settle()
            found.append(tab.evaluate("() => window.said"))
        return found


@pytest.mark.parametrize("does", SAYS.values(), ids=SAYS)
def test_a_workers_time_passes_with_the_pages(tab: Tab, does: str) -> None:
    """It says something after eight or nine minutes, not before and not twice in ten."""
    assert counted(tab, BLOB.format(does), (0.1, 7, 2.9))[:2] == [0, 0]
    assert tab.evaluate("() => window.said") >= 1


def test_a_worker_of_an_address_that_holds_it_has_that_clock_too(tab: Tab) -> None:
    """`data:` holds a script as `blob:` does."""
    assert counted(tab, DATA.format(SAYS["a timer"]), (8, 2)) == [0, 1]


FILE = """const later = (to) => setTimeout(() => to.postMessage(1), 60_000);
addEventListener("connect", ({ ports: [port] }) => later(port));
addEventListener("message", ({ source }) => later(source ?? self));"""
BEGUN = {
    "a worker": "const w = new Worker('/w'); w.postMessage(0)",
    "a shared worker": "const w = new SharedWorker('/w').port; w.start()",
    "a service worker": "const w = navigator.serviceWorker; w.register('/w'); w.startMessages(); "
    "w.ready.then(({ active }) => active.postMessage(0))",
}


@pytest.mark.parametrize("begins", BEGUN.values(), ids=BEGUN)
def test_a_workers_file_that_begins_with_the_clock_has_it(tab: Tab, begins: str) -> None:
    """Whatever kind it is: it answers after a minute of page time, and hears of no order."""
    script = f"window.said = 0; {begins}; w.addEventListener('message', () => {{ said++ }})"
    file = StaticPage(script=worker_clock().decode() + FILE, content_type="text/javascript")
    with served({"page": StaticPage(script=script), "w": file}) as url:
        tab.stop_clock()
        tab.goto(f"{url}/page")
        found: list[int] = []
        for seconds in (0.5, 20, 60, 60):
            tab.let_pass(seconds)
            tab.settle()
            found.append(tab.evaluate("() => window.said"))
    assert (found[:2], found[-1]) == ([0, 0], 1)


def test_a_page_hears_of_an_error_in_its_timer(tab: Tab) -> None:
    """As it does of any other, and what was to come after it comes."""
    script = (
        "window.said = []; onerror = (text) => { said.push(text) }; "
        "setTimeout(() => { throw new Error('broken') }, 1_000); setTimeout(() => said.push('after'), 1_000)"
    )
    with served({"page": StaticPage(script=script)}) as url:
        tab.stop_clock()
        tab.goto(f"{url}/page")
        tab.let_pass(2)
        error, after = tab.evaluate("() => window.said")
    assert ("broken" in error, after) == (True, "after")


def test_a_worker_and_the_page_take_turns(webkit_tab: Tab) -> None:
    """Ten seconds each, for nine minutes."""
    echo = "onmessage = () => setTimeout(() => postMessage(1), 10_000)"
    script = (
        f"window.said = 0; const w = new Worker({BLOB.format(echo)}); w.postMessage(0); "
        "w.onmessage = () => { said++; w.postMessage(0) }"
    )
    with served({"page": StaticPage(script=script)}) as url:
        webkit_tab.stop_clock()
        webkit_tab.goto(f"{url}/page")
        webkit_tab.let_pass(540)
        assert webkit_tab.evaluate("() => window.said") >= 40


def test_a_worker_that_answers_nobody_costs_two_seconds_once(tab: Tab) -> None:
    """It works for ever; the page's time passes all the same, and it is still told of."""
    assert counted(tab, BLOB.format("for (;;);"), (1, 1, 8)) == [0, 0, 0]
    assert "Worker" in tab.still_open()


def test_a_page_hears_of_the_phones_surroundings_and_of_the_way_back(tab: Tab) -> None:
    """Its media queries change twice."""
    queries = ["(prefers-color-scheme: dark)", "(prefers-reduced-motion: reduce)", "(orientation: landscape)"]
    script = (
        f"window.seen = []; for (const q of {queries}) "
        "matchMedia(q).addEventListener('change', (event) => seen.push(q + event.matches))"
    )
    with served({"page": StaticPage(script=script)}) as url:
        tab.stop_clock()
        tab.goto(f"{url}/page")
        assert tab.wait_for_first_paint(timeout_s=20) is not None  # its script has asked by then
        assert set(tab.surround(otherwise=True)) == {"dark", "still", "rotation"}
        tab.settle()
        assert set(tab.evaluate("() => seen.splice(0)")) == {f"{each}true" for each in queries}
        tab.surround(otherwise=False)
        tab.settle()
        assert set(tab.evaluate("() => seen")) == {f"{each}false" for each in queries}


UNLISTED = {
    "of nothing": "const a = new Animation(new KeyframeEffect(null, null, 60_000)); "
    "a.onfinish = said; a.play()",
    "in a closed shadow root": "const s = document.body.appendChild(document.createElement('div')); "
    "const r = s.attachShadow({ mode: 'closed' }); "
    "r.innerHTML = '<p></p>'; r.firstChild.animate({ opacity: 0.9 }, 60_000).onfinish = said",
    "of what stands nowhere": "document.createElement('p').animate({ opacity: 0 }, 60_000).onfinish = said",
}


@pytest.mark.parametrize("moves", UNLISTED.values(), ids=UNLISTED)
def test_animations_that_no_document_lists_are_ended(tab: Tab, moves: str) -> None:
    """The page hears of it as of any other, once, and a second look finds nothing to end."""
    script = f"window.ended = 0; const said = () => {{ ended++ }}; {moves}"
    with served({"page": StaticPage(script=script)}) as url:
        tab.stop_clock()
        tab.goto(f"{url}/page")
        assert tab.wait_for_first_paint(timeout_s=20) is not None
        assert tab.end_animations() == 1
        tab.settle()
        assert tab.evaluate("() => window.ended") == 1
        assert tab.end_animations() == 0


def test_what_is_open_is_told_with_its_address(tab: Tab) -> None:
    """A call by its path, a source too, a worker in the page by its kind, a wait by its name."""
    script = (
        "fetch('/late?n=1'); new EventSource('/late?n=2'); new Worker('data:text/javascript,'); "
        "const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }); "
        "Atomics.waitAsync(new Int32Array(buffer), 0, 0, 60_000)"
    )
    with served({"page": StaticPage(script=script), "late": StaticPage(late_s=60)}) as url:
        tab.stop_clock()
        tab.goto(f"{url}/page")
        assert tab.wait_for_first_paint(timeout_s=20) is not None
        tab.settle()
        told = set(tab.still_open())
    assert {"load /late?n=1", "EventSource /late?n=2", "Worker", "Atomics.waitAsync"} <= told


GIVES_UP = """let gaveUp = 0, answered = 0;
const ask = (path) => { const r = new XMLHttpRequest(); r.open("GET", path); r.timeout = 60_000;
r.ontimeout = () => { gaveUp++ }; r.onload = () => { answered++ }; r.send() };"""


def test_the_time_that_a_request_is_given_passes_with_the_pages(tab: Tab) -> None:
    """A minute is over while nobody answers for a second of real time, and not before."""
    pages = {"page": StaticPage(script=f"{GIVES_UP} ask('/late')"), "late": StaticPage(late_s=20)}
    with served(pages) as url:
        tab.stop_clock()
        tab.goto(f"{url}/page")
        assert tab.wait_for_departure(timeout_s=1.1) is None  # real time, in which nobody answers
        tab.let_pass(59)
        tab.settle()
        assert tab.evaluate("() => gaveUp") == 0
        tab.let_pass(2)
        assert wait_for(lambda: tab.evaluate("() => gaveUp") == 1)


def test_a_request_that_is_answered_is_not_given_up(tab: Tab) -> None:
    """However much page time passes at once while its answer is on the way."""
    script = f"{GIVES_UP} setTimeout(() => ask('/soon'), 30_000)"
    pages = {"page": StaticPage(script=script), "soon": StaticPage(late_s=0.05)}
    with served(pages) as url:
        tab.stop_clock()
        tab.goto(f"{url}/page")
        tab.let_pass(100)
        assert wait_for(lambda: tab.evaluate("() => answered") == 1)
        assert tab.evaluate("() => gaveUp") == 0


def test_a_page_that_looks_at_the_network_sees_it_go_and_come(tab: Tab) -> None:
    """`navigator.onLine` is what the events say."""
    with served({"page": StaticPage()}) as url:
        tab.stop_clock()
        tab.goto(f"{url}/page")
        seen = [tab.evaluate("() => navigator.onLine")]
        for name in ("offline", "online"):
            tab.evaluate("(name) => { dispatchEvent(new Event(name)) }", name)
            seen.append(tab.evaluate("() => navigator.onLine"))
        assert seen == [True, False, True]
