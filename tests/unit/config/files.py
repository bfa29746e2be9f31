"""A `backend.toml` that a test writes and reads."""

import sys
from pathlib import Path

import pytest

from harness.config.file import load_backend
from harness.config.settings import BackendConfig
from harness.errors import UsageError

CLAUSES = ("CB-06", "SEC-02")


def load(directory: Path, text: str) -> BackendConfig:
    """Write it into the directory and read it."""
    path = directory / "backend.toml"
    path.write_text(text)
    return load_backend(path, CLAUSES)


def refusal(directory: Path, text: str) -> str:
    """Return the one sentence that refuses it."""
    with pytest.raises(UsageError) as refused:
        load(directory, text)
    said = str(refused.value)
    assert "\n" not in said
    return said.replace(str(directory), "DIR")


RUNS = "[http]\nurl = 'http://127.0.0.1:3000'\n"
START = f'[start]\ncommand = ["{sys.executable}", "server.py"]\n'
