"""The files that a run, or one that is kept, is written to besides its folder; `amo-harness export`."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from harness.errors import UsageError
from harness.exit_codes import ExitCode
from harness.report.exports.har import har_file
from harness.report.exports.trace import trace_file
from harness.report.junit import JUnitFile
from harness.report.words.visible import shown
from harness.runs.runner import Listener
from harness.saved.packing import folder_of
from harness.saved.place import latest_run
from harness.saved.run_folder import Rejudged, judge_again


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where to, by what each file is called on the command line."""

    junit: Path | None = None
    har: Path | None = None
    trace: Path | None = None

    def files(self, out: Path | None) -> list[Listener]:
        """Return what writes them; `out` is the run's folder. UsageError where one cannot be."""
        found: list[Listener] = []
        found += [JUnitFile(self.junit, out)] if self.junit else []
        found += [har_file(self.har)] if self.har else []
        found += [trace_file(self.trace)] if self.trace else []
        return found

    def check(self) -> None:
        """Raise UsageError where one of them cannot be written, before anything is played."""
        self.files(None)


NOTHING_ELSE = Outputs()


def export_command(options: argparse.Namespace) -> int:
    """Write a run that was kept in the forms that are asked for."""
    outputs = Outputs(options.junit, options.har, options.trace)
    if outputs == NOTHING_ELSE:
        raise UsageError("export writes what it is asked for: --junit FILE, --har FILE or --trace FILE")
    with folder_of(options.path or latest_run()) as path:
        rejudged = judge_again(path)
        tell(rejudged, outputs.files(path if path.is_dir() else path.parent))
    for file in (options.junit, options.har, options.trace):
        if file is not None:
            print(shown(f"{file} is written"))
    return ExitCode.PASSED


def tell(rejudged: Rejudged, listeners: list[Listener]) -> None:
    """Let reports hear a run that was judged again, as if it had just been played."""
    for listener in listeners:
        for scenario in rejudged.run.scenarios:
            listener.scenario_finished(scenario, rejudged.timelines[scenario.id])
        listener.run_finished(rejudged.run)
