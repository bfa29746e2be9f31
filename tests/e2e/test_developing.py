"""A run that is split, watched, and ended at its first failure, as its users play it."""

import json
import os
import pty
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.cli import main
from tests.browser.processes import started, wait_for
from tests.e2e.broken_backend import write_broken

HARNESS = [sys.executable, "-m", "harness"]
ENOUGH_S = 60


def amo_harness(*words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [*HARNESS, *map(str, words)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=ENOUGH_S, check=False, cwd=cwd, env=environment
    )


def test_two_machines_play_what_one_would(tmp_path: Path) -> None:
    """Each its shard; merged, every scenario is there, and the whole is judged again."""
    names = ("connect_happy_path", "code_missing", "exchange_refused")
    for number in (1, 2):
        done = amo_harness("run", *names, "--shard", f"{number}/2", "--out", tmp_path / str(number), "-q")
        assert (done.returncode, done.stderr) == (0, "")
        assert any(line.startswith("PASSED") for line in done.stdout.splitlines())
    merged = amo_harness("merge", tmp_path / "2", tmp_path / "1", "--out", tmp_path / "whole")
    assert (merged.returncode, merged.stderr) == (0, "")
    document = json.loads((tmp_path / "whole" / "results.json").read_text(encoding="utf-8"))
    assert [row["id"] for row in document["scenarios"]] == list(names)
    assert len(list((tmp_path / "whole" / "screenshots").iterdir())) == len(names)


def test_the_first_failure_ends_a_run_and_is_played_again(tmp_path: Path) -> None:
    """`-x` plays nothing after it; `--last-failed` plays it alone."""
    write_broken(tmp_path, "refusal_as_json")
    ended = amo_harness("run", "code_missing", "exchange_refused", "tap_twice", "-x", cwd=tmp_path)
    assert ended.returncode == 1
    assert "tap_twice  " not in ended.stdout
    assert "not played: tap_twice" in ended.stdout
    again = amo_harness("run", "--last-failed", cwd=tmp_path)
    assert again.returncode == 1
    assert again.stdout.startswith("failed last: exchange_refused\n")
    assert "playing  1 scenario\n" in again.stdout


def _hear_ctrl_c() -> None:
    """Tests that `make test &` started ignore it, and so would their children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def watching(folder: Path, *words: str) -> Generator[subprocess.Popen[str]]:
    """Start `run --watch` on the backend.toml of a folder; a test that fails does not wait for its end."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUNBUFFERED": "1"}
    with started(
        [*HARNESS, "run", "--watch", *words], cwd=folder, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        preexec_fn=_hear_ctrl_c,
    ) as run:  # fmt: skip
        yield run


def lines_until(run: "subprocess.Popen[str]", is_last: Callable[[str], bool]) -> list[str]:
    """Return what it prints up to a line."""
    assert run.stdout is not None
    lines: list[str] = []
    for line in run.stdout:
        lines.append(line.rstrip("\n"))
        if is_last(line):
            return lines
    raise AssertionError("\n".join(lines))


def waits(line: str) -> bool:
    return line.startswith("watching the backend's files")


@pytest.mark.timeout(240)
def test_a_change_of_the_backend_is_played_at_once(tmp_path: Path) -> None:
    """What failed, then all of it; what cannot start is waited for; Ctrl-C ends with the last code."""
    write_broken(tmp_path, "no_such_fault")
    with watching(tmp_path, "code_missing", "exchange_refused") as run:
        assert any("cannot be judged as it is configured" in line for line in lines_until(run, waits))
        write_broken(tmp_path, "refusal_as_json")
        assert any(line.startswith("FAILED  1 failed") for line in lines_until(run, waits))
        write_broken(tmp_path, "amo_down_as_json")
        then = lines_until(run, waits)
        assert "changed  backend.toml" in then
        played = [line.split()[1] for line in then if re.match(r"  [✓✗] ", line)]
        assert played == ["exchange_refused", "code_missing", "exchange_refused"]
        os.killpg(run.pid, signal.SIGINT)
        assert run.wait(ENOUGH_S) == 0


HARNESS_WORDS = shlex.join([*HARNESS, "run", "--watch", "code_missing"])


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "line",
    [
        f"exec {HARNESS_WORDS} > said.txt 2>&1",
        f"{HARNESS_WORDS} 2>&1 | tee said.txt > also.txt",
        f"script -qfc {shlex.quote(HARNESS_WORDS)} said.txt",
    ],
    ids=["to a file", "through a pipe", "by script"],
)
def test_what_the_command_prints_is_no_change(line: str, tmp_path: Path) -> None:
    """Beside backend.toml; it would be played for ever."""
    if line.startswith("script") and shutil.which("script") is None:
        pytest.skip("this machine has no `script`")
    write_broken(tmp_path, "no_such_fault")
    said = tmp_path / "said.txt"
    said.touch()
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with started(["sh", "-c", line], cwd=tmp_path, env=environment, start_new_session=True) as run:
        assert wait_for(lambda: "watching the backend's files" in said.read_text(), timeout_s=ENOUGH_S)
        write_broken(tmp_path, "amo_down_as_json")
        assert wait_for(lambda: "changed  " in said.read_text(), timeout_s=ENOUGH_S)
        told = next(line for line in said.read_text().splitlines() if line.startswith("changed  "))
        os.killpg(run.pid, signal.SIGTERM)
        run.wait(ENOUGH_S)
    assert told == "changed  backend.toml"


@pytest.mark.timeout(120)
def test_the_folder_of_a_backend_that_moves_is_watched(tmp_path: Path) -> None:
    """As soon as `[start] cwd` names it."""
    (tmp_path / "moved").mkdir()
    (tmp_path / "here").mkdir()
    file = write_broken(tmp_path / "here", "no_such_fault")
    with watching(tmp_path / "here", "code_missing", "-q") as run:
        lines_until(run, waits)
        file.write_text(file.read_text().replace("[start]\n", f'[start]\ncwd = "{tmp_path}/moved"\n'))
        assert "changed  backend.toml" in lines_until(run, waits)
        (tmp_path / "moved" / "app.py").touch()
        assert lines_until(run, lambda line: line.startswith("changed  ")) == ["changed  app.py"]
        os.killpg(run.pid, signal.SIGINT)
        run.wait(ENOUGH_S)


def test_watching_needs_something_that_changes(capsys: pytest.CaptureFixture[str]) -> None:
    """The built-in backend does not."""
    assert main(["run", "--watch", "--backend", "reference"]) == 2
    assert "--watch needs a backend.toml" in capsys.readouterr().err


def test_a_pause_waits_for_enter_on_a_terminal(tmp_path: Path) -> None:
    """Its page still open; elsewhere nobody could press it."""
    refused = amo_harness("run", "code_missing", "--pause", "--backend", "reference")
    assert refused.returncode == 2
    assert "--pause waits for Enter" in refused.stderr
    ours, theirs = pty.openpty()
    words = ["run", "code_missing", "--pause", "--slow", "--backend", "reference", "--out", str(tmp_path)]
    with started([*HARNESS, *words], stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as run:
        lines_until(run, lambda line: line == "paused at the end of code_missing: Enter goes on\n")
        assert run.poll() is None
        os.write(ours, b"\n")
        assert any(line.startswith("PASSED") for line in lines_until(run, lambda line: "report" in line))
        assert run.wait(ENOUGH_S) == 0
    os.close(ours)
    os.close(theirs)
