"""A machine that stood still while a scenario was played: what failed then is nobody's fault."""

from harness.contract import CONTRACT, judge
from harness.timeline.events import StoodStill
from harness.timeline.page_events import Departure, TapSettled
from tests.unit.contract.story import Story, happy_path

IDS = [clause.id for clause in CONTRACT]


def without_departure() -> Story:
    """Return a happy path in which the tap makes no departure."""
    return happy_path().drop(Departure)


def test_no_clause_is_broken_by_a_machine_that_stood_still() -> None:
    """What failed is not observed, says why and what was seen; without it the clause is broken."""
    assert judge(without_departure().timeline(), ["CB-07"])["CB-07"].result == "failed"
    story = without_departure().say_before(TapSettled, StoodStill(for_s=8.0))
    found = judge(story.timeline(), IDS)
    assert not [clause_id for clause_id, each in found.items() if each.result == "failed"]
    said = found["CB-07"].actual
    assert said.startswith(
        "the machine stood still for 8 s in this scenario, which may be why: tap 1 made no"
    )


def test_what_was_seen_to_hold_holds() -> None:
    """A clause that is kept stays kept."""
    expected = judge(happy_path().timeline(), IDS)
    found = judge(happy_path().say_before(TapSettled, StoodStill(for_s=8.0)).timeline(), IDS)
    assert {name: each.result for name, each in found.items()} == {
        name: each.result for name, each in expected.items()
    }
