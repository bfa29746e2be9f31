"""What must outlive the process: started authorizations and the users' tokens.

Owns the schema and each transaction. Must not know HTTP or time: callers pass "now". Every method is one
short transaction that never awaits, so coroutines of the one serving loop cannot interleave inside it, and
the conditional updates keep it right for several processes too.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

import sqlalchemy as sa
from sqlalchemy.event import listen
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from backend_under_test.outcome import Outcome, Reason
from backend_under_test.settings import SettingsError

_METADATA = sa.MetaData()

# State and code are kept as digests: a leaked database must not let anybody finish an authorization.
_AUTHORIZATIONS = sa.Table(
    "authorizations",
    _METADATA,
    sa.Column("state_digest", sa.String, primary_key=True),
    sa.Column("user", sa.String, nullable=False),
    sa.Column("expires_at_s", sa.Float, nullable=False, index=True),
    sa.Column("code_digest", sa.String, index=True),
    sa.Column("reason", sa.String),
    sa.Column("sentence", sa.String),
    sa.Column("finished", sa.Boolean, nullable=False, default=False),
)
# Text without a length: a refresh token has about a thousand characters.
_GRANTS = sa.Table(
    "grants",
    _METADATA,
    sa.Column("user", sa.String, primary_key=True),
    sa.Column("account_url", sa.String, nullable=False),
    sa.Column("access_token", sa.Text, nullable=False),
    sa.Column("refresh_token", sa.Text, nullable=False),
    sa.Column("expires_at_s", sa.Float, nullable=False),
    sa.Column("refused", sa.Boolean, nullable=False, default=False),
)


# Who asks amoCRM for new tokens now, and until when nobody else may: a process can die meanwhile.
_LEASES = sa.Table(
    "leases",
    _METADATA,
    sa.Column("user", sa.String, primary_key=True),
    sa.Column("until_s", sa.Float, nullable=False),
)

# Statements are made once: making one takes longer than SQLite does to carry it out.
_MINE = _AUTHORIZATIONS.c.state_digest == sa.bindparam("state")
_OF_USER = _GRANTS.c.user == sa.bindparam("whose")
_FORGET = _AUTHORIZATIONS.delete().where(_AUTHORIZATIONS.c.expires_at_s < sa.bindparam("before_s"))
_START = _AUTHORIZATIONS.insert()
_SPEND = _AUTHORIZATIONS.update().where(
    _MINE & _AUTHORIZATIONS.c.code_digest.is_(None) & (_AUTHORIZATIONS.c.expires_at_s > sa.bindparam("now_s"))
)
_AUTHORIZATION = _AUTHORIZATIONS.select().where(_MINE)
_BY_CODE = _AUTHORIZATIONS.select().where(
    (_AUTHORIZATIONS.c.user == sa.bindparam("whose"))
    & (_AUTHORIZATIONS.c.code_digest == sa.bindparam("code"))
)
_FINISH = _AUTHORIZATIONS.update().where(_MINE)
_GRANT = _GRANTS.select().where(_OF_USER)
_DROP_GRANT = _GRANTS.delete().where(_OF_USER)
_ADD_GRANT = _GRANTS.insert()
_CHANGE_IF_STILL = _GRANTS.update().where(_OF_USER & (_GRANTS.c.refresh_token == sa.bindparam("still")))
_END_LEASE = _LEASES.delete().where(
    (_LEASES.c.user == sa.bindparam("whose")) & (_LEASES.c.until_s <= sa.bindparam("now_s"))
)
_LEASE = _LEASES.insert()


_FOREVER_S = 1e15
"""Later than any lease ends."""


@dataclass(frozen=True)
class Grant:
    """A user's tokens. `refused` once amoCRM has said that they are worth nothing any more."""

    user: str
    account_url: str
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at_s: float
    refused: bool = False


class Claimed(Enum):
    """What the pair of a state and a code turned out to be."""

    FRESH = auto()
    REPEATED = auto()
    UNKNOWN = auto()
    EXPIRED = auto()
    SPENT = auto()


@dataclass(frozen=True)
class Claim:
    """Whose state it is (empty when unknown), and how it ended when this very pair came before."""

    kind: Claimed
    user: str = ""
    outcome: Outcome | None = None


class Store:
    """A database by SQLAlchemy URL, with its tables. Raises SettingsError when it cannot be opened."""

    def __init__(self, database_url: str) -> None:
        try:
            self._engine = _engine(database_url)
            _METADATA.create_all(self._engine)
        except (SQLAlchemyError, ImportError) as error:
            raise SettingsError(
                "database_url cannot be opened: give one such as sqlite:////var/lib/backend/data.db "
                f"({type(error).__name__})."
            ) from error

    def close(self) -> None:
        """Close every connection; a database in memory is gone then."""
        self._engine.dispose()

    def start(self, state_digest: str, user: str, *, now_s: float, ttl_s: float) -> None:
        """Remember whom a new state belongs to, and drop those that nobody can use any more."""
        row = {"state_digest": state_digest, "user": user, "expires_at_s": now_s + ttl_s}
        with self._transaction() as run:
            run.execute(_FORGET, {"before_s": now_s - ttl_s})
            run.execute(_START, row)

    def claim(self, state_digest: str, code_digest: str, *, now_s: float) -> Claim:
        """Spend a state on a code, once; the same pair again is REPEATED."""
        mine = {"state": state_digest}
        with self._transaction() as run:
            spent = run.execute(_SPEND, {**mine, "now_s": now_s, "code_digest": code_digest})
            row = run.execute(_AUTHORIZATION, mine).mappings().one_or_none()
        if row is None:
            return Claim(Claimed.UNKNOWN)
        if row["code_digest"] is None:
            return Claim(Claimed.EXPIRED, row["user"])
        if row["code_digest"] != code_digest:
            return Claim(Claimed.SPENT, row["user"])
        if spent.rowcount:
            return Claim(Claimed.FRESH, row["user"])
        return Claim(Claimed.REPEATED, row["user"], _outcome(row))

    def owner(self, state_digest: str) -> str | None:
        """The user who started this authorization."""
        with self._transaction() as run:
            row = run.execute(_AUTHORIZATION, {"state": state_digest}).mappings().one_or_none()
        return None if row is None else row["user"]

    def outcome_of_code(self, user: str, code_digest: str) -> Outcome | None:
        """How the user's authorization with this code ended, if it did."""
        with self._transaction() as run:
            row = run.execute(_BY_CODE, {"whose": user, "code": code_digest}).mappings().first()
        return None if row is None else _outcome(row)

    def finish(self, state_digest: str, outcome: Outcome, grant: Grant | None = None) -> None:
        """Write how the authorization ended and its tokens: both or neither."""
        ended = {"reason": outcome.reason, "sentence": outcome.sentence, "finished": True}
        with self._transaction() as run:
            run.execute(_FINISH, {"state": state_digest, **ended})
            if grant is not None:
                run.execute(_DROP_GRANT, {"whose": grant.user})
                run.execute(_ADD_GRANT, vars(grant))

    def grant(self, user: str) -> Grant | None:
        """The user's tokens, also those that amoCRM has refused."""
        with self._transaction() as run:
            row = run.execute(_GRANT, {"whose": user}).one_or_none()
        return None if row is None else Grant(*row)

    def replace(self, old: Grant, new: Grant) -> None:
        """Put refreshed tokens in the place of `old`, unless the user has connected anew meanwhile."""
        self._update_if_still(old, vars(new))

    def lease(self, user: str, *, now_s: float, for_s: float) -> bool:
        """Let one caller alone, in whichever process, refresh a user's tokens; False: another one does."""
        with self._transaction() as run:
            run.execute(_END_LEASE, {"whose": user, "now_s": now_s})
            try:
                run.execute(_LEASE, {"user": user, "until_s": now_s + for_s})
            except IntegrityError:
                return False
        return True

    def end_lease(self, user: str) -> None:
        """Let the next one refresh."""
        with self._transaction() as run:
            run.execute(_END_LEASE, {"whose": user, "now_s": _FOREVER_S})

    def refuse(self, old: Grant) -> None:
        """Note that amoCRM no longer honours `old`, unless the user has connected anew meanwhile."""
        self._update_if_still(old, {"refused": True})

    def _update_if_still(self, old: Grant, values: dict[str, Any]) -> None:
        with self._transaction() as run:
            run.execute(_CHANGE_IF_STILL, {**values, "whose": old.user, "still": old.refresh_token})

    @contextmanager
    def _transaction(self) -> Generator[sa.Connection]:
        with self._engine.begin() as connection:
            yield connection


def _outcome(row: sa.RowMapping) -> Outcome | None:
    if not row["finished"]:
        return None
    return Outcome(Reason(row["reason"]) if row["reason"] else None, row["sentence"])


def _engine(database_url: str) -> sa.Engine:
    url = sa.make_url(database_url)
    if url.get_backend_name() != "sqlite":
        return sa.create_engine(url)
    # A database in memory lives in one connection, shared; the serving loop is its only user.
    memory = url.database in {None, "", ":memory:"}
    pool = {"poolclass": StaticPool} if memory else {}
    engine = sa.create_engine(url, connect_args={"check_same_thread": False}, **pool)
    if not memory:
        listen(engine, "connect", _use_write_ahead_log)
    return engine


def _use_write_ahead_log(connection: Any, _record: object) -> None:
    """A commit that survives the death of the process without waiting for the disk each time."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA busy_timeout=5000")
