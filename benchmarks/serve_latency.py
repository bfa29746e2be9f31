"""How soon a phone sees its first page, an event is on the dashboard, and what 200 journeys leave behind.

Prints figures with versions and asserts nothing: python -m benchmarks.serve_latency
"""

import gc
import platform
import statistics
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from harness.backends.reference import reference_backend
from harness.config.settings import reference_config
from harness.serve.opening import Serving, Wanted, open_serving
from harness.timeline.events import NoteTaken

SCANS = 30
EVENTS = 200
JOURNEYS = 200
MARK = "mark-"
PAUSE_S = 0.02


def first_page_ms(serving: Serving) -> list[float]:
    """Return how long the start page takes, each on a connection of its own as after a scan."""
    taken: list[float] = []
    for _ in range(SCANS):
        began = time.perf_counter()
        httpx.get(serving.start_url).raise_for_status()
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def on_the_dashboard_ms(serving: Serving) -> list[float]:
    """Return how long each event takes from its recording to a listening page."""
    sent: dict[str, float] = {}
    taken: list[float] = []
    with httpx.Client(follow_redirects=True, timeout=30) as owner:
        owner.get(serving.dashboard_url)
        origin = serving.dashboard_url.partition("/?")[0]
        with owner.stream("GET", f"{origin}/stream") as stream:
            telling = threading.Thread(target=_tell, args=(serving, sent))
            lines = stream.iter_lines()
            next(lines)  # from then on it is told everything; its head comes before that
            telling.start()
            for line in lines:
                now = time.perf_counter()
                taken += [(now - sent.pop(each)) * 1000 for each in list(sent) if f"{each}<" in line]
                if len(taken) >= EVENTS:
                    break
            telling.join()
    return taken


def _tell(serving: Serving, sent: dict[str, float]) -> None:
    for number in range(EVENTS):
        name = f"{MARK}{number}"
        sent[name] = time.perf_counter()
        serving.sitting.journey.tell(NoteTaken(text=name))
        time.sleep(PAUSE_S)


def growth_mb(serving: Serving) -> tuple[float, float]:
    """Return the memory after the first journeys, and by how much it grew in the others, in MB."""
    after_some = 0.0
    for number in range(JOURNEYS):
        before = serving.sitting.journey
        before.open_app()
        serving.sitting.begin_next()
        while not serving.sitting.is_under_way or serving.sitting.journey is before:
            time.sleep(0.001)
        if number == JOURNEYS // 10:
            gc.collect()
            after_some = _resident_mb()
    gc.collect()
    return after_some, _resident_mb() - after_some


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


def main() -> None:
    """Print the figures."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_serving(reference_config(), reference_backend, Wanted(), Path(folder)) as serving,
        ThreadPoolExecutor(1) as pool,
    ):
        played = pool.submit(lambda: sum(1 for _ in serving.sitting.plays()))
        while not serving.sitting.is_under_way:
            time.sleep(0.01)
        print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}")
        pages = first_page_ms(serving)
        print(f"first page      median {statistics.median(pages):.0f} ms, worst {max(pages):.0f} ms")
        events = on_the_dashboard_ms(serving)
        p95 = statistics.quantiles(events, n=20)[-1]
        print(f"on the dashboard  median {statistics.median(events):.1f} ms, p95 {p95:.1f} ms")
        began = time.perf_counter()
        at_first, grown = growth_mb(serving)
        each_ms = (time.perf_counter() - began) * 1000 / JOURNEYS
        print(f"{JOURNEYS} journeys    {each_ms:.0f} ms each, {at_first:.0f} MB, {grown:+.1f} MB later")
        serving.sitting.finish()
        print(f"judged          {played.result(30)} journeys")


if __name__ == "__main__":
    main()
