"""What a page's scripts say of themselves is heard, in every engine, and no more of it than is of use."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

from harness.engines import Complaint, hear_complaints
from harness.engines.tabs.complaints import MOST_COMPLAINTS
from tests.browser.pages import served
from tests.browser.touch.buttons import button, on

if TYPE_CHECKING:
    from harness.engines import Tab

PAGES = {
    "good": button(on("click", "leave('good')")),
    "throws": button("missing.method()"),
    "refuses": button("Promise.reject(new TypeError('nobody waits'))"),
    "misspelt": button(body="<button id='go' style='padding: 40px' onclick='leave('>Go</button>"),
    "writes": button("console.log('one'); console.warn('two'); console.error('three')"),
    "never-stops": button("for (let i = 0; i < 500; i++) console.log(i)"),
}


@pytest.fixture(scope="module")
def pages() -> Generator[str]:
    with served(PAGES) as address:
        yield address


def heard(tab: Tab, url: str) -> list[Complaint]:
    """Everything that was heard until a tap on the button had come to rest."""
    found: list[Complaint] = []
    hear_complaints(tab.page, found.append)
    tab.stop_clock()
    tab.goto(url)
    tab.load_up()
    tab.tap(tab.page.locator("#go"))
    tab.come_to_rest()
    tab.evaluate("() => document.title")  # the engine delivers while something is asked
    return found


@pytest.mark.parametrize(
    ("name", "level", "said"),
    [
        ("throws", "uncaught", "ReferenceError: "),
        ("refuses", "uncaught", "nobody waits"),
        ("misspelt", "uncaught", "SyntaxError: "),
        ("writes", "error", "three"),
        ("writes", "warning", "two"),
        ("writes", "log", "one"),
    ],
)
def test_a_complaint_is_heard(tab: Tab, pages: str, name: str, level: str, said: str) -> None:
    """An error as its engine words it, a line as the page wrote it."""
    assert [each for each in heard(tab, f"{pages}/{name}") if each.level == level and said in each.text]


def test_a_page_that_works_complains_of_nothing(tab: Tab, pages: str) -> None:
    """Neither its departure nor anything that the harness does there is an error of the page."""
    assert [each for each in heard(tab, f"{pages}/good") if each.level == "uncaught"] == []


def test_a_page_cannot_fill_the_timeline(tab: Tab, pages: str) -> None:
    """The first lines tell enough."""
    assert len(heard(tab, f"{pages}/never-stops")) == MOST_COMPLAINTS
