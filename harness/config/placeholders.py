"""Placeholders such as `{port}` in the values of `backend.toml`.

Owns their syntax: `{name}` stands for a value, `{{name}}` for the text `{name}`, and any other brace for
itself, so that JSON in an environment variable needs no escape. Owns also which variables hold a secret that
no placeholder has brought, by the names that secrets have.
"""

import re
from collections.abc import Mapping

_PATTERN = re.compile(r"\{\{(?P<literal>\w+)\}\}|\{(?P<name>\w+)\}", re.ASCII)
SECRET_NAMES = "secret|token|passw|pwd|passphrase|private|credential|signature|dsn"  # noqa: S105 - names, and none itself
"""In any letters, as a regular expression; whoever masks a whole file knows more of them."""
_SECRET_NAME = re.compile(f"{SECRET_NAMES}|key$", re.IGNORECASE)
SHORTEST_OWN = 12
"""Characters; what is shorter may be a word of the page."""


def placeholders_in(text: str) -> tuple[str, ...]:
    """Return the names of the placeholders in a text, in their order."""
    return tuple(found["name"] for found in _PATTERN.finditer(text) if found["name"])


def fill_in(text: str, values: Mapping[str, str]) -> str:
    """Return the text with each placeholder's value; KeyError carries the name of one without a value."""
    return _PATTERN.sub(
        lambda found: values[found["name"]] if found["name"] else f"{{{found['literal']}}}", text
    )


def own_secrets(environment: Mapping[str, str], besides: str = "") -> tuple[str, ...]:
    """Return the values that are secret by their variables' names and their looks, and not in `besides`."""
    return tuple(
        value
        for name, value in environment.items()
        if _SECRET_NAME.search(name)
        and len(value) >= SHORTEST_OWN
        and re.search(r"[0-9]", value)
        and not placeholders_in(value)
        and value not in besides
    )
