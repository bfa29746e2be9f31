"""Print how long somebody waits who has WebKit and nothing else: from an empty folder to the first green run.

    python benchmarks/first_run.py [--python PYTHON]

Builds the wheel, then times, with a home and a cache that are empty: a fresh environment, the wheel with
everything that it needs from the package index that the machine is set up for, and the whole run. Needs that
index; every other figure here does without.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def timed(title: str, words: list[str], home: Path) -> float:
    """Run a step in the home and print its seconds; CalledProcessError where it fails."""
    env = {**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}
    env.pop("VIRTUAL_ENV", None)
    began = time.monotonic()
    subprocess.run(words, cwd=home, env=env, check=True, stdout=subprocess.DEVNULL)
    seconds = time.monotonic() - began
    print(f"{seconds:6.1f} s  {title}", flush=True)
    return seconds


def main() -> None:
    """Print each step and the sum of what a user waits for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--python", default=sys.executable, help="the Python of the fresh environment")
    python = parser.parse_args().python
    with tempfile.TemporaryDirectory(prefix="first run ") as folder:
        home = Path(folder)
        build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
        subprocess.run(build, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        wheel = str(next(home.glob("*.whl")))
        pip = [f"{folder}/venv/bin/python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        waited = timed("a fresh environment", [python, "-m", "venv", "venv"], home)
        waited += timed("the wheel and what it needs", [*pip, "--no-cache-dir", wheel], home)
        waited += timed("amo-harness run", [f"{folder}/venv/bin/amo-harness", "run"], home)
        print(f"{waited:6.1f} s  from nothing to the first green run")


if __name__ == "__main__":
    main()
