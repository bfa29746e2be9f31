"""One start of the app: its stack of screens and its caches, from launch to the end of its process.

Owns navigation inside the app. It must not know hosts, the browser or how a link reached it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from harness.errors import UsageError
from harness.phone.api import AmoCrmApi
from harness.phone.connection import Connection
from harness.phone.javascript.clock import Lifetime, PhoneClock
from harness.phone.javascript.queries import QueryClient
from harness.phone.links.router import Route
from harness.phone.screens import AppParts, CallbackBeforeFix, CallbackScreen, CrmTab, Mounted, Screen, Still
from harness.phone.settings import PhoneSettings
from harness.timeline.events import Build


@dataclass(frozen=True, slots=True)
class Screens:
    """Screens of a broken app in the place of the build's own (`harness.phone.faults`)."""

    callback: type[CallbackScreen] | None = None
    crm_tab: type[CrmTab] | None = None


OWN_SCREENS = Screens()
HOME = Screen("home", "open")
NOT_FOUND = Screen("not_found", "error", "Unmatched Route")
SITEMAP = Screen("sitemap", "open", "Sitemap")
_CALLBACK_OF: dict[Build, type[CallbackScreen]] = {
    "current": CallbackScreen,
    "leads_alone": CallbackScreen,
    "before_fix": CallbackBeforeFix,
}


class MobileApp:
    """The app's JavaScript while it runs; `changed` is called after every change of what it shows."""

    def __init__(
        self,
        settings: PhoneSettings,
        screens: Screens,
        connection: Connection,
        clock: PhoneClock,
        changed: Callable[[], None],
    ) -> None:
        self._life = Lifetime(clock)
        self.api = AmoCrmApi(settings, connection, self._life)
        wiring = self._wiring = settings.set_up
        self.queries = QueryClient(self._life, release=wiring.query, options=wiring.status)
        if wiring.net_info:
            self.queries.set_online(connection.network != "offline")
        self._changed = changed
        asks = self.api.has_status and settings.build != "leads_alone"
        self._parts = AppParts(
            self._life, self.api, self.queries, changed, self._replace_with_crm, wiring, asks_status=asks
        )
        self._callback_screen = screens.callback or _CALLBACK_OF[settings.build]
        self._crm_tab = screens.crm_tab or CrmTab
        self._stack: list[Mounted] = [Still(HOME)]

    @property
    def life(self) -> Lifetime:
        """The clock of this start."""
        return self._life

    def view(self) -> Screen:
        """Return what is on top."""
        return self._stack[-1].view()

    @property
    def mounted_tabs(self) -> int:
        """How many CRM tabs are on the stack, seen or not."""
        return sum(isinstance(screen, CrmTab) for screen in self._stack)

    def open_crm_tab(self) -> None:
        """Go to the CRM tab; one that is on top gets the focus again."""
        top = self._stack[-1]
        if isinstance(top, CrmTab):
            top.get_focus()
        else:
            self._start_over(self._crm_tab(self._parts))

    def go_to(self, route: Route) -> None:
        """Follow a routed link, as expo-router's NAVIGATE does."""
        top = self._stack[-1]
        if route.screen == "crm":
            self.open_crm_tab()
        elif route.screen == "home":
            self._start_over(Still(HOME))
        elif route.screen == "not_found":
            self._push(Still(NOT_FOUND))
        elif route.screen == "sitemap":
            self._push(Still(SITEMAP))
        elif isinstance(top, CallbackScreen):
            top.receive(route.params)
        else:
            callback = self._callback_screen(self._parts)
            self._push(callback)
            callback.receive(route.params)

    def retry(self) -> Callable[[], None]:
        """Return what "try again" on the callback screen's error does; UsageError when it is not there."""
        top = self._stack[-1]
        if not isinstance(top, CallbackScreen) or top.view().state != "error":
            raise UsageError(f"there is nothing to retry on the screen {self.view().name!r}")
        return top.retry

    def end(self) -> None:
        """End the process: nothing that the app had begun goes on."""
        self._life.end()

    def _replace_with_crm(self) -> None:
        """`router.replace('/(tabs)/crm')`: the top goes, what lies below stays mounted."""
        self._stack.pop().unmount()
        below = self._stack[-1] if self._stack else None
        if self._wiring.tab_stays and isinstance(below, CrmTab):
            self._changed()
            below.get_focus()
        else:
            self._push(self._crm_tab(self._parts))

    def _start_over(self, screen: Mounted) -> None:
        for gone in self._stack:
            gone.unmount()
        self._stack = []
        self._push(screen)

    def _push(self, screen: Mounted) -> None:
        self._stack.append(screen)
        self._changed()
