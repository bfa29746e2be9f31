"""A button in a frame of the page's own or in a closed shadow root is seen, and tapped with a gesture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.engines import Aim
from harness.stage.page.scripts import script, snapshot
from tests.browser.pages import LINK, StaticPage, served

if TYPE_CHECKING:
    from harness.engines import Tab

BUTTON = "<button style='height:48px;width:200px'>Return to App</button>"
FRAME = f'<p style="height:90px"></p><iframe style="padding:9px;height:{{}}px" srcdoc="{BUTTON}"></iframe>'
TAPPED = f"onclick = () => {{ setTimeout(() => {{ top.location.href = '{LINK}' }}, 30) }}"
IN_FRAME = (
    "const frame = document.querySelector('iframe'); "
    f"frame.onload = () => {{ frame.contentDocument.querySelector('button').{TAPPED} }}"
)
IN_ROOT = (
    "const host = document.body.appendChild(document.createElement('div')); "
    "const root = host.attachShadow({ mode: 'closed' }); "
    f'root.innerHTML = "{BUTTON}"; root.firstChild.{TAPPED}; '
    "document.title = `${host.shadowRoot} ${root.mode}`"
)
PAGES = {
    "in a frame": StaticPage(body=FRAME.format(90), script=IN_FRAME),
    "in a closed shadow root": StaticPage(script=IN_ROOT),
}


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_button_within_is_seen_and_tapped(webkit_tab: Tab, page: StaticPage) -> None:
    """It stands in full view, and a timer of the page's own goes on with the finger's gesture."""
    with served({"page": page}) as url:
        webkit_tab.stop_clock()
        webkit_tab.goto(f"{url}/page")
        assert webkit_tab.wait_for_first_paint(timeout_s=20) is not None
        webkit_tab.load_up()
        seen = webkit_tab.look(snapshot(), "Return to App")
        button = seen["button"]
        assert (button["visible"], button["in_viewport"], button["covered"]) == (True, True, False)
        assert (button["width"], button["height"]) == (200, 48)
        assert "Return to App" in seen["text"]
        webkit_tab.tap(Aim(script("find_button"), "Return to App", must_be_there=True))
        departure = webkit_tab.wait_for_departure(timeout_s=20)
        assert departure is not None
        assert (departure.url, departure.user_gesture) == (LINK, True)


def test_a_frame_that_cuts_its_button_does_not_show_it(webkit_tab: Tab) -> None:
    """What of it lies outside the frame no finger reaches."""
    with served({"page": StaticPage(body=FRAME.format(20))}) as url:
        webkit_tab.goto(f"{url}/page")
        webkit_tab.load_up()
        assert webkit_tab.look(snapshot(), "Return to App")["button"]["in_viewport"] is False


@pytest.mark.parametrize(
    ("body", "is_visible"),
    [
        (f"<details><summary>more</summary>{BUTTON}</details>", False),
        (f"<details open><summary>more</summary>{BUTTON}</details>", True),
        (f"<div style='content-visibility: hidden; height: 99px'>{BUTTON}</div>", False),
        (f"<div style='content-visibility: auto'>{BUTTON}</div>", True),
        (f"<div style='display: contents'>{BUTTON}</div>", True),
    ],
)
def test_what_is_folded_away_is_not_visible(webkit_tab: Tab, body: str, is_visible: bool) -> None:
    """Though it has its size, and nothing covers it."""
    with served({"page": StaticPage(body=body)}) as url:
        webkit_tab.goto(f"{url}/page")
        webkit_tab.load_up()
        assert webkit_tab.look(snapshot(), "Return to App")["button"]["visible"] is is_visible


def test_a_closed_root_is_closed_to_the_page(webkit_tab: Tab) -> None:
    """The page itself is told what it is told everywhere."""
    with served({"page": PAGES["in a closed shadow root"]}) as url:
        webkit_tab.stop_clock()
        webkit_tab.goto(f"{url}/page")
        assert webkit_tab.evaluate("() => document.title") == "null closed"
