"""The app's two screens as the seeds' code has them: the CRM tab and `app/amo-crm/callback.tsx`.

Owns what they show and when they call the backend. They must not know hosts, links or the timeline.
Texts and order: `seeds/fix-403-and-status.md`. React re-renders take no time on the phone's clock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from harness.phone.api import AmoCrmApi
from harness.phone.clock import Clock
from harness.phone.connection import ApiError
from harness.phone.promise import spawn
from harness.phone.queries import Filters, QueryClient
from harness.phone.router import Params
from harness.phone.settings import Build

ScreenName = Literal["crm", "callback", "browser", "home", "not_found"]
ScreenState = Literal["loading", "disconnected", "connected", "processing", "success", "error", "open"]

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
    build: Build
    changed: Callable[[], None]
    replace_with_crm: Callable[[], None]


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
    """The CRM tab: status always, leads once the status says connected."""

    def __init__(self, parts: AppParts) -> None:
        self._parts = parts
        self._status = parts.queries.query(STATUS_KEY, parts.api.status)
        self._leads = parts.queries.query(LEADS_KEY, parts.api.leads)
        self._leads_observer = parts.queries.observe(self._leads, parts.changed, enabled=self._connected)
        self._status_observer = parts.queries.observe(self._status, self._status_changed)

    @property
    def _connected(self) -> bool:
        return self._status.data is True

    def _status_changed(self) -> None:
        self._leads_observer.set_enabled(self._connected)
        self._parts.changed()

    def view(self) -> Screen:
        """Return what it shows; a status that could not be had leaves the user at "connect"."""
        if self._status.status == "pending":
            return Screen("crm", "loading")
        if not self._connected:
            return Screen("crm", "disconnected", CONNECT, connected=False)
        return Screen("crm", "connected", CONNECTED, leads=self._leads.data, connected=True)

    def unmount(self) -> None:
        """Stop observing."""
        self._status_observer.unmount()
        self._leads_observer.unmount()


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
        elif success == "true" and self._parts.build == "current":
            spawn(self._parts.clock, self._refresh())
        elif isinstance(code, str) and code:
            work = self._refresh() if self._parts.build == "current" else self._exchange(code)
            spawn(self._parts.clock, work)
        else:
            self._show("error", CODE_MISSING)

    async def _refresh(self) -> None:
        """`handleCallback` after the fix: the backend has exchanged the code, so only refresh.

        Its `catch` is left out: `invalidateQueries` resolves even when the refetch has failed.
        """
        self._show("processing")
        await self._parts.queries.invalidate(Filters(STATUS_KEY))
        await self._parts.queries.invalidate(Filters(LEADS_KEY))
        self._show("success")
        self._parts.clock.call_later(SUCCESS_SHOWN_S, self._parts.replace_with_crm)

    async def _exchange(self, code: str) -> None:
        """`handleCallback` before the fix: exchange a code that the backend has already spent."""
        try:
            await self._parts.api.exchange_code(code)
            await self._parts.queries.invalidate(Filters(STATUS_KEY))
            self._parts.replace_with_crm()
        except ApiError as error:
            self._show("error", error.server_message or str(error))

    def _show(self, state: ScreenState, error: str = "") -> None:
        self._state = state
        self._error = error
        self._parts.changed()
