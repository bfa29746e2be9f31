"""Files that are written whole or not at all, and read back.

Owns the writing and the reading alone; what is in a file is its writer's.
"""

import json
import os
from pathlib import Path
from typing import Any, cast

from harness.errors import UsageError


def write_whole(path: Path, text: str) -> None:
    """Write a file beside its place and move it there, so that nobody sees half of it.

    A lone surrogate, which a page's text may hold, is written as its JSON escape.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_text(text, encoding="utf-8", errors="backslashreplace")
    part.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """Return the object that a JSON file holds, an empty one for anything else.

    Raises UsageError for a file that cannot be read or is not JSON.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise UsageError(f"{path}: not JSON ({error})") from error
    return cast("dict[str, Any]", document) if isinstance(document, dict) else {}
