"""The three reports at every width and in both themes: pictures of them, and what axe says.

`AMO_GALLERY=DIR` keeps the pictures; README's come from there, and are what these tests see.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any, cast

import pytest
from playwright.sync_api import Browser, Page, Playwright

from harness.engines.launched.chromium_arguments import chromium_arguments
from harness.engines.tabs.presence import launched_executable
from tests.axe import violations
from tests.pictures import IS_GALLERY, is_still_shown, place_of

pytestmark = pytest.mark.timeout(180)
"""Whichever test is the first waits until the reports are made."""
NAMES = ("passing", "faults", "hostile")
THEMES = ("light", "dark")
PHONE, ZOOMED, PAPER, DESK = 390, 640, 794, 1280
"""CSS px: a phone, a desk at 200 %, A4, a desk."""
HEIGHT = 800
BOTH = ((DESK, "light"), (PHONE, "dark"))
LOOKED_AT = {"passing": BOTH, "faults": BOTH, "hostile": BOTH[:1]}
SHOWN = [
    (name, theme)
    for name in NAMES
    for theme in THEMES
    if IS_GALLERY or theme in dict(LOOKED_AT[name]).values()
]
"""What the gallery shows; the tests alone take no picture that nobody looks at."""
README_SHOWS = {
    "report-light": "faults-1280-light",
    "scenario-light": "faults-1280-light-scenario",
}
"""The dark ones are taken together with these."""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
OPEN_ALL = "() => document.querySelectorAll('details').forEach((each) => { each.open = true })"


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Generator[Browser]:
    """Return Chromium, where it is installed."""
    executable = launched_executable(playwright, "chromium")
    if executable is None:
        pytest.skip("there is no Chromium here")
    started = playwright.chromium.launch(executable_path=executable, args=chromium_arguments())
    yield started
    started.close()


def opened(browser: Browser, report: Path, *, width: int, theme: str = "light") -> Page:
    """Open a report in a window of its own."""
    scheme = cast("Any", theme)
    context = browser.new_context(viewport={"width": width, "height": HEIGHT}, color_scheme=scheme)
    page = context.new_page()
    page.goto(report.as_uri())
    return page


@pytest.fixture
def gallery(tmp_path: Path) -> Path:
    """Return where the pictures go."""
    return place_of(tmp_path)


@pytest.mark.parametrize(("name", "theme"), SHOWN)
def test_axe_finds_nothing_and_the_pictures_are_taken(
    browser: Browser, reports: Path, gallery: Path, name: str, theme: str
) -> None:
    """At a desk and on a phone, as it opens; at a desk also with a scenario and an event open.

    What axe sees differs by theme and by width: each is looked at once.
    """
    report = reports / name / "report.html"
    for width in [each for each in (DESK, PHONE) if IS_GALLERY or (each, theme) in LOOKED_AT[name]]:
        page = opened(browser, report, width=width, theme=theme)
        page.screenshot(path=gallery / f"{name}-{width}-{theme}.png")
        if width == DESK:
            scene = page.evaluate("() => document.querySelector('.scene').id")
            page.evaluate("(id) => { location.hash = id }", scene)
            page.locator(".scene .lanes").first.wait_for()
            page.screenshot(path=gallery / f"{name}-{width}-{theme}-scenario.png")
            page.evaluate("(id) => { location.hash = id }", f"{scene}/2")
            page.wait_for_selector(".data b")
        if (name, width, theme) == ("faults", *BOTH[0]):
            for shown, seen in README_SHOWS.items():
                assert is_still_shown(browser, shown, gallery / f"{seen}.png"), f"{shown}: make gallery"
        if (width, theme) in LOOKED_AT[name]:
            assert violations(page) == []
        page.context.close()


def test_axe_sees_what_is_wrong(browser: Browser, reports: Path) -> None:
    """A picture without a text, planted into the report."""
    page = opened(browser, reports / "passing" / "report.html", width=DESK)
    page.evaluate("() => document.querySelector('main').append(new Image())")
    assert [each.partition(":")[0] for each in violations(page)] == ["image-alt"]
    page.context.close()


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_wider_than_the_window(browser: Browser, reports: Path, name: str) -> None:
    """At each width, and with everything open, too: what is wide scrolls by itself."""
    page = opened(browser, reports / name / "report.html", width=DESK)
    for state, prepare in (("as it opens", "() => {}"), ("all open", OPEN_ALL)):
        page.evaluate(prepare)
        for width in (PHONE, ZOOMED, DESK):
            page.set_viewport_size({"width": width, "height": HEIGHT})
            assert page.evaluate("innerWidth") == width
            assert page.evaluate(OVERFLOW) <= 0, (state, width)
    page.context.close()


@pytest.mark.parametrize("name", NAMES)
def test_on_paper_the_causes_the_clauses_and_the_broken_scenarios_stand(
    browser: Browser, reports: Path, gallery: Path, name: str
) -> None:
    """Without a script having opened anything; tools and contents do not."""
    page = opened(browser, reports / name / "report.html", width=PAPER)
    page.emulate_media(media="print")
    page.screenshot(path=gallery / f"{name}-print.png")
    assert page.evaluate(OVERFLOW) <= 0
    assert not page.locator(".tools").is_visible()
    assert not page.locator(".toc").is_visible()
    assert page.locator(".clause").first.is_visible()
    if name == "faults":
        assert page.locator(".scene.failed .lanes").first.is_visible()
        assert page.locator(".cause .sides").first.is_visible()
    page.context.close()


def test_the_first_screen_has_cause_proof_and_remedy(browser: Browser, reports: Path) -> None:
    """For somebody with ten minutes: nothing of it is below the fold of a small desk."""
    page = opened(browser, reports / "faults" / "report.html", width=DESK)
    for what in (
        "h1",
        ".facts",
        ".cause .expected",
        ".cause .actual mark",
        ".cause .change",
        ".cause .proof",
    ):
        box = page.locator(what).first.bounding_box()
        assert box is not None, what
        assert box["y"] < HEIGHT, what
    moment = page.locator(".cause .moment img").first.bounding_box()
    assert moment is not None
    assert moment["y"] < HEIGHT
    page.context.close()
