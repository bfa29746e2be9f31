"""What the app reads in the backend's JSON: values at dotted paths, and in plain words what is missing.

Owns reading alone. A missing value is never an error of the harness: the app goes on as JavaScript
would with `undefined`, and the sentence that says what was unreadable goes into the timeline.
"""

import json
from dataclasses import dataclass
from typing import Any, cast


@dataclass(frozen=True, slots=True)
class Reading:
    """A value found in an answer, or None and the sentence that says why there is none."""

    value: Any = None
    unreadable: str | None = None


def json_of(body: str) -> Any:
    """Return the parsed body, without a byte order mark as WebKit and iOS read it.

    Text that is not JSON stays text, as axios leaves it.
    """
    try:
        document = json.loads(body.removeprefix("\ufeff"))
        return _whole(document) if "\\u" in body else document
    except (ValueError, RecursionError):
        return body


def _whole(value: Any) -> Any:
    """Return a value without halves of surrogate pairs, which no address and no file can hold."""
    if isinstance(value, str):
        return (
            value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        )
    if isinstance(value, list):
        return [_whole(each) for each in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {_whole(name): _whole(each) for name, each in cast("dict[str, Any]", value).items()}
    return value


def at(document: Any, dotted: str) -> Any:
    """Return the value at a dotted path, or None; the empty path is the document itself.

    A number is the place in a list.
    """
    if not dotted:
        return document
    found = document
    for name in dotted.split("."):
        if isinstance(found, list):
            entries = cast("list[Any]", found)
            found = entries[int(name)] if name.isdecimal() and int(name) < len(entries) else None
        elif isinstance(found, dict):
            found = cast("dict[str, Any]", found).get(name)
        else:
            return None
    return found


def flag(document: Any, dotted: str, setting: str) -> Reading:
    """Read a boolean."""
    value = at(document, dotted)
    if isinstance(value, bool):
        return Reading(value)
    return Reading(unreadable=_missing(document, dotted, setting, "true or false"))


def rows(document: Any, dotted: str, setting: str) -> Reading:
    """Read a list."""
    value = at(document, dotted)
    if isinstance(value, list):
        return Reading(cast("list[Any]", value))
    return Reading(unreadable=_missing(document, dotted, setting, "a list"))


def _missing(document: Any, dotted: str, setting: str, expected: str) -> str:
    if dotted and not isinstance(document, dict | list):
        return f"the answer is no JSON object, so `{dotted}` cannot be read"
    value = at(document, dotted)
    seen = "nothing" if value is None else _shown(value)
    return f"the answer has {seen} at `{dotted}` instead of {expected}; set {setting} to where it is"


def _shown(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)[:60]
    except RecursionError:
        return "something that goes very deep"
