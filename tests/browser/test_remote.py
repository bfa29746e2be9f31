"""A browser elsewhere is driven through its inspector alone; WebKitGTK's stands in for an iPhone's proxy.

What it serves is the same protocol; only the list of pages has another shape (see `inspector.py`).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from harness.engines import EngineUnavailable, open_engine
from harness.engines.launched.remote import SAFARI
from harness.engines.tabs.inspector import InspectedPage, pages_of_webkit
from harness.engines.webkitgtk.engine import WebKitGtkEngine
from harness.errors import UsageError
from tests.browser.pages import LINK, MECHANISMS, NEW_WINDOW
from tests.browser.processes import wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

    from harness.config.engine_names import EngineName
    from harness.engines import Engine, Tab

Pages = Callable[[], list[InspectedPage]]


@contextmanager
def proxy(pages: Pages) -> Generator[str]:
    """Answer `/json` as ios_webkit_debug_proxy does: every page of the device, whatever app it is in."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            entries = [
                {
                    "title": page.title,
                    "url": page.url,
                    "webSocketDebuggerUrl": page.socket_url,
                    "appId": page.app_id,
                }
                for page in pages()
            ]
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(entries).encode())

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - the inherited name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def device(playwright: Playwright) -> Generator[Pages]:
    """Return the pages of a browser that nobody else drives: an empty one, not attached."""
    engine = WebKitGtkEngine(lambda: playwright)
    engine.open_tab().close()
    engine.warm()  # from here on there is the one that is kept warm

    def pages() -> list[InspectedPage]:
        return pages_of_webkit(engine.inspector)

    assert wait_for(lambda: [page.url for page in pages()] == ["about:blank#tab-2"])
    yield pages
    engine.close()


@pytest.fixture(scope="module")
def remote(playwright: Playwright, device: Pages) -> Generator[Engine]:
    """Return the engine `remote`, connected to that browser."""
    with ExitStack() as stack:
        inspector = stack.enter_context(proxy(device))
        yield stack.enter_context(open_engine("auto", inspector=inspector, playwright=playwright))


@pytest.fixture
def tab(remote: Engine) -> Generator[Tab]:
    """Return its page, taken over anew."""
    opened = remote.open_tab()
    yield opened
    opened.close()


# What a script in the page cannot see: assignments to `location`, wherever they come from, and redirects.
UNSEEN = {name for name, page in MECHANISMS.items() if "location." in page.script} | {
    "redirect",
    "refresh-header",
    "iframe-to-top",
}


def test_an_inspector_address_alone_chooses_the_engine(remote: Engine) -> None:
    """`auto` with an inspector is `remote`, which says what it cannot do and which page it has."""
    assert remote.name == "remote"
    assert remote.tap_is_trusted is False
    notes = " ".join(remote.notes)
    assert "assignments to location" in notes
    assert "page taken over: about:blank" in notes


def test_a_remote_tab_opens_pages_and_paints(tab: Tab, remote: Engine, site: str) -> None:
    """Opening, first paint and the version work as with any engine."""
    tab.goto(f"{site}/plain")
    assert tab.page.inner_text("h1") == "Hello"
    assert tab.wait_for_first_paint(timeout_s=20) is not None
    assert remote.version == "18.6"


def test_a_remote_tap_departs(tab: Tab, site: str) -> None:
    """A tap reaches the button; whether it was the user's own gesture is not known."""
    tab.goto(f"{site}/button")
    tab.tap(tab.page.locator("#return"))
    departure = tab.wait_for_departure(timeout_s=20)
    assert departure is not None
    assert (departure.url, departure.user_gesture, departure.same_tab) == (LINK, None, True)
    assert [trusted for _, trusted, _ in tab.page.evaluate("events")][-1] is False


@pytest.mark.parametrize("name", [name for name in MECHANISMS if name != "redirect"])
def test_the_probe_sees_what_its_notes_say(tab: Tab, site: str, name: str) -> None:
    """The script in the page sees exactly those mechanisms that do not assign to `location` or redirect."""
    tab.page.clock.install()
    tab.goto(f"{site}/{name}")
    tab.settle()
    tab.switch_away()
    tab.switch_back()
    tab.settle()
    seen = [(each.url, each.same_tab, each.user_gesture) for each in tab.departures()]
    assert seen == ([] if name in UNSEEN else [(LINK, name not in NEW_WINDOW, None)])


def test_a_remote_tap_has_its_time(tab: Tab, site: str) -> None:
    """A handler that is bound late is found, and what leaves a little after the tap is seen."""
    tab.stop_clock()
    tab.goto(f"{site}/button-bound-late")
    tab.load_up()
    tab.tap(tab.page.locator("#return"))
    tab.come_to_rest()
    assert [each.url for each in tab.departures()] == [LINK]


def test_a_page_that_stays_is_left_alone_by_the_probe(tab: Tab, site: str) -> None:
    """Links and handlers that nobody touches are no departures."""
    tab.goto(f"{site}/button-anchor")
    tab.settle()
    assert tab.departures() == []


def test_taking_the_page_over_again_starts_afresh(remote: Engine, site: str) -> None:
    """The second tab is the same page, without the first one's departures and cookies."""
    first = remote.open_tab()
    first.goto(f"{site}/window.open")
    first.page.evaluate("document.cookie = 'kept=1'")
    assert first.wait_for_departure(timeout_s=20) is not None
    second = remote.open_tab()
    second.goto(f"{site}/plain")
    assert second.departures() == []
    assert second.page.evaluate("document.cookie") == ""
    second.close()


def test_of_several_pages_safaris_is_taken_and_said(playwright: Playwright, device: Pages) -> None:
    """The proxy lists the web views of every app; Safari's page is meant, and the notes say so."""
    (free,) = device()
    others = [InspectedPage("Shop", "https://shop.example/", "ws://127.0.0.1:1/other", "com.example.shop")]
    safari = InspectedPage("Start", free.url, free.socket_url, f"PID:{SAFARI}")
    with (
        proxy(lambda: [*others, safari]) as inspector,
        open_engine("remote", inspector=inspector, playwright=playwright) as engine,
    ):
        assert "page taken over: Start, one of 2 that the inspector lists" in engine.notes[-1]
        engine.open_tab().close()


def test_a_page_that_another_debugger_holds_is_not_offered(playwright: Playwright) -> None:
    """Without a socket there is nothing to connect to, and the remedy is named."""
    held = InspectedPage("Held", "https://example.com/", "", SAFARI)
    with (
        proxy(lambda: [held]) as inspector,
        pytest.raises(EngineUnavailable, match="lists no free page: open a tab in Safari"),
        open_engine("remote", inspector=inspector, playwright=playwright),
    ):
        pass


def test_an_inspector_that_is_not_there_is_named(playwright: Playwright) -> None:
    """The address and what to do are in one sentence."""
    with (
        pytest.raises(
            EngineUnavailable, match=r"no inspector answers at http://127\.0\.0\.1:1/json.*--inspector"
        ),
        open_engine("remote", inspector="http://127.0.0.1:1", playwright=playwright),
    ):
        pass


@pytest.mark.parametrize(
    ("name", "inspector", "says"),
    [("remote", None, "needs the address"), ("chromium", "http://127.0.0.1:1", "not for `chromium`")],
    ids=["remote-without-address", "address-for-another-engine"],
)
def test_an_impossible_choice_is_refused(name: EngineName, inspector: str | None, says: str) -> None:
    """A usage error, before anything is started."""
    with pytest.raises(UsageError, match=says), open_engine(name, inspector=inspector):
        pass
