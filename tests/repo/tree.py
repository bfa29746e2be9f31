"""The files of the project: what was written here, not what was installed or is being installed beside it."""

import os
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_OURS = ("node_modules", "__pycache__")


def ours(*patterns: str) -> list[Path]:
    """Return the files whose names match, in a checkout without its history as well.

    Folders that another worker may be filling meanwhile are not looked into.
    """
    found: list[Path] = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [each for each in folders if not each.startswith(".") and each not in NOT_OURS]
        found += [Path(folder, file) for file in files if any(fnmatch(file, each) for each in patterns)]
    return sorted(found)
