"""One stage for all scenarios of a test process: the real engine, the reference backend, fake amoCRM."""

from collections.abc import Callable, Generator
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from harness.backends.foreign import reference_process
from harness.backends.reference import reference_backend
from harness.config.settings import reference_config
from harness.engines import open_engine
from harness.runs.runner import Played, play
from harness.stage.scenario import choose
from harness.stage.world import Setup, Stage, open_stage

Play = Callable[[str], Played]


@pytest.fixture(scope="session")
def stage(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Generator[Stage]:
    """Open the stage that `amo-harness run` opens."""
    out: Path = tmp_path_factory.mktemp("run")
    with (
        open_engine("auto", playwright=playwright) as engine,
        open_stage(
            Setup(reference_config(), out=out, open_process=reference_process), engine, reference_backend
        ) as opened,
    ):
        yield opened


@pytest.fixture(scope="session")
def play_scenario(stage: Stage) -> Play:
    """Play a scenario by its name and judge it: once, for all tests that read its timeline."""

    @cache
    def played(name: str) -> Played:
        return play(stage, choose([name])[0])

    return played
