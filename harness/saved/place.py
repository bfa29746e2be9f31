"""Where runs are kept: a folder that a run has marked as its own, and the last ten of them.

Owns making, marking, holding and cleaning a run's folder, and finding the newest ones. What is in them is
`results_file`'s and `run_folder`'s. Must never remove anything from a folder without the mark.
"""

import fcntl
import os
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from errno import EACCES
from pathlib import Path

from harness.errors import UsageError

HOME = Path(".amo-harness")
"""Where runs are kept that name no folder, below the folder that the command is called from."""
RUNS = "runs"
LATEST = "latest"
"""The link to the newest of them."""
KEPT = 10
MARK = ".amo-harness-run"
MARKED = "A run of amo-harness keeps its results here, and the next run into this folder takes them away.\n"
RESULTS = "results.json"
EARLIER = "earlier"
"""Where the results go that stood here before a run that could not start."""
OF_A_RUN = (RESULTS, "report.html", "backend.played.toml", "timelines", "screenshots", "replay", "load")
"""What a run and its replays leave in its folder."""
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Place:
    """A run's folder, marked and held by this process."""

    folder: Path

    def clean(self) -> None:
        """Remove what an earlier run left; nothing else in the folder is touched."""
        for name in (*OF_A_RUN, EARLIER):
            _remove(self.folder / name)

    def set_aside(self) -> None:
        """Move what an earlier run left into `earlier`, where a run that cannot start leaves its own word."""
        if not (self.folder / RESULTS).exists():
            return
        _remove(self.folder / EARLIER)
        (self.folder / EARLIER).mkdir()
        for name in OF_A_RUN:
            if (self.folder / name).exists():
                (self.folder / name).rename(self.folder / EARLIER / name)


def _remove(left: Path) -> None:
    if left.is_dir() and not left.is_symlink():
        shutil.rmtree(left)
    else:
        left.unlink(missing_ok=True)


@contextmanager
def opened(out: Path | None) -> Generator[Place]:
    """Yield the folder of a run: `out`, or a new one among the last ten; held until the block ends.

    Nothing in it is touched yet. Raises UsageError where it cannot be written, where another run is writing
    there, and where there are files that no run has left.
    """
    if out is not None:
        with held(out):
            yield Place(out)
        return
    folder = _new_folder()
    with held(folder):
        _point_latest_at(folder)
        _forget_the_oldest()
        yield Place(folder)


def _new_folder() -> Path:
    """Make a folder that is named by the time of the day; of two at the same second the later counts on."""
    second = datetime.now().astimezone().strftime("%Y-%m-%dT%H-%M-%S")
    try:
        (HOME / RUNS).mkdir(parents=True, exist_ok=True)
        while True:
            taken = [_age(each)[1] for each in (HOME / RUNS).glob(f"{second}*")]
            folder = HOME / RUNS / (f"{second}-{max(taken) + 1}" if taken else second)
            try:
                folder.mkdir()
            except FileExistsError:
                continue  # another run was faster
            return folder
    except (FileExistsError, NotADirectoryError) as error:
        raise UsageError(f"{HOME} is a file: move it, or name a folder with --out") from error
    except OSError as error:
        raise _unwritable(HOME / RUNS, error) from error


def _point_latest_at(folder: Path) -> None:
    """Lead `latest` to a run; a folder of that name, which no run has made, stays."""
    link, part = HOME / LATEST, HOME / f".{LATEST}.{os.getpid()}.part"
    if link.exists() and not link.is_symlink():
        return
    part.unlink(missing_ok=True)
    part.symlink_to(Path(RUNS) / folder.name)
    part.replace(link)


def _forget_the_oldest() -> None:
    """Remove the runs before the last ten, but none that is being written."""
    for folder in _newest_first()[KEPT:]:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)
        except BlockingIOError:
            continue
        finally:
            os.close(descriptor)


def _newest_first() -> list[Path]:
    marks = (HOME / RUNS).glob(f"*/{MARK}")
    return sorted((each.parent for each in marks), key=_age, reverse=True)


def _age(folder: Path) -> tuple[str, int]:
    """Return the second of a run and its number within it, by which runs are in order."""
    second, number = folder.name[:19], folder.name[20:]
    return second, int(number) if number.isdigit() else 1


def newest_runs() -> Iterator[Path]:
    """Yield the kept runs that have results, the newest first."""
    return (folder for folder in _newest_first() if (folder / RESULTS).exists())


def latest_run() -> Path:
    """Return the newest kept run; UsageError where there is none."""
    found = next(newest_runs(), None)
    if found is None:
        raise UsageError(f"{HOME / RUNS}: no run is kept here; `amo-harness run` makes one")
    return found


@contextmanager
def held(out: Path) -> Generator[None]:
    """Make and mark the folder and keep other runs out of it until the block, or the process, ends."""
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out {out} is a file: name a folder")
    try:
        out.mkdir(parents=True, exist_ok=True)
        if not os.access(out, os.W_OK | os.X_OK):
            raise PermissionError(EACCES, os.strerror(EACCES))
        folder = os.open(out, os.O_RDONLY)
    except OSError as error:
        raise _unwritable(out, error) from error
    try:
        _lock(folder, out)
        _mark(out)
        yield
    finally:
        os.close(folder)


def _unwritable(out: Path, error: OSError) -> UsageError:
    return UsageError(f"--out {out}: cannot be written ({error.strerror}); name a folder that can")


def _lock(folder: int, out: Path) -> None:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise UsageError(
            f"--out {out}: another run is writing there; give this one a folder of its own"
        ) from error


def _mark(out: Path) -> None:
    """Mark an empty folder as a run's; UsageError where there are files that no run has left."""
    if (out / MARK).is_file():
        return
    others = sorted(each.name for each in out.iterdir())
    if others:
        told = ", ".join(others[:SHOWN]) + (", …" if len(others) > SHOWN else "")
        raise UsageError(
            f"--out {out}: there are files that no run has left ({told}), and a run takes away what stands "
            "in its folder; name a new folder, or an empty one"
        )
    try:
        (out / MARK).write_text(MARKED, encoding="utf-8")
    except OSError as error:
        raise _unwritable(out, error) from error
