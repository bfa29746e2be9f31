"""The words of the command that asks phones what their browsers do."""

import argparse
from pathlib import Path

from harness.commands.words.command import Command

ANSWERS = Path("lab.json")


def _add_lab(lab: argparse.ArgumentParser) -> None:
    lab.add_argument(
        "--answers",
        type=Path,
        default=ANSWERS,
        metavar="FILE",
        help="file of the answers, which `run --hosts` takes (default: %(default)s)",
    )
    lab.add_argument(
        "--table", action="store_true", help="print the answers beside the host tables, and serve nothing"
    )
    lab.add_argument(
        "--lan", metavar="IP", help="address of this machine that the phone reaches (default: loopback)"
    )
    lab.add_argument("--port", type=int, default=0, metavar="N", help="port (default: a free one)")
    lab.add_argument("--link", metavar="URL", help="link of an app that is on the phone (default: the app's)")


COMMANDS = (
    Command("lab", "ask phones what their browser does with each way to leave", "lab:lab_command", _add_lab),
)
