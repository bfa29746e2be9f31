"""`amo-harness judge`: saved timelines, judged again by the contract as it is now."""

import argparse
from dataclasses import replace
from pathlib import Path

from harness.commands.saved.diff import change_lines
from harness.commands.saved.outputs import tell
from harness.config.settings import reference_config
from harness.field.har import NAME, judge_har, read_har
from harness.load.outcome.result import is_load, judge_load_again
from harness.report.console import Console
from harness.report.junit import JUnitFile
from harness.report.words.visible import shown
from harness.runs.opening import backend_config
from harness.runs.results import RunResult, ScenarioResult
from harness.runs.rules import Rules
from harness.runs.runner import Listener
from harness.saved.differences import changes
from harness.saved.packing import folder_of
from harness.saved.place import latest_run
from harness.saved.results_file import document
from harness.saved.run_folder import RESULTS, Rejudged, judge_again, read_run
from harness.timeline.events import ScenarioStarted


def judge_command(options: argparse.Namespace) -> int:
    """Judge a folder, a results.json or one timeline; returns the exit code that its run would have."""
    if options.har is not None:
        return _judge_har(options)
    with folder_of(options.path or latest_run()) as path:
        is_kept = options.path is None or path == options.path
        folder = path if path.is_dir() else path.parent if path.name == RESULTS else None
        again = _judged_again(path, folder, strict=options.strict)
        rejudged = counted_by(again, options.backend)
        listeners: list[Listener] = [JUnitFile(options.junit, folder)] if options.junit else []
        out, rules = folder if is_kept else None, rejudged.run.rules
        listeners.append(Console(out=out, rules=rules, verbose=options.verbose, quiet=options.quiet))
        tell(rejudged, listeners)
        if folder is not None:
            _compare(folder, rejudged)
        return rejudged.run.exit_code


def _judge_har(options: argparse.Namespace) -> int:
    """Judge a HAR that somebody recorded, for the callback and by the levels of the backend.toml named."""
    config = reference_config() if options.backend is None else backend_config(options.backend)
    timeline = read_har(options.har, config)
    started = timeline.first(ScenarioStarted)
    scenario = ScenarioResult(NAME, "", (), findings=judge_har(timeline))
    rules = Rules(strict=options.strict, known_failures=config.known_failures, levels=config.levels)
    backend = started.backend if started is not None else ""
    run = RunResult({"name": str(options.har), "version": ""}, backend, (scenario,), rules, whole=False)
    listeners: list[Listener] = [JUnitFile(options.junit)] if options.junit else []
    listeners.append(Console(out=None, rules=rules, verbose=options.verbose, quiet=options.quiet))
    tell(Rejudged(run, {NAME: timeline}), listeners)
    return run.exit_code


def counted_by(rejudged: Rejudged, backend: Path | None) -> Rejudged:
    """Return it counted by the levels and known failures of this file, if one is named."""
    if backend is None:
        return rejudged
    config = backend_config(backend)
    rules = replace(rejudged.run.rules, known_failures=config.known_failures, levels=config.levels)
    return replace(rejudged, run=replace(rejudged.run, rules=rules))


def _judged_again(path: Path, folder: Path | None, *, strict: bool) -> Rejudged:
    if folder is not None and is_load(read_run(folder).folder):
        return judge_load_again(read_run(folder).folder, strict=strict)
    return judge_again(path, strict=strict)


def _compare(path: Path, rejudged: Rejudged) -> None:
    found = changes(read_run(path).document, document(rejudged.run))
    if found:
        print("judged otherwise than when it was saved:")
    for line in change_lines(found):
        print(shown(f"  {line}"))
