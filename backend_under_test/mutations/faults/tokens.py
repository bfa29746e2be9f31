"""TOK-02 to TOK-04, SEC-09, CB-12: what goes wrong with tokens later, and codes that a mere look spends."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from starlette.responses import Response

from backend_under_test.amo_client import AmoBusyError, AmoClient, AmoLostError, Tokens
from backend_under_test.app_api import json_error, read_leads
from backend_under_test.authorizations import Authorizations
from backend_under_test.connections import Connections, NotConnectedError
from backend_under_test.events import digest
from backend_under_test.mutations.edits import parts
from backend_under_test.mutations.fault import Fault
from backend_under_test.outcome import Outcome, Reason
from backend_under_test.store import Claimed, Grant, Store

Result = TypeVar("Result")


class NeverGivesUp(Connections):
    """Goes on saying that it is connected, whatever amoCRM says of the tokens."""

    def lost(self, grant: Grant) -> NotConnectedError:
        """Store nothing of it."""
        self.journal.log("warning", "amoCRM refuses the tokens", user=grant.user)
        return NotConnectedError()


class BusyDisconnects(Connections):
    """Takes a 429 for the end of the connection."""

    async def call(self, user: str, use: Callable[[Grant], Awaitable[Result]]) -> Result:
        """Give up where amoCRM asks for patience."""
        try:
            return await super().call(user, use)
        except AmoBusyError as error:
            raise self.lost(self._usable(user)) from error


class BreakdownDisconnects(Connections):
    """Takes any failure of amoCRM for the end of the connection."""

    async def call(self, user: str, use: Callable[[Grant], Awaitable[Result]]) -> Result:
        """Give up where amoCRM is down."""
        try:
            return await super().call(user, use)
        except AmoLostError as error:
            raise self.lost(self._usable(user)) from error


class LostRefreshIsNoMatter(NeverGivesUp):
    """Asks once for new tokens, and keeps the spent ones where the answer was lost."""

    async def refresh(self, stale: Grant) -> Grant:
        """Use the old tokens again."""
        try:
            return await super().refresh(stale)
        except AmoLostError:
            return stale


class RefreshTokenKept(AmoClient):
    """Takes the new access token alone: the refresh token is spent from then on."""

    async def refresh(self, account_url: str, refresh_token: str) -> Tokens:
        """Keep the old one."""
        return replace(await super().refresh(account_url, refresh_token), refresh_token=refresh_token)


async def forbidden_once_revoked(connections: Connections, user: str, page: int, limit: int) -> Response:
    """403 in the place of "connect first"."""
    answer = await read_leads(connections, user, page, limit)
    is_revoked = answer.status_code == 409  # noqa: PLR2004 - Conflict
    return json_error(403, "forbidden", "Forbidden") if is_revoked else answer


class EverybodysTokens(Store):
    """One account for everybody: the tokens that were stored last."""

    last: Grant | None = None

    def finish(self, state_digest: str, outcome: Outcome, grant: Grant | None = None) -> None:
        """Note whose they are."""
        super().finish(state_digest, outcome, grant)
        self.last = grant or self.last

    def grant(self, user: str) -> Grant | None:
        """Those of whoever connected last."""
        own = super().grant(user)
        return own and self.last and super().grant(self.last.user)


class SpentByALook(Authorizations):
    """The first request is the user's, whoever it is; the second finds the code spent."""

    async def redeem(self, code: str, state: str, referer: str | None = None) -> Outcome:
        """Refuse what came before."""
        del referer
        claim = self.claim(state, code)
        if claim.kind is Claimed.FRESH:
            return await self.exchange(self.settings.amo_url, code, digest(state), claim.user)
        return Outcome.failed(Reason.INTERRUPTED)


FAULTS = (
    Fault(
        "revoked_says_connected",
        "the status goes on saying connected when amoCRM has ended the tokens",
        ("TOK-03",),
        parts(connections=NeverGivesUp),
        ("integration_revoked",),
    ),
    Fault(
        "revoked_is_forbidden",
        "403 for the app when the integration was switched off",
        ("TOK-03",),
        parts(leads=forbidden_once_revoked),
        ("integration_revoked",),
    ),
    Fault(
        "limit_disconnects",
        "429 of amoCRM is shown as not connected",
        ("TOK-04",),
        parts(connections=BusyDisconnects),
        ("rate_limited",),
    ),
    Fault(
        "breakdown_disconnects",
        "5xx of amoCRM is shown as not connected",
        ("TOK-04",),
        parts(connections=BreakdownDisconnects),
        ("amo_down_later",),
    ),
    Fault(
        "lost_refresh_is_a_lie",
        "the status says connected for ever once a refresh's answer was lost",
        ("TOK-02",),
        parts(connections=LostRefreshIsNoMatter),
        ("refresh_answer_lost",),
    ),
    Fault(
        "refresh_token_kept",
        "a refresh stores the new access token and keeps the refresh token that it spent",
        ("TOK-01", "TOK-02"),
        parts(amo=RefreshTokenKept),
        ("token_expires",),
    ),
    Fault(
        "tokens_of_whoever_came_last",
        "everybody sees the leads of the account that was connected last",
        ("SEC-09",),
        parts(store=EverybodysTokens),
        ("two_accounts",),
    ),
    Fault(
        "code_spent_by_a_look",
        "a HEAD request, a prefetch or a preview spends the code",
        ("CB-12",),
        parts(authorizations=SpentByALook),
        ("somebody_looks_first",),
    ),
)
"""Every wrong end of a connection."""
