"""The wheel as anybody gets it: built once a worker, of a user without root, in a path with spaces."""

import importlib.metadata
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tools.slim import slim
from tools.tight import tighten

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534
"""`nobody` and `nogroup`, on every Debian and Ubuntu."""
LIMIT_S = 100
NAME = f"python{sys.version_info[0]}.{sys.version_info[1]}"
PYTHONS = (Path(sys.base_prefix, "bin", NAME), Path("/usr/bin", NAME))
"""The Python that our own environment was made of, and the distribution's of the same version."""


@dataclass(frozen=True)
class Installed:
    """An installation of the wheel, its user's home and a folder that is no repository."""

    folder: Path

    @property
    def home(self) -> Path:
        """Return the user's home."""
        return self.folder / "home"

    def program(self, name: str) -> str:
        """Return a program of the environment."""
        return str(self.folder / "venv" / "bin" / name)

    def run(self, name: str, *words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment as its user, with nothing of our own environment."""
        return subprocess.run(
            [*as_nobody(), self.program(name), *words],
            cwd=cwd or self.home,
            env={"HOME": str(self.home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )


def as_nobody() -> list[str]:
    """Return what runs a command without root; nothing where we are not root ourselves."""
    if os.geteuid():
        return []
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs"]


def python_for_anybody() -> Path:
    """Return a Python that a user without root may run; one that lies in root's home is not."""
    for each in PYTHONS:
        asked = [*as_nobody(), "env", each, "-c", ""]
        if each.exists() and subprocess.run(asked, capture_output=True, check=False).returncode == 0:
            return each
    pytest.skip(f"no user without root may run {' or '.join(map(str, PYTHONS))}")


def must_run(*command: str | Path) -> None:
    """Run a step of the set-up; what it said is in the error when it fails."""
    done = subprocess.run(
        list(map(str, command)), cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout as a release is."""
    folder = tmp_path_factory.mktemp("wheel")
    must_run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder)
    built = next(folder.glob("*.whl"))
    slim(built)
    tighten(built)
    return built


def dependencies(name: str, found: set[str]) -> Iterator[importlib.metadata.Distribution]:
    """Yield what a distribution needs here without any extra, each once, however deep."""
    for text in importlib.metadata.requires(name) or ():
        needed = Requirement(text)
        if needed.name in found or (needed.marker and not needed.marker.evaluate({"extra": ""})):
            continue
        found.add(needed.name)
        yield importlib.metadata.distribution(needed.name)
        yield from dependencies(needed.name, found)


def copy_dependencies(target: Path) -> None:
    """Put the dependencies of a base install, and nothing else of ours, into an environment."""
    for each in dependencies("amo-harness", set()):
        for file in each.files or ():
            source = Path(str(each.locate_file(file)))
            if ".." not in file.parts and source.is_file():
                copy = target / file
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, copy)


def give_to_nobody(folder: Path) -> None:
    """Make a user's folder of it; nothing to do where we are that user."""
    if os.geteuid() == 0:
        must_run("chown", "-Rh", f"{NOBODY}:{NOBODY}", folder)


@pytest.fixture(scope="session")
def installed(wheel: Path) -> Generator[Installed]:
    """The wheel in an environment of its own, of a user without root.

    Not below pytest's own folder, which its owner alone may enter.
    """
    folder = Path(tempfile.mkdtemp(prefix="amo harness "))
    try:
        folder.chmod(0o755)
        (folder / "home").mkdir()
        must_run(python_for_anybody(), "-m", "venv", "--without-pip", folder / "venv")
        python = folder / "venv" / "bin" / "python"
        copy_dependencies(next((folder / "venv" / "lib").glob("python3*")) / "site-packages")
        must_run(sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check",
                 "install", "--quiet", "--no-index", "--no-compile", wheel)  # fmt: skip
        give_to_nobody(folder)
        yield Installed(folder)
    finally:
        shutil.rmtree(folder)
