"""The npm packages that the comparison runs, each in a folder `name@version`, fetched by npm once.

Owns fetching and unpacking. It must not run anything of them.
"""

import json
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from tools.node import NodeError, environment, node_programs, npm_command

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parent.parent / ".amo-harness" / "differential"
PACKAGES: dict[str, Any] = json.loads((HERE / "packages.json").read_text(encoding="utf-8"))
QUERY_CORE = "@tanstack/query-core"


def wanted() -> list[str]:
    """Return every package by name and version, as npm knows them."""
    sdks = PACKAGES["sdks"]
    libraries = dict.fromkeys(sdk["url"] for sdk in sdks)
    return [
        *(f"expo-router@{sdk['router']}" for sdk in sdks),
        *libraries,
        PACKAGES["text_decoder"],
        *PACKAGES["beside"],
        *(f"{QUERY_CORE}@{version}" for version in PACKAGES["queries"]),
    ]


def install() -> Path:
    """Fetch what is not there yet; return the `node` to run it with. NodeError says what is missing."""
    programs = node_programs()
    if not programs:
        raise NodeError("Node.js 20 or later is missing; install it, or run  make setup-test")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for package in wanted():
        folder = FOLDER / package.rpartition("/")[2]
        if not folder.exists():
            print(f"npm pack {package}", flush=True)
            _fetch(programs[0], package, folder)
    return programs[0]


def _fetch(node: Path, package: str, folder: Path) -> None:
    """Unpack into a folder beside it first, so that a package is there whole or not at all."""
    with tempfile.TemporaryDirectory(dir=FOLDER) as scratch:
        command = [*npm_command(node), "pack", "--silent", "--ignore-scripts", package]
        done = subprocess.run(
            command, cwd=scratch, env=environment(node), check=False, capture_output=True, text=True
        )
        if done.returncode:
            raise NodeError(f"`npm pack {package}` failed:\n{done.stdout}{done.stderr}")
        with tarfile.open(Path(scratch) / done.stdout.split()[-1]) as archive:
            archive.extractall(scratch, filter="data")
        (Path(scratch) / "package").rename(folder)


def run(node: Path, script: str, *words: str, given: object) -> list[Any]:
    """Run a script of this folder with JSON on its input; return its lines, each JSON."""
    done = subprocess.run(
        [str(node), str(HERE / script), str(FOLDER), *words],
        input=json.dumps(given),
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise NodeError(f"{script} failed:\n{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]
