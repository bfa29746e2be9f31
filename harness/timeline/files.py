"""Files that are written whole or not at all.

Owns the writing alone; what is in a file is its writer's.
"""

import os
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write a file beside its place and move it there, so that nobody sees half of it.

    A lone surrogate, which a page's text may hold, is written as its JSON escape.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_text(text, encoding="utf-8", errors="backslashreplace")
    part.replace(path)
