"""Any configuration file is answered: a backend.toml, a world of fake amoCRM's; never with a stack trace."""

import json
import socket
from collections.abc import Generator
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.unit.commands.test_any_words import said

EASY = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NAMES = (
    *("name", "zone", "start", "http", "deep_link", "texts", "levels", "known_failures", "scenarios"),
    *("command", "cwd", "reset", "env", "prepare", "beside", "url", "ready", "callback", "status", "leads"),
    *("headers", "connect", "sign_in", "frontends", "ca", "public_https", "scheme", "host", "path", "button"),
    *("only", "without", "CB-06", "LD-01/leads_many", "left_alone", "x"),
)
OF_A_WORLD = (
    *("seed", "users", "accounts", "integrations", "login", "name", "subdomain", "leads", "owner", "email"),
    *("redirect_uri", "public", "price", "client_id", "id", "phone", "members", "x"),
)
TEXTS = st.one_of(st.sampled_from(("", "must", "off", "{port}", "http://127.0.0.1:{port}", "a:b")), st.text())


def documents(names: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    """Tables of those names, with whatever in them."""
    leaves = st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False) | TEXTS
    inner = st.recursive(
        leaves,
        lambda each: st.lists(each, max_size=3) | st.dictionaries(st.sampled_from(names), each, max_size=4),
        max_leaves=12,
    )
    return st.dictionaries(st.sampled_from(names), inner, max_size=6)


def toml(value: Any) -> str:
    """Write a value in TOML, tables in one line."""
    if isinstance(value, dict):
        table = cast("dict[str, Any]", value)
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(each)}" for key, each in table.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, cast("list[Any]", value))) + "]"
    return json.dumps(value)


def written(document: dict[str, Any]) -> bytes:
    """A file of these tables; what TOML cannot hold is a file all the same."""
    lines = (f"{json.dumps(key)} = {toml(value)}\n" for key, value in document.items())
    return "".join(lines).encode("utf-8", "surrogatepass")


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file that a document could name by chance."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def taken() -> Generator[str]:
    """A port that somebody listens on: a world that is right is refused there, and nothing is served."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield str(server.getsockname()[1])


@EASY
@example(b"\xff\xfe")
@example(b"[start]\ncommand = [" + b"[" * 5000)
@given(documents(NAMES).map(written) | st.binary(max_size=40))
def test_any_backend_toml(content: bytes) -> None:
    """Read by a command that starts nothing."""
    Path("backend.toml").write_bytes(content)
    code, told = said(["contract", "--backend", "backend.toml"])
    assert code in (0, 2)
    assert "Traceback" not in told


@EASY
@example(content=b"\xff\xfe")
@example(content=b"users = [" + b"[" * 5000)
@given(content=documents(OF_A_WORLD).map(written) | st.binary(max_size=40))
def test_any_world(content: bytes, taken: str) -> None:
    """Whether it can be one or not."""
    Path("world.toml").write_bytes(content)
    code, told = said(["amo", "--world", "world.toml", "--port", taken])
    assert code == 2
    assert "Traceback" not in told
