"""The folders that runs are kept in: the last ten, the newest of them, and what may be taken away."""

from pathlib import Path

import pytest

from harness.commands.saved.diff import two_runs
from harness.errors import UsageError
from harness.exit_codes import ExitCode
from harness.runs.results import FailedStart
from harness.saved.place import HOME, KEPT, MARK, RESULTS, held, latest_run, newest_runs, opened
from harness.saved.results_file import ResultsFile
from tests.unit.report.runs import PASSED, played, run_of


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the command is called from."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def keep(*, started: bool = True) -> Path:
    """Keep a run, or one that could not start, as a run without --out does."""
    run = run_of(played(CB_06=PASSED)) if started else run_of()
    with opened(None) as place:
        failed = None if started else FailedStart("no engine", ExitCode.HARNESS)
        ResultsFile(place.folder).run_finished(type(run)(run.engine, "x", run.scenarios, not_started=failed))
    return place.folder


def test_the_last_ten_runs_are_kept() -> None:
    """Also of those within one second; the newest is `latest`, and what no run has made stays."""
    (HOME / "runs" / "mine").mkdir(parents=True)
    made = [keep() for _ in range(KEPT + 2)]
    assert list(newest_runs()) == made[:1:-1]
    assert latest_run() == made[-1]
    assert (HOME / "latest").resolve() == made[-1].resolve()
    assert (HOME / "runs" / "mine").exists()


def test_a_run_that_is_being_written_is_not_taken_away() -> None:
    """However many come after it."""
    with opened(None) as slow:
        for _ in range(KEPT + 1):
            keep()
        assert slow.folder.exists()
    keep()
    assert not slow.folder.exists()


def test_the_last_two_that_were_played_are_compared() -> None:
    """One that could not start has nothing to compare; one that is named is compared with the newest."""
    with pytest.raises(UsageError, match="no two kept runs"):
        two_runs(None, None)
    first, second = keep(), keep()
    keep(started=False)
    assert two_runs(None, None) == (first, second)
    assert two_runs(Path("old"), None) == (Path("old"), second)
    assert two_runs(Path("old"), Path("new")) == (Path("old"), Path("new"))


def test_without_a_run_there_is_no_latest() -> None:
    """The sentence says what makes one."""
    with pytest.raises(UsageError, match="`amo-harness run` makes one"):
        latest_run()


def test_a_place_that_is_a_file_is_refused() -> None:
    """As `--out` is."""
    HOME.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="is a file"), opened(None):
        pass
    assert HOME.read_text(encoding="utf-8") == "mine"


def test_only_a_marked_folder_is_cleaned(tmp_path: Path) -> None:
    """A run's own names in it alone."""
    out = tmp_path / "out"
    with opened(out) as place:
        (out / RESULTS).write_text("{}", encoding="utf-8")
        (out / "notes.txt").write_text("mine", encoding="utf-8")
        place.clean()
    assert {each.name for each in out.iterdir()} == {MARK, "notes.txt"}
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "report.html").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match=r"no run has left \(report.html\)"), held(tmp_path / "theirs"):
        pass
