"""The only memory of a run: frozen events on one monotonic clock, secrets masked as they are recorded.

Owns recording, masking, saving and loading. It must not judge (that is `harness.contract`) and must
not know who listens. Vocabulary: see `harness.timeline.vocabulary`.
"""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self, cast, get_args

from harness.errors import HarnessError, UsageError
from harness.timeline.masking import SecretMask
from harness.timeline.vocabulary import VOCABULARY

Actor = Literal["scenario", "app", "webview", "gateway", "backend", "amo"]
ACTORS: tuple[str, ...] = get_args(Actor)
FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Event:
    """Something that one actor did, at `at_ns` of the machine's monotonic clock."""

    index: int
    at_ns: int
    actor: Actor
    kind: str
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def get(self, key: str, default: Any = None) -> Any:
        """Return a value of the event's data."""
        return self.data.get(key, default)

    def text(self, key: str) -> str:
        """Return a value as text; absent is empty."""
        value = self.data.get(key)
        return "" if value is None else str(value)

    def is_a(self, actor: str, kind: str) -> bool:
        """Tell whether the event is of this actor and kind."""
        return self.actor == actor and self.kind == kind


@dataclass(frozen=True, eq=False)
class Timeline:
    """What happened in one scenario, in the order of the clock. Immutable; the clauses read it.

    It is itself and equal to no other, so that what was read of it can be kept.
    """

    events: tuple[Event, ...] = ()

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def __len__(self) -> int:
        return len(self.events)

    def of(self, actor: Actor, kind: str | None = None, /, **values: Any) -> tuple[Event, ...]:
        """Return the actor's events of a kind whose data has these values."""
        return tuple(
            event
            for event in self._of_actors.get(actor, ())
            if kind in (None, event.kind)
            and all(event.data.get(key) == value for key, value in values.items())
        )

    @cached_property
    def _of_actors(self) -> Mapping[str, Sequence[Event]]:
        actors: dict[str, list[Event]] = {}
        for event in self.events:
            actors.setdefault(event.actor, []).append(event)
        return actors

    def first(self, actor: Actor, kind: str, /, **values: Any) -> Event | None:
        """Return the earliest such event, or None."""
        return next(iter(self.of(actor, kind, **values)), None)

    def last(self, actor: Actor, kind: str, /, **values: Any) -> Event | None:
        """Return the latest such event, or None."""
        return next(reversed(self.of(actor, kind, **values)), None)

    def save(self, path: Path) -> None:
        """Write the timeline as JSON, whole or not at all."""
        rows = [
            {"index": e.index, "at_ns": e.at_ns, "actor": e.actor, "kind": e.kind, "data": e.data}
            for e in self.events
        ]
        text = json.dumps({"version": FORMAT_VERSION, "events": rows}, ensure_ascii=False, indent=1)
        write_whole(path, text + "\n")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a saved timeline; `UsageError` names the file and what is wrong with it."""
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except OSError as trouble:
            raise UsageError(f"{path}: cannot be read ({trouble.strerror})") from trouble
        except ValueError as trouble:
            raise UsageError(f"{path}: not a saved timeline ({trouble})") from trouble
        return cls(_events(document, path))


def _events(document: Any, path: Path) -> tuple[Event, ...]:
    saved = cast("dict[str, Any]", document) if isinstance(document, dict) else {}
    if saved.get("version") != FORMAT_VERSION or not isinstance(saved.get("events"), list):
        raise UsageError(f"{path}: not a saved timeline of version {FORMAT_VERSION}")
    return tuple(_event(row, index, path) for index, row in enumerate(cast("list[Any]", saved["events"])))


def _event(row: Any, index: int, path: Path) -> Event:
    try:
        event = Event(**row)
    except TypeError as trouble:
        raise UsageError(f"{path}: event {index} is malformed ({trouble})") from trouble
    if (event.index, type(event.at_ns), type(event.data)) != (index, int, dict):
        raise UsageError(f"{path}: event {index} is malformed (its index, at_ns or data)")
    if event.kind not in VOCABULARY.get(event.actor, ()):
        raise UsageError(f"{path}: event {index} is malformed (no event `{event.actor}.{event.kind}`)")
    return event


def write_whole(path: Path, text: str) -> None:
    """Write a file beside its place and move it there, so that nobody sees half of it.

    A lone surrogate, which a page's text may hold, is written as its JSON escape.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_text(text, encoding="utf-8", errors="backslashreplace")
    part.replace(path)


class Recorder:
    """Where the actors append. Any thread may record; `timeline()` is the frozen view, by the clock."""

    def __init__(self, clock_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._clock_ns = clock_ns
        self._changed = threading.Condition()
        self._rows: list[tuple[int, int, Actor, str, dict[str, Any]]] = []
        self.mask = SecretMask()

    def secret(self, label: str, value: str) -> None:
        """Make a value known as a secret: from now on it is recorded only as its mask."""
        self.mask.add(label, value)

    def record(self, actor: Actor, kind: str, /, *, at_ns: int | None = None, **data: Any) -> None:
        """Append an event, masked, at the given moment or now; a word outside the vocabulary is refused."""
        if kind not in VOCABULARY[actor]:
            raise HarnessError(
                f"the timeline knows no event `{actor}.{kind}`: add it to harness/timeline/vocabulary.py"
            )
        moment = self._clock_ns() if at_ns is None else at_ns
        masked = {key: self.mask.apply(value) for key, value in data.items()}
        with self._changed:
            self._rows.append((moment, len(self._rows), actor, kind, masked))
            self._changed.notify_all()

    def wait_for(self, seen: Callable[[Timeline], bool], *, timeout_s: float) -> bool:
        """Wait until the timeline satisfies a predicate; False when it did not in time."""
        with self._changed:
            return self._changed.wait_for(lambda: seen(self.timeline()), timeout_s)

    def timeline(self) -> Timeline:
        """Return everything recorded so far, in the order of the clock, numbered from 0."""
        with self._changed:
            rows = sorted(self._rows, key=lambda row: row[:2])
        return Timeline(tuple(Event(i, row[0], row[2], row[3], row[4]) for i, row in enumerate(rows)))
