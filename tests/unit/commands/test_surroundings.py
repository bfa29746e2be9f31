"""What a command says where the machine gives it too little: no memory, no folder to stand in."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.commands.test_any_words import said

LIMITED = """
import resource, sys
from harness.cli import main
taken = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + 40_000_000,) * 2)
sys.exit(main(["judge", sys.argv[1]]))
"""


def test_too_little_memory_is_one_sentence(tmp_path: Path) -> None:
    """No defect of the harness, and nothing that a backend did."""
    file = tmp_path / "timeline.json"
    with file.open("w") as large:
        large.truncate(60_000_000)
    words = [sys.executable, "-c", LIMITED, str(file)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 3
    assert done.stderr == "amo-harness: there is not enough memory: see `ulimit -v`\n"


def test_a_folder_that_is_gone_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal may stand in one that was deleted beside it."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    code, told = said(["doctor"])
    assert code == 2
    assert told.endswith("amo-harness: the folder in which this was started is gone: start it in another\n")
