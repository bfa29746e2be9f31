"""CB-02, ST-01 to ST-03, SEC-03, SEC-05: tokens and states kept late, never, elsewhere or carelessly."""

from backend_under_test.amo_client import Tokens
from backend_under_test.authorizations import Authorizations
from backend_under_test.events import digest
from backend_under_test.mutations.edits import parts
from backend_under_test.mutations.fault import Fault
from backend_under_test.mutations.variants import ShowsResultPage
from backend_under_test.outcome import Outcome, Reason
from backend_under_test.pages import Page
from backend_under_test.store import Claim, Claimed, Grant, Store


class WrittenBehind(Store):
    """Writes tokens when the next request is over: the first reader still finds none."""

    def __init__(self, database_url: str) -> None:
        super().__init__(database_url)
        self._waiting: list[tuple[str, Outcome, Grant | None]] = []

    def finish(self, state_digest: str, outcome: Outcome, grant: Grant | None = None) -> None:
        """Remember for later."""
        super().finish(state_digest, outcome)
        self._waiting.append((state_digest, outcome, grant))

    def grant(self, user: str) -> Grant | None:
        """Read, then write what waits."""
        found = super().grant(user)
        while self._waiting:
            super().finish(*self._waiting.pop())
        return found


class NeverStored(Store):
    """Forgets the tokens."""

    def finish(self, state_digest: str, outcome: Outcome, grant: Grant | None = None) -> None:
        """Without the grant."""
        del grant
        super().finish(state_digest, outcome)


class MemoryOnly(Store):
    """Keeps everything in memory, whatever database it was given."""

    def __init__(self, _database_url: str) -> None:
        super().__init__("sqlite://")


class AnotherUser(Authorizations):
    """Stores everybody's tokens under a user of its own."""

    def keep(self, state_digest: str, user: str, account: str, tokens: Tokens) -> None:
        """Under `admin`."""
        del user
        super().keep(state_digest, "admin", account, tokens)


class LatestUser(Authorizations):
    """Stores tokens under the user who asked last, not the one whom the state names."""

    latest = ""

    def start(self, user: str) -> str:
        """Remember who asks."""
        self.latest = user
        return super().start(user)

    def keep(self, state_digest: str, user: str, account: str, tokens: Tokens) -> None:
        """Under the latest."""
        super().keep(state_digest, self.latest or user, account, tokens)


class AnyState(Authorizations):
    """Takes any state, and gives the account to the user who asked last."""

    latest = ""

    def start(self, user: str) -> str:
        """Remember who asks."""
        self.latest = user
        return super().start(user)

    def claim(self, state: str, code: str) -> Claim:
        """Issue what was not issued."""
        claim = super().claim(state, code)
        if claim.kind is not Claimed.UNKNOWN:
            return claim
        user = self.latest or next(iter(self.settings.sessions.values()))
        ttl_s = self.settings.state_ttl_s
        self.store.start(digest(state), user, now_s=self.settings.clock(), ttl_s=ttl_s)
        return super().claim(state, code)


class ReusableState(Authorizations):
    """Takes a state again with another code."""

    def claim(self, state: str, code: str) -> Claim:
        """A spent state is as good as a fresh one."""
        claim = super().claim(state, code)
        return Claim(Claimed.FRESH, claim.user) if claim.kind is Claimed.SPENT else claim


class ResultShownOnce(ShowsResultPage):
    """Forgets what it shows."""

    def result(self, name: str) -> Page | None:
        """Give it away."""
        return self.results.pop(name, None)


class RepetitionRefused(Authorizations):
    """Takes a reload for an attack."""

    async def redeem(self, code: str, state: str, referer: str | None = None) -> Outcome:
        """Refuse a pair that came before."""
        claimed = self.store.outcome_of_code(self.store.owner(digest(state)) or "", digest(code))
        return Outcome.failed(Reason.STATE_SPENT) if claimed else await super().redeem(code, state, referer)


class RepetitionSentAgain(Authorizations):
    """Exchanges the code again at each delivery."""

    def claim(self, state: str, code: str) -> Claim:
        """A repeated pair is as good as a fresh one."""
        claim = super().claim(state, code)
        return Claim(Claimed.FRESH, claim.user) if claim.kind is Claimed.REPEATED else claim


class ParallelRefused(Authorizations):
    """Refuses a second delivery while the first is under way."""

    async def redeem(self, code: str, state: str, referer: str | None = None) -> Outcome:
        """Refuse what is under way."""
        if self.flights.running(digest(state)):
            return Outcome.failed(Reason.STATE_SPENT)
        return await super().redeem(code, state, referer)


FAULTS = (
    Fault(
        "stored_late", "tokens are written behind the answer", ("CB-02", "ST-03"), parts(store=WrittenBehind)
    ),
    Fault(
        "stored_never",
        "tokens are not stored",
        ("CB-02", "ST-01", "ST-03", "APP-03"),
        parts(store=NeverStored),
    ),
    Fault(
        "stored_in_memory",
        "tokens are lost when the process dies",
        ("ST-03",),
        parts(store=MemoryOnly),
        ("backend_dies_at_first_byte",),
    ),
    Fault(
        "stored_under_another_user",
        "tokens are stored under one fixed user",
        ("CB-02", "ST-01", "ST-03", "APP-03"),
        parts(authorizations=AnotherUser),
    ),
    Fault(
        "stored_under_latest_user",
        "tokens are stored under whoever asked last",
        ("CB-02", "ST-01", "APP-03"),
        parts(authorizations=LatestUser),
        ("two_users_at_once",),
    ),
    Fault(
        "state_unchecked",
        "any state is taken",
        ("SEC-03",),
        parts(authorizations=AnyState),
        ("state_unknown",),
    ),
    Fault(
        "state_reusable",
        "a spent state is taken",
        ("SEC-03",),
        parts(authorizations=ReusableState),
        ("state_spent",),
    ),
    Fault(
        "reload_refused",
        "a reload shows a failure",
        ("SEC-05",),
        parts(authorizations=RepetitionRefused),
        ("callback_reloaded",),
    ),
    Fault(
        "result_shown_once",
        "the page that the callback redirects to is gone when it is loaded again",
        ("SEC-05",),
        parts(callback=ResultShownOnce),
        ("callback_reloaded",),
    ),
    Fault(
        "reload_sends_code_again",
        "a reload sends the code again",
        ("SEC-05",),
        parts(authorizations=RepetitionSentAgain),
        ("callback_reloaded",),
    ),
    Fault(
        "parallel_delivery_refused",
        "a second delivery shows a failure while the first is under way",
        ("SEC-05",),
        parts(authorizations=ParallelRefused),
        ("callback_delivered_twice",),
    ),
)
"""Every wrong way to keep tokens and states."""
