"""How a run is opened: from what was asked for to a stage with everything running.

Owns the request, which results.json keeps so that a run can be had again. `run`, `replay` and the pytest
plugin open their stages here and nowhere else. Must not play or judge anything.
"""

import os
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fake_amo.state.dataset import DEFAULT_SEED
from harness.backends.foreign import foreign_backend, reference_process
from harness.config.file import load_backend
from harness.config.settings import BackendConfig, EngineName, reference_config
from harness.contract import CONTRACT
from harness.engines import Engine, open_engine
from harness.errors import BackendError, UsageError
from harness.phone.choice import PhoneChoice, phone_settings
from harness.preflight.checks import preflight
from harness.preflight.surroundings import known_addresses
from harness.stage.world import OpenBackend, Stage, open_stage

if TYPE_CHECKING:
    from playwright.sync_api import Playwright


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What a run was asked for. `backend` is a `backend.toml`, or None for the built-in reference."""

    backend: Path | None = None
    engine: EngineName = "auto"
    inspector: str | None = None
    headed: bool = False
    strict: bool = False
    phone: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Fields of PhoneChoice that were picked."""
    amo_port: int = 0
    gateway_port: int = 0
    """Fixed ports of fake amoCRM and of the redirect URI, for a backend that already runs; 0: free ones."""
    jobs: int = 1
    """Worker processes at most; results and their order do not depend on it."""
    seed: int = DEFAULT_SEED
    """Of fake amoCRM's ids, codes and tokens."""

    def document(self, out: Path) -> dict[str, Any]:
        """Return it as results.json in `out` keeps it; the file's path counts from there."""
        backend = None if self.backend is None else os.path.relpath(self.backend.resolve(), out.resolve())
        return {
            "backend_file": backend,
            "engine": self.engine,
            "inspector": self.inspector,
            "headed": self.headed,
            "phone": dict(self.phone),
            "seed": self.seed,
            "amo_port": self.amo_port,
            "gateway_port": self.gateway_port,
        }

    @property
    def command(self) -> str:
        """The words that ask for the same on a command line, without the scenario."""
        words = ["amo-harness", "run"]
        words += ["--backend", str(self.backend)] if self.backend else []
        words += ["--engine", self.engine] if self.engine != "auto" else []
        words += ["--inspector", self.inspector] if self.inspector else []
        words += PhoneChoice(**self.phone).words
        return " ".join(words)


def backend_config(backend: Path | None) -> BackendConfig:
    """Return the configuration of a `backend.toml`, or the reference's; `UsageError` where it is wrong."""
    if backend is None:
        return reference_config()
    return load_backend(backend, [clause.id for clause in CONTRACT])


def check_first(request: RunRequest, config: BackendConfig) -> None:
    """Look at a foreign backend before anything is played; BackendError says what is to be changed."""
    known_addresses(config, request.amo_port, request.gateway_port)
    checks = preflight(config, amo_port=request.amo_port, gateway_port=request.gateway_port)
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
    foreign = request.backend is not None
    with ExitStack() as stack:
        engine = stack.enter_context(
            open_engine(
                request.engine, headed=request.headed, inspector=request.inspector, playwright=playwright
            )
        )
        phone = phone_settings(request.phone)
        if "host" in phone:
            check_gesture(engine)
        yield stack.enter_context(
            open_stage(
                config,
                engine,
                partial(foreign_backend, config) if foreign else _reference(),
                open_process=None if foreign else reference_process,
                phone=phone,
                out=out,
                seed=request.seed,
                amo_port=request.amo_port,
                gateway_port=request.gateway_port,
            )
        )


def _reference() -> OpenBackend:
    from harness.backends.reference import reference_backend  # noqa: PLC0415 - heavy, and for whoever plays it alone

    return reference_backend
