"""The answers that people gave, kept in one file.

Owns the file while the lab is served: every answer is in it before it is thanked for. What a measurement is,
and how such a file is read, is `harness.phone.hosts.measured`'s.
"""

import secrets
import threading
from pathlib import Path

from harness.errors import UsageError
from harness.phone.hosts.measured import MOST_MEASUREMENTS, Measurement, read_measurements, written


class Answers:
    """The answers so far; any thread may add one. UsageError for a file that is none or not to be written.

    Without `at_once` the file is made with the first answer.
    """

    def __init__(self, path: Path, *, at_once: bool = True) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._kept = read_measurements(path) if path.exists() else ()
        if not path.exists():
            if path.is_symlink() or not path.parent.is_dir():
                raise UsageError(f"{path} cannot be written: no file can be there")
            if at_once:
                self._write(())

    @property
    def kept(self) -> tuple[Measurement, ...]:
        """Every answer, in the order given."""
        return self._kept

    def add(self, measurement: Measurement) -> None:
        """Keep one more; UsageError where there are too many, or the file cannot be written."""
        with self._lock:
            if len(self._kept) >= MOST_MEASUREMENTS:
                raise UsageError(f"{self.path} is full: {MOST_MEASUREMENTS} measurements")
            kept = (*self._kept, measurement)
            self._write(kept)
            self._kept = kept

    def _write(self, kept: tuple[Measurement, ...]) -> None:
        beside = self.path.with_name(f".{self.path.name}-{secrets.token_hex(4)}")
        try:
            beside.write_text(written(kept), encoding="utf-8")
            beside.replace(self.path)
        except OSError as problem:
            if beside.exists():
                beside.unlink()
            raise UsageError(f"{self.path} cannot be written: {problem.strerror}") from problem
