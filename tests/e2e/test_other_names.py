"""Projects that have packages by the names of ours: theirs is left alone, and ours is found."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.stage.scenario import all_scenarios

PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
THEIR_TEST = """\
from {package} import WHOSE

def test_theirs():
    assert WHOSE == "theirs"
"""


def project(folder: Path, package: str) -> Path:
    """Write a project whose package has a name of ours, with a test of it and a conftest that needs it."""
    (folder / package).mkdir()
    (folder / package / "__init__.py").write_text('WHOSE = "theirs"\n', encoding="utf-8")
    (folder / "conftest.py").write_text(f"import {package}\n", encoding="utf-8")
    (folder / "test_theirs.py").write_text(THEIR_TEST.format(package=package), encoding="utf-8")
    return folder


def python(folder: Path, *words: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    env |= {} if path is None else {"PYTHONPATH": path}
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("package", ["harness", "scenarios", "fake_amo"])
def test_a_test_run_that_has_nothing_to_do_with_us_finds_its_own(tmp_path: Path, package: str) -> None:
    """The plugin is there, and says nothing until it is asked."""
    done = python(project(tmp_path, package), *PYTEST)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 passed" in done.stdout


@pytest.mark.parametrize("package", ["harness", "scenarios", "fake_amo"])
def test_asked_for_it_says_what_hides_it(tmp_path: Path, package: str) -> None:
    """One sentence with the place and the remedy, in the place of a green run without scenarios."""
    done = python(project(tmp_path, package), *PYTEST, "--amo-backend", "reference")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    [told] = [line for line in done.stderr.splitlines() if line.strip()]
    assert str(tmp_path / package / "__init__.py") in told
    assert "rename" in told


@pytest.mark.parametrize(
    ("words", "path"),
    [(("-m", "amo_harness"), None), (("-m", "harness"), None), (("-m", "amo_harness"), ".")],
    ids=["its own name", "as ever", "PYTHONPATH"],
)
def test_the_command_plays_its_own_scenarios(
    tmp_path: Path, words: tuple[str, ...], path: str | None
) -> None:
    """Whatever lies in the folder that it is called from."""
    done = python(project(tmp_path, "scenarios"), *words, "scenarios", path=path)
    assert (done.returncode, done.stderr) == (0, "")
    assert set(all_scenarios()) <= set(done.stdout.split())


def test_the_command_works_beside_a_package_harness(tmp_path: Path) -> None:
    """By its own name; `python -m harness` is that project's own."""
    done = python(project(tmp_path, "harness"), "-m", "amo_harness", "engines")
    assert "webkitgtk" in done.stdout
    assert done.stderr == ""
