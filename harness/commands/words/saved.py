"""The words of the commands that read runs which were kept."""

import argparse
from pathlib import Path

from harness.commands.words.command import Command
from harness.runs.options import declare


def _add_judge(judge: argparse.ArgumentParser) -> None:
    judge.add_argument(
        "path",
        nargs="?",
        type=Path,
        help="a run's folder, its results.json, or one timeline (default: the latest run)",
    )
    declare(judge.add_argument, ["strict", "verbose"])
    judge.add_argument("--junit", type=Path, metavar="FILE", help="write JUnit XML as well")


def _add_diff(diff: argparse.ArgumentParser) -> None:
    diff.add_argument(
        "old",
        nargs="?",
        type=Path,
        metavar="OLD",
        help="a run's folder, or its results.json (default: the last two)",
    )
    diff.add_argument("new", nargs="?", type=Path, metavar="NEW", help="the same, of a later run")


COMMANDS = (
    Command("judge", "judge saved timelines again", "saved.judge:judge_command", _add_judge),
    Command(
        "diff",
        "say what is fixed, broken, new and gone between two runs",
        "saved.diff:diff_command",
        _add_diff,
    ),
)
