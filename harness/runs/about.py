"""What a run was, beside what it found: the command, the seed, the versions, the moment, the commit.

Owns those facts as one value. Whatever is not known is empty; nothing here changes a verdict.
"""

import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from harness.contract.published.data import VERSION as CONTRACT_VERSION
from harness.runs.version import harness_version

PATIENCE_S = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """A run, told so that somebody else can repeat it."""

    command: str = ""
    """The command line that asks for the same."""
    seed: int | None = None
    """Of fake amoCRM's ids, codes and tokens; None: not known."""
    phone: str = ""
    """The phone's browser and the app's SDK, where they are named."""
    started: str = ""
    """ISO 8601, in UTC, to the second."""
    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    """By name: of the harness, and of what it runs on."""
    commit: str = ""
    """Of the backend's folder, `-dirty` where something in it is not committed."""


def versions_here() -> dict[str, str]:
    """Return the versions that a run depends on, besides the engine's."""
    return {
        "amo-harness": harness_version(),
        "contract": CONTRACT_VERSION,
        "Playwright": version("playwright"),
        "Python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def now() -> str:
    """Return this moment as `About.started` has it."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def commit_of(folder: Path) -> str:
    """Return the commit that a folder is at; empty where it is in no repository, or git is not there."""
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    except (OSError, subprocess.TimeoutExpired):  # not installed, or a disk that does not answer
        return ""
    return told.stdout.strip() if told.returncode == 0 else ""
