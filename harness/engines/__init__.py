"""The browsers that can play the phone's, and the choice among them.

Owns which engine is taken and why. Must not know how any of them works.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright

from harness.config.engine_names import ENGINE_NAMES
from harness.config.settings import STORES
from harness.engines.launched.engine import LaunchedEngine
from harness.engines.launched.over_cdp import OverCdpEngine
from harness.engines.launched.remote import RemoteEngine
from harness.engines.tabs import presence
from harness.engines.tabs.complaints import Complaint, hear_complaints
from harness.engines.tabs.engine import (
    ANDROID_USER_AGENT,
    PHONE_USER_AGENT,
    Aim,
    BrowserCrashed,
    CannotTap,
    Departure,
    Dialog,
    Engine,
    EngineDied,
    EngineReport,
    EngineUnavailable,
    NavigationFailed,
    NavigationTooSlow,
    NothingToTap,
    NotShown,
    PageLost,
    PageStarved,
    PageTooSlow,
    Tab,
    Trusted,
)
from harness.engines.tabs.page_scripts import worker_clock
from harness.engines.tabs.presence import install_command
from harness.engines.tabs.sendings import origin_of
from harness.engines.webkitgtk.engine import WebKitGtkEngine
from harness.errors import UsageError

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

    from harness.config.engine_names import EngineName

__all__ = [
    "ANDROID_USER_AGENT",
    "PHONE_USER_AGENT",
    "WITHOUT_A_NAME",
    "Aim",
    "BrowserCrashed",
    "CannotTap",
    "Complaint",
    "Departure",
    "Dialog",
    "Engine",
    "EngineDied",
    "EngineReport",
    "EngineUnavailable",
    "NavigationFailed",
    "NavigationTooSlow",
    "NotShown",
    "NothingToTap",
    "PageLost",
    "PageStarved",
    "PageTooSlow",
    "Tab",
    "Trusted",
    "hear_complaints",
    "install_command",
    "open_engine",
    "origin_of",
    "survey",
    "worker_clock",
]


WITHOUT_A_NAME: tuple[EngineName, ...] = ("webkitgtk", "webkit")
"""The engines of which a run takes the first that works, where it names none."""


@contextlib.contextmanager
def driver_of_its_own() -> Generator[Playwright]:
    """Start Playwright's driver, and end it with the block.

    Where a browser is killed, the driver may fall over it and print its own stack: that is kept from the
    terminal, for the run says in a sentence what ended. EngineUnavailable, with its words, where it does not
    start.
    """
    with contextlib.ExitStack() as stack:
        said = stack.enter_context(tempfile.TemporaryFile("w+"))
        try:
            with contextlib.redirect_stderr(said):  # whose descriptor the driver is started with
                driver = stack.enter_context(sync_playwright())
        except Exception as error:  # it raises of its plain kind where the driver ends at once
            said.seek(0)
            raise EngineUnavailable(f"Playwright's driver does not start: {said.read() or error}") from error
        yield driver


@contextlib.contextmanager
def open_engine(
    name: EngineName = "auto",
    *,
    headed: bool = False,
    inspector: str | None = None,
    cdp: str | None = None,
    playwright: Playwright | None = None,
    trusted: Trusted | None = None,
    app_links: tuple[str, ...] = STORES,
    user_agent: str = PHONE_USER_AGENT,
) -> Generator[Engine]:
    """Start an engine, and end it and all that belongs to it at the end of the block.

    `auto` is `remote` when the address of an inspector, or of a bridge for the Chrome protocol (`cdp`), is
    given, else the first of webkitgtk and webkit that works. Without `playwright` one of its own is started;
    with `trusted` its tabs take that certificate; an address of the web that begins like one of `app_links`
    is a departure. A browser elsewhere keeps its own user agent. Raises EngineUnavailable when none works,
    UsageError when what is asked for is impossible.
    """
    with contextlib.ExitStack() as stack:

        def driver() -> Playwright:
            return playwright if playwright is not None else stack.enter_context(driver_of_its_own())

        _check_addresses(name, inspector, cdp)
        candidates = _candidates(name, inspector or cdp)
        options = Options(headed, inspector, cdp, trusted, app_links, user_agent)
        engine = _first_that_works(candidates, driver, options)
        stack.callback(engine.close)
        try:
            yield engine
        except PlaywrightError:
            engine.check()  # Playwright only says that something was closed
            raise


def _check_addresses(name: EngineName, inspector: str | None, cdp: str | None) -> None:
    if inspector is not None and cdp is not None:
        raise UsageError("--inspector and --cdp are two ways to one browser elsewhere: give one of them")
    if (inspector or cdp) is not None and name not in ("auto", "remote"):
        what = "an inspector address" if inspector is not None else "an address of the Chrome protocol"
        raise UsageError(f"{what} is for the engine `remote`, not for `{name}`")


def _candidates(name: EngineName, inspector: str | None) -> tuple[EngineName, ...]:
    if name != "auto":
        return (name,)
    return ("remote",) if inspector is not None else WITHOUT_A_NAME


@dataclass(frozen=True, slots=True)
class Options:
    """What an engine is started with."""

    headed: bool
    inspector: str | None
    cdp: str | None
    trusted: Trusted | None
    app_links: tuple[str, ...]
    user_agent: str


def _first_that_works(
    candidates: tuple[EngineName, ...], driver: Callable[[], Playwright], options: Options
) -> Engine:
    log: list[str] = []
    for name in candidates:
        try:
            engine = _start(name, driver, options)
        except EngineUnavailable as error:
            log.append(f"{name}: {error}")
            continue
        engine.choice_log = (*log, f"{name}: taken, {engine.version or 'version unknown'}")
        return engine
    raise EngineUnavailable(f"{_remedy(candidates)}\n  " + "\n  ".join(log))


def _remedy(candidates: tuple[EngineName, ...]) -> str:
    """Say in the first line what to do where none of the engines works."""
    if candidates != WITHOUT_A_NAME:
        return f"the engine {candidates[0]} does not work here"
    return f"no WebKit works here; one command installs it: {install_command()}"


def _start(name: EngineName, driver: Callable[[], Playwright], options: Options) -> Engine:
    if options.trusted is not None and name in ("remote", "webkit"):
        raise EngineUnavailable(
            f"{name} cannot be made to trust the redirect URI's throw-away certificate alone: for a backend "
            "with [http].public_https use --engine webkitgtk or chromium"
        )
    match name:
        case "webkitgtk":
            return WebKitGtkEngine(
                driver,
                headed=options.headed,
                trusted=options.trusted,
                app_links=options.app_links,
                user_agent=options.user_agent,
            )
        case "remote":
            if options.cdp is not None:
                return OverCdpEngine(driver(), options.cdp, app_links=options.app_links)
            if options.inspector is None:
                raise UsageError(
                    "the engine `remote` needs the address of an inspector: --inspector http://HOST:PORT, or "
                    "of a bridge for the Chrome protocol: --cdp http://HOST:PORT"
                )
            return RemoteEngine(driver(), options.inspector, app_links=options.app_links)
        case "webkit" | "chromium":
            return LaunchedEngine(
                driver(),
                name,
                headed=options.headed,
                trusted=options.trusted,
                app_links=options.app_links,
                user_agent=options.user_agent,
            )
        case "auto":
            raise AssertionError("auto is resolved before")


def survey(playwright: Playwright | None = None) -> list[EngineReport]:
    """Say of each engine whether it is here, and if not, why and what installs it."""
    with contextlib.ExitStack() as stack:
        driver = playwright if playwright is not None else stack.enter_context(driver_of_its_own())
        return [_report(name, driver) for name in ENGINE_NAMES if name != "auto"]


def _report(name: EngineName, driver: Playwright) -> EngineReport:
    match name:
        case "webkitgtk":
            return presence.of_webkitgtk()
        case "remote":
            return presence.of_remote()
        case "webkit" | "chromium":
            return presence.of_launched(driver, name)
        case "auto":
            raise AssertionError("auto is a choice, not an engine")
