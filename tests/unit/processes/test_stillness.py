"""A machine that stands still is told, a busy one is not."""

import threading

import pytest

from harness.processes.stillness import BEAT_S, STILL_S, noticed, wait_awake


@pytest.mark.parametrize(
    ("woken_s", "used_s", "told"),
    [
        pytest.param(8.0 + BEAT_S, 0.0, [8.0], id="stopped for eight seconds"),
        pytest.param(8.0 + BEAT_S, 7.0, [], id="reading for as long"),
        pytest.param(BEAT_S + STILL_S - 0.1, 0.0, [], id="busy"),
        pytest.param(0.01, 0.0, [], id="over at once"),
    ],
)
def test_only_a_thread_that_wakes_far_too_late_counts(
    woken_s: float, used_s: float, told: list[float]
) -> None:
    """It is told at its end, also where nobody watches any more by then."""
    moments = iter((100.0, *[100.0 + woken_s] * 1000))
    used = iter((3.0, *[3.0 + used_s] * 1000))
    heard: list[float] = []
    with noticed(heard.append, clock=lambda: next(moments), used=lambda: next(used)):
        pass
    assert heard == told


@pytest.mark.parametrize(
    ("slept_s", "waits"), [pytest.param(40.0, 4, id="slept"), pytest.param(0.6, 3, id="busy")]
)
def test_seconds_in_which_the_machine_stood_still_are_not_waited(slept_s: float, waits: int) -> None:
    """Whoever is waited for stood still as well: of forty seconds' sleep one turn counts."""
    moments = iter((0.0, slept_s, *(slept_s + BEAT_S * each for each in (0, 1, 1, 2, 2, 3, 3, 4))))
    asked: list[bool] = []

    class Never(threading.Condition):
        def wait_for(self, predicate: object, timeout: float | None = None) -> bool:  # noqa: ARG002
            asked.append(True)
            return False

    assert not wait_awake(Never(), lambda: False, 3.5 * BEAT_S, clock=lambda: next(moments))
    assert len(asked) == waits
