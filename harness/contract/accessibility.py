"""A11Y-01 and A11Y-02: the page can be read and used by everybody.

Owns these clauses. What is seen of contrast, axe has seen.
"""

import re
from collections.abc import Iterator

from harness.config.settings import Texts
from harness.contract.clause import Finding, Symptom, clause, finding, not_observed, over_all
from harness.contract.reading.reading import Reading
from harness.contract.reading.words import is_called, quoted
from harness.timeline.page_events import PageExamined, PageShown, Violation

CONTRAST = "color-contrast"
"""axe's rule of WCAG 2.2, 1.4.3: 4.5:1, and 3:1 for large text."""
SAID_BY_A11Y_01 = frozenset({CONTRAST, "html-has-lang", "html-lang-valid", "button-name"})
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
        (_readable(page, reading) for page in pages), "no page of the callback with a button was shown"
    )


def _readable(page: PageShown, reading: Reading) -> Finding:
    seen = [each for each in reading.timeline.of(PageExamined) if each.exchange == page.exchange]
    pale = [each for examined in seen for each in examined.violations if each.rule == CONTRAST]
    by_whom = next((f"as axe {each.axe} sees it" for each in seen if each.axe), "not looked at")
    return finding(
        f"a language, a button named {quoted(reading.texts.button)}, text contrast of 4.5:1 or more",
        [*_wrong_with(page, reading.texts), *(f"{each.element}: {each.says}" for each in pale)],
        f"language {quoted(page.lang)}, contrast {by_whom}",
        page,
        *(seen if pale else ()),
    )


def _wrong_with(page: PageShown, texts: Texts) -> Iterator[str]:
    name = page.button.name if page.button else ""
    if not LANGUAGE_TAG.fullmatch(page.lang.strip()):
        yield f"the page's language is {quoted(page.lang)}"
    begins = name[: len(texts.button) + 1].rstrip() == texts.button  # what follows is said in addition
    if not begins and not is_called(texts.button, name):
        yield f"the button's name is {quoted(name)}"


@clause(
    "A11Y-02",
    "should",
    "axe finds no violation of WCAG 2.2 A or AA on the callback's pages",
    source="WCAG 2.2",
    remedy="change the element that axe names, as its sentence says; its rule stands before it",
    needs=("axe",),
    is_of_any_page=True,
)
def axe_finds_nothing(reading: Reading) -> Finding:
    """Judge each page that was examined."""
    return over_all(
        (_examined(each, reading) for each in reading.timeline.of(PageExamined)),
        "axe saw no page of the callback",
    )


def _examined(examined: PageExamined, reading: Reading) -> Finding:
    if any(each.broken for each in reading.exchanges if each.request.exchange == examined.exchange):
        return not_observed("the page broke off before its end")
    shown = (each for each in reading.timeline.of(PageShown) if each.exchange == examined.exchange)
    if any(each.content_type and "html" not in each.content_type.lower() for each in shown):
        return not_observed("the answer is no HTML")
    if examined.exchange in reading.turned_away:
        return not_observed("the backend said that there were too many requests")
    if examined.why_not:
        return not_observed(f"axe could not look at the page: {examined.why_not}")
    return finding(
        f"axe {examined.axe} finds no violation of WCAG 2.2 A or AA",
        map(_told, examined.violations),
        "it finds none",
        examined,
    )


def _told(violation: Violation) -> str | Symptom:
    said = f"{violation.rule} at {violation.element}: {violation.says}"
    return Symptom(said, "A11Y-01") if violation.rule in SAID_BY_A11Y_01 else said
