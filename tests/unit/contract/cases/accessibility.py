"""A11Y-01 and A11Y-02 on timelines written by hand."""

from dataclasses import replace

from harness.timeline.gateway_events import Broken
from harness.timeline.page_events import PageExamined, PageShown, Violation
from tests.unit.contract.cases.pages import turned_away
from tests.unit.contract.story import BUTTON, Case, Story, begins, code_missing, happy_path

PALE = Violation(rule="color-contrast", element=".success", says="insufficient color contrast of 2.5")
UNHEARD = Violation(rule="image-alt", element="img", says="no alt attribute")


def examined(*violations: Violation, story: Story | None = None, why_not: str = "") -> Story:
    """Return a story, or the happy path, whose page axe has looked at."""
    story = happy_path() if story is None else story
    axe = "" if why_not else "4.12.1"
    return story.say(PageExamined(exchange=story.exchanges, axe=axe, violations=violations, why_not=why_not))


PASSED = [
    Case("A11Y-01", "language and name", happy_path(), "language “en”, contrast not looked at"),
    Case("A11Y-01", "contrast", examined(), "language “en”, contrast as axe 4.12.1 sees it"),
    Case("A11Y-01", "what is A11Y-02's", examined(UNHEARD)),
    Case("A11Y-01", "a region", happy_path().change(PageShown, lang="uk-UA")),
    Case("A11Y-01", "a page of failure", code_missing()),
    Case(
        "A11Y-01",
        "a name and more for the ear",
        happy_path().change(PageShown, button=replace(BUTTON, name=f"{BUTTON.name} (opens the app)")),
    ),
    Case(
        "A11Y-01",
        "a name among icons",
        happy_path().change(PageShown, button=replace(BUTTON, name=f"\uf060 {BUTTON.name} →")),
    ),
    Case("A11Y-02", "nothing found", examined(), "it finds none"),
    Case("A11Y-02", "a page of failure", examined(story=code_missing())),
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
    Case(
        "A11Y-01",
        "a name with another word",
        happy_path().change(PageShown, button=replace(BUTTON, name=f"arrow_back {BUTTON.name}")),
        "name is “arrow_back",
    ),
    Case("A11Y-01", "pale text", examined(PALE), ".success: insufficient color contrast of 2.5"),
    Case("A11Y-02", "a picture", examined(UNHEARD), "image-alt at img: no alt attribute"),
    Case(
        "A11Y-02", "XHTML", examined(UNHEARD).change(PageShown, content_type="application/xhtml+xml"), "img"
    ),
    Case("A11Y-02", "turned away at the second", examined(UNHEARD, story=turned_away(after=1)), "image-alt"),
    Case("A11Y-02", "pale text", examined(PALE), "color-contrast at .success"),
]

UNSEEN = [
    Case("A11Y-01", "no page", begins(), "no page"),
    Case("A11Y-01", "no button", happy_path().change(PageShown, button=None), "with a button"),
    Case("A11Y-02", "nobody looked", happy_path(), "axe saw no page"),
    Case("A11Y-02", "half a page", examined(UNHEARD).gateway(Broken, reason="killed"), "broke off"),
    Case(
        "A11Y-02", "more often than a person comes", examined(UNHEARD, story=turned_away(after=3)), "too many"
    ),
    Case(
        "A11Y-02",
        "JSON in the browser's own page",
        examined(UNHEARD).change(PageShown, content_type="application/json"),
        "no HTML",
    ),
    Case("A11Y-02", "it could not", examined(why_not="it is too long"), "it is too long"),
    Case("A11Y-02", "no axe", happy_path(offers=("callback", "status")), "axe-playwright-python"),
]
