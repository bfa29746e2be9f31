"""What plays now, how many there are and how long it will take: one line of a terminal, taken back each time.

Owns that line, and whether a stream shows it and colours. Elsewhere than on a terminal there is none: whoever
prints lines there prints those alone.
"""

import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from harness.runs.shards.recorded import recorded_durations_s
from harness.runs.shards.shard import UNKNOWN_S

BACK = "\r\x1b[K"
"""Takes back what stands on the line."""
LEAST_TO_TELL_S = 1.0
MINUTE_S = 60


class Stream(Protocol):
    """Whatever the console writes to."""

    def isatty(self) -> bool:
        """Tell whether a terminal is behind it."""
        ...

    def write(self, text: str, /) -> int:
        """Write a text."""
        ...

    def flush(self) -> None:
        """Send what was written."""
        ...


def is_coloured(stream: Stream) -> bool:
    """Tell whether signs are coloured there: NO_COLOR forbids it, FORCE_COLOR wants it, a terminal has it."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or takes_back(stream)


def takes_back(stream: Stream) -> bool:
    """Tell whether a line can be taken back there."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


class ProgressLine:
    """The line; where the stream is no terminal, nothing at all."""

    def __init__(
        self,
        stream: Stream,
        durations_s: Callable[[], Mapping[str, float]] = recorded_durations_s,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream, self._now_s = stream, now_s
        self._is_live = takes_back(stream)
        self._durations_s: Mapping[str, float] = durations_s() if self._is_live else {}
        self._coming: Sequence[str] = ()
        self._done: list[str] = []
        self._began_s = now_s()

    def begin(self, names: Sequence[str]) -> None:
        """Show the first of what comes."""
        self._coming, self._began_s = names, self._now_s()
        self.show()

    def go_on(self, name: str) -> None:
        """Take the line back and count what has ended; `show` shows what comes next."""
        self.take_back()
        self._done.append(name)
        self._coming = [each for each in self._coming if each != name]

    def show(self) -> None:
        """Show what plays now."""
        if self._is_live and self._coming:
            room = shutil.get_terminal_size().columns - 1
            self._stream.write(f"{BACK}{self.text[:room]}")
            self._stream.flush()

    def take_back(self) -> None:
        """Leave the line empty for what is printed next."""
        if self._is_live:
            self._stream.write(BACK)
            self._stream.flush()

    @property
    def text(self) -> str:
        """What the line says."""
        number, of = len(self._done) + 1, len(self._done) + len(self._coming)
        left_s = self._left_s()
        left = f", {in_words(left_s)} left" if left_s >= LEAST_TO_TELL_S else ""
        return f"  … {self._coming[0]}  {number} of {of}{left}"

    def _left_s(self) -> float:
        """Return the seconds that are left, as what is done has taken beside its recorded time."""
        done_s, coming_s = self._recorded_s(self._done), self._recorded_s(self._coming)
        return (self._now_s() - self._began_s) * coming_s / done_s if done_s else coming_s

    def _recorded_s(self, names: Sequence[str]) -> float:
        return sum(self._durations_s.get(name, UNKNOWN_S) for name in names)


def in_words(seconds: float) -> str:
    """Return a time as a person says it: `8 s`, `2 min 05 s`."""
    minutes, rest = divmod(round(seconds), MINUTE_S)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
