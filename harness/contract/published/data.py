"""The contract as data: `contract.json`.

Owns the document and the comparison of two of them. Everything in it comes from the clauses and from a
backend's configuration; nothing is written twice.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from harness.config.settings import BackendConfig, reference_config
from harness.contract import CONTRACT
from harness.contract.published.deep_link_grammar import abnf, error_pattern, success_pattern
from harness.contract.published.openapi import openapi

FORMAT = 1
VERSION = "1.0.0"
"""Of the contract: the first number rises when a backend that passed may fail, the second when something
is added that only warns, the third for words."""

Kind = Literal["added", "removed", "changed"]
Data = Mapping[str, Any]


def contract_data(config: BackendConfig | None = None) -> dict[str, Any]:
    """Return the contract for a backend's paths and link, or for the defaults."""
    config = config or reference_config()
    link = config.deep_link
    return {
        "format": FORMAT,
        "version": VERSION,
        "clauses": [
            {"id": each.id, "level": each.level, "title": each.title, "source": each.source}
            for each in CONTRACT
        ],
        "deep_link": {
            "base": link.base,
            "abnf": abnf(link),
            "success": success_pattern(link),
            "error": error_pattern(link),
            "what_the_app_does": [
                {"link": "success=true", "clauses": ["APP-01", "APP-02", "APP-03"]},
                {"link": "error", "clauses": ["APP-04"]},
                {"link": "code alone", "clauses": ["APP-05"]},
                {"link": "none of these", "clauses": ["APP-06"]},
            ],
        },
        "openapi": openapi(config, version=VERSION),
    }


def contract_json(config: BackendConfig | None = None) -> str:
    """Return contract.json."""
    return json.dumps(contract_data(config), ensure_ascii=False, indent=2) + "\n"


@dataclass(frozen=True, slots=True)
class Change:
    """One change: `what` is a clause, an operation or a part of the link; `told` says how it changed."""

    kind: Kind
    what: str
    told: str = ""

    def __str__(self) -> str:
        return f"{self.kind:<8} {self.what}{': ' if self.told else ''}{self.told}"


def changes(old: Data, new: Data) -> list[Change]:
    """Return what changed from one contract.json to another, clauses first; the version is not compared."""
    return [
        *_rows(_clauses(old), _clauses(new)),
        *_rows(_operations(old), _operations(new)),
        *_rows(_flat(old["deep_link"], "deep link"), _flat(new["deep_link"], "deep link")),
        *_rows(_security(old), _security(new)),
    ]


def _clauses(data: Data) -> dict[str, Any]:
    return {row["id"]: {name: row[name] for name in ("level", "title", "source")} for row in data["clauses"]}


def _operations(data: Data) -> dict[str, Any]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in data["openapi"]["paths"].items()
        for method, operation in methods.items()
    }


def _security(data: Data) -> dict[str, Any]:
    schemes = data["openapi"]["components"]["securitySchemes"]
    return {f"header {name}": scheme for name, scheme in schemes.items()}


def _rows(old: Data, new: Data) -> Iterator[Change]:
    for what, value in new.items():
        if what not in old:
            yield Change("added", what, _short(value))
            continue
        for name, (before, now) in _differences(old[what], value).items():
            yield Change("changed", what, f"{name + ' ' if name else ''}{_short(before)} → {_short(now)}")
    for what, value in old.items():
        if what not in new:
            yield Change("removed", what, _short(value))


_ABSENT = object()


def _differences(old: Any, new: Any) -> dict[str, tuple[Any, Any]]:
    """Return the leaves in which two values differ, by dotted path."""
    before, now = _flat(old), _flat(new)
    return {
        name: (before.get(name, _ABSENT), now.get(name, _ABSENT))
        for name in {**before, **now}
        if before.get(name, _ABSENT) != now.get(name, _ABSENT)
    }


def _flat(value: Any, prefix: str = "") -> dict[str, Any]:
    """Return a value's leaves by dotted path; a list is a leaf."""
    if not isinstance(value, dict) or not value:
        return {prefix: value}
    flat: dict[str, Any] = {}
    for name, inner in cast("dict[str, Any]", value).items():
        flat |= _flat(inner, f"{prefix}.{name}" if prefix else name)
    return flat


def _short(value: Any) -> str:
    if value is _ABSENT:
        return "nothing"
    if isinstance(value, dict):
        row = cast("dict[str, Any]", value)
        return f"({row['level']}) {row['title']}" if "level" in row else str(row.get("summary", ""))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
