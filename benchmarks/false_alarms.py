"""Does a correct backend ever get blamed? Many runs of the journeys, half of them with every core kept busy.

Prints each alarm, and after each twentieth of a scenario's runs what this process and its browser hold; ends
with 1 when there was an alarm, or when what is held has grown since the second twentieth.

    .venv/bin/python benchmarks/false_alarms.py [--runs N] [SCENARIO …]
    .venv/bin/python benchmarks/false_alarms.py --runs 1000 connect_happy_path    # the soak
"""

import argparse
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Event as Flag
from pathlib import Path

from harness.backends.reference import reference_backend
from harness.config.settings import reference_config
from harness.engines import open_engine
from harness.runs.runner import play
from harness.stage.scenario import choose
from harness.stage.world import Setup, Stage, open_stage

DEFAULT = ("connect_happy_path", "left_alone")
TWENTIETHS = 20
MORE_MEMORY = 1.1
"""Of what was held in the beginning; a browser's own memory comes and goes, and is printed alone."""
PAGE_MB = os.sysconf("SC_PAGESIZE") / 1e6


@dataclass(frozen=True, slots=True)
class Held:
    """What this process holds at a moment, and how much memory the processes that it has started."""

    memory_mb: float
    browser_mb: float
    files: int
    threads: int
    temporary: int
    """Files and folders in the temporary folder, which this benchmark has for itself."""

    @classmethod
    def now(cls) -> "Held":
        """Look."""
        aside = {each.pid for each in multiprocessing.active_children()}
        begun = [each for each in descendants(os.getpid()) if each not in aside]
        return cls(
            memory_mb=resident_mb(os.getpid()),
            browser_mb=sum(map(resident_mb, begun)),
            files=len(list(Path("/proc/self/fd").iterdir())),
            threads=len(list(Path("/proc/self/task").iterdir())),
            temporary=sum(1 for _ in Path(tempfile.gettempdir()).rglob("*")),
        )

    def __str__(self) -> str:
        return (
            f"{self.memory_mb:.0f} MB, browser {self.browser_mb:.0f} MB, {self.files} files, "
            f"{self.threads} threads, {self.temporary} temporary files"
        )

    def has_grown_since(self, before: "Held") -> bool:
        """Tell whether more is held than before."""
        return (
            self.memory_mb > before.memory_mb * MORE_MEMORY
            or self.files > before.files
            or self.threads > before.threads
            or self.temporary > before.temporary
        )


def descendants(pid: int) -> list[int]:
    """Return the processes that a process has started, and those that they have."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:  # it has just ended
        return []
    return [each for child in map(int, children) for each in (child, *descendants(child))]


def resident_mb(pid: int) -> float:
    """Return how much memory a process holds; 0 of one that has just ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * PAGE_MB
    except OSError:
        return 0.0


def _burn(stop: Flag) -> None:
    while not stop.is_set():
        sum(range(10_000))


@contextmanager
def busy_cores() -> Generator[None]:
    """Keep every core busy for as long as the block lasts."""
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    burners = [context.Process(target=_burn, args=(stop,), daemon=True) for _ in range(os.cpu_count() or 1)]
    for burner in burners:
        burner.start()
    try:
        yield
    finally:
        stop.set()
        for burner in burners:
            burner.join()


@contextmanager
def kept_in(folder: str) -> Generator[None]:
    """Have everything temporary made in a folder, also by what is started."""
    before = os.environ.get("TMPDIR")
    os.environ["TMPDIR"] = tempfile.tempdir = folder
    try:
        yield
    finally:
        tempfile.tempdir = None
        if before is None:
            del os.environ["TMPDIR"]
        else:
            os.environ["TMPDIR"] = before


def alarms(stage: Stage, names: list[str], runs: int, label: str) -> int:
    """Play each scenario `runs` times; returns how many runs blamed the reference, or left more behind."""
    found = 0
    for name in names:
        times: list[float] = []
        held: list[Held] = []
        for number in range(runs):
            started = time.perf_counter()
            result = play(stage, choose([name])[0]).result
            times.append(time.perf_counter() - started)
            if result.failures or result.harness_errors or result.unseen:
                found += 1
                print(
                    f"ALARM {name} {label} run {number}: "
                    f"{result.failures} {result.unseen} {result.harness_errors}"
                )
            if number % max(1, 2 * runs // TWENTIETHS) == 0:
                held.append(Held.now())
                print(f"{name:<24} {label:<6} {number:4}  {held[-1]}", flush=True)
        if len(held) > 2 and held[-1].has_grown_since(held[1]):  # noqa: PLR2004 - a beginning and an end
            found += 1
            print(f"GROWN {name} {label}: from {held[1]} to {held[-1]}")
        print(
            f"{name:<24} {label:<6} {runs} runs, median {statistics.median(times) * 1000:.0f} ms", flush=True
        )
    return found


def main() -> int:
    """Play, print, count."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("scenarios", nargs="*", default=list(DEFAULT))
    parser.add_argument("--runs", type=int, default=200, help="of each scenario (default: %(default)s)")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        kept_in(folder),
        open_engine("auto") as engine,
        open_stage(Setup(reference_config()), engine, reference_backend) as stage,
    ):
        print(f"{engine.name} {engine.version}")
        found = alarms(stage, options.scenarios, options.runs // 2, "quiet")
        with busy_cores():
            found += alarms(stage, options.scenarios, options.runs - options.runs // 2, "busy")
    print(f"{found} false alarms or leaks in {options.runs * len(options.scenarios)} runs")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
