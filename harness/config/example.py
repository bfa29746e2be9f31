"""Writes what is said about `backend.toml`: the file of `amo-harness init` and the table of the docs.

Owns both texts, made from the dataclasses of `harness.config.settings`: no default is written twice.
Must not read a configuration (`harness.config.file` does).
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from textwrap import wrap
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Union, cast, get_args, get_origin, get_type_hints

from harness.config.mistakes import KeyPath
from harness.config.reach import INTERCEPTED, OUT_OF_REACH, PROCESSES
from harness.config.schema import FILE_NAME
from harness.config.settings import PLACEHOLDERS, BackendConfig, Http, Start
from harness.errors import UsageError
from harness.timeline.files import NotWritten, write_whole

DEFAULT_PATH = Path("backend.toml")
COMMENT_WIDTH = 98
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+\Z")

EXAMPLE = BackendConfig(
    name="my-backend",
    start=Start(
        command=("node", "server.js"),
        env={
            "PORT": "{port}",
            "AMO_BASE_URL": "{amo_url}",
            "AMO_CLIENT_ID": "{client_id}",
            "AMO_CLIENT_SECRET": "{client_secret}",
            "AMO_REDIRECT_URI": "{redirect_uri}",
        },
    ),
    http=Http(connect="/api/amo-crm/auth-url"),
)
"""What `amo-harness init` writes; what equals a default is there as a comment."""


def write_example(path: Path = DEFAULT_PATH, text: str = "") -> None:
    """Write the commented example, or this text; `UsageError` where something is already there."""
    if path.exists():
        raise UsageError(f"{path} is already there; remove it first, or edit it")
    try:
        write_whole(path, text or backend_toml(EXAMPLE))
    except NotWritten as error:
        raise UsageError(str(error)) from error


Remarks = Mapping[KeyPath, str]
"""What is known of a setting, by its key: where it was found, or that it was not. In `[start.env]`, "?port"
is for a placeholder that no variable was found for, "#NAME" for a variable that is left alone."""


def backend_toml(config: BackendConfig, remarks: Remarks = MappingProxyType({})) -> str:
    """Return a commented `backend.toml` that reads back as this configuration."""
    lines = [
        f"#:schema ./{FILE_NAME}",
        "# A backend, seen from outside, for `amo-harness run`.",
        "# A line that is commented out shows a default. Check the file with `amo-harness check`.",
        *([_FOUND] if remarks else []),
        "",
        *_table((), config, remarks),
    ]
    return "\n".join(lines).rstrip() + "\n"


_FOUND = (
    "# After ->: where in this repository it was found, or that it was not, so that it is yours to write."
)


def configuration_page() -> str:
    """Return `docs/configuration.md`."""
    return f"""# Configuration of a backend: `backend.toml`

Written by `make docs` from the settings' dataclasses. `amo-harness init` writes a commented file of
what it finds in the repository that it is run in, each setting with where it was found (`# ->`), and
`amo-harness check` says what is wrong with yours. Its first line, `#:schema`, leads editors to
[the schema](backend.schema.json), which `amo-harness schema` prints.

{configuration_table()}
## Placeholders

In the commands of `[start]` and in `[start.env]`; `{{port}}` in `[http] url`; `{{user}}` and `{{token}}`
in `[http.headers]`, and in a `[http] connect` that the browser opens; `{{user}}` in `[http]
connect_body` and `[http.sign_in] body`. `{{{{name}}}}` stands for the text `{{name}}`, and a brace that
is no placeholder for itself.

{placeholder_table()}
{PROCESSES}
{OUT_OF_REACH}{INTERCEPTED}"""


def configuration_table() -> str:
    """Return every setting as a Markdown table: key, type, default, meaning."""
    rows = ["| key | type | default | meaning |", "|---|---|---|---|"]
    rows += [f"| `{name}` | {kind} | {default} | {about} |" for name, kind, default, about in _rows()]
    return "\n".join(rows) + "\n"


def placeholder_table() -> str:
    """Return the placeholders as a Markdown table."""
    rows = [f"| `{{{name}}}` | {about} |" for name, about in PLACEHOLDERS.items()]
    return "\n".join(["| placeholder | stands for |", "|---|---|", *rows]) + "\n"


def _about(kind: type[Any], name: str) -> tuple[Any, str]:
    """A field's type and what its annotation says."""
    hint = get_type_hints(kind, include_extras=True)[name]
    return cast("tuple[Any, str]", get_args(hint)) if get_origin(hint) is Annotated else (hint, "")


def _default(each: "Field[Any]") -> Any:
    if each.default_factory is not MISSING:
        return each.default_factory()
    return each.default


def _record_type(hint: Any) -> type[Any] | None:
    """The dataclass that a field holds, if it holds one."""
    return next((kind for kind in (hint, *get_args(hint)) if is_dataclass(kind)), None)  # pyright: ignore[reportReturnType]


def _table(key: KeyPath, record: Any, remarks: Remarks) -> Iterator[str]:
    """The lines of one table: its own values first, as TOML demands, then the tables in it."""
    inner: list[str] = []
    for each in fields(record):
        hint, about = _about(cast("type[Any]", type(record)), each.name)
        value = getattr(record, each.name)
        if _record_type(hint) is not None:
            inner += _nested((*key, each.name), about, value, remarks)
        elif isinstance(value, dict):
            inner += _dict((*key, each.name), about, cast("dict[str, str]", value), _default(each), remarks)
        else:
            yield from _comment(about)
            if (*key, each.name) in remarks:
                yield f"# -> {remarks[(*key, each.name)]}"
            yield from _setting(each.name, value, _default(each))
    yield ""
    yield from inner


def _nested(key: KeyPath, about: str, value: Any, remarks: Remarks) -> list[str]:
    if value is None:
        return [*_comment(about), f"# [{'.'.join(key)}]", ""]
    return [*_comment(about), f"[{'.'.join(key)}]", *_table(key, value, remarks)]


def _dict(
    key: KeyPath, about: str, value: dict[str, str], default: dict[str, str], remarks: Remarks
) -> list[str]:
    mark = "# " if value == default else ""
    if key[-1] == "env":
        about += "; placeholders: " + " ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    rows = [
        f"{mark}{_key(name)} = {_toml(each)}"
        + (f"  # -> {remarks[(*key, name)]}" if (*key, name) in remarks else "")
        for name, each in value.items()
    ]
    rows += [f"# -> {said}" for at, said in remarks.items() if at[:-1] == key and at[-1][:1] == "?"]
    rows += [
        f'# {at[-1][1:]} = "…"  # -> {said}'
        for at, said in remarks.items()
        if at[:-1] == key and at[-1][:1] == "#"
    ]
    return [*_comment(about), f"{mark}[{'.'.join(key)}]", *rows, ""]


def _setting(name: str, value: Any, default: Any) -> Iterator[str]:
    if value is None or (default is MISSING and not value):
        yield f'# {name} = "…"'
    else:
        yield f"{'# ' if value == default else ''}{_key(name)} = {_toml(value)}"


def _comment(about: str) -> Iterator[str]:
    for line in wrap(about, COMMENT_WIDTH):
        yield f"# {line}"


def _key(name: str) -> str:
    return name if _BARE_KEY.match(name) else _toml(name)


def _toml(value: Any) -> str:
    """A value as TOML, whose texts are spelt as in JSON."""
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(each) for each in cast('tuple[Any, ...]', value))}]"
    if isinstance(value, Path):
        value = str(value)
    return json.dumps(value, ensure_ascii=False)


def _rows(kind: type[Any] = BackendConfig, key: tuple[str, ...] = ()) -> Iterator[tuple[str, str, str, str]]:
    for each in fields(kind):
        hint, about = _about(kind, each.name)
        name = f"[{'.'.join(key)}] {each.name}" if key else each.name
        if (nested := _record_type(hint)) is not None:
            yield f"[{'.'.join((*key, each.name))}]", "table", "", about
            yield from _rows(nested, (*key, each.name))
        elif get_origin(hint) is dict:
            yield f"[{'.'.join((*key, each.name))}]", "table of texts", _shown(_default(each)), about
        else:
            yield name, _type_name(hint), _shown(_default(each)), about


def _shown(default: Any) -> str:
    if default is MISSING:
        return "required"
    if default in (None, {}):
        return ""
    if isinstance(default, dict):
        pairs = cast("dict[str, str]", default).items()
        return ", ".join(f"`{_key(name)} = {_toml(value)}`" for name, value in pairs)
    return f"`{_toml(default)}`"


def _type_name(hint: Any) -> str:
    if get_origin(hint) in (Union, UnionType):
        hint = next(each for each in get_args(hint) if each is not NoneType)
    if get_origin(hint) is tuple:
        return "list of texts"
    return {str: "text", bool: "true or false", float: "number", int: "whole number", Path: "path"}[hint]
