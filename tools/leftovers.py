"""What a command has left in a namespace that it had for itself: processes, files, semaphores, sockets.

Owns those looks, and whether what a run has finished can be read. Must run as the namespace's first process,
which inherits every orphan.
"""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

from harness.errors import HarnessError
from harness.saved.place import RESULTS
from harness.saved.run_folder import judge_again, read_run
from harness.timeline.timeline import Timeline

TEMPORARY, SHARED = Path("/tmp"), Path("/dev/shm")  # noqa: S108 - the namespace's own, which is looked at
EMPTY_FOLDERS = (".X11-unix", ".ICE-unix", ".font-unix")
"""What X servers make once for all and leave, by custom."""
LISTENS = "0A"
FINISHED = re.compile(r"^  [✓✗~] (\w+) +\d+\.\d\d s", re.MULTILINE)
PAUSE_S = 0.05


def reap() -> None:
    """Take the exit codes of orphans, so that what has ended is gone."""
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                return
        except ChildProcessError:
            return


def wait_until_left_alone(within_s: float) -> list[str]:
    """Wait until nothing is left; return what still is after that time."""
    deadline = time.monotonic() + within_s
    while True:
        reap()
        found = [*processes(), *files(), *sockets()]
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(PAUSE_S)


def processes() -> Iterator[str]:
    """Yield each process of the namespace but this one."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                words = (entry / "cmdline").read_text(errors="replace").replace("\0", " ").strip()
                name = (entry / "comm").read_text(errors="replace").strip()
            except OSError:  # it has just ended
                continue
            yield f"process {entry.name} {words[:120] or name}"


def files() -> Iterator[str]:
    """Yield what lies in the temporary folders, semaphores among it, but for what is left by custom."""
    for folder in (TEMPORARY, SHARED):
        for each in folder.iterdir():
            if each.is_mount() or any(each in kept.parents for kept in _mounts()):
                continue
            if each.name in EMPTY_FOLDERS and not any(each.iterdir()):
                continue
            yield f"file {each}"


def _mounts() -> list[Path]:
    lines = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    return [Path(line.split()[1]) for line in lines]


def sockets() -> Iterator[str]:
    """Yield each address on which somebody listens."""
    for table in ("tcp", "tcp6"):
        for line in (Path("/proc/net") / table).read_text(encoding="ascii").splitlines()[1:]:
            _, address, _, state, *_ = line.split()
            if state == LISTENS:
                yield f"{table} socket on port {int(address.rpartition(':')[2], 16)}"


def unreadable(out: Path, said: str) -> Iterator[str]:
    """Yield what of a run's folder cannot be read, or is missing of what its console said was finished."""
    finished = FINISHED.findall(said)
    for name in finished:
        try:
            Timeline.load(out / "timelines" / f"{name}.json")
        except HarnessError as error:
            yield f"{name} was finished: {error}"
    if not (out / RESULTS).exists():
        if finished:
            yield f"{len(finished)} scenarios were finished, and there is no {RESULTS}"
        return
    try:
        if not read_run(out).document.get("not_started"):
            judge_again(out)
    except HarnessError as error:
        yield str(error)
