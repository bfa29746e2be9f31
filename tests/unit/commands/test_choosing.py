"""Which scenarios a run plays: by clause, by what failed last, by shard."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.cli import command_line
from harness.commands.play.choosing import Asked, asked_of, chosen
from harness.config.settings import Scenarios
from harness.errors import UsageError
from harness.runs.options import RunRequest
from harness.runs.results import RunResult
from harness.runs.shards.shard import Shard
from harness.saved.place import opened
from harness.saved.results_file import ResultsFile
from harness.stage.scenario import all_scenarios, choose
from tests.unit.report.runs import FAILED, PASSED, played, run_of

REFERENCE = RunRequest()


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the command is called from."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def keep(run: RunResult, request: RunRequest = REFERENCE) -> None:
    """Keep a run, as one without --out does."""
    with opened(None) as place:
        ResultsFile(place.folder, request.document(place.folder)).run_finished(run)


def asked(*words: str, request: RunRequest = REFERENCE) -> Asked:
    """Return what the words of `run` ask for."""
    return asked_of(command_line().parse_args(["run", *words]), request)


def test_a_clause_stands_for_what_shows_it() -> None:
    """Beside scenarios, each once, whatever the case."""
    shown = [each.id for each in all_scenarios().values() if "CB-06" in each.brings]
    assert [each.id for each in choose(["CB-06"])] == shown
    assert [each.id for each in choose(["cb-06", shown[0], "CB-06"])] == shown
    assert [each.id for each in choose(["CB-06"], of_a_page_alone=True)]
    with pytest.raises(UsageError, match=r"there is no scenario 'CBB-06': did you mean CB-06\?"):
        choose(["CBB-06"])


FAILING = run_of(played("left_alone", CB_06=FAILED), played("code_missing", CB_09=PASSED))


def test_what_failed_last_is_played() -> None:
    """Of this backend alone, and of a run that was played."""
    keep(FAILING)
    keep(run_of(played("tap_twice", CB_06=FAILED)), replace(REFERENCE, backend=Path("other.toml")))
    keep(replace(run_of(), expected=("tap_twice",)))
    assert asked("--last-failed").names == ("left_alone",)
    assert asked("--lf", request=replace(REFERENCE, backend=Path("./other.toml"))).names == ("tap_twice",)


def test_where_nothing_failed_everything_is_played(capsys: pytest.CaptureFixture[str]) -> None:
    """And that is said; without a run of this backend nobody knows."""
    keep(run_of(played("code_missing", CB_09=PASSED)))
    assert asked("--last-failed").names == ()
    assert capsys.readouterr().out == "failed last: nothing, so everything is played\n"
    with pytest.raises(UsageError, match="no run of this backend is kept here"):
        asked("--last-failed", request=replace(REFERENCE, page="http://127.0.0.1:1/"))


def test_words_that_contradict_each_other_are_refused() -> None:
    """By name."""
    with pytest.raises(UsageError, match="--last-failed plays what failed last: name no scenarios"):
        asked("left_alone", "--last-failed")
    with pytest.raises(UsageError, match="--balance is for --shard"):
        asked("--balance", "x")


def test_a_shard_is_told_with_the_whole_that_it_is_of() -> None:
    """What the configuration leaves out takes no time, and is somebody's all the same."""
    without = tuple(list(all_scenarios())[1:20])
    parts = [
        chosen(Asked(shard=Shard(number, 3)), Scenarios(without=without), of_a_page_alone=False)
        for number in (1, 2, 3)
    ]
    assert sorted(each.id for scenarios, _ in parts for each in scenarios) == sorted(all_scenarios())
    assert {part.whole for _, part in parts if part} == {tuple(all_scenarios())}
    assert chosen(Asked(("CB-06",)), Scenarios(), of_a_page_alone=False)[1] is None


def test_another_run_balances_the_shards(project: Path) -> None:
    """One that was slow elsewhere."""
    slow = replace(played("code_missing", CB_09=PASSED), duration_s=9.0)
    names = ("left_alone", "tap_twice", "code_missing")
    ResultsFile(project / "r").run_finished(run_of(slow, *map(played, names[:2])))
    first = chosen(Asked(names, Shard(1, 2), project / "r"), Scenarios(), of_a_page_alone=False)[0]
    assert [each.id for each in first] == ["code_missing"]
