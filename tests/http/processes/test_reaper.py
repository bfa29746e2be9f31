"""Children that end with their parent, on the interpreters and in the isolation in which the reaper runs."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness.engines.tabs.presence import SYSTEM_PYTHON

PROCESSES = Path(__file__).resolve().parents[3] / "harness" / "processes"
PROGRAM = f"""
import os, signal, subprocess, sys
sys.path.insert(0, {str(PROCESSES)!r})
import reaper

reaper.adopt_orphans()
kept = subprocess.Popen(["sleep", "60"], preexec_fn=reaper.ends_with_us(signal.SIGKILL))
tree = subprocess.Popen(["sh", "-c", "setsid sleep 60 & sleep 60 & echo ready; exec sleep 60"],
                        stdout=subprocess.PIPE)
tree.stdout.readline()
before = len(reaper.children())
reaper.end_children(spare=[kept.pid])
print(before, reaper.children() == [kept.pid], kept.poll())
reaper.end_children()
print(reaper.children())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's part of it is Linux's")
@pytest.mark.parametrize("python", [sys.executable, SYSTEM_PYTHON], ids=["ours", "the system's"])
def test_every_descendant_is_ended_but_the_spared_one(python: str) -> None:
    """Also one that left its group and whose parent has just been killed."""
    done = subprocess.run(
        [python, "-I", "-S", "-W", "error", "-c", PROGRAM],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.stdout.splitlines(), done.returncode) == (["2 True None", "[]"], 0), done.stderr


def test_the_reaper_needs_nothing_but_the_standard_library() -> None:
    """It is loaded by its place, where no package of ours is found; and quickly, so no pathlib."""
    listed = "import sys; sys.path.insert(0, sys.argv[1]); import reaper; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", listed, str(PROCESSES)], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "reaper" in loaded
    assert not loaded & {"harness", "pathlib", "subprocess", "typing", "asyncio"}
