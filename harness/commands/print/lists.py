"""`amo-harness engines` and `amo-harness scenarios`: what is here."""

import argparse

from harness.engines import WITHOUT_A_NAME, survey
from harness.exit_codes import ExitCode
from harness.report.words.visible import shown
from harness.stage.scenario import all_scenarios


def list_engines(_options: argparse.Namespace) -> int:
    """Print the engines, what is missing and what installs it; 0 when a run would find one of them."""
    reports = survey()
    for report in reports:
        state = f"here     {report.version}" if report.available else f"missing  {report.why_not}"
        print(shown(f"{report.name:<10} {state}".rstrip()))
        if not report.available and report.install:
            print(f"{'':<10} install: {report.install}")
    found = any(report.available for report in reports if report.name in WITHOUT_A_NAME)
    return ExitCode.PASSED if found else ExitCode.HARNESS


def list_scenarios(_options: argparse.Namespace) -> int:
    """Print the scenarios with the clauses that each must bring into view."""
    for scenario in all_scenarios().values():
        print(f"{scenario.id:<28} {scenario.title}")
        print(f"{'':<28} {' '.join(scenario.brings)}")
    return ExitCode.PASSED
