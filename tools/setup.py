"""Set-up of a checkout: a virtual environment with locked versions, and the distribution's WebKit.

Owns everything that `make run` and `make test` need before they start. Uses the standard library
only, does nothing that is already done, and downloads no browser.
"""

from __future__ import annotations  # a Python that is too old must get as far as saying so

import argparse
import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
SYSTEM_PYTHON = Path("/usr/bin/python3")
WEBKIT_PACKAGES = ("gir1.2-webkit2-4.1", "python3-gi", "xvfb")
TEST_PACKAGES = {
    "chromium": ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    "golang-go": ("go",),
    "php-cli": ("php",),
    "ruby": ("ruby",),
}
"""What the tests need of Debian, by package: any of these commands is enough."""
TEST_FILES = {
    "php-curl": "usr/lib/php/*/curl.so",
    "php-guzzlehttp-guzzle": "usr/share/php/GuzzleHttp/autoload.php",
    "python3-django": "usr/lib/python3/dist-packages/django/__init__.py",
    "postgresql": "usr/lib/postgresql/*/bin/initdb",
}
"""The same, where no command tells whether it is here: a file of it."""
LOCKS = {
    "run": "requirements.lock",
    "test": "requirements-dev.lock",
    "release": "requirements-release.lock",
}
"""`release` is installed beside `test`, which its versions agree with."""
MINIMUM_PYTHON = (3, 11)


class SetupError(Exception):
    """Set-up cannot go on; the message names the thing and the remedy."""


def stamp_text(purpose: str) -> str:
    """Return what must be equal for an environment to be up to date."""
    digest = hashlib.sha256()
    for name in (LOCKS[purpose], "pyproject.toml", "tools/setup.py"):
        digest.update((ROOT / name).read_bytes())
    return f"{sys.version_info[:2]} {VENV} {digest.hexdigest()}"


def environment_is_current(purpose: str) -> bool:
    """Tell whether the virtual environment holds what the lock for `purpose` says."""
    stamp = VENV / f".{purpose}-stamp"
    return stamp.exists() and stamp.read_text() == stamp_text(purpose)


def environment_is_usable() -> bool:
    """Tell whether the virtual environment is of this Python and was made in this place."""
    library = VENV / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    pip = VENV / "bin" / "pip"
    if not (library.exists() and (VENV / "bin" / "python").exists() and pip.exists()):
        return False
    return f"{VENV}/bin/python" in pip.read_text(encoding="utf-8")


def create_environment() -> None:
    """Create the virtual environment, unless it can be used as it is."""
    if not environment_is_usable():
        shutil.rmtree(VENV, ignore_errors=True)
        run([sys.executable, "-m", "venv", str(VENV)])


def install_environment(purpose: str) -> None:
    """Install the locked versions and the project itself, then remember that."""
    create_environment()
    print(f"set-up: installing {LOCKS[purpose]} into .venv", flush=True)
    python = str(VENV / "bin" / "python")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--require-hashes", "-r", str(ROOT / LOCKS[purpose])])
    link_project()
    (VENV / f".{purpose}-stamp").write_text(stamp_text(purpose))


def link_project() -> None:
    """Install the checkout in place, with its command and its pytest plugin."""
    python = str(VENV / "bin" / "python")
    run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
         "--no-deps", "--editable", str(ROOT)])  # fmt: skip


def missing_packages(purpose: str) -> list[str]:
    """List the distribution's packages that `purpose` needs and that are not here."""
    missing: list[str] = []
    if purpose != "release" and not webkit_is_here():
        missing += WEBKIT_PACKAGES
    if not environment_is_usable() and find_spec("ensurepip") is None:  # Debian ships it apart
        missing.append(f"python{sys.version_info[0]}.{sys.version_info[1]}-venv")
    if purpose == "test" and is_debian():
        missing += [each for each, names in TEST_PACKAGES.items() if not any(map(shutil.which, names))]
        missing += [each for each, file in TEST_FILES.items() if not any(Path("/").glob(file))]
    return missing


def is_debian() -> bool:
    """Tell whether this is Debian itself: Ubuntu has no package of Chromium, and what it lacks is skipped."""
    try:
        return platform.freedesktop_os_release().get("ID") == "debian"
    except OSError:
        return False


def webkit_is_here() -> bool:
    """Tell whether WebKitGTK, its Python binding and a virtual screen are installed."""
    binding = subprocess.run(
        [str(SYSTEM_PYTHON), "-c", "import gi; gi.require_version('WebKit2', '4.1')"],
        capture_output=True, check=False,
    ) if SYSTEM_PYTHON.exists() else None  # fmt: skip
    return bool(binding and binding.returncode == 0 and shutil.which("Xvfb"))


def install_packages(names: list[str]) -> None:
    """Install Debian packages when the user may, else say the exact command."""
    command = f"apt-get update && apt-get install -y --no-install-recommends {' '.join(names)}"
    if not shutil.which("apt-get"):
        raise SetupError(
            f"these packages are missing: {' '.join(names)}; install them with your system's package manager"
        )
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if prefix and not (shutil.which("sudo") and quiet(["sudo", "-n", "true"])):
        raise SetupError(f"these packages are missing and need root: run  sudo sh -c '{command}'")
    print(f"set-up: installing {' '.join(names)} with apt", flush=True)
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    run([*apt, "update"])
    run([*apt, "install", "-y", "--no-install-recommends", *names])


def quiet(command: list[str]) -> bool:
    """Run a probe and tell whether it succeeded."""
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def run(command: list[str]) -> None:
    """Run a step; its failure ends set-up with what it said."""
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise SetupError(
            f"`{' '.join(command)}` failed with exit code {done.returncode}:\n{done.stdout.strip()}"
        )


def set_up(purpose: str) -> None:
    """Do what is left to do for a purpose; SetupError where that is not possible."""
    if sys.version_info < MINIMUM_PYTHON:
        found = ".".join(map(str, sys.version_info[:3]))
        raise SetupError(
            f"Python 3.11 or later is needed, this is {found}: run  make {purpose} PYTHON=python3.11"
        )
    if sysconfig.get_platform().startswith("linux"):
        missing = missing_packages(purpose)
        if missing:
            install_packages(missing)
    if not environment_is_current(purpose):
        install_environment(purpose)


def main() -> int:
    """Bring the checkout up for a purpose; 0 when it is ready, 2 with a sentence when it is not."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("purpose", choices=sorted(LOCKS))
    purpose = parser.parse_args().purpose
    try:
        with (ROOT / "pyproject.toml").open() as one_at_a_time:
            fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
            set_up(purpose)
    except SetupError as error:
        print(f"set-up: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
