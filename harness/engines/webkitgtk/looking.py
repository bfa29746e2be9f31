"""Looking at a page out of reach of its own scripts, by the host's script world, while pages may replace it.

Owns when another page is asked instead. Must not know how the host is asked.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from harness.engines.tabs.engine import NavigationFailed, PageLost

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.engines.webkitgtk.host_process import Event

TIMEOUT_S = 5.0
"""How long one page after another is asked."""
REPLACED_WITHIN_S = 1.0


def look(ask: Callable[[], Event], commits: Callable[[], int], another: Callable[[int], bool]) -> Any:
    """Ask for a look until a page answers; its answer is `json`, or `failed` and why.

    `another` waits a moment for more pages than there were: of one that is being replaced the answer fails
    before the next one is told of. PageLost where the look fails, NavigationFailed where pages never stay.
    """
    deadline = time.monotonic() + TIMEOUT_S
    while True:
        before = commits()
        answer = ask()
        if "json" in answer:
            return json.loads(answer["json"])
        if not another(before):
            raise PageLost(f"WebKitGTK: the page cannot be looked at: {answer.get('failed', 'it is gone')}")
        if time.monotonic() > deadline:
            raise NavigationFailed("one page after another came in place of the one that was looked at")
