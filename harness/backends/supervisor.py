"""A process between the harness and a foreign backend, so that nothing of the backend outlives a run.

Owns the backend's process group, its grandchildren and the temporary directory: all of them end when its
standard input does, which is what the kernel makes of a harness that was killed. Run as a script with the
standard library and `harness.processes.reaper` alone; must know nothing of HTTP, configuration or the
timeline.

Orders come as JSON lines: `{"do": "start", "command", "cwd", "env"}`, `{"do": "stop", "grace_s"}` and
`{"do": "kill"}`. The backend's output passes through on the same pipe as the answers, each on a line of
its own after NUL and the token: `{"ready"}`, `{"started": pid}`, `{"failed": why}`, `{"ended": code}`; so
an answer comes after all that was written before it.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.processes import reaper
else:  # isolated: nothing is found by itself
    sys.path.insert(0, str(Path(__file__).parent.parent / "processes"))
    import reaper


class Supervisor:
    """One backend at a time, started and ended at the harness's word."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._child: subprocess.Popen[bytes] | None = None
        self._waiter = threading.Thread()
        # A grandchild that left the group becomes our child when its parent ends, so it is found.
        reaper.adopt_orphans()

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
                preexec_fn=reaper.ends_with_us(signal.SIGKILL),  # noqa: PLW1509 - no other thread runs now
            )
        except OSError as error:
            self.answer(failed=error.strerror or str(error))
            return
        self.answer(started=self._child.pid)
        self._waiter = threading.Thread(target=self._wait, args=(self._child,), daemon=True)
        self._waiter.start()

    def _signal_group(self, number: signal.Signals) -> None:
        if self._child and self._waiter.is_alive():
            with contextlib.suppress(ProcessLookupError, PermissionError):  # it ended by itself meanwhile
                os.killpg(self._child.pid, number)

    def _wait(self, child: "subprocess.Popen[bytes]") -> None:
        code = child.wait()
        with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody of its group is left
            os.killpg(child.pid, signal.SIGKILL)
        reaper.end_children()
        self.answer(ended=code)


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
