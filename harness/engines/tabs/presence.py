"""Whether an engine is installed on this machine, and if not, what installs it.

Owns the look-ups and the commands to install. Must not start an engine.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from harness.engines.tabs.engine import EngineReport

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

    from harness.config.engine_names import LaunchedName

SYSTEM_PYTHON = "/usr/bin/python3"  # the one that the distribution's python3-gi belongs to
INSTALL_WEBKITGTK = "sudo apt-get install -y gir1.2-webkit2-4.1 python3-gi xvfb"
INSTALL_LAUNCHED: dict[LaunchedName, str] = {
    "webkit": f"{sys.executable} -m playwright install --with-deps webkit",
    "chromium": f"sudo apt-get install -y chromium (or: {sys.executable} -m playwright install chromium)",
}
APT_GET = "apt-get"
LOOK_UP_TIMEOUT_S = 60.0
_ASK_VERSION = """
import gi
gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import WebKit2
print(WebKit2.get_major_version(), WebKit2.get_minor_version(), WebKit2.get_micro_version(), sep=".")
"""
_CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def install_command() -> str:
    """Return the one command that installs a WebKit on this machine."""
    return INSTALL_WEBKITGTK if shutil.which(APT_GET) else INSTALL_LAUNCHED["webkit"]


def of_webkitgtk() -> EngineReport:
    """Look for WebKitGTK, its Python binding and Xvfb."""
    version, why_not = "", ""
    try:
        asked = subprocess.run(
            [SYSTEM_PYTHON, "-I", "-W", "ignore", "-c", _ASK_VERSION],
            capture_output=True,
            text=True,
            timeout=LOOK_UP_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        why_not = f"{SYSTEM_PYTHON} cannot be asked: {error}"
    else:
        version = asked.stdout.strip()
        if asked.returncode != 0:
            why_not = (asked.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        elif shutil.which("Xvfb") is None:
            why_not = "Xvfb is not installed"
    return EngineReport("webkitgtk", not why_not, version, why_not, INSTALL_WEBKITGTK)


def of_launched(playwright: Playwright, name: LaunchedName) -> EngineReport:
    """Look for a browser that Playwright can launch."""
    executable = launched_executable(playwright, name)
    if executable is not None:
        return EngineReport(name, available=True, version=_version(executable), why_not="", install="")
    expected = getattr(playwright, name).executable_path
    return EngineReport(
        name, available=False, version="", why_not=f"{expected} is missing", install=INSTALL_LAUNCHED[name]
    )


def launched_executable(playwright: Playwright, name: LaunchedName) -> Path | None:
    """Return Playwright's own browser, for Chromium else the system's; None when there is none."""
    own = Path(getattr(playwright, name).executable_path)
    if own.exists():
        return own
    found = next(filter(None, map(shutil.which, _CHROMIUM_NAMES)), None) if name == "chromium" else None
    return Path(found) if found else None


def _version(executable: Path) -> str:
    """Ask the program; "" when it does not tell."""
    try:
        asked = subprocess.run(
            [executable, "--version"], capture_output=True, text=True, timeout=LOOK_UP_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    words = asked.stdout.split()
    return next((word for word in words if word[:1].isdigit()), "")


def of_remote() -> EngineReport:
    """Say how to reach an inspector: there is none before its address is given."""
    return EngineReport(
        "remote",
        available=False,
        version="",
        why_not="needs the address of an inspector: --inspector http://HOST:PORT",
        install="brew install ios-webkit-debug-proxy (an iPhone or the iOS simulator behind it)",
    )
