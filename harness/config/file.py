"""Reads `backend.toml` into `BackendConfig`, or says in one sentence what is wrong with it.

Owns the mapping from TOML to the dataclasses and the search for line numbers. What a value must be like
is in `harness.config.rules`. Must not start or contact anything, and must import nothing slow: a wrong
file is refused in under half a second.
"""

import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, fields, is_dataclass
from difflib import get_close_matches
from functools import cache, lru_cache
from itertools import islice
from operator import itemgetter
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

from harness.config.mistakes import ConfigError, KeyPath, Mistakes, spell
from harness.config.rules import check_values
from harness.config.settings import BackendConfig
from harness.errors import UsageError
from harness.given_files import text_given

MOST_BYTES = 64_000
"""Of a file: what is larger is no backend.toml, and takes longer than a person waits."""
MOST_TOLD = 20
"""Mistakes that are told of one file."""
LONGEST_VALUE = 40
"""Lines of a value behind which a mistake's line is still looked for."""
_TOO_DEEP = re.compile(r"(?:\.[ \t]*[\w\"'-]{1,40}[ \t]*){300}")
"""Such a key takes a parser minutes."""
NEAR = 0.5
"""How alike a key and one that is meant must be, as difflib counts."""
_TYPE_NAMES: dict[type, str] = {
    str: "a text in quotes",
    bool: "true or false",
    float: "a number",
    int: "a whole number",
    dict: "a table",
    list: "a list",
}


def load_backend(
    path: Path,
    clause_ids: Collection[str],
    check_names: Callable[[BackendConfig, Mistakes], None] = lambda _, __: None,
) -> BackendConfig:
    """Read a backend's configuration; `clause_ids` are those that `[known_failures]` may name.

    `check_names` notes names of scenarios that there are not.

    `[start].cwd` comes back absolute, relative paths counting from the file's directory. Raises
    `UsageError` that names the file, and of each mistake the line, the key and the remedy.
    """
    text = _read(path)
    try:
        if _TOO_DEEP.search(text):
            raise RecursionError
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: not TOML: {_decapitalised(str(error))}") from error
    except ValueError as error:
        raise UsageError(f"{path}: not TOML that can be read: a number in it has too many digits") from error
    except RecursionError as error:
        raise UsageError(f"{path}: not TOML that can be read: it is nested too deeply") from error
    wrong = Mistakes()
    config: BackendConfig = _record(BackendConfig, document, (), wrong)
    config = check_values(config, path.resolve().parent, clause_ids, wrong)
    check_names(config, wrong)
    if wrong.found:
        raise UsageError(_in_words(path, text, wrong.worth_telling))
    return config


def _in_words(path: Path, text: str, wrong: list[ConfigError]) -> str:
    """Say what is wrong: in one sentence, or where there are several, in one line for each."""
    told_of = wrong[:MOST_TOLD]
    placed = sorted(((line_of(text, each.key) or 0, str(each)) for each in told_of), key=itemgetter(0))
    if len(placed) == 1:
        [(line, sentence)] = placed
        return f"{path}, line {line}: {sentence}" if line else f"{path}: {sentence}"
    told = (f"  line {line}: {sentence}" if line else f"  {sentence}" for line, sentence in placed)
    count = f"{len(placed)} mistakes" if len(wrong) <= MOST_TOLD else f"more than {MOST_TOLD} mistakes"
    return "\n".join([f"{path}: {count}", *told])


def _read(path: Path) -> str:
    try:
        return text_given(path, encoding="utf-8-sig", most_bytes=MOST_BYTES)
    except FileNotFoundError as error:
        raise UsageError(f"{path}: there is no such file; `amo-harness init` writes one") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not a UTF-8 text; TOML files are UTF-8") from error
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error


def _decapitalised(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def line_of(text: str, key: KeyPath) -> int | None:
    """Return the line (from 1) on which a key of a valid TOML document is set.

    A document cut after a line is valid TOML unless the cut is inside a value, so the key's line is the
    one after the last valid cut that lacks it. For a key that is not there, the line of its table. None also
    where a longer value than anybody writes is in the way.
    """
    lines = text.split("\n")
    if not _contains(_parsed(text), key):
        return line_of(text, key[:-1]) if len(key) > 1 else None
    before, has_it = 0, len(lines)
    while before + 1 < has_it:
        middle = (before + has_it) // 2
        last = min(has_it, middle + LONGEST_VALUE)
        parsed = ((cut, _parsed("\n".join(lines[:cut]))) for cut in range(middle, last))
        cut, document = next((each for each in parsed if each[1] is not None), (last, None))
        if document is None and last < has_it:
            return None
        before, has_it = (before, middle) if document is None or _contains(document, key) else (cut, has_it)
    return before + 1


@lru_cache(64)
def _parsed(text: str) -> dict[str, Any] | None:
    """Return what is in a part of a document; None where it is cut inside a value."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _contains(document: object, key: KeyPath) -> bool:
    if not key:
        return True
    if not isinstance(document, dict):
        return False
    table = cast("dict[str, object]", document)
    return key[0] in table and _contains(table[key[0]], key[1:])


def _record(kind: type[Any], table: Mapping[str, Any], key: KeyPath, wrong: Mistakes) -> Any:
    """Build a dataclass from a table whose keys are its fields; what cannot be read has its default."""
    hints = _hints(kind)
    known = {each.name: each for each in fields(kind)}
    meant, spelt = {**table}, dict[str, str]()
    unknown = (each for each in table if each not in known)
    for name in islice(unknown, MOST_TOLD + 1):
        sentence = _unknown(name, key, tuple(known))
        wrong.found.append(ConfigError((*key, name), sentence, is_certain=True))
        near = [each for each in get_close_matches(name, known, n=1, cutoff=NEAR) if each not in table]
        meant.update(dict.fromkeys(near, table[name]))
        spelt.update(dict.fromkeys(near, name))
    values: dict[str, Any] = {}
    for name, each in known.items():
        if name in meant:
            with wrong.noted():
                values[name] = _value(hints[name], meant[name], (*key, spelt.get(name, name)), wrong)
        elif each.default is MISSING and each.default_factory is MISSING:
            sentence = f"{spell((*key, name))} is missing; every {spell(key)} needs it"
            wrong.found.append(ConfigError((*key, name), sentence, blinds=True))
        if name not in values and each.default is MISSING and each.default_factory is MISSING:
            values[name] = get_origin(hints[name])()
    return kind(**values)


@cache
def _hints(kind: type[Any]) -> Mapping[str, Any]:
    """The types of a dataclass's fields."""
    return get_type_hints(kind)


def _unknown(name: str, key: KeyPath, known: tuple[str, ...]) -> str:
    where = spell(key) if key else "the top level"
    said = f'{where} has no key "{name}"'
    if near := get_close_matches(name, known, n=1, cutoff=NEAR):
        return f'{said}; did you mean "{near[0]}"?'
    homes = {each: home for home, names in _tables().items() for each in names}
    if near := get_close_matches(name, homes, n=1, cutoff=0.6):
        return f'{said}; did you mean "{near[0]}" of {spell(homes[near[0]])}?'
    return f"{said}; it knows {', '.join(known)}"


@cache
def _tables() -> dict[KeyPath, tuple[str, ...]]:
    """Each table of the format with its keys."""
    tables: dict[KeyPath, type[Any]] = {(): BackendConfig}
    for name, hint in get_type_hints(BackendConfig).items():
        for kind in filter(is_dataclass, (hint, *get_args(hint))):
            tables[(name,)] = cast("type[Any]", kind)
    return {key: tuple(each.name for each in fields(kind)) for key, kind in tables.items()}


def _value(hint: Any, value: object, key: KeyPath, wrong: Mistakes) -> Any:
    """Turn a TOML value into what the field's type asks for; ConfigError for another."""
    if get_origin(hint) in (UnionType, Union):
        hint = _meant(hint, value)
    origin = get_origin(hint)
    if is_dataclass(hint):
        return _record(cast("type[Any]", hint), _typed(dict, value, key), key, wrong)
    if origin is dict:
        table = _typed(dict, value, key)
        return {name: _typed(str, each, (*key, name)) for name, each in table.items()}
    if origin is tuple:
        item = get_args(hint)[0]
        return tuple(_value(item, each, key, wrong) for each in _typed(list, value, key))
    if hint is Path:
        return Path(_typed(str, value, key))
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return _typed(hint, value, key)


def _meant(hint: Any, value: object) -> Any:
    """Of several types, the one that a list is for where there is a list, else the first."""
    kinds = [each for each in get_args(hint) if each is not NoneType]
    lists = [each for each in kinds if get_origin(each) is tuple]
    return lists[0] if lists and isinstance(value, list) else kinds[0]


def _typed(kind: type[Any], value: object, key: KeyPath) -> Any:
    if type(value) is not kind:
        wanted, found = _TYPE_NAMES[kind], _TYPE_NAMES.get(type(value), f"a {type(value).__name__}")
        raise ConfigError(key, f"{spell(key)} must be {wanted}, not {found}", blinds=True)
    return value
