"""The words of the commands that show what the contract is worth."""

import argparse

from harness.commands.words.command import Command
from harness.commands.words.sharing import add_shard
from harness.runs.options import declare


def _add_prove(prove: argparse.ArgumentParser) -> None:
    prove.add_argument(
        "subjects", nargs="*", metavar="FAULT", help="faults or variants; all when none is named"
    )
    declare(prove.add_argument, ["engine", "inspector", "jobs"])
    add_shard(prove)
    prove.add_argument("--list", action="store_true", help="list the faults and variants instead")


def _add_reproduce(reproduce: argparse.ArgumentParser) -> None:
    reproduce.add_argument(
        "pages", nargs="*", metavar="PAGE", help="pages, such as auto_redirect; all when none is named"
    )
    declare(reproduce.add_argument, ["engine", "inspector", "host", "hosts"])
    form = reproduce.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print it as data, with the source of each cell")
    form.add_argument("--markdown", action="store_true", help="print it as Markdown")


COMMANDS = (
    Command(
        "prove",
        "show that each clause catches the faults it is there for",
        "proofs.prove:prove_command",
        _add_prove,
    ),
    Command(
        "reproduce",
        "show what each phone's browser made of the historic pages",
        "proofs.reproduce:reproduce_command",
        _add_reproduce,
    ),
)
