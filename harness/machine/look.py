"""Looks at a machine before any run: browser, screen, fonts, ports, names, folders, Node, proxies, versions.

Owns what is looked at, and the remedy of each look. Only what keeps a run from being played is wrong; all
else is worth knowing. Must not start a browser or know a backend.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from harness.backends.ports import free_port
from harness.engines import WITHOUT_A_NAME, EngineReport, install_command, survey
from harness.errors import HarnessError

State = Literal["ok", "note", "wrong"]
OURS = "amo-harness"
PACKAGES = (OURS, "playwright", "pytest", "httpx", "fastapi", "cryptography")
FONTS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
"""Where the phone's browser looks for them."""
FONT_FILES = (".ttf", ".otf", ".ttc", ".pfb")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
LEAST_FREE = 200 * 2**20
"""Bytes that a run, with a backend's storage and its pictures, may need."""
LONGEST_TEMP = 60
"""Characters of the temporary folder's path: a socket's path below it has at most 107 bytes."""
ANSWER_S = 10.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look has found, and what to do where that is not as it should be."""

    what: str
    state: State
    told: str
    remedy: str = ""


def looks() -> Iterator[Seen]:
    """Yield what is found, each as soon as it is."""
    reports = _surveyed()
    yield of_engines(reports)
    for look in (of_screen, of_fonts, of_ports, of_localhost, of_temporary_folder, of_results, of_node):
        yield look()
    yield of_proxies(os.environ)
    yield of_versions()


def _surveyed() -> list[EngineReport]:
    try:
        return survey()
    except Exception as error:  # noqa: BLE001 - whatever keeps Playwright's driver from starting is the finding
        return [EngineReport("webkit", available=False, version="", why_not=str(error), install="")]


def of_engines(reports: list[EngineReport]) -> Seen:
    """Say which engine a run takes, or the one command that installs one."""
    candidates = [each for each in reports if each.name in WITHOUT_A_NAME]
    found = next((each for each in candidates if each.available), None)
    if found is None:
        told = "; ".join(f"{each.name}: {each.why_not}" for each in candidates)
        return Seen("engine", "wrong", f"no WebKit works here ({told})", install_command())
    others = [each.name for each in reports if each.available and each is not found]
    besides = f"; also here: {', '.join(others)}" if others else ""
    return Seen("engine", "ok", f"{found.name} {found.version}{besides}")


def of_screen() -> Seen:
    """Say whether there is a virtual screen, and a display for `--headed`."""
    display = next((os.environ[name] for name in ("WAYLAND_DISPLAY", "DISPLAY") if os.environ.get(name)), "")
    headed = f"--headed shows on {display}" if display else "no display, so --headed cannot show anything"
    xvfb = shutil.which("Xvfb")
    if xvfb is None:
        return Seen("screen", "note", f"Xvfb is not here, which webkitgtk needs; {headed}", install_command())
    return Seen("screen", "ok", f"{xvfb}; {headed}")


def of_fonts(folders: tuple[Path, ...] = FONTS) -> Seen:
    """Say whether the phone's browser finds fonts: without any, a page has boxes for letters."""
    files = [each for folder in folders for each in folder.rglob("*") if each.suffix.lower() in FONT_FILES]
    if not files:
        where = " or ".join(map(str, folders))
        return Seen(
            "fonts",
            "note",
            f"none in {where}",
            "sudo apt-get install -y fonts-dejavu-core, for Cyrillic texts",
        )
    return Seen("fonts", "ok", f"{len(files)} files")


def of_ports() -> Seen:
    """Say whether servers can listen on loopback and be reached there."""
    try:
        with (
            socket.create_server(("127.0.0.1", free_port())) as server,
            socket.create_connection(server.getsockname(), timeout=ANSWER_S),
        ):
            return Seen("ports", "ok", f"127.0.0.1 listens and answers; {_of_ipv6()}")
    except (OSError, HarnessError) as error:
        return Seen(
            "ports",
            "wrong",
            f"nothing can listen on 127.0.0.1 ({error})",
            "bring loopback up: ip link set lo up",
        )


def _of_ipv6() -> str:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return "so does ::1"
    except OSError:
        return "::1 does not, which only a backend that listens there would need"


def of_localhost(resolve: Callable[[str], str] = socket.gethostbyname) -> Seen:
    """Say whether `localhost`, by which a run has two sites, is this machine."""
    try:
        address = resolve("localhost")
    except OSError as error:
        address = str(error)
    if address.startswith("127."):
        return Seen("localhost", "ok", address)
    return Seen(
        "localhost",
        "note",
        address,
        "add `127.0.0.1 localhost` to /etc/hosts: amoCRM is another site then than the backend",
    )


def of_temporary_folder() -> Seen:
    """Say whether there is room for what a run writes."""
    try:
        folder = tempfile.gettempdir()
        with tempfile.TemporaryDirectory(prefix="amo-harness-"):
            free = shutil.disk_usage(folder).free
    except OSError as error:
        return Seen("folder", "wrong", f"no temporary folder can be written ({error})", "set TMPDIR to one")
    if len(folder) > LONGEST_TEMP:
        return Seen("folder", "note", f"{folder} is long for a socket's path", "set TMPDIR to a shorter one")
    if free < LEAST_FREE:
        return Seen("folder", "note", f"{folder} has {free >> 20} MB left", "make room, or set TMPDIR")
    return Seen("folder", "ok", f"{folder}, {free >> 20} MB left")


def of_results() -> Seen:
    """Say whether runs can be kept where the command is called from."""
    here = Path.cwd()
    if os.access(here, os.W_OK | os.X_OK):
        return Seen("results", "ok", f"runs are kept below {here}")
    return Seen("results", "note", f"{here} cannot be written", "name another folder: run --out FOLDER")


def of_node() -> Seen:
    """Say which Node a backend would find: the harness itself brings its own."""
    node = shutil.which("node")
    if node is None:
        return Seen(
            "node", "note", "not on PATH", "only a backend on Node needs it: install it as the backend has it"
        )
    try:
        asked = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=ANSWER_S, check=False
        )
        told = asked.stdout.strip() or asked.stderr.strip()
    except (OSError, subprocess.TimeoutExpired) as error:
        told = str(error)
    return Seen("node", "ok", f"{told}, {node}")


def of_proxies(environment: Mapping[str, str]) -> Seen:
    """Say which proxies the environment names; amo-harness keeps loopback from them, a backend may not."""
    named = [name for name in PROXIES if environment.get(name) or environment.get(name.lower())]
    if not named:
        return Seen("proxy", "ok", "none is named")
    return Seen(
        "proxy",
        "note",
        f"{', '.join(named)} set; the phone and amo-harness go past it, and the backend is given NO_PROXY",
        "a backend that does not read NO_PROXY must be started without it: [start.env]",
    )


def of_versions() -> Seen:
    """Say what is installed."""
    python = ".".join(map(str, sys.version_info[:3]))
    return Seen("versions", "ok", f"{', '.join(map(_versioned, PACKAGES))}, Python {python}")


def _versioned(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"{package} not installed"
