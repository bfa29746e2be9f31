"""The vocabulary as a page to read, `docs/timeline.md`.

Owns the page's wording. What an event means is said beside it, in `harness.timeline`'s modules of events.
"""

import ast
import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from pathlib import Path
from types import ModuleType, NoneType, UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from harness.timeline import amo_events, events, gateway_events, page_events
from harness.timeline.timeline import FORMAT_VERSION
from harness.timeline.vocabulary import ACTORS, EVENTS, OF_EVERY_EVENT

MODULES: tuple[ModuleType, ...] = (events, page_events, gateway_events, amo_events)
PLAIN: Mapping[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    NoneType: "null",
    Any: "anything",
}
HEAD = f"""\
# The timeline

Written by `make docs`; change the events, not this page.

What happened in one scenario, in the order of one monotonic clock. Clauses judge it, and nothing else.
A saved timeline is JSON: `{{"version": {FORMAT_VERSION}, "events": […]}}`. Each event there has `index`
(its place, from 0), `at_ns` (the machine's monotonic clock, in nanoseconds), `actor`, `kind` and `data`,
whose fields are below. In Python an event is the frozen dataclass that is named beside it. Secrets are masked
as they are recorded, the same value by the same mask: `‹code:1f2e3d4c›`.
"""


def timeline_page() -> str:
    """Return the page in Markdown."""
    return HEAD + "".join(f"\n## {actor}\n{_events_of(actor)}" for actor in ACTORS) + _parts()


def _events_of(actor: str) -> str:
    own = [event for (by, _), event in EVENTS.items() if by == actor]
    return "".join(_section(f"{event.actor}.{event.kind}", event) for event in own)


def _parts() -> str:
    parts = (page_events.Button, page_events.Violation)
    return "\n## Parts of events\n" + "".join(_section(part.__name__, part) for part in parts)


def _section(title: str, kind: type[Any]) -> str:
    says = " ".join((kind.__doc__ or "").split())
    head = f"\n### {title}\n\n{says}"
    name = "" if title == kind.__name__ else f" `{kind.__name__}`"
    rows = [_row(kind, each) for each in fields(kind) if each.name not in OF_EVERY_EVENT]
    table = "\n| field | holds | default | meaning |\n|---|---|---|---|\n" + "".join(rows) if rows else ""
    return f"{head}{name}\n{table}"


def _row(kind: type[Any], own: Field[Any]) -> str:
    holds = in_words(_hints(kind)[own.name])
    cells = (f"`{own.name}`", holds, _default(own), meaning(kind, own.name))
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |\n"


def _default(own: Field[Any]) -> str:
    if own.default_factory is not MISSING or own.default in ("", ()):
        return "empty"
    if own.default is MISSING:
        return "needed"
    return json.dumps(own.default).strip('"')


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    return get_type_hints(kind)


def in_words(hint: Any) -> str:
    """Say what a field of this type holds in a saved timeline."""
    arguments = get_args(hint)
    if hint in PLAIN:
        return PLAIN[hint]
    if is_dataclass(hint):
        return f"{cast('type[Any]', hint).__name__}, below"
    if get_origin(hint) is Literal:
        return ", ".join(f"`{value}`" for value in arguments)
    if get_origin(hint) in (Union, UnionType):
        return " or ".join(in_words(each) for each in arguments)
    if get_origin(hint) is tuple:
        several = arguments[1:] == (...,)
        return f"list of: {in_words(arguments[0])}" if several else f"pair of: {in_words(arguments[0])}"
    return f"object of: {in_words(arguments[1])}"


def meaning(kind: type[Any], name: str) -> str:
    """Return what is written under a field of a dataclass, or of one that it is a kind of; else nothing."""
    return next((said for each in kind.__mro__ if (said := _written().get((each.__name__, name)))), "")


@cache
def _written() -> Mapping[tuple[str, str], str]:
    return {
        (each.name, field): said
        for module in MODULES
        for each in ast.parse(Path(cast("str", module.__file__)).read_text(encoding="utf-8")).body
        if isinstance(each, ast.ClassDef)
        for field, said in _said_under_fields(each)
    }


def _said_under_fields(kind: ast.ClassDef) -> list[tuple[str, str]]:
    return [
        (field.target.id, " ".join(said.value.value.split()))
        for field, said in zip(kind.body, kind.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(said, ast.Expr) and isinstance(said.value, ast.Constant)
        if isinstance(said.value.value, str)
    ]
