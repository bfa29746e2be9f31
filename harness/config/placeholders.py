"""Placeholders such as `{port}` in the values of `backend.toml`.

Owns their syntax alone: `{name}` stands for a value, `{{name}}` for the text `{name}`, and any other
brace for itself, so that JSON in an environment variable needs no escape.
"""

import re
from collections.abc import Mapping

_PATTERN = re.compile(r"\{\{(?P<literal>\w+)\}\}|\{(?P<name>\w+)\}", re.ASCII)


def placeholders_in(text: str) -> tuple[str, ...]:
    """Return the names of the placeholders in a text, in their order."""
    return tuple(found["name"] for found in _PATTERN.finditer(text) if found["name"])


def fill_in(text: str, values: Mapping[str, str]) -> str:
    """Return the text with each placeholder's value; KeyError carries the name of one without a value."""
    return _PATTERN.sub(
        lambda found: values[found["name"]] if found["name"] else f"{{{found['literal']}}}", text
    )
