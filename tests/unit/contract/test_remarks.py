"""What a reader is told of a page that no clause is about."""

from typing import Any

import pytest

from harness.contract import SHRUNK, remarks_on
from harness.timeline.page_events import PageShown
from tests.unit.contract.story import happy_path


def told(head: str, **changed: Any) -> list[str]:
    html = f"<html><head>{head}</head><body></body></html>"
    return list(remarks_on(happy_path().change(PageShown, html=html, **changed).timeline()))


@pytest.mark.parametrize(
    "head",
    [
        "",
        "<meta charset=utf-8>",
        '<meta name="viewport" content="user-scalable=no">',
        '<noscript><meta name="viewport" content="width=device-width"></noscript>',
    ],
)
def test_a_page_that_a_phone_shows_small_is_told(head: str) -> None:
    """An iPhone lays it out as for a desk."""
    assert told(head) == [SHRUNK]


@pytest.mark.parametrize("content", ["width=device-width, initial-scale=1", "initial-scale=1", "Width=390"])
def test_one_that_says_how_wide_it_is_is_not(content: str) -> None:
    """Either of the two is enough."""
    assert told(f'<meta name="VIEWPORT" content="{content}">') == []


def test_a_page_without_the_button_is_left_to_the_clauses() -> None:
    """It is a server's own page, or JSON."""
    assert told("", button=None) == []
