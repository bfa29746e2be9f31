"""The pytest plugin: the options, and the fixtures for people's own tests.

Loaded in every test run of everybody who has installed the harness, so it imports nothing but pytest and
the names of the options, and gives those back: a project that has a package `harness` of its own finds
it as if amo-harness were not there. The work is `harness.pytest_plugin`'s, which is loaded where a backend
is named.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from amo_harness.whereabouts import HOME, hidden, strangers

if TYPE_CHECKING:
    from harness.stage.amo_side import AmoSide
    from harness.stage.callback_page import CallbackPage
    from harness.stage.phone_side import PhoneSide
    from harness.stage.world import World

RUN = "amo-harness-run"
"""The name under which the plugin that does the work is registered."""
AT_WORK = ("harness", "fake_amo", "backend_under_test")
"""The packages that work loads. Whether `scenarios` is ours matters to whoever plays them all."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; `amo_backend` in the configuration serves the fixtures, and collects nothing."""
    group = parser.getgroup("amo-harness", "amo-harness: a backend's amoCRM authorization, in a real WebKit")
    group.addoption(
        "--amo-backend",
        metavar="FILE",
        help="collect a test for each scenario and play it on this backend.toml, or on `reference`, the "
        "built-in backend",
    )
    with _borrowed_names():
        from harness.runs.options import declare_for_pytest  # noqa: PLC0415 - ours only in this block

        declare_for_pytest(group.addoption)
    parser.addini("amo_backend", "backend.toml, or `reference`, for the fixtures world, phone, amo and page")


@contextmanager
def _borrowed_names() -> Generator[None]:
    """Let `harness` be ours in the block, and afterwards what it was, or nothing."""
    before = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "harness"}
    _forget_harness()
    sys.path.insert(0, str(HOME))
    try:
        yield
    finally:
        sys.path.remove(str(HOME))
        _forget_harness()
        sys.modules.update(before)


def _forget_harness() -> None:
    for name in [each for each in sys.modules if each.partition(".")[0] == "harness"]:
        del sys.modules[name]


def pytest_configure(config: pytest.Config) -> None:
    """Load what plays scenarios, where a backend is named."""
    backend = config.getoption("--amo-backend") or _configured(config)
    if not backend:
        return
    if others := strangers(AT_WORK):
        raise pytest.UsageError(hidden(others))
    from harness.pytest_plugin import fixtures, run  # noqa: PLC0415 - heavy, and for nobody else's run

    config.pluginmanager.register(run.AmoRun(config, backend), RUN)
    config.pluginmanager.register(fixtures, f"{RUN}-fixtures")


def _configured(config: pytest.Config) -> str:
    """Return `amo_backend`; a path counts from the file that it stands in."""
    backend: str = config.getini("amo_backend")
    if backend in ("", "reference") or config.inipath is None:
        return backend
    return str(config.inipath.parent / backend)


@pytest.fixture
def world(request: pytest.FixtureRequest) -> Generator[World]:
    """Yield a fresh world: fake amoCRM, the backend, the gateway, and a phone once it is asked for."""
    if not request.config.pluginmanager.hasplugin(RUN):
        pytest.fail(
            "the fixture `world` needs a backend: run pytest with --amo-backend backend.toml (or reference), "
            "or set amo_backend in pytest's configuration",
            pytrace=False,
        )
    from harness.pytest_plugin.fixtures import open_world  # noqa: PLC0415 - the same

    yield from open_world(request)


@pytest.fixture
def phone(world: World) -> PhoneSide:
    """Return the user's phone, with the app on it."""
    return world.phone


@pytest.fixture
def amo(world: World) -> AmoSide:
    """Return fake amoCRM: what goes wrong there, and when."""
    return world.amo


@pytest.fixture
def callback_page(world: World) -> CallbackPage:
    """Return the callback's page on that phone, to be tapped, left alone or reloaded."""
    return world.page
