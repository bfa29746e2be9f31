"""What the values of `[start]` must be like: commands, environment, reset, limits.

Owns the rules, each with the sentence that refuses its breach. Looks at the file system where a value
names a file; must not start anything.
"""

import json
import os
import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from harness.config.mistakes import ConfigError, KeyPath, Mistakes, spell
from harness.config.placeholders import placeholders_in
from harness.config.settings import PLACEHOLDERS, Start

LONGEST_TIMEOUT_S = 600.0
MOST_INSTANCES = 16
_ENVIRONMENT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_INTERPRETERS = re.compile(r"(node|nodejs|bun|python[0-9.]*|ruby|php|perl)\Z")
_ENGINES = re.compile(r"(docker|podman|nerdctl)(-compose)?\Z")
_SCRIPT = re.compile(r"[^\s{]+\.(m?js|cjs|m?ts|cts|py|rb|php|pl)\Z")


def check_start(start: Start, directory: Path, wrong: Mistakes) -> Start:
    """Return the table with `cwd` absolute; what is impossible in it goes to `wrong`."""
    cwd, is_there = _resolved(directory / start.cwd)
    if not is_there:
        wrong.add(("start", "cwd"), f'[start].cwd "{start.cwd}" is no directory ({cwd})')
    _check_environment(start.env, wrong)
    for key, command in _commands(start):
        with wrong.noted():
            _check_placeholders(key, command)
        with wrong.noted():
            _check_words(key, command)
            if is_there:
                _check_program(key, command, start.env, cwd)
    with wrong.noted():
        _check_reset(start.reset)
    if (command := starts_containers(start)) and not start.stop:
        told = f"[start] has `{shlex.join(command)}`, whose containers no signal ends for sure: add stop = "
        down = (
            (*command[: command.index("up")], "down") if "up" in command else (command[0], "rm", "-f", "NAME")
        )
        wrong.add(("start", "command"), told + json.dumps(down))
    for name in ("ready_timeout_s", "commands_timeout_s"):
        limit_s = getattr(start, name)
        if not 0 < limit_s <= LONGEST_TIMEOUT_S:
            told = f"must be above 0 and at most {LONGEST_TIMEOUT_S:g}, not {limit_s:g}"
            wrong.add(("start", name), f"[start].{name} {told}")
    if not 1 <= start.instances <= MOST_INSTANCES:
        told = f"[start].instances must be from 1 to {MOST_INSTANCES}, not {start.instances}"
        wrong.add(("start", "instances"), told)
    return replace(start, cwd=cwd)


def starts_containers(start: Start) -> tuple[str, ...]:
    """Return the command that starts containers by name, as `docker compose up` does; none: ()."""
    for command in (start.command, *start.beside):
        if command and _ENGINES.match(Path(command[0]).name) and {"up", "run", "start"} & set(command[1:]):
            return command
    return ()


def _resolved(path: Path) -> tuple[Path, bool]:
    """Return a path as an absolute one, and whether it is a directory."""
    try:
        return path.resolve(), path.is_dir()
    except ValueError:  # it holds a NUL
        return path, False


def _commands(start: Start) -> Iterator[tuple[KeyPath, tuple[str, ...]]]:
    """Yield every command line with the key that says it."""
    yield ("start", "command"), start.command
    if not isinstance(start.reset, str):
        yield ("start", "reset"), start.reset
    for name, commands in (("prepare", start.prepare), ("beside", start.beside)):
        yield from ((("start", name), each) for each in commands)
    if start.stop:
        yield ("start", "stop"), start.stop


def _check_environment(env: Mapping[str, str], wrong: Mistakes) -> None:
    for name, value in env.items():
        key = ("start", "env", name)
        if not _ENVIRONMENT_NAME.match(name):
            wrong.add(key, f'[start.env] "{name}" is no name of an environment variable')
        if "\0" in value:
            wrong.add(key, f"[start.env].{name} holds a NUL, which no environment can carry")
        with wrong.noted():
            _check_placeholders(key, (value,))


def _check_placeholders(key: KeyPath, texts: tuple[str, ...]) -> None:
    for name in (found for text in texts for found in placeholders_in(text)):
        if name not in PLACEHOLDERS:
            near = get_close_matches(name.lower(), PLACEHOLDERS, n=1, cutoff=0.5)
            remedy = (
                f"did you mean {{{near[0]}}}?"
                if near
                else f"there are {', '.join(f'{{{each}}}' for each in PLACEHOLDERS)}"
            )
            raise ConfigError(key, f"{spell(key)} has an unknown placeholder {{{name}}}; {remedy}")


def _check_words(key: KeyPath, command: tuple[str, ...]) -> None:
    said = spell(key)
    if not command or not command[0]:
        raise ConfigError(key, f'{said} is empty; write one such as ["node", "server.js"]')
    if any("\0" in each for each in command):
        raise ConfigError(key, f"{said} holds a NUL, which no command line can carry")


def _check_program(key: KeyPath, command: tuple[str, ...], env: Mapping[str, str], cwd: Path) -> None:
    said, (program, *arguments) = spell(key), command
    if "/" in program:
        found = shutil.which(cwd / program)
        remedy = f"there is no such executable file ({cwd / program})"
    else:
        found = shutil.which(program, path=env.get("PATH", os.environ.get("PATH")))
        remedy = "no directory on PATH has it; install it or write its path"
    if "{" not in program and not found:
        raise ConfigError(key, f'{said} runs "{program}": {remedy}')
    script = arguments[0] if arguments else ""
    # Only the plainest form is judged: an interpreter's first argument, when it looks like a script.
    if _INTERPRETERS.match(Path(program).name) and _SCRIPT.match(script) and not (cwd / script).exists():
        raise ConfigError(key, f'{said} runs "{script}", which is not in {cwd}')


def _check_reset(reset: str | tuple[str, ...]) -> None:
    if not isinstance(reset, str):
        return
    key = ("start", "reset")
    method, _, path = reset.partition(" ")
    if method == "POST" and path:
        check_path(key, path)
    elif reset not in ("restart", "none"):
        raise ConfigError(
            key,
            f'[start].reset "{reset}" is unknown; choose "restart", "POST /a-path", "none" or a command: '
            '["npm", "run", "db:reset"]',
        )


def check_path(key: KeyPath, path: str, *, may_have_query: bool = False) -> None:
    """Raise ConfigError for what is no path on a server."""
    if re.search(r"\{\w+\}", path, re.ASCII):
        raise ConfigError(key, f'{spell(key)} "{path}" may hold no placeholder')
    odd = r"[\s#]" if may_have_query else r"[\s?#]"
    if not path.startswith("/") or path.startswith("//") or re.search(odd, path):
        raise ConfigError(key, f'{spell(key)} "{path}" is not a path such as "/api/{key[-1]}"')
