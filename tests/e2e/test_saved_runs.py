"""What is done with a run afterwards: reports in its folder, judge, diff, replay."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import Playwright

from harness.cli import main
from harness.engines import Engine, open_engine
from tests.e2e.broken_backend import write_broken

ROOT = Path(__file__).resolve().parents[2]
HARNESS = [sys.executable, "-m", "harness"]


def amo_harness(
    *words: str | Path, folder: Path | None = None, env: Mapping[str, str] = MappingProxyType({})
) -> subprocess.CompletedProcess[str]:
    command = [*HARNESS, *map(str, words)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **env}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, cwd=folder, env=environment
    )


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the reference backend."""
    out = tmp_path_factory.mktemp("good")
    assert amo_harness("run", "left_alone", "code_missing", "--out", out).returncode == 0
    return out


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same scenarios on a backend whose page leaves by itself."""
    folder = tmp_path_factory.mktemp("broken")
    out = folder / "results"
    ran = amo_harness(
        "run", "left_alone", "code_missing", "--backend", write_broken(folder),
        "--out", out, "--junit", out / "junit.xml", "--har", folder / "run.har", "--seed", "7",
        "--trace", folder / "trace.json",
        env={"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(folder / "summary.md")},
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (1, "")
    (folder / "stdout.txt").write_text(ran.stdout, encoding="utf-8")
    return out


def results(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "results.json").read_text(encoding="utf-8"))


def test_judge_comes_to_the_verdict_of_the_run(
    good: Path, broken: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the timelines alone, clause by clause, and nothing is said to differ."""
    for folder, code in ((good, 0), (broken, 1)):
        before = (folder / "results.json").read_bytes()
        assert main(["judge", str(folder)]) == code
        said = capsys.readouterr().out
        assert results(folder)["verdict"].upper() in said
        assert "judged otherwise" not in said
        assert (folder / "results.json").read_bytes() == before
    assert main(["judge", str(broken / "timelines" / "left_alone.json")]) == 1
    assert "CB-06" in capsys.readouterr().out


def test_judge_says_what_it_judges_otherwise(
    good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As after a change of the contract: results.json said that CB-06 had failed."""
    document = results(good)
    row = next(row for row in document["clauses"] if row["id"] == "CB-06")
    row["findings"][0]["result"] = "failed"
    (tmp_path / "results.json").write_text(json.dumps(document), encoding="utf-8")
    (tmp_path / "timelines").symlink_to(good / "timelines")
    assert main(["judge", str(tmp_path)]) == 0
    assert "fixed   CB-06     left_alone" in capsys.readouterr().out


def test_diff_says_what_broke_and_ends_with_1(
    good: Path, broken: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both ways round, and with itself."""
    assert main(["diff", str(good), str(broken)]) == 1
    said = capsys.readouterr().out
    assert "broken  CB-06     left_alone: expected" in said
    assert main(["diff", str(broken), str(good / "results.json")]) == 0
    assert "fixed   CB-06     left_alone" in capsys.readouterr().out
    assert main(["diff", str(good), str(good)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "nothing changed"


def test_replay_plays_it_again_as_it_was(broken: Path) -> None:
    """The backend, engine and seed of the saved run, from another folder; the run itself stays."""
    before = (broken / "results.json").read_bytes()
    replayed = amo_harness("replay", "left_alone", "--from", broken)
    assert (replayed.returncode, replayed.stderr) == (1, "")
    assert replayed.stdout.splitlines()[-1] == "the same as in the saved run"
    again = results(broken / "replay")
    assert [row["id"] for row in again["scenarios"]] == ["left_alone"]
    saved = results(broken)
    assert (again["backend"], again["engine"], again["run"]["seed"]) == ("broken", saved["engine"], 7)
    assert (broken / "results.json").read_bytes() == before


def test_replay_says_what_went_otherwise(broken: Path, tmp_path: Path) -> None:
    """The backend was repaired meanwhile: its `backend.toml` lies beside the results, as it did."""
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / "results.json").write_bytes((broken / "results.json").read_bytes())
    write_broken(tmp_path, fault="refusal_as_json")
    replayed = amo_harness("replay", "left_alone", "--from", folder)
    assert replayed.returncode == 0
    assert "otherwise than in the saved run:" in replayed.stdout
    assert "fixed   CB-06     left_alone" in replayed.stdout


def test_a_pack_is_played_again_with_the_backend_that_is_named(
    broken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From nothing but the file; what it says of its own backend is not taken."""
    file = tmp_path / "sent.zip"
    assert main(["pack", str(broken), "--out", str(file)]) == 0
    assert capsys.readouterr().err == ""
    with zipfile.ZipFile(file) as held:
        assert {"results.json", "report.html", "backend.played.toml"} < set(held.namelist())
        assert not [name for name in held.namelist() if name.endswith("junit.xml")]
    backend = write_broken(tmp_path, fault="refusal_as_json")
    replayed = amo_harness("replay", "left_alone", "--from", file, "--backend", backend, folder=tmp_path)
    assert replayed.returncode == 0
    assert "fixed   CB-06     left_alone" in replayed.stdout
    assert (tmp_path / ".amo-harness" / "latest" / "results.json").is_file()
    assert main(["judge", str(file)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("FAILED") for line in lines)
    assert not any(line.startswith("report ") for line in lines)  # where it was unpacked is gone


def test_a_run_on_github_annotates_what_fails(broken: Path) -> None:
    """Detected by itself: the first line stops commands, ours stand at the end."""
    lines = (broken.parent / "stdout.txt").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("::stop-commands::")
    errors = [line for line in lines if line.startswith("::error ")]
    assert errors[0].startswith("::error title=CB-06 ")
    assert "## amo-harness: failed" in (broken.parent / "summary.md").read_text(encoding="utf-8")


def test_a_run_writes_har_trace_and_attachments(broken: Path) -> None:
    """Beside its folder; JUnit names the pictures of what failed."""
    log = json.loads((broken.parent / "run.har").read_text(encoding="utf-8"))["log"]
    callbacks = [each for each in log["entries"] if "/api/amo-crm/callback" in each["request"]["url"]]
    assert callbacks
    assert all("‹code:" in f"{each['request']['queryString']}" for each in callbacks[:1])
    trace = json.loads((broken.parent / "trace.json").read_text(encoding="utf-8"))
    assert "CB-06 is broken" in {each["name"] for each in trace["traceEvents"]}
    attached = ET.parse(broken / "junit.xml").findtext(".//system-out") or ""  # noqa: S314 - our own output
    assert attached.startswith("[[ATTACHMENT|")
    assert Path(attached.splitlines()[0][len("[[ATTACHMENT|") : -2]).is_file()


def test_show_opens_the_report_in_the_users_browser(good: Path, tmp_path: Path) -> None:
    """Where he named one; its place is printed in any case."""
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf "%s" "$1" > {tmp_path}/opened\n', encoding="utf-8")
    browser.chmod(0o755)
    shown = amo_harness("show", good, env={"BROWSER": str(browser)})
    assert (shown.returncode, shown.stdout.strip()) == (0, str(good / "report.html"))
    assert (tmp_path / "opened").read_text(encoding="utf-8") == (good / "report.html").as_uri()


def test_a_runs_last_lines_say_where_it_is_and_how_to_send_it(
    broken: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each of them can be copied."""
    assert main(["judge", str(broken)]) == 1
    lines = capsys.readouterr().out.splitlines()
    told = [line for line in lines if line.startswith(("report", "show it", "send it", "again"))]
    assert told[0].startswith(f"report   {broken}/report.html")
    assert told[1:3] == [
        f"show it  amo-harness show {broken}",
        f"send it  amo-harness pack {broken}  (one file), or report.html alone",
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["judge", "nowhere"], "nowhere: there is no such file; `amo-harness run` writes one"),
        (["diff", "nowhere", "nowhere"], "nowhere: there is no such file; `amo-harness run` writes one"),
        (["replay", "left_alone", "--from", "nowhere"], "nowhere: there is no such file"),
        (["contract", "--diff", "nowhere"], "nowhere: cannot be read (No such file or directory)"),
        (["contract", "--diff", "pyproject.toml"], "pyproject.toml: not JSON"),
        (
            ["contract", "--backend", "nowhere"],
            "nowhere: there is no such file; `amo-harness init` writes one",
        ),
        (["run", "--backend", "nowhere"], "nowhere: there is no such file; `amo-harness init` writes one"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_read_is_one_sentence_and_exit_code_2(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A user's mistake, named with the remedy."""
    assert main(words) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"amo-harness: {said}")
    assert len(error.splitlines()) == 1


def test_a_scenario_that_the_run_did_not_play_is_named(
    good: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With those that it played."""
    assert main(["replay", "leads_many", "--from", str(good)]) == 2
    assert "it played left_alone, code_missing" in capsys.readouterr().err


def test_the_junit_file_names_clause_and_events(broken: Path) -> None:
    """One case a scenario; the failed one tells the story."""
    cases = {case.attrib["name"]: case for case in ET.parse(broken / "junit.xml").iter("testcase")}  # noqa: S314 - our own
    assert set(cases) == {"left_alone", "code_missing"}
    failure = cases["left_alone"].find("failure")
    assert failure is not None
    assert failure.attrib["message"].startswith("CB-06: “foryoure://amo-crm/callback")
    assert "webview.departure" in (failure.text or "")


@pytest.fixture(scope="module")
def engine(playwright: Playwright) -> Any:
    with open_engine("auto", playwright=playwright) as opened:
        yield opened


def test_the_html_report_opens_in_a_browser_with_its_pictures(engine: Engine, broken: Path) -> None:
    """From the folder, without a server; every distinct screenshot is in the file."""
    tab = engine.open_tab()
    tab.goto((broken / "report.html").as_uri())
    page = tab.page
    assert page.title() == "failed: broken · amo-harness"
    page.evaluate("() => document.querySelectorAll('details').forEach(each => each.open = true)")
    loaded = "() => Promise.all([...document.images].map(i => (i.loading = 'eager', i.decode())))"
    page.evaluate(loaded)
    shown = page.evaluate("() => [...new Set([...document.images].map(each => each.src))]")
    taken = {path.read_bytes() for path in broken.glob("screenshots/*/*.png")}
    assert len(shown) == len(taken) > 0
    assert all(src.startswith("data:image/png;base64,") for src in shown)
    assert page.locator("[data-c~=CB-06] mark").first.is_visible()
    tab.close()
