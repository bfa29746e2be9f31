"""A tap is a finger's: what the page gets of it, what it is told of the screen, what leaves and as what."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, cast

import pytest

from tests.browser.pages import StaticPage, served
from tests.browser.touch.buttons import BUTTON, PLACE, button, on, tapped

if TYPE_CHECKING:
    from harness.engines import Tab

OF_A_TAP = [
    "touchstart",
    "touchend",
    "mouseover",
    "pointerdown",
    "mousedown",
    "pointerup",
    "mouseup",
    "click",
]
NO_CLICK = ["touchstart", "touchend", "pointerdown", "pointerup"]
CLICK_LEAVES = on("click", "leave('click')")
# The event that alone is listened to, and whether what leaves in it has a gesture on iOS; none never comes.
LISTENERS: dict[str, bool | None] = {
    "touchstart": False,
    "touchend": True,
    "mousedown": True,
    "pointerup": True,
    "mouseup": True,
    "click": True,
    "mouseover": False,
    "touchmove": None,
    "touchcancel": None,
    "dblclick": None,
}
# What a touch that has not ended cannot give a gesture to, however it leaves.
BEFORE_THE_LIFT = {
    "setTimeout-0": "setTimeout(() => leave('early'), 0)",
    "setTimeout-300": "setTimeout(() => leave('early'), 300)",
    "frame": "requestAnimationFrame(() => leave('early'))",
    "microtask": "await null; leave('early')",
    "same-tab": "window.open('foryoure://early', '_self')",
    "new-window": "window.open('foryoure://early')",
    "busy": "const end = performance.now() + 1; for (let i = 0; i < 5e7; i++); leave('early')",
}
# Body and script of pages whose tap is stopped or goes elsewhere, with what leaves all the same.
STOPPED: dict[str, tuple[StaticPage, list[tuple[str, bool]]]] = {
    "touchstart-prevented": (
        button(on("touchstart", "event.preventDefault()", "{passive: false}") + CLICK_LEAVES),
        [],
    ),
    "touchend-prevented": (button(on("touchend", "event.preventDefault()") + CLICK_LEAVES), []),
    "touchend-prevented-and-leaves": (
        button(on("touchend", "event.preventDefault(); leave('touchend')") + CLICK_LEAVES),
        [("touchend", True)],
    ),
    "link-prevented": (
        button(
            on("touchend", "event.preventDefault()"),
            f'<a id="go" href="foryoure://link" style="{PLACE}">x</a>',
        ),
        [],
    ),
    "form-prevented": (
        button(on("touchend", "event.preventDefault()"), f'<form action="foryoure://form">{BUTTON}</form>'),
        [],
    ),
    "passive-is-not-prevented": (
        button(on("touchstart", "event.preventDefault()", "{passive: true}") + CLICK_LEAVES),
        [("click", True)],
    ),
    "the-documents-is-passive": (
        button("document.addEventListener('touchstart', event => event.preventDefault());" + CLICK_LEAVES),
        [("click", True)],
    ),
    "covered": (
        button(CLICK_LEAVES, BUTTON + '<div id="cover" style="position: fixed; inset: 0"></div>'),
        [],
    ),
    "covered-by-what-lets-through": (
        button(CLICK_LEAVES, BUTTON + '<div style="position: fixed; inset: 0; pointer-events: none"></div>'),
        [("click", True)],
    ),
    "disabled": (button(CLICK_LEAVES, BUTTON.replace("<button", "<button disabled")), []),
    "removed-in-touchend": (
        button(
            on("touchend", "go.remove()"),
            BUTTON + f'<a href="foryoure://below" style="{PLACE}; z-index: -1">x</a>',
        ),
        [("below", True)],
    ),
    "below-the-fold": (
        button(CLICK_LEAVES, f'<div style="height: 3000px"></div>{BUTTON.replace("absolute", "static")}'),
        [("click", True)],
    ),
    "in-a-box-that-scrolls": (
        button(
            CLICK_LEAVES,
            '<div style="height: 200px; overflow: auto"><div style="height: 900px"></div>'
            f"{BUTTON.replace('absolute', 'static')}</div>",
        ),
        [("click", True)],
    ),
}
# How libraries of that time decide what to listen to, in words of our own.
LIBRARIES = {
    # a click made in touchend, where the browser is a phone's and the page may be zoomed
    "fast-click": """if ('ontouchstart' in window) {
        let start = null;
        go.addEventListener('touchstart', event => { start = event.targetTouches[0] }, {passive: true});
        go.addEventListener('touchend', event => {
          const {clientX, clientY} = event.changedTouches[0];
          if (Math.hypot(clientX - start.clientX, clientY - start.clientY) > 10) return;
          event.preventDefault();
          go.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true, clientX, clientY}));
        });
      }
      go.addEventListener('click', () => leave('library'))""",
    # a gesture recogniser that takes pointers where there are any, and a finger's alone
    "pointer-tap": """let down = false;
      go.addEventListener('pointerdown', event => { down = event.pointerType === 'touch' });
      go.addEventListener('pointerup', event => {
        if (down && event.pointerType === 'touch' && event.isPrimary) leave('library');
      })""",
    "touch-tap": """const touches = 'ontouchstart' in window || navigator.maxTouchPoints > 0;
      go.addEventListener(touches ? 'touchend' : 'click', () => leave('library'))""",
    "both-and-prevent": """for (const kind of ['touchend', 'click'])
        go.addEventListener(kind, event => { event.preventDefault(); leave('library') })""",
    "coarse-pointer": """const finger = matchMedia('(hover: none) and (pointer: coarse)').matches;
      go.addEventListener(finger ? 'touchend' : 'mousedown', () => leave('library'))""",
}
PAGES = {
    "plain": button(),
    **{f"listens-{kind}": button(on(kind, "leave(event.type)")) for kind in LISTENERS},
    **{f"early-{name}": button(on("touchstart", script)) for name, script in BEFORE_THE_LIFT.items()},
    **{f"stopped-{name}": page for name, (page, _) in STOPPED.items()},
    **{f"library-{name}": button(script) for name, script in LIBRARIES.items()},
    "styled": button(
        body="""<style>#go { width: 100px; height: 50px }
          @media (pointer: coarse) { #go { width: 200px } }
          @media (hover: hover) { #go { height: 20px } }</style><button id="go">Go</button>"""
    ),
}


@pytest.fixture(scope="module")
def fingers() -> Generator[str]:
    """Return the address of the pages of this file."""
    with served(PAGES) as address:
        yield address


def seen(tab: Tab) -> list[dict[str, object]]:
    """Return what the page saw of the tap."""
    return cast("list[dict[str, object]]", tab.page.evaluate("seen"))


def test_a_finger_that_stays_has_page_time_before_it_is_lifted(webkit_tab: Tab, fingers: str) -> None:
    """A timer that `touchstart` sets comes due, as on a phone; one longer than the touch does not."""
    webkit_tab.stop_clock()
    webkit_tab.goto(f"{fingers}/plain")
    webkit_tab.evaluate(
        """() => {
          window.heard = [];
          const hear = (ms) => setTimeout(() => heard.push(ms), ms);
          addEventListener("touchstart", () => [900, 1100].forEach(hear));
          addEventListener("touchend", () => heard.push("lifted"));
        }"""
    )
    webkit_tab.touch(20, 20, held_s=1)
    assert webkit_tab.evaluate("() => window.heard") == [900, "lifted"]


def test_a_tap_has_the_events_of_a_finger(webkit_tab: Tab, fingers: str) -> None:
    """All of them the user's own, at the button; the user is active from the finger's lift on, not before."""
    assert tapped(webkit_tab, f"{fingers}/plain") == []
    events = seen(webkit_tab)
    assert [each["kind"] for each in events] == OF_A_TAP
    assert {(each["trusted"], each["at"]) for each in events} == {(True, "go")}
    assert [each["active"] for each in events[:2]] == [False, True]
    assert {each["type"] for each in events if str(each["kind"]).startswith("pointer")} == {"touch"}


@pytest.mark.parametrize("kind", LISTENERS)
def test_what_leaves_in_an_event_has_the_gesture_of_that_event(
    webkit_tab: Tab, fingers: str, kind: str
) -> None:
    """A page that listens to `touchend` alone works, one that leaves in `touchstart` has no gesture."""
    gesture = LISTENERS[kind]
    assert tapped(webkit_tab, f"{fingers}/listens-{kind}") == ([] if gesture is None else [(kind, gesture)])


@pytest.mark.parametrize("name", BEFORE_THE_LIFT)
def test_what_touchstart_began_has_no_gesture(webkit_tab: Tab, fingers: str, name: str) -> None:
    """The finger stays until the page has heard of it: on iOS a touch is no gesture before it ends."""
    assert tapped(webkit_tab, f"{fingers}/early-{name}") == [("early", False)]


@pytest.mark.parametrize("name", STOPPED)
def test_a_tap_reaches_what_a_finger_reaches(webkit_tab: Tab, fingers: str, name: str) -> None:
    """What is prevented, covered or disabled makes no click; what is out of view is scrolled to."""
    assert tapped(webkit_tab, f"{fingers}/stopped-{name}") == STOPPED[name][1]


@pytest.mark.parametrize("name", ["touchstart-prevented", "touchend-prevented"])
def test_a_touch_that_is_prevented_makes_no_mouse_events(webkit_tab: Tab, fingers: str, name: str) -> None:
    """Nor a click, which WebKitGTK would make after a `touchend` that the page prevents."""
    tapped(webkit_tab, f"{fingers}/stopped-{name}")
    assert {each["kind"] for each in seen(webkit_tab)} <= set(NO_CLICK)


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_library_that_asks_for_touch_finds_it(webkit_tab: Tab, fingers: str, name: str) -> None:
    """However it asks: one departure, with a gesture, and none beside it."""
    assert tapped(webkit_tab, f"{fingers}/library-{name}") == [("library", True)]


def test_a_page_is_told_what_an_iphone_tells(webkit_tab: Tab, fingers: str) -> None:
    """A touch screen with five fingers and no mouse; what Safari does not have is not there."""
    webkit_tab.stop_clock()
    webkit_tab.goto(f"{fingers}/plain")
    told = webkit_tab.page.evaluate("""() => ({
      ontouchstart: ['ontouchstart' in window, 'ontouchstart' in document.documentElement],
      points: navigator.maxTouchPoints,
      yes: ['(pointer: coarse)', '(any-pointer: coarse)', '(hover: none)', '(any-hover: none)'].map(
        query => matchMedia(query).matches),
      no: ['(pointer: fine)', '(any-pointer: fine)', '(hover: hover)', '(any-hover: hover)'].map(
        query => matchMedia(query).matches),
      idle: 'requestIdleCallback' in window,
      made: new PointerEvent('pointerdown', {pointerType: 'mouse'}).pointerType,
      native: `${Object.getOwnPropertyDescriptor(Navigator.prototype, 'maxTouchPoints').get}`,
    })""")
    assert told["ontouchstart"] == [True, True]
    assert told["points"] == 5
    assert told["yes"] == [True] * 4
    assert told["no"] == [False] * 4
    assert told["idle"] is False
    assert told["made"] == "mouse"
    assert "[native code]" in told["native"]


IPHONE = {
    "navigator.platform": "iPhone",
    "navigator.vendor": "Apple Computer, Inc.",
    "navigator.standalone": False,
    "navigator.webdriver": False,
    "navigator.language": "en-US",
    "devicePixelRatio": 3,
    "screen.width": 390,
    "screen.height": 844,
    "matchMedia('(max-device-width: 480px)').matches": True,
    "matchMedia('(orientation: portrait)').matches": True,
    "window.orientation": 0,
    "screen.orientation.type": "portrait-primary",
    "'onorientationchange' in window": True,
    "'ongesturestart' in window": True,
    "typeof DeviceMotionEvent.requestPermission": "function",
    "typeof DeviceOrientationEvent.requestPermission": "function",
    "CSS.supports('-webkit-touch-callout', 'none')": True,
    "CSS.supports('(-webkit-touch-callout: none)')": True,
    "CSS.supports('display', 'nonsense')": False,
    "typeof navigator.share": "function",
    "'Notification' in window": False,
    "'chrome' in window": False,
}
"""Questions by which pages tell an iPhone from other devices, with its answers (Safari of iOS 18)."""


def test_a_page_that_asks_what_it_runs_on_hears_of_an_iphone(webkit_tab: Tab, fingers: str) -> None:
    """Else it could behave here and leave there."""
    webkit_tab.goto(f"{fingers}/plain")
    told = webkit_tab.page.evaluate(f"() => [{', '.join(IPHONE)}]")
    assert dict(zip(IPHONE, told, strict=True)) == IPHONE


def test_a_style_sheet_is_told_the_same(webkit_tab: Tab, fingers: str) -> None:
    """Media queries of the pointer decide in CSS as well."""
    webkit_tab.goto(f"{fingers}/styled")
    size = "[go.offsetWidth, go.offsetHeight]"
    assert webkit_tab.page.evaluate(size) == [200, 50]
