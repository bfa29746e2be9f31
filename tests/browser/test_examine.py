"""axe looks at a page whose clock stands still, out of reach of the page's scripts where the engine can."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.engines import PageLost
from harness.engines.tabs.page_tab import PageTab
from harness.stage.page.examining import Examiner
from harness.timeline.page_events import PageExamined
from harness.timeline.recorder import Recorder

if TYPE_CHECKING:
    from harness.engines import Engine, Tab

LATER = "(ms) => new Promise((done) => setTimeout(() => done([ms, document.title]), ms))"
SECRET = "b7e1f0c4d2a9c3f8"


def test_a_timer_runs_though_the_pages_clock_stands(tab: Tab, site: str) -> None:
    """The page's own timers stay where they are; what is examined meanwhile has its own."""
    tab.stop_clock()
    tab.goto(f"{site}/plain")
    tab.evaluate("() => { window.ticks = 0; setInterval(() => { window.ticks += 1 }, 1) }")
    assert tab.examine(LATER, 20) == [20, "Static page"]
    assert tab.evaluate("() => window.ticks") == 0


def test_without_a_world_of_ours_page_time_passes_for_it(chromium: Engine, site: str) -> None:
    """How Playwright's WebKit and a remote page are examined, with the clock standing and with none."""
    for stop in (True, False):
        tab = chromium.open_tab()
        assert isinstance(tab, PageTab)
        if stop:
            tab.stop_clock()
        tab.goto(f"{site}/plain")
        assert PageTab.examine(tab, LATER, 20) == [20, "Static page"]
        with pytest.raises(PageLost, match="Error: no"):
            PageTab.examine(tab, "() => Promise.reject(new Error('no'))")
        tab.close()


def test_what_fails_there_says_so(tab: Tab, site: str) -> None:
    """A script that throws is no answer."""
    tab.goto(f"{site}/plain")
    with pytest.raises(PageLost, match="cannot be looked at"):
        tab.examine("() => { throw new Error('no') }")


def test_axe_names_rule_and_element(tab: Tab, site: str) -> None:
    """Also of a page that has put something else in the place of what axe calls."""
    tab.stop_clock()
    tab.goto(f"{site}/plain")
    tab.evaluate(
        "(name) => { document.documentElement.removeAttribute('lang'); "
        "document.body.insertAdjacentHTML('beforeend', "
        "`<img class=${name} src=''><p style='color: #ddd'>pale</p>`) }",
        f"x{SECRET}",
    )
    recorder, examiner = Recorder(), Examiner()
    recorder.secret("code", SECRET)
    examiner.examine(tab, "<p>one</p>", 1, recorder)
    examiner.examine(tab, "<p>two</p>", 2, recorder)
    first, second = recorder.timeline().of(PageExamined)
    assert first.axe.split(".")[0] == "4"
    found = {each.rule: each for each in first.violations}
    assert {"html-has-lang", "image-alt", "color-contrast"} <= found.keys()
    assert found["html-has-lang"].element == "html"
    assert "contrast of 1." in found["color-contrast"].says
    assert SECRET not in found["image-alt"].element
    assert (second.exchange, second.violations) == (2, first.violations)


def test_what_a_page_has_become_is_not_what_another_is(tab: Tab, site: str) -> None:
    """Two pages that begin alike, of which the first has lost its language by the time that axe looks."""
    recorder, examiner = Recorder(), Examiner()
    for loses in (True, False):
        tab.goto(f"{site}/plain")
        html = tab.look("() => document.documentElement.outerHTML")
        if loses:
            tab.evaluate("() => document.documentElement.removeAttribute('lang')")
        examiner.examine(tab, html, 1, recorder)
    first, second = recorder.timeline().of(PageExamined)
    rules = [{each.rule for each in seen.violations} for seen in (first, second)]
    assert ["html-has-lang" in each for each in rules] == [True, False]


def test_a_page_that_is_long_is_not_examined(tab: Tab, site: str) -> None:
    """Axe would hold it up, and the scenario after it."""
    tab.goto(f"{site}/plain")
    recorder = Recorder()
    Examiner().examine(tab, "x" * 200_001, 1, recorder)
    [examined] = recorder.timeline().of(PageExamined)
    assert examined.why_not == "the page has 200,001 characters of markup"
