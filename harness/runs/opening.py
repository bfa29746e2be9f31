"""How a run is opened: from what was asked for to a stage with everything running.

Owns the way from a request to a stage: `run`, `replay` and the pytest plugin open theirs here and nowhere
else. Must not play or judge anything.
"""

import sys
from collections.abc import Collection, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fake_amo.state.dataset import DEFAULT_SEED
from harness.backends.backend import OpenBackend
from harness.backends.foreign import (
    OF_A_PAGE,
    foreign_backend,
    offers_of_config,
    page_alone,
    reference_process,
)
from harness.backends.reach import LOOPBACK_ALONE, Reach
from harness.config.file import load_backend
from harness.config.settings import BackendConfig, Http, Scenarios, reference_config
from harness.contract import CONTRACT
from harness.engines import ANDROID_USER_AGENT, PHONE_USER_AGENT, Engine, Trusted, open_engine
from harness.errors import BackendError, UsageError
from harness.gateway.public_tls import PUBLIC_HOST, open_public_tls
from harness.phone import PhoneOptions
from harness.phone.settings import phone_options
from harness.preflight.checks import preflight
from harness.preflight.page import check_page, page_address
from harness.preflight.surroundings import known_addresses
from harness.runs.options import OPTIONS, RunRequest
from harness.runs.rules import Rules
from harness.stage.page.examining import machine_offers
from harness.stage.scenario import check_names
from harness.stage.watching import SLOW_S, Watching
from harness.stage.world import Setup, Stage, open_stage

if TYPE_CHECKING:
    from playwright.sync_api import Playwright


HIGHEST_PORT = 65535
REFUSED_BY_BROWSERS = frozenset({
    1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103,
    104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513,
    514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720,
    1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
})  # fmt: skip
"""https://fetch.spec.whatwg.org/#port-blocking"""
EVERYTHING = frozenset(need for each in CONTRACT for need in each.needs) - {"axe"}
"""What the reference offers: a process of its own stands beside it."""


def settled(request: RunRequest) -> RunRequest:
    """Return the request as it can be had again: what was left open is what it is today.

    UsageError for what cannot be played, before anything is started.
    """
    if request.jobs < 1:
        raise UsageError(f"--jobs {request.jobs} is no number of workers: give 1 or more")
    if request.verbose and request.quiet:
        raise UsageError("--verbose and --quiet contradict each other: leave one out")
    if request.pause and not sys.stdin.isatty():
        raise UsageError("--pause waits for Enter, and nobody can press it here: run it in a terminal")
    check_ports(amo_port=request.amo_port, gateway_port=request.gateway_port)
    check_inspector(request.inspector)
    check_inspector(request.cdp, flag="--cdp")
    if request.lan is not None and request.inspector is None and request.cdp is None:
        raise UsageError("--lan is for a browser elsewhere: give its --inspector or --cdp, or leave it out")
    phone_of(request)
    if request.page is not None:
        page_address(request.page)
    return replace(request, seed=DEFAULT_SEED if request.seed is None else request.seed)


def check_ports(**ports: int) -> None:
    """Raise UsageError for a number that is no port, or is given twice; 0 leaves the choice to the system."""
    flags: dict[int, str] = {}
    for name, port in ports.items():
        check_port(flag := OPTIONS[name].ask.flag, port)
        if port and flags.setdefault(port, flag) != flag:
            raise UsageError(f"{flags[port]} and {flag} are both {port}: give two, or leave one out")


def check_port(flag: str, port: int) -> None:
    """Raise UsageError for no port, or one that browsers refuse; 0 leaves the choice to the system."""
    if not 0 <= port <= HIGHEST_PORT:
        raise UsageError(f"{flag} {port} is no port: give 1 to {HIGHEST_PORT}, or leave it out")
    if port in REFUSED_BY_BROWSERS:
        raise UsageError(
            f"{flag} {port} is a port that browsers refuse to visit: give another, or leave it out"
        )


def check_inspector(inspector: str | None, flag: str = "--inspector") -> None:
    """Raise UsageError for what is no address of an inspector."""
    if inspector is None:
        return
    try:
        parts = urlsplit(inspector)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable:
        raise UsageError(f"{flag} {inspector!r} is no address such as http://127.0.0.1:9222")


def phone_of(request: RunRequest) -> PhoneOptions:
    """Return what the request asks for of the phone; UsageError for impossible ones."""
    return phone_options(
        host=request.host,
        no_gesture=request.no_gesture,
        unknown=request.unknown,
        app_installed=request.app_installed,
        sdk=request.sdk,
        app=request.app,
        hosts=request.hosts,
    )


def user_agent_of(phone: PhoneOptions) -> str:
    """Return what the browser of the chosen phone calls itself."""
    return ANDROID_USER_AGENT if phone.platform == "android" else PHONE_USER_AGENT


def rules_of(request: RunRequest, config: BackendConfig) -> Rules:
    """Return the rules by which a run of this backend is counted."""
    return Rules(
        strict=request.strict,
        known_failures=config.known_failures,
        levels=config.levels,
        offers=_offers(request, config) | machine_offers(),
        promises_count=request.backend is None and request.page is None,
    )


def _offers(request: RunRequest, config: BackendConfig) -> frozenset[str]:
    if request.page is not None:
        return OF_A_PAGE
    return offers_of_config(config) if request.backend is not None else EVERYTHING


def config_of(request: RunRequest, named: Collection[str] = ()) -> BackendConfig:
    """Return what is judged; for a page alone, `backend.toml` gives wording, link and levels.

    Scenarios that are named are played whatever `[scenarios]` says.
    """
    if request.page is None:
        config = backend_config(request.backend)
        return replace(config, scenarios=Scenarios()) if named else config
    url, path, _ = page_address(request.page)
    given = BackendConfig() if request.backend is None else backend_config(request.backend)
    http = Http(url=url, ready=path, callback=path, status="", leads="")
    return replace(given, name=request.page, start=None, http=http, scenarios=Scenarios())


def backend_config(backend: Path | None) -> BackendConfig:
    """Return the configuration of a `backend.toml`, or the reference's; `UsageError` where it is wrong."""
    if backend is None:
        return reference_config()
    return load_backend(backend, [clause.id for clause in CONTRACT], check_names)


def check_first(request: RunRequest, config: BackendConfig) -> None:
    """Look at a foreign backend before anything is played; BackendError says what is to be changed."""
    if request.page is not None:
        check_page(request.page)
        return
    look_first(config, amo_port=request.amo_port, gateway_port=request.gateway_port)


def look_first(config: BackendConfig, *, amo_port: int = 0, gateway_port: int = 0) -> None:
    """Look at a backend with its settings alone; BackendError says what is to be changed."""
    known_addresses(config, amo_port, gateway_port)
    checks = preflight(config, amo_port=amo_port, gateway_port=gateway_port)
    wrong = [str(check) for check in checks if not check.is_ok]
    if wrong:
        raise BackendError(f"{config.name} cannot be judged as it is configured\n  " + "\n  ".join(wrong))


def check_gesture(engine: Engine) -> None:
    """Raise UsageError for an engine behind which no named host can be simulated."""
    if not engine.tells_gesture:
        raise UsageError(
            f"the engine {engine.name} does not tell whether a user gesture stands behind a departure, and "
            "what a phone's browser does depends on that: use --engine webkitgtk"
        )


@contextmanager
def open_run(
    request: RunRequest,
    config: BackendConfig,
    *,
    out: Path | None = None,
    playwright: "Playwright | None" = None,
) -> Generator[Stage]:
    """Yield the stage of a run; pictures go to `out`.

    A foreign backend should be looked at before, once, by `check_first`.

    Raises BackendError where the backend does not start, EngineUnavailable where no browser works.
    """
    foreign = request.backend is not None or request.page is not None
    query = page_address(request.page)[2] if request.page is not None else {}
    phone = phone_of(request)
    with ExitStack() as stack:
        tls = stack.enter_context(open_public_tls(wanted=config.http.public_https, port=request.gateway_port))
        engine = stack.enter_context(
            open_engine(
                request.engine,
                headed=request.headed,
                inspector=request.inspector,
                cdp=request.cdp,
                playwright=playwright,
                trusted=None if tls is None else Trusted(PUBLIC_HOST, tls.certificate, tls.origin),
                app_links=config.deep_link.app_links,
                user_agent=user_agent_of(phone),
            )
        )
        if phone.host is not None:
            check_gesture(engine)
        yield stack.enter_context(
            open_stage(
                Setup(
                    config,
                    phone=phone,
                    page_query=query,
                    out=out,
                    open_process=None if foreign else reference_process,
                    watching=Watching(SLOW_S if request.slow else 0.0, pauses=request.pause),
                ),
                engine,
                backend_of(request, config),
                seed=DEFAULT_SEED if request.seed is None else request.seed,
                amo_port=request.amo_port,
                gateway_port=request.gateway_port,
                tls=tls,
                reach=LOOPBACK_ALONE if request.lan is None else Reach(lan=request.lan),
            )
        )


def backend_of(request: RunRequest, config: BackendConfig) -> OpenBackend:
    """Return how the backend of a request is opened."""
    if request.page is not None:
        return partial(page_alone, config)
    return _reference() if request.backend is None else partial(foreign_backend, config)


def _reference() -> OpenBackend:
    from harness.backends.reference import reference_backend  # noqa: PLC0415 - heavy, and for whoever plays it alone

    return reference_backend
