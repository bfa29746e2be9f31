"""What goes wrong only when several act at once: broken versions of the reference for the invariants of load.

Owns the list. `breaks` names invariants, `scenarios` the shape that brings each into view.
"""

import asyncio

from starlette.responses import Response

from backend_under_test.amo_client import AmoClient, AmoLostError, LeadsPage, Tokens
from backend_under_test.app_api import read_leads
from backend_under_test.authorizations import Authorizations
from backend_under_test.connections import Connections
from backend_under_test.mutations.edits import parts
from backend_under_test.mutations.fault import Fault
from backend_under_test.outcome import Outcome
from backend_under_test.store import Grant, Store

_TOO_SHORT_S = 0.1
_ASKS_AGAIN_S = 0.02
_STORED_LATE_S = 20.0
"""Later than whatever a busy machine does meanwhile."""
_MANY_CALLS = 5


class NoLock(Connections):
    """Everybody who finds the tokens expired asks for new ones."""

    async def refreshed(self, stale: Grant) -> Grant:
        """Ask at once."""
        return await self.refresh(stale)


class LockOfAProcess(Connections):
    """Those in one process share a request; another process knows nothing of it."""

    async def refresh_alone(self, stale: Grant) -> Grant:
        """Ask without a look at the storage."""
        return await self.refresh(stale)


class ShortLock(Connections):
    """Takes a lease that is over before a slow answer is there."""

    async def refreshed(self, stale: Grant) -> Grant:
        """Wait for the lease, then for nothing."""
        while not self.store.lease(stale.user, now_s=self.settings.clock(), for_s=_TOO_SHORT_S):  # noqa: ASYNC110 - nobody here can be woken by another process
            await asyncio.sleep(_ASKS_AGAIN_S)
        try:
            current = self._usable(stale.user)
            return current if current.refresh_token != stale.refresh_token else await self.refresh(stale)
        finally:
            self.store.end_lease(stale.user)


class LastWriteWins(Store):
    """Writes what it has got, whatever stands there by now."""

    def replace(self, old: Grant, new: Grant) -> None:
        """Put the tokens in the place of any."""
        current = self.grant(old.user)
        super().replace(current or old, new)


class LoserDisconnects(Store):
    """Believes the one who asked too late, whatever the one in time has stored meanwhile."""

    def refuse(self, old: Grant) -> None:
        """Note the end of whatever stands there."""
        current = self.grant(old.user)
        super().refuse(current or old)

    def replace(self, old: Grant, new: Grant) -> None:
        """Store the tokens, and leave it at what was noted."""
        current = self.grant(old.user)
        super().replace(old, new)
        if current is not None and current.refused:
            super().refuse(new)


class WrittenLate(Connections):
    """Lets the next one refresh before the new tokens can be read."""

    async def refresh(self, stale: Grant) -> Grant:
        """Ask, and store what came a little later."""
        tokens = await self.amo.refresh(stale.account_url, stale.refresh_token)
        expires_at_s = self.settings.clock() + tokens.expires_in_s
        new = Grant(stale.user, stale.account_url, tokens.access_token, tokens.refresh_token, expires_at_s)
        asyncio.get_running_loop().call_later(_STORED_LATE_S, self.store.replace, stale, new)
        return new


class OneAccount(Store):
    """There is one connection, and it is everybody's."""

    def finish(self, state_digest: str, outcome: Outcome, grant: Grant | None = None) -> None:
        """Store it under nobody's name."""
        super().finish(state_digest, outcome, grant and _of(grant, "everybody"))

    def grant(self, user: str) -> Grant | None:
        """Hand out the one that there is."""
        del user
        return super().grant("everybody")


def _of(grant: Grant, user: str) -> Grant:
    return Grant(user, grant.account_url, grant.access_token, grant.refresh_token, grant.expires_at_s)


_SEEN: dict[tuple[str, int, int], LeadsPage] = {}


class CachedByAddress(AmoClient):
    """Remembers a list of leads by the address that it came from."""

    async def leads(self, account_url: str, access_token: str, *, page: int, limit: int) -> LeadsPage:
        """Ask once for each address."""
        key = (account_url, page, limit)
        if key not in _SEEN:
            _SEEN[key] = await super().leads(account_url, access_token, page=page, limit=limit)
        return _SEEN[key]


class LostIsDead(Connections):
    """Takes a refresh whose answer was lost for the end of the connection."""

    async def _ask(self, stale: Grant) -> Tokens:
        try:
            return await self.amo.refresh(stale.account_url, stale.refresh_token)
        except AmoLostError as error:
            raise self.lost(stale) from error


class StoredLate(Authorizations):
    """Stores the tokens in the background, while the page is on its way."""

    def keep(self, state_digest: str, user: str, account: str, tokens: Tokens) -> None:
        """Store them a little later."""
        later = super().keep
        asyncio.get_running_loop().call_later(_STORED_LATE_S, later, state_digest, user, account, tokens)


class SentTwice(AmoClient):
    """Sends each code once more, to be sure."""

    async def exchange_code(self, account_url: str, code: str) -> Tokens:
        """Exchange, and try again what can only fail."""
        first, *_ = await asyncio.gather(
            super().exchange_code(account_url, code),
            super().exchange_code(account_url, code),
            return_exceptions=True,
        )
        if isinstance(first, BaseException):
            raise first
        return first


async def calls_again_and_again(connections: Connections, user: str, page: int, limit: int) -> Response:
    """Read the list several times for one call of the app."""
    for _ in range(_MANY_CALLS - 1):
        await read_leads(connections, user, page, limit)
    return await read_leads(connections, user, page, limit)


RACES: dict[str, Fault] = {
    fault.id: fault
    for fault in (
        Fault(
            "race_no_lock",
            "every call refreshes by itself",
            ("INV-REFRESH",),
            parts(connections=NoLock),
            ("expiry",),
        ),
        Fault(
            "race_lock_of_a_process",
            "a lock in each of two processes",
            ("INV-REFRESH",),
            parts(connections=LockOfAProcess),
            ("expiry", "two instances"),
        ),
        Fault(
            "race_short_lock",
            "a lock that is over before a slow answer is there",
            ("INV-REFRESH",),
            parts(connections=ShortLock),
            ("expiry",),
        ),
        Fault(
            "race_loser_disconnects",
            "no lock, and the refusal of the second request ends the connection that the first has renewed",
            ("INV-REFRESH", "INV-CONNECTED"),
            parts(connections=NoLock, store=LoserDisconnects),
            ("expiry",),
        ),
        Fault(
            "race_written_late",
            "the lock is given back before the new tokens are stored",
            ("INV-REFRESH",),
            parts(connections=WrittenLate),
            ("expiry",),
        ),
        Fault(
            "race_last_write_wins",
            "no lock, and whoever writes last has the tokens",
            ("INV-REFRESH", "INV-LATEST"),
            parts(connections=NoLock, store=LastWriteWins),
            ("trouble",),
        ),
        Fault(
            "race_one_account",
            "one connection for all users",
            ("INV-OWN",),
            parts(store=OneAccount),
            ("steady",),
        ),
        Fault(
            "race_cached_by_address",
            "leads are cached by the address of the account",
            ("INV-OWN",),
            parts(amo=CachedByAddress),
            ("steady",),
        ),
        Fault(
            "race_lost_is_dead",
            "an answer that was lost ends the connection",
            ("INV-CONNECTED",),
            parts(connections=LostIsDead),
            ("trouble",),
        ),
        Fault(
            "race_stored_late",
            "tokens are stored after the page",
            ("INV-STORED",),
            parts(authorizations=StoredLate),
            ("herd",),
        ),
        Fault(
            "race_sent_twice",
            "each code is sent twice at once",
            ("INV-CODE",),
            parts(amo=SentTwice),
            ("herd",),
        ),
        Fault(
            "race_many_calls",
            "five calls of amoCRM for one of the app",
            ("INV-LIMITS",),
            parts(leads=calls_again_and_again),
            ("steady",),
        ),
    )
}
"""By id."""
