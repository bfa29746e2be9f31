"""Builds what a release consists of: `make dist` writes wheel, sdist, bill of materials and checksums.

Owns that the same commit gives the same bytes, whoever builds it where and when. Must not publish anything.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tomllib
from pathlib import Path

from tools.slim import slim
from tools.tight import tighten

ROOT = Path(__file__).resolve().parent.parent
LARGEST_WHEEL = 1_000_000
SUMS = "SHA256SUMS"


class DistError(Exception):
    """A release cannot be built; the message names the thing and the remedy."""


def version() -> str:
    """Return the version, from the one place that has it."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def moment() -> str:
    """Return the second that all files of a release carry: SOURCE_DATE_EPOCH, else the last commit's."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return given
    return run("git", "log", "-1", "--format=%ct").strip()


def run(*command: str | Path, epoch: str | None = None, root: Path = ROOT) -> str:
    """Run a step in a checkout and return what it printed; DistError with what it said when it fails."""
    env = os.environ if epoch is None else {**os.environ, "SOURCE_DATE_EPOCH": epoch}
    done = subprocess.run(
        list(map(str, command)), cwd=root, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise DistError(f"`{' '.join(map(str, command))}` failed:\n{done.stdout}{done.stderr}".rstrip())
    return done.stdout


def build(folder: Path, epoch: str, root: Path = ROOT) -> list[Path]:
    """Build the sdist, and the wheel from what is in it; returns both.

    A file that the sdist lacks breaks the wheel here, not where somebody installs from source.
    """
    folder.mkdir(parents=True, exist_ok=True)
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder, epoch=epoch, root=root)
    sdist = next(folder.glob("*.tar.gz"))
    run("tar", "-xzf", sdist, "-C", folder)
    unpacked = folder / sdist.name.removesuffix(".tar.gz")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, epoch=epoch, root=unpacked)
    run("rm", "-rf", unpacked)
    wheel = next(folder.glob("*.whl"))
    slim(wheel)
    tighten(wheel)
    return [sdist, wheel]


def bill_of_materials(folder: Path) -> Path:
    """Write what an installation by the lock consists of, as CycloneDX; the same bytes each time."""
    told = folder / f"amo-harness-{version()}.cdx.json"
    program = Path(sys.executable).with_name("cyclonedx-py")
    if not program.exists():
        raise DistError("the bill of materials needs cyclonedx-py: run  make dist, which installs it")
    run(program, "requirements", "requirements.lock", "--pyproject", "pyproject.toml",
        "--mc-type", "application", "--output-reproducible", "--of", "JSON", "-o", told)  # fmt: skip
    return told


def checksums(files: list[Path]) -> str:
    """Return what `sha256sum --check` reads."""
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}" for file in sorted(files)]
    return "\n".join(lines) + "\n"


def refuse_a_large_wheel(wheel: Path) -> None:
    """Keep the download small: DistError above a megabyte."""
    if (size := wheel.stat().st_size) > LARGEST_WHEEL:
        raise DistError(f"{wheel.name} has {size} bytes, {LARGEST_WHEEL} are allowed: see what was added")


def make_release(folder: Path) -> list[Path]:
    """Write everything into an empty folder and return it."""
    run("rm", "-rf", folder)
    sdist, wheel = build(folder, moment())
    refuse_a_large_wheel(wheel)
    files = [sdist, wheel, bill_of_materials(folder)]
    (folder / SUMS).write_text(checksums(files), encoding="utf-8")
    return [*files, folder / SUMS]


def main() -> int:
    """Build a release into dist/, or the folder that is named; 2 with a sentence where that fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "dist")
    try:
        files = make_release(parser.parse_args().folder.resolve())
    except DistError as error:
        print(f"dist: {error}", file=sys.stderr)
        return 2
    print("\n".join(f"{file.stat().st_size:>9}  {file.name}" for file in files))
    return 0


if __name__ == "__main__":
    sys.exit(main())
