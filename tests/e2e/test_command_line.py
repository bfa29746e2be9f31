"""`amo-harness` as a user meets it: its words, files, exit codes, and what it leaves behind."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.cli import main
from harness.saved.place import MARK, held
from tests.browser.processes import Process, descendants, named, running, wait_for

HARNESS = [sys.executable, "-m", "harness"]
ENOUGH_S = 60
SOON_S = 30
"""Far more than the two seconds that an end by force takes, and far less than what a scenario may wait."""


def amo_harness(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*HARNESS, *words], capture_output=True, text=True, timeout=ENOUGH_S, check=False)


def test_streams_that_the_caller_has_closed_change_nothing() -> None:
    """Nothing is printed, nothing breaks, and no file of a run gets the number of one of them."""
    closed = ["sh", "-c", '"$@" <&- >&- 2>&-', "sh", *HARNESS, "scenarios"]
    assert subprocess.run(closed, timeout=ENOUGH_S, check=False).returncode == 0


@pytest.fixture(scope="module")
def one_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    out = tmp_path_factory.mktemp("out")
    return amo_harness("run", "connect_happy_path", "exchange_refused", "--out", str(out)), out


Run = tuple[subprocess.CompletedProcess[str], Path]


def test_a_run_prints_the_verdict_clause_by_clause(one_run: Run) -> None:
    """Every clause that came into view is listed, and the last lines say the verdict and the engine."""
    done, out = one_run
    assert (done.returncode, done.stderr) == (0, "")
    passed = done.stdout.partition("✓ passed: ")[2].partition("·")[0].split()
    assert {"CB-01", "CB-06", "DL-01", "APP-03", "SEC-01"} <= set(passed)
    verdict, details, show, send = done.stdout.strip().splitlines()[-4:]
    assert verdict.startswith("PASSED")
    assert "webkit" in verdict
    assert str(out / "results.json") in details
    assert show == f"show it  amo-harness show {out}"
    assert send.startswith(f"send it  amo-harness pack {out} ")


def test_a_run_leaves_results_timelines_and_pictures(one_run: Run) -> None:
    """results.json has the documented shape; each page has a screenshot."""
    _, out = one_run
    document = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert document["version"] == 1
    assert document["verdict"] == "passed"
    assert set(document["engine"]) >= {"name", "version"}
    rows = {row["id"]: row for row in document["clauses"]}
    assert rows["CB-06"]["result"] == "passed"
    assert {"scenario", "result", "expected", "actual", "events"} <= set(rows["CB-06"]["findings"][0])
    assert [row["id"] for row in document["scenarios"]] == ["connect_happy_path", "exchange_refused"]
    pictures = sorted(path.name for path in (out / "screenshots" / "connect_happy_path").iterdir())
    assert pictures == ["01-consent.png", "02-page.png"]
    assert (out / "timelines" / "connect_happy_path.json").exists()


def test_no_secret_leaves_the_run(one_run: Run) -> None:
    """Neither the console nor any file holds a code, a token or the app's session."""
    done, out = one_run
    texts = [done.stdout, *(p.read_text(encoding="utf-8") for p in out.rglob("*.json"))]
    for secret in ("def50200", "eyJ0eXAi", "Bearer test"):
        assert [text[:80] for text in texts if secret in text] == []


def test_a_second_run_waits_for_the_first_and_replaces_only_what_is_its_own(tmp_path: Path) -> None:
    """It is refused before it touches anything; once the first has ended, old results go, a note stays."""
    with held(tmp_path):
        (tmp_path / "notes.txt").write_text("mine")
        (tmp_path / "timelines").mkdir()
        (tmp_path / "timelines" / "old.json").write_text("{}")
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "screenshots").symlink_to("elsewhere")
        refused = amo_harness("run", "code_missing", "--out", str(tmp_path))
        assert refused.returncode == 2
        assert f"--out {tmp_path}: another run is writing there" in refused.stderr
        assert (tmp_path / "timelines" / "old.json").read_text() == "{}"
    assert amo_harness("run", "code_missing", "--out", str(tmp_path)).returncode == 0
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / "elsewhere").is_dir()
    assert not (tmp_path / "screenshots").is_symlink()
    assert [path.name for path in (tmp_path / "timelines").iterdir()] == ["code_missing.json"]


def test_a_folder_that_no_run_has_marked_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever its files are called; an empty one is taken and marked."""
    holiday = tmp_path / "mine" / "screenshots" / "holiday.png"
    holiday.parent.mkdir(parents=True)
    holiday.write_bytes(b"sun")
    assert main(["run", "code_missing", "--out", str(tmp_path / "mine")]) == 2
    assert "there are files that no run has left (screenshots)" in capsys.readouterr().err
    assert holiday.read_bytes() == b"sun"
    (tmp_path / "empty").mkdir()
    with held(tmp_path / "empty"):
        assert (tmp_path / "empty" / MARK).is_file()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param(
            ("run", "conect_happy_path"), 2, "did you mean connect_happy_path?", id="misspelt scenario"
        ),
        pytest.param(("run", "--out", __file__), 2, "is a file: name a folder", id="out is a file"),
        pytest.param(("run", "--out", "/proc/out"), 2, "--out /proc/out: cannot be written", id="out"),
        pytest.param(
            ("prove", "no_such_fault"), 2, "there is no fault or variant 'no_such_fault'", id="fault"
        ),
        pytest.param(("prove", "--jobs", "0"), 2, "--jobs 0", id="no workers"),
        pytest.param(("run", "--engine", "firefox"), 2, "invalid choice: 'firefox'", id="unknown engine"),
        pytest.param(("dance",), 2, "invalid choice: 'dance'", id="unknown word"),
        pytest.param(("runn",), 2, "did you mean run?", id="misspelt word"),
        pytest.param(("run", "--bakend", "x"), 2, "did you mean --backend?", id="misspelt option"),
        pytest.param(
            ("run", "--workers", "1"),
            2,
            "that is an option of load: see `amo-harness run --help`",
            id="another command's option",
        ),
        pytest.param(("run", "--engine", "webkitgkt"), 2, "did you mean webkitgtk?", id="misspelt engine"),
        pytest.param(("run", "--phone", "ios-safri"), 2, "did you mean ios-safari?", id="misspelt phone"),
        pytest.param(("prove", "buton_late"), 2, "did you mean button_late?", id="misspelt fault"),
        pytest.param(("run", "--amo-port", "99999"), 2, "--amo-port 99999 is no port", id="amo port"),
        pytest.param(("run", "--gateway-port", "-1"), 2, "--gateway-port -1 is no port", id="gateway port"),
        pytest.param(("run", "--gateway-port", "6666"), 2, "browsers refuse to visit", id="refused port"),
        pytest.param(
            ("run", "--amo-port", "8801", "--gateway-port", "8801"),
            2,
            "--amo-port and --gateway-port are both 8801",
            id="one port twice",
        ),
        pytest.param(("run", "--inspector", "foo"), 2, "--inspector 'foo' is no address", id="inspector"),
        pytest.param(("reproduce", "--inspector", "http://["), 2, "is no address", id="odd inspector"),
    ],
)
def test_a_mistake_gets_one_sentence(
    words: tuple[str, ...], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The thing and the remedy are named; no stack trace reaches the user."""
    with pytest.raises(SystemExit) as ended:
        sys.exit(main(words))
    assert ended.value.code == code
    told = capsys.readouterr()
    assert said in told.err
    assert "Traceback" not in told.err + told.out


def test_a_run_that_cannot_start_says_so_in_its_files_and_keeps_those_before(
    one_run: Run, tmp_path: Path
) -> None:
    """Exit 3 says that nothing was judged, and how to get the engine; the good run stands aside."""
    out = shutil.copytree(one_run[1], tmp_path / "out")
    environment = os.environ | {"PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "nothing")}
    for _ in range(2):
        done = subprocess.run(
            [*HARNESS, "run", "code_missing", "--engine", "webkit", "--out", out, "--junit", out / "j.xml"],
            capture_output=True, text=True, timeout=ENOUGH_S, check=False, env=environment,
        )  # fmt: skip
        assert done.returncode == 3
        assert "playwright install" in done.stderr
        assert "Traceback" not in done.stderr
    told = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert (told["verdict"], told["scenarios"]) == ("incomplete", [])
    assert "playwright install" in told["not_started"]["reason"]
    assert '<testcase classname="amo-harness.reference" name="not started"' in (out / "j.xml").read_text()
    assert main(["judge", str(out)]) == 3
    assert main(["judge", str(out / "earlier")]) == 0


def test_engines_lists_what_is_here_and_what_is_not() -> None:
    """Each engine has a line; a missing one says why and what installs it."""
    done = amo_harness("engines")
    assert done.returncode == 0
    for name in ("webkitgtk", "webkit", "chromium", "remote"):
        assert any(line.startswith(name) for line in done.stdout.splitlines())
    assert "install: " in done.stdout


def test_without_a_webkit_the_first_line_says_the_one_command(tmp_path: Path) -> None:
    """`engines` and `doctor` end as `run` does; a Chromium changes nothing, for no run takes it unasked."""
    (tmp_path / "chromium").write_text("#!/bin/sh\necho Chromium 150.0\n")
    (tmp_path / "chromium").chmod(0o755)
    (tmp_path / "apt-get").touch(mode=0o755)
    away = os.environ | {"PATH": str(tmp_path), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path)}
    told = {
        word: subprocess.run(
            [*HARNESS, *word.split()], capture_output=True, text=True, timeout=ENOUGH_S, check=False, env=away
        )
        for word in ("engines", "doctor", f"run code_missing --backend reference --out {tmp_path / 'out'}")
    }
    assert [each.returncode for each in told.values()] == [3, 3, 3]
    assert "chromium   here     150.0" in told["engines"].stdout
    assert "no run can be played here: engine" in told["doctor"].stdout
    *_, run = told.values()
    command = "sudo apt-get install -y gir1.2-webkit2-4.1 python3-gi xvfb"
    assert run.stderr.startswith(f"amo-harness: no WebKit works here; one command installs it: {command}\n")


def test_doctor_finds_nothing_wrong_here() -> None:
    """Where the tests play."""
    done = amo_harness("doctor")
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1] == "a run can be played here"


UNWRITTEN = "amo-harness: what is printed cannot be written (No space left on device)\n"


def test_the_version_is_told_at_once() -> None:
    """By itself without loading a part of the harness, and the same where other words are read."""
    quick = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "amo_harness", "--version"],
        capture_output=True, text=True, timeout=ENOUGH_S, check=True,
    )  # fmt: skip
    assert re.fullmatch(r"amo-harness \d+\.\d+\S*\n", quick.stdout)
    assert "argparse" not in quick.stderr
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0


@pytest.mark.parametrize(
    ("encoding", "command"), [("ascii", "run"), ("latin-1", "judge"), ("koi8-u", "judge")]
)
def test_a_terminal_without_our_signs_gets_others(
    one_run: Run, tmp_path: Path, encoding: str, command: str
) -> None:
    """Whatever the terminal can show, the verdict is told, and a pass is not shown as a failure."""
    environment = os.environ | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "LC_ALL": "C"}
    words = ["run", "exchange_refused", "--out", tmp_path] if command == "run" else ["judge", one_run[1]]
    done = subprocess.run(
        [*HARNESS, *map(str, words)], capture_output=True, timeout=ENOUGH_S, check=False, env=environment
    )
    said = done.stdout.decode(encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "  + exchange_refused" in said
    assert "+ passed: " in said


def test_scenarios_lists_each_with_its_clauses(capsys: pytest.CaptureFixture[str]) -> None:
    """A reader finds the names that `run` takes."""
    assert main(["scenarios"]) == 0
    said = capsys.readouterr().out
    assert "connect_happy_path" in said
    assert "CB-01" in said


def test_a_run_goes_on_when_nobody_takes_its_lines(tmp_path: Path) -> None:
    """The results are there: a reader has seen enough, but of a full disk somebody must hear."""
    words = [*HARNESS, "run", "code_missing", "--out"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*words, tmp_path / "full"], stdout=full, stderr=subprocess.PIPE, timeout=ENOUGH_S, check=False
        )
    assert (done.returncode, done.stderr.decode()) == (3, UNWRITTEN)
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*words, tmp_path / "head"], stdout=writing, stderr=subprocess.PIPE, timeout=ENOUGH_S, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")
    for name in ("full", "head"):
        assert json.loads((tmp_path / name / "results.json").read_text())["verdict"] == "passed"


def test_what_a_full_disk_does_not_take_is_told_in_one_sentence(one_run: Run) -> None:
    """Of a command that has nothing to do but to print."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*HARNESS, "judge", one_run[1]], stdout=full, stderr=subprocess.PIPE, text=True, timeout=ENOUGH_S,
            check=False,
        )  # fmt: skip
    assert done.returncode == 3
    assert done.stderr == UNWRITTEN


def _hear_signals() -> None:
    """Tests that `make test &` or `nohup` started ignore them, and so would their children."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def _start(out: Path, *words: str) -> "subprocess.Popen[str]":
    """Start a run of everything, in a group of its own, and wait until it has finished its first scenario."""
    run = subprocess.Popen(
        [*HARNESS, "run", "--out", str(out), *words],
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=_hear_signals,  # noqa: PLW1509 - it makes two system calls
    )
    assert run.stdout is not None
    for line in run.stdout:
        if "connect_happy_path" in line:
            return run
    raise AssertionError("the run ended before its first scenario")


def _all_gone(processes: set[Process]) -> bool:
    return wait_for(lambda: not running(processes), timeout_s=30)


@pytest.mark.parametrize(
    ("numbers", "jobs"),
    [
        pytest.param([signal.SIGINT, signal.SIGINT], 2, id="Ctrl-C twice, in two workers"),
        pytest.param([signal.SIGTERM], 1, id="SIGTERM, in one process"),
    ],
)
def test_an_interrupted_run_says_what_was_finished_and_leaves_nothing(
    tmp_path: Path, numbers: list[signal.Signals], jobs: int
) -> None:
    """Exit 3 within seconds, what was finished is told and saved, every process has ended.

    That each signal is heard alike is in `tests/unit/runs/test_interruption.py`.
    """
    run = _start(tmp_path, "--jobs", str(jobs))
    family = descendants(run.pid)
    assert len(family) > 3
    began = time.monotonic()
    for number in numbers:
        os.killpg(run.pid, number)  # as a terminal does
    said, _ = run.communicate(timeout=ENOUGH_S)
    assert time.monotonic() - began < SOON_S
    assert run.returncode == 3
    assert "interrupted" in said
    assert "Traceback" not in said
    assert "resource_tracker" not in said
    told = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert (told["verdict"], told["interrupted"]) == ("incomplete", True)
    assert "connect_happy_path" in [row["id"] for row in told["scenarios"]]
    assert _all_gone(family)


def test_a_port_that_is_taken_is_told_in_one_sentence(tmp_path: Path) -> None:
    """Both fixed ports are named with the address."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for option in ("--amo-port", "--gateway-port"):
            done = amo_harness("run", "exchange_refused", option, str(port), "--out", str(tmp_path))
            assert done.returncode == 2
            assert str(port) in done.stderr
            assert "Traceback" not in done.stderr


def test_a_killed_run_leaves_nothing_behind(tmp_path: Path) -> None:
    """SIGKILL of the harness takes browser, virtual screen and servers along."""
    run = _start(tmp_path)
    family = descendants(run.pid)
    run.kill()
    run.communicate(timeout=ENOUGH_S)
    assert _all_gone(family)


def test_an_engine_that_dies_in_mid_journey_is_an_error_of_the_harness(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 3 with the engine's last words, and nothing left: its guard was killed too."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    run = _start(tmp_path / "out")
    family = descendants(run.pid)
    for host in named("webview_host", family):
        os.kill(host.pid, signal.SIGKILL)
    said, _ = run.communicate(timeout=ENOUGH_S)
    assert run.returncode == 3
    assert "WebKitGTK" in said
    assert "Traceback" not in said
    assert _all_gone(family)
    assert list(temporary.iterdir()) == []
