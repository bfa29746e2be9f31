"""All events together: which there are, and each as the plain data of a saved timeline.

Owns turning an event into data and back. Must not know files (`harness.timeline.timeline` does).
"""

import json
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from functools import cache
from typing import Any, cast

from harness.errors import HarnessError
from harness.timeline import amo_events, page_events
from harness.timeline.amo_events import amo_event
from harness.timeline.events import ACTORS, EVENTS, Event

__all__ = [
    "ACTORS",
    "EVENTS",
    "MalformedEvent",
    "amo_events",
    "data_of",
    "event_from",
    "event_of",
    "facts_of",
    "news_of",
    "page_events",
]

OF_EVERY_EVENT = frozenset(each.name for each in fields(Event))


class MalformedEvent(Exception):  # noqa: N818 - what is wrong with a row of a saved timeline
    """A row that is no event; the message says why."""


def facts_of(event: Event) -> dict[str, Any]:
    """Return an event's own fields, without its place and its moment."""
    return {each.name: getattr(event, each.name) for each in fields(event) if each.name not in OF_EVERY_EVENT}


def data_of(event: Event) -> dict[str, Any]:
    """Return an event's own fields as plain data."""
    return {name: value for name, value in asdict(event).items() if name not in OF_EVERY_EVENT}


def news_of(event: Event) -> dict[str, Any]:
    """Return an event's own fields that are not what they are by default."""
    own = {each.name: each for each in fields(event)}
    return {
        name: value
        for name, value in facts_of(event).items()
        if value != own[name].default and (value or own[name].default_factory is MISSING)
    }


def event_of(actor: str, kind: str, data: Mapping[str, Any]) -> Event:
    """Return the event of these names with these facts; HarnessError for one that there is not.

    What amoCRM tells beyond an event's own fields is kept in its `details`.
    """
    if actor == "amo":
        return amo_event(kind, data)
    known = EVENTS.get((actor, kind))
    if known is None:
        raise HarnessError(
            f"the timeline knows no event `{actor}.{kind}`: add it to harness/timeline/events.py"
        )
    told: dict[str, Any] = _renamed(actor, kind, data)
    try:
        return known(**told)
    except TypeError as error:
        raise HarnessError(f"`{actor}.{kind}` is told wrongly: {error}") from error


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


_LEGACY: Mapping[str, Mapping[str, str]] = {
    "app.response": {"trouble": "unreadable"},
    "gateway.probe": {"trouble": "unreadable"},
    "backend.started": {"name": "backend"},
}


_FROZEN = {("gateway", "request"), ("gateway", "response"), ("webview", "left_alone"), ("scenario", "did")}


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _frozen(each) for key, each in cast("dict[str, Any]", value).items()}
    return tuple(map(_frozen, cast("list[Any]", value))) if isinstance(value, list) else value


def _renamed(actor: str, kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    names = _LEGACY.get(f"{actor}.{kind}", {})
    told: dict[str, Any] = {names.get(name, name): value for name, value in data.items()}
    if (actor, kind) in _FROZEN:
        told = {name: _frozen(value) for name, value in told.items()}
    if (actor, kind) == ("backend", "event") and "details" not in told:
        told = {"what": told.pop("name", ""), "details": told}
    if (actor, kind) == ("webview", "page"):
        button, contrasts = told.get("button"), cast("list[dict[str, Any]]", told.get("contrasts") or [])
        if isinstance(button, dict):
            told["button"] = page_events.Button(**cast("dict[str, Any]", button))
        told["contrasts"] = tuple(page_events.Contrast(**each) for each in contrasts)
    return told
