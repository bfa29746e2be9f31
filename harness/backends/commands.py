"""The commands of `[start]` besides the backend's own: what runs before it, and what runs beside it.

Owns running one to its end within a limit, and the further processes. Each has a supervisor of its own, so
nothing of them outlives the harness. Must not know what a command is for.
"""

import re
import shlex
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from harness.errors import BackendError
from harness.processes.supervised import Supervised
from harness.timeline.current import CurrentRecorder
from harness.timeline.events import BackendOutput
from harness.timeline.recorder import Recorder

LAST_WORDS = 12
LONGEST_WORDS = 300
"""Characters of a line that is repeated to a person, whatever was written."""
MOST_OUTPUT = 1_000_000
"""Characters of all lines that a recording keeps: masking and saving 100 MB would take longer than a run."""
_COLOUR = re.compile("\x1b\\[[0-9;]*m")
CUT_OFF = f"(more than {MOST_OUTPUT:,} characters: what follows is not on the timeline)"


class Output:
    """What a backend and the commands around it write, on the timeline of what is recorded now."""

    def __init__(self, recording: CurrentRecorder) -> None:
        self._recording = recording
        self._recorder: Recorder | None = None
        self._left = 0

    def hear(self, line: str) -> None:
        """Record a line, or once that there is too much."""
        if (recorder := self._recording.now) is not self._recorder:
            self._recorder, self._left = recorder, MOST_OUTPUT
        if self._left > 0:
            self._left -= len(line) + 1
            recorder.record(BackendOutput(line=line if self._left > 0 else CUT_OFF))


@dataclass(frozen=True, slots=True)
class Surrounding:
    """In what a command runs: its directory, its environment, who hears its output, what is masked."""

    cwd: Path
    env: Mapping[str, str]
    hear: Callable[[str], None]
    mask: Callable[[str], str]


def with_last_words(sentence: str, lines: Sequence[str]) -> str:
    """Return a sentence with the last lines of an output below it."""
    if not lines:
        return f"{sentence}. It wrote nothing."
    return "\n".join([f"{sentence}. Its last words:", *(f"  {_shown(line)}" for line in lines)])


def _shown(line: str) -> str:
    """Return a line as a terminal can be given it: without colours, cut, control characters as such."""
    line = _COLOUR.sub("", line)
    cut = line if len(line) <= LONGEST_WORDS else f"{line[:LONGEST_WORDS]}…"
    return "".join(each if each.isprintable() or each == "\t" else repr(each)[1:-1] for each in cut)


def in_words(code: int | None) -> str:
    """Say how a command ended, by its exit code (negative: the signal; None: nobody knows)."""
    if code is None:
        return "ended"
    return f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"


def run_to_its_end(setting: str, command: Sequence[str], around: Surrounding, timeout_s: float) -> None:
    """Run a command; BackendError with its last words where it fails, or does not end in time."""
    program = _Program(f"{setting} `{around.mask(shlex.join(command))}`", around)
    try:
        program.start(command)
        if not program.supervised.wait(timeout_s):
            program.supervised.kill()
            raise program.error(
                f"did not end within {timeout_s:g} s; [start].commands_timeout_s is its limit"
            )
        if program.exit_code != 0:
            raise program.error(in_words(program.exit_code))
    finally:
        program.supervised.close()


class _Program:
    """One command in a supervisor of its own."""

    def __init__(
        self, name: str, around: Surrounding, end: Callable[[int | None], None] | None = None
    ) -> None:
        self.name = name
        self.exit_code: int | None = None
        self._around = around
        self._lines: deque[str] = deque(maxlen=LAST_WORDS)
        self._tell = end
        self.supervised = Supervised(name, hear=self._hear, end=self._end)

    def start(self, command: Sequence[str]) -> None:
        """Start it; BackendError where it cannot be."""
        try:
            self.supervised.start(command, self._around.cwd, self._around.env)
        except OSError as error:
            raise BackendError(f"{self.name} cannot be started: {error}") from error

    def error(self, what: str) -> BackendError:
        """Return the error for what became of it, with its last words."""
        words = [self._around.mask(line) for line in tuple(self._lines)]
        return BackendError(with_last_words(f"{self.name} {what}", words))

    def _hear(self, line: str) -> None:
        self._lines.append(line)
        self._around.hear(line)

    def _end(self, code: int | None) -> None:
        self.exit_code = code
        if self._tell is not None:
            self._tell(code)


class Beside:
    """The further processes of a backend; `ended` hears of each that ended, by its command."""

    def __init__(self, ended: Callable[[str, int | None], None]) -> None:
        self._ended = ended
        self._programs: list[_Program] = []

    @property
    def is_started(self) -> bool:
        """Whether they have been started, and not ended since."""
        return bool(self._programs)

    def start(self, commands: Iterable[Sequence[str]], around: Surrounding) -> None:
        """Start them all; BackendError for one that cannot be."""
        for command in commands:
            name = around.mask(shlex.join(command))
            program = _Program(f"[start].beside `{name}`", around, partial(self._ended, name))
            self._programs.append(program)
            program.start(command)

    def check(self) -> None:
        """Raise BackendError for one that has failed by now; one that has done its work may be over."""
        for each in self._programs:
            if not each.supervised.is_running and each.exit_code != 0:
                raise each.error(f"{in_words(each.exit_code)} before the backend served")

    def stop(self, grace_s: float) -> None:
        """Ask each to end, and end it after a grace period."""
        for each in self._programs:
            each.supervised.stop(grace_s)
        self.close()

    def kill(self) -> None:
        """End each at once."""
        for each in self._programs:
            each.supervised.kill()
        self.close()

    def close(self) -> None:
        """End what is left of them, with their supervisors."""
        while self._programs:
            self._programs.pop().supervised.close()
