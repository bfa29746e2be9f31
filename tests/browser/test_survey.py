"""`amo-harness engines`: what is here, and for the rest why not and what installs it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.config.engine_names import ENGINE_NAMES
from harness.engines import EngineUnavailable, open_engine, survey

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

    from harness.engines import EngineReport


@pytest.fixture
def reports(playwright: Playwright) -> dict[str, EngineReport]:
    """Return the survey by name."""
    return {report.name: report for report in survey(playwright)}


def test_every_engine_has_a_line(reports: dict[str, EngineReport]) -> None:
    """In the order in which `auto` would take them, then those to ask for."""
    assert ["auto", *reports] == list(ENGINE_NAMES)


def test_an_engine_is_here_with_its_version_or_absent_with_reason_and_remedy(
    reports: dict[str, EngineReport],
) -> None:
    """No third state."""
    for report in reports.values():
        if report.available:
            assert report.version[:1].isdigit()
            assert not report.why_not
        else:
            assert report.why_not
            assert report.install


@pytest.mark.skipif(sys.platform != "linux", reason="the harness's own host app runs on Linux")
def test_webkitgtk_is_here(reports: dict[str, EngineReport]) -> None:
    """On Linux the set-up installs it."""
    assert reports["webkitgtk"].available


def test_what_is_said_absent_cannot_be_opened(
    playwright: Playwright, reports: dict[str, EngineReport]
) -> None:
    """Survey and opening agree, in reason and remedy."""
    report = reports["webkit"]
    if report.available:
        assert Path(playwright.webkit.executable_path).exists()
        return
    with pytest.raises(EngineUnavailable) as refused, open_engine("webkit", playwright=playwright):
        pass
    assert report.why_not in str(refused.value)
    assert "playwright install" in str(refused.value)
