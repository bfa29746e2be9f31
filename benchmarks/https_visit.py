"""What https at the redirect URI adds to a visit: the callback in fresh tabs, plain and secured in turns.

.venv/bin/python benchmarks/https_visit.py [--visits N]
"""

import argparse
import statistics
import time
from contextlib import ExitStack
from dataclasses import replace

from playwright.sync_api import sync_playwright

from harness.backends.reference import reference_backend
from harness.config.settings import reference_config
from harness.engines import Trusted, open_engine
from harness.gateway.public_tls import PUBLIC_HOST, open_public_tls
from harness.stage.world import Setup, Stage, open_stage


def _visit(stage: Stage) -> float:
    """Return how long the missing code's page took until it had painted, in ms."""
    with stage.world("visit") as world:
        tab = world.page.tab
        started = time.perf_counter()
        tab.goto(world.gateway.redirect_uri)
        tab.wait_for_first_paint()
        return (time.perf_counter() - started) * 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--visits", type=int, default=60)
    count: int = parser.parse_args().visits
    with ExitStack() as stack:
        playwright = stack.enter_context(sync_playwright())
        config = reference_config()
        stages: list[Stage] = []
        for is_secured in (False, True):
            tls = stack.enter_context(open_public_tls(wanted=is_secured))
            trusted = None if tls is None else Trusted(PUBLIC_HOST, tls.certificate, tls.origin)
            engine = stack.enter_context(open_engine("webkitgtk", playwright=playwright, trusted=trusted))
            http = replace(config.http, public_https=is_secured)
            setup = Setup(replace(config, http=http))
            stages.append(stack.enter_context(open_stage(setup, engine, reference_backend, tls=tls)))
            for _ in range(3):
                _visit(stages[-1])
        pairs = [(_visit(stages[0]), _visit(stages[1])) for _ in range(count)]
    plain, secured = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(f"{count} visits each, in turns")
    print(f"plain    p50 {plain:.1f} ms")
    print(f"https    p50 {secured:.1f} ms")
    print(f"added    p50 {secured - plain:.1f} ms")


if __name__ == "__main__":
    main()
