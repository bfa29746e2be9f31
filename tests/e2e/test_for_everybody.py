"""The start page and the dashboard for everybody: on a phone and at a desk, by day and by night."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from harness.engines.launched.chromium_arguments import chromium_arguments
from harness.engines.tabs.presence import launched_executable
from harness.serve.opening import press
from harness.timeline.events import NoteTaken
from tests.axe import violations
from tests.e2e.by_hand import IN_THIS_TAB, sitting
from tests.pictures import is_still_shown, place_of

Scheme = Literal["light", "dark"]


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Generator[Browser]:
    """A Chromium: nothing here depends on the browser."""
    executable = launched_executable(playwright, "chromium")
    if executable is None:
        pytest.skip("no Chromium on this machine")
    with playwright.chromium.launch(executable_path=executable, args=chromium_arguments()) as launched:
        yield launched


@contextmanager
def opened(chromium: Browser, scheme: Scheme, width: int, *, scripts: bool = True) -> Generator[Page]:
    """Open a page that shares nothing with another."""
    with chromium.new_context(
        bypass_csp=True,
        color_scheme=scheme,
        viewport={"width": width, "height": 844},
        java_script_enabled=scripts,
    ) as context:
        yield context.new_page()


def looked_at(page: Page, width: int, picture: Path) -> list[str]:
    """Take a picture, and return what is wrong for somebody."""
    page.screenshot(path=str(picture), full_page=True)
    wide = page.evaluate("document.documentElement.scrollWidth")
    return [*violations(page), *([f"{wide} px wide"] if wide != width else [])]


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_everybody_can_use_both(chromium: Browser, tmp_path: Path, scheme: Scheme, width: int) -> None:
    """Axe finds nothing on either, nothing is wider than the screen; where amoCRM refuses, too.

    What differs by width and by theme is looked at once in each.
    """
    refuses = scheme == "dark"
    with (
        sitting(tmp_path, observed=True) as sat,
        opened(chromium, scheme, width) as phone,
        opened(chromium, scheme, width) as desk,
    ):
        if refuses:
            press("refuse-code_revoked", sat.serving.sitting.journey)
        phone.goto(sat.serving.start_url)
        assert looked_at(phone, width, tmp_path / "start.png") == []
        phone.get_by_role("button", name="Open the CRM tab").click()
        phone.get_by_role("button", name=IN_THIS_TAB).wait_for()
        assert looked_at(phone, width, tmp_path / "tab.png") == []
        phone.get_by_role("button", name=IN_THIS_TAB).click()
        phone.locator("#allow").click()
        phone.get_by_text("Return to App").wait_for()
        phone.goto(sat.serving.start_url)
        assert looked_at(phone, width, tmp_path / "back.png") == []
        phone.get_by_role("button", name="I tapped the button on the page").click()
        ends = "Спробувати ще раз" if refuses else "Close the app and open it again"
        phone.get_by_role("button", name=ends).wait_for()
        assert looked_at(phone, width, tmp_path / "ends.png") == []
        desk.goto(sat.serving.dashboard_url)
        expect(desk.locator("#clause-CB-01 .word")).to_have_text("kept")
        assert looked_at(desk, width, tmp_path / "desk.png") == []
        if scheme == "light":
            seen = place_of(tmp_path) / "dashboard.png"
            desk.screenshot(path=seen)
            assert is_still_shown(chromium, "dashboard", seen), "make gallery"


def test_the_dashboard_needs_no_script(chromium: Browser, tmp_path: Path) -> None:
    """Its buttons are forms, which are taken also before its script has come; what is refused says why."""
    with sitting(tmp_path) as sat, opened(chromium, "light", 1280, scripts=False) as desk:
        desk.goto(sat.serving.dashboard_url)
        expect(desk.locator("#live")).to_have_text("as loaded: reload for news")
        desk.get_by_role("button", name="Decline", exact=True).click()
        expect(desk.locator("#now")).to_contain_text("declined at redirect")
        desk.get_by_label("A note for the run").fill("without a script")
        desk.get_by_role("button", name="Add the note").click()
        expect(desk.locator("#events")).to_contain_text("without a script")
        desk.get_by_role("button", name="Release").click()
        expect(desk.locator("body")).to_contain_text("no token answer is kept")
        desk.goto(sat.serving.dashboard_url)
        desk.get_by_role("button", name="Finish").click()
        (played,) = sat.plays.result(30)
    assert [each.text for each in played.timeline.of(NoteTaken)] == ["without a script"]


HIDDEN = """() => {
  const focused = document.activeElement, header = document.querySelector('header');
  const place = focused.getBoundingClientRect(), covered = header.getBoundingClientRect().bottom;
  const isPlain = focused !== document.body && !focused.matches('.skip') && !header.contains(focused);
  return isPlain && (place.top < covered || place.top >= innerHeight) ? focused.textContent.trim() : '';
}"""
"""What has the focus, where nobody sees it (WCAG 2.2, 2.4.11)."""


def test_whoever_has_a_keyboard_alone_sees_where_they_are(chromium: Browser, tmp_path: Path) -> None:
    """There and back again, past a header that stays."""
    with sitting(tmp_path) as sat, opened(chromium, "light", 1280) as desk:
        desk.goto(sat.serving.dashboard_url)
        stops = desk.locator("a, button:enabled, summary, textarea, input, [tabindex='0']").count()
        seen: set[str] = set()
        for key in ("Tab", "Shift+Tab"):
            for _ in range(stops):
                desk.keyboard.press(key)
                seen.add(desk.evaluate(HIDDEN))
        assert stops > 60
        assert seen == {""}
