"""A process between the harness and a foreign backend, so that nothing of the backend outlives a run.

Owns the backend's process group, its grandchildren and the temporary directory: all of them end when its
standard input does, which is what the kernel makes of a harness that was killed. Run as a script with the
standard library alone; must know nothing of HTTP, configuration or the timeline.

Orders come as JSON lines: `{"do": "start", "command", "cwd", "env"}`, `{"do": "stop", "grace_s"}` and
`{"do": "kill"}`. The backend's output passes through on the same pipe as the answers, each on a line of
its own after NUL and the token: `{"ready"}`, `{"started": pid}`, `{"failed": why}`, `{"ended": code}`; so
an answer comes after all that was written before it.
"""

import contextlib
import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
SWEEP_TIMEOUT_S = 5.0
SWEEP_PAUSE_S = 0.002


def process_control() -> Callable[[int, int], int] | None:
    """Return Linux's `prctl`, or None where there is none and the process group has to suffice."""
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None, use_errno=True)
    return lambda option, value: library.prctl(option, value, 0, 0, 0)


class Supervisor:
    """One backend at a time, started and ended at the harness's word."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._prctl = process_control()
        self._child: subprocess.Popen[bytes] | None = None
        self._waiter = threading.Thread()
        if self._prctl:
            # A grandchild that left the group becomes our child when its parent ends, so it is found.
            self._prctl(PR_SET_CHILD_SUBREAPER, 1)

    def answer(self, **answer: Any) -> None:
        """Tell the harness; it may be gone already, which the end of our input says soon."""
        with contextlib.suppress(BrokenPipeError):
            os.write(1, f"\n\0{self._token} {json.dumps(answer)}\n".encode())

    def obey(self, order: dict[str, Any]) -> None:
        """Carry out one order."""
        match order["do"]:
            case "start":
                self._start(order["command"], order["cwd"], order["env"])
            case "stop":
                self.end(order["grace_s"])
            case _:
                self.end()

    def end(self, grace_s: float = 0.0) -> None:
        """End the whole group: at once, or after having asked it to and waited."""
        if grace_s:
            self._signal_group(signal.SIGTERM)
            self._waiter.join(grace_s)
        self._signal_group(signal.SIGKILL)
        if self._child:
            self._waiter.join()

    def _start(self, command: list[str], cwd: str, env: dict[str, str]) -> None:
        try:
            self._child = subprocess.Popen(
                command,
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=self._die_with_us if self._prctl else None,  # noqa: PLW1509 - no other thread runs now
            )
        except OSError as trouble:
            self.answer(failed=trouble.strerror or str(trouble))
            return
        self.answer(started=self._child.pid)
        self._waiter = threading.Thread(target=self._wait, args=(self._child,), daemon=True)
        self._waiter.start()

    def _die_with_us(self) -> None:
        if self._prctl:
            self._prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    def _signal_group(self, number: signal.Signals) -> None:
        if self._child and self._waiter.is_alive():
            with contextlib.suppress(ProcessLookupError, PermissionError):  # it ended by itself meanwhile
                os.killpg(self._child.pid, number)

    def _wait(self, child: "subprocess.Popen[bytes]") -> None:
        code = child.wait()
        with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody of its group is left
            os.killpg(child.pid, signal.SIGKILL)
        sweep()
        self.answer(ended=code)


def sweep() -> None:
    """Kill and reap every process that has become our child, until there is none."""
    deadline = time.monotonic() + SWEEP_TIMEOUT_S
    while time.monotonic() < deadline:
        for pid in orphans():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            reaped, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not reaped:
            time.sleep(SWEEP_PAUSE_S)


def orphans() -> list[int]:
    """Return the ids of our children, where the system lists them."""
    lists = Path("/proc/self/task").glob("*/children")
    return [int(pid) for listed in lists for pid in listed.read_text().split()]


def main() -> int:
    """Serve orders until the harness closes our input or dies; then leave nothing behind."""
    token, directory = sys.argv[1:]
    Path(directory).mkdir(mode=0o700)
    try:
        supervisor = Supervisor(token)
        supervisor.answer(ready=True)
        for line in sys.stdin.buffer:
            supervisor.obey(json.loads(line))
        supervisor.end()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
