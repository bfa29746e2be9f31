"""Whose phone walks: one at a time, known by a cookie of the start page.

Owns who has the turn. A look (a preview, a prefetch) takes none: it is taken by pressing a button.
"""

import hmac
import secrets
import threading


class Lease:
    """The turn to walk. The first phone that does anything has it until the tester lets another one in."""

    def __init__(self) -> None:
        self._holder = ""
        self._lock = threading.Lock()

    @property
    def is_taken(self) -> bool:
        """Whether some phone has the turn."""
        return bool(self._holder)

    def may_walk(self, brought: str) -> bool:
        """Tell whether a phone that brings this may walk; nobody has the turn, or it has."""
        return not self._holder or self.is_holder(brought)

    def is_holder(self, brought: str) -> bool:
        """Tell whether a phone that brings this has the turn."""
        return bool(self._holder) and hmac.compare_digest(brought.encode(), self._holder.encode())

    def take(self, brought: str) -> str | None:
        """Take the turn; return what the phone brings from now on, None where another one has it."""
        with self._lock:
            if self._holder and not self.is_holder(brought):
                return None
            self._holder = self._holder or secrets.token_urlsafe(16)
            return self._holder

    def let_another_in(self) -> None:
        """Give the turn to whichever phone does something next."""
        with self._lock:
            self._holder = ""
