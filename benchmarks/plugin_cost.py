"""What the pytest plugin costs a test run that has nothing to do with it: `python benchmarks/plugin_cost.py`.

Runs one empty test in a fresh pytest, with the plugin and with `-p no:amo-harness` in turn, and prints the
medians: of the wall clock, and of processor time, which other work on the machine disturbs less. The bar is
100 ms of processor time.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

ROUNDS = 15
BAR_S = 0.1
WITHOUT = ("-p", "no:amo-harness")
LOADED = (
    "import sys, pytest\n"
    "def test_nothing():\n"
    "    ours = sorted(name for name in sys.modules if name.split('.')[0] in ('harness', 'fake_amo'))\n"
    "    print('loaded:', *ours)\n"
)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one pytest takes, in seconds."""

    wall_s: float
    processor_s: float


def cost_of(folder: Path, *words: str) -> Cost:
    """Run one pytest."""
    started, before = time.perf_counter(), getrusage(RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    after = getrusage(RUSAGE_CHILDREN)
    processor_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(time.perf_counter() - started, processor_s)


def loaded(folder: Path) -> str:
    """Return the modules of ours that such a run has loaded."""
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider"]
    said = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    return next(line for line in said.splitlines() if "loaded:" in line).partition("loaded:")[2].strip()


def main() -> int:
    """Measure and print; 1 when the bar is missed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_nothing.py").write_text(LOADED, encoding="utf-8")
        cost_of(folder)  # fills the caches of byte code
        pairs = [(cost_of(folder), cost_of(folder, *WITHOUT)) for _ in range(ROUNDS)]
        modules = loaded(folder)
    processor_s = statistics.median(a.processor_s - b.processor_s for a, b in pairs)
    for name, at in (("with the plugin", 0), ("without it", 1)):
        wall = statistics.median(pair[at].wall_s for pair in pairs)
        processor = statistics.median(pair[at].processor_s for pair in pairs)
        print(f"{name:<16} {wall * 1000:8.1f} ms wall  {processor * 1000:8.1f} ms processor")
    wall_s = statistics.median(a.wall_s - b.wall_s for a, b in pairs)
    print(f"{'cost':<16} {wall_s * 1000:8.1f} ms wall  {processor_s * 1000:8.1f} ms processor")
    print(f"medians of {ROUNDS} pairs; the bar is {BAR_S * 1000:.0f} ms; loaded of ours: {modules}")
    return 0 if processor_s < BAR_S else 1


if __name__ == "__main__":
    sys.exit(main())
