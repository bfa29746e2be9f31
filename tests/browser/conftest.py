"""One browser of each engine for all tests of a worker, and a server of static pages."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from harness.engines import Engine, EngineUnavailable, Tab, open_engine
from tests.browser.pages import served

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

    from harness.config.engine_names import EngineName

Engines = Callable[["EngineName"], Engine]


@pytest.fixture(scope="session")
def engines(playwright: Playwright) -> Generator[Engines]:
    """Start each engine once, when it is first asked for."""
    started: dict[str, Engine] = {}
    with ExitStack() as stack:

        def start(name: EngineName) -> Engine:
            if name not in started:
                started[name] = stack.enter_context(open_engine(name, playwright=playwright))
            return started[name]

        yield start


@pytest.fixture(params=["webkitgtk", "chromium"])
def engine(request: pytest.FixtureRequest, engines: Engines) -> Engine:
    """Return each engine that works here; the harness's own on Linux must."""
    name: EngineName = request.param
    try:
        return engines(name)
    except EngineUnavailable as error:
        if name == "webkitgtk" and sys.platform == "linux":
            raise
        pytest.skip(str(error))


@pytest.fixture
def tab(engine: Engine) -> Generator[Tab]:
    """Return a fresh tab."""
    opened = engine.open_tab()
    yield opened
    opened.close()


@pytest.fixture
def chromium(engines: Engines) -> Engine:
    """Return Chromium, where it is installed: Ubuntu has it as a snap alone."""
    try:
        return engines("chromium")
    except EngineUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture
def webkitgtk(engines: Engines) -> Engine:
    """Return the engine that the harness's own host app is."""
    return engines("webkitgtk")


@pytest.fixture
def webkit_tab(webkitgtk: Engine) -> Generator[Tab]:
    """Return a fresh tab of it."""
    opened = webkitgtk.open_tab()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def site() -> Generator[str]:
    """Return the address of the static pages."""
    with served() as address:
        yield address
