"""`amo-harness prove`: every fault in front of the clauses that must catch it."""

import argparse
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial

from harness.backends.reference import reference_backend
from harness.config.engine_names import EngineName
from harness.config.settings import reference_config
from harness.engines import open_engine
from harness.errors import UsageError
from harness.exit_codes import ExitCode
from harness.proofs.prove import (
    Row,
    Subject,
    choose_subjects,
    durations_s,
    judge_subject,
    scenarios_for,
)
from harness.report.matrix import matrix, summary
from harness.report.progress import ProgressLine
from harness.runs.opening import check_inspector
from harness.runs.shards.shard import Shard, part_of
from harness.runs.workers import open_crew
from harness.saved.balance import balance_s
from harness.stage.world import Setup, Stage, open_stage


def prove_command(options: argparse.Namespace) -> int:
    """Play the subjects that the options name, print the matrix; 0 when everything went as it had to."""
    subjects = choose_subjects(options.subjects)
    taken_s = durations_s(subjects, balance_s(options.balance))
    if options.shard:
        subjects = part_of(subjects, Shard.read(options.shard), lambda each: each.id, taken_s)
    elif options.balance:
        raise UsageError("--balance is for --shard: it says by which run the shards are balanced")
    if options.list:
        for subject in subjects:
            print(f"{subject.id:<32} {subject.kind:<8} {' '.join(subject.breaks):<28} {subject.title}")
        return ExitCode.PASSED
    check_inspector(options.inspector)
    if options.jobs < 1:
        raise UsageError(f"--jobs {options.jobs} is no number of workers: give 1 or more")
    started = time.monotonic()
    rows: list[Row] = []
    progress = ProgressLine(sys.stdout, lambda: taken_s)
    progress.begin([each.id for each in subjects])
    # Of a device's page there is only one
    jobs = 1 if options.inspector else min(options.jobs, len(subjects))
    with open_crew(partial(open_proof, options.engine, options.inspector), jobs=jobs) as crew:
        for row in crew.spread(prove_one, subjects):
            rows.append(row)
            progress.go_on(row.subject.id)
            print(matrix(row), flush=True)
            progress.show()
    print(summary(rows, duration_s=time.monotonic() - started, jobs=jobs))
    return _exit_code(rows)


def _exit_code(rows: list[Row]) -> ExitCode:
    if any(row.harness_errors for row in rows):
        return ExitCode.HARNESS
    return ExitCode.PASSED if all(row.holds for row in rows) else ExitCode.BROKEN


@contextmanager
def open_proof(engine: EngineName, inspector: str | None = None) -> Generator[Stage]:
    """Yield a stage with the reference backend, which each subject is made of."""
    with (
        open_engine(engine, inspector=inspector) as browser,
        open_stage(Setup(reference_config()), browser, reference_backend) as stage,
    ):
        yield stage


def prove_one(stage: Stage, subject: Subject) -> Row:
    """Judge one subject; runs in a worker."""
    return judge_subject(stage, subject, scenarios_for(subject))
