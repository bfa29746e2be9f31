"""A11Y-01 on timelines written by hand."""

from dataclasses import replace

from harness.timeline.page_events import Contrast, PageShown
from tests.unit.contract.story import BUTTON, Case, Story, begins, code_missing, happy_path


def contrasts(*ratios: float | None) -> Story:
    """Return the happy path with these contrasts on its page."""
    return happy_path().change(
        PageShown, contrasts=tuple(Contrast(text="Authorization", ratio=ratio) for ratio in ratios)
    )


PASSED = [
    Case("A11Y-01", "language, name, contrast", happy_path(), "language “en”, lowest contrast 7.1:1"),
    Case("A11Y-01", "exactly 4.5", contrasts(4.5, 21.0)),
    Case("A11Y-01", "a region", happy_path().change(PageShown, lang="uk-UA")),
    Case("A11Y-01", "a page of failure", code_missing()),
]

FAILED = [
    Case("A11Y-01", "no language", happy_path().change(PageShown, lang=""), "language is “”"),
    Case(
        "A11Y-01", "no such language", happy_path().change(PageShown, lang="english please"), "english please"
    ),
    Case(
        "A11Y-01",
        "a nameless button",
        happy_path().change(PageShown, button=replace(BUTTON, name="")),
        "name is “”",
    ),
    Case("A11Y-01", "pale text", contrasts(7.0, 2.5), "“Authorization” has a contrast of 2.5:1"),
]

UNSEEN = [
    Case("A11Y-01", "no page", begins(), "no page"),
    Case("A11Y-01", "no button", happy_path().change(PageShown, button=None), "with a button"),
    Case("A11Y-01", "nothing measured", contrasts(None), "could be measured"),
]
