"""What happened in one scenario: frozen events on one monotonic clock, in their order.

Owns asking, saving and loading. It must not record (`harness.timeline.recorder`) or judge
(`harness.contract`).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self, TypeVar, cast

from harness.errors import UsageError
from harness.given_files import text_given
from harness.timeline.events import Event
from harness.timeline.files import write_whole
from harness.timeline.vocabulary import MalformedEvent, data_of, event_from

FORMAT_VERSION = 3
E = TypeVar("E", bound=Event)


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

    def of(self, kind: type[E]) -> tuple[E, ...]:
        """Return the events of a type, in their order."""
        return cast("tuple[E, ...]", self._of_types.get(kind, ()))

    @cached_property
    def _of_types(self) -> Mapping[type[Event], tuple[Event, ...]]:
        """Each event under its own type and under those that it is a kind of."""
        found: dict[type[Event], list[Event]] = {}
        for event in self.events:
            for kind in type(event).__mro__:
                if issubclass(kind, Event):
                    found.setdefault(kind, []).append(event)
        return {kind: tuple(events) for kind, events in found.items()}

    def first(self, kind: type[E]) -> E | None:
        """Return the earliest event of a type, or None."""
        return next(iter(self.of(kind)), None)

    def last(self, kind: type[E]) -> E | None:
        """Return the latest event of a type, or None."""
        return next(reversed(self.of(kind)), None)

    def save(self, path: Path) -> None:
        """Write the timeline as JSON, an event a line, whole or not at all."""
        rows = (
            {"index": e.index, "at_ns": e.at_ns, "actor": e.actor, "kind": e.kind, "data": data_of(e)}
            for e in self.events
        )
        lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        write_whole(path, f'{{"version": {FORMAT_VERSION}, "events": [\n{lines}\n]}}\n')

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a saved timeline; `UsageError` names the file and what is wrong with it."""
        try:
            document = json.loads(text_given(path))
        except OSError as error:
            raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{path}: not a saved timeline ({error})") from error
        return cls(_events(document, path))


def _events(document: Any, path: Path) -> tuple[Event, ...]:
    saved = cast("dict[str, Any]", document) if isinstance(document, dict) else {}
    version = saved.get("version")
    if isinstance(version, int) and version < FORMAT_VERSION and isinstance(saved.get("events"), list):
        raise UsageError(
            f"{path}: saved by an older amo-harness (format {version}, this one reads {FORMAT_VERSION}): "
            "play the scenario again"
        )
    if version != FORMAT_VERSION or not isinstance(saved.get("events"), list):
        raise UsageError(f"{path}: not a saved timeline of version {FORMAT_VERSION}")
    return tuple(_event(row, index, path) for index, row in enumerate(cast("list[Any]", saved["events"])))


def _event(row: Any, index: int, path: Path) -> Event:
    try:
        return event_from(row, index)
    except MalformedEvent as error:
        raise UsageError(f"{path}: event {index} is malformed ({error})") from error
