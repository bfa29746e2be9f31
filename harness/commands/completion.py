"""`amo-harness completion SHELL`: what a shell needs to complete the words of the command line.

Owns which values are completed: files, scenarios and clauses, beside the words that the parser knows.
"""

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

from harness.contract import CONTRACT
from harness.errors import UsageError
from harness.exit_codes import ExitCode
from harness.stage.scenario import all_scenarios

SCENARIOS = ("scenarios", "scenario")
"""The positional words that name scenarios, by what the parser calls them."""


def completion_command(options: argparse.Namespace) -> int:
    """Print the script of `options.shell`; `options.parser` is the whole command line's."""
    try:
        import shtab  # noqa: PLC0415 - an extra, for this alone
    except ImportError as error:
        raise UsageError("completion needs shtab: pip install 'amo-harness[completion]'") from error
    names = [*all_scenarios(), *(clause.id for clause in CONTRACT)]
    for action in _actions(options.parser.commands.values()):
        if action.type is Path:
            setattr(action, "complete", shtab.FILE)  # noqa: B010 - shtab's way to be told, and no field of argparse's
        elif action.dest in SCENARIOS:
            action.choices = names
    print(shtab.complete(options.parser, shell=options.shell))
    return ExitCode.PASSED


def _actions(commands: Iterable[argparse.ArgumentParser]) -> Iterator[argparse.Action]:
    """Yield what the commands can be given."""
    for command in commands:
        yield from command._actions  # noqa: SLF001 - argparse shows them nowhere else, and shtab reads the same
