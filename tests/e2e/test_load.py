"""`amo-harness load` as a user meets it: alone, distributed, ended from outside."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from harness.backends.ports import free_port
from harness.cli import main
from tests.browser.processes import descendants, running, wait_for
from tests.e2e.broken_backend import write_broken

HARNESS = [sys.executable, "-m", "harness"]
ENOUGH_S = 60
SHORT = "0.025"
"""Minutes."""


def begun(*words: str) -> subprocess.Popen[str]:
    """Start the command."""
    return subprocess.Popen(
        [*HARNESS, "load", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def test_a_run_on_the_reference_passes_and_is_judged_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Invariants first, figures, the same folder as every run; `judge` says the same of it."""
    out, junit = tmp_path / "out", tmp_path / "junit.xml"
    words = ["load", "--backend", "reference", "--users", "4", "--minutes", SHORT, "--out", str(out)]
    assert main([*words, "--junit", str(junit)]) == 0
    said = capsys.readouterr().out
    assert said.index("✓ INV-CODE") < said.index("whole journeys a second") < said.index("PASSED")
    assert "fake amoCRM itself: p99" in said
    document = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert {each["name"] for each in document["besides"]} >= {"INV-CODE", "INV-REFRESH", "INV-CONNECTED"}
    page = (out / "report.html").read_text(encoding="utf-8")
    assert page.index("INV-CODE") < page.index("<svg") < page.index('id="clauses"')
    assert "def50200" not in (out / "load" / "users.ndjson").read_text(encoding="utf-8")
    names = [each.get("name") for each in ET.parse(junit).iter("testcase")]  # noqa: S314 - our own file
    assert names[:2] == ["steady", "INV-CODE"]
    assert main(["judge", str(out)]) == 0
    assert "judged otherwise" not in capsys.readouterr().out


def test_a_master_and_two_workers_break_a_broken_backend(tmp_path: Path) -> None:
    """Users of two processes meet, open their callbacks at one moment, and every journey comes back.

    Also those at the end, when it is seen whether everybody is still connected.
    """
    port = str(free_port())
    words = ("--backend", "reference", "--users", "4", "--minutes", SHORT, "--shape", "herd")
    workers = [begun("--worker", "--master-port", port) for _ in range(2)]
    master = begun(
        *words, "--workers", "2", "--master-port", port, "--fault", "race_sent_twice", "--out", str(tmp_path)
    )
    said = master.communicate(timeout=ENOUGH_S)[0]
    told = [each.communicate(timeout=ENOUGH_S)[0] for each in workers]
    assert [each.returncode for each in workers] == [0, 0], told
    assert master.returncode == 1, said
    assert "✗ INV-CODE" in said
    journeys = [json.loads(line) for line in (tmp_path / "load" / "users.ndjson").read_text().splitlines()]
    for kind in ("connect", "end"):
        assert {each["u"] for each in journeys if each["k"] == kind} == {"test", "test-2", "test-3", "test-4"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["TERM", "KILL"])
def test_nothing_outlives_a_run_that_is_ended(number: signal.Signals, tmp_path: Path) -> None:
    """Locust, its workers and the backend end with the command, however it ends."""
    run = begun(
        "--backend", "reference", "--users", "3", "--minutes", "5", "--processes", "2", "--out", str(tmp_path)
    )
    users = tmp_path / "load" / "users.ndjson"
    deadline = time.monotonic() + ENOUGH_S
    while not (users.exists() and users.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.05)
    family = descendants(run.pid)
    assert len(family) >= 5  # the backend, Locust's master and its two workers, and their supervisors
    os.kill(run.pid, number)
    said = run.communicate(timeout=ENOUGH_S)[0]
    if number == signal.SIGTERM:
        assert run.returncode == 3, said
        assert "interrupted" in said
    assert wait_for(lambda: not running(family)), running(family)


def test_a_backend_is_looked_at_before_it_is_driven(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong with its configuration is said as by `run`, and nobody plays against it."""
    backend = write_broken(tmp_path)
    text = backend.read_text(encoding="utf-8")
    backend.write_text(text.replace("/api/amo-crm/auth-url", "/api/amo-crm/nowhere"), encoding="utf-8")
    out = tmp_path / "out"
    assert main(["load", "--backend", str(backend), "--users", "2", "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert "cannot be judged as it is configured" in said
    assert "wrong  authorization URL" in said
    assert not list((out / "load").iterdir())


def test_without_locust_one_sentence_says_what_to_install() -> None:
    """Nothing is started then."""
    hidden = (
        "import sys; sys.modules['locust'] = None; from harness.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", hidden, "load", "--backend", "reference"],
        capture_output=True,
        text=True,
        timeout=ENOUGH_S,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == 'amo-harness: load needs Locust: pip install "amo-harness[load]"\n'


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--users", "0"], "--users 0"),
        (["--minutes", "0"], "--minutes 0"),
        (["--people", "2"], "--people 2: fewer than --users 50"),
        (["--instances", "0"], "--instances 0"),
        (["--processes", "2", "--workers", "2"], "--processes are this machine's own workers"),
        (["--master", "0.0.0.0"], "--master needs one address"),
        (["--max-p95", "0"], "--max-p95 0"),
        (["--locustfile", "none.py"], "--locustfile none.py: there is no such file"),
    ],
)
def test_what_cannot_be_played_is_refused(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one sentence, with exit code 2."""
    assert main(["load", "--backend", "reference", *words]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert told in said.err
    assert said.err.count("\n") == 1
