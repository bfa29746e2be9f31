"""Where the refresh of a page that is left alone leads, without waiting for it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from harness.stage.page.alone import Alone
from harness.timeline.gateway_events import GatewayRequest, GatewayResponse
from harness.timeline.page_events import LeftAlone, WentElsewhere
from harness.timeline.recorder import Recorder
from tests.browser.pages import StaticPage, served

if TYPE_CHECKING:
    from harness.engines import Tab

BUTTON = "<button>Open</button>"
TO_THE_APP = "30; url=foryoure://x"


def refreshes(content: str) -> str:
    """A meta refresh."""
    return f'<meta http-equiv="refresh" content="{content}">'


def left_alone(tab: Tab, pages: dict[str, StaticPage], *, frames: tuple[str, ...] = ()) -> Recorder:
    """Return what is recorded of a page that is left alone for ten minutes; its frames have a header."""
    recorder = Recorder()
    with served(pages) as url:
        for number, path in enumerate(frames, 1):
            recorder.record(GatewayRequest(exchange=number, is_browser=True, path=path))
            headers = (("Refresh", TO_THE_APP),)
            recorder.record(GatewayResponse(exchange=number, is_browser=True, status=200, headers=headers))
        tab.stop_clock()
        tab.goto(f"{url}/page")
        assert tab.wait_for_first_paint(timeout_s=20) is not None
        tab.load_up()  # its frames too
        Alone(tab, recorder, "Open").leave(minutes=10, moments=())
    return recorder


@pytest.mark.parametrize(
    ("content", "body", "went"),
    [
        pytest.param("120; url=/next", "", [False], id="without the button"),
        pytest.param("120; url=next", BUTTON, [True], id="with the button"),
        pytest.param("120; url=https://www.amocrm.ru/", "", [False], id="somebody else's"),
        pytest.param("120", "", [], id="the same page"),
        pytest.param("120; url=/page#again", "", [], id="the same page at another place"),
        pytest.param("3600; url=/next", "", [], id="in an hour"),
        pytest.param("120; url=http://[x", "", [], id="no address"),
    ],
)
def test_a_page_goes_where_its_refresh_leads(tab: Tab, content: str, body: str, went: list[bool]) -> None:
    """At once, and only in time and to another page; it is said whether the button stands there."""
    pages = {"page": StaticPage(head=refreshes(content), body=BUTTON), "next": StaticPage(body=body)}
    recorder = left_alone(tab, pages)
    assert [each.has_button for each in recorder.timeline().of(WentElsewhere)] == went


def test_a_frames_refresh_takes_the_frame_alone(tab: Tab) -> None:
    """The page stays, wherever its frame goes."""
    frame = StaticPage(head=refreshes("120; url=/next"))
    body = f'{BUTTON}<iframe src="/frame"></iframe>'
    recorder = left_alone(tab, {"page": StaticPage(body=body), "frame": frame, "next": StaticPage()})
    assert recorder.timeline().of(WentElsewhere) == ()


def test_the_header_of_a_frame_is_read(tab: Tab) -> None:
    """Of a frame that stands in the page, and of no other answer."""
    body = f'{BUTTON}<iframe src="/frame"></iframe>'
    pages = {"page": StaticPage(body=body), "frame": StaticPage()}
    recorder = left_alone(tab, pages, frames=("/frame", "/called"))
    [alone] = recorder.timeline().of(LeftAlone)
    assert alone.refreshes == (TO_THE_APP,)
    assert urlsplit(tab.page.url).path == "/page"
