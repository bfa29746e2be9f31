"""How a worker process begins, each time in a process of its own: a test run has threads of many kinds."""

import subprocess
import sys

import pytest

ALONE = ""
LISTENING = "from harness.processes.interruption import INTERRUPTION; INTERRUPTION.listen()"
AT_WORK = "import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()"
ASKED = "from harness.processes.beginning import worker_context; print(worker_context().get_start_method())"
COPIED = """
import os, signal
from harness.processes.beginning import beginning
from harness.processes.interruption import INTERRUPTION, leave_it_to_the_parent
INTERRUPTION.listen()
with beginning():
    pid = os.fork()
    if not pid:
        leave_it_to_the_parent()
        os._exit(signal.set_wakeup_fd(-1) != -1)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""


def said_by(script: str) -> str:
    """Return what a Python of its own prints; it may say nothing on standard error."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout.strip()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a copy cannot use the system's libraries")
@pytest.mark.parametrize(
    ("before", "way"),
    [
        pytest.param(ALONE, "fork", id="alone"),
        pytest.param(LISTENING, "fork", id="listens-for-signals"),
        pytest.param(AT_WORK, "spawn", id="another-thread"),
    ],
)
def test_only_a_process_that_does_nothing_else_is_copied(before: str, way: str) -> None:
    """What another thread has locked would stay locked in the copy."""
    assert said_by(f"{before}\n{ASKED}") == way


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there are no copies")
def test_a_copy_tells_its_parents_thread_of_no_signal() -> None:
    """The pipe that wakes that thread is in the copy too."""
    assert said_by(COPIED) == "0"
