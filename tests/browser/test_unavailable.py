"""What a browser needs and does not find is named in one sentence, with what to install."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.engines import EngineUnavailable, open_engine
from harness.engines.tabs import presence
from harness.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Playwright


def test_without_a_display_headed_is_refused(playwright: Playwright, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence, no stack trace of GTK's."""
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with (
        pytest.raises(UsageError, match="--headed: neither DISPLAY nor WAYLAND_DISPLAY"),
        open_engine("webkitgtk", headed=True, playwright=playwright),
    ):
        pass


def test_a_missing_python_is_named_with_the_remedy(
    playwright: Playwright, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is missing and the command that installs it."""
    monkeypatch.setattr("harness.engines.webkitgtk.host_process.SYSTEM_PYTHON", "/nowhere/python3")
    with (
        pytest.raises(EngineUnavailable, match=r"/nowhere/python3 .*apt-get install -y gir1\.2-webkit2-4\.1"),
        open_engine("webkitgtk", playwright=playwright),
    ):
        pass


def test_a_missing_xvfb_is_named_with_the_remedy(
    playwright: Playwright, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The host's start-up error is translated into what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with (
        pytest.raises(EngineUnavailable, match="Xvfb is not installed; install with: sudo apt-get"),
        open_engine("webkitgtk", playwright=playwright),
    ):
        pass
    assert presence.of_webkitgtk().why_not == "Xvfb is not installed"
