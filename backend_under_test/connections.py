"""A user's connection to amoCRM: whether there is one, and calls that keep it alive.

Owns refreshing. Must not know authorizations, pages or the shape of the app's answers.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from backend_under_test.amo_client import AmoClient, AmoLostError, AmoRefusedError, Tokens
from backend_under_test.events import Journal
from backend_under_test.flights import Flights
from backend_under_test.outcome import Reason
from backend_under_test.settings import Settings
from backend_under_test.store import Grant, Store

Result = TypeVar("Result")

_EARLY_S = 60.0
"""A token this near to its end is refreshed first: it must last for the call."""

_INVALID_GRANT = {400, 401}

_ASKS_AGAIN_S = 0.02
"""How often a process looks whether another one has got the new tokens."""


class NotConnectedError(Exception):
    """The user has no tokens, or amoCRM no longer honours them: the user must connect (again)."""


class Connections:
    """The users' tokens in use."""

    def __init__(self, settings: Settings, store: Store, amo: AmoClient, journal: Journal) -> None:
        self.settings = settings
        self.store = store
        self.amo = amo
        self.journal = journal
        self._flights: Flights[Grant] = Flights()

    def grant(self, user: str) -> Grant | None:
        """The user's tokens, also refused ones."""
        return self.store.grant(user)

    async def call(self, user: str, use: Callable[[Grant], Awaitable[Result]]) -> Result:
        """Call amoCRM with tokens that should work, refreshing them before or after as it takes.

        Raises NotConnectedError, AmoBusyError or AmoLostError.
        """
        grant = self._usable(user)
        if grant.expires_at_s - _EARLY_S <= self.settings.clock():
            grant = await self.refreshed(grant)
        try:
            return await use(grant)
        except AmoRefusedError:
            grant = await self.refreshed(grant)
        try:
            return await use(grant)
        except AmoRefusedError as error:
            raise self.lost(grant) from error

    async def refreshed(self, stale: Grant) -> Grant:
        """New tokens in the place of `stale`; those who ask at the same time share one request."""
        current = self._usable(stale.user)
        if current.refresh_token != stale.refresh_token:
            return current
        return await self._flights.join(stale.user, lambda: self.refresh_alone(stale))

    async def refresh_alone(self, stale: Grant) -> Grant:
        """Refresh, unless another process does or has just done so: amoCRM takes a refresh token once."""
        lasts_s = 2 * self.settings.amo_timeout_s + _ASKS_AGAIN_S  # the longest that `refresh` may take
        while not self.store.lease(stale.user, now_s=self.settings.clock(), for_s=lasts_s):  # noqa: ASYNC110 - nobody here can be woken by another process
            await asyncio.sleep(_ASKS_AGAIN_S)
        try:
            current = self._usable(stale.user)
            return current if current.refresh_token != stale.refresh_token else await self.refresh(stale)
        finally:
            self.store.end_lease(stale.user)

    async def refresh(self, stale: Grant) -> Grant:
        """Ask amoCRM for new tokens and store them. Only for one caller at a time."""
        self.journal.event("refresh_started", user=stale.user)
        try:
            tokens = await self._ask(stale)
        except AmoRefusedError as error:
            if error.status not in _INVALID_GRANT:
                raise AmoLostError(Reason.AMO_NONSENSE) from error
            raise self.lost(stale) from error
        expires_at_s = self.settings.clock() + tokens.expires_in_s
        new = Grant(stale.user, stale.account_url, tokens.access_token, tokens.refresh_token, expires_at_s)
        self.store.replace(stale, new)
        self.journal.event("refresh_finished", user=stale.user)
        return new

    async def _ask(self, stale: Grant) -> Tokens:
        """Ask once more when the answer was lost: amoCRM then takes the old refresh token again."""
        try:
            return await self.amo.refresh(stale.account_url, stale.refresh_token)
        except AmoLostError as error:
            self.journal.log("warning", "refresh answer lost", user=stale.user, reason=error.reason)
            return await self.amo.refresh(stale.account_url, stale.refresh_token)

    def _usable(self, user: str) -> Grant:
        grant = self.store.grant(user)
        if grant is None or grant.refused:
            raise NotConnectedError
        return grant

    def lost(self, grant: Grant) -> NotConnectedError:
        """Note that amoCRM no longer honours these tokens; the error to raise."""
        self.store.refuse(grant)
        self.journal.event("disconnected", user=grant.user)
        self.journal.log("warning", "amoCRM refuses the tokens", user=grant.user)
        return NotConnectedError()

    async def drain(self) -> None:
        """Wait until no refresh is under way."""
        await self._flights.drain()
