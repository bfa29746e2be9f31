"""`amo-harness check` and `amo-harness init`: the configuration, before any scenario.

Owns what these two commands print. What is looked at is `harness.preflight`'s.
"""

import argparse

from harness.config.example import DEFAULT_PATH, write_example
from harness.config.file import load_backend
from harness.contract import CONTRACT
from harness.errors import UsageError
from harness.exit_codes import ExitCode
from harness.preflight.check import Check
from harness.preflight.checks import preflight
from harness.preflight.surroundings import known_addresses


def init_command(_options: argparse.Namespace) -> int:
    """Write a commented `backend.toml` here; `UsageError` where there is one."""
    write_example()
    print(f"{DEFAULT_PATH} is written: edit it, then run  amo-harness check")
    return ExitCode.PASSED


def check_command(options: argparse.Namespace) -> int:
    """Check `options.backend`, a path; prints what was found, returns 0 or 2."""
    if options.backend is None:
        raise UsageError(
            f"there is no {DEFAULT_PATH} here; `amo-harness init` writes one, and --backend names another"
        )
    config = load_backend(options.backend, [clause.id for clause in CONTRACT])
    known_addresses(config, options.amo_port, options.gateway_port)
    checks = [
        Check("file", "a valid configuration", f"{options.backend} is valid"),
        *preflight(config, amo_port=options.amo_port, gateway_port=options.gateway_port),
    ]
    for check in checks:
        print(check)
    return ExitCode.PASSED if all(check.is_ok for check in checks) else ExitCode.USAGE
