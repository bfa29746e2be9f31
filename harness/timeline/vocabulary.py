"""All events together: which there are, and each as the plain data of a saved timeline.

Owns turning an event into data and back. Must not know files (`harness.timeline.timeline` does).
"""

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import Any, cast

from harness.timeline import amo_events, gateway_events, page_events
from harness.timeline.events import ACTORS, EVENTS, Event

__all__ = [
    "ACTORS",
    "EVENTS",
    "MalformedEvent",
    "amo_events",
    "data_of",
    "event_from",
    "facts_of",
    "gateway_events",
    "news_of",
    "page_events",
]

OF_EVERY_EVENT = frozenset(each.name for each in fields(Event))


class MalformedEvent(Exception):  # noqa: N818 - what is wrong with a row of a saved timeline
    """A row that is no event; the message says why."""


@cache
def _own_fields(kind: type[Event]) -> tuple[Field[Any], ...]:
    return tuple(each for each in fields(kind) if each.name not in OF_EVERY_EVENT)


def facts_of(event: Event) -> dict[str, Any]:
    """Return an event's own fields, without its place and its moment."""
    return {each.name: getattr(event, each.name) for each in _own_fields(type(event))}


def data_of(event: Event) -> dict[str, Any]:
    """Return an event's own fields as plain data."""
    return {name: plain(value) for name, value in facts_of(event).items()}


def plain(value: Any) -> Any:
    """Return a value of a field as plain data; what is plain already is not copied, unlike by `asdict`."""
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, tuple | list):
        return [plain(each) for each in cast("list[Any]", value)]
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in cast("Mapping[Any, Any]", value).items()}
    return value


def news_of(event: Event) -> dict[str, Any]:
    """Return an event's own fields that are not what they are by default."""
    own = ((each, getattr(event, each.name)) for each in _own_fields(type(event)))
    return {
        each.name: value
        for each, value in own
        if value != each.default and (value or each.default_factory is MISSING)
    }


@cache
def _reader(kind: type[Event]) -> Any:
    from pydantic import TypeAdapter  # noqa: PLC0415 - takes a tenth of a second, and only saved runs need it

    return TypeAdapter(kind)


def event_from(row: Any, index: int) -> Event:
    """Return the event that a row of a saved timeline holds, at its place; else MalformedEvent says why."""
    if not isinstance(row, dict):
        raise MalformedEvent("it is no object")
    saved = cast("dict[str, Any]", row)
    if set(saved) != {"index", "at_ns", "actor", "kind", "data"}:
        raise MalformedEvent(f"it has {', '.join(map(str, saved)) or 'nothing'}")
    if (saved["index"], type(saved["at_ns"]), type(saved["data"])) != (index, int, dict):
        raise MalformedEvent("its index, at_ns or data")
    known = EVENTS.get((saved["actor"], saved["kind"]))
    if known is None:
        raise MalformedEvent(f"no event `{saved['actor']}.{saved['kind']}`")
    whole = cast("dict[str, Any]", saved["data"]) | {"index": index, "at_ns": saved["at_ns"]}
    unknown = set(whole) - {each.name for each in fields(known)}
    if unknown:
        raise MalformedEvent(f"{known.__name__} has no field {', '.join(sorted(unknown))}")
    try:
        return _reader(known).validate_json(json.dumps(whole), strict=True)
    except ValueError as error:
        raise MalformedEvent(_first_line(error)) from error


def _first_line(error: ValueError) -> str:
    lines = str(error).splitlines()
    return " ".join(line.strip() for line in lines[1:3]) or lines[0]
