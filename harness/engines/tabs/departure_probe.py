"""How departures are seen from inside the page, where nothing outside can be asked.

Owns the binding through which `scripts/departure_probe.js`, which runs before the page's own scripts,
reports. It sees what goes through functions and elements; a plain assignment to `location` or a 3xx it
cannot see, unless the engine's Navigation API tells of it. Used in engines without a better observer.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from harness.engines.tabs import page_scripts
from harness.engines.tabs.engine import Departure

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from harness.engines.tabs.departures import DepartureLog

_BINDING = "__reportDeparture"


def install(page: Page, log: DepartureLog) -> None:
    """Report into `log` what the tab's pages ask for from now on. To be called before a fake clock is set."""

    def on_report(_source: object, report: dict[str, Any]) -> None:
        url: str = report["url"]
        if log.is_departure(url):
            observer: str = report["observer"]
            same_tab: bool = report["sameTab"]
            log.add(Departure(url, report["mechanism"], None, same_tab, time.monotonic_ns(), observer))

    page.expose_binding(_BINDING, on_report)  # pyright: ignore[reportUnknownMemberType] - Playwright's stub
    page.context.add_init_script(
        page_scripts.script("departure_probe")
    )  # a fake clock is one too, and comes after it
