"""The JSON Schema of backend.toml says of a file what the reader says of it."""

import json
import sys
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, cast, get_args, get_type_hints

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from harness.config.example import EXAMPLE, backend_toml
from harness.config.file import load_backend
from harness.config.schema import schema
from harness.config.settings import BackendConfig
from harness.errors import UsageError
from tests.unit.config.files import CLAUSES

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = schema(CLAUSES, ("left_alone",))
VALIDATOR = jsonschema_rs.Draft7Validator(SCHEMA)
PYTHON = sys.executable
OF_THE_MACHINE = (
    "is no directory",
    "no directory on PATH has it",
    "there is no such executable file",
    "which is not in",
    "is not JSON",
    '[http].ca "',
    "[http.frontends] names none",
)
"""What no editor can know: what lies on the disk, what is in a text, what two distant tables say together."""


def fields_of(kind: type[Any], key: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the key of every setting."""
    for name, hint in get_type_hints(kind).items():
        yield (*key, name)
        for inner in filter(is_dataclass, (hint, *get_args(hint))):
            yield from fields_of(inner, (*key, name))  # pyright: ignore[reportArgumentType]


KEYS = [*fields_of(BackendConfig), ("nme",), ("start", "comand"), ("http", "redy"), ("http", "sign_in", "x")]
TEXTS = [
    "x",
    "/a",
    "//a",
    "/a?b=1",
    "/a#b",
    "a/b",
    "POST",
    "http://127.0.0.1:3000",
    "http://127.0.0.1:{port}",
    "http://127.0.0.1:99999",
    "http://[::1]:1/",
    "HTTPS://a.b",
    "http://a/b",
    "http://a?b",
    "http://u@a",
    "localhost:1",
    "http://a:",
    "http://",
    "http://{tmp}",
    "a.b",
    ".a",
    "a..b",
    "true",
    "=",
    "=x",
    "200",
    "present",
    "{user}",
    "{token}",
    "{{user}}",
    "{{user}",
    "{tmp}/x",
    "{tpm}",
    "{port}",
    "{}",
    "привіт",
    "{привіт}",
    "https",
    "myapp",
    "My",
    "a-b+c",
    "none",
    "restart",
    "must",
    "page[a]",
    "a&b",
    ".",
    "nowhere/a b",
    "POST /a",
    "GET /a",
    "PUT a",
    "FETCH /a",
    "POST /a?b",
    "/a/{user}",
    "/{{user}}",
    "Bearer {token}",
    '{"a": "{user}"}',
]
VALUES: list[Any] = [
    *TEXTS,
    "",
    " ",
    "x\0",
    *(0, 1, 5, -1, 600, 601, 1.5, True, False),
    *([], ["x"], [""], [PYTHON], [PYTHON, "{port}"], [PYTHON, "{prt}"], [PYTHON, "\0"], ["{tmp}/run"], [1]),
    *([[PYTHON]], [[PYTHON], [PYTHON, "-c", ""]], [[]], [["no-such-program-x"]], ["left_alone"], ["left"]),
    *({}, {"A": "x"}, {"A": "{port}"}, {"A": "{user}"}, {"A": "Bearer {token}"}, {"A": 1}, {"A B": "x"}),
    *({"Пр": "x"}, {"A": "й"}, {"A": "a\nb"}, {"http://a": "http://b:1"}, {"http://a/b": "http://b"}),
    *({"CB-06": "must"}, {"CB-06": "why"}, {"CB-6": "off"}, {"SEC-02/left_alone": "x"}, {"SEC-02": " "}),
]
STARTED: dict[str, Any] = {"start": {"command": [PYTHON]}}
RUNNING: dict[str, Any] = {"http": {"url": "http://127.0.0.1:3000"}}
Change = tuple[tuple[str, ...], Any]


def changed(base: dict[str, Any], changes: list[Change]) -> dict[str, Any]:
    """Return a document in which some settings have some values."""
    document = deepcopy(base)
    for key, value in changes:
        table = document
        for name in key[:-1]:
            inner: Any = table.setdefault(name, {})
            if not isinstance(inner, dict):
                break
            table = cast("dict[str, Any]", inner)
        else:
            table[key[-1]] = deepcopy(value)
    return document


def toml(value: Any) -> str:
    """Return a value as TOML, tables inline."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(k)} = {toml(v)}' for k, v in value.items())}}}"  # pyright: ignore[reportUnknownVariableType]
    return f"[{', '.join(map(toml, value))}]" if isinstance(value, list) else json.dumps(value)  # pyright: ignore[reportUnknownArgumentType]


def told_by_the_reader(folder: Path, document: dict[str, Any]) -> list[str]:
    """Return what the reader refuses of a document, but for what only the machine knows."""
    path = folder / "backend.toml"
    path.write_text(
        "\n".join(f"{name} = {toml(value)}" for name, value in document.items()), encoding="utf-8"
    )
    try:
        choice = load_backend(path, CLAUSES).scenarios
    except UsageError as error:
        head, *lines = str(error).splitlines()
        return [each for each in lines or [head] if not any(reason in each for reason in OF_THE_MACHINE)]
    return [each for each in (*choice.only, *choice.without) if each != "left_alone"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where each file is written."""
    return tmp_path_factory.mktemp("schema")


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    base=st.sampled_from([STARTED, RUNNING]),
    changes=st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(VALUES)), max_size=3),
)
@example(base=RUNNING, changes=[(("http", "connect_body"), "{}")])
@example(base=RUNNING, changes=[(("http", "connect"), "POST /a"), (("http", "connect_body"), "{}")])
@example(base=RUNNING, changes=[(("http", "url"), "https://a"), (("http", "ca"), "x")])
@example(base=RUNNING, changes=[(("http", "connect_in_browser"), True)])
@example(base=RUNNING, changes=[(("http", "connect"), "/a?b={user}")])
@example(base=RUNNING, changes=[(("http", "connect"), "/{user}"), (("http", "connect_in_browser"), True)])
@example(base=RUNNING, changes=[(("http", "connect"), "/{port}"), (("http", "connect_in_browser"), True)])
@example(base=RUNNING, changes=[(("http", "connect"), "/{{user}}"), (("http", "connect_in_browser"), True)])
@example(base=RUNNING, changes=[(("http", "connect"), "/{token}"), (("http", "connect_in_browser"), True)])
@example(base=RUNNING, changes=[(("http", "connect"), "//{user}"), (("http", "connect_in_browser"), True)])
@example(base=RUNNING, changes=[(("http", "sign_in"), {"call": "POST /a", "token": "a.b"})])
def test_it_accepts_what_the_reader_accepts_and_refuses_what_it_refuses(
    base: dict[str, Any], changes: list[Change], folder: Path
) -> None:
    """Whatever is written where, in up to three places."""
    document = changed(base, changes)
    told = told_by_the_reader(folder, document)
    assert VALIDATOR.is_valid(document) == (not told), (document, told)


@pytest.mark.parametrize("key", [key for key in KEYS if key[-1:] != ("x",)], ids=".".join)
def test_each_setting_alone_is_judged_alike(key: tuple[str, ...], folder: Path) -> None:
    """With every value that there is."""
    for value in VALUES:
        document = changed(STARTED, [(key, value)])
        told = told_by_the_reader(folder, document)
        assert VALIDATOR.is_valid(document) == (not told), (document, told)


def test_every_setting_is_described() -> None:
    """An editor shows what it means."""

    def described(table: dict[str, Any], kind: type[Any]) -> None:
        assert [*table["properties"]] == [each.name for each in fields(kind)]
        assert all(each["description"] for each in table["properties"].values())

    described(SCHEMA, BackendConfig)
    for name, hint in get_type_hints(BackendConfig).items():
        for inner in filter(is_dataclass, (hint, *get_args(hint))):
            described(SCHEMA["properties"][name], inner)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    "file", sorted(ROOT.glob("examples/*/backend.toml")), ids=lambda file: file.parent.name
)
def test_the_examples_are_valid(file: Path) -> None:
    """Whatever the reader thinks of them on this machine."""
    assert [*VALIDATOR.iter_errors(tomllib.loads(file.read_text(encoding="utf-8")))] == []


def test_what_init_writes_names_it_and_is_valid() -> None:
    """Editors find it by the first line."""
    text = backend_toml(EXAMPLE)
    assert text.splitlines()[0] == "#:schema ./backend.schema.json"
    assert [*VALIDATOR.iter_errors(tomllib.loads(text))] == []
