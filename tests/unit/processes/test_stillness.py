"""A machine that stands still is told, a busy one is not."""

import pytest

from harness.processes.stillness import BEAT_S, STILL_S, noticed


@pytest.mark.parametrize(
    ("woken_s", "told"),
    [
        pytest.param(8.0 + BEAT_S, [8.0], id="stopped for eight seconds"),
        pytest.param(BEAT_S + STILL_S - 0.1, [], id="busy"),
        pytest.param(0.01, [], id="over at once"),
    ],
)
def test_only_a_thread_that_wakes_far_too_late_counts(woken_s: float, told: list[float]) -> None:
    """It is told at its end, also where nobody watches any more by then."""
    moments = iter((100.0, *[100.0 + woken_s] * 1000))
    heard: list[float] = []
    with noticed(heard.append, clock=lambda: next(moments)):
        pass
    assert heard == told
