"""One word of the command line as a value: its name, its help, its options and where its work is."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


def no_options(parser: argparse.ArgumentParser) -> None:
    """Leave a command that takes nothing as it is."""
    del parser


def add_outputs(parser: argparse.ArgumentParser) -> None:
    """Add the files that a run is written to besides its folder."""
    for flag, what in (
        ("--junit", "JUnit XML, pictures of failures attached"),
        ("--har", "the HTTP as HAR (needs the extra `har`)"),
        ("--trace", "the events as Trace Event JSON, which Perfetto opens"),
    ):
        parser.add_argument(flag, type=Path, metavar="FILE", help=f"write {what} as well")


@dataclass(frozen=True)
class Command:
    """A word of `amo-harness`.

    `work` names a function below `harness.commands` as `room.module:function`; it is loaded once the words
    are known to be right, takes the parsed options and returns the exit code.
    """

    name: str
    help: str
    work: str
    options: Callable[[argparse.ArgumentParser], None] = no_options
