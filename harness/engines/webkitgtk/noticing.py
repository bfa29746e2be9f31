"""What Playwright has noticed of a tab's pages: its next call is for the newest one that it knows.

Owns letting its loop run until that is the page that the host has shown. Must not talk to the host.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from harness.engines.tabs.engine import NavigationFailed, PageTooSlow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from playwright.sync_api import Frame, Page

NOTICED_TIMEOUT_S = 20.0
REPLACED_OFTEN = 20
_PUMP_MS = 1


class Noticing:
    """The addresses that Playwright's page has been at since it last caught up."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._addresses: list[str] = []
        self._caught_up = 0  # how many of the pages shown so far have been noticed
        page.on("framenavigated", self._on_navigated)

    def _on_navigated(self, frame: Frame) -> None:
        if frame == self._page.main_frame:
            self._addresses.append(frame.url)

    def catch_up(self, committed: Sequence[str], check: Callable[[], None]) -> None:
        """Let Playwright's loop run until it has seen the newest of the pages shown; `check` may end that.

        The page may have given itself another address meanwhile; the one of its commit came first.
        """
        if self._caught_up == len(committed):
            return
        deadline = time.monotonic() + NOTICED_TIMEOUT_S
        while committed[-1] not in self._addresses:
            if time.monotonic() > deadline:
                self._give_up(committed[-1])
            self._page.wait_for_timeout(_PUMP_MS)
            check()
        self._addresses.clear()
        self._caught_up = len(committed)

    def _give_up(self, shown: str) -> None:
        """Say why: a page that replaces itself over and over, or one that answers nobody."""
        if len(self._addresses) > REPLACED_OFTEN:
            raise NavigationFailed(f"one page after another came in place of {self._addresses[0]}")
        raise PageTooSlow(f"WebKitGTK: the inspector of {shown} does not answer")
