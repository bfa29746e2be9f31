"""A process between the harness and a foreign backend, so that nothing of the backend outlives a run.

Owns the backend's process group, its grandchildren and the temporary directory: all of them end when its
standard input does, which is what the kernel makes of a harness that was killed. Run as a script with the
standard library and `harness.processes.reaper` alone; must know nothing of HTTP, configuration or the
timeline.

Orders come as JSON lines: `{"do": "start", "command", "cwd", "env", "afterwards"}`, `{"do": "stop",
"grace_s", "for_good"}` and `{"do": "kill", "for_good"}`. The backend's output passes through on the same pipe
as the answers, each on a line of its own after NUL and the token: `{"ready"}`, `{"started": pid}`,
`{"failed": why}`, `{"ended": code}`; so an answer comes after all that was written before it.

`afterwards` is a command with its limit (`{"command", "timeout_s"}`) for what no signal reaches, such as
containers: it is run once the backend has ended for good, also where our input ended, and answered by
`{"left": why}`, empty where nothing was left.
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
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.processes import reaper
else:  # isolated: nothing is found by itself
    sys.path.insert(0, str(Path(__file__).parent))
    import reaper


class Supervisor:
    """One backend at a time, started and ended at the harness's word."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._child: subprocess.Popen[bytes] | None = None
        self._waiter = threading.Thread()
        self._afterwards: dict[str, Any] | None = None
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
                self._afterwards = order["afterwards"] and {**order, **order["afterwards"]}
            case "stop":
                self.end(order["grace_s"], for_good=order["for_good"])
            case _:
                self.end(for_good=order["for_good"])

    def end(self, grace_s: float = 0.0, *, for_good: bool = True) -> None:
        """End the whole group, at once or after having asked it to and waited; then what it may leave."""
        if grace_s:
            self._signal_group(signal.SIGTERM)
            self._waiter.join(grace_s)
        self._signal_group(signal.SIGKILL)
        if self._child:
            self._waiter.join()
        if for_good and self._afterwards is not None:
            left, self._afterwards = self._run(self._afterwards), None
            self.answer(left=left)

    def _run(self, order: dict[str, Any]) -> str:
        """Run a command to its end, or to its limit; returns why it failed."""
        try:
            child = _spawn(order["command"], order["cwd"], order["env"], subprocess.PIPE)
        except OSError as error:
            return f"cannot be started: {error.strerror or error}"
        passing_on = threading.Thread(target=_pass_on, args=(child.stdout,), daemon=True)
        passing_on.start()
        try:
            code = child.wait(order["timeout_s"])
        except subprocess.TimeoutExpired:
            return f"did not end within {order['timeout_s']:g} s"
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody of its group is left
                os.killpg(child.pid, signal.SIGKILL)
            reaper.end_children()
            passing_on.join()
        return f"ended with exit code {code}" if code else ""

    def _start(self, command: list[str], cwd: str, env: dict[str, str]) -> None:
        try:
            self._child = _spawn(command, cwd, env)
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


def _pass_on(output: "IO[bytes]") -> None:
    """Write on what a command says while somebody reads it: one that cannot write would end half-way."""
    with output:
        for line in output:
            with contextlib.suppress(BrokenPipeError):
                os.write(1, line)


def _spawn(
    command: list[str], cwd: str, env: dict[str, str], stdout: int | None = None
) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=reaper.ends_with_us(signal.SIGKILL),  # noqa: PLW1509 - no other thread runs now
    )


def main() -> int:
    """Serve orders until the harness closes our input or dies; then leave nothing behind."""
    token, directory = sys.argv[1:]
    Path(directory).mkdir(mode=0o700)
    try:
        # Who ends a whole service by SIGTERM ends the harness, and the end of our input follows; a handler,
        # as a signal that is ignored would be so in what we start.
        signal.signal(signal.SIGTERM, lambda _number, _frame: None)
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
