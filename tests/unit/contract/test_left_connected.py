"""A backend that cannot be reset: what an earlier scenario may have left behind proves nothing."""

import pytest

from harness.contract import judge
from harness.timeline.events import AppResponse, ScenarioStarted
from tests.unit.contract.story import Story, happy_path

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
