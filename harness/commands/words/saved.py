"""The words of the commands that read runs which were kept."""

import argparse
from pathlib import Path

from harness.commands.words.command import Command, add_outputs
from harness.runs.options import declare


def _add_judge(judge: argparse.ArgumentParser) -> None:
    judge.add_argument(
        "path",
        nargs="?",
        type=Path,
        help="a run's folder, its results.json, a pack, or one timeline (default: the latest run)",
    )
    judge.add_argument(
        "--backend",
        type=Path,
        metavar="FILE",
        help="backend.toml whose levels and known failures count, in the place of the run's own",
    )
    judge.add_argument(
        "--har",
        type=Path,
        metavar="FILE",
        help="judge a HAR that somebody recorded, as far as it shows anything, in place of a run",
    )
    declare(judge.add_argument, ["strict", "verbose", "quiet"])
    judge.add_argument("--junit", type=Path, metavar="FILE", help="write JUnit XML as well")


def _add_diff(diff: argparse.ArgumentParser) -> None:
    diff.add_argument(
        "old",
        nargs="?",
        type=Path,
        metavar="OLD",
        help="a run's folder, its results.json, or a pack (default: the last two)",
    )
    diff.add_argument("new", nargs="?", type=Path, metavar="NEW", help="the same, of a later run")
    diff.add_argument(
        "--html", type=Path, metavar="FILE", help="write it as a page as well, with the pictures that changed"
    )


def _add_export(export: argparse.ArgumentParser) -> None:
    export.add_argument(
        "path", nargs="?", type=Path, help="a run's folder, a pack, or one timeline (default: the latest run)"
    )
    add_outputs(export)


def _add_pack(pack: argparse.ArgumentParser) -> None:
    pack.add_argument("path", nargs="?", type=Path, help="a run's folder (default: the latest run)")
    pack.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="the file to write (default: amo-harness-NAME.zip in this folder, by the run's name)",
    )


def _add_show(show: argparse.ArgumentParser) -> None:
    show.add_argument(
        "path", nargs="?", type=Path, help="a run's folder, or a pack (default: the latest run)"
    )


def _add_merge(merge: argparse.ArgumentParser) -> None:
    merge.add_argument("parts", nargs="+", type=Path, metavar="DIR", help="what `run --shard` has left")
    merge.add_argument("--out", type=Path, metavar="FOLDER", help="folder for the whole run's results")
    merge.add_argument("--junit", type=Path, metavar="FILE", help="write JUnit XML as well")
    declare(merge.add_argument, ["verbose", "quiet"])


COMMANDS = (
    Command("judge", "judge saved timelines again", "saved.judge:judge_command", _add_judge),
    Command(
        "diff",
        "say what is fixed, broken, new and gone between two runs",
        "saved.diff:diff_command",
        _add_diff,
    ),
    Command(
        "export",
        "write a kept run as JUnit XML, HAR or Trace Event JSON",
        "saved.outputs:export_command",
        _add_export,
    ),
    Command("pack", "make one file of a run, to be sent", "saved.pack:pack_command", _add_pack),
    Command("show", "open a run's report", "saved.pack:show_command", _add_show),
    Command(
        "merge",
        "make one run of the parts that several machines have played",
        "saved.merge:merge_command",
        _add_merge,
    ),
)
