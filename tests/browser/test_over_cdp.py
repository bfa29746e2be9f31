"""The engine `remote` over the Chrome protocol, against a Chromium that somebody else has started."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

from harness.engines import Aim, EngineUnavailable, open_engine
from harness.errors import NotSimulated, UsageError
from tests.browser.elsewhere import started_elsewhere
from tests.browser.pages import LINK, StaticPage, served

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

    from harness.config.engine_names import EngineName

BUTTON = f"<button style='padding: 30px' onclick=\"window.open('{LINK}', '_self')\">Return</button>"


@pytest.fixture(scope="module")
def chromium_elsewhere(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """Yield its address."""
    with started_elsewhere(playwright, tmp_path_factory.mktemp("profile")) as address:
        yield address


def test_the_page_is_driven_and_its_departure_seen(playwright: Playwright, chromium_elsewhere: str) -> None:
    """The journey's parts: a page, a tap, a departure whose gesture nobody tells; and the same page again."""
    with open_engine("auto", cdp=chromium_elsewhere, playwright=playwright) as engine:
        assert engine.name == "remote"
        assert any("page taken over: about:blank" in note for note in engine.notes)
        for _ in range(2):
            tab = engine.open_tab()
            with served({"page": StaticPage(body=BUTTON)}) as url:
                tab.stop_clock()
                tab.goto(f"{url}/page")
                tab.let_pass(1)
                assert tab.departures() == []
                tab.tap(Aim("() => document.querySelector('button')"))
                tab.come_to_rest()
                assert tab.wait_for_departure(timeout_s=20) is not None
                assert [(each.url, each.user_gesture) for each in tab.departures()] == [(LINK, None)]


def test_a_tap_that_chromiums_own_dialog_takes_is_not_simulated(
    playwright: Playwright, chromium_elsewhere: str
) -> None:
    """The page would be blamed for a dead button; a tap on the next page is one like any other."""
    button = Aim("() => document.querySelector('button')")
    with (
        open_engine("remote", cdp=chromium_elsewhere, playwright=playwright) as engine,
        served({"page": StaticPage(body=BUTTON)}) as url,
    ):
        tab = engine.open_tab()
        for _ in range(2):
            tab.goto(f"{url}/page")
            tab.tap(button)
            assert tab.wait_for_departure(timeout_s=20) is not None
            with pytest.raises(NotSimulated, match="invisible dialog"):
                tab.tap(button)
            tab = engine.open_tab()


def test_an_address_where_nobody_answers_is_named(playwright: Playwright) -> None:
    """With what to do."""
    with (
        pytest.raises(EngineUnavailable, match=r"http://127\.0\.0\.1:9 does not hand over .*correct --cdp"),
        open_engine("remote", cdp="http://127.0.0.1:9", playwright=playwright),
    ):
        pass


@pytest.mark.parametrize(
    ("inspector", "name", "said"),
    [("http://127.0.0.1:1", "auto", "give one of them"), (None, "webkitgtk", "is for the engine `remote`")],
)
def test_what_contradicts_it_is_refused(
    playwright: Playwright, inspector: str | None, name: EngineName, said: str
) -> None:
    """Before anything is started."""
    with (
        pytest.raises(UsageError, match=said),
        open_engine(name, inspector=inspector, cdp="http://127.0.0.1:2", playwright=playwright),
    ):
        pass
