"""What is told beside a failure: the page's complaints of that visit, and no line that hides its reason."""

from harness.report.words.story import event_line, finding_lines, said_by_the_page
from harness.timeline.page_events import PageComplained, PageShown, TapFailed
from tests.unit.contract.story import CALLBACK, CODE, STATE, TEXTS, Story, granted


def complains(level: str, text: str) -> PageComplained:
    return PageComplained(level=level, text=text, where=f"http://127.0.0.1:1{CALLBACK}:7")


def two_visits() -> Story:
    """The first page complains of much, the second of something else."""
    story = granted().say(complains("error", "Failed to load resource: 500"))
    for level, text in (
        ("log", "hello"),
        ("warning", "old"),
        ("uncaught", "TypeError: x"),
        ("uncaught", "TypeError: x"),
    ):
        story.say(complains(level, text))
    story.callback(code=CODE, state=STATE).answers().shows_success()
    return story.say(complains("error", "second")).say(
        TapFailed(number=1, target=TEXTS.button, reason="it is covered")
    )


def test_a_page_is_heard_beside_what_it_proves() -> None:
    """Errors first and each once, of that visit alone; plain lines explain nothing."""
    story = two_visits()
    timeline, pages = story.timeline(), story.places(PageShown)
    assert said_by_the_page("CB-07", timeline, (pages[0],)) == ["uncaught: TypeError: x", "warning: old"]
    assert said_by_the_page("CB-07", timeline, (pages[1],)) == ["error: second"]
    assert said_by_the_page("CB-07", timeline, (pages[0] - 1,)) == [], "no browser's event among the proof"
    assert said_by_the_page("CB-07", timeline, (10_000,)) == []
    assert said_by_the_page("SEC-01", timeline, (pages[0],)) == [], "no error of a page explains a leak"


def test_a_failure_is_told_with_the_pages_words() -> None:
    """Where JUnit and pytest tell it."""
    story = two_visits()
    finding = story.finding("CB-07")
    assert "page     error: second" in finding_lines("CB-07", finding, story.timeline())


def test_the_reason_stands_first_in_an_events_line() -> None:
    """A narrow terminal cuts off the rest."""
    timeline = two_visits().timeline()
    failed = timeline.of(TapFailed)[0]
    assert "webview.tap_failed  reason=it is covered number=1" in event_line(failed, timeline, ())
