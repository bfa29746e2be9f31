"""Whether memory stays flat in a soak: `amo-harness load --shape soak` with every process's memory beside it.

    python benchmarks/load_memory.py [users] [minutes] [instances]

Prints, ten times in a run, how many journeys and requests of the fake there were so far and how much memory
each process holds; then the run's verdict, and how much the judging took. Asserts nothing. Linux alone.
"""

import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

ROWS = 10
MB = 1024


def main() -> None:
    """Play, and look at it from outside."""
    users, minutes, instances = [*sys.argv[1:], *("200", "5", "1")[len(sys.argv) - 1 :]][:3]
    with tempfile.TemporaryDirectory() as name:
        words = ["load", "--backend", "reference", "--shape", "soak", "--users", users, "--minutes", minutes]
        words += ["--instances", instances, "--out", name]
        with subprocess.Popen([sys.executable, "-m", "harness", *words]) as run:
            is_over = threading.Event()
            watching = threading.Thread(
                target=_watch, args=(run.pid, Path(name), 60 * float(minutes) / ROWS, is_over)
            )
            watching.start()
            code = run.wait()
            is_over.set()
            watching.join()
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // MB
        print(f"exit code {code}; the largest process, judging included, held {peak} MB at most")


def _watch(pid: int, folder: Path, every_s: float, is_over: threading.Event) -> None:
    began_s = time.monotonic()
    while not is_over.wait(every_s):
        journeys = _lines(folder / "load" / "users.ndjson")
        held = ", ".join(f"{what} {size} MB" for what, size in _held(pid))
        print(f"{time.monotonic() - began_s:6.0f} s  {journeys:7} journeys  {held}", flush=True)


def _lines(path: Path) -> int:
    if not path.exists():
        return 0
    with path.open("rb") as file:
        return sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 20), b""))


def _held(pid: int) -> Iterator[tuple[str, int]]:
    """Yield what each process of a family is, and how much memory it holds in MB."""
    for each in (pid, *_descendants(pid)):
        try:
            words = Path(f"/proc/{each}/cmdline").read_bytes().decode().split("\0")
            status = Path(f"/proc/{each}/status").read_text()
        except OSError:
            continue  # it has ended meanwhile
        size = next((line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")), "0")
        module = words[words.index("-m") + 1] if "-m" in words else ""
        if module:
            yield {"harness": "fake and harness"}.get(module, module), int(size) // MB


def _descendants(pid: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has ended meanwhile
        parents.setdefault(parent, []).append(int(place.name))
    found, waiting = list[int](), [pid]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found


if __name__ == "__main__":
    main()
