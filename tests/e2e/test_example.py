"""The Express example, judged from outside as any backend is."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from fake_amo import FakeAmo
from harness.config import BackendConfig
from harness.config_file import load_backend
from harness.engines import open_engine
from harness.foreign import RunningBackend, StartedBackend, foreign_backend
from harness.results import RunResult
from harness.runner import run
from harness.scenario import choose
from harness.world import open_stage
from tools.node import EXAMPLE, install_example, node_programs


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> BackendConfig:
    """The example with its packages installed, and the `node` that `backend.toml` names on PATH."""
    node = node_programs()[0]
    install_example(node)
    monkeypatch.setenv("PATH", f"{node.parent}{os.pathsep}{os.environ['PATH']}")
    return load_backend(EXAMPLE / "backend.toml", ())


def judge(playwright: Playwright, config: BackendConfig, out: Path, *scenarios: str) -> RunResult:
    """Play scenarios on the backend, all of them when none is named."""

    @contextmanager
    def backend(amo: FakeAmo, redirect_uri: str) -> Generator[StartedBackend | RunningBackend]:
        with foreign_backend(config, amo, redirect_uri) as started:
            yield started

    with (
        open_engine("auto", playwright=playwright) as engine,
        open_stage(config, engine, backend, open_process=backend, out=out) as stage,
    ):
        return run(stage, choose(scenarios), (), strict=True)


@pytest.mark.timeout(180)
def test_the_example_passes_every_clause(
    playwright: Playwright, example: BackendConfig, tmp_path: Path
) -> None:
    """Also those that only warn: it is what people copy from. No scenario is left out."""
    result = judge(playwright, example, tmp_path)
    wrong = {
        each.id: (each.failures(), each.unseen, each.trouble, each.left_out) for each in result.scenarios
    }
    assert {name: found for name, found in wrong.items() if any(found)} == {}
    assert result.exit_code == 0


def test_its_fault_breaks_the_clause_that_it_is_about(
    playwright: Playwright, example: BackendConfig, tmp_path: Path
) -> None:
    """With FAULT=auto_redirect the page opens the app without a tap: CB-06, and nothing else."""
    assert example.start
    broken = replace(
        example, start=replace(example.start, env={**example.start.env, "FAULT": "auto_redirect"})
    )
    result = judge(playwright, broken, tmp_path, "left_alone")
    assert result.exit_code == 1
    assert [list(each.failures()) for each in result.scenarios] == [["CB-06"]]
