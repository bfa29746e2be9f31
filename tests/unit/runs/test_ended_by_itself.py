"""A backend that ends by itself is told of, with what had been asked last."""

from itertools import count

from harness.runs.runner import ends_by_itself
from harness.timeline.events import AppRequest, BackendEnded
from harness.timeline.gateway_events import GatewayRequest
from harness.timeline.recorder import Recorder
from harness.timeline.timeline import Timeline

STATUS = AppRequest(purpose="status", path="/status")


def ends_in(*events: AppRequest | BackendEnded | GatewayRequest) -> list[str]:
    """Return what is said of a timeline of these."""
    recorder = Recorder(count(1).__next__)
    for event in events:
        recorder.record(event)
    timeline: Timeline = recorder.timeline()
    return list(ends_by_itself(timeline))


def test_how_it_ended_and_after_what_are_told() -> None:
    """By the latest request before its end, of the app's as of a browser's."""
    callback = GatewayRequest(exchange=1, method="GET", path="/callback")
    dead = BackendEnded(exit_code=7)
    killed = BackendEnded(exit_code=-9)
    assert ends_in(callback, STATUS, dead, callback) == [
        "the backend ended by itself: it ended with exit code 7, after GET /status"
    ]
    assert ends_in(STATUS, callback, killed) == [
        "the backend ended by itself: it was killed by signal 9, after GET /callback"
    ]
    assert ends_in(dead) == ["the backend ended by itself: it ended with exit code 7"]


def test_an_end_that_the_harness_wanted_is_none_of_its_own() -> None:
    """Nor one that follows from being killed on purpose."""
    assert ends_in(STATUS, BackendEnded(expected=True), BackendEnded(why="it does not serve again")) == []


def test_another_process_is_named() -> None:
    """Where what ended runs beside the backend."""
    [said] = ends_in(BackendEnded(exit_code=1, beside="worker"))
    assert said == "worker ended by itself: it ended with exit code 1"
