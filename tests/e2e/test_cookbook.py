"""The cookbook's examples, each judged as it stands in its folder, where short programs like them go wrong.

Connected, refused, and what a link's parameters and a list may be made of; each language's own start is the
larger part of the time.
"""

import os
import sys
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import pytest

from harness.backends.foreign import foreign_backend
from harness.config.file import load_backend
from harness.contract import CONTRACT
from harness.runs.runner import Played, play
from harness.stage.scenario import choose
from harness.stage.world import Setup, Stage, open_stage
from tests.e2e.postgres import own_postgres
from tests.repo.tree import ROOT
from tools.node import install_example, node_programs
from tools.setup import is_debian

EXAMPLES = ROOT / "examples"
MOST_LINES = 80
MOST_LINES_OF_TOML = 40
PLAIN = ("fastapi", "express-minimal")
OF_DEBIAN = ("django", "go", "php")
BEYOND = ("error_text_that_injects", "hostile_error_text", "leads_empty", "state_survives")
MUST = {clause.id for clause in CONTRACT if clause.level == "must"}
OWN = {
    "django": "app.py",
    "documents-project": "server.js",
    "fastapi": "app.py",
    "go": "main.go",
    "nestjs": "server.ts",
    "php": "index.php",
}
"""The cookbook's own examples, each with its one file."""
Judge = Callable[[str], Played]
Open = Callable[[str], AbstractContextManager[Judge]]


@pytest.fixture
def judged(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Open an example on a stage of its own, with the languages that set-up brings first on PATH."""
    node = node_programs()[0]
    path = os.pathsep.join([str(Path(sys.executable).parent), str(node.parent), os.environ["PATH"]])
    monkeypatch.setenv("PATH", path)

    @contextmanager
    def opened(name: str) -> Generator[Judge]:
        if (EXAMPLES / name / "package-lock.json").exists():
            install_example(node, EXAMPLES / name)
        config = load_backend(EXAMPLES / name / "backend.toml", ())
        with open_stage(Setup(config), stage.engine, partial(foreign_backend, config)) as own:
            yield lambda scenario: play(own, choose([scenario])[0])

    return opened


def broken(played: Played) -> dict[str, str]:
    """Return the clauses that must hold and do not, and what else went wrong."""
    told = {
        name: str(each.actual) for name, each in played.result.findings.items() if each.result == "failed"
    }
    trouble = {"harness": ", ".join(played.result.harness_errors), "stopped": played.result.stopped}
    return {name: why for name, why in told.items() if name in MUST} | {n: w for n, w in trouble.items() if w}


def check(opened: Open, name: str) -> None:
    with opened(name) as judge:
        connected, refused = judge("connect_happy_path"), judge("exchange_refused")
        others = [*map(judge, BEYOND)]
    assert [*map(broken, (connected, refused, *others))] == [{}] * (2 + len(BEYOND))
    seen = {each for each, finding in connected.result.findings.items() if finding.result == "passed"}
    assert {"CB-02", "CB-04", "ST-01", "APP-03", "DL-02"} <= seen
    assert refused.result.findings["CB-09"].result == "passed"


@pytest.mark.parametrize("name", [*PLAIN, "nestjs"])
def test_an_example_of_node_or_python_passes(judged: Open, name: str) -> None:
    """As its folder stands."""
    check(judged, name)


@pytest.mark.parametrize("name", OF_DEBIAN)
@pytest.mark.skipif(not is_debian(), reason="set-up installs these languages on Debian alone")
def test_an_example_in_a_language_of_debian_passes(judged: Open, name: str) -> None:
    """As its folder stands; Go is compiled before it starts."""
    check(judged, name)


@pytest.mark.skipif(not is_debian(), reason="set-up installs Postgres on Debian alone")
def test_the_documents_own_project_passes_without_a_start_script(
    judged: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Express, Postgres and JWT; making a cluster takes seconds."""
    with own_postgres() as variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        check(judged, "documents-project")


@pytest.mark.parametrize("name", OWN)
def test_an_example_is_short(name: str) -> None:
    """One file that can be read at once, and a configuration of a page."""
    assert len(said(EXAMPLES / name / OWN[name])) <= MOST_LINES
    assert len(said(EXAMPLES / name / "backend.toml")) <= MOST_LINES_OF_TOML


def said(file: Path) -> list[str]:
    return [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def test_the_cookbook_has_a_row_for_each_example() -> None:
    """None is forgotten."""
    text = (ROOT / "docs" / "cookbook.md").read_text(encoding="utf-8")
    named = {each for each in OWN if f"](../examples/{each})" in text}
    assert named == set(OWN)
