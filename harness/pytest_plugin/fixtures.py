"""The fixtures behind `world`: the stage of a test process, what is kept of its tests, and `page`.

Owns their lifetimes. Registered where a backend is named, so that nobody else's `page` is touched.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.pytest_plugin.artifacts import Artifacts, slug
from harness.pytest_plugin.run import COLLECTOR, FAILED, RUN_KEY, WORLD, asks_for_ours
from harness.runs.opening import check_first, open_run
from harness.stage.world import Stage, World


@pytest.fixture(scope="session")
def amo_artifacts(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """Where this process keeps what its tests leave."""
    return Artifacts(pytestconfig, tmp_path_factory.mktemp(COLLECTOR))


@pytest.fixture(scope="session")
def amo_stage(request: pytest.FixtureRequest, amo_artifacts: Artifacts) -> Iterator[Stage]:
    """Everything running, once in each process; each worker of pytest-xdist has its own."""
    run = request.config.stash[RUN_KEY]
    # One synchronous Playwright is all that a thread can have, so pytest-playwright's is used.
    shared = request.config.pluginmanager.hasplugin("playwright")
    playwright = request.getfixturevalue("playwright") if shared else None
    with ExitStack() as stack:
        try:
            if run.request.backend is not None:
                check_first(run.request, run.backend)
            stage = stack.enter_context(
                open_run(run.request, run.backend, out=amo_artifacts.pictures, playwright=playwright)
            )
        except HarnessError as error:
            pytest.fail(str(error), pytrace=False)
        amo_artifacts.begin(stage)
        yield stage


@pytest.fixture
def page(request: pytest.FixtureRequest) -> Any:
    """Playwright's page on the phone where the test asks for our world, else pytest-playwright's own."""
    if asks_for_ours(request.fixturenames):
        return request.getfixturevalue("callback_page").tab.page
    if not request.config.pluginmanager.hasplugin("playwright"):
        pytest.fail(
            "`page` without `world`, `phone` or `amo` is pytest-playwright's, which is not loaded",
            pytrace=False,
        )
    return request.getfixturevalue("page")


def open_world(request: pytest.FixtureRequest) -> Iterator[World]:
    """Yield the world of somebody's own test; an error of the harness in it is one of that test."""
    stage: Stage = request.getfixturevalue("amo_stage")
    artifacts: Artifacts = request.getfixturevalue("amo_artifacts")
    node: pytest.Item = request.node
    with stage.world(slug(node.nodeid)) as world:
        node.stash[WORLD] = world
        yield world
        world.take_picture("end")
    artifacts.keep(node.nodeid, world.recorder.timeline(), failed=node.stash.get(FAILED, False))
    if errors := stage.harness_errors():
        pytest.fail("\n".join(errors), pytrace=False)
