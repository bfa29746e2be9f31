"""Files that somebody names: only what begins and ends is read.

Owns refusing the rest. What is in a file is its reader's.
"""

import stat
from pathlib import Path

from harness.errors import UsageError

MOST_BYTES = 256_000_000
"""Ten times the largest results of a run."""
OF_THE_SHELL = ("/dev/fd", "/dev", "/proc/self/fd")
"""Where a pipe has somebody who writes to it: `/dev/stdin`, `<(…)`."""


def text_given(path: Path, *, encoding: str = "utf-8", errors: str = "strict") -> str:
    """Return a file's text; UsageError for a device, a pipe with a name, and what is too large to be meant.

    OSError and UnicodeDecodeError are the reader's to tell.
    """
    found = path.stat()
    is_pipe = stat.S_ISFIFO(found.st_mode)
    if stat.S_ISCHR(found.st_mode) or (is_pipe and str(path.parent) not in OF_THE_SHELL):
        raise UsageError(f"{path}: {'a pipe' if is_pipe else 'a device'}, not a file")
    if found.st_size > MOST_BYTES:
        raise UsageError(f"{path}: larger than {MOST_BYTES:,} bytes")
    return path.read_text(encoding=encoding, errors=errors)
