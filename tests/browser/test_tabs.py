"""A tab is fresh, isolated and phone-sized; pages open, paint and fail as they do on a phone."""

from __future__ import annotations

import gc
import os
import re
import socket
import struct
import time
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from playwright.sync_api import expect

from harness.engines import NavigationFailed
from harness.engines.launched.chromium_arguments import WITHOUT
from harness.engines.tabs.engine import PHONE_HEIGHT, PHONE_USER_AGENT, PHONE_WIDTH
from harness.errors import HarnessError
from harness.stage.page.pictures import Pictures
from harness.timeline.recorder import Recorder
from tests.browser.pages import LINK
from tests.browser.processes import command_lines

if TYPE_CHECKING:
    from harness.engines import Engine, Tab
    from harness.engines.launched.engine import LaunchedTab


def test_a_tab_looks_like_a_phone(tab: Tab, site: str) -> None:
    """Size and user agent are an iPhone's, and the page is in front."""
    tab.goto(f"{site}/plain")
    seen = tab.page.evaluate(
        "[innerWidth, innerHeight, navigator.userAgent, document.visibilityState, document.hasFocus()]"
    )
    # A page without a viewport element is laid out 980 px wide by a browser that emulates a phone.
    assert seen[0] in (390, 980)
    assert seen[2:] == [PHONE_USER_AGENT, "visible", True]


def test_tabs_share_nothing(engine: Engine, site: str) -> None:
    """Cookies and storage of one tab are not the next one's."""
    keep = "document.cookie = 'kept=1'; localStorage.kept = '1'"
    look = "[document.cookie, localStorage.kept ?? '']"
    first, second = engine.open_tab(), engine.open_tab()
    first.goto(f"{site}/plain")
    first.page.evaluate(keep)
    assert first.page.evaluate(look) == ["kept=1", "1"]
    second.goto(f"{site}/plain")
    assert second.page.evaluate(look) == ["", ""]
    first.close()
    second.close()


def test_closed_tabs_are_let_go(engine: Engine) -> None:
    """With all that their scenarios had: a run of a thousand would keep a thousand. The newest may stay."""
    closed: list[weakref.ref[Tab]] = []
    for _ in range(4):
        tab = engine.open_tab()
        closed.append(weakref.ref(tab))
        tab.close()
        del tab
    gc.collect()
    assert sum(each() is not None for each in closed) <= 1


def test_the_engine_says_what_it_is(engine: Engine) -> None:
    """A report needs name, version and what to bear in mind."""
    assert engine.version.split(".")[0].isdigit()
    assert engine.notes
    assert f"{engine.name}: taken" in engine.choice_log[-1]


def test_chromium_is_not_taken_for_safari(chromium: Engine) -> None:
    """The reader of a report is told."""
    assert "not Safari" in chromium.notes[0]


@pytest.mark.parametrize("clock", [False, True], ids=["real-clock", "fake-clock"])
def test_first_paint_is_measured_whatever_the_clock(tab: Tab, site: str, clock: bool) -> None:
    """First contentful paint is the browser's own figure, in ms after the navigation began."""
    if clock:
        tab.page.clock.install()
    began = time.monotonic()
    tab.goto(f"{site}/plain")
    painted_ms = tab.wait_for_first_paint(timeout_s=20)
    assert painted_ms is not None
    assert 0 < painted_ms <= (time.monotonic() - began) * 1000 + 1


def test_a_page_that_shows_nothing_has_no_first_paint(tab: Tab) -> None:
    """The time ends with None."""
    assert tab.wait_for_first_paint(timeout_s=0.1) is None


def test_a_page_that_leaves_at_once_still_opens(tab: Tab, site: str) -> None:
    """`goto` waits for the commit, so that an inline departure cannot hang it."""
    began = time.monotonic()
    tab.goto(f"{site}/location.href")
    assert time.monotonic() - began < 20
    assert tab.page.url == f"{site}/location.href"


def test_a_redirect_to_the_app_is_an_answer(tab: Tab, site: str) -> None:
    """A page that is never shown because it departed is no failure to open it."""
    tab.goto(f"{site}/redirect")
    departure = tab.wait_for_departure(timeout_s=20)
    assert departure is not None
    assert tab.departures()[0].mechanism == "redirect"


def test_a_port_to_which_no_browser_goes_is_named(tab: Tab) -> None:
    """WebKit shows an empty page instead, without a word; that page itself is a page like others."""
    with pytest.raises(
        NavigationFailed, match=r"http://127\.0\.0\.1:1/\?x could not be opened: .*(port|PORT)"
    ):
        tab.goto("http://127.0.0.1:1/?x")
    tab.goto("about:blank")
    assert tab.page.url == "about:blank"


@pytest.mark.parametrize("address", ["http://[::1/?state=s", "http://127.0.0.1:99999/"])
def test_what_is_no_address_is_named(tab: Tab, address: str) -> None:
    """A backend may send the user there: that is its fault, and told as such."""
    with pytest.raises(NavigationFailed, match=re.escape(address)):
        tab.goto(address)


def test_a_server_that_is_not_there_is_named(tab: Tab) -> None:
    """The address and the reason are in one sentence."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound and not listening: refused for as long as it is held
        address = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        with pytest.raises(NavigationFailed, match=f"{address}.* could not be opened"):
            tab.goto(address, timeout_s=5)


def test_a_server_that_is_silent_ends_with_the_time(tab: Tab, site: str) -> None:
    """`goto` keeps its time, and the tab is usable after it."""
    with pytest.raises(NavigationFailed, match="/slow"):
        tab.goto(f"{site}/slow", timeout_s=0.3)
    tab.goto(f"{site}/plain")
    assert tab.page.url == f"{site}/plain"


def test_the_page_after_a_tap_can_be_waited_for(tab: Tab, site: str) -> None:
    """Commits are counted, and the next one is waited for; Playwright then is at the new page."""
    tab.goto(f"{site}/link-on")
    before = tab.commits
    tab.tap(tab.page.locator("#return"))
    assert tab.wait_for_commit(after=before, timeout_s=20) == f"{site}/next"
    assert tab.page.url == f"{site}/next"
    assert tab.page.inner_text("p") == "Next"
    with pytest.raises(NavigationFailed, match="no new page"):
        tab.wait_for_commit(after=tab.commits, timeout_s=0.05)


def test_the_same_page_can_be_opened_again(tab: Tab, site: str) -> None:
    """Opening an address anew is a new page, though the address is the same."""
    tab.goto(f"{site}/plain")
    tab.page.evaluate("document.title = 'old'")
    tab.goto(f"{site}/plain")  # returns at the commit, when the title may not have been read
    expect(tab.page).to_have_title("Static page")


@pytest.mark.parametrize(
    "address", ["plain#there", "plain?q=%D0%9E%20x", "renames-itself", "own-timers?a=1&b=2"]
)
def test_any_address_is_opened(tab: Tab, site: str, address: str) -> None:
    """Fragments, escapes and pages that rename themselves do not keep `goto` waiting."""
    began = time.monotonic()
    tab.goto(f"{site}/{address}")
    assert time.monotonic() - began < 20
    assert tab.page.inner_text("h1") == "Hello"


def test_a_page_that_waits_for_a_script_can_be_settled(tab: Tab, site: str) -> None:
    """A page that is still being loaded answers, too."""
    tab.goto(f"{site}/waits-for-script")
    tab.settle()
    assert tab.departures() == []


def test_an_answer_that_is_no_page_is_told(tab: Tab, site: str) -> None:
    """A download in place of a page is a failure to open it, not a departure."""
    with pytest.raises(NavigationFailed, match="/attachment"):
        tab.goto(f"{site}/attachment", timeout_s=2)


def test_opening_the_app_itself_is_a_departure(webkit_tab: Tab) -> None:
    """An address of another scheme is reported and shows nothing."""
    webkit_tab.goto(LINK)
    assert [each.url for each in webkit_tab.departures()] == [LINK]


def test_a_screenshot_is_a_png(tab: Tab, site: str, tmp_path: Path) -> None:
    """The viewport is written where it is asked for."""
    tab.goto(f"{site}/plain")
    tab.screenshot(tmp_path / "page.png")
    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")


def test_a_screenshot_shows_the_page(webkit_tab: Tab, site: str, tmp_path: Path) -> None:
    """As large as the phone's screen, another page another picture, the same page the same."""
    pictures = [tmp_path / f"{number}.png" for number in range(3)]
    for picture, page in zip(pictures, ("plain", "button", "button"), strict=True):
        webkit_tab.goto(f"{site}/{page}")
        webkit_tab.wait_for_first_paint(timeout_s=1)
        webkit_tab.screenshot(picture)
    plain, button, again = (picture.read_bytes() for picture in pictures)
    assert struct.unpack(">II", plain[16:24]) == (PHONE_WIDTH, PHONE_HEIGHT)
    assert plain != button == again


def test_a_screenshot_that_cannot_be_written_is_told(webkit_tab: Tab, site: str, tmp_path: Path) -> None:
    """A folder stands where the file should."""
    webkit_tab.goto(f"{site}/plain")
    with pytest.raises(HarnessError, match=f"could not write the picture {tmp_path}: Is a directory"):
        webkit_tab.screenshot(tmp_path)


def test_a_picture_for_which_the_disk_has_no_room_says_so(tab: Tab, site: str, tmp_path: Path) -> None:
    """Whichever browser has it: its scenario ends, and what is printed goes on."""
    (tmp_path / "01-end.png").symlink_to("/dev/full")
    tab.goto(f"{site}/plain")
    with pytest.raises(HarnessError, match=r"01-end\.png.*: No space left on device"):
        Pictures(tmp_path, Recorder()).take(tab, "end")


def test_the_kinds_of_fonts_differ(webkit_tab: Tab, site: str) -> None:
    """The phone's own font configuration knows the generic families, and a system's font has no serifs."""
    webkit_tab.goto(f"{site}/plain")
    measure = """families => families.map(family => {
      const text = document.body.appendChild(document.createElement('span'));
      text.style = `position: absolute; font-family: ${family}`;
      text.textContent = 'Повернутися до застосунку';
      return text.getBoundingClientRect().width;
    })"""
    families = ["serif", "sans-serif", "monospace", "-apple-system, system-ui, sans-serif"]
    widths: list[float] = webkit_tab.page.evaluate(measure, families)
    assert len(set(widths[:3])) == 3
    assert widths[3] == widths[1]


def test_settling_twice_changes_nothing(tab: Tab, site: str) -> None:
    """Settled means settled."""
    tab.goto(f"{site}/location.href")
    tab.settle()
    first = tab.departures()
    tab.settle()
    assert tab.departures() == first != []


def test_a_dialog_does_not_stop_the_page(webkit_tab: Tab, site: str) -> None:
    """Nobody has to press OK for the journey to go on."""
    webkit_tab.goto(f"{site}/plain")
    assert webkit_tab.page.evaluate("alert('stop'), 'went on'") == "went on"


def test_chromium_opens_no_page_that_nobody_asked_for(chromium: Engine) -> None:
    """Its address bar's own pages would cost more than the tab; what Playwright switches off stays off."""
    tab = chromium.open_tab()
    browser = cast("LaunchedTab", tab).context.browser
    assert browser is not None
    session = cast("Any", browser.new_browser_cdp_session())  # which is typed in part
    targets: list[dict[str, str]] = session.send("Target.getTargets", {"filter": [{}]})["targetInfos"]
    assert [each["url"] for each in targets if each["url"].startswith("chrome:")] == []
    [playwrights, ours] = next(
        lists
        for words in command_lines(os.getpid())
        if len(lists := [word for word in words if word.startswith(WITHOUT)]) == 2  # heeded is the last
    )
    assert set(playwrights.removeprefix(WITHOUT).split(",")) <= set(ours.removeprefix(WITHOUT).split(","))
    tab.close()
