"""A backend that cannot be reset: what an earlier scenario may have left behind proves nothing."""

import pytest

from harness.contract import judge
from harness.timeline.events import AppResponse, ScenarioStarted
from tests.unit.contract.story import CODE, STATE, Story, begins, happy_path

PROVED_BY_STATUS = ("ST-01", "CB-02")


def connected_from_the_start(*, resets: bool) -> Story:
    """Return the happy path of a backend whose status says connected before the journey."""
    story = happy_path().change(AppResponse, connected=True)
    story.change(ScenarioStarted, resets=resets)
    return story


@pytest.mark.parametrize("clause", PROVED_BY_STATUS)
def test_a_connection_from_before_proves_nothing(clause: str) -> None:
    """The clause is not in view, and says why."""
    found = judge(connected_from_the_start(resets=False).timeline(), [clause])[clause]
    assert found.result == "not_observed"
    assert "cannot be reset" in found.actual


def test_a_backend_that_was_reset_must_begin_unconnected() -> None:
    """The same status is a failure where the harness had put the backend back."""
    assert judge(connected_from_the_start(resets=True).timeline(), ["ST-01"])["ST-01"].result == "failed"


@pytest.mark.parametrize("clause", PROVED_BY_STATUS)
def test_a_status_that_says_unconnected_makes_the_proof_good(clause: str) -> None:
    """Nothing was left behind, so that the clauses are judged as ever."""
    story = happy_path()
    story.change(ScenarioStarted, resets=False)
    assert judge(story.timeline(), [clause])[clause].result == "passed"


def of_two(*, first_was_connected: bool, resets: bool) -> Story:
    """Return a story in which user 2 connects, and user 1, who does not, was perhaps connected before."""
    story = begins(resets=resets).drop(AppResponse).asks_status(first_was_connected)
    story.asks_status(False, user="2").taps_connect("state-2", user="2")
    story.callback(code=CODE, state="state-2").asks_amo().answers()
    return story.asks_status(True, user="2").asks_status(first_was_connected)


@pytest.mark.parametrize(
    ("first_was_connected", "resets", "result"),
    [
        pytest.param(True, False, "passed", id="left over"),
        pytest.param(False, False, "passed", id="never connected"),
        pytest.param(True, True, "failed", id="connected by another's visit"),
    ],
)
def test_each_user_is_left_connected_alone(first_was_connected: bool, resets: bool, result: str) -> None:
    """What is left of one user's account is not held against the visit of another."""
    story = of_two(first_was_connected=first_was_connected, resets=resets)
    assert judge(story.timeline(), ["ST-01"])["ST-01"].result == result


def test_what_connects_itself_after_it_had_said_unconnected_is_seen() -> None:
    """Only what stood there from the start is left over."""
    story = begins(resets=False).asks_status(False).asks_status(True).consents()
    story.callback(code=CODE, state=STATE).asks_amo().answers().asks_status(True)
    assert judge(story.timeline(), ["ST-01"])["ST-01"].result == "failed"
