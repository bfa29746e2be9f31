"""How a backend is started, by what its package manager, its framework or its Procfile says.

Owns those files and their commands. Nothing is run; a command that nothing names is not made up.
"""

import json
import re
import shlex
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, cast

from harness.repository.files import Repository, Source

_PLAIN_NODE = re.compile(r"node\s+(?P<script>[\w./-]+)\Z")
_PLAIN_PHP_SERVER = re.compile(r"php\s+-S\s+\S+:\d+(?P<rest>(\s+[\w./-]+)*)\Z")
_LOCKS = (("pnpm-lock.yaml", "pnpm"), ("yarn.lock", "yarn"), ("bun.lockb", "bun"), ("bun.lock", "bun"))
_ASGI = re.compile(r"^(?P<name>\w+)\s*(?::\s*\w+)?\s*=\s*(?P<kind>FastAPI|Starlette)\(", re.MULTILINE)
_FLASK = re.compile(r"^(?P<name>\w+)\s*=\s*Flask\(", re.MULTILINE)
_MAIN = re.compile(r"^func main\(\)", re.MULTILINE)
_IN_A_CONTAINER = re.compile(r"^CMD\s+(?P<words>\[.*\])\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Command:
    """A command line, and what says so."""

    words: tuple[str, ...]
    evidence: str


def _node(repository: Repository) -> Command | None:
    package, place = _document(repository.read("package.json"), json.loads), repository.place("package.json")
    scripts = _table(package, "scripts")
    for name in ("start", "start:prod", "serve"):
        script = scripts.get(name)
        if not isinstance(script, str):
            continue
        said = f"{place}: scripts.{name} = {json.dumps(script, ensure_ascii=False)}"
        plain = _PLAIN_NODE.match(script.strip())
        if plain and repository.has(plain["script"]):
            return Command(("node", plain["script"]), said)
        manager = next((each for lock, each in _LOCKS if repository.has(lock)), "npm")
        return Command((manager, "run", name), said)
    main = package.get("main")
    if isinstance(main, str) and repository.has(main):
        return Command(("node", main), f"{place}: main = {json.dumps(main)}")
    return None


def _composer(repository: Repository) -> Command | None:
    scripts = _table(_document(repository.read("composer.json"), json.loads), "scripts")
    for name in ("start", "serve"):
        script = scripts.get(name)
        if not isinstance(script, str):
            continue
        place = repository.place("composer.json")
        said = f"{place}: scripts.{name} = {json.dumps(script, ensure_ascii=False)}"
        plain = _PLAIN_PHP_SERVER.match(script.strip())
        if plain:
            return Command(("php", "-S", "127.0.0.1:{port}", *plain["rest"].split()), said)
        return Command(("composer", "run", name), said)
    return None


def _django(repository: Repository) -> Command | None:
    if "django" not in (repository.read("manage.py") or "").lower():
        return None
    words = ("python3", "manage.py", "runserver", "--noreload", "127.0.0.1:{port}")
    return Command(words, f"{repository.place('manage.py')}: Django")


def _laravel(repository: Repository) -> Command | None:
    if not repository.has("artisan"):
        return None
    words = ("php", "artisan", "serve", "--host=127.0.0.1", "--port={port}")
    return Command(words, f"{repository.place('artisan')}: Laravel")


def _asgi(repository: Repository) -> Command | None:
    for source, found in _first(repository, ".py", _ASGI):
        words = ("uvicorn", f"{_module(repository, source)}:{found['name']}", "--port", "{port}")
        return Command(words, f"{source.place(found.start())}: {found['kind']}")
    return None


def _flask(repository: Repository) -> Command | None:
    for source, found in _first(repository, ".py", _FLASK):
        app = f"{_module(repository, source)}:{found['name']}"
        words = ("flask", "--app", app, "run", "--port", "{port}")
        return Command(words, f"{source.place(found.start())}: Flask")
    return None


def _scripts(repository: Repository) -> Command | None:
    project = _document(repository.read("pyproject.toml"), tomllib.loads)
    for table in (_table(project, "project", "scripts"), _table(project, "tool", "poetry", "scripts")):
        if len(table) == 1:
            [name] = table
            return Command((name,), f"{repository.place('pyproject.toml')}: the script {name}")
    return None


def _procfile(repository: Repository) -> Command | None:
    text = repository.read("Procfile") or ""
    for number, line in enumerate(text.splitlines(), 1):
        kind, _, command = line.partition(":")
        if kind.strip() == "web" and command.strip():
            words = ("sh", "-c", f"exec {command.strip()}") if "$" in command else tuple(shlex.split(command))
            return Command(words, f"{repository.place('Procfile', number)}: web")
    return None


def _container(repository: Repository) -> Command | None:
    """What a container runs; where it names its port, that is the one that it is given here."""
    text = repository.read("Dockerfile") or ""
    for each in reversed([*_IN_A_CONTAINER.finditer(text)]):
        words = [re.sub(r"\A0\.0\.0\.0:\d+\Z", "127.0.0.1:{port}", word) for word in _list(each["words"])]
        words = ["127.0.0.1" if word == "0.0.0.0" else word for word in words]
        for place, word in enumerate(words[:-1]):
            if word in ("--port", "-p") and words[place + 1].isdecimal():
                words[place + 1] = "{port}"
        made_there = words and words[0].startswith((".", "/")) and not repository.has(words[0])
        if words and not made_there:
            line = text.count("\n", 0, each.start()) + 1
            return Command(tuple(words), f"{repository.place('Dockerfile', line)}: CMD")
    return None


def _go(repository: Repository) -> Command | None:
    if not repository.has("go.mod"):
        return None
    mains = [(each, found) for each in repository.sources if (found := _of_go(each))]
    built = repository.read("Dockerfile") or ""
    mains.sort(key=lambda pair: _folder(repository, pair[0]).as_posix() not in built)
    for source, found in mains[:1]:
        folder = _folder(repository, source)
        target = "." if folder == PurePosixPath() else f"./{folder}"
        return Command(("go", "run", target), f"{source.place(found.start())}: func main")
    return None


def _of_go(source: Source) -> "re.Match[str] | None":
    return _MAIN.search(source.text) if source.suffix == ".go" else None


def _folder(repository: Repository, source: Source) -> PurePosixPath:
    return PurePosixPath(source.path.removeprefix(repository.within)).parent


def _plain_php(repository: Repository) -> Command | None:
    pages = [each for each in repository.sources if each.suffix == ".php"]
    if not pages:
        return None
    public = [each for each in pages if each.path.startswith(f"{repository.within}public/")]
    folder = "public" if public else "."
    words = ("php", "-S", "127.0.0.1:{port}", "-t", folder)
    return Command(words, f"{(public or pages)[0].path}: plain PHP")


LOOKS: tuple[Callable[[Repository], Command | None], ...] = (
    _django,
    _laravel,
    _node,
    _composer,
    _asgi,
    _flask,
    _scripts,
    _procfile,
    _container,
    _go,
    _plain_php,
)
"""Where it is looked for, the surest first."""


def start_command(repository: Repository) -> Command | None:
    """Return how the backend is started; None where nothing says it."""
    return next((found for look in LOOKS if (found := look(repository))), None)


def _first(
    repository: Repository, suffix: str, pattern: re.Pattern[str]
) -> list[tuple[Source, "re.Match[str]"]]:
    """Return the first file of a kind that has it."""
    of_kind = (each for each in repository.sources if each.suffix == suffix)
    return [(each, found) for each in of_kind if (found := pattern.search(each.text))][:1]


def _module(repository: Repository, source: Source) -> str:
    path = source.path.removeprefix(repository.within)
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _document(text: str | None, read: Callable[[str], Any]) -> dict[str, Any]:
    try:
        document = read(text or "")
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", document) if isinstance(document, dict) else {}


def _list(text: str) -> list[str]:
    try:
        words = json.loads(text)
    except ValueError:
        return []
    return [str(each) for each in cast("list[Any]", words)] if isinstance(words, list) else []


def _table(document: dict[str, Any], *names: str) -> dict[str, Any]:
    table: Any = document
    for name in names:
        table = cast("dict[str, Any]", table).get(name)
        if not isinstance(table, dict):
            return {}
    return cast("dict[str, Any]", table)
