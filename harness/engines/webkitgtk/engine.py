"""Stock WebKitGTK inside our own host app.

Owns the host and its tabs. Must not know what a departure means.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakSet

from playwright.sync_api import Error as PlaywrightError

from harness.config.settings import STORES
from harness.engines.tabs.engine import (
    PHONE_USER_AGENT,
    Departure,
    EngineDied,
    PageLost,
    PageStarved,
    Trusted,
)
from harness.engines.tabs.inspector import InspectorBridge, InspectorSilent
from harness.engines.webkitgtk.attaching import ATTACHED_WITHIN_S, NotAttached
from harness.engines.webkitgtk.host_process import HostProcess
from harness.engines.webkitgtk.tab import END_NOTICED_S, WebKitGtkTab
from harness.errors import HarnessError

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

ANSWER_TIMEOUT_S = 30.0  # a host that is silent for longer counts as hung; a busy machine takes 10 s
PAGE_TIMEOUT_S = 3.0  # a page that is


class WebKitGtkEngine:
    """A running host with its tabs; `name`, `version`, `notes` for reports."""

    name = "webkitgtk"
    tap_is_trusted = True
    tells_gesture = True
    has_one_tab = False

    def __init__(
        self,
        playwright: Callable[[], Playwright],
        *,
        headed: bool = False,
        answer_timeout_s: float = ANSWER_TIMEOUT_S,
        page_timeout_s: float = PAGE_TIMEOUT_S,
        trusted: Trusted | None = None,
        app_links: tuple[str, ...] = STORES,
        user_agent: str = PHONE_USER_AGENT,
    ) -> None:
        self._trusted, self._app_links, self._user_agent = trusted, app_links, user_agent
        self.choice_log: Sequence[str] = ()
        self.notes: Sequence[str] = (
            "a tap is a finger's: real touch events, of which WebKit makes the mouse's and the click",
            "pointer events come after touchend, on an iPhone before it",
            "the screen is a phone's; pages are told a device pixel ratio of 3 and are painted at 1",
        )
        self._start_host = partial(
            HostProcess, headed=headed, answer_timeout_s=answer_timeout_s, page_timeout_s=page_timeout_s
        )
        self._host = self._start_host()
        self._numbers = itertools.count(1)
        self._tabs = WeakSet[WebKitGtkTab]()  # the host knows those that are open; a closed one is let go
        self._bridge = InspectorBridge()
        try:
            ready = self._host.wait_until_ready()
            self.version: str = ready["version"]
            self.inspector: str = ready["inspector"]
            self._spare: WebKitGtkTab | None = self._new_tab()
            self._playwright = playwright()  # last: the host opens its first view meanwhile
        except BaseException:
            self.close()
            raise

    def _new_tab(self) -> WebKitGtkTab:
        return WebKitGtkTab(
            self._host,
            next(self._numbers),
            self.warm,
            trusted=self._trusted,
            app_links=self._app_links,
            user_agent=self._user_agent,
        )

    def warm(self) -> None:
        """Have the next view opened by the host while the harness goes on."""
        self._host.check()
        if self._spare is None:
            self._spare = self._new_tab()

    def open_tab(self, on_departure: Callable[[Departure], None] | None = None) -> WebKitGtkTab:
        """Open a tab; the next is warmed after its first page. `on_departure` runs in the reader thread.

        A browser that a page has crashed is started again, once somebody was told.
        """
        if self._host.crash_told:
            self._start_again()
        late: HarnessError | None = None
        for within_s in ATTACHED_WITHIN_S:
            self._host.check()
            tab, self._spare = self._spare or self._new_tab(), None
            self._tabs.add(tab)
            try:
                tab.connect(self._playwright, self._bridge, self.inspector, on_departure, within_s=within_s)
            except PageStarved as starved:
                late = starved  # before it had a page: the next one is as good
            except PageLost:
                self.check()  # a browser that ended has last words
                raise
            except (InspectorSilent, NotAttached) as failure:
                late = failure
                if isinstance(failure, InspectorSilent):
                    self.check()
                # The tab stays: of one that goes while it attaches, Playwright's driver dies.
            else:
                return tab
        if isinstance(late, PageStarved):
            raise late
        raise EngineDied(f"WebKitGTK: {late}") from late

    def _start_again(self) -> None:
        self._host.close()
        self._host = self._start_host()
        self.inspector = self._host.wait_until_ready()["inspector"]
        self._spare = self._new_tab()

    def check(self) -> None:
        """Raise EngineDied, with the last words, if the browser is gone."""
        self._host.wait_patiently(bool, timeout_s=END_NOTICED_S)
        self._host.check()

    @property
    def host_pid(self) -> int:
        """The process id of the host's guard."""
        return self._host.pid

    def close(self) -> None:
        """End the browser and all that belongs to it."""
        with contextlib.suppress(EngineDied, PlaywrightError):  # its end is what is asked for
            for tab in list(self._tabs):
                tab.close()
        self._bridge.close()
        self._host.close()
