"""The gesture of a departure is WebKit's own at that moment; nothing that a test does prolongs or feigns it.

Each row was seen in bare WebKitGTK, with nothing evaluated between the load and the verdict.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

from tests.browser.pages import StaticPage, served
from tests.browser.processes import descendants
from tests.browser.touch.buttons import button, left, on, tapped

if TYPE_CHECKING:
    from harness.engines import Tab

LEAVES = "leave('app')"
# What the click's handler does, and whether its departure has a gesture. WebKit hands a gesture on to timers
# and frames for a second since the touch, to what follows a call for ten; to messages and animations never.
AFTER_A_CLICK: dict[str, tuple[str, bool]] = {
    "at-once": (LEAVES, True),
    "timer-0": (f"setTimeout(() => {LEAVES}, 0)", True),
    "timer-100": (f"setTimeout(() => {LEAVES}, 100)", True),
    "timer-300": (f"setTimeout(() => {LEAVES}, 300)", True),
    "timer-900": (f"setTimeout(() => {LEAVES}, 900)", True),
    "timer-1100": (f"setTimeout(() => {LEAVES}, 1100)", False),
    "timer-1500": (f"setTimeout(() => {LEAVES}, 1500)", False),
    "timers-250-250": (f"await sleep(250); await sleep(250); {LEAVES}", True),
    "timers-600-600": (f"await sleep(600); await sleep(600); {LEAVES}", False),
    "timer-as-text": ("setTimeout('leave(`app`)', 100)", True),
    "interval-300": (f"const i = setInterval(() => {{ clearInterval(i); {LEAVES} }}, 300)", True),
    "interval-300-second": (
        f"let n = 0; const i = setInterval(() => {{ if (++n === 2) {{ clearInterval(i); {LEAVES} }} }}, 300)",
        False,
    ),
    "interval-0-fifth": (
        f"let n = 0; const i = setInterval(() => {{ if (++n === 5) {{ clearInterval(i); {LEAVES} }} }}, 0)",
        False,
    ),
    "microtask": (f"queueMicrotask(() => {LEAVES})", True),
    "promise": (f"await null; {LEAVES}", True),
    "frame": (f"requestAnimationFrame(() => {LEAVES})", True),
    "two-frames": (f"requestAnimationFrame(() => requestAnimationFrame(() => {LEAVES}))", True),
    "message-channel": (
        f"const c = new MessageChannel(); c.port1.onmessage = () => {LEAVES}; c.port2.postMessage(0)",
        False,
    ),
    "post-message": (f"addEventListener('message', () => {LEAVES}); postMessage(0, '*')", True),
    "mutation-observer": (
        f"new MutationObserver(() => {LEAVES}).observe(go, {{attributes: true}}); go.title = 'x'",
        True,
    ),
    "resize-observer": (f"new ResizeObserver(() => {LEAVES}).observe(go)", False),
    "transition": (
        f"go.style.transition = 'opacity 200ms'; go.ontransitionend = () => {LEAVES}; go.style.opacity = .5",
        False,
    ),
    "fetch": (f"await fetch('/at-once'); {LEAVES}", True),
    "fetch-300": (f"await fetch('/after-300'); {LEAVES}", True),
    "fetch-1500": (f"await fetch('/after-1500'); {LEAVES}", True),
    "fetch-3000": (f"await fetch('/after-3000'); {LEAVES}", True),
    "fetch-300-text": (f"await (await fetch('/after-300')).text(); {LEAVES}", True),
    "fetch-1500-timer": (f"await fetch('/after-1500'); setTimeout(() => {LEAVES}, 0)", False),
    "xhr-300": (
        f"const x = new XMLHttpRequest(); x.onload = () => {LEAVES}; x.open('GET', '/after-300'); x.send()",
        True,
    ),
    "abort-signal": (f"AbortSignal.timeout(300).onabort = () => {LEAVES}", True),
    "busy-1200": (f"const end = Date.now() + 1200; while (Date.now() < end); {LEAVES}", True),
}
AFTER_TOUCHEND = ("at-once", "timer-300", "timer-1500", "frame", "fetch-300")
# How a handler comes to be bound after the page stands: no finger is faster than any of these.
BINDS = on("click", LEAVES)
BOUND_LATE = {
    "timer": f"setTimeout(() => {{ {BINDS} }}, 0)",
    "timer-800": f"setTimeout(() => {{ {BINDS} }}, 800)",
    "frame": f"requestAnimationFrame(() => {{ {BINDS} }})",
    "idle": f"(window.requestIdleCallback ?? (done => setTimeout(done, 1)))(() => {{ {BINDS} }})",
    "load": f"addEventListener('load', () => {{ {BINDS} }})",
    "fetch": f"fetch('/after-300').then(() => {{ {BINDS} }})",
    "message": f"addEventListener('message', () => {{ {BINDS} }}); postMessage(0, '*')",
    "module": f"import('/script.js').then(() => {{ {BINDS} }})",
}
SCRIPT = "text/javascript"
# What a page does over and over that looks at the time.
LOOKS = "if (Date.now() - began > 540_000 && !gone) { gone = true; leave('later') }"
OFTEN = {
    "frame": "const look = () => { LOOKS; requestAnimationFrame(look) }; look()",
    "interval": "setInterval(() => { LOOKS }, 0)",
    "timer": "const look = () => { LOOKS; setTimeout(look, 0) }; look()",
}
PAGES = {
    **{f"click-{name}": button(on("click", script)) for name, (script, _) in AFTER_A_CLICK.items()},
    # a page that has timers of its own, as most have
    **{
        f"touchend-{name}": button("setInterval(() => 1, 50);" + on("touchend", AFTER_A_CLICK[name][0]))
        for name in AFTER_TOUCHEND
    },
    **{f"bound-{name}": button(script) for name, script in BOUND_LATE.items()},
    "bound-deferred": StaticPage(
        head=button().head + '<script defer src="/bind.js"></script>', body=button().body, moment=None
    ),
    "bind.js": StaticPage(script=f"setTimeout(() => {{ {BINDS} }}, 100)", content_type=SCRIPT, late_s=0.2),
    "script.js": StaticPage(script="export default 1", content_type=SCRIPT, late_s=0.2),
    "at-once": StaticPage(moment=None),
    **{f"after-{ms}": StaticPage(moment=None, late_s=ms / 1000) for ms in (300, 1500, 3000)},
    "unbound": button("setInterval(() => 1, 50)"),
    "own-timer": button("setTimeout(() => leave('own'), 2500)"),
    "polls": button("let go_on; setInterval(() => { if (go_on) { go_on = 0; leave('poll') } }, 100);"
                    + on("click", "go_on = 1")),
    "watches-itself": button("new MutationObserver(() => setTimeout(() => leave('feigned'), 1500)).observe("
                             "document, {subtree: true, attributes: true})"),
    "cleared": button(on("touchend", """
      const timers = [setTimeout(() => leave('t'), 200), setInterval(() => leave('i'), 100)];
      const frame = requestAnimationFrame(() => leave('f'));
      clearTimeout(timers[0]); clearInterval(timers[1]); cancelAnimationFrame(frame)""")),
    **{
        f"often-{name}": button("const began = Date.now(); let gone;" + script.replace("LOOKS", LOOKS))
        for name, script in OFTEN.items()
    },
    "date": button("const opened = Date.now()"),
}  # fmt: skip


@pytest.fixture(scope="module")
def gestures() -> Generator[str]:
    """Return the address of the pages of this file."""
    with served(PAGES) as address:
        yield address


@pytest.mark.parametrize("name", AFTER_A_CLICK)
def test_what_a_click_began_has_the_gesture_that_a_phone_gives_it(
    webkit_tab: Tab, gestures: str, name: str
) -> None:
    """A second through timers and frames, ten through a call: in the real time in which they run."""
    assert tapped(webkit_tab, f"{gestures}/click-{name}") == [("app", AFTER_A_CLICK[name][1])]


def test_a_message_whose_carrier_is_late_is_waited_for(webkit_tab: Tab, gestures: str) -> None:
    """WebKit's network process carries it, and on a busy machine that has to wait for the processor."""
    webkit_tab.stop_clock()
    webkit_tab.goto(f"{gestures}/click-message-channel")
    webkit_tab.load_up()
    carriers = [each.pid for each in descendants(os.getpid()) if each.name == "WebKitNetworkProcess"[:15]]
    assert carriers != []
    go_on = [threading.Timer(1.0, os.kill, [pid, signal.SIGCONT]) for pid in carriers]
    for pid, each in zip(carriers, go_on, strict=True):
        os.kill(pid, signal.SIGSTOP)
        each.start()
    webkit_tab.tap(webkit_tab.page.locator("#go"))
    webkit_tab.come_to_rest()
    for each in go_on:
        each.join()
    assert left(webkit_tab) == [("app", False)]


@pytest.mark.parametrize("name", AFTER_TOUCHEND)
def test_what_a_lifted_finger_began_has_it_too(webkit_tab: Tab, gestures: str, name: str) -> None:
    """Also on a page whose own interval runs meanwhile."""
    assert tapped(webkit_tab, f"{gestures}/touchend-{name}") == [("app", AFTER_A_CLICK[name][1])]


@pytest.mark.parametrize("name", [*BOUND_LATE, "deferred"])
def test_a_handler_that_is_bound_late_is_found(tab: Tab, gestures: str, name: str) -> None:
    """About a second passes before a tap, and what the page is loading has its time."""
    tab.stop_clock()
    tab.goto(f"{gestures}/bound-{name}")
    tab.load_up()
    tab.tap(tab.page.locator("#go"))
    tab.come_to_rest()
    assert [each.url for each in tab.departures()] == ["foryoure://app"]


def test_nothing_that_the_harness_evaluates_feigns_a_gesture(webkit_tab: Tab, gestures: str) -> None:
    """WebKit's inspector runs scripts as a user's; what such a script sets off after the tap is none."""
    assert tapped(webkit_tab, f"{gestures}/unbound") == []
    webkit_tab.page.evaluate("setTimeout(() => leave('late'), 1500)")
    webkit_tab.let_pass(2)
    assert left(webkit_tab) == [("late", False)]


def test_no_activation_stands_when_the_finger_comes(webkit_tab: Tab, gestures: str) -> None:
    """A look at the page activates it for five seconds, were it not ended right before the finger."""
    webkit_tab.goto(f"{gestures}/unbound")
    webkit_tab.page.evaluate("1")
    assert webkit_tab.page.evaluate("navigator.userActivation.isActive") is True
    webkit_tab.tap(webkit_tab.page.locator("#go"))
    assert webkit_tab.page.evaluate("seen[0].active") is False


def test_page_time_that_is_let_pass_carries_no_gesture(webkit_tab: Tab, gestures: str) -> None:
    """The page's own timer, due after a tap that did nothing, and one that looks for what the tap left."""
    assert tapped(webkit_tab, f"{gestures}/own-timer") == [("own", False)]
    assert tapped(webkit_tab, f"{gestures}/polls") == [("poll", False)]


def test_what_a_look_at_the_page_sets_off_is_no_gesture(webkit_tab: Tab, gestures: str) -> None:
    """Playwright's clock runs the first timer with a gesture, after a tap too; the tab's does not."""
    assert tapped(webkit_tab, f"{gestures}/watches-itself") == []
    webkit_tab.page.evaluate("go.title = 'looked at'")
    webkit_tab.let_pass(2)
    assert left(webkit_tab) == [("feigned", False)]


def test_playwrights_own_clock_feigns_a_gesture(webkit_tab: Tab, gestures: str) -> None:
    """Why page time is let pass by other means: were this to end, the detour could go."""
    webkit_tab.stop_clock()
    webkit_tab.goto(f"{gestures}/click-timer-1500")
    webkit_tab.tap(webkit_tab.page.locator("#go"))
    webkit_tab.page.clock.run_for(2000)
    webkit_tab.settle()
    assert left(webkit_tab) == [("app", True)]


def test_timers_that_the_page_takes_back_never_fire(webkit_tab: Tab, gestures: str) -> None:
    """Those in real time as well as those on the clock."""
    assert tapped(webkit_tab, f"{gestures}/cleared") == []


def test_a_dead_button_is_done_at_once(webkit_tab: Tab, gestures: str) -> None:
    """Nothing that the tap set is waited for: seconds of page time cost none of a person's."""
    began = time.monotonic()
    assert tapped(webkit_tab, f"{gestures}/unbound") == []
    assert time.monotonic() - began < 5


def test_a_page_has_todays_date(tab: Tab, gestures: str) -> None:
    """Its clock stands at the time of the day, and goes on by what is let pass, over pages as well."""
    tab.stop_clock()
    began_s = time.time()
    tab.goto(f"{gestures}/date")
    tab.page.wait_for_load_state("load")  # its script has run
    assert abs(tab.page.evaluate("opened") / 1000 - began_s) < 30
    assert tab.page.evaluate("Date.now() - opened") == 0
    tab.let_pass(60)
    assert tab.page.evaluate("Date.now() - opened") == 60_000
    first_s: float = tab.page.evaluate("opened") / 1000
    tab.goto(f"{gestures}/unbound")
    assert tab.page.evaluate("Date.now()") / 1000 - first_s == pytest.approx(60, abs=0.01)


@pytest.mark.parametrize("name", ["often-frame", "often-interval", "often-timer"])
def test_ten_minutes_of_what_runs_often_are_soon_over(tab: Tab, gestures: str, name: str) -> None:
    """It is thinned out, and still sees the time: what it does after nine minutes is seen, and not before."""
    tab.stop_clock()
    tab.goto(f"{gestures}/{name}")
    began = time.monotonic()
    tab.let_pass(530)
    tab.settle()
    assert tab.departures() == []
    tab.let_pass(70)
    tab.settle()
    assert tab.wait_for_departure(timeout_s=20) is not None
    assert time.monotonic() - began < 30
