"""How long the first journey takes, and what the harness adds to the taps themselves.

Prints, with versions: one happy path in the harness (played and judged), the same taps as a bare
Playwright script against the same servers in the same run, the same script in Chromium, the ratio, and a
cold `amo-harness run connect_happy_path` as a whole process. Medians; the machine should be quiet.

The three take turns of several journeys, as a run has them, one after the other; the first of each turn is
not counted, because it shares the cores with the end of another browser's tab.

    .venv/bin/python benchmarks/journey.py [--rounds N]
"""

import argparse
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from importlib.metadata import version

import httpx
from playwright.sync_api import Playwright, sync_playwright

from harness.api_client.trust import trust_for
from harness.backends.reference import reference_backend
from harness.config.settings import reference_config
from harness.engines import Engine, EngineUnavailable, open_engine
from harness.gateway.gateway import Route
from harness.runs.runner import play
from harness.stage.scenario import Scenario, choose
from harness.stage.world import Setup, Stage, open_stage
from harness.timeline.recorder import Recorder

BUTTON = "Return to App"
COLD_RUNS = 5
TURN = 5


def in_harness(stage: Stage, scenario: Scenario) -> None:
    """Play and judge the journey."""
    played = play(stage, scenario)
    if played.result.harness_errors or played.result.failures:
        raise SystemExit(f"the journey failed: {played.result.harness_errors} {played.result.failures}")


def bare(stage: Stage, engine: Engine, scenario: Scenario) -> float:
    """Run the same taps with Playwright alone; returns how long they took in seconds."""
    past_the_probe = Route(lambda: stage.backend.url, Recorder())
    with stage.world(scenario.id), stage.gateway.leads(past_the_probe):
        started = time.perf_counter()
        _taps(stage, engine)
        return time.perf_counter() - started


def _taps(stage: Stage, engine: Engine) -> None:
    headers = {"Authorization": "Bearer test"}
    url = stage.backend.url
    with httpx.Client(base_url=url, headers=headers, trust_env=False, verify=trust_for(url)) as app:
        assert app.get("/api/amo-crm/status").json()["connected"] is False  # noqa: S101 - a benchmark that lies is worse
        url = app.get("/api/amo-crm/auth-url").json()["url"]
        tab = engine.open_tab()
        tab.page.goto(url)
        engine.warm()  # as the harness does at this point
        tab.page.click("#allow")
        tab.page.wait_for_url(lambda address: address.startswith(stage.gateway.url))
        tab.page.get_by_text(BUTTON, exact=True).click()
        departure = tab.wait_for_departure(timeout_s=5)
        assert departure is not None  # noqa: S101 - the same
        assert departure.url.startswith("foryoure://amo-crm/callback?success=true")  # noqa: S101 - the same
        assert app.get("/api/amo-crm/status").json()["connected"] is True  # noqa: S101 - the same
        assert app.get("/api/leads").json()["leads"]  # noqa: S101 - the same
        tab.close()


def _turn(journey: Callable[[], float]) -> list[float]:
    journey()
    return [journey() for _ in range(TURN)]


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _cold_run() -> float:
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "harness", "run", "connect_happy_path", "--out", out]
        return _timed(lambda: subprocess.run(command, check=True, capture_output=True))


def _row(name: str, times: list[float]) -> str:
    low, median, high = min(times), statistics.median(times), max(times)
    return f"{name:<44} {median * 1000:7.0f} ms   ({low * 1000:.0f} … {high * 1000:.0f}, {len(times)} runs)"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    rounds: int = parser.parse_args().rounds
    scenario = choose(["connect_happy_path"])[0]
    harness: list[float] = []
    bare_times: list[float] = []
    chromium_times: list[float] = []
    with ExitStack() as stack:
        playwright = stack.enter_context(sync_playwright())
        engine = stack.enter_context(open_engine("auto", playwright=playwright))
        stage = stack.enter_context(open_stage(Setup(reference_config()), engine, reference_backend))
        chromium = _chromium(stack, playwright)
        for turn in range(1 + rounds // TURN):
            times = _turn(lambda: _timed(lambda: in_harness(stage, scenario)))
            taps = _turn(lambda: bare(stage, engine, scenario))
            elsewhere = _turn(lambda: bare(stage, chromium, scenario)) if chromium is not None else []
            if turn:  # the first warms everything
                harness += times
                bare_times += taps
                chromium_times += elsewhere
        print(
            f"Python {platform.python_version()}, Playwright {version('playwright')}, "
            f"{engine.name} {engine.version}"
        )
        print(_row("happy path in the harness, warm", harness))
        print(_row(f"the same taps, bare Playwright, {engine.name}", bare_times))
        if chromium is not None:
            print(_row(f"the same taps, bare Playwright, chromium {chromium.version}", chromium_times))
    print(_row("cold `amo-harness run connect_happy_path`", [_cold_run() for _ in range(COLD_RUNS)]))
    print(f"harness / bare  {statistics.median(harness) / statistics.median(bare_times):.2f}")


def _chromium(stack: ExitStack, playwright: Playwright) -> Engine | None:
    try:
        return stack.enter_context(open_engine("chromium", playwright=playwright))
    except EngineUnavailable as missing:
        print(f"chromium is not measured: {missing}")
        return None


if __name__ == "__main__":
    main()
