"""What a page's own scripts say of themselves: errors that nobody caught, refused promises, console lines.

Owns hearing them, up to a number that a page cannot exceed. What one explains is the report's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Page
    from playwright.sync_api import Error as PageError

MOST_COMPLAINTS = 50
LONGEST_TEXT = 1_000
REFUSED_NOTHING = re.compile(r"\[Report Only\] Refused to load \S+ because it .* the frame-src directive")
"""Of the gateway's policy (`harness.gateway.answer.FRAMES_POLICY`), which the page has not sent."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One of them. `level` is `uncaught` for an error or a refused promise, else the console's own."""

    level: str
    text: str
    where: str = ""
    """Address and line, where the engine tells."""


def hear_complaints(page: Page, take: Callable[[Complaint], None]) -> None:
    """Hand each complaint of a page to `take`, as its engine delivers them: while something is waited for."""
    left = iter(range(MOST_COMPLAINTS))

    def pass_on(complaint: Complaint) -> None:
        if next(left, None) is not None:
            take(complaint)

    def on_error(error: PageError) -> None:
        name = error.name or "Error"
        pass_on(Complaint("uncaught", f"{name}: {error.message}"[:LONGEST_TEXT]))

    def on_line(message: ConsoleMessage) -> None:
        if REFUSED_NOTHING.match(message.text):
            return
        line = message.location["lineNumber"] + 1
        where = f"{message.location['url']}:{line}" if message.location["url"] else ""
        pass_on(Complaint(message.type, message.text[:LONGEST_TEXT], where))

    page.on("pageerror", on_error)
    page.on("console", on_line)
