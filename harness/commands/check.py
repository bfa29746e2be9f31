"""`amo-harness check` and `amo-harness init`: the configuration, before any scenario.

Owns what these two commands print. What is looked at is `harness.preflight`'s.
"""

import argparse
from pathlib import Path

from harness.config.example import DEFAULT_PATH, write_example
from harness.config.schema import FILE_NAME, schema_json
from harness.contract import CONTRACT
from harness.errors import UsageError
from harness.exit_codes import ExitCode
from harness.preflight.check import Check
from harness.preflight.checks import not_reached, preflight
from harness.preflight.surroundings import known_addresses
from harness.report.words.visible import shown
from harness.repository.draft import draft_of
from harness.runs.opening import backend_config, check_ports
from harness.saved.results_shape import results_schema
from harness.stage.scenario import all_scenarios
from harness.timeline.files import write_whole


def init_command(_options: argparse.Namespace) -> int:
    """Write a `backend.toml` of what is found here, and its schema; `UsageError` where there is one."""
    draft = draft_of(Path())
    write_example(DEFAULT_PATH, draft.text)
    write_whole(Path(FILE_NAME), published_schema())
    what = "an example, for no backend was found here" if draft.is_empty else "what was found here, and where"
    print(f"{DEFAULT_PATH} is written ({what}): edit it, then run  amo-harness check")
    print(f"{FILE_NAME} is for your editor: `amo-harness schema` prints it")
    return ExitCode.PASSED


def schema_command(options: argparse.Namespace) -> int:
    """Print the JSON Schema of `backend.toml`, for editors, or of results.json."""
    print(results_schema() if options.results else published_schema(), end="")
    return ExitCode.PASSED


def published_schema() -> str:
    """Return the schema with the clauses and the scenarios that there are."""
    return schema_json([clause.id for clause in CONTRACT], all_scenarios())


def check_command(options: argparse.Namespace) -> int:
    """Check `options.backend`, a path; prints what was found, returns 0 or 2."""
    if options.backend is None:
        raise UsageError(
            f"there is no {DEFAULT_PATH} here; `amo-harness init` writes one, --backend names another, and "
            "the built-in reference needs none"
        )
    check_ports(amo_port=options.amo_port, gateway_port=options.gateway_port)
    config = backend_config(options.backend)
    known_addresses(config, options.amo_port, options.gateway_port)
    print(Check("file", "a valid configuration", shown(f"{options.backend} is valid")), flush=True)
    checks: list[Check] = []
    for check in preflight(config, amo_port=options.amo_port, gateway_port=options.gateway_port):
        print(shown(str(check)), flush=True)
        checks.append(check)
    if all(check.is_ok for check in checks):
        return ExitCode.PASSED
    if left := not_reached(checks):
        print(f"not looked at for that: {', '.join(left)}")
    return ExitCode.USAGE
