"""How long a page is silent by its own doing, and when nobody can say that of it."""

from collections.abc import Iterable

import pytest

from harness.engines.webkitgtk.host_process import STARVED_TIMEOUT_S, STEP_S, Event, Silence

PAGE_TIMEOUT_S = 3.0
BUSY: Event = {"used_s": 0.0, "wants_more": True}
IDLE: Event = {"used_s": 0.0, "wants_more": False}


def silent(steps: Iterable[float], pulse: Event) -> tuple[float, float]:
    """Return for how long a page counts as silent after looks at it, and how much of it is its own doing."""
    now = 0.0
    silence = Silence(clock=lambda: now)
    silence.begin(1, pulse)
    counted = 0.0
    for step in steps:
        now += step
        counted = silence.goes_on(pulse)
    return counted, silence.own_s


@pytest.mark.parametrize("stopped_s", [8.0, 3600.0])
def test_a_machine_that_was_stopped_does_not_make_a_page_silent(stopped_s: float) -> None:
    """One look comes far too late: that is no silence of the page's."""
    counted, own_s = silent([0.5, stopped_s], IDLE)
    assert counted == own_s == 0.5 + STEP_S < PAGE_TIMEOUT_S


def test_a_page_that_hangs_is_silent() -> None:
    """Each look that comes in time counts."""
    counted, own_s = silent([0.5] * 6, IDLE)
    assert counted == own_s == PAGE_TIMEOUT_S


def test_a_page_whose_process_was_stopped_is_given_up_and_not_blamed() -> None:
    """It gets nothing of the processor, and after a while nobody waits for it any longer."""
    counted, own_s = silent([0.5] * 30, BUSY)
    assert counted == STARVED_TIMEOUT_S
    assert own_s == 0
