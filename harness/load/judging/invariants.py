"""What must hold over everything at once, whoever's journey it was: the races that no single journey shows.

Owns the invariants and what breaks each. They are judged by what amoCRM recorded and by what users were told;
where amoCRM was made to go wrong, what nobody could have done better is excused.
"""

from dataclasses import dataclass, field
from typing import Literal

from harness.load.judging.journey import Call, Journey
from harness.load.judging.ledger import AccountRecord, Ledger, Pair
from harness.load.judging.patience import may_have_run_out, was_given_up
from harness.load.judging.server_side import HTTP_OK, Told

TOO_MANY = 429
SHOWN = 5
"""How many breaches of one invariant are kept; the others are counted."""


@dataclass(frozen=True, slots=True)
class Invariant:
    """One of them."""

    id: str
    title: str
    remedy: str


CODE = Invariant(
    "INV-CODE",
    "One token request a code",
    "send each code once, by whichever instance has claimed its state in the shared storage",
)
REFRESH = Invariant(
    "INV-REFRESH",
    "One refresh a generation of tokens",
    "hold a lock in the shared storage (a row, an advisory lock, a lease that outlasts the slowest answer) "
    "while a user's tokens are refreshed, and read them again once it is held",
)
LATEST = Invariant(
    "INV-LATEST",
    "Every access token used is the last that was issued",
    "write refreshed tokens only in the place of those they were bought with (compare and set), and read the "
    "stored ones for each call",
)
OWN = Invariant(
    "INV-OWN",
    "No user sees another account's name, status or leads",
    "keep tokens, account and cached answers per user, and look them up by the user who asks",
)
STORED = Invariant(
    "INV-STORED",
    "No page before its own tokens are stored",
    "store the tokens, and wait until they are stored, before the callback is answered",
)
LIMITS = Invariant(
    "INV-LIMITS",
    "amoCRM's limits of 7 requests a second of the integration and 50 of the account are kept",
    "count calls per account in shared storage, make fewer of them for one call of the app, and wait after "
    "a 429",
)
CONNECTED = Invariant(
    "INV-CONNECTED",
    "Nobody is disconnected who did not ask for it, also after 429 and lost answers",
    "take only amoCRM's 401 to the newest refresh token for the end of a connection; after a lost answer or "
    "a 429 ask again",
)
INVARIANTS = (CODE, REFRESH, LATEST, OWN, STORED, LIMITS, CONNECTED)


@dataclass(frozen=True, slots=True)
class Breach:
    """One place where an invariant did not hold."""

    invariant: Invariant
    said: str
    at_ns: int
    account: int | None = None
    user: str = ""


@dataclass(slots=True)
class Result:
    """What a whole run says of one invariant."""

    invariant: Invariant
    seen: int = 0
    """How often it could have been broken."""
    broken: int = 0
    breaches: list[Breach] = field(default_factory=list[Breach])
    """The first few."""

    @property
    def outcome(self) -> Literal["passed", "failed", "not_observed"]:
        """Whether it held."""
        if self.broken:
            return "failed"
        return "passed" if self.seen else "not_observed"


@dataclass(frozen=True, slots=True)
class _Again:
    """A refresh token that was sent again after so long that a time limit may have run out meanwhile."""

    answered: Told
    breach: Breach


class Invariants:
    """All of them, over one run; told everything in order."""

    def __init__(self, ledger: Ledger, *, one_account: bool, limits: bool) -> None:
        self._ledger, self._one_account, self._limits = ledger, one_account, limits
        self.results = {each.id: Result(each) for each in INVARIANTS}
        self._of_accounts: dict[int, list[Breach]] = {}
        """What amoCRM's side showed, until the journey is judged in which it happened."""
        self._again: dict[int, list[_Again]] = {}
        self._unserved: dict[int, list[Call]] = {}
        """By account, the last calls that came to nothing."""
        self._left_open: set[int] = set()
        """Accounts of which the backend may still be answering a callback that nobody waits for."""
        self.given_up = 0
        """How many of amoCRM's answers the backend had no time to read."""

    def server_side(self, told: Told) -> None:
        """Judge what amoCRM did; called before the ledger has entered it."""
        if told.kind == "token_request":
            self._one_request_a_code(told)
            self._one_refresh(told)
        elif told.kind == "api_request" and self._limits:
            self._keeps_limits(told)

    def journey(self, journey: Journey, account_id: int, of_account: list[Told]) -> list[Breach]:
        """Judge what one user saw; `of_account` is what amoCRM did about the account meanwhile."""
        account = self._ledger.account(account_id)
        self._settle(account_id, journey)
        waiting = self._of_accounts.pop(account_id, [])
        found = [each for each in waiting if journey.began_ns <= each.at_ns <= journey.ended_ns]
        for judge in (self._own, self._stored, self._connected, self._latest):
            found += judge(journey, account_id, account, of_account)
        if journey.is_left_open:
            self._left_open.add(account_id)
        elif any(journey.of("gateway.response")):
            self._left_open.discard(account_id)
        return found

    def gave_up(self, account_id: int, told: Told) -> None:
        """Hear that the backend had no time to read the tokens that it was granted."""
        self.given_up += 1
        self._ledger.give_up(account_id, told)

    def finish(self) -> None:
        """Judge what waited for a journey, when there are no more."""
        for account_id in list(self._again):
            for each in self._again.pop(account_id):
                self._settle_one(each, account_id, self._unserved.get(account_id, []))

    def _settle(self, account_id: int, journey: Journey) -> None:
        """Judge what was asked again up to the end of a journey, now that it is known who waited for it."""
        kept = self._unserved.get(account_id, [])
        waiting = self._again.pop(account_id, [])
        for each in waiting:
            calls = [*kept, *journey.calls]
            is_told = each.breach.at_ns <= journey.ended_ns and not self._one_account
            if is_told or was_given_up(each.answered, each.breach.at_ns, calls):
                self._settle_one(each, account_id, calls)
            else:
                self._again.setdefault(account_id, []).append(each)
        if unserved := [each for each in journey.calls if not each.is_served]:
            self._unserved[account_id] = [*kept, *unserved][-SHOWN:]

    def _settle_one(self, again: _Again, account_id: int, calls: list[Call]) -> None:
        if was_given_up(again.answered, again.breach.at_ns, calls):
            self.gave_up(account_id, again.answered)
        else:
            self._break_account(again.breach)

    # --- by amoCRM's side alone -------------------------------------------------------------------

    def _one_request_a_code(self, told: Told) -> None:
        record = self._ledger.codes.get(told.code)
        if record is None:
            return
        self._see(CODE)
        if record.asked_ns is not None:
            apart_ms = (told.at_ns - record.asked_ns) / 1e6
            said = f"a code was sent again {apart_ms:.0f} ms after the last token request for it"
            self._break_account(Breach(CODE, said, told.at_ns, record.account))

    def _one_refresh(self, told: Told) -> None:
        pair = self._ledger.pair_of_refresh(told.refresh)
        if pair is None:
            return
        self._see(REFRESH)
        spent = [each for each in pair.refreshes if _has_spent(each, told)]
        if spent:
            apart_ms = (told.at_ns - spent[0].at_ns) / 1e6
            said = (
                f"a refresh token was sent again {apart_ms:.0f} ms after the request that spent it "
                f"(amoCRM answered {told.facts.get('status')})"
            )
            breach = Breach(REFRESH, said, told.at_ns, pair.account)
            if may_have_run_out(spent[-1], told.at_ns):
                self._again.setdefault(pair.account, []).append(_Again(spent[-1], breach))
            else:
                self._break_account(breach)

    def _keeps_limits(self, told: Told) -> None:
        self._see(LIMITS)
        if told.facts.get("status") == TOO_MANY and not told.is_failure:
            said = "amoCRM refused a call with 429, and nobody had asked the app for more than three at once"
            self._break_account(Breach(LIMITS, said, told.at_ns, told.facts.get("account_id")))

    # --- by what a user saw -----------------------------------------------------------------------

    def _own(
        self, journey: Journey, account_id: int, account: AccountRecord, _told: list[Told]
    ) -> list[Breach]:
        if self._one_account:
            return []
        found: list[Breach] = []
        for _, at_ns, facts in journey.of("app.response"):
            self._see(OWN)
            others = [each for each in facts.get("told", ()) if each != journey.number]
            if others:
                said = f"{journey.user} was shown the {facts['purpose']} of user {others[0]}'s account"
                found.append(Breach(OWN, said, at_ns, account_id, journey.user))
            first = account.first_tokens_ns
            if facts.get("connected") is True and (first is None or first > at_ns):
                said = (
                    f"the status of {journey.user} said connected before that user's account had any tokens"
                )
                found.append(Breach(OWN, said, at_ns, account_id, journey.user))
        return [self._break(each) for each in found]

    def _stored(
        self, journey: Journey, account_id: int, _account: AccountRecord, told: list[Told]
    ) -> list[Breach]:
        granted = [e for e in told if e.kind == "token_request" and e.code and _is_granted(e)]
        if not granted:
            return []
        found: list[Breach] = []
        for _, at_ns, facts in journey.of("gateway.probe"):
            if at_ns < granted[0].at_ns or facts.get("connected") is None:
                continue
            self._see(STORED)
            if facts["connected"] is False:
                said = f"the page of {journey.user} had begun, and the status still said not connected"
                found.append(self._break(Breach(STORED, said, at_ns, account_id, journey.user)))
        return found

    def _connected(
        self, journey: Journey, account_id: int, account: AccountRecord, _told: list[Told]
    ) -> list[Breach]:
        granted_ns = account.last_granted_ns
        if granted_ns is None or account_id in self._left_open or journey.is_left_open:
            return []
        found: list[Breach] = []
        page_at = max((at_ns for _, at_ns, _ in journey.of("gateway.response")), default=0)
        for _, at_ns, facts in journey.of("app.response"):
            if facts.get("connected") is None or at_ns < max(granted_ns, page_at):
                continue
            if account.ended_ns is not None and account.ended_ns < at_ns:
                continue  # amoCRM took the tokens away itself
            self._see(CONNECTED)
            if facts["connected"] is False:
                said = f"{journey.user} was connected, asked for no end of it, and is told not connected"
                found.append(self._break(Breach(CONNECTED, said, at_ns, account_id, journey.user)))
        return found

    def _latest(
        self, journey: Journey, account_id: int, account: AccountRecord, told: list[Told]
    ) -> list[Breach]:
        """A token is out of date once a newer one was in use before any call under way had begun."""
        if self._one_account:
            return []
        found: list[Breach] = []
        for each in told:
            pair = self._ledger.pair_of_access(each.access) if each.kind == "api_request" else None
            if pair is None:
                continue
            self._see(LATEST)
            began = [call.began_ns for call in journey.calls if call.began_ns <= each.at_ns <= call.over_ns]
            known = [n for n in account.newer_than(pair) if began and _was_known(n, min(began))]
            if known:
                said = (
                    f"a call for {journey.user} used an access token although a newer one was in use already"
                )
                found.append(self._break(Breach(LATEST, said, each.at_ns, account_id, journey.user)))
        return found

    def _break_account(self, breach: Breach) -> None:
        self._break(breach)
        if breach.account is not None:
            waiting = self._of_accounts.setdefault(breach.account, [])
            if len(waiting) < SHOWN:
                waiting.append(breach)

    def _see(self, invariant: Invariant) -> None:
        self.results[invariant.id].seen += 1

    def _break(self, breach: Breach) -> Breach:
        result = self.results[breach.invariant.id]
        result.broken += 1
        if len(result.breaches) < SHOWN:
            result.breaches.append(breach)
        return breach


def _is_granted(told: Told) -> bool:
    return told.facts.get("status") == HTTP_OK and not told.is_lost


def _has_spent(before: Told, now: Told) -> bool:
    """Tell whether an earlier request spent the token, or was still being answered."""
    if before.facts.get("status") != HTTP_OK:
        return False
    return not before.is_lost or now.at_ns < before.answered_at_ns


def _was_known(pair: Pair, at_ns: int) -> bool:
    return pair.first_used_ns is not None and pair.first_used_ns < at_ns
