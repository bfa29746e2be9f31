"""What tests of a sitting share."""

import pytest


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Amounts of which less shows the same."""
    monkeypatch.setattr("harness.serve.faults.menu.SLOW_MS", 100)
    monkeypatch.setattr("harness.serve.faults.menu.MANY_LEADS", 600)
