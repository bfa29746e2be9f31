"""Processes of the browser that get no processor for seconds: no page is missed, and nobody is blamed."""

import os
import signal
import threading
from contextlib import suppress

import pytest

from harness.contract import TOO_SLOW, judge
from harness.proofs.prove import choose_subjects, made_into
from harness.stage.world import Stage
from harness.timeline.events import Event
from harness.timeline.gateway_events import FirstByte, StatusProbe
from harness.timeline.page_events import PageShown, Tap
from harness.timeline.recorder import Recorder
from tests.browser.processes import descendants

FOR_S = 4.5
"""Longer than any page may take that is not sure to come."""
NAMES = {"network": "WebKitNetworkPr", "page": "WebKitWebProces"}
SEEN = ("CB-01", "CB-02", "CB-03", "CB-04", "CB-05")


class Stopping:
    """Stops the browser's processes of one name at the first event of a type, and lets them go on."""

    def __init__(self, name: str, at: type[Event], for_s: float = FOR_S) -> None:
        self._name, self._at, self._for_s = name, at, for_s
        self.stopped: list[int] = []

    def __call__(self, event: Event) -> None:
        """Hear an event as it is recorded."""
        if not isinstance(event, self._at) or self.stopped:
            return
        self.stopped = [each.pid for each in descendants(os.getpid()) if each.name == self._name]
        self._signal(signal.SIGSTOP)
        threading.Timer(self._for_s, self._signal, [signal.SIGCONT]).start()

    def _signal(self, number: int) -> None:
        for pid in self.stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, number)


@pytest.mark.parametrize("at", [FirstByte, StatusProbe])
@pytest.mark.parametrize("who", NAMES)
def test_a_page_is_seen_however_late_the_browser_reads_it(stage: Stage, who: str, at: type[Event]) -> None:
    """The gateway has sent it whole, so that it comes: no clause lacks it, and the next tab opens."""
    stopping = Stopping(NAMES[who], at)
    recorder = Recorder(heard_by=stopping)
    with stage.world("slow", recorder=recorder) as world:
        world.phone.open_crm_tab()
        world.phone.tap_connect()
        world.consent.allow()
        timeline = recorder.timeline()
    assert stopping.stopped
    assert len(timeline.of(PageShown)) == 1
    assert {each.result for each in judge(timeline, SEEN).values()} == {"passed"}
    with stage.world("after") as world:
        world.phone.open_crm_tab()
        world.phone.tap_connect()


def test_a_gesture_that_ends_while_a_page_has_no_processor_is_not_missed(stage: Stage) -> None:
    """A page that leaves 0.3 s after its tap does so in time; 1.8 s without the processor are not its own."""
    stopping = Stopping(NAMES["page"], Tap, for_s=1.8)
    recorder = Recorder(heard_by=stopping)
    (variant,) = choose_subjects(["leaves_after_a_moment"])
    with made_into(stage, variant) as cast, cast.world("slow", recorder=recorder) as world:
        world.phone.open_crm_tab()
        world.phone.tap_connect()
        world.consent.allow()
        world.phone.tap_return()
        found = judge(recorder.timeline(), ["CB-07"])["CB-07"]
    assert stopping.stopped
    assert (found.result, found.due_to) == ("not_observed", TOO_SLOW)
