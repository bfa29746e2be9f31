"""One authorization from the app's request to stored tokens.

Owns `state` (RFC 6749 §10.12), which host a code may be sent to, and the promise that a code is sent once.
Must not know pages or links. One process: a second delivery waits for the first inside this process.
"""

import re
import secrets
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from backend_under_test.amo_client import AmoClient, AmoError, Tokens
from backend_under_test.events import Journal, digest
from backend_under_test.flights import Flights
from backend_under_test.outcome import Outcome, Reason, tidy
from backend_under_test.settings import Settings
from backend_under_test.store import Claim, Claimed, Grant, Store

_REFUSALS = {
    Claimed.UNKNOWN: Reason.STATE_UNKNOWN,
    Claimed.EXPIRED: Reason.STATE_EXPIRED,
    Claimed.SPENT: Reason.STATE_SPENT,
}


def new_state() -> str:
    """256 random bits in letters, digits, `-` and `_`, which survive a router that decodes them twice."""
    return secrets.token_urlsafe(32)


def account_url(settings: Settings, referer: str | None) -> str | None:
    """The origin of the account that `referer` (a bare host) names; None when it is not amoCRM's.

    The host decides where code and secret are sent, and it arrives through the user's browser: only
    amoCRM's own hosts pass.
    """
    amo = urlsplit(settings.amo_url)
    if not referer or referer == amo.netloc:
        return settings.amo_url
    if referer in settings.account_hosts:
        return f"{amo.scheme}://{referer}"
    domains = "|".join(re.escape(domain) for domain in settings.account_domains)
    if not re.fullmatch(rf"[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])?\.(?:{domains})", referer):
        return None
    real = re.fullmatch(rf"(?:[a-z0-9-]+\.)?(?:{domains})", amo.netloc)
    return f"{amo.scheme}://{referer}" if real else settings.amo_url


class Authorizations:
    """Starts authorizations for users and redeems the codes that come back."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        amo: AmoClient,
        journal: Journal,
        state_source: Callable[[], str] = new_state,
    ) -> None:
        self.settings = settings
        self.store = store
        self.amo = amo
        self.journal = journal
        self._new_state = state_source
        self.flights: Flights[Outcome] = Flights()

    def start(self, user: str) -> str:
        """The URL of amoCRM's consent page, with a state that is this user's alone.

        `mode=post_message` keeps the redirect in the window that shows the page; amoCRM takes the redirect
        URI from the integration's settings.
        """
        state = self._new_state()
        ttl_s = self.settings.state_ttl_s
        self.store.start(digest(state), user, now_s=self.settings.clock(), ttl_s=ttl_s)
        self.journal.event("authorization_started", user=user)
        query = {"client_id": self.settings.client_id, "state": state, "mode": "post_message"}
        return f"{self.settings.amo_url}/oauth?{urlencode(query)}"

    async def redeem(self, code: str, state: str, referer: str | None = None) -> Outcome:
        """Exchange a fresh code and store the tokens; say how it ended if this pair came before.

        A reload and a parallel second delivery, both of which Safari makes, get the first one's outcome.
        """
        account = account_url(self.settings, referer)
        if account is None:
            return Outcome.failed(Reason.UNKNOWN_ACCOUNT_HOST)
        claim = self.claim(state, code)
        if claim.kind in _REFUSALS:
            return Outcome.failed(_REFUSALS[claim.kind])
        key = digest(state)
        # No await between the claim and the flight: a repeated claim finds the flight or its outcome.
        if claim.kind is Claimed.FRESH or self.flights.running(key):
            return await self.flights.join(key, lambda: self.exchange(account, code, key, claim.user))
        return claim.outcome or Outcome.failed(Reason.INTERRUPTED)

    def claim(self, state: str, code: str) -> Claim:
        """Spend the state on the code."""
        return self.store.claim(digest(state), digest(code), now_s=self.settings.clock())

    async def exchange(self, account: str, code: str, state_digest: str, user: str) -> Outcome:
        """Send the code to amoCRM and store what comes of it before anybody is told."""
        self.journal.event("exchange_started", user=user)
        try:
            tokens = await self.amo.exchange_code(account, code)
        except AmoError as error:
            sentence = tidy(error.sentence, without=(code, self.settings.client_secret))
            outcome = Outcome.failed(error.reason, sentence)
            self.store.finish(state_digest, outcome)
        else:
            outcome = Outcome()
            self.keep(state_digest, user, account, tokens)
        self.journal.event("exchange_finished", user=user, reason=outcome.reason)
        return outcome

    def keep(self, state_digest: str, user: str, account: str, tokens: Tokens) -> None:
        """Store the tokens together with the outcome."""
        expires_at_s = self.settings.clock() + tokens.expires_in_s
        grant = Grant(user, account, tokens.access_token, tokens.refresh_token, expires_at_s)
        self.store.finish(state_digest, Outcome(), grant)
        self.journal.event("tokens_stored", user=user)

    async def exchange_for_app(self, user: str, code: str, state: str) -> Outcome:
        """What `POST exchange-code` does for apps that still call it after the callback.

        The callback has exchanged the code already, so its outcome is the answer and amoCRM hears nothing.
        """
        if not state:
            known = self.store.outcome_of_code(user, digest(code))
            return known or Outcome.failed(Reason.STATE_UNKNOWN)
        if self.store.owner(digest(state)) not in {user, None}:
            return Outcome.failed(Reason.STATE_OF_ANOTHER_USER)
        return await self.redeem(code, state)

    async def drain(self) -> None:
        """Wait until no exchange is under way."""
        await self.flights.drain()
