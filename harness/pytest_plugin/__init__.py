"""The pytest plugin: the options, and the fixtures for people's own tests.

Loaded in every test run of everybody who has installed the harness, so it imports nothing but pytest and
the names of the options; the work is `harness.pytest_plugin.run`'s, which is loaded where a backend is named.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

from harness.runs.options import declare_for_pytest

if TYPE_CHECKING:
    from harness.stage.amo_side import AmoSide
    from harness.stage.callback_page import CallbackPage
    from harness.stage.phone_side import PhoneSide
    from harness.stage.world import World

RUN = "amo-harness-run"
"""The name under which the plugin that does the work is registered."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; `amo_backend` in the configuration serves the fixtures, and collects nothing."""
    group = parser.getgroup("amo-harness", "amo-harness: a backend's amoCRM authorization, in a real WebKit")
    group.addoption(
        "--amo-backend",
        metavar="FILE",
        help="collect a test for each scenario and play it on this backend.toml, or on `reference`, the "
        "built-in backend",
    )
    declare_for_pytest(group.addoption)
    parser.addini("amo_backend", "backend.toml, or `reference`, for the fixtures world, phone, amo and page")


def pytest_configure(config: pytest.Config) -> None:
    """Load what plays scenarios, where a backend is named."""
    if backend := config.getoption("--amo-backend") or _configured(config):
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
