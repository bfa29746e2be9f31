"""`amo-harness run --watch`: the run once more whenever the backend's files change.

Owns what is watched and what is played again. Must not play anything itself.
"""

import os
import stat
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

from harness.commands.play.choosing import failed_of
from harness.errors import HarnessError, UsageError
from harness.processes.interruption import INTERRUPTION
from harness.report.words.visible import shown
from harness.runs.opening import backend_config
from harness.saved.place import HOME, latest_run
from harness.saved.run_folder import read_run

Changed = frozenset[Path]
CODE = frozenset(
    f".{each}"
    for each in (
        *("cjs", "cs", "env", "erb", "ex", "go", "html", "java", "js", "jsx", "kt", "mjs", "php", "pug"),
        *("py", "rb", "rs", "sql", "svelte", "toml", "ts", "tsx", "twig", "vue", "yaml", "yml"),
    )
)
"""What a person writes: such a file counts also when it changes while a run goes on."""
WRITTEN = (
    ".db",
    ".journal",
    ".log",
    ".part",
    ".pid",
    ".sqlite",
    ".sqlite3",
    ".tmp",
    "-journal",
    "-shm",
    "-wal",
)
"""What a backend writes itself, by the end of its name; it never counts."""
SHOWN = 3
STREAMS = (1, 2)
"""Standard output, standard error."""
MUCH = 0x10000
WATCHING = "watching the backend's files"
ALONE = " (code alone, as what is printed goes through a pipe)"


def play_at_each_change(
    backend: Path | None,
    out: Path | None,
    also: Iterable[Path | None],
    play: Callable[[tuple[str, ...] | None], int],
) -> int:
    """Play, wait for a change, play again, until Ctrl-C; returns the exit code of the last run.

    After a failure only what failed is played, and everything once that holds. `play` gets the scenarios, or
    None for all that was asked for; `also` are files that a run writes besides `out`. UsageError where there
    is nothing to watch, or nothing to watch with.
    """
    if backend is None:
        raise UsageError("--watch needs a backend.toml: the built-in backend and a page alone do not change")
    changes = _changes(backend, (HOME, out, *also))
    names: tuple[str, ...] | None = None
    everything: frozenset[str] = frozenset()
    code = 0
    try:
        while True:
            code = _play(play, names)
            if INTERRUPTION.is_ending:
                return code
            played, failed = _outcome(out)
            everything = frozenset(played) if names is None else everything
            if failed or not played or everything.issubset(played):
                _wait_for_change(changes)
            names = failed or None  # what failed holds: now all of it
    except KeyboardInterrupt:
        return code


def _play(play: Callable[[tuple[str, ...] | None], int], names: tuple[str, ...] | None) -> int:
    """Play once; what keeps it from starting is told, and the next change may mend it."""
    try:
        return play(names)
    except HarnessError as error:
        print(shown(f"amo-harness: {error}"), file=sys.stderr, flush=True)
        return error.exit_code


def _outcome(out: Path | None) -> tuple[list[str], tuple[str, ...]]:
    """Return what the run that has just ended has played, and what failed of it."""
    saved = read_run(out or latest_run())
    return saved.scenario_ids, failed_of(saved.document["scenarios"])


def _folders(backend: Path) -> set[Path]:
    start = backend_config(backend).start
    return {backend.resolve().parent, *([start.cwd.resolve()] if start is not None else [])}


def _changes(backend: Path, written: Iterable[Path | None]) -> SimpleQueue[Changed]:
    """Return where changes come in, from a thread that watches the folders, and others once they change."""
    try:
        from watchfiles import DefaultFilter, watch  # noqa: PLC0415 - an extra, for this alone
    except ImportError as error:
        raise UsageError("--watch needs watchfiles: pip install 'amo-harness[watch]'") from error
    ours = [each.resolve() for each in written if each is not None]
    filtered, found, folders = DefaultFilter(ignore_paths=ours), SimpleQueue[Changed](), _folders(backend)

    def look(watched: set[Path]) -> set[Path]:
        """Tell of changes until others are the folders to be watched; return those."""
        for changes in watch(*watched, watch_filter=filtered, raise_interrupt=False):
            if paths := frozenset(each for _, path in changes if _counts(each := Path(path))):
                found.put(paths)
            if (now := _folders_now(backend, watched)) != watched:
                return now
        return watched

    def look_on() -> None:
        watched = folders
        while True:
            watched = look(watched)

    Thread(target=look_on, name="watch", daemon=True).start()
    return found


def _folders_now(backend: Path, before: set[Path]) -> set[Path]:
    """Return what is to be watched, the same as before while backend.toml cannot be read."""
    try:
        return {each for each in _folders(backend) if each.is_dir()} or before
    except UsageError:
        return before


def _counts(path: Path) -> bool:
    """Tell whether a change of this file is one: nothing that a backend, or this command, writes itself.

    Where what is printed goes on to another program, that may write it beside backend.toml, as `tee` does.
    """
    if path.name.endswith(WRITTEN):
        return False
    return _is_code(path) or not (_is_piped() or _is_printed_to(path))


def _is_code(path: Path) -> bool:
    return path.suffix in CODE or path.name.startswith(".env")


def _is_piped() -> bool:
    return any(stat.S_ISFIFO(os.fstat(stream).st_mode) for stream in STREAMS)


def _is_printed_to(path: Path) -> bool:
    """Tell whether a file is what this command prints to, as in `run --watch > said.txt` and `script`."""
    try:
        with path.open("rb") as file:
            printed = any(os.path.sameopenfile(file.fileno(), stream) for stream in STREAMS)
            file.seek(max(0, path.stat().st_size - MUCH))
            return printed or WATCHING.encode() in file.read(MUCH)
    except OSError:  # it is gone, which is a change
        return False


def _wait_for_change(changes: SimpleQueue[Changed]) -> None:
    """Wait for a change and tell it; of those that came while the run went on, only code counts."""
    meanwhile = frozenset(path for path in _come_so_far(changes) if _is_code(path))
    if not meanwhile:
        which = ALONE if _is_piped() else ""
        print(f"\n{WATCHING}{which}; Ctrl-C ends it", flush=True)
    changed = meanwhile or changes.get()
    names = sorted(path.name for path in changed)
    told = ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
    print(shown(f"changed  {told}\n"), flush=True)


def _come_so_far(changes: SimpleQueue[Changed]) -> Changed:
    found: Changed = frozenset()
    while True:
        try:
            found |= changes.get_nowait()
        except Empty:
            return found
