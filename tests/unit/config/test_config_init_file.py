import re
from dataclasses import replace
from pathlib import Path

import pytest

from harness.config.example import (
    EXAMPLE,
    backend_toml,
    configuration_table,
    write_example,
)
from harness.config.file import load_backend
from harness.config.settings import BackendConfig, Start
from harness.errors import UsageError

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that has what the example starts: a script, and a `node` on PATH."""
    node = tmp_path / "bin" / "node"
    node.parent.mkdir()
    node.write_text("#!/bin/sh\n")
    node.chmod(0o755)
    monkeypatch.setenv("PATH", str(node.parent))
    (tmp_path / "server.js").write_text("")
    return tmp_path


def test_the_example_reads_back_as_itself(directory: Path) -> None:
    """What init writes is a valid configuration, and says what its comments say."""
    path = directory / "backend.toml"
    write_example(path)
    read = load_backend(path, ())
    assert EXAMPLE.start is not None
    assert read == replace(EXAMPLE, start=replace(EXAMPLE.start, cwd=directory.resolve()))


def test_every_line_that_is_commented_out_is_a_default_in_its_place(directory: Path) -> None:
    """Taking the marks away changes nothing: the comments cannot show a default that is none."""
    text = re.sub(r"^# (\[[\w.]+\]|\w+ = .*)$", r"\1", backend_toml(EXAMPLE), flags=re.MULTILINE)
    assert text.count("# ") < backend_toml(EXAMPLE).count("# ") - 15
    path = directory / "backend.toml"
    path.write_text(text)
    assert EXAMPLE.start is not None
    expected = replace(EXAMPLE, start=replace(EXAMPLE.start, cwd=directory.resolve()))
    assert load_backend(path, ()) == expected


def test_any_configuration_is_written_so_that_it_reads_back(directory: Path) -> None:
    """Quotes, braces, line ends and Unicode survive."""
    config = BackendConfig(
        name='a "b" \\ \n ✓',
        start=Start(
            command=("node", "server.js", "{port}", 'it\'s "x"'),
            cwd=directory.resolve(),
            env={"A": "{{port}}\t", "B": "привіт"},
            ready_timeout_s=0.5,
        ),
        known_failures={"CB-06": "a \u00b7 reason"},
    )
    path = directory / "backend.toml"
    path.write_text(backend_toml(config))
    assert load_backend(path, ("CB-06",)) == config


def test_init_never_overwrites(directory: Path) -> None:
    """A file that is there is somebody's work."""
    path = directory / "backend.toml"
    path.write_text("mine")
    with pytest.raises(UsageError, match="already there"):
        write_example(path)
    assert path.read_text() == "mine"


def test_every_setting_says_what_it_means() -> None:
    """No row of the table is without a meaning."""
    rows = configuration_table().splitlines()[2:]
    assert len(rows) > 30
    assert not [row for row in rows if re.search(r"\|\s*\|$", row)]
