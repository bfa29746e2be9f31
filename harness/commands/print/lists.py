"""`amo-harness engines` and `amo-harness scenarios`: what is here."""

import argparse

from harness.engines import survey
from harness.exit_codes import ExitCode
from harness.stage.scenario import all_scenarios


def list_engines(_options: argparse.Namespace) -> int:
    """Print the engines, what is missing and what installs it; 0 when one of them works."""
    reports = survey()
    for report in reports:
        state = f"here     {report.version}" if report.available else f"missing  {report.why_not}"
        print(f"{report.name:<10} {state}".rstrip())
        if not report.available and report.install:
            print(f"{'':<10} install: {report.install}")
    return ExitCode.PASSED if any(report.available for report in reports) else ExitCode.HARNESS


def list_scenarios(_options: argparse.Namespace) -> int:
    """Print the scenarios with the clauses that each must bring into view."""
    for scenario in all_scenarios().values():
        print(f"{scenario.id:<28} {scenario.title}")
        print(f"{'':<28} {' '.join(scenario.brings)}")
    return ExitCode.PASSED
