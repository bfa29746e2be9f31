"""Whatever a page does, the engine lives: the tab says what happened, and the next one opens."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

from harness.engines import Aim, CannotTap, NavigationFailed, PageLost
from harness.engines.webkitgtk.engine import WebKitGtkEngine
from tests.browser.pages import StaticPage, served
from tests.browser.touch.buttons import button, on

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

    from harness.engines import Engine, Tab

FOR_EVER = "for (;;);"
GOES_ON = "location.href = '/endless?' + Math.random()"
PAGES = {
    "good": button(on("click", "leave('good')")),
    "hangs-at-load": button(FOR_EVER),
    "hangs-in-a-timer": button(f"setTimeout(() => {{ {FOR_EVER} }}, 400)"),
    "hangs-on-touch": button(on("touchstart", FOR_EVER)),
    "hangs-on-click": button(on("click", FOR_EVER)),
    "hangs-later": button(f"setTimeout(() => {{ {FOR_EVER} }}, 60_000)"),
    "waits-for-an-answer": button(
        "const x = new XMLHttpRequest(); x.open('GET', '/silent', false); x.send()"
    ),
    "eats-memory": button("const all = []; for (;;) all.push(new Array(1e6).fill(all.length))"),
    "silent": StaticPage(delay_s=30, moment=None),
    "alerts": button(
        "alert('Hello'); confirm('Sure?'); prompt('Name?', 'x')" + ";" + on("click", "leave('on')")
    ),
    "alerts-for-ever": button("for (;;) alert('again')"),
    "asks-before-it-goes": button(
        "onbeforeunload = event => { event.preventDefault(); event.returnValue = 'no' }"
    ),
    "endless": button(GOES_ON),
    "reloads": button("location.reload()"),
    "moves-soon": button("setTimeout(() => { location.href = '/good' }, 300)"),
    "relative": StaticPage(status=303, headers={"Location": "good?x"}, moment=None),
    "round": StaticPage(status=302, headers={"Location": "/round"}, moment=None),
    "nothing": StaticPage(status=204, moment=None),
    "binary": StaticPage(script="abc", content_type="application/octet-stream", moment=None),
    "file": StaticPage(headers={"Content-Disposition": "attachment; filename=a.txt"}, moment=None),
    "closes": button("close();" + on("click", "leave('still')")),
    "writes-itself": button(
        "onload = () => { document.open(); document.write('<h1>New</h1>'); document.close() }"
    ),
    "saves-on-tap": button(
        body="<a id='go' download='a.txt' href='/file' style='display: block; padding: 40px'>Go</a>"
    ),
    "breaks-the-language": button("JSON.stringify = Array.prototype.map = document.querySelector = null"),
    "empty": StaticPage(content_type="text/plain", moment=None),
}
NOTHING_TO_TAP = ("writes-itself", "empty")
GIVEN_UP = r"it stopped answering for 1 s|its process got too little of the processor"
"""Also on a machine that is busy with other things."""
TOLD_WITHIN_S = 45.0
"""A page that hangs is given up after 1 s; this is a busy machine's patience."""


@pytest.fixture(scope="module")
def bad() -> Generator[str]:
    """Return the address of the pages of this file."""
    with served(PAGES) as address:
        yield address


@pytest.fixture(scope="module")
def impatient(playwright: Playwright) -> Generator[Engine]:
    """Return an engine that gives up a page after a second of its silence; `test_lifetime` has the three."""
    engine = WebKitGtkEngine(lambda: playwright, page_timeout_s=1)
    yield engine
    engine.close()


@pytest.fixture
def lost_tab(impatient: Engine) -> Generator[Tab]:
    """Return a fresh tab of it; at the end of a test it has another one, on which all is as ever."""
    opened = impatient.open_tab()
    yield opened
    opened.close()
    look_whether_all_is_as_ever(impatient)


@pytest.fixture
def next_tab_works(webkitgtk: Engine) -> Generator[None]:
    """Hold at the end of a test that the engine has another tab, on which all is as ever."""
    yield
    look_whether_all_is_as_ever(webkitgtk)


def look_whether_all_is_as_ever(engine: Engine) -> None:
    """Open another tab and tap a button."""
    tab = engine.open_tab()
    with served(PAGES) as address:
        tab.stop_clock()
        tab.goto(f"{address}/good")
        tab.load_up()
        tab.tap(tab.page.locator("#go"))
        tab.come_to_rest()
    assert [each.user_gesture for each in tab.departures()] == [True]
    tab.close()


def live_through(tab: Tab, url: str, *, tap_within_s: float = 8) -> None:
    """Do what the stage does with a page, to its end."""
    tab.stop_clock()
    tab.goto(url, timeout_s=20)
    tab.wait_for_first_paint(timeout_s=1)
    tab.evaluate("() => document.title")
    tab.load_up()
    tab.tap(tab.page.locator("#go"), timeout_s=tap_within_s)
    tab.come_to_rest()
    tab.let_pass(600)
    tab.settle()


@pytest.mark.parametrize(
    "name", ["hangs-at-load", "hangs-in-a-timer", "hangs-on-touch", "hangs-on-click", "hangs-later"]
)
def test_a_page_that_hangs_is_lost(lost_tab: Tab, bad: str, name: str) -> None:
    """It is told within seconds, whoever waits; the same for everything that is asked later."""
    began = time.monotonic()
    with pytest.raises(PageLost, match=GIVEN_UP):
        live_through(lost_tab, f"{bad}/{name}")
    assert time.monotonic() - began < TOLD_WITHIN_S
    for later in (lost_tab.settle, lost_tab.load_up, lambda: lost_tab.evaluate("() => 1")):
        with pytest.raises(PageLost):
            later()


def test_a_page_that_waits_for_an_answer_is_lost(lost_tab: Tab, bad: str) -> None:
    """A call that blocks it uses no processor, and is as dead for a user."""
    with pytest.raises(PageLost, match=GIVEN_UP):
        live_through(lost_tab, f"{bad}/waits-for-an-answer")


@pytest.mark.usefixtures("next_tab_works")
def test_a_page_that_eats_memory_is_ended(webkit_tab: Tab, bad: str) -> None:
    """Before the machine is out of it."""
    with pytest.raises(PageLost, match=r"more memory than a phone's page has|its process crashed"):
        live_through(webkit_tab, f"{bad}/eats-memory")


@pytest.mark.usefixtures("next_tab_works")
def test_dialogs_that_come_by_themselves_are_told_and_dismissed(tab: Tab, bad: str) -> None:
    """The page goes on as after "Cancel"; what a user would have seen is known."""
    tab.stop_clock()
    tab.goto(f"{bad}/alerts")
    tab.load_up()
    tab.tap(tab.page.locator("#go"))
    tab.come_to_rest()
    assert [(each.kind, each.text) for each in tab.dialogs] == [
        ("alert", "Hello"),
        ("confirm", "Sure?"),
        ("prompt", "Name?"),
    ]
    assert [each.url for each in tab.departures()] == ["foryoure://on"]


def test_a_page_of_nothing_but_dialogs_is_lost(lost_tab: Tab, bad: str) -> None:
    """A hundred of them are told."""
    with pytest.raises(PageLost):
        live_through(lost_tab, f"{bad}/alerts-for-ever")
    assert len(lost_tab.dialogs) == 100


@pytest.mark.usefixtures("next_tab_works")
@pytest.mark.parametrize("name", ["asks-before-it-goes", "closes", "writes-itself", "empty", "saves-on-tap"])
def test_a_page_with_habits_is_a_page(webkit_tab: Tab, bad: str, name: str) -> None:
    """It can be tapped or cannot, and another page can be opened after it; no dialog is told of."""
    if name in NOTHING_TO_TAP:
        with pytest.raises(CannotTap):
            live_through(webkit_tab, f"{bad}/{name}", tap_within_s=0.5)
    else:
        live_through(webkit_tab, f"{bad}/{name}")
    webkit_tab.goto(f"{bad}/good")
    assert webkit_tab.evaluate("() => location.pathname") == "/good"
    assert webkit_tab.dialogs == ()


@pytest.mark.usefixtures("next_tab_works")
@pytest.mark.parametrize("name", ["endless", "reloads"])
def test_a_page_that_never_stands_still_ends_nothing(webkit_tab: Tab, bad: str, name: str) -> None:
    """Whether it holds still long enough for a tap or not: in bounded time, with no other error."""
    began = time.monotonic()
    with contextlib.suppress(NavigationFailed, PageLost, CannotTap):
        live_through(webkit_tab, f"{bad}/{name}")
    assert webkit_tab.commits > 1
    assert time.monotonic() - began < TOLD_WITHIN_S


@pytest.mark.usefixtures("next_tab_works")
@pytest.mark.parametrize("name", ["round", "nothing", "binary", "file"])
def test_an_answer_that_is_no_page_fails_at_once(webkit_tab: Tab, bad: str, name: str) -> None:
    """Redirects without end, no content, a download."""
    began = time.monotonic()
    with pytest.raises(NavigationFailed, match="could not be opened"):
        live_through(webkit_tab, f"{bad}/{name}")
    assert time.monotonic() - began < TOLD_WITHIN_S


@pytest.mark.parametrize("name", ["relative", "moves-soon"])
def test_a_page_that_leads_to_another_is_followed(webkit_tab: Tab, bad: str, name: str) -> None:
    """A redirect to a relative address, and a page that goes on while it is looked at."""
    webkit_tab.stop_clock()
    webkit_tab.goto(f"{bad}/{name}")
    webkit_tab.settle()
    webkit_tab.load_up()
    webkit_tab.load_up()
    assert webkit_tab.evaluate("() => location.pathname") == "/good"
    webkit_tab.tap(webkit_tab.page.locator("#go"))
    webkit_tab.come_to_rest()
    assert [(each.url, each.user_gesture) for each in webkit_tab.departures()] == [("foryoure://good", True)]


@pytest.mark.usefixtures("next_tab_works")
def test_a_page_that_breaks_the_language_is_no_trouble_of_ours(webkit_tab: Tab, bad: str) -> None:
    """What cannot be asked in its own world is told as the page's doing; out of its reach all is as ever."""
    webkit_tab.stop_clock()
    webkit_tab.goto(f"{bad}/breaks-the-language")
    with pytest.raises(PageLost, match="cannot be looked at"):
        webkit_tab.evaluate("() => document.querySelector('h1').id")
    assert webkit_tab.look("name => document.querySelectorAll(name).length", "button") == 1
    webkit_tab.load_up()
    webkit_tab.tap(Aim("() => document.querySelector('#go')", must_be_there=True))
    webkit_tab.come_to_rest()
    assert webkit_tab.departures() == []


def test_a_look_at_a_page_that_is_replaced_is_a_look_at_the_next_one(webkit_tab: Tab) -> None:
    """What the old page never answers is not awaited: WebKit forgets what a page that is going had to do."""
    never = "() => location.pathname === '/next' ? 'next' : new Promise((answer) => { window.kept = answer })"
    pages = {
        "page": StaticPage(script="setTimeout(() => location.assign('/next'), 100)"),
        "next": StaticPage(),
    }
    with served(pages) as url:
        webkit_tab.goto(f"{url}/page")
        assert webkit_tab.look(never) == "next"
