"""`amo-harness run`: an engine, a stage and the reports, put together for one run."""

import argparse
import shutil
from pathlib import Path

from harness.errors import UsageError
from harness.opening import RunRequest, backend_config, open_run
from harness.report.console import Console
from harness.report.html import HtmlFile
from harness.report.junit import JUnitFile
from harness.report.results_json import ResultsFile
from harness.runner import Listener, run
from harness.scenario import choose

OWN_FILES = ("results.json", "report.html", "timelines", "screenshots")
"""What a run leaves in its folder, and takes away from it before it begins."""


def run_command(options: argparse.Namespace) -> int:
    """Play what the options name; returns the exit code."""
    request = RunRequest(
        backend=options.backend, engine=options.engine, headed=options.headed, strict=options.strict
    )
    return play_request(request, options.scenarios, options.out, options.junit)


def play_request(request: RunRequest, scenario_ids: list[str], out: Path, junit: Path | None = None) -> int:
    """Play scenarios as the request has it, with every report; returns the exit code."""
    config = backend_config(request.backend)
    scenarios = choose(scenario_ids)
    clean(out)
    listeners: list[Listener] = [
        Console(out=out, strict=request.strict),
        ResultsFile(out, request.document(out)),
        HtmlFile(out),
        *([JUnitFile(junit)] if junit else []),
    ]
    with open_run(request, config, out=out) as stage:
        return run(stage, scenarios, listeners, strict=request.strict).exit_code


def clean(out: Path) -> Path:
    """Make the folder, without what an earlier run left; nothing else in it is touched."""
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out {out} is a file: name a folder")
    out.mkdir(parents=True, exist_ok=True)
    for name in OWN_FILES:
        left = out / name
        if left.is_dir():
            shutil.rmtree(left)
        else:
            left.unlink(missing_ok=True)
    return out
