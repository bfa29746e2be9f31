"""`amo-harness run`: an engine, a stage and the reports, put together for one run."""

import argparse
import fcntl
import os
import shutil
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from errno import EACCES
from functools import partial
from pathlib import Path

from harness.backends.databases import shared_database
from harness.config.settings import BackendConfig
from harness.errors import UsageError
from harness.report.console import Console
from harness.report.html import HtmlFile
from harness.report.junit import JUnitFile
from harness.runs.opening import check_first, config_of, open_run, rules_of, settled
from harness.runs.options import RunRequest
from harness.runs.runner import Listener, Played, play, run, setting_of
from harness.runs.workers import open_crew
from harness.saved.results_file import ResultsFile
from harness.stage.scenario import Scenario, choose
from harness.stage.world import Stage

OWN_FILES = ("results.json", "report.html", "timelines", "screenshots", "replay")
"""What a run and its replays leave in its folder, and the next run takes away before it begins."""


SCENARIOS_A_WORKER = 8
"""Fewer scenarios than this are sooner played than another browser is started."""


def run_command(options: argparse.Namespace) -> int:
    """Play what the options name; returns the exit code."""
    return play_request(RunRequest.of(vars(options)), options.scenarios, options.out, options.junit)


def play_request(request: RunRequest, scenario_ids: list[str], out: Path, junit: Path | None = None) -> int:
    """Play scenarios as the request has it, with every report; returns the exit code."""
    request = settled(request)
    config = config_of(request)
    alone = request.page is not None
    scenarios = choose(scenario_ids, of_a_page_alone=alone)
    junit_file = [JUnitFile(junit)] if junit else []
    with held(out):
        clean(out)
        listeners: list[Listener] = [
            Console(out=out, rules=rules_of(request, config)),
            ResultsFile(out, request.document(out)),
            HtmlFile(out),
            *junit_file,
        ]
        if request.backend is not None or alone:
            check_first(request, config)
        return _play(request, config, scenarios, out, listeners)


def _play(
    request: RunRequest,
    config: BackendConfig,
    scenarios: Sequence[Scenario],
    out: Path,
    listeners: Sequence[Listener],
) -> int:
    jobs = sensible_jobs(request, config, len(scenarios))
    with open_crew(partial(open_run, request, config, out=out), jobs=jobs) as crew:
        setting = crew.ask(setting_of)
        work = [(scenario.id, request.page is not None) for scenario in scenarios]
        plays = crew.spread(play_named, work)
        return run(
            setting,
            scenarios,
            plays,
            listeners,
            rules=rules_of(request, config),
        ).exit_code


def play_named(stage: Stage, named: tuple[str, bool]) -> Played:
    """Play one scenario by its name, and whether it is one of a page alone; runs in a worker."""
    scenario_id, alone = named
    return play(stage, choose([scenario_id], of_a_page_alone=alone)[0])


def sensible_jobs(request: RunRequest, config: BackendConfig, scenarios: int) -> int:
    """Return how many workers are worth their start, and possible: one for what there is only one of."""
    there_is_one = request.headed or request.engine == "remote" or request.inspector is not None
    if request.page is not None:
        there_is_one = True
    if request.backend is not None:
        there_is_one |= config.start is None or "{port}" not in config.http.url
    jobs = 1 if there_is_one else min(request.jobs, max(1, scenarios // SCENARIOS_A_WORKER))
    shared = shared_database(config.start) if jobs > 1 and config.start is not None else ""
    if shared:
        print(f"one worker: {shared} names one database for all; with {{worker}} in it each has its own")
    return 1 if shared else jobs


@contextmanager
def held(out: Path) -> Generator[None]:
    """Make the folder and keep other runs out of it until the block ends, however the process does.

    Raises UsageError where it cannot be written, or another run is writing there.
    """
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out {out} is a file: name a folder")
    try:
        out.mkdir(parents=True, exist_ok=True)
        if not os.access(out, os.W_OK | os.X_OK):
            raise PermissionError(EACCES, os.strerror(EACCES))
        folder = os.open(out, os.O_RDONLY)
    except OSError as error:
        raise UsageError(
            f"--out {out}: cannot be written ({error.strerror}); name a folder that can"
        ) from error
    try:
        _lock(folder, out)
        yield
    finally:
        os.close(folder)


def _lock(folder: int, out: Path) -> None:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise UsageError(
            f"--out {out}: another run is writing there; give this one a folder of its own"
        ) from error


def clean(out: Path) -> None:
    """Remove what an earlier run left in the folder; nothing else in it is touched."""
    for name in OWN_FILES:
        left = out / name
        if left.is_dir():
            shutil.rmtree(left)
        else:
            left.unlink(missing_ok=True)
