"""A Chromium that nobody of the harness has started, with a port for its protocol."""

from __future__ import annotations

import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from harness.engines.launched.chromium_arguments import OF_THE_ADDRESS_BAR, WITHOUT
from harness.engines.tabs.presence import launched_executable
from tests.browser.processes import started

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Playwright

ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--remote-debugging-port=0",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    WITHOUT + ",".join(OF_THE_ADDRESS_BAR),
    "about:blank",
)


@contextmanager
def started_elsewhere(playwright: Playwright, profile: Path) -> Generator[str]:
    """Start it with an empty profile; yield the address of its protocol."""
    program = launched_executable(playwright, "chromium")
    if program is None:
        pytest.skip("Chromium is not here")
    command = [str(program), *ARGUMENTS, f"--user-data-dir={profile}"]
    with started(command, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        told = next(line for line in process.stderr if "DevTools listening on" in line)
        yield "http://" + told.partition("ws://")[2].partition("/")[0]
        process.terminate()
        process.stderr.close()
