"""Does a correct backend ever get blamed? Many runs of the journeys, half of them with every core kept busy.

Prints each alarm; ends with 1 when there was one.

    .venv/bin/python benchmarks/false_alarms.py [--runs N] [SCENARIO …]
"""

import argparse
import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from multiprocessing.synchronize import Event as Flag

from harness.backends.reference import reference_backend
from harness.config.settings import reference_config
from harness.engines import open_engine
from harness.runs.runner import play
from harness.stage.scenario import choose
from harness.stage.world import Setup, Stage, open_stage

DEFAULT = ("connect_happy_path", "left_alone")


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


def alarms(stage: Stage, names: list[str], runs: int, label: str) -> int:
    """Play each scenario `runs` times; returns how many runs blamed the reference."""
    found = 0
    for name in names:
        times: list[float] = []
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
        open_engine("auto") as engine,
        open_stage(Setup(reference_config()), engine, reference_backend) as stage,
    ):
        print(f"{engine.name} {engine.version}")
        found = alarms(stage, options.scenarios, options.runs // 2, "quiet")
        with busy_cores():
            found += alarms(stage, options.scenarios, options.runs - options.runs // 2, "busy")
    print(f"{found} false alarms in {options.runs * len(options.scenarios)} runs")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
