"""The lab in real browsers: each way leaves as it says, and everybody can answer."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from fastapi import FastAPI

from fake_amo.http.serving import serve
from harness.engines.launched.chromium_arguments import chromium_arguments
from harness.engines.tabs.presence import launched_executable
from harness.lab.answers import Answers
from harness.lab.page import Lab
from harness.lab.ways import WAITS_MS, WAYS, Way
from tests.axe import violations

if TYPE_CHECKING:
    from playwright.sync_api import Playwright, ViewportSize

    from harness.engines import Tab

LINK = "foryoure://amo-crm/callback?success=true&state=lab"


@pytest.fixture
def answers(tmp_path: Path) -> Answers:
    """An empty file of answers."""
    return Answers(tmp_path / "lab.json")


@pytest.fixture
def lab(answers: Answers) -> Generator[str]:
    """The lab's address."""
    app = FastAPI(openapi_url=None)
    app.include_router(Lab(answers, LINK).router())
    with serve(app) as server:
        yield f"{server.url}/lab"


def begin(tab: Tab, lab: str) -> None:
    """Say which phone it is."""
    tab.goto(lab)
    tab.page.fill("#device", "WebKitGTK")
    tab.page.fill("#system", "Linux")
    tab.page.get_by_role("button", name="Begin").click()
    tab.page.get_by_role("link", name="A meta refresh").wait_for()


def test_each_way_leaves_as_it_says(webkit_tab: Tab, lab: str) -> None:
    """With the gesture that its cell has, by WebKit's own word; the new window is blocked before it asks."""
    begin(webkit_tab, lab)
    for way in WAYS:
        before = len(webkit_tab.departures())
        webkit_tab.goto(f"{lab}/{way.id}")
        if "button" in way.does:
            webkit_tab.tap(webkit_tab.page.locator("#leave"))
        is_blocked = way.id == "window-open"
        timeout_s = 0.3 if is_blocked else 2 + WAITS_MS / 1000
        left = webkit_tab.wait_for_departure(after=before, timeout_s=timeout_s)
        if is_blocked:
            assert left is None or left.same_tab is False
            continue
        assert left is not None, way.id
        assert (left.url, left.user_gesture) == (LINK, way.gesture), way.id
        assert _is_of(way, left.mechanism), (way.id, left.mechanism)


def _is_of(way: Way, mechanism: str | None) -> bool:
    """Tell whether that is how WebKitGTK calls it: refreshes and frames are navigations to it."""
    seen = {"navigation": {"navigation", "form", "link"}, "redirect": {"redirect"}}
    return mechanism in seen.get(way.mechanism, {"navigation", way.mechanism})


def test_a_person_answers(webkit_tab: Tab, lab: str, answers: Answers) -> None:
    """By a finger, on the page that stayed; the list says so."""
    begin(webkit_tab, lab)
    webkit_tab.goto(f"{lab}/button")
    webkit_tab.tap(webkit_tab.page.locator("#leave"))
    assert webkit_tab.wait_for_departure(timeout_s=20)
    webkit_tab.settle()
    webkit_tab.tap(webkit_tab.page.locator("[value=blocked]"))
    webkit_tab.page.fill("#note", "нічого")
    webkit_tab.page.get_by_role("button", name="Save the answer").click()
    webkit_tab.page.get_by_text("answered").wait_for()
    (kept,) = answers.kept
    assert (kept.way, kept.outcome, kept.note, kept.device) == ("button", "blocked", "нічого", "WebKitGTK")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_it(playwright: Playwright, lab: str, scheme: Literal["light", "dark"]) -> None:
    """At a phone's width: axe finds nothing on the list and on a way, nothing is wider than the screen."""
    executable = launched_executable(playwright, "chromium")
    if executable is None:
        pytest.skip("no Chromium on this machine")
    browser = playwright.chromium.launch(executable_path=executable, args=chromium_arguments())
    size: ViewportSize = {"width": 390, "height": 844}
    page = browser.new_page(bypass_csp=True, color_scheme=scheme, viewport=size)
    page.goto(lab)
    page.fill("#device", "iPhone 15")
    page.fill("#system", "iOS 18.6")
    page.get_by_role("button", name="Begin").click()
    for address in (lab, f"{lab}/button", f"{lab}/nothing"):
        page.goto(address)
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == 390
    browser.close()
