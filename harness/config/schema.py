"""The JSON Schema of `backend.toml`, by which an editor completes and marks what is written.

Owns the schema, made from the dataclasses of `harness.config.settings`; its patterns say once more, as a
schema does, what `harness.config.rules` demands, and a property test compares the two. What only the
machine knows (programs, folders) is left to the reader.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Union, cast, get_args, get_origin, get_type_hints

from harness.config.mistakes import KeyPath
from harness.config.rules import LEVELS, METHODS, UNIVERSAL, WEB_SCHEMES
from harness.config.settings import PLACEHOLDERS, ZONES, BackendConfig
from harness.config.start_rules import LONGEST_TIMEOUT_S, MOST_INSTANCES

FILE_NAME = "backend.schema.json"

Schema = dict[str, Any]

PORT = r"0*([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]|0)"
HOST = r"(\[[0-9A-Fa-f:.]+\]|[^\s/?#@:\[\]\\{}]+)"
ORIGIN = rf"^[Hh][Tt][Tt][Pp][Ss]?://{HOST}(:({PORT})?)?/*$"
OWN_ORIGIN = rf"^[Hh][Tt][Tt][Pp][Ss]?://{HOST}(:(\{{port\}}|{PORT})?)?/*$"
PATH = r"/(?!/|.*\{\w+\})[^\s?#]*"
PATH_WITH_QUERY = r"/(?!/|.*\{\w+\})[^\s#]*"
CALL = rf"(({'|'.join(METHODS)}) )?{PATH_WITH_QUERY}"
PATH_OF_A_USER = r"/(?!/|.*\{\{\w+\}\})(\{(user|token)\}|(?!\{\w+\})[^\s#])*"
DOTTED = r"[^.]+(\.[^.]+)*"
SOMETHING = r"\S"


def only_placeholders(*names: str) -> str:
    """Return the pattern of a text that holds no placeholders but these."""
    return rf"^(\{{\{{\w+\}}\}}|\{{({'|'.join(names)})\}}|\{{(?!\w+\}}|\{{\w+\}}\}})|[^{{\u0000])*$"


PATTERNS: Mapping[KeyPath, str] = {
    ("name",): SOMETHING,
    ("zone",): f"^({'|'.join(map(re.escape, ZONES))})$",
    ("start", "reset"): rf"^(restart|none|POST {PATH})$",
    ("http", "url"): OWN_ORIGIN,
    ("http", "ready"): f"^{PATH_WITH_QUERY}$",
    ("http", "connect"): rf"^({CALL}|(GET )?{PATH_OF_A_USER})$",
    ("http", "connect_url"): f"^({DOTTED})?$",
    ("http", "connect_body"): only_placeholders("user"),
    ("http", "callback"): f"^{PATH}$",
    ("http", "status"): f"^({PATH_WITH_QUERY})?$",
    ("http", "exchange"): f"^{PATH_WITH_QUERY}$",
    ("http", "leads"): f"^({PATH_WITH_QUERY})?$",
    ("http", "connected"): f"^({DOTTED})?$",
    ("http", "connected_when"): r"^(true|present|200|=[\s\S]+)$",
    ("http", "leads_list"): f"^({DOTTED})?$",
    ("http", "leads_next"): f"^{DOTTED}$",
    ("http", "leads_pages"): f"^({DOTTED})?$",
    ("http", "leads_page"): r"^[\w.\[\]-]+$",
    ("http", "sign_in", "call"): f"^({CALL})?$",
    ("http", "sign_in", "body"): only_placeholders("user"),
    ("http", "sign_in", "token"): f"^({DOTTED})?$",
    ("http", "sign_in", "refresh"): f"^({CALL})?$",
    ("deep_link", "scheme"): rf"^(?!({'|'.join(WEB_SCHEMES)})$)[a-z][a-z0-9+.-]*$",
    ("deep_link", "host"): r"^[^\s/?#@]*$",
    ("deep_link", "path"): f"^({PATH})?$",
    ("deep_link", "universal"): f"^{UNIVERSAL}$",
}
"""What a text must be like, by its key."""
NAMES: Mapping[KeyPath, str] = {
    ("start", "env"): "^[A-Za-z_][A-Za-z0-9_]*$",
    ("http", "headers"): r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$",
    ("http", "frontends"): ORIGIN,
}
"""What the names in a table must be like."""
VALUES: Mapping[KeyPath, str] = {
    ("start", "env"): only_placeholders(*PLACEHOLDERS),
    ("http", "headers"): r"^[ -~]*$",
    ("http", "frontends"): ORIGIN,
    ("known_failures",): SOMETHING,
}
"""What their values must be like."""


def schema_json(clause_ids: Iterable[str], scenario_ids: Iterable[str]) -> str:
    """Return the schema as a file's text."""
    return json.dumps(schema(clause_ids, scenario_ids), ensure_ascii=False, indent=2) + "\n"


def schema(clause_ids: Iterable[str], scenario_ids: Iterable[str]) -> Schema:
    """Return the schema (draft-07); clauses and scenarios may be named by these ids alone."""
    clauses, scenarios = list(clause_ids), list(scenario_ids)
    whole = _object(BackendConfig, ())
    tables = whole["properties"]
    tables["levels"]["propertyNames"] = {"enum": clauses}
    tables["known_failures"]["propertyNames"] = {"pattern": rf"^({'|'.join(map(re.escape, clauses))})(/|$)"}
    for name in ("only", "without"):
        tables["scenarios"]["properties"][name]["items"] = {"enum": scenarios}
    tables["http"]["allOf"] = [*_CONNECT, *_SIGN_IN, _OWN_TLS]
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "backend.toml of amo-harness",
        **whole,
        "allOf": [_RUNNING],
    }


def _about(kind: type[Any], each: "Field[Any]") -> tuple[Any, str]:
    """A field's type and what its annotation says."""
    hint = get_type_hints(kind, include_extras=True)[each.name]
    return cast("tuple[Any, str]", get_args(hint)) if get_origin(hint) is Annotated else (hint, "")


def _object(kind: type[Any], key: KeyPath) -> Schema:
    properties: Schema = {}
    for each in fields(kind):
        hint, about = _about(kind, each)
        properties[each.name] = {**_value(hint, (*key, each.name)), "description": about, **_default(each)}
    required = [e.name for e in fields(kind) if e.default is MISSING and e.default_factory is MISSING]
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        **({"required": required} if required else {}),
    }


def _default(each: "Field[Any]") -> Schema:
    plain = isinstance(each.default, str | bool | float)
    return {"default": each.default} if plain else {}


def _value(hint: Any, key: KeyPath) -> Schema:
    kinds = [each for each in get_args(hint) if each is not NoneType]
    if get_origin(hint) in (Union, UnionType):
        return _value(kinds[0], key) if len(kinds) == 1 else {"anyOf": [_value(each, key) for each in kinds]}
    if is_dataclass(hint):
        return _object(cast("type[Any]", hint), key)
    if get_origin(hint) is dict:
        return _table(key)
    if get_origin(hint) is tuple:
        return _list(kinds[0], key)
    return {**_PLAIN[hint]} if hint in _PLAIN else _text(key)


_PLAIN: Mapping[Any, Schema] = {
    float: {"type": "number", "exclusiveMinimum": 0, "maximum": LONGEST_TIMEOUT_S},
    int: {"type": "integer", "minimum": 1, "maximum": MOST_INSTANCES},
    bool: {"type": "boolean"},
}


def _text(key: KeyPath) -> Schema:
    pattern = SOMETHING if key[0] == "texts" else PATTERNS.get(key)
    return {"type": "string", **({"pattern": pattern} if pattern else {})}


def _table(key: KeyPath) -> Schema:
    values: Schema = {"enum": [*LEVELS]} if key == ("levels",) else {"type": "string"}
    if key in VALUES:
        values["pattern"] = VALUES[key]
    names = {"propertyNames": {"pattern": NAMES[key]}} if key in NAMES else {}
    return {"type": "object", "additionalProperties": values, **names}


def _list(item: Any, key: KeyPath) -> Schema:
    """A command, or a list of other things; an empty `stop` is none."""
    if key[0] != "start" or get_origin(item) is tuple:
        return {"type": "array", "items": _value(item, key)}
    word = {"type": "string", "pattern": only_placeholders(*PLACEHOLDERS)}
    command: Schema = {"type": "array", "items": [{**word, "minLength": 1}], "additionalItems": word}
    return command if key == ("start", "stop") else {**command, "minItems": 1}


def _with(name: str, **said: Any) -> Schema:
    """An object that has this key with such a value."""
    return {"required": [name], "properties": {name: said}}


_SAYS_SOMETHING: Schema = {"minLength": 1}
_RUNNING: Schema = {
    "if": {"not": {"required": ["start"]}},
    "then": _with("http", **_with("url", **{"not": {"pattern": r"\{port\}"}})),
}
"""A backend that already runs is where its address says; only one that is started is given a port."""
_CONNECT: tuple[Schema, ...] = (
    {
        "if": _with("connect_in_browser", const=True),
        "then": _with("connect", pattern="^(GET )?/"),
        "else": {"properties": {"connect": {"pattern": f"^{CALL}$"}}},
    },
    {"if": _with("connect_body", **_SAYS_SOMETHING), "then": _with("connect", pattern="^(POST|PUT) ")},
)
_OWN_TLS: Schema = {
    "if": _with("ca", **_SAYS_SOMETHING),
    "then": _with("url", pattern="^https:"),
}
_SIGN_IN: tuple[Schema, ...] = (
    {
        "properties": {
            "sign_in": {
                "if": {"not": _with("call", **_SAYS_SOMETHING)},
                "then": {"properties": {name: {"maxLength": 0} for name in ("body", "token", "refresh")}},
            }
        }
    },
    {
        "properties": {
            "sign_in": {
                "if": _with("refresh", **_SAYS_SOMETHING),
                "then": _with("token", **_SAYS_SOMETHING),
            }
        }
    },
    {
        "if": _with("sign_in", **_with("token", **_SAYS_SOMETHING)),
        "then": _with(
            "headers",
            **{
                "not": {"additionalProperties": {"not": {"pattern": r"\{token\}"}}},
                "additionalProperties": {"pattern": only_placeholders("user", "token")},
            },
        ),
        "else": {
            "properties": {
                "headers": {"additionalProperties": {"pattern": only_placeholders("user")}},
                "connect": {"not": {"pattern": r"\{token\}"}},
            }
        },
    },
)
