"""Files that somebody names: only what begins and ends is read.

Owns refusing the rest. What is in a file is its reader's.
"""

import io
import os
import stat
from pathlib import Path
from typing import cast

from harness.errors import UsageError

MOST_BYTES = 256_000_000
"""Ten times the largest results of a run."""
OF_THE_SHELL = ("/dev/fd", "/dev", "/proc/self/fd")
"""Where a pipe has somebody who writes to it: `/dev/stdin`, `<(…)`."""


def text_given(
    path: Path, *, encoding: str = "utf-8", errors: str = "strict", most_bytes: int = MOST_BYTES
) -> str:
    """Return a file's text; UsageError for a device, a pipe with a name, and what is too large to be meant.

    OSError and UnicodeDecodeError are the reader's to tell.
    """
    found = path.stat()
    is_pipe = stat.S_ISFIFO(found.st_mode)
    if stat.S_ISCHR(found.st_mode) or (is_pipe and str(path.parent) not in OF_THE_SHELL):
        raise UsageError(f"{path}: {'a pipe' if is_pipe else 'a device'}, not a file")
    at_once = 0 if is_pipe else os.O_NONBLOCK  # some of /proc have nothing to read until something happens
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | at_once)) as file:
        is_larger = found.st_size > most_bytes  # which is not said of everything, nor for ever
        content = cast("bytes | None", b"" if is_larger else file.read(most_bytes + 1))
    if content is None:
        raise UsageError(f"{path}: nothing can be read from it")
    if is_larger or len(content) > most_bytes:
        raise UsageError(f"{path}: larger than {most_bytes:,} bytes")
    return io.TextIOWrapper(io.BytesIO(content), encoding, errors).read()
