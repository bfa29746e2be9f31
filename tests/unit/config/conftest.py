"""What the tests of `backend.toml` share."""

from pathlib import Path

import pytest


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A backend's directory, with the script that the examples start."""
    (tmp_path / "server.py").write_text("")
    return tmp_path
