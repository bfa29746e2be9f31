"""What fake amoCRM and the backend's processes tell during load, kept in a file: a line an event, with marks.

Owns that file's lines. It keeps nothing in memory and judges nothing.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from fake_amo import AmoEvent
from harness.load.driving.marks import Marks
from harness.timeline.events import TurnedElsewhere

TURNED_ELSEWHERE, BACKEND_WROTE, BACKEND_ENDED = "turned_elsewhere", "backend_wrote", "backend_ended"
HTTP_OK = 200
_FACTS: Mapping[str, tuple[str, ...]] = {
    "consent_given": ("state", "account_id"),
    "consent_declined": ("state",),
    "code_issued": ("account_id",),
    "token_request": ("grant_type", "status", "problem", "hint", "client_ok"),
    "tokens_issued": ("grant_type", "account_id", "expires_in"),
    "api_request": ("method", "path", "status", "account_id"),
    "fault_used": ("step", "kind", "harmless", "ms", "when"),
    "unrouted": ("method", "path"),
    "fake_failed": ("text",),
}
"""By kind, what is kept as it is; every other kind is left out."""
_SECRETS = ("code", "refresh_token", "access_token")


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that amoCRM did. Secrets are marks of 16 digits, empty where there is none."""

    at_ns: int
    kind: str
    facts: Mapping[str, Any]
    code: str = ""
    refresh: str = ""
    access: str = ""
    faults: tuple[Mapping[str, Any], ...] = ()
    """What it was made to do wrong about this very thing."""

    @property
    def answered_at_ns(self) -> int:
        """When the answer was sent at the earliest: a slow one is decided before."""
        slow_ms = sum(int(each.get("ms") or 0) for each in self.faults)
        return self.at_ns + 1_000_000 * slow_ms

    @property
    def is_lost(self) -> bool:
        """Whether no usable answer reached the backend."""
        return any(not each.get("harmless") and each["kind"] != "problem" for each in self.faults)

    @property
    def is_failure(self) -> bool:
        """Whether amoCRM was made to answer otherwise than it would have."""
        return any(not each.get("harmless") for each in self.faults)


class Ear:
    """Hears the fake, and writes."""

    def __init__(self, path: Path, marks: Marks) -> None:
        self._file = path.open("w", encoding="utf-8", buffering=1 << 16)
        self._marks = marks

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def hear_stranger(self, call: TurnedElsewhere, at_ns: int) -> None:
        """Write what the backend sent to somebody whom a callback named in amoCRM's place."""
        facts = {"host": call.host, "tls": call.tls, "request": self._marks.hide(call.request)}
        self._write([at_ns, TURNED_ELSEWHERE, facts])

    def hear_secret(self, line: str, at_ns: int) -> None:
        """Write a line of the backend's output that held a secret, its mask in the secret's place."""
        self._write([at_ns, BACKEND_WROTE, {"line": line}])

    def hear_end(self, exit_code: int | None, at_ns: int) -> None:
        """Write that a process of the backend ended by itself."""
        self._write([at_ns, BACKEND_ENDED, {"exit_code": exit_code}])

    def flush(self) -> None:
        """Have everything heard so far in the file."""
        self._file.flush()

    def hear(self, event: AmoEvent) -> None:
        """Write one event, if it is of those that matter."""
        names = _FACTS.get(event.kind)
        if names is None or self._file.closed:
            return
        facts = {name: event.data[name] for name in names if event.data.get(name) is not None}
        row: list[Any] = [event.at_ns, event.kind, facts]
        marks = {label: self._marks.of(value) for label in _SECRETS if (value := event.secrets.get(label))}
        if marks:
            row.append(marks)
        self._write(row)

    def _write(self, row: list[Any]) -> None:
        self._file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")


def told_in(path: Path) -> Iterator[Told]:
    """Yield what was told, in its order; a fault goes with the request that met it, which follows it."""
    faults: list[Mapping[str, Any]] = []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            at_ns, kind, facts, *marks = json.loads(line)
            if kind == "fault_used":
                faults.append(facts)
                continue
            named: Mapping[str, str] = marks[0] if marks else {}
            yield Told(
                at_ns,
                kind,
                facts,
                named.get("code", ""),
                named.get("refresh_token", ""),
                named.get("access_token", ""),
                tuple(faults) if kind in ("token_request", "api_request") else (),
            )
            if kind in ("token_request", "api_request"):
                faults = []
