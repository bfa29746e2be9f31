"""The command `amo-harness`: its words, its exit codes, and nothing of the work itself.

Owns the command line. Heavy parts are imported by the command that needs them, so that a wrong word is
answered at once.
"""

import argparse
import errno
import re
import sys
import traceback
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NoReturn

from harness.commands.words import facts, lab, load, play, proofs, saved, serve
from harness.errors import HarnessError, UsageError
from harness.exit_codes import EXIT_CODES_IN_WORDS, ExitCode
from harness.processes.interruption import INTERRUPTION
from harness.processes.loading import uncollected
from harness.report.words.plain_text import Lasting, drop_output, print_whatever_comes
from harness.report.words.visible import shown
from harness.runs.options import REFERENCE
from harness.runs.version import version_line

if TYPE_CHECKING:
    from harness.config.mistakes import Mistakes
    from harness.config.settings import BackendConfig

COMPLETION = "completion"
"""The one command that must know all the others' words."""
BACKEND_FILE = Path("backend.toml")
COMMANDS = {
    command.name: command
    for command in (
        *play.COMMANDS,
        *serve.COMMANDS,
        *load.COMMANDS,
        *lab.COMMANDS,
        *facts.COMMANDS,
        *proofs.COMMANDS,
        *saved.COMMANDS,
    )
}
"""Every word but `amo`, which is fake amoCRM's own command line."""


class _Parser(argparse.ArgumentParser):
    """A parser that says what a word that it does not know may have meant."""

    commands: Mapping[str, argparse.ArgumentParser] = MappingProxyType({})

    def learn(self, commands: Mapping[str, argparse.ArgumentParser]) -> None:
        """Take the commands whose options a wrong one may have meant."""
        self.commands = commands

    def error(self, message: str) -> NoReturn:
        """Add what a wrong choice may have meant."""
        choice = re.search(r"invalid choice: '([^']*)' \(choose from (.*)\)", message)
        near = get_close_matches(choice[1], re.findall(r"[\w-]+", choice[2]), n=1) if choice else ()
        super().error(shown(f"{message}; did you mean {near[0]}?" if near else message))

    def refuse(self, unknown: Sequence[str], command: str) -> NoReturn:
        """Say what a command does not take, whose option that is, or which one may have been meant."""
        word, message = unknown[0].partition("=")[0], f"unrecognized arguments: {' '.join(unknown)}"
        flags = {
            name: re.findall(r"--[a-z][a-z-]*", each.format_help()) for name, each in self.commands.items()
        }
        near = get_close_matches(word, flags[command], n=1)
        owners = [name for name, known in flags.items() if word in known]
        if near:
            message += f"; did you mean {near[0]}?"
        elif owners:
            message += f"; that is an option of {', '.join(owners)}: see `amo-harness {command} --help`"
        self.error(message)


def command_line() -> _Parser:
    """Return the parser of every word that `amo-harness` knows."""
    parser = _Parser(
        prog="amo-harness",
        description="Drives a real WebKit through amoCRM authorization and judges the backend behind it.",
        epilog=f"Exit codes: {EXIT_CODES_IN_WORDS}.",
    )
    parser.add_argument("--version", action="version", version=version_line())
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS.values():
        command.options(commands.add_parser(command.name, help=command.help))
    commands.add_parser("amo", help="serve fake amoCRM alone until it is stopped (see `amo --help`)")
    parser.learn(commands.choices)
    commands.choices[COMPLETION].set_defaults(parser=parser)
    return parser


def _refuse_a_wrong_file(options: argparse.Namespace) -> None:
    """Read backend.toml before a command loads the browser's side, which takes longer than the file."""
    if getattr(options, "backend", None) is not None:
        from harness.config.file import load_backend  # noqa: PLC0415 - not for words that name no file
        from harness.contract import CONTRACT  # noqa: PLC0415 - the same

        load_backend(options.backend, [clause.id for clause in CONTRACT], _check_names)


def _check_names(config: "BackendConfig", wrong: "Mistakes") -> None:
    """Load the scenarios where a file names some."""
    if config.scenarios.only or config.scenarios.without or any("/" in key for key in config.known_failures):
        from harness.stage.scenario import check_names  # noqa: PLC0415 - for such a file alone

        check_names(config, wrong)


def _with_its_backend(options: argparse.Namespace) -> argparse.Namespace:
    """Take `reference` for the built-in backend, and ./backend.toml where a run or a check names nothing."""
    named: Path | None = getattr(options, "backend", None)
    if (
        named is None
        and options.command in ("run", "check", "load", "serve")
        and getattr(options, "page", None) is None
    ):
        named = BACKEND_FILE if BACKEND_FILE.is_file() else None
    return argparse.Namespace(**{**vars(options), "backend": None if named == Path(REFERENCE) else named})


def _do(given: argparse.Namespace) -> int:
    options = _with_its_backend(given)
    _refuse_a_wrong_file(options)
    module, _, function = COMMANDS[options.command].work.partition(":")
    with uncollected():
        work = getattr(import_module(f"harness.commands.{module}"), function)
    return work(options)


def _serve_amo(words: Sequence[str]) -> int:
    from fake_amo.__main__ import main as serve  # noqa: PLC0415 - heavy, and for this word alone

    return serve(words, prog="amo-harness amo")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    print_whatever_comes()
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["amo"]:
        return _serve_amo(words[1:])
    parser = command_line()
    options, unknown = parser.parse_known_args(words)
    if unknown:
        parser.refuse(unknown, options.command)
    INTERRUPTION.listen()
    try:
        code = _do(options)
        sys.stdout.flush()
    except (HarnessError, KeyboardInterrupt) as end:
        return _end_with(end)
    except OSError as error:
        return _end_with_os(error)
    except MemoryError:
        return _end_with(HarnessError("there is not enough memory: see `ulimit -v`"))
    except Exception:  # noqa: BLE001 - Python would end with 1, which says that the contract is broken
        return _defect()
    return _end_of_lines(code)


def _end_of_lines(code: int) -> int:
    """Return the exit code of a command that has come to its end; lines that a full disk took count."""
    lost = next((each for each in Lasting.lost if each.errno not in (errno.EPIPE, errno.EIO)), None)
    unwritten = ExitCode.PASSED if lost is None else _end_of_output(lost)
    return code or unwritten


def _end_with_os(error: OSError) -> int:
    if is_about_output(error):
        return _end_of_output(error)
    if error.filename is not None and error.errno in (errno.ENAMETOOLONG, errno.EACCES):
        return _end_with(UsageError(f"{error.filename}: {error.strerror}"))
    if isinstance(error, FileNotFoundError) and error.filename is None:  # getcwd's names none
        return _end_with(UsageError("the folder in which this was started is gone: start it in another"))
    return _defect()


def is_about_output(error: OSError) -> bool:
    """Tell whether nobody takes what is printed: a reader that has left, a full disk, a closed terminal."""
    return error.filename is None and error.errno in (errno.EPIPE, errno.ENOSPC, errno.EIO)


def _end_of_output(error: OSError) -> int:
    drop_output(sys.stdout)
    if error.errno != errno.EPIPE:  # whoever closed a pipe has seen enough
        _say(f"amo-harness: what is printed cannot be written ({error.strerror})")
    return ExitCode.HARNESS


def _defect() -> int:
    _say(traceback.format_exc() + "amo-harness: this is a defect of amo-harness itself, not of your backend")
    return ExitCode.HARNESS


def _say(text: str) -> None:
    """Print to standard error, if anybody is there."""
    print(text, file=Lasting(sys.stderr), flush=True)


def _end_with(end: HarnessError | KeyboardInterrupt) -> int:
    """Say in one sentence how the command ended; returns the exit code."""
    exec("")  # noqa: S102 - one that Ctrl-C ended has CPython end by the signal, whatever exit code follows
    said = "interrupted" if isinstance(end, KeyboardInterrupt) else shown(str(end))
    _say(f"amo-harness: {said}")
    INTERRUPTION.take_no_more()
    return end.exit_code if isinstance(end, HarnessError) else ExitCode.HARNESS


if __name__ == "__main__":
    sys.exit(main())
