"""One run of load from the request to the exit code: opened, driven, judged, told.

Owns the order. What each part does is its own.
"""

import json
import shlex
import time
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from harness.config.settings import BackendConfig
from harness.errors import HarnessError
from harness.exit_codes import ExitCode
from harness.load.judging.judging import Case, Judgement, judge_case
from harness.load.opening import (
    LoadStage,
    check_extra,
    offers_by_http,
    open_driving,
    open_load,
    started,
    tells_users_apart,
)
from harness.load.outcome.request import LoadRequest
from harness.load.outcome.result import (
    FOLDER,
    SERVER,
    SHARES,
    USERS,
    Figures,
    figures_in,
    lost,
    run_of,
    save_background,
    too_slow,
)
from harness.load.telling.console import LoadConsole
from harness.load.telling.fragment import sections
from harness.load.weather import counts_limits, is_graceful
from harness.report.junit import JUnitFile
from harness.report.page.html import HtmlFile
from harness.runs.about import About, commit_of, now
from harness.runs.opening import backend_config, look_first
from harness.runs.results import FailedStart, RunResult
from harness.runs.rules import Rules
from harness.runs.runner import Listener
from harness.saved.place import opened
from harness.saved.results_file import ResultsFile
from harness.saved.run_folder import did_not_start
from harness.timeline.timeline import Timeline


def play_load(request: LoadRequest, out: Path | None, junit: Path | None, command: Sequence[str]) -> int:
    """Play what was asked for, with every report; returns the exit code."""
    request.check()
    check_extra()
    config = backend_config(request.backend)
    rules = Rules(
        strict=request.strict,
        known_failures=config.known_failures,
        levels=config.levels,
        offers=offers_by_http(config),
    )
    about = About(
        command=shlex.join(["amo-harness", *command]),
        started=now(),
        versions={"amo-harness": version("amo-harness"), "Locust": version("locust")},
        commit="" if request.backend is None else commit_of(request.backend.parent),
    )
    junit_file: list[Listener] = [JUnitFile(junit)] if junit else []
    with opened(out) as place:
        results = ResultsFile(place.folder, {"load": request.document()})
        nothing = RunResult(_engine(), config.name, (), rules, expected=(request.shape,), about=about)
        if not did_not_start(place.folder):
            place.set_aside()
        try:
            results.run_finished(replace(nothing, interrupted=True))
            place_of_load = place.folder / FOLDER
            place_of_load.mkdir(exist_ok=True)
            case = _drive(config, request, place_of_load)
        except (HarnessError, KeyboardInterrupt) as error:
            code = error.exit_code if isinstance(error, HarnessError) else ExitCode.HARNESS
            failed = FailedStart(str(error) or "interrupted", code)
            for each in (results, *junit_file):
                each.run_finished(replace(nothing, not_started=failed))
            raise
        judgement = judge_case(case)
        if not judgement.course.by_kind and not judgement.course.unfinished:
            raise HarnessError("no user came to its first step: give more --minutes")
        return _tell(judgement, request, nothing, place.folder, [results, *junit_file])


def _engine() -> dict[str, object]:
    return {"name": "locust", "version": version("locust")}


def _drive(config: BackendConfig, request: LoadRequest, folder: Path) -> Case:
    start = started(config, request)
    if request.backend is not None and start is not None:
        look_first(config)
    instances = 1 if start is None else request.instances or start.instances
    judged = "the built-in reference" if request.backend is None else f"{config.name}, of {request.backend}"
    console = LoadConsole(None)
    with open_load(config, request, folder) as stage, open_driving(stage.plan.marks) as driving:
        console.started(request, judged, instances)
        began_s = time.monotonic()
        driving.run(stage.plan, request)
        _save_shares(stage, folder, time.monotonic() - began_s)
        case = Case(
            folder / USERS,
            folder / SERVER,
            request.shape,
            config,
            offers_by_http(config),
            stage.owner_account,
            tells_users_apart(config),
            is_graceful(request.shape),
            counts_limits(tells_users_apart=tells_users_apart(config)),
        )
    save_background(case, folder)
    return case


def _save_shares(stage: LoadStage, folder: Path, took_s: float) -> None:
    times = stage.amo.times
    shares = {
        "fake_requests": times.count,
        "fake_p99_ms": round(1000 * times.percentile(0.99), 3),
        "fake_share": round(times.total_s / took_s, 4),
    }
    (folder / SHARES).write_text(json.dumps(shares), encoding="utf-8")


def _tell(
    judgement: Judgement,
    request: LoadRequest,
    nothing: RunResult,
    folder: Path,
    listeners: Sequence[Listener],
) -> int:
    figures: Figures = figures_in(folder / FOLDER)
    run, timelines = run_of(judgement, shape=request.shape, empty=nothing, errors=lost(figures))
    if request.max_p95_ms is not None:
        run = replace(run, besides=(*run.besides, too_slow(figures, request.max_p95_ms)))
    page = HtmlFile(folder, sections=lambda told: sections(told, judgement.course, figures))
    for each in (*listeners, page):
        for scenario in run.scenarios:
            each.scenario_finished(scenario, timelines.get(scenario.id, Timeline()))
        each.run_finished(run)
    LoadConsole(folder).finished(run, timelines, judgement.course, figures)
    return run.exit_code
