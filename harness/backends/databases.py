"""Whether the workers of a run would share one database, by what a backend is started with.

Owns that look at names and values: of `[start.env]`, of the commands, and of the `.env` beside the backend.
Nothing is opened; files beside the backend are looked at for when they were written. A database in `{tmp}`,
or named with `{worker}` or `{port}`, is a worker's own.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from harness.config.placeholders import placeholders_in
from harness.config.settings import Start

OF_A_WORKER = frozenset({"tmp", "worker", "port"})
_SERVER = re.compile(
    r"(jdbc:)?(postgres(ql)?|mysql|mariadb|mongodb|rediss?|amqps?|mssql|sqlserver|clickhouse)(\+\w+)?://",
    re.IGNORECASE,
)
_FILE = re.compile(r"(jdbc:)?(sqlite3?|file):\S", re.IGNORECASE)
_NAME = re.compile(
    r"(PG|DB_|MYSQL_|MARIADB_|POSTGRES_|MONGO_|REDIS_|DATABASE_|SQLITE_)"
    r"(HOST|DATABASE|NAME|DB|URL|URI|FILE|PATH)\Z"
)
_STORE = re.compile(r"(\w+_)?(DATA|STORE|STORAGE|STATE|TOKENS?|SESSIONS?|GRANTS?)_(FILE|PATH|DIR)\Z")
_ENDS_LIKE_ONE = re.compile(r"\.(db|sqlite3?)\Z", re.IGNORECASE)
_OF_DATA = frozenset({".json", ".db", ".sqlite", ".sqlite3", ".dat", ".ndjson"})
_NEVER_DATA = frozenset({"package.json", "package-lock.json", "tsconfig.json"})
_BUILT = frozenset({"node_modules", "dist", "build", "vendor", "__pycache__", "logs", "target"})
_LINE = re.compile(r"\s*(?:export\s+)?(?P<name>[A-Za-z_]\w*)\s*=\s*[\"']?(?P<value>[^\"'#\n]*)")


def shared_database(start: Start) -> str:
    """Return what names one database for all workers; empty where each has its own, or there is none."""
    if start.per_worker:
        return ""
    named = [(where, value) for where, name, value in _said(start) if _is_database(name, value)]
    if any(OF_A_WORKER & {*placeholders_in(value)} for _, value in named):
        return ""
    commands = [start.reset] if isinstance(start.reset, tuple) and not _has_its_own(start) else []
    return next((where for where, _ in named), "[start].reset" if commands else "")


def written_beside(start: Start, since_s: float) -> str:
    """Return a file of data in the backend's folder that was written since then (Unix time); or nothing.

    Looked for there and one folder down, by how such files are called. What a preflight has the backend write
    all workers would write.
    """
    if start.per_worker:
        return ""
    folder = Path(start.cwd)
    every = (each for pattern in ("*", "*/*") for each in folder.glob(pattern) if not _is_built(each, folder))
    written = (each for each in every if each.suffix in _OF_DATA and each.is_file())
    found = next((each for each in written if each.stat().st_mtime >= since_s), None)
    if found is None and start.resets_by_asking and not _has_its_own(start):
        return (
            "what the reset deletes" if any(_has_changed(each, since_s) for each in _folders(folder)) else ""
        )
    return "" if found is None else str(found.relative_to(folder))


def _folders(folder: Path) -> Iterator[Path]:
    yield folder
    yield from (each for each in folder.glob("*") if each.is_dir() and not _is_built(each, folder))


def _has_changed(folder: Path, since_s: float) -> bool:
    """Tell whether something was put into it or taken out since then."""
    return folder.stat().st_mtime >= since_s


def _has_its_own(start: Start) -> bool:
    """Tell whether anything says where a worker's own things are."""
    commands = (start.command, start.reset) if isinstance(start.reset, tuple) else (start.command,)
    said = [*start.env.values(), *(text for command in commands for text in command)]
    return any({"tmp", "worker"} & {*placeholders_in(text)} for text in said)


def _is_built(file: Path, folder: Path) -> bool:
    inside = file.relative_to(folder).parts
    return file.name in _NEVER_DATA or any(part.startswith(".") or part in _BUILT for part in inside)


def _is_database(name: str, value: str) -> bool:
    text = value.strip()
    if not text or ":memory:" in text:
        return False
    if _NAME.match(name) or _STORE.match(name):
        return True
    return bool(_SERVER.search(text) or _FILE.match(text) or _ENDS_LIKE_ONE.search(text))


def _said(start: Start) -> Iterator[tuple[str, str, str]]:
    """Yield where something is said, the variable that says it, and its value."""
    for name, value in start.env.items():
        yield f"[start.env].{name}", name, value
    for text in start.command:
        yield "[start].command", "", text.rpartition("=")[2]
    file = Path(start.cwd, ".env")
    if file.is_file():
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            found = _LINE.match(line)
            if found and found["name"] not in start.env:
                yield f"{found['name']} in {file.name}", found["name"], found["value"]
