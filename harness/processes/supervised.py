"""The harness's side of a supervisor: one command at a time, its output line by line, its end.

Owns the supervisor process and the thread that reads from it. Must know nothing of HTTP, configuration or
the timeline: it calls back with each line and with each end.
"""

import contextlib
import json
import os
import queue
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness.errors import HarnessError

SUPERVISOR = Path(__file__).with_name("supervisor.py")
ANSWER_TIMEOUT_S = 15.0
LONGEST_LINE = 65536


class _LostError(HarnessError):
    def __init__(self, name: str) -> None:
        super().__init__(f"the supervisor of {name} was ended from outside")


@dataclass(frozen=True, slots=True)
class Afterwards:
    """A command for what a backend leaves behind that no signal reaches, and its limit in seconds."""

    command: tuple[str, ...]
    timeout_s: float


@contextlib.contextmanager
def passing_folder() -> Generator[Path]:
    """Yield a temporary folder that goes at the block's end, or with this process, however that ends."""
    supervised = Supervised("a temporary folder", hear=_ignore, end=_ignore)
    try:
        yield supervised.directory
    finally:
        supervised.close()


def _ignore(told: str | int | None) -> None:
    """Nothing is started in it that could say anything."""


class Supervised:
    """A running supervisor; `close` ends it with everything that it started.

    `directory` exists while it runs, and goes with it. `hear` is called with each line of output that is
    not empty, `end` with the exit code of a command (negative: the signal; None: unknown, because the
    supervisor itself was killed) after its last line; both from another thread.
    """

    def __init__(self, name: str, *, hear: Callable[[str], None], end: Callable[[int | None], None]) -> None:
        self._name = name
        self._hear = hear
        self._end = end
        self._ended = threading.Event()
        self._ended.set()
        self._pid = 0
        self._owed: Afterwards | None = None
        self._surrounding: tuple[Path, dict[str, str]] = (Path(), {})
        self._answers: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._mark = f"\0{(token := secrets.token_hex(16))} ".encode()
        self.directory = Path(tempfile.gettempdir(), f"amo-harness-{secrets.token_hex(8)}")
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(SUPERVISOR), token, str(self.directory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={},
            start_new_session=True,
        )
        assert process.stdin and process.stdout  # noqa: S101, PT018 - both were opened as pipes
        self._process, self._orders, self._output = process, process.stdin, process.stdout
        self._reader = threading.Thread(target=self._read, name=f"output of {name}", daemon=True)
        self._reader.start()
        self._answer()

    @property
    def is_running(self) -> bool:
        """Whether a command has been started and has not ended."""
        return not self._ended.is_set()

    @property
    def owes(self) -> bool:
        """Whether a command has still to be ended for good: it runs, or has left something behind."""
        return self.is_running or self._owed is not None

    def start(
        self, command: Sequence[str], cwd: Path, env: Mapping[str, str], afterwards: Afterwards | None = None
    ) -> int:
        """Start a command in a session of its own; returns its process id. OSError says why it cannot be.

        `afterwards` is run in the same directory and environment once the command has ended for good,
        whoever ends it.
        """
        owed = asdict(afterwards) if afterwards else None
        self._order(
            {"do": "start", "command": [*command], "cwd": str(cwd), "env": {**env}, "afterwards": owed}
        )
        self._owed, self._surrounding = afterwards, (cwd, {**env})
        answer = self._answer()
        if "failed" in answer:
            raise OSError(answer["failed"])
        self._pid = int(answer["started"])
        return self._pid

    def stop(self, grace_s: float, *, for_good: bool = True) -> str:
        """Ask the command's group to end, and end it after a grace period.

        Returns why what was to be run afterwards failed; it is run where the end is for good.
        """
        order = {"do": "stop", "grace_s": grace_s, "for_good": for_good}
        return self._end_by(order, grace_s + ANSWER_TIMEOUT_S)

    def kill(self) -> str:
        """End the command's group at once; returns the same."""
        return self._end_by({"do": "kill", "for_good": True}, ANSWER_TIMEOUT_S)

    def wait(self, timeout_s: float) -> bool:
        """Wait for the command's end; tells whether it came."""
        return self._ended.wait(timeout_s)

    def close(self) -> None:
        """End the supervisor, what it started, and its directory."""
        with contextlib.suppress(BrokenPipeError):  # it was ended from outside; its exit code says so below
            self._orders.close()
        if self._process.wait():
            self._clean_up_in_its_place()
        self._reader.join(ANSWER_TIMEOUT_S)
        if not self._reader.is_alive():
            self._output.close()

    def _clean_up_in_its_place(self) -> None:
        if self._pid and self.is_running:
            with contextlib.suppress(ProcessLookupError):  # the kernel has ended it with its supervisor
                os.killpg(self._pid, signal.SIGKILL)
        if self._owed is not None:
            self._end_what_is_left(self._owed)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _end_what_is_left(self, owed: Afterwards) -> None:
        cwd, env = self._surrounding
        nowhere = subprocess.DEVNULL
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):  # of its supervisor's end is told
            subprocess.run(
                owed.command,
                cwd=cwd,
                env=env,
                stdin=nowhere,
                stdout=nowhere,
                stderr=nowhere,
                timeout=owed.timeout_s,
                check=False,
            )

    def _end_by(self, order: Mapping[str, Any], timeout_s: float) -> str:
        with contextlib.suppress(_LostError):  # the kernel has ended the command with its supervisor
            self._order(order)
        if not self._ended.wait(timeout_s):
            raise HarnessError(f"{self._name} does not end, not even when killed")
        if self._owed is None or not order["for_good"]:
            return ""
        left = str(self._answer(self._owed.timeout_s + ANSWER_TIMEOUT_S)["left"])
        self._owed = None
        return left

    def _order(self, order: Mapping[str, Any]) -> None:
        try:
            self._orders.write(json.dumps(order).encode() + b"\n")
            self._orders.flush()
        except BrokenPipeError as error:
            raise _LostError(self._name) from error

    def _answer(self, timeout_s: float = ANSWER_TIMEOUT_S) -> dict[str, Any]:
        try:
            answer = self._answers.get(timeout=timeout_s)
        except queue.Empty as error:
            raise HarnessError(f"the supervisor of {self._name} does not answer") from error
        if "lost" in answer:
            raise _LostError(self._name)
        return answer

    def _read(self) -> None:
        """Take the output line by line, the supervisor's answers among it, until the pipe closes."""
        while line := self._output.readline(LONGEST_LINE):
            if line.startswith(self._mark):
                self._take(json.loads(line.removeprefix(self._mark)))
            elif said := line.decode("utf-8", errors="replace").rstrip("\r\n"):
                self._hear(said)
        self._note_the_end(None)
        self._answers.put({"lost": True})

    def _take(self, answer: dict[str, Any]) -> None:
        if "ended" in answer:
            self._note_the_end(int(answer["ended"]))
            return
        if "started" in answer:
            self._ended.clear()  # here, in the order of the pipe: its end may be the next thing to be read
        self._answers.put(answer)

    def _note_the_end(self, code: int | None) -> None:
        if self.is_running:
            self._end(code)
            self._ended.set()
