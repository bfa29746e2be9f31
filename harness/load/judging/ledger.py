"""What amoCRM has issued to whom, and what became of it: every code, every generation of tokens, every use.

Owns that bookkeeping, in the order in which things happened and for the last generations of each account
alone, so that it does not grow with a run. Must not judge.
"""

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.load.judging.server_side import HTTP_OK, Told

KEPT_CODES = 50_000
KEPT_PAIRS = 6
KEPT_NS = 120 * 10**9
"""How long what happened to an account can be asked for."""


@dataclass(slots=True)
class CodeRecord:
    """A code and what it was used for."""

    account: int | None
    asked_ns: int | None = None
    """When it was last sent."""


@dataclass(slots=True)
class Pair:
    """One generation of an account's tokens."""

    account: int
    access: str
    refresh: str
    issued_ns: int
    is_by_refresh: bool
    is_lost: bool
    """Whether the answer with it never reached the backend."""
    first_used_ns: int | None = None
    """When the backend showed that it knows it."""
    refreshes: list[Told] = field(default_factory=list[Told])
    """The requests that wanted to spend its refresh token."""


@dataclass(slots=True)
class AccountRecord:
    """What is known of one account."""

    pairs: deque[Pair] = field(default_factory=lambda: deque[Pair](maxlen=KEPT_PAIRS))
    """Its last generations, oldest first."""
    told: list[Told] = field(default_factory=list[Told])
    """What happened to it lately, in its order."""
    first_tokens_ns: int | None = None
    last_granted_ns: int | None = None
    """When its last exchange of a code was granted and answered."""
    ended_ns: int | None = None
    """When amoCRM itself made its tokens worthless since: by an answer that was lost for good."""
    users: set[str] = field(default_factory=set[str])

    def newer_than(self, pair: Pair) -> Iterator[Pair]:
        """Yield the generations issued after one."""
        return (each for each in self.pairs if each.issued_ns > pair.issued_ns)


class Ledger:
    """All accounts."""

    def __init__(self, *, grace: bool) -> None:
        self._grace = grace
        self.accounts: dict[int, AccountRecord] = {}
        self.codes: OrderedDict[str, CodeRecord] = OrderedDict()
        self._by_access: dict[str, Pair] = {}
        self._by_refresh: dict[str, Pair] = {}
        self._asking: Told | None = None
        self._forgets_at_ns = 0

    def account(self, account_id: int) -> AccountRecord:
        """Return the record of an account."""
        return self.accounts.setdefault(account_id, AccountRecord())

    def pair_of_access(self, mark: str) -> Pair | None:
        """Return the generation of an access token."""
        return self._by_access.get(mark)

    def pair_of_refresh(self, mark: str) -> Pair | None:
        """Return the generation of a refresh token."""
        return self._by_refresh.get(mark)

    def give_up(self, account_id: int, told: Told) -> None:
        """Take tokens that were granted for lost: the backend has never read them."""
        account = self.account(account_id)
        granted_ns = account.last_granted_ns
        if told.code and granted_ns == told.answered_at_ns:
            account.last_granted_ns = None
        elif not self._grace and (granted_ns is None or granted_ns < told.at_ns):
            account.ended_ns = told.at_ns

    def take(self, told: Told) -> None:
        """Enter one thing."""
        account = self._account_of(told)
        match told.kind:
            case "code_issued":
                self._remember_code(told)
            case "token_request":
                self._asking = told
                self._enter_request(told)
            case "tokens_issued":
                self._enter_pair(told)
            case "api_request":
                pair = self._by_access.get(told.access)
                if pair is not None and pair.first_used_ns is None:
                    pair.first_used_ns = told.at_ns
            case _:
                pass
        if account is not None:
            self.account(account).told.append(told)
        if told.at_ns >= self._forgets_at_ns:
            self._forget(told.at_ns - KEPT_NS)
            self._forgets_at_ns = told.at_ns + KEPT_NS

    def _forget(self, before_ns: int) -> None:
        """Let go of what happened before, to accounts too to which nothing happens any more."""
        for account in self.accounts.values():
            if account.told and account.told[0].at_ns < before_ns:
                account.told = [each for each in account.told if each.at_ns >= before_ns]

    def _account_of(self, told: Told) -> int | None:
        if (named := told.facts.get("account_id")) is not None:
            return int(named)
        if told.code and told.code in self.codes:
            return self.codes[told.code].account
        pair = self._by_refresh.get(told.refresh) or self._by_access.get(told.access)
        return pair.account if pair else None

    def _remember_code(self, told: Told) -> None:
        self.codes[told.code] = CodeRecord(told.facts.get("account_id"))
        while len(self.codes) > KEPT_CODES:
            self.codes.popitem(last=False)

    def _enter_request(self, told: Told) -> None:
        record = self.codes.get(told.code)
        if record is not None:
            record.asked_ns = told.at_ns
        pair = self._by_refresh.get(told.refresh)
        if pair is None:
            return
        pair.refreshes.append(told)
        if told.facts.get("status") == HTTP_OK and told.is_lost and not self._grace:
            self.account(pair.account).ended_ns = told.at_ns

    def _enter_pair(self, told: Told) -> None:
        asked = self._asking
        account = self.account(int(told.facts["account_id"]))
        is_lost = asked is not None and asked.is_lost
        is_by_refresh = told.facts.get("grant_type") == "refresh_token"
        pair = Pair(
            int(told.facts["account_id"]), told.access, told.refresh, told.at_ns, is_by_refresh, is_lost
        )
        if len(account.pairs) == KEPT_PAIRS:
            oldest = account.pairs[0]
            self._by_access.pop(oldest.access, None)
            self._by_refresh.pop(oldest.refresh, None)
        account.pairs.append(pair)
        self._by_access[pair.access] = self._by_refresh[pair.refresh] = pair
        if account.first_tokens_ns is None:
            account.first_tokens_ns = told.at_ns
        if not is_by_refresh and not is_lost:
            account.last_granted_ns = asked.answered_at_ns if asked else told.at_ns
            account.ended_ns = None
