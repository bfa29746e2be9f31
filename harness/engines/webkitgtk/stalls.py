"""How long a page was kept from the processor while somebody waited for its answers.

Owns telling that from what a page takes for itself, and from a page that waits. Must not talk to the host.
"""

from __future__ import annotations

import time
from collections.abc import Callable

LONG_S = 0.5
"""No answer of a page takes as long but by its own work, or by that of others."""


class Stalls:
    """The stalls of one tab since a tap.

    `used_s` asks what the pages' processes have had of the processor, `wanted_at` when one of them was last
    seen to want it.
    """

    def __init__(
        self,
        used_s: Callable[[], float],
        wanted_at: Callable[[], float],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask_used_s, self._wanted_at, self._clock = used_s, wanted_at, clock
        self._used_s = 0.0
        self.total_s = 0.0

    def begin(self) -> None:
        """Count from here."""
        self.total_s, self._used_s = 0.0, self._ask_used_s()

    def answered(self, asked_at: float) -> None:
        """Take note of an answer that has come."""
        took_s = self._clock() - asked_at
        if took_s < LONG_S or self._wanted_at() < asked_at:
            return
        used_s = self._ask_used_s()
        kept_s, self._used_s = took_s - (used_s - self._used_s), used_s
        if kept_s >= LONG_S:
            self.total_s += kept_s
