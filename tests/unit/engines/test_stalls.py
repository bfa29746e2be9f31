"""What a page was kept from, told from what it took for itself and from what it waited for."""

import pytest

from harness.engines.webkitgtk.stalls import Stalls


@pytest.mark.parametrize(
    ("took_s", "used_s", "wanted_at", "stalled_s"),
    [
        pytest.param(1.8, 0.1, 11.0, 1.7, id="others had the processor"),
        pytest.param(1.8, 1.7, 11.0, 0.0, id="it was at work itself"),
        pytest.param(1.8, 0.0, 9.0, 0.0, id="it waited for something else"),
        pytest.param(0.4, 0.0, 10.2, 0.0, id="it answered soon"),
    ],
)
def test_a_stall_is_what_others_took(
    took_s: float, used_s: float, wanted_at: float, stalled_s: float
) -> None:
    """Only what a page wanted and did not get."""
    used = iter((3.0, 3.0 + used_s))
    stalls = Stalls(lambda: next(used), lambda: wanted_at, clock=lambda: 10.0 + took_s)
    stalls.begin()
    stalls.answered(10.0)
    assert stalls.total_s == pytest.approx(stalled_s)
