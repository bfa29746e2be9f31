"""Where users wait for each other, so that all of them do something at one moment.

Owns counting who waits, in one process or in many: workers tell the master, which lets everybody go.
"""

from collections.abc import Callable

Tell = Callable[[str, dict[str, int]], None]
"""Sends a message to the process that counts, or to all that wait."""
WAITING, GO = "amo_waiting", "amo_go"


class Count:
    """Counts on the master's side, round after round."""

    def __init__(self, users: int, go: Callable[[int], None]) -> None:
        self._users, self._go = users, go
        self._waiting: dict[int, int] = {}

    def one_waits(self, meeting: int) -> None:
        """Count one at a meeting; the last lets all go."""
        self._waiting[meeting] = self._waiting.get(meeting, 0) + 1
        if self._waiting[meeting] >= self._users:
            del self._waiting[meeting]
            self._go(meeting)


class Meetings:
    """Waits on a user's side."""

    def __init__(self, tell: Callable[[int], None], pause: Callable[[], None]) -> None:
        self._tell, self._pause = tell, pause
        self._gone = -1

    def all_go(self, meeting: int) -> None:
        """Let everybody at this meeting go on."""
        self._gone = max(self._gone, meeting)

    def wait(self, meeting: int) -> None:
        """Wait until everybody is there; whatever `pause` raises at the end of a run goes through."""
        self._tell(meeting)
        while self._gone < meeting:
            self._pause()
