"""Addresses of the web that open an app are departures: a store's, and those of an associated domain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.config.settings import STORES, DeepLink
from harness.engines import ANDROID_USER_AGENT, Aim, EngineUnavailable, open_engine
from tests.browser.pages import StaticPage, served

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

    from harness.config.engine_names import EngineName
    from harness.engines import Engine, Tab

LINK = "https://app.example/amo-crm/callback?success=true"
PAGE = f"""<!doctype html><title>t</title><a id="a" href="{LINK}"><p style="padding: 30px">Return</p></a>"""
GOES = "<!doctype html><title>t</title><script>setTimeout(() => {{ location.href = '{}' }}, 60000)</script>"


def goes_to(tab: Tab, address: str) -> list[str]:
    """Leave a page alone that goes to an address after a minute; return what it departed for."""
    with served({"page": StaticPage(GOES.format(address))}) as url:
        tab.stop_clock()
        tab.goto(f"{url}/page")
        tab.let_pass(61)
        tab.settle()
        assert tab.page.url == f"{url}/page"
        return [each.url for each in tab.departures()]


def test_a_store_opens_in_place_of_the_page(webkitgtk: Engine) -> None:
    """Nobody has to configure that."""
    assert goes_to(webkitgtk.open_tab(), f"{STORES[0]}/app/id1") == [f"{STORES[0]}/app/id1"]


@pytest.mark.parametrize("name", ["webkitgtk", "chromium"])
def test_a_universal_link_is_a_departure_and_the_page_stays(playwright: Playwright, name: EngineName) -> None:
    """By a tap with a gesture, by itself without one; on a phone of Android's, which the page is told."""
    app = DeepLink(universal=("https://app.example",))
    try:
        with open_engine(
            name, playwright=playwright, app_links=app.app_links, user_agent=ANDROID_USER_AGENT
        ) as engine:
            tab = engine.open_tab()
            assert goes_to(tab, LINK) == [LINK]
            with served({"page": StaticPage(PAGE)}) as url:
                tab.goto(f"{url}/page")
                tab.tap(Aim("() => document.querySelector('a')"))
                tab.come_to_rest()
                assert tab.page.url == f"{url}/page"
                assert tab.page.evaluate("navigator.userAgent") == ANDROID_USER_AGENT
                assert name == "chromium" or "Linux" in tab.page.evaluate("navigator.platform")
            tapped = tab.departures()[1:]
            assert [(each.url, each.user_gesture) for each in tapped] == [(LINK, True)]
    except EngineUnavailable as error:
        if name == "webkitgtk":
            raise
        pytest.skip(str(error))
