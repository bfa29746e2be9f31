"""A machine that is too slow for a page: what did not come into view then is nobody's fault, and no pass."""

from dataclasses import replace

from harness.contract import TOO_SLOW, judge
from harness.timeline.amo_events import TokenHeld, TokenReleased
from harness.timeline.events import Event, ScenarioStarted, StoryStep
from harness.timeline.page_events import Departure, TapSettled, TooSlow
from harness.timeline.recorder import Recorder
from tests.unit.contract.story import granted, happy_path

LATE = TooSlow(reason="no new page within 20 s")
NS = 1_000_000_000


def test_what_a_slow_machine_did_not_show_is_due_to_it() -> None:
    """CB-04 and CB-05 saw no page; CB-03 was seen, and stays what it is."""
    found = judge(granted().never_shown(is_slow=True).say(LATE).timeline(), ["CB-03", "CB-04", "CB-05"])
    assert [each.result for each in found.values()] == ["passed", "not_observed", "not_observed"]
    assert [each.due_to for each in found.values()] == ["", TOO_SLOW, TOO_SLOW]
    assert "this machine may have been too slow: no new page within 20 s" in found["CB-04"].actual


def test_a_page_that_may_be_none_says_nothing_of_the_machine() -> None:
    """What a backend can bring about by its answer is no word of a slow machine."""
    found = judge(granted().never_shown(is_slow=True).timeline(), ["CB-04", "CB-05"])
    assert TOO_SLOW not in [each.due_to for each in found.values()]


def test_what_fails_fails_on_a_slow_machine_too() -> None:
    """Only what was not seen is due to it."""
    story = happy_path().say(LATE)
    assert {each.result for each in judge(story.timeline(), ["CB-04", "CB-05", "CB-07"]).values()} == {
        "passed"
    }


def held_for(seconds: float, *before: Event, abandoned: bool) -> str:
    """Return what CB-08, which nothing brought into view, is due to after such a hold."""
    recorder = Recorder()
    for each in before:
        recorder.record(each, at_ns=0)
    recorder.record(TokenHeld(step="token"), at_ns=NS)
    released = TokenReleased(step="token", abandoned=abandoned)
    recorder.record(released, at_ns=NS + round(seconds * NS))
    return judge(recorder.timeline(), ["CB-08"])["CB-08"].due_to


def test_an_answer_that_was_held_too_long_is_the_machines_doing() -> None:
    """The look at the backend takes a moment; a backend that gave up after that moment did so by itself."""
    assert held_for(11, abandoned=True) == TOO_SLOW
    assert held_for(11, abandoned=False) == ""
    assert held_for(2, abandoned=True) == ""


def test_what_the_story_or_a_person_holds_is_held_for_no_look() -> None:
    """A scenario has amoCRM never answer; whoever sits at the dashboard lets go when they like."""
    assert held_for(11, StoryStep(what="amoCRM never answers", fault="silence"), abandoned=True) == ""
    by_hand = ScenarioStarted(id="by hand", engine="phone", backend="x", by_hand=True)
    assert held_for(11, by_hand, abandoned=True) == ""
    assert held_for(11, replace(by_hand, by_hand=False), abandoned=True) == TOO_SLOW


def test_a_gesture_that_a_stall_ended_is_not_the_pages_fault() -> None:
    """WebKit ends it by real time; without the stall the clause is broken."""
    story = happy_path().change(Departure, user_gesture=False)
    assert judge(story.timeline(), ["CB-07"])["CB-07"].result == "failed"
    stalled = judge(story.change(TapSettled, stalled_s=1.8).timeline(), ["CB-07"])["CB-07"]
    assert (stalled.result, stalled.due_to) == ("not_observed", TOO_SLOW)
    assert "the page got no processor for 1.8 s after tap 1" in stalled.actual


def test_a_stall_excuses_nothing_else() -> None:
    """A tap that makes no departure stays one; with a gesture nothing was lost."""
    stalled = happy_path().change(TapSettled, stalled_s=1.8)
    assert judge(stalled.timeline(), ["CB-07"])["CB-07"].result == "passed"
    assert judge(stalled.drop(Departure).timeline(), ["CB-07"])["CB-07"].result == "failed"
