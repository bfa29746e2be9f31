"""Processes that a test starts, and those that run below another, read from /proc."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Process:
    """A process, told from a later one with the same id by its start time (clock ticks since boot)."""

    pid: int
    name: str
    started: int


@contextmanager
def started(command: Sequence[str | Path], **options: Any) -> Generator[subprocess.Popen[str]]:
    """Start a command, with Popen's options; a test that fails in between does not wait for its end."""
    with subprocess.Popen(command, text=True, **options) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


def _stat(pid: int) -> tuple[str, str, int, int] | None:
    """Return name, state, parent and start time."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    name, _, rest = text.partition("(")[2].rpartition(")")[0], None, text.rpartition(")")[2].split()
    return name, rest[0], int(rest[1]), int(rest[19])


def descendants(of: int) -> set[Process]:
    """Return every process below `of`, and itself."""
    found: set[Process] = set()
    parents = {pid: stat for pid in _all() if (stat := _stat(pid)) is not None}
    wanted = {of}
    while True:
        grown = wanted | {pid for pid, stat in parents.items() if stat[2] in wanted}
        if grown == wanted:
            break
        wanted = grown
    for pid in wanted & parents.keys():
        found.add(Process(pid, parents[pid][0], parents[pid][3]))
    return found


def named(name: str, family: set[Process]) -> list[Process]:
    """Return those whose command names it and that have not ended meanwhile."""
    return [each for each, words in _commands(family) if any(name in word for word in words)]


def command_lines(of: int) -> list[list[str]]:
    """Return the words of each process below `of` that has not ended meanwhile."""
    return [words for _, words in _commands(descendants(of))]


def playing(program: Path, family: set[Process]) -> list[Process]:
    """Return those that Python runs this file in, with one option before it."""
    return [each for each, words in _commands(family) if words[2:3] == [str(program)]]


def _commands(family: set[Process]) -> Generator[tuple[Process, list[str]]]:
    """Yield each that has not ended meanwhile, and the words that it was started with."""
    for each in family:
        with suppress(FileNotFoundError, ProcessLookupError):
            yield each, Path(f"/proc/{each.pid}/cmdline").read_text().split("\0")


def _all() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def running(processes: Iterable[Process]) -> set[Process]:
    """Return those that still run; what nobody has reaped yet does not."""
    return {
        process
        for process in processes
        if (stat := _stat(process.pid)) is not None and stat[3] == process.started and stat[1] != "Z"
    }


def wait_for(happened: Callable[[], bool], *, timeout_s: float = 30.0) -> bool:
    """Look until it has happened; return whether it did in time."""
    deadline = time.monotonic() + timeout_s
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
