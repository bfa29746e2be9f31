"""The words of the commands that look at a backend before a run, or print what is known."""

import argparse
from pathlib import Path

from harness.commands.words.command import Command
from harness.runs.options import declare


def _add_check(check: argparse.ArgumentParser) -> None:
    check.add_argument("--backend", type=Path, metavar="FILE", help="file to check (default: ./backend.toml)")
    declare(check.add_argument, ["amo_port", "gateway_port"])


def _add_schema(schema: argparse.ArgumentParser) -> None:
    schema.add_argument(
        "--results", action="store_true", help="of results.json, which a run leaves in its folder"
    )


def _add_link(link: argparse.ArgumentParser) -> None:
    link.add_argument("url", metavar="URL", help="the deep link, in quotes")
    declare(link.add_argument, ["sdk"])
    link.add_argument(
        "--backend", type=Path, metavar="FILE", help="backend.toml whose [deep_link] is the app's"
    )


def _add_contract(contract: argparse.ArgumentParser) -> None:
    contract.add_argument("--json", action="store_true", help="print it as data (contract.json)")
    contract.add_argument(
        "--diff", type=Path, metavar="OLD", help="say what changed since an older contract.json"
    )
    contract.add_argument(
        "--backend", type=Path, metavar="FILE", help="backend.toml whose paths and link to use"
    )


def _add_docs(docs: argparse.ArgumentParser) -> None:
    docs.add_argument("page", nargs="?", metavar="PAGE", help="the page to print (default: list them)")


def _add_completion(completion: argparse.ArgumentParser) -> None:
    completion.add_argument("shell", choices=("bash", "zsh", "tcsh"), metavar="bash|zsh|tcsh")


COMMANDS = (
    Command(
        "check", "look at a backend and its configuration before any run", "check:check_command", _add_check
    ),
    Command(
        "init", "write a commented backend.toml of what is found in this repository", "check:init_command"
    ),
    Command(
        "schema",
        "print the JSON Schema of backend.toml, for editors, or of results.json",
        "check:schema_command",
        _add_schema,
    ),
    Command("link", "print what the app makes of a deep link", "print.link:link_command", _add_link),
    Command(
        "contract",
        "print the contract, or what changed in it",
        "print.contract_json:contract_command",
        _add_contract,
    ),
    Command(
        "engines", "list the engines that are here, and how to get the others", "print.lists:list_engines"
    ),
    Command("docs", "print a page of the documentation", "print.pages:print_page", _add_docs),
    Command(
        "doctor",
        "look at this machine: what a run would lack here, and what to do",
        "doctor:doctor_command",
    ),
    Command(
        "completion",
        "print what a shell needs to complete these words",
        "completion:completion_command",
        _add_completion,
    ),
    Command(
        "scenarios",
        "list the scenarios and the clauses that they bring into view",
        "print.lists:list_scenarios",
    ),
)
