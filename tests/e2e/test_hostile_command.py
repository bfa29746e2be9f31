"""The real command beside a hostile backend: its exit code, its sentence, its time, its memory."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.e2e.hostile_backend import CALLBACK, STATUS

ROOT = Path(__file__).parents[2]
MOST_MEMORY_KB = 400_000
"""A hundred megabytes for the command itself, and three hundred over that."""
TOML = """
name = "hostile"
[start]
command = ["{python}", "-m", "tests.e2e.hostile_backend", "{mode}", "{path}"]
cwd = "{root}"
[start.env]
PORT = "{{port}}"
[http]
status = "{status}"
leads = ""
"""
ENDS: dict[str, tuple[str, str, int, str]] = {
    "dies": ("dies after 0", CALLBACK, 0, "hostile ended with exit code 7"),
    "bomb": ("a bomb", STATUS, 2, "its answer has more than 16 MB"),
    "dies at the status": ("dies after 40", STATUS, 2, "hostile ended with exit code 7"),
}
"""The mode, its path, the exit code of `check`, and words of what it says."""


def check(folder: Path, mode: str, path: str) -> tuple[int, str, int]:
    """Return the exit code, everything that was said, and the most memory that was taken, in kB."""
    folder.mkdir()
    file = folder / "backend.toml"
    text = TOML.format(python=sys.executable, mode=mode, path=path, root=ROOT, status=STATUS)
    file.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "harness", "check", "--backend", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT) as process:
        assert process.stdout is not None
        said = process.stdout.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, said, usage.ru_maxrss


@pytest.mark.timeout(120)
def test_check_says_what_a_hostile_backend_does(tmp_path: Path) -> None:
    """With 0 where it can be judged and 2 where it cannot, never with a traceback, in bounded memory."""
    with ThreadPoolExecutor(2) as pool:
        jobs = {
            name: pool.submit(check, tmp_path / name.replace(" ", "-"), mode, path)
            for name, (mode, path, _, _) in ENDS.items()
        }
        for name, (_, _, code, words) in ENDS.items():
            ended, said, memory_kb = jobs[name].result()
            assert (ended, words in said, "Traceback" in said) == (code, True, False), said
            assert memory_kb < MOST_MEMORY_KB, name
