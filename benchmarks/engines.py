"""Print what each engine costs, side by side: start, tab, page, evaluate, tap, departure, close.

    python benchmarks/engines.py [--rounds N] [ENGINE ...]

Medians in milliseconds over fresh tabs against static pages on this machine; the first tab counts for `start`
alone. "journey" is one tab with three pages, two taps that load a page and one that departs.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from typing import TYPE_CHECKING, TypeVar

from harness.engines import EngineUnavailable, open_engine

if TYPE_CHECKING:
    from harness.config.engine_names import EngineName
    from harness.engines import Engine, Tab

_HEAD = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
)
PAGES = {
    "/": '<h1>First</h1><a id="go" style="display: block; padding: 20px" href="/second">next</a>',
    "/second": '<h1>Second</h1><a id="go" style="display: block; padding: 20px" href="/third">next</a>',
    "/third": "<h1>Third</h1><button id='go' style='width: 200px; height: 60px' "
    "onclick=\"window.open('foryoure://amo-crm/callback', '_self')\">Return to App</button>",
}
T = TypeVar("T")
Timings = defaultdict[str, list[float]]


def main() -> None:
    """Measure the engines that are asked for and print one column each."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("--rounds", type=int, default=15)
    arguments.add_argument("engines", nargs="*", default=["webkitgtk", "chromium"])
    asked = arguments.parse_args()
    columns: dict[str, Timings] = {}
    with served() as address:
        for name in asked.engines:
            try:
                title, timings = measure(name, address, asked.rounds)
            except EngineUnavailable as error:
                print(f"{name}: {error}")
                continue
            columns[title] = timings
    report(columns)


def measure(name: EngineName, address: str, rounds: int) -> tuple[str, Timings]:
    """Start one engine and time `rounds` tabs of it."""
    timings: Timings = defaultdict(list)
    began = time.perf_counter()
    with open_engine(name) as engine:
        tab = engine.open_tab()
        timings["start (engine and first tab)"].append(time.perf_counter() - began)
        tab.goto(address)
        tab.close()
        for _ in range(rounds):
            one_tab(engine, address, timings)
            time.sleep(0.3)  # what is measured is a warm tab: the next one is opened meanwhile
            timed(timings, "journey", lambda: journey(engine, address))
            time.sleep(0.3)
        return f"{engine.name} {engine.version}", timings


def one_tab(engine: Engine, address: str, timings: Timings) -> None:
    """Time each thing that a tab does."""
    tab = timed(timings, "open tab", engine.open_tab)
    timed(timings, "install fake clock", tab.page.clock.install)
    timed(timings, "goto", lambda: tab.goto(f"{address}/third"))
    timed(timings, "first paint", lambda: tab.wait_for_first_paint(timeout_s=5))
    timed(timings, "evaluate", lambda: tab.page.evaluate("1 + 1"))
    timed(timings, "first look at an element", lambda: tab.page.locator("#go").bounding_box())
    timed(timings, "settle", tab.settle)
    timed(timings, "ten minutes of page time", lambda: tab.page.clock.run_for(600_000))
    timed(timings, "tap to departure", lambda: tap_and_depart(tab))
    timed(timings, "close tab", tab.close)


def tap_and_depart(tab: Tab) -> None:
    """Tap the button; the departure has to come."""
    tab.tap(tab.page.locator("#go"))
    if tab.wait_for_departure(timeout_s=5) is None:
        raise AssertionError("the tap did not depart")


def journey(engine: Engine, address: str) -> None:
    """Open a tab, go through three pages by two taps, look at the last, leave by a third."""
    tab = engine.open_tab()
    tab.goto(address)
    for _ in range(2):
        before = tab.commits
        tab.tap(tab.page.locator("#go"))
        tab.wait_for_commit(after=before, timeout_s=5)
    tab.wait_for_first_paint(timeout_s=5)
    tap_and_depart(tab)
    tab.close()


def timed(timings: Timings, what: str, action: Callable[[], T]) -> T:
    """Call and note the time."""
    began = time.perf_counter()
    result = action()
    timings[what].append(time.perf_counter() - began)
    return result


def report(columns: dict[str, Timings]) -> None:
    """Print the medians and the versions."""
    print(f"Python {platform.python_version()}, Playwright {version('playwright')}, {platform.platform()}")
    print(f"{'median, ms':<30}" + "".join(f"{title:>26}" for title in columns))
    for what in dict.fromkeys(what for timings in columns.values() for what in timings):
        medians = (1000 * statistics.median(timings[what]) for timings in columns.values())
        print(f"{what:<30}" + "".join(f"{median:>26.1f}" for median in medians))


@contextmanager
def served() -> Generator[str]:
    """Serve the pages on a free loopback port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = (_HEAD + PAGES.get(self.path, "")).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - the inherited name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


if __name__ == "__main__":
    main()
