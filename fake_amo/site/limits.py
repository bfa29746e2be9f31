"""How many requests fit into a second: 7 for an integration, 50 for an account (FACTS: API-LIMITS).

Owns the counting, on times handed in. Must not read a clock or know an error's text.
"""

from collections import deque

PER_INTEGRATION, PER_ACCOUNT = 7, 50
_WINDOW_S = 1.0
_KEYS_BEFORE_A_SWEEP = 10_000


class Limits:
    """Sliding windows of one second."""

    def __init__(self) -> None:
        """Start with nothing counted."""
        self._seen: dict[str | int, deque[float]] = {}

    def allow(self, client_id: str, account_id: int, now: float, *, each_account: bool = False) -> bool:
        """Count a request, unless it would be one too many for its integration or its account.

        `each_account` counts the integration's anew for each account that has it installed.
        """
        if len(self._seen) > _KEYS_BEFORE_A_SWEEP:
            self._sweep(now)
        by_client = self._window(f"{client_id} {account_id}" if each_account else client_id, now)
        by_account = self._window(account_id, now)
        if len(by_client) >= PER_INTEGRATION or len(by_account) >= PER_ACCOUNT:
            return False
        by_client.append(now)
        by_account.append(now)
        return True

    def clear(self) -> None:
        """Forget what was counted."""
        self._seen.clear()

    def _sweep(self, now: float) -> None:
        """Forget whoever has been silent for a second: accounts come and go, and memory stays flat."""
        self._seen = {key: seen for key, seen in self._seen.items() if seen and seen[-1] > now - _WINDOW_S}

    def _window(self, key: str | int, now: float) -> deque[float]:
        window = self._seen.setdefault(key, deque())
        while window and window[0] <= now - _WINDOW_S:
            window.popleft()
        return window
