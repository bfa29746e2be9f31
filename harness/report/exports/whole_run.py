"""A file in another program's format, written of a whole run when it ends.

Owns keeping what happened until then. What stands in the file is the format's own module.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from harness.errors import UsageError
from harness.runs.results import RunResult, ScenarioResult
from harness.runs.runner import Quiet
from harness.timeline.files import NotWritten, try_place, write_whole
from harness.timeline.timeline import Timeline

Document = Callable[[RunResult, Mapping[str, Timeline]], str]


class WholeRunFile(Quiet):
    """Writes a document of the run when it ends; UsageError before it begins where that cannot be."""

    def __init__(self, flag: str, path: Path, document: Document) -> None:
        try:
            try_place(path)
        except NotWritten as error:
            raise UsageError(f"{flag} {error}") from error
        self._path = path
        self._document = document
        self._timelines: dict[str, Timeline] = {}

    def scenario_finished(self, result: ScenarioResult, timeline: Timeline) -> None:
        """Keep what happened."""
        self._timelines[result.id] = timeline

    def run_finished(self, run: RunResult) -> None:
        """Write the file."""
        write_whole(self._path, self._document(run, self._timelines) + "\n")
