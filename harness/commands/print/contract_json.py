"""`amo-harness contract`: the contract to read, as data, and against an earlier version of itself."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.contract import CONTRACT
from harness.contract.published.data import FORMAT, VERSION, changes, contract_data, contract_json
from harness.errors import UsageError
from harness.exit_codes import ExitCode
from harness.report.words.visible import shown
from harness.runs.opening import backend_config
from harness.timeline.files import read_json

SAME, CHANGED = ExitCode.PASSED, ExitCode.BROKEN
"""As `diff` ends: 1 says that there is a difference."""


def contract_command(options: argparse.Namespace) -> int:
    """Print the clauses, or contract.json, or what changed since OLD (1 when something did)."""
    config = backend_config(options.backend)
    if options.diff:
        return _diff(options.diff, contract_data(config))
    if options.json:
        print(contract_json(config), end="")
        return SAME
    for clause in CONTRACT:
        print(f"{clause.id:<8} {clause.level:<6} {clause.title}  [{clause.source}]")
    print(f"version {VERSION}")
    return SAME


def read_contract(path: Path) -> Mapping[str, Any]:
    """Read a contract.json; `UsageError` says what is wrong with it."""
    data = read_json(path)
    if data.get("format") != FORMAT or not {"version", "clauses", "deep_link", "openapi"} <= set(data):
        raise UsageError(
            f"{path}: not a contract of format {FORMAT}; `amo-harness contract --json` writes one"
        )
    return data


def _diff(path: Path, new: Mapping[str, Any]) -> int:
    old = read_contract(path)
    try:
        found = changes(old, new)
    except (AttributeError, KeyError, TypeError) as error:  # its parts are not what theirs are
        raise UsageError(
            f"{path}: not a contract as `amo-harness contract --json` writes it ({error})"
        ) from error
    print(shown(f"version {old['version']} → {new['version']}"))
    for change in found:
        print(shown(str(change)))
    if not found:
        print("nothing changed")
        return SAME
    if old["version"] == new["version"]:
        print(f"{len(found)} changed, and the version is still {new['version']}")
    else:
        print(f"{len(found)} changed")
    return CHANGED
