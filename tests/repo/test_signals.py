"""The tool that ends commands at random moments: it sees what is left, and a run leaves nothing."""

import random
import subprocess
import sys

import pytest

from tools.signals import ENDS, NAMESPACE, ROOT, trials


def can_have_namespaces() -> bool:
    """Tell whether this machine lets us have them."""
    try:
        return subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@pytest.fixture(scope="module", autouse=True)
def namespaces() -> None:
    """Without them nothing can be said."""
    if not can_have_namespaces():
        pytest.skip("this machine lets us have no namespaces")


def signals(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the tool."""
    return subprocess.run(
        [sys.executable, "-m", "tools.signals", *words],
        cwd=ROOT, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip


LISTENS = (
    "import socket, time; s = socket.create_server(('127.0.0.1', 4711)); "
    "open('/dev/shm/sem.left', 'w'); open('/tmp/left', 'w'); time.sleep(60)"
)
MESSY = f'setsid {sys.executable} -c "{LISTENS}" & exec sleep 60'
DEAF = "trap '' INT TERM HUP; touch /tmp/left; while :; do sleep 1; done"


@pytest.mark.parametrize(
    ("command", "left"),
    [
        pytest.param(MESSY, [f"{sys.executable} -c", "/tmp/left", "sem.left", "port 4711"], id="messy"),  # noqa: S108 - the namespace's own
        pytest.param(DEAF, ["it had not ended after 1.5 s"], id="deaf"),
    ],
)
def test_what_is_left_is_told(command: str, left: list[str]) -> None:
    """Processes, files, semaphores and sockets by name, and the tool ends with 1."""
    moment = ("--moments=1", "--seed=3", "--since=/tmp/left", "--within=0.3", "--patience=1.5")
    done = signals(*moment, "--", "sh", "-c", command)
    assert (done.returncode, done.stderr) == (1, "")
    assert [each for each in left if each not in done.stdout] == []
    assert "1 of 1 left something" in done.stdout


def test_a_run_that_is_ended_leaves_nothing() -> None:
    """The seed gives two ways and moments; `python -m tools.signals` plays forty."""
    run = [sys.executable, "-m", "harness", "run", "--backend", "reference", "--jobs", "2", "--out", "{out}"]
    done = signals("--moments", "2", "--seed", "4", "--within", "4", "--", *run)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.count("✓") == 2


def test_every_end_comes_up_for_every_command() -> None:
    """Each as often, in an order that the seed gives."""
    played = list(trials(["a", "b"], 2 * len(ENDS), 5.0, random.Random(1)))  # noqa: S311 - moments
    for command in ("a", "b"):
        assert {each.end for each in played if each.command == command} == set(ENDS)
    assert all(0 <= each.after_s <= 5 for each in played)
    assert played == list(trials(["a", "b"], 2 * len(ENDS), 5.0, random.Random(1)))  # noqa: S311 - the same
