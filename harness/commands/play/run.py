"""`amo-harness run`: an engine, a stage and the reports, put together for one run."""

import argparse
import shlex
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

from fake_amo.state.dataset import DEFAULT_SEED
from harness.backends.databases import shared_database, written_beside
from harness.commands.play.choosing import Asked, asked_of, chosen
from harness.commands.play.watch import play_at_each_change
from harness.commands.saved.outputs import NOTHING_ELSE, Outputs
from harness.config.settings import BackendConfig
from harness.errors import HarnessError
from harness.exit_codes import ExitCode
from harness.processes.loading import uncollected
from harness.report.console import Console
from harness.report.exports.github import Annotations, annotating, is_on_github
from harness.report.page.html import HtmlFile
from harness.report.words.plain_text import Lasting
from harness.report.words.visible import shown
from harness.runs.about import About, commit_of, now, versions_here
from harness.runs.opening import backend_of, check_first, config_of, open_run, rules_of, settled
from harness.runs.options import RunRequest
from harness.runs.results import FailedStart, RunResult
from harness.runs.rules import Rules
from harness.runs.runner import Listener, Played, Setting, play, run, setting_of
from harness.runs.workers import Crew, open_crew
from harness.saved.backend_copy import BackendCopy
from harness.saved.place import opened
from harness.saved.results_file import ResultsFile
from harness.saved.run_folder import did_not_start
from harness.serve.reaching.addresses import checked
from harness.stage.scenario import choose
from harness.stage.world import Stage

SCENARIOS_A_WORKER = 8
"""Fewer scenarios than this are sooner played than another browser is started."""
NO_ENGINE = {"name": "", "version": ""}


def run_command(options: argparse.Namespace) -> int:
    """Play what the options name; returns the exit code."""
    request = RunRequest.of(vars(options))
    asked, also = asked_of(options, request), Outputs(options.junit, options.har, options.trace)
    with annotating(wanted=options.annotations or is_on_github()) as annotations:
        if not options.watch:
            return play_request(request, asked, options.out, also, annotations)
        settled(request)  # what no change of the backend's mends

        def play_these(names: tuple[str, ...] | None) -> int:
            this = asked if names is None else Asked(names)
            return play_request(request, this, options.out, also, annotations)

        files = (also.junit, also.har, also.trace)
        return play_at_each_change(request.backend, options.out, files, play_these)


def play_request(
    request: RunRequest,
    asked: Asked,
    out: Path | None,
    also: Outputs = NOTHING_ELSE,
    annotations: Annotations | None = None,
) -> int:
    """Play scenarios as the request has it, with every report; returns the exit code.

    Results go to `out`, or to a folder of their own among the last runs. What stood there is taken away
    once it is known that something can be played; a run that cannot start leaves its reason instead.
    """
    request = settled(request)
    if request.lan is not None:
        checked(request.lan)
    config = config_of(request, asked.names)
    scenarios, part = chosen(asked, config.scenarios, of_a_page_alone=request.page is not None)
    about = about_run(request, asked.words)
    rules = rules_of(request, config)
    also.check()
    with opened(out) as place:
        folder = place.folder
        results = ResultsFile(folder, request.document(folder))
        files: list[Listener] = [
            results,
            BackendCopy(folder, request.backend),
            HtmlFile(folder, saved=results.timeline),
            *also.files(folder),
        ]
        with ExitStack() as stack:
            try:
                wanted = [each for each in scenarios if not config.scenarios.leaves_out(each.id)]
                crew, setting = _start(request, config, len(wanted), folder, stack)
                setting = replace(setting, about=replace(about, phone=setting.phone))
            except (HarnessError, KeyboardInterrupt) as error:
                if not did_not_start(folder):
                    place.set_aside()
                expected = tuple(each.id for each in scenarios)
                nothing = RunResult(
                    NO_ENGINE, config.name, (), rules, expected=expected, part=part, about=about
                )
                _tell_failed_start(files, error, nothing)
                raise
            place.clean()
            plays = crew.spread(play_named, [(each.id, request.page is not None) for each in scenarios])
            listeners = [*files, _console(request, rules, folder), *([annotations] if annotations else [])]
            result = run(
                setting, scenarios, plays, listeners, rules=rules, part=part, exit_first=request.exit_first
            )
            if result.interrupted:
                crew.drop(result.exit_code)
            if result.unplayed:
                crew.abandon()
            return result.exit_code


def _console(request: RunRequest, rules: Rules, folder: Path) -> Console:
    out = Lasting(sys.stdout)
    return Console(out=folder, rules=rules, stream=out, verbose=request.verbose, quiet=request.quiet)


def _start(
    request: RunRequest, config: BackendConfig, scenarios: int, out: Path, stack: ExitStack
) -> tuple[Crew, Setting]:
    """Look at the backend and open the stages; everything that can keep a run from starting is here."""
    began_s = time.time()
    if request.backend is not None or request.page is not None:
        check_first(request, config)
    jobs = sensible_jobs(request, config, scenarios, checked_since_s=began_s)
    with uncollected():
        backend_of(request, config)  # loads it: workers are copies of this process
    crew = stack.enter_context(open_crew(partial(open_run, request, config, out=out), jobs=jobs))
    return crew, replace(crew.ask(setting_of), judged=judged(request, config), choice=config.scenarios)


def about_run(request: RunRequest, words: Sequence[str]) -> About:
    """Return what a reader of a run needs to repeat it, whatever it will find."""
    return About(
        command=shlex.join([*shlex.split(request.command), *words]),
        seed=DEFAULT_SEED if request.seed is None else request.seed,
        started=now(),
        versions=versions_here(),
        commit="" if request.backend is None else commit_of(request.backend.parent),
    )


def judged(request: RunRequest, config: BackendConfig) -> str:
    """Say whom a run judges, and where that is written."""
    if request.page is not None:
        return f"the page {request.page} alone"
    return "the built-in reference" if request.backend is None else f"{config.name}, of {request.backend}"


def _tell_failed_start(
    files: Sequence[Listener], error: HarnessError | KeyboardInterrupt, nothing: RunResult
) -> None:
    """Leave in each file that nothing was played, and why."""
    failed = FailedStart(
        str(error) or "interrupted", error.exit_code if isinstance(error, HarnessError) else ExitCode.HARNESS
    )
    for each in files:
        each.run_finished(replace(nothing, not_started=failed))


def play_named(stage: Stage, named: tuple[str, bool]) -> Played:
    """Play one scenario by its name, and whether it is one of a page alone; runs in a worker."""
    scenario_id, alone = named
    return play(stage, choose([scenario_id], of_a_page_alone=alone)[0])


def sensible_jobs(
    request: RunRequest, config: BackendConfig, scenarios: int, *, checked_since_s: float | None = None
) -> int:
    """Return how many workers are worth their start, and possible: one for what there is only one of.

    `checked_since_s` is when the look at the backend began, in Unix time.
    """
    there_is_one = (
        request.headed
        or request.slow
        or request.pause
        or request.engine == "remote"
        or request.inspector is not None
        or request.cdp is not None
    )
    there_is_one |= request.page is not None or bool(request.amo_port or request.gateway_port)
    if request.backend is not None:
        there_is_one |= config.start is None or "{port}" not in config.http.url
    jobs = 1 if there_is_one else min(request.jobs, max(1, scenarios // SCENARIOS_A_WORKER))
    shared = shared_database(config.start) if jobs > 1 and config.start is not None else ""
    if shared:
        told = f"one worker: {shared} names one database for all; with {{worker}} in it each has its own"
        print(shown(told))
        return 1
    if jobs > 1 and config.start is not None and checked_since_s is not None:
        written = written_beside(config.start, checked_since_s)
        if written:
            told = (
                f"one worker: {written} in the backend's folder is all workers'; in {{tmp}} each has its own"
            )
            print(shown(told))
            return 1
    return jobs
