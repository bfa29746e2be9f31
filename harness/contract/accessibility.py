"""A11Y-01: the page can be read and used by everybody.

Owns this clause.
"""

import re
from collections.abc import Iterator

from harness.config.settings import Texts
from harness.contract.clause import Finding, clause, finding, not_observed, over_all
from harness.contract.reading.reading import Reading
from harness.contract.reading.words import quoted, squeeze
from harness.timeline.page_events import PageShown

LOWEST_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3."""
LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
"""BCP 47, as far as a page's language needs it."""


@clause(
    "A11Y-01",
    "should",
    "The page states its language, the button has its name, text contrast is at least 4.5:1",
    source="WCAG 2.2 AA",
    remedy="state the language (<html lang>), give the button its wording as its name, and every text a "
    "contrast of 4.5:1",
    is_of_any_page=True,
)
def can_be_read_by_everybody(reading: Reading) -> Finding:
    """Judge each page of the callback."""
    pages = [page for visit in reading.visits for page in visit.pages if page.button]
    return over_all(
        (_readable(page, reading.texts) for page in pages), "no page of the callback with a button was shown"
    )


def _readable(page: PageShown, texts: Texts) -> Finding:
    wrong = list(_wrong_with(page, texts))
    ratios = [each.ratio for each in page.contrasts if each.ratio is not None]
    if not wrong and not ratios:
        return not_observed("the contrast of no text on the page could be measured")
    return finding(
        f"a language, a button named {quoted(texts.button)}, text contrast of {LOWEST_CONTRAST}:1 or more",
        wrong,
        f"language {quoted(page.lang)}, lowest contrast {min(ratios, default=0):g}:1",
        page,
    )


def _wrong_with(page: PageShown, texts: Texts) -> Iterator[str]:
    name = page.button.name if page.button else ""
    if not LANGUAGE_TAG.fullmatch(page.lang.strip()):
        yield f"the page's language is {quoted(page.lang)}"
    if squeeze(name) != squeeze(texts.button):
        yield f"the button's name is {quoted(name)}"
    for each in page.contrasts:
        if each.ratio is not None and each.ratio < LOWEST_CONTRAST:
            yield f"{quoted(each.text, limit=40)} has a contrast of {each.ratio:g}:1"
