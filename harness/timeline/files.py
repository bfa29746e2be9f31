"""Files that are written whole or not at all, and read back.

Owns the writing and the reading alone; what is in a file is its writer's.
"""

import json
import os
import stat
import threading
from pathlib import Path
from typing import Any, cast

from harness.errors import HarnessError, UsageError
from harness.given_files import OF_THE_SHELL, text_given


class NotWritten(HarnessError):  # noqa: N818 - it says what became of the file
    """A file could not be written: its place is full, gone or somebody else's."""


def _part_of(path: Path) -> Path:
    """Return a file beside it that no other process or thread writes to."""
    return path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.part")


def _refuse_others(path: Path) -> None:
    """Raise NotWritten where there is something else than a file: it would be replaced, `/dev/null` too."""
    try:
        mode = path.stat().st_mode
    except OSError:  # which whoever writes there meets as well, or there is nothing yet
        return
    if not stat.S_ISREG(mode) or str(path.parent) in OF_THE_SHELL:
        what = "folder" if stat.S_ISDIR(mode) else "pipe" if stat.S_ISFIFO(mode) else "device"
        raise NotWritten(f"{path}: cannot be written (a {what}, not a file)")


def try_place(path: Path) -> None:
    """Find out whether a file can be written there, and leave nothing; NotWritten names it."""
    _refuse_others(path)
    part = _part_of(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.touch()
        part.unlink()
    except OSError as error:
        raise NotWritten(f"{path}: cannot be written ({error.strerror})") from error


def write_whole(path: Path, text: str) -> None:
    """Write a file beside its place and move it there, so that nobody sees half of it.

    A lone surrogate, which a page's text may hold, is written as its JSON escape. NotWritten names the file.
    """
    _refuse_others(path)
    part = _part_of(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_text(text, encoding="utf-8", errors="backslashreplace")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise NotWritten(f"{path}: cannot be written ({error.strerror})") from error


def read_json(path: Path) -> dict[str, Any]:
    """Return the object that a JSON file holds, an empty one for anything else.

    Raises UsageError for a file that cannot be read or is not JSON.
    """
    try:
        document = json.loads(text_given(path))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not JSON ({error})") from error
    return cast("dict[str, Any]", document) if isinstance(document, dict) else {}
