"""Set-up of a checkout: a virtual environment with locked versions, and the distribution's WebKit.

Owns everything that `make run` and `make test` need before they start. Uses the standard library
only, does nothing that is already done, and downloads no browser.
"""

import argparse
import hashlib
import os
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
TEST_PACKAGES = ("chromium",)
LOCKS = {"run": "requirements.lock", "test": "requirements-dev.lock"}
MINIMUM_PYTHON = (3, 11)


class SetupError(Exception):
    """Set-up cannot go on; the message names the thing and the remedy."""


def stamp_text(purpose: str) -> str:
    """Return what must be equal for an environment to be up to date."""
    digest = hashlib.sha256()
    for name in (LOCKS[purpose], "pyproject.toml", "tools/setup.py"):
        digest.update((ROOT / name).read_bytes())
    return f"{sys.version_info[:2]} {digest.hexdigest()}"


def environment_is_current(purpose: str) -> bool:
    """Tell whether the virtual environment holds what the lock for `purpose` says."""
    stamp = VENV / f".{purpose}-stamp"
    return stamp.exists() and stamp.read_text() == stamp_text(purpose)


def create_environment() -> None:
    """Create the virtual environment, installing the distribution's venv module where it is missing."""
    python = VENV / "bin" / "python"
    if python.exists() and (VENV / "bin" / "pip").exists():
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if find_spec("ensurepip") is None:  # Debian ships it apart
        install_packages([f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"])
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
    if not webkit_is_here():
        missing += WEBKIT_PACKAGES
    if purpose == "test" and not any(
        shutil.which(n) for n in ("chromium", "chromium-browser", "google-chrome")
    ):
        missing += TEST_PACKAGES
    return missing


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


def main() -> int:
    """Bring the checkout up for `run` or `test`; 0 when it is ready, 2 with a sentence when it is not."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("purpose", choices=sorted(LOCKS))
    purpose = parser.parse_args().purpose
    try:
        if sys.version_info < MINIMUM_PYTHON:
            raise SetupError(
                f"Python 3.11 or later is needed, this is {sys.version.split()[0]}: "
                "run  make PYTHON=python3.11 …"
            )
        if sysconfig.get_platform().startswith("linux") and (missing := missing_packages(purpose)):
            install_packages(missing)
        if not environment_is_current(purpose):
            install_environment(purpose)
    except SetupError as trouble:
        print(f"set-up: {trouble}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
