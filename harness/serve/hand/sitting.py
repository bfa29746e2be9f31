"""A sitting: journeys by hand, one after the other, until the tester finishes it.

Owns which journey is under way and how each becomes a judged result. What serves them, and where results are
kept, are others' business.
"""

import itertools
import queue
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from harness.contract import judge
from harness.errors import UsageError
from harness.phone import PhoneOptions
from harness.runs.results import ScenarioResult
from harness.runs.runner import Played, ends_by_itself
from harness.serve.hand.halted import SHOWS, SHOWS_AFTER, halted, waits_in_vain
from harness.serve.hand.hearing import Hearing
from harness.serve.hand.journey import Journey, Plan, open_journey
from harness.stage.scene.servers import Servers
from harness.timeline.gateway_events import GatewayRequest, PageAltered
from harness.timeline.page_events import ObserverSilent
from harness.timeline.timeline import Timeline

FREE = Plan("", "A journey by hand")
OBSERVING = "/__observe"
"""Below this path of the gateway's the script is served, and tells what it saw."""
OBSERVING_SCRIPT = f"{OBSERVING}/observe.js"
RESULTS_KEPT = 20
"""How many journeys that are over the dashboard lists."""
PAGE_ALTERED = "page altered: a script of the harness was in the backend's pages (--observe)"


@dataclass(frozen=True, slots=True)
class _Finish:
    """The tester finishes."""


@dataclass(frozen=True, slots=True)
class _Next:
    """The tester begins the next journey, with these buttons pressed beforehand."""

    plan: Plan = FREE
    pressed: tuple[str, ...] = ()


Press = Callable[[str, Journey], None]
"""Presses a button of the dashboard's menu."""


class Sitting:
    """Journeys by hand on one set of servers. `plays` runs in one thread; any other may ask and steer.

    `changed` is called once a journey is under way, and once it has ended: no event tells of either.
    """

    def __init__(
        self,
        servers: Servers,
        options: PhoneOptions,
        hearing: Hearing,
        press: Press,
        changed: Callable[[], None],
        *,
        observed: bool = False,
    ) -> None:
        self.servers, self.hearing, self.observed = servers, hearing, observed
        self._options, self._press, self._changed = options, press, changed
        self._orders: queue.SimpleQueue[_Next | _Finish] = queue.SimpleQueue()
        self._journey: Journey | None = None
        self._numbers = itertools.count(1)
        self.results: deque[ScenarioResult] = deque(maxlen=RESULTS_KEPT)
        """Of the last journeys that are over, oldest first: a sitting has no end, and its memory has one."""
        self.is_finished = False

    @property
    def journey(self) -> Journey:
        """The journey under way; UsageError between two, which lasts a moment, and after the last."""
        if self._journey is None:
            raise UsageError("no journey is under way at this moment")
        return self._journey

    @property
    def is_under_way(self) -> bool:
        """Whether a journey is under way at this moment."""
        return self._journey is not None

    def begin_next(self, plan: Plan = FREE, pressed: tuple[str, ...] = ()) -> None:
        """End the journey under way, and begin the next one."""
        self._orders.put(_Next(plan, pressed))

    def finish(self) -> None:
        """End the journey under way, and the sitting."""
        self._orders.put(_Finish())

    def plays(self) -> Iterator[Played]:
        """Yield each journey as it ends, judged; one in which nobody did anything is none.

        An interruption ends the journey under way, which is yielded, and then the sitting.
        """
        order: _Next | _Finish = _Next()
        interruption: KeyboardInterrupt | None = None
        while isinstance(order, _Next):
            began_s, plan = time.monotonic(), self._numbered(order.plan)
            script = OBSERVING_SCRIPT if self.observed else ""
            with open_journey(self.servers, plan, self._options, self.hearing, script=script) as journey:
                for each in order.pressed:
                    self._press(each, journey)
                self._journey = journey
                self._changed()
                try:
                    order = self._orders.get()
                except KeyboardInterrupt as interrupted:
                    interruption, order = interrupted, _Finish()
                has_begun, self._journey = journey.has_begun, None
            self.is_finished = isinstance(order, _Finish)
            played = self._judged(journey, time.monotonic() - began_s) if has_begun else None
            self._changed()
            if played is not None:
                yield played
        if interruption is not None:
            raise interruption

    def _numbered(self, plan: Plan) -> Plan:
        number = f"journey_{next(self._numbers):03}"
        return Plan("_".join(filter(None, (number, plan.id))), plan.title, plan.said)

    def _judged(self, journey: Journey, duration_s: float) -> Played:
        timeline, say = journey.timeline(), journey.recorder.mask.apply
        stopped, shows = _stopped(journey, timeline)
        result = ScenarioResult(
            journey.plan.id,
            journey.plan.title,
            shows,
            findings=judge(timeline),
            stopped=say(stopped),
            harness_errors=tuple(say(self._harness_errors())),
            remarks=tuple(say(self._remarks(timeline))),
            duration_s=duration_s,
        )
        self.results.append(result)
        return Played(result, timeline)

    def _harness_errors(self) -> tuple[str, ...]:
        servers = self.servers
        return (*servers.amo.problems(), *servers.gateway.take_defects(), *servers.backend.take_defects())

    def _remarks(self, timeline: Timeline) -> tuple[str, ...]:
        amo = self.servers.amo
        calls = (f"not modelled by the fake: {each}" for each in amo.unmodelled())
        altered = [PAGE_ALTERED, *_silent(timeline)] if self.observed else []
        return (*altered, *ends_by_itself(timeline), *calls, *amo.left_over())


def _stopped(journey: Journey, timeline: Timeline) -> tuple[str, tuple[str, ...]]:
    """Return where the backend kept a journey from going on, and what it would have shown next."""
    if why := journey.halted or halted(timeline, journey.ended_at_ns):
        return why, SHOWS
    if not any(each.is_callback for each in timeline.of(GatewayRequest)):
        return journey.led_astray, SHOWS if journey.led_astray else ()
    if journey.real_app.has_called:  # of which nobody knows whether it still waits
        return "", ()
    why = waits_in_vain(timeline, journey.ended_at_ns)
    return why, SHOWS_AFTER if why else ()


def _silent(timeline: Timeline) -> Iterator[str]:
    """Say which pages the script said nothing of, and which did not get it."""
    for each in timeline.of(ObserverSilent):
        policy = f"; its Content-Security-Policy: {each.policy}" if each.policy else ""
        yield f"no word came from the script in the page of exchange {each.exchange}: it was stopped{policy}"
    for each in timeline.of(PageAltered):
        if each.why_not:
            yield f"the page of exchange {each.exchange} went without the script: {each.why_not}"
