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
from typing import NoReturn

from harness.errors import HarnessError
from harness.exit_codes import EXIT_CODES_IN_WORDS, ExitCode
from harness.report.plain_text import Lasting, drop_output, print_whatever_comes
from harness.runs.interruption import INTERRUPTION
from harness.runs.options import OPTIONS, REFERENCE, declare

BACKEND_FILE = Path("backend.toml")
KEPT_RUNS = ".amo-harness/runs/"


class _Parser(argparse.ArgumentParser):
    """A parser that says what a word that it does not know may have meant."""

    commands: Mapping[str, argparse.ArgumentParser] = MappingProxyType({})

    def learn(self, commands: Mapping[str, argparse.ArgumentParser]) -> None:
        """Take the commands whose options a wrong one may have meant."""
        self.commands = commands

    def error(self, message: str) -> NoReturn:
        """Add what a wrong choice may have meant."""
        choice = re.search(r"invalid choice: '([^']*)' \(choose from (.*)\)", message)
        option = re.search(r"unrecognized arguments: (--[\w-]+)", message)
        meant, known = "", list[str]()
        if choice:
            meant, known = choice[1], re.findall(r"[\w-]+", choice[2])
        elif option:
            helps = (each.format_help() for each in self.commands.values())
            meant, known = option[1], [flag for each in helps for flag in re.findall(r"--[a-z][a-z-]*", each)]
        near = get_close_matches(meant, known, n=1)
        super().error(f"{message}; did you mean {near[0]}?" if near else message)


def command_line() -> argparse.ArgumentParser:
    """Return the parser of every word that `amo-harness` knows."""
    parser = _Parser(
        prog="amo-harness",
        description="Drives a real WebKit through amoCRM authorization and judges the backend behind it.",
        epilog=f"Exit codes: {EXIT_CODES_IN_WORDS}.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_run(commands.add_parser("run", help="play scenarios and judge the contract"))
    _add_check(commands.add_parser("check", help="look at a backend and its configuration before any run"))
    commands.add_parser("init", help="write a commented backend.toml of what is found in this repository")
    commands.add_parser("schema", help="print the JSON Schema of backend.toml, for editors")
    _add_prove(commands.add_parser("prove", help="show that each clause catches the faults it is there for"))
    _add_reproduce(
        commands.add_parser("reproduce", help="show what each phone's browser made of the historic pages")
    )
    _add_link(commands.add_parser("link", help="print what the app makes of a deep link"))
    _add_judge(commands.add_parser("judge", help="judge saved timelines again"))
    _add_diff(commands.add_parser("diff", help="say what is fixed, broken, new and gone between two runs"))
    _add_replay(commands.add_parser("replay", help="play a scenario of a saved run once more, as it was"))
    _add_contract(commands.add_parser("contract", help="print the contract, or what changed in it"))
    commands.add_parser("amo", help="serve fake amoCRM alone until it is stopped (see `amo --help`)")
    commands.add_parser("engines", help="list the engines that are here, and how to get the others")
    commands.add_parser("scenarios", help="list the scenarios and the clauses that they bring into view")
    parser.learn(commands.choices)
    return parser


def _add_run(run: argparse.ArgumentParser) -> None:
    run.add_argument(
        "scenarios", nargs="*", metavar="SCENARIO", help="scenarios to play; all when none is named"
    )
    phone = [name for name, option in OPTIONS.items() if option.ask.is_about_the_phone]
    declare(run.add_argument, [name for name in OPTIONS if name not in phone])
    run.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help=f"folder for results (default: a new one in {KEPT_RUNS}, where the last ten are kept)",
    )
    run.add_argument("--junit", type=Path, metavar="FILE", help="write JUnit XML as well")
    group = run.add_argument_group("phone", "what the user's phone is like (docs/hosts.md)")
    declare(group.add_argument, phone)


def _add_link(link: argparse.ArgumentParser) -> None:
    link.add_argument("url", metavar="URL", help="the deep link, in quotes")
    declare(link.add_argument, ["sdk"])
    link.add_argument(
        "--backend", type=Path, metavar="FILE", help="backend.toml whose [deep_link] is the app's"
    )


def _add_reproduce(reproduce: argparse.ArgumentParser) -> None:
    declare(reproduce.add_argument, ["engine", "inspector"])
    form = reproduce.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print it as data, with the source of each cell")
    form.add_argument("--markdown", action="store_true", help="print it as Markdown")


def _add_prove(prove: argparse.ArgumentParser) -> None:
    prove.add_argument(
        "subjects", nargs="*", metavar="FAULT", help="faults or variants; all when none is named"
    )
    declare(prove.add_argument, ["engine", "inspector", "jobs"])
    prove.add_argument("--list", action="store_true", help="list the faults and variants instead")


def _add_check(check: argparse.ArgumentParser) -> None:
    check.add_argument("--backend", type=Path, metavar="FILE", help="file to check (default: ./backend.toml)")
    declare(check.add_argument, ["amo_port", "gateway_port"])


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


def _add_replay(replay: argparse.ArgumentParser) -> None:
    replay.add_argument("scenario", metavar="SCENARIO")
    replay.add_argument(
        "--from",
        dest="run_folder",
        type=Path,
        metavar="FOLDER",
        help="the run's folder (default: the latest run)",
    )
    declare(replay.add_argument, ["verbose"])


def _add_contract(contract: argparse.ArgumentParser) -> None:
    contract.add_argument("--json", action="store_true", help="print it as data (contract.json)")
    contract.add_argument(
        "--diff", type=Path, metavar="OLD", help="say what changed since an older contract.json"
    )
    contract.add_argument(
        "--backend", type=Path, metavar="FILE", help="backend.toml whose paths and link to use"
    )


COMMANDS = {
    "run": "run:run_command",
    "check": "check:check_command",
    "init": "check:init_command",
    "schema": "check:schema_command",
    "prove": "prove:prove_command",
    "reproduce": "reproduce:reproduce_command",
    "link": "link:link_command",
    "judge": "judge:judge_command",
    "diff": "diff:diff_command",
    "replay": "replay:replay_command",
    "contract": "contract_json:contract_command",
    "engines": "lists:list_engines",
    "scenarios": "lists:list_scenarios",
}
"""Where each command's work is, below `harness.commands`: loaded once the words are known to be right."""


def _refuse_a_wrong_file(options: argparse.Namespace) -> None:
    """Read backend.toml before a command loads the browser's side, which takes longer than the file."""
    if getattr(options, "backend", None) is not None:
        from harness.config.file import load_backend  # noqa: PLC0415 - not for words that name no file
        from harness.contract import CONTRACT  # noqa: PLC0415 - the same

        load_backend(options.backend, [clause.id for clause in CONTRACT])


def _with_its_backend(options: argparse.Namespace) -> argparse.Namespace:
    """Take `reference` for the built-in backend, and ./backend.toml where a run or a check names nothing."""
    named: Path | None = getattr(options, "backend", None)
    if named is None and options.command in ("run", "check") and getattr(options, "page", None) is None:
        named = BACKEND_FILE if BACKEND_FILE.is_file() else None
    return argparse.Namespace(**{**vars(options), "backend": None if named == Path(REFERENCE) else named})


def _do(given: argparse.Namespace) -> int:
    options = _with_its_backend(given)
    _refuse_a_wrong_file(options)
    module, _, function = COMMANDS[options.command].partition(":")
    return getattr(import_module(f"harness.commands.{module}"), function)(options)


def _serve_amo(words: Sequence[str]) -> int:
    from fake_amo.__main__ import main as serve  # noqa: PLC0415 - heavy, and for this word alone

    return serve(words, prog="amo-harness amo")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    print_whatever_comes()
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["amo"]:
        return _serve_amo(words[1:])
    options = command_line().parse_args(words)
    INTERRUPTION.listen()
    try:
        code = _do(options)
        sys.stdout.flush()
    except (HarnessError, KeyboardInterrupt) as end:
        return _end_with(end)
    except OSError as error:
        return _end_of_output(error) if is_about_output(error) else _defect()
    except Exception:  # noqa: BLE001 - Python would end with 1, which says that the contract is broken
        return _defect()
    return code


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
    said = "interrupted" if isinstance(end, KeyboardInterrupt) else str(end)
    _say(f"amo-harness: {said}")
    return end.exit_code if isinstance(end, HarnessError) else ExitCode.HARNESS


if __name__ == "__main__":
    sys.exit(main())
