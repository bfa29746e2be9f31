"""A HAR that a browser itself has written is read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.config.settings import Http, reference_config
from harness.engines import EngineUnavailable
from harness.engines.launched.chromium_arguments import chromium_arguments
from harness.engines.tabs.presence import launched_executable
from harness.field.har import judge_har, read_har
from harness.timeline.gateway_events import GatewayResponse

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

    from tests.browser.conftest import Engines

CODE = "def50200c0de47110815"


@pytest.mark.parametrize("content", ["embed", "omit"])
def test_chromiums_own_har_is_read(playwright: Playwright, site: str, tmp_path: Path, content: str) -> None:
    """With bodies and without, as Playwright's `record_har` writes it."""
    executable = launched_executable(playwright, "chromium")
    if executable is None:
        pytest.skip("Chromium is not here")
    browser = playwright.chromium.launch(executable_path=str(executable), args=chromium_arguments())
    file = tmp_path / "field.har"
    context = browser.new_context(record_har_path=file, record_har_content=content)  # type: ignore[arg-type]
    context.new_page().goto(f"{site}/plain?code={CODE}")
    context.close()
    browser.close()
    assert ("<h1>Hello</h1>" in judged(file, tmp_path).body) == (content == "embed")


def test_webkits_own_har_is_read(engines: Engines, site: str, tmp_path: Path) -> None:
    """Without bodies: of a page's own document WebKitGTK hands Playwright none."""
    try:
        tab = engines("webkitgtk").open_tab()
    except EngineUnavailable as error:
        pytest.skip(str(error))
    file, context = tmp_path / "field.har", tab.page.context
    context.tracing.start_har(file, content="omit", mode="full")
    tab.goto(f"{site}/plain?code={CODE}")
    context.tracing.stop_har()
    tab.close()
    assert judged(file, tmp_path).body == ""


def judged(file: Path, folder: Path) -> GatewayResponse:
    """Return the callback's answer of a HAR that holds the code, which is kept nowhere, and is judged."""
    assert CODE in file.read_text(encoding="utf-8")
    timeline = read_har(file, replace(reference_config(), http=Http(callback="/plain")))
    [answer] = [each for each in timeline.of(GatewayResponse) if each.is_callback]
    assert answer.status == 200
    timeline.save(folder / "saved.json")
    assert CODE not in (folder / "saved.json").read_text(encoding="utf-8")
    assert judge_har(timeline)["SEC-04"].result == "failed"
    return answer
