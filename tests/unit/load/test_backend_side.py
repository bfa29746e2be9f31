"""What the backend's processes do beside their answers is heard, kept, and told of the run."""

from pathlib import Path

from harness.config.settings import reference_config
from harness.load.driving.marks import Marks
from harness.load.judging.judging import Case, judge_case
from harness.load.judging.server_side import Ear
from harness.load.opening import Hearing
from harness.load.outcome.result import run_of
from harness.runs.results import RunResult, ScenarioResult
from harness.timeline.events import BackendEnded, BackendOutput, Event
from tests.unit.load.test_marks import CODE, MARKS


def told_of(folder: Path, *events: Event) -> ScenarioResult:
    """Return what a run says of these events, of which its journeys tell nothing."""
    users, server = folder / "users.ndjson", folder / "server.ndjson"
    users.touch()
    with Ear(server, Marks("key", "")) as ear:
        hearing = Hearing(MARKS, ear)
        for event in events:
            hearing.record(event)
    case = Case(users, server, "steady", reference_config(), frozenset(), 1, True, False, True)
    return run_of(judge_case(case), shape="steady", empty=RunResult({}, "backend", ()))[0].scenarios[0]


def wrote(line: str) -> BackendOutput:
    """A line of a backend's output."""
    return BackendOutput(at_ns=1, line=line)


def test_a_secret_in_the_output_breaks_sec_07(tmp_path: Path) -> None:
    """The first line stands there with its mask, the others are counted."""
    leak = wrote(f"GET /callback?code={CODE}")
    told = told_of(tmp_path, wrote("ready"), leak, leak, BackendEnded(at_ns=1, exit_code=0, expected=True))
    assert told.findings["SEC-07"].result == "failed"
    assert told.findings["SEC-07"].actual.endswith("and in 1 lines more")
    assert CODE not in told.findings["SEC-07"].actual + (tmp_path / "server.ndjson").read_text()
    assert not told.remarks


def test_a_process_that_ends_by_itself_is_told(tmp_path: Path) -> None:
    """With its exit code; output without secrets says nothing."""
    told = told_of(tmp_path, wrote("ready"), BackendEnded(at_ns=1, exit_code=-9))
    assert told.remarks == ("a process of the backend ended by itself, with exit code -9",)
    assert "SEC-07" not in told.findings
