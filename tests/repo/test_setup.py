"""Set-up as its two targets run it: the real code, with another PATH and another checkout; no network."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.engines.tabs.presence import INSTALL_WEBKITGTK
from tools import setup

CHECKOUT = Path(__file__).resolve().parents[2]
SEEN = "seen"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with nothing set up, and a PATH on which there is nothing."""
    for name in ("pyproject.toml", "tools/setup.py", *setup.LOCKS.values()):
        copy = tmp_path / name
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes((CHECKOUT / name).read_bytes())
    (tmp_path / "bin").mkdir()
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "VENV", tmp_path / ".venv")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    return tmp_path


def program(checkout: Path, name: str, *, code: int = 0) -> None:
    """Put a program on PATH that notes its words in the file `seen`."""
    path = checkout / "bin" / name
    path.write_text(f'#!/bin/sh\necho {name} "$@" >> {checkout / SEEN}\necho {name} speaks\nexit {code}\n')
    path.chmod(0o755)


def commands(checkout: Path) -> list[str]:
    """Return what the programs on PATH were asked to do."""
    seen = checkout / SEEN
    return seen.read_text().splitlines() if seen.exists() else []


def make_environment(checkout: Path, purpose: str, *, place: str = "") -> None:
    """Lay out what a finished set-up leaves."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "lib" / version).mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").touch()
    pip = checkout / ".venv" / "bin" / "pip"
    pip.write_text(f"#!{place or checkout / '.venv'}/bin/python3\n")
    (checkout / ".venv" / f".{purpose}-stamp").write_text(setup.stamp_text(purpose))


def run_setup(purpose: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["tools/setup.py", purpose])
    return setup.main()


@pytest.mark.parametrize("sudo", [None, 1], ids=["no sudo", "sudo wants a password"])
@pytest.mark.parametrize("has_venv", [True, False], ids=["venv", "no venv"])
def test_without_rights_one_sentence_has_the_whole_command(
    checkout: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    sudo: int | None,
    *,
    has_venv: bool,
) -> None:
    """Everything that is missing is in one command: nobody has to be asked twice."""
    program(checkout, "apt-get")
    if sudo is not None:
        program(checkout, "sudo", code=sudo)
    found = {"ensurepip": object()} if has_venv else {}
    monkeypatch.setattr(setup, "find_spec", found.get)
    assert run_setup("run", monkeypatch) == 2
    said = capfd.readouterr()
    packages = " ".join(setup.WEBKIT_PACKAGES)
    packages += "" if has_venv else f" python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    command = f"apt-get update && apt-get install -y --no-install-recommends {packages}"
    assert said.out == ""
    assert said.err == f"set-up: these packages are missing and need root: run  sudo sh -c '{command}'\n"
    assert not any("install" in each for each in commands(checkout))


def test_without_apt_the_packages_are_named(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Another distribution's user knows what to look for."""
    assert checkout
    assert run_setup("run", monkeypatch) == 2
    assert re.fullmatch(
        r"set-up: these packages are missing: gir1\.2-webkit2-4\.1 .*\n", capfd.readouterr().err
    )


@pytest.mark.parametrize("root", [True, False])
def test_with_rights_apt_installs_what_is_missing(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, *, root: bool
) -> None:
    """As root directly, else through a sudo that asks nothing."""
    (checkout / "bin" / "env").symlink_to("/usr/bin/env")
    program(checkout, "apt-get")
    if root:
        monkeypatch.setattr(os, "geteuid", lambda: 0)
    else:
        program(checkout, "sudo")
    setup.install_packages(["xvfb"])
    install = "apt-get -qq install -y --no-install-recommends xvfb"
    if root:
        assert commands(checkout) == ["apt-get -qq update", install]
    else:
        assert commands(checkout)[-1] == f"sudo -n env DEBIAN_FRONTEND=noninteractive {install}"


def test_a_step_that_fails_is_told_with_its_own_words(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What apt says about it is not lost."""
    (checkout / "bin" / "env").symlink_to("/usr/bin/env")
    program(checkout, "apt-get", code=100)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(setup.SetupError, match="failed with exit code 100:\napt-get speaks"):
        setup.install_packages(["xvfb"])


@pytest.mark.parametrize(
    ("release", "wanted"), [("debian", True), ("ubuntu", False)], ids=["Debian", "Ubuntu has no package"]
)
def test_chromium_is_for_the_tests_and_where_there_is_a_package(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, release: str, *, wanted: bool
) -> None:
    """A run never needs it; a Chromium that is there already is enough."""
    monkeypatch.setattr(setup.platform, "freedesktop_os_release", lambda: {"ID": release})
    assert "chromium" not in setup.missing_packages("run")
    assert ("chromium" in setup.missing_packages("test")) is wanted
    program(checkout, "chromium")
    assert "chromium" not in setup.missing_packages("test")


def test_the_languages_of_the_examples_are_for_the_tests(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is installed where neither its command nor its file is there."""
    monkeypatch.setattr(setup.platform, "freedesktop_os_release", lambda: {"ID": "debian"})
    file = checkout.relative_to("/") / "curl.so"
    monkeypatch.setattr(setup, "TEST_FILES", {"php-curl": str(file)})
    wanted = {"golang-go", "php-cli", "php-curl", "ruby"}
    assert wanted <= set(setup.missing_packages("test"))
    assert not wanted & set(setup.missing_packages("run"))
    (checkout / "curl.so").touch()
    for name in ("go", "php", "ruby"):
        program(checkout, name)
    assert not wanted & set(setup.missing_packages("test"))


def test_what_is_set_up_is_left_alone(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time nothing is started but the look for WebKit."""
    make_environment(checkout, "run")
    before = sorted(checkout.rglob("*"))
    monkeypatch.setattr(setup, "webkit_is_here", lambda: True)
    monkeypatch.setattr(setup, "run", lambda command: pytest.fail(str(command)))  # type: ignore[misc]
    assert run_setup("run", monkeypatch) == 0
    assert sorted(checkout.rglob("*")) == before


@pytest.mark.parametrize("changed", ["requirements.lock", "pyproject.toml", "tools/setup.py"])
def test_a_change_of_what_it_is_made_from_sets_it_up_again(checkout: Path, changed: str) -> None:
    """The stamp is of everything that decides what is installed."""
    make_environment(checkout, "run")
    assert setup.environment_is_current("run")
    with (checkout / changed).open("a") as file:
        file.write("\n")
    assert not setup.environment_is_current("run")


def test_the_environment_of_a_run_is_not_that_of_the_tests(checkout: Path) -> None:
    """Each has a lock and a stamp of its own."""
    make_environment(checkout, "run")
    assert not setup.environment_is_current("test")


def test_an_environment_that_was_moved_is_made_anew(checkout: Path) -> None:
    """Its programs name the place where they were made."""
    make_environment(checkout, "run", place="/elsewhere/.venv")
    assert not setup.environment_is_usable()


def test_an_environment_of_another_python_is_made_anew(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an upgrade of the system its packages would not be found."""
    make_environment(checkout, "run")
    assert setup.environment_is_usable()
    monkeypatch.setattr(sys, "version_info", (3, 99, 0, "final", 0))
    assert not setup.environment_is_usable()
    assert not setup.environment_is_current("run")


def test_a_python_that_is_too_old_is_told_before_anything_is_touched(checkout: Path) -> None:
    """In a process of its own, from the file as `make` starts it, in a locale without any such letters."""
    program_text = (
        "import runpy, sys; sys.version_info = (3, 10, 12, 'final', 0); "
        "sys.argv = ['tools/setup.py', 'run']; runpy.run_path('tools/setup.py', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program_text], cwd=checkout, capture_output=True, check=False,
        env={"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    )  # fmt: skip
    expected = "set-up: Python 3.11 or later is needed, this is 3.10.12: run  make run PYTHON=python3.11\n"
    assert (done.returncode, done.stderr.decode()) == (2, expected)
    assert not (checkout / ".venv").exists()


def test_it_works_as_make_starts_it_where_everything_is_there() -> None:
    """These tests run in what it made: the program says nothing and ends with 0."""
    if not setup.environment_is_current("test"):
        pytest.skip("the tests run in an environment that set-up did not make")
    done = subprocess.run(
        [sys.executable, "tools/setup.py", "test"], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_engine_names_the_packages_that_set_up_installs() -> None:
    """Whoever meets a missing WebKit in a run gets the same command."""
    assert INSTALL_WEBKITGTK.endswith(f"install -y {' '.join(setup.WEBKIT_PACKAGES)}")
