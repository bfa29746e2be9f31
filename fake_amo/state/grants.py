"""Codes and token pairs: what was issued to whom, until when, and whether it still counts.

Owns their records, bounded in number. Must not know HTTP, hosts or error texts; "now" is handed in.
"""

import random
import uuid
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, TypeVar

from fake_amo.state.signing import signed_token

_Record = TypeVar("_Record")
CODE_LENGTH = 982
REFRESH_LENGTH = 992
_PREFIX = "def50200"  # the version header of defuse/php-encryption, with which League encrypts both


@dataclass(slots=True)
class Code:
    """An authorization code."""

    value: str
    client_id: str
    account_id: int
    user_id: int
    redirect_uri: str
    issued_at: float
    expires_at: float
    spent: bool = False


@dataclass(slots=True)
class Pair:
    """An access token and the refresh token that came with it."""

    access: str
    refresh: str
    client_id: str
    account_id: int
    user_id: int
    issued_at: float
    access_expires_at: float
    refresh_expires_at: float
    access_revoked: bool = False
    refresh_revoked: bool = False
    superseded: "Pair | None" = None
    """Grace rotation: the pair that this one replaces as soon as it is first used."""

    @property
    def access_lives_s(self) -> int:
        """How long the access token lives, from the second in which it was issued, whenever that is told."""
        return round(self.access_expires_at) - int(self.issued_at)


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """Seconds that each thing lives."""

    code_s: int
    access_s: int
    refresh_s: int


@dataclass(frozen=True, slots=True)
class Holder:
    """On whose behalf tokens are issued."""

    client_id: str
    account_id: int
    user_id: int


class Grants:
    """All codes and pairs of one fake; beyond `kept` the oldest are forgotten, so that memory stays flat."""

    def __init__(self, seed: int, lifetimes: Lifetimes, kept: int) -> None:
        """Start empty; `seed` makes the values reproducible."""
        # Not rewound by clear(): a code of an earlier scenario must not be valid in the next one.
        self._dice = random.Random(f"{seed}/grants")  # noqa: S311 - reproducible tokens of a fake
        self.lifetimes = lifetimes
        self._kept = kept
        self._codes: OrderedDict[str, Code] = OrderedDict()
        self._by_access: OrderedDict[str, Pair] = OrderedDict()
        self._by_refresh: OrderedDict[str, Pair] = OrderedDict()

    def issue_code(self, holder: Holder, redirect_uri: str, now: float) -> Code:
        """Return a fresh code."""
        value = self._cipher(CODE_LENGTH)
        who = (holder.client_id, holder.account_id, holder.user_id)
        code = Code(value, *who, redirect_uri, now, now + self.lifetimes.code_s)
        _remember(self._codes, value, code, self._kept)
        return code

    def code(self, value: str) -> Code | None:
        """Return the record of a code, or None for what never was one."""
        return self._codes.get(value)

    def issue_pair(
        self, holder: Holder, claims: dict[str, Any], now: float, access_lives_s: int | None = None
    ) -> Pair:
        """Return a fresh pair; `claims` are those that follow iat, nbf and exp in the token."""
        lives_s = self.lifetimes.access_s if access_lives_s is None else access_lives_s
        jti = self._dice.randbytes(40).hex()
        issued_at = int(now)
        times = {"iat": issued_at, "nbf": issued_at, "exp": issued_at + lives_s}
        pair = Pair(
            access=signed_token(jti, {"aud": holder.client_id, "jti": jti, **times, **claims}),
            refresh=self._cipher(REFRESH_LENGTH),
            client_id=holder.client_id,
            account_id=holder.account_id,
            user_id=holder.user_id,
            issued_at=now,
            access_expires_at=issued_at + lives_s,
            refresh_expires_at=now + self.lifetimes.refresh_s,
        )
        _remember(self._by_access, pair.access, pair, self._kept)
        _remember(self._by_refresh, pair.refresh, pair, self._kept)
        return pair

    def by_refresh(self, value: str) -> Pair | None:
        """Return the pair of a refresh token, or None for what never was one."""
        return self._by_refresh.get(value)

    def living_access(self, value: str, now: float) -> Pair | None:
        """Return the pair of an access token that is neither unknown, expired nor revoked."""
        pair = self._by_access.get(value)
        if pair is None or pair.access_revoked or now >= pair.access_expires_at:
            return None
        return pair

    def revoke_all(self, client_id: str, account_id: int | None = None) -> None:
        """End every token of an integration, in one account or in all."""
        for pair in self._by_access.values():
            if pair.client_id == client_id and account_id in {None, pair.account_id}:
                pair.access_revoked = pair.refresh_revoked = True

    def codes(self) -> list[Code]:
        """Return the codes that are remembered, oldest first."""
        return list(self._codes.values())

    def pairs(self) -> list[Pair]:
        """Return the pairs that are remembered, oldest first."""
        return list(self._by_access.values())

    def new_uuid(self) -> str:
        """Return a reproducible UUID v4."""
        return str(uuid.UUID(bytes=self._dice.randbytes(16), version=4))

    def new_handle(self) -> str:
        """Return 32 reproducible hex digits."""
        return self._dice.randbytes(16).hex()

    def clear(self) -> None:
        """Forget everything that was issued."""
        self._codes.clear()
        self._by_access.clear()
        self._by_refresh.clear()

    def _cipher(self, length: int) -> str:
        return _PREFIX + self._dice.randbytes((length - len(_PREFIX)) // 2).hex()


def _remember(records: OrderedDict[str, _Record], key: str, record: _Record, kept: int) -> None:
    records[key] = record
    if len(records) > kept:
        records.popitem(last=False)
