"""The gate before the callback's page: each token answer waits until the backend has had its turn (CB-01).

Owns when amoCRM's token answers are let go while a person walks. What the order proves is the contract's.
"""

import queue
import threading
from types import TracebackType
from typing import Self

from fake_amo import FakeAmo
from fake_amo.site.faults import Hold
from harness.gateway.probe import Probe
from harness.stage.amo_side import HOLD_TIMEOUT_S
from harness.timeline.amo_events import TokenHeld
from harness.timeline.events import Event

STEP = "token"


class Gate:
    """Holds every token answer, and lets it go after the backend's turn, or when the tester says so."""

    def __init__(self, amo: FakeAmo, probe: Probe) -> None:
        self._amo, self._probe = amo, probe
        self._held: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._kept = threading.Event()
        self._let_go = threading.Event()
        self.delay_s = 0.0  # for how long the next answer is kept
        self._hold: Hold | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._watch, name="gate", daemon=True)

    def __enter__(self) -> Self:
        self._arm()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._let_go.set()
        self._held.put(False)
        self._thread.join(HOLD_TIMEOUT_S)
        if self._hold is not None:
            self._hold.release()

    @property
    def keeps(self) -> bool:
        """Whether the tester keeps the next answer, or the one that is held now."""
        return self._kept.is_set()

    def keep(self) -> None:
        """Keep the next token answer until `let_go`."""
        self._let_go.clear()
        self._kept.set()

    def delay(self, seconds: float) -> None:
        """Keep the next token answer for so long."""
        self._let_go.clear()
        self.delay_s = seconds

    def let_go(self) -> None:
        """Let go what the tester has kept, and keep nothing more."""
        self._kept.clear()
        self._let_go.set()

    def hear(self, event: Event) -> None:
        """Take note of what is recorded."""
        if isinstance(event, TokenHeld) and event.step == STEP:
            self._held.put(True)

    def _arm(self) -> None:
        self._hold = self._amo.hold(STEP)

    def _watch(self) -> None:
        while self._held.get():
            self._probe.barrier()
            hold = self._hold
            self._arm()  # before the answer goes: a second request may come at once
            delay_s, self.delay_s = self.delay_s, 0.0
            if self._kept.is_set():
                self._let_go.wait()
            elif delay_s:
                self._let_go.wait(delay_s)
            if hold is not None:
                hold.release()
