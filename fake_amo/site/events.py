"""What the fake says of itself: events for a listener, a bounded journal of requests, trouble.

Owns masking. Events carry raw values and name the secret ones; the journal carries only masked ones.
"""

import hashlib
import os
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

SECRET_NAMES = frozenset(
    {
        "access_token",
        "authorization",
        "client_secret",
        "code",
        "cookie",
        "password",
        "refresh_token",
        "x-refresh-token",
    }
)
_SALT = os.urandom(16)


def masked(label: str, value: str) -> str:
    """Return a stand-in that is the same for the same value in this process, and tells nothing else."""
    digest = hashlib.blake2b(value.encode("utf-8", "surrogatepass"), key=_SALT, digest_size=4).hexdigest()
    return f"<{label} {digest}>"


def mask_pairs(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return name to value, the secret ones masked."""
    return {
        name: masked(name, str(value)) if name.lower() in SECRET_NAMES and value else value
        for name, value in pairs
    }


@dataclass(frozen=True, slots=True)
class AmoEvent:
    """Something that happened in the fake.

    kind is one of the names in `EVENT_KINDS`; at_ns is time.monotonic_ns(); data holds raw values;
    secrets maps a label to each value in data (or behind it) that must not be shown.
    """

    kind: str
    at_ns: int
    data: Mapping[str, Any]
    secrets: Mapping[str, str]


EVENT_KINDS = (
    "sign_in_shown",
    "signed_in",
    "consent_shown",
    "consent_given",
    "consent_declined",
    "redirected",
    "code_issued",
    "token_request",
    "tokens_issued",
    "token_held",
    "token_released",
    "answer_held",
    "answer_released",
    "api_request",
    "unrouted",
    "fault_used",
    "clock_advanced",
    "hook_sent",
    "fake_failed",
)


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One request: asked what, by whom, when, and how it was answered. Secrets are masked."""

    at: str
    """The fake's clock, ISO 8601 in UTC."""
    advanced_s: float
    """How far that clock had been moved by hand: other clocks agree with it only while this is 0."""
    method: str
    host: str
    path: str
    query: dict[str, Any]
    fields: dict[str, Any]
    """The body's fields; empty for a body that is not an object or form."""
    client: str
    """Address the request came from."""
    user_agent: str
    who: dict[str, Any]
    """What the fake recognised: client_id, account_id, user_id, grant_type."""
    status: int | None
    """None where the connection was reset instead."""
    fault: str | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that must not pass in silence."""

    kind: str
    """`exception`: a defect of the fake."""
    text: str


class UnmodelledCall(NamedTuple):
    """A call that amoCRM may know and the fake does not: answered 404 or 405 and noted, no trouble."""

    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(slots=True)
class Journal:
    """The last requests, oldest first."""

    size: int
    _entries: deque[JournalEntry] = field(init=False)

    def __post_init__(self) -> None:
        """Start empty."""
        self._entries = deque(maxlen=self.size)

    def add(self, entry: JournalEntry) -> None:
        """Remember one more, forgetting the oldest beyond the size."""
        self._entries.append(entry)

    def entries(self) -> list[JournalEntry]:
        """Return what is remembered."""
        return list(self._entries)

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()


def iso_time(seconds: float) -> str:
    """Return a time of the fake's clock for a reader."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
