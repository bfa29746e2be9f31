"""`amo-harness run`: an engine, a stage and the reports, put together for one run."""

import argparse
import shutil
from contextlib import ExitStack
from pathlib import Path

from harness.backends import reference_backend
from harness.engines import open_engine
from harness.errors import UsageError
from harness.foreign import reference_process
from harness.prove import reference_config
from harness.report.console import Console
from harness.report.results_json import ResultsFile
from harness.runner import run
from harness.scenario import choose
from harness.world import open_stage

OWN_FILES = ("results.json", "timelines", "screenshots")
"""What a run leaves in its folder, and takes away from it before it begins."""


def run_command(options: argparse.Namespace) -> int:
    """Play what the options name; returns the exit code."""
    scenarios = choose(options.scenarios)
    out = clean(options.out)
    config = reference_config()
    listeners = (Console(out=out, strict=options.strict), ResultsFile(out))
    with ExitStack() as stack:
        engine = stack.enter_context(open_engine(options.engine, headed=options.headed))
        stage = stack.enter_context(
            open_stage(config, engine, reference_backend, open_process=reference_process, out=out)
        )
        return run(stage, scenarios, listeners, strict=options.strict).exit_code


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
