"""What the backend tells the outside about its work: events for a listener, lines for its output.

Owns their shape and the escaping of lines. Must not decide where they go, and no caller passes a code, a
token or the secret: `digest` gives what stands for them.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Value = str | int | float | bool | None


@dataclass(frozen=True)
class BackendEvent:
    """One thing that happened. `at_ns` is `time.monotonic_ns()`; `data` is plain and free of secrets."""

    kind: str
    at_ns: int
    data: Mapping[str, Value] = field(default_factory=dict[str, Value])


OnEvent = Callable[[BackendEvent], None]
FormatLine = Callable[[str, str, Mapping[str, Value]], str]


def digest(secret: str) -> str:
    """A name for a secret that does not give it away, the same each time: 64 hex digits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def format_line(level: str, message: str, fields: Mapping[str, Value]) -> str:
    """One line of output. Values are JSON in ASCII, so no value can begin a line of its own or a colour."""
    return " ".join([level, message, *(f"{name}={json.dumps(value)}" for name, value in fields.items())])


class Journal:
    """Hands events to the one listener, from the thread that serves."""

    def __init__(self, on_event: OnEvent | None, line: FormatLine = format_line) -> None:
        self._on_event = on_event
        self._line = line

    def event(self, kind: str, **data: Value) -> None:
        """Tell the listener, if there is one."""
        if self._on_event is not None:
            self._on_event(BackendEvent(kind, time.monotonic_ns(), data))

    def log(self, level: str, message: str, **fields: Value) -> None:
        """Write output: a `log_line` event for each line, which the process prints when it runs alone."""
        for line in self._line(level, message, fields).splitlines():
            self.event("log_line", line=line)
