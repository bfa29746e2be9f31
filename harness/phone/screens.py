"""The app's two screens as the seeds' code has them: the CRM tab and `app/amo-crm/callback.tsx`.

Owns what they show and when they call the backend. They must not know hosts or links, and must not record.
Texts and order: `seeds/fix-403-and-status.md`. React re-renders take no time on the phone's clock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from harness.phone.api import AmoCrmApi
from harness.phone.connection import ApiError
from harness.phone.javascript.clock import Clock
from harness.phone.javascript.promise import spawn
from harness.phone.javascript.queries import Filters, Observer, QueryClient
from harness.phone.links.router import Params
from harness.phone.wiring import AppWiring
from harness.timeline.events import ScreenName, ScreenState

CONNECT = "Підключіть АМО CRM"
CONNECTED = "Підключено"
AUTHORIZATION_FAILED = "Помилка авторизації. Спробуйте ще раз."
CODE_MISSING = "Код авторизації відсутній."
SUCCESS_SHOWN_S = 1.0

STATUS_KEY = ("amo-crm-status",)
LEADS_KEY = ("leads",)


@dataclass(frozen=True, slots=True)
class Screen:
    """What the user has before them: `text` is what is written there, `leads` the rows once loaded."""

    name: ScreenName
    state: ScreenState
    text: str = ""
    leads: tuple[Any, ...] | None = None
    connected: bool | None = None


@dataclass(frozen=True, slots=True)
class AppParts:
    """What every screen of one start of the app works with."""

    clock: Clock
    api: AmoCrmApi
    queries: QueryClient
    changed: Callable[[], None]
    replace_with_crm: Callable[[], None]
    wiring: AppWiring
    asks_status: bool
    """Whether this build asks for the status, of a backend that has one."""


class Mounted(Protocol):
    """A screen on the app's stack."""

    def view(self) -> Screen:
        """Return what it shows."""
        ...

    def unmount(self) -> None:
        """Take it off the stack; timers that it set go on, as in React."""
        ...


@dataclass(frozen=True, slots=True)
class Still:
    """A screen without a life of its own: the app's root, or expo-router's page for an unknown address."""

    screen: Screen

    def view(self) -> Screen:
        """Return what it shows."""
        return self.screen

    def unmount(self) -> None:
        """Nothing to take down."""


class CrmTab:
    """The CRM tab: status always, leads once the status says connected.

    An app whose backend tells no status, or that asks for none, shows the leads at once, and "connect" where
    they cannot be had; where there are no leads either, it knows of nothing but "connect".
    """

    def __init__(self, parts: AppParts) -> None:
        self._parts = parts
        self._has_status, self._has_leads = parts.asks_status, parts.api.has_leads
        self._status = parts.queries.query(STATUS_KEY, parts.api.status, parts.wiring.status)
        self._leads = parts.queries.query(LEADS_KEY, parts.api.leads, parts.wiring.leads)
        self._observers: list[Observer] = []
        if self._has_leads:
            self._leads_observer = parts.queries.observe(
                self._leads, parts.changed, enabled=self._connected or not self._has_status
            )
            self._observers.append(self._leads_observer)
        if self._has_status:
            self._observers.append(parts.queries.observe(self._status, self._status_changed))

    @property
    def _connected(self) -> bool:
        if self._has_status:
            return self._status.data is True
        return self._leads.data is not None

    def _status_changed(self) -> None:
        if self._has_leads:
            self._leads_observer.set_enabled(self._connected)
        self._parts.changed()

    @property
    def _is_loading(self) -> bool:
        if self._has_status:
            return self._status.status == "pending"
        return self._has_leads and self._leads.status == "pending" and not self._leads.has_failed

    def view(self) -> Screen:
        """Return what it shows; a status that could not be had leaves the user at "connect"."""
        if self._is_loading:
            return Screen("crm", "loading")
        if not self._connected:
            return Screen("crm", "disconnected", CONNECT, connected=False)
        return Screen("crm", "connected", CONNECTED, leads=self._leads.data, connected=True)

    def get_focus(self) -> None:
        """Be before the user again: `useFocusEffect` asks once more for what is shown."""
        if not self._parts.wiring.tab_refetches:
            return
        for query in (self._status, self._leads):
            if query.is_active:
                query.fetch()

    def unmount(self) -> None:
        """Stop observing."""
        for observer in self._observers:
            observer.unmount()


class CallbackScreen:
    """`callback.tsx`: reads the link's parameters, refreshes, and leads to the CRM tab."""

    def __init__(self, parts: AppParts) -> None:
        self._parts = parts
        self._state: ScreenState = "processing"
        self._error = ""
        self._read: tuple[Any, ...] = ()

    def receive(self, params: Params) -> None:
        """Take a link's parameters; the effect runs again only if one that it reads has changed."""
        read = tuple(params.get(name) for name in ("code", "success", "error"))
        if read == self._read:
            return
        self._read = read
        self._handle_link(*read)

    def retry(self) -> None:
        """`handleRetry`: to the CRM tab."""
        self._parts.replace_with_crm()

    def view(self) -> Screen:
        """Return what it shows."""
        return Screen("callback", self._state, self._error)

    def unmount(self) -> None:
        """Nothing is observed here; the one-second timer goes on, as in React."""

    def _handle_link(self, code: Any, success: Any, error: Any) -> None:
        if error:
            self._show("error", AUTHORIZATION_FAILED)
        elif success == "true":
            self._succeeded()
        elif isinstance(code, str) and code:
            self._has_code(code)
        else:
            self._show("error", CODE_MISSING)

    def _succeeded(self) -> None:
        spawn(self._parts.clock, self._refresh())

    def _has_code(self, _code: str) -> None:
        """The link of an old backend: it has exchanged the code all the same."""
        spawn(self._parts.clock, self._refresh())

    async def _refresh(self) -> None:
        """`handleCallback`: the backend has exchanged the code, so only refresh.

        Its `catch` is left out: `invalidateQueries` resolves even when the refetch has failed.
        """
        self._show("processing")
        await self._parts.queries.invalidate(Filters(STATUS_KEY))
        await self._parts.queries.invalidate(Filters(LEADS_KEY))
        self._show_success()

    def _show_success(self) -> None:
        self._show("success")
        self._parts.clock.call_later(SUCCESS_SHOWN_S, self._parts.replace_with_crm)

    def _show(self, state: ScreenState, error: str = "") -> None:
        self._state = state
        self._error = error
        self._parts.changed()


class CallbackBeforeFix(CallbackScreen):
    """`callback.tsx` before the fix: knows no `success`, and exchanges a code that is already spent."""

    def _handle_link(self, code: Any, success: Any, error: Any) -> None:
        del success
        super()._handle_link(code, None, error)

    def _has_code(self, code: str) -> None:
        spawn(self._parts.clock, self._exchange(code))

    async def _exchange(self, code: str) -> None:
        try:
            await self._parts.api.exchange_code(code)
            await self._parts.queries.invalidate(Filters(STATUS_KEY))
            self._parts.replace_with_crm()
        except ApiError as error:
            self._show("error", error.server_message or str(error))
