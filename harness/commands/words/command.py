"""One word of the command line as a value: its name, its help, its options and where its work is."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass


def no_options(parser: argparse.ArgumentParser) -> None:
    """Leave a command that takes nothing as it is."""
    del parser


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
