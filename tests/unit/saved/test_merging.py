"""Parts of a run that several machines have played: merged to the one run, or refused in one sentence."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.cli import main
from harness.contract import judge
from harness.errors import UsageError
from harness.runs.about import About
from harness.runs.options import RunRequest
from harness.runs.results import RunResult, ScenarioResult
from harness.runs.shards.shard import Part, Shard
from harness.saved.merging import merged, read_parts
from harness.saved.packing import pack
from harness.saved.place import held
from harness.saved.results_file import ResultsFile
from tests.unit.report.runs import run_of
from tests.unit.saved.test_saved_run import departed

WHOLE = ("left_alone", "code_missing", "tap_twice")
Document = dict[str, Any]


def played(name: str) -> ScenarioResult:
    """A scenario in which the page leaves by itself."""
    return ScenarioResult(name, "The user does nothing", ("CB-06",), judge(departed()), duration_s=0.5)


def saved(folder: Path, run: RunResult) -> Path:
    """Write a run as `amo-harness run` does, its folder marked."""
    with held(folder):
        reports = ResultsFile(folder, RunRequest(seed=7).document(folder))
        for each in run.scenarios:
            reports.scenario_finished(each, departed())
        reports.run_finished(run)
    return folder


def part(folder: Path, number: int, *names: str) -> Path:
    """Write a part of the whole that plays these scenarios."""
    run = replace(run_of(*map(played, names)), whole=False, expected=names)
    about = About(versions={"amo-harness": "0.1.0"})
    return saved(folder, replace(run, part=Part(Shard(number, 2), WHOLE), about=about))


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    """The two parts, the later scenarios first."""
    return [part(tmp_path / "a", 1, "code_missing"), part(tmp_path / "b", 2, "left_alone", "tap_twice")]


def change(folder: Path, edit: Callable[[Document], object]) -> None:
    """Change what a results.json says."""
    document = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    edit(document)
    (folder / "results.json").write_text(json.dumps(document), encoding="utf-8")


def test_the_parts_come_to_the_run_that_they_are(parts: list[Path], tmp_path: Path) -> None:
    """In the order of the whole, with every report; `judge` and `diff` take it as any other run."""
    out = tmp_path / "whole"
    (parts[0] / "screenshots" / "code_missing").mkdir(parents=True)
    (parts[0] / "screenshots" / "code_missing" / "01-page.png").write_bytes(b"png")
    code = main(["merge", *map(str, parts), "--out", str(out), "--junit", str(tmp_path / "j.xml"), "-q"])
    document = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert code == 1
    assert [row["id"] for row in document["scenarios"]] == list(WHOLE)
    assert (document["verdict"], document["part"], document["run"]["seed"]) == ("failed", None, 7)
    assert (tmp_path / "j.xml").read_text(encoding="utf-8").count("<testcase") == len(WHOLE)
    assert (out / "report.html").exists()
    assert (out / "screenshots" / "code_missing" / "01-page.png").read_bytes() == b"png"
    assert main(["judge", str(out), "-q"]) == 1


def test_a_part_is_judged_by_its_timelines(parts: list[Path]) -> None:
    """Whatever its results.json says of them."""
    change(parts[0], lambda told: told["clauses"].clear())
    [row] = [each for each in merged(read_parts(parts)).run.clauses if each.clause.id == "CB-06"]
    assert [scenario for scenario, _ in row.findings] == list(WHOLE)


REFUSED: dict[str, tuple[Callable[[Document], object], str]] = {
    "version": (
        lambda told: told["about"]["versions"].update({"amo-harness": "0.0.9"}),
        r"b: another version of amo-harness than in .*a \(0\.0\.9 and",
    ),
    "seed": (lambda told: told["run"].update(seed=8), r"b: another seed than in .*a \(8 and 7\)"),
    "engine": (lambda told: told["engine"].update(version="1"), r"b: another engine .*\(webkitgtk 1 and"),
    "backend": (lambda told: told.update(backend="other"), r"b: another backend .*\(other and my-backend\)"),
    "levels": (lambda told: told["rules"].update(levels={"SEC-04": "must"}), "b: another set of rules than"),
    "strictness": (lambda told: told.update(strict=True), "b: another set of rules than"),
    "phone": (lambda told: told["run"].update(host="ios-safari"), "b: another phone than in"),
    "whole": (lambda told: told["part"]["whole"].pop(), "b: another whole that it is a part of than in"),
    "gap": (lambda told: told["scenarios"].pop(), "nobody played tap_twice: there are the shards 1/2, 2/2"),
    "no part": (lambda told: told.update(part=None), "b: not a part of a run; `amo-harness run --shard N/M`"),
    "not started": (
        lambda told: told.update(not_started={"reason": "x", "exit_code": 3}),
        "b: this part could not start; play its shard again",
    ),
    "odd part": (lambda told: told.update(part={"shard": 1}), "results.json: not the results of a run"),
    "odd run": (lambda told: told.update(run=[]), "results.json: not the results of a run"),
}


@pytest.mark.parametrize(("edit", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_one_run_is_refused(
    parts: list[Path], edit: Callable[[Document], object], said: str
) -> None:
    """Each in one sentence that names the folder; the same parts untouched are taken."""
    assert read_parts(parts)
    change(parts[1], edit)
    with pytest.raises(UsageError, match=said) as refused:
        read_parts(parts)
    assert "\n" not in str(refused.value)


def test_a_pack_is_refused(parts: list[Path], tmp_path: Path) -> None:
    """By its name, not as a folder's results.json that cannot be read."""
    packed = tmp_path / "b.zip"
    pack(parts[1], packed)
    with pytest.raises(UsageError, match=r"b\.zip is a pack: unzip it, and merge its folder$"):
        read_parts([parts[0], packed])


def test_an_overlap_is_refused(parts: list[Path], tmp_path: Path) -> None:
    """The same part twice, or one played again elsewhere."""
    again = part(tmp_path / "c", 2, "tap_twice")
    with pytest.raises(UsageError, match=r"b and .*c both played tap_twice: merge each shard once"):
        read_parts([*parts, again])


def test_the_whole_is_not_written_over_a_part(parts: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    """Which stays as it was."""
    before = (parts[0] / "results.json").read_bytes()
    assert main(["merge", *map(str, parts), "--out", str(parts[0])]) == 2
    assert "there lies the part" in capsys.readouterr().err
    assert (parts[0] / "results.json").read_bytes() == before
