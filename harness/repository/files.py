"""The files of a repository that are worth reading, and where in them something stands.

Owns which files are read and how much of them. Must not know what is looked for, and writes nothing.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

SUFFIXES = frozenset({".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".py", ".php", ".go", ".rb"})
NOT_OURS = frozenset(
    {"node_modules", "vendor", "venv", "env", "site-packages", "dist", "build", "out", "coverage", "target"}
    | {"test", "tests", "__tests__", "spec", "docs", "__pycache__", "migrations", "client", "frontend"}
    | {"storage", "static", "assets"}
)
MOST_FILES = 3000
LARGEST_FILE = 200_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was found: a file by its path in the repository, and a line from 1; 0 is the whole."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True)
class Source:
    """One file, read."""

    path: str
    text: str

    def place(self, offset: int) -> Place:
        """Return where an offset of the text is."""
        return Place(self.path, self.text.count("\n", 0, offset) + 1)

    @property
    def suffix(self) -> str:
        """Its last ending, such as ".ts"."""
        return Path(self.path).suffix


@dataclass(frozen=True)
class Repository:
    """A folder with somebody's backend; `within` is its path in the whole, with a slash at its end."""

    root: Path
    within: str = ""

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """The code, without what was installed or built."""
        return tuple(self._sources())

    def read(self, path: str) -> str | None:
        """Return a file's text; None where there is none that can be read."""
        try:
            return (self.root / path).read_text(encoding="utf-8", errors="replace")[:LARGEST_FILE]
        except (OSError, ValueError):
            return None

    def has(self, path: str) -> bool:
        """Tell whether a file is there."""
        return (self.root / path).is_file()

    def place(self, name: str, line: int = 0) -> Place:
        """Return where a file is, by its path in the whole repository."""
        return Place(self.within + name, line)

    def folders(self) -> "Iterator[Repository]":
        """Yield the folders in it that may hold a backend of their own, two levels down at most."""
        for pattern in ("*", "*/*"):
            for path in sorted(self.root.glob(pattern)):
                is_ours = path.is_dir() and not path.name.startswith(".") and path.name not in NOT_OURS
                if is_ours and path.parent.name not in NOT_OURS:
                    yield Repository(path, f"{path.relative_to(self.root).as_posix()}/")

    def _sources(self) -> Iterator[Source]:
        for number, path in enumerate(self._paths()):
            if number == MOST_FILES:
                return
            text = self.read(path)
            if text is not None:
                yield Source(self.within + path, text)

    def _paths(self) -> Iterator[str]:
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(each for each in folders if each not in NOT_OURS and not each.startswith("."))
            for name in sorted(names):
                is_code = Path(name).suffix in SUFFIXES and not name.endswith((".d.ts", ".min.js"))
                if is_code and not any(mark in name for mark in (".test.", ".spec.", "test_", "conftest")):
                    yield Path(folder, name).relative_to(self.root).as_posix()
