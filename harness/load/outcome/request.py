"""What was asked of a run of load, as a value.

Owns its defaults, and the sentences for what cannot be. The words of the command line are elsewhere.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from harness.load.driving.plan import Shape

LOOPBACK = "127.0.0.1"
MOST_USERS, LONGEST_MINUTES, PORTS_END = 19_000, 10_000, 65_536
EVERYWHERE = frozenset({"", "*", "0.0.0.0", "::", "[::]"})


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """One run of load."""

    backend: Path | None = None
    """None: the built-in reference."""
    shape: Shape = "steady"
    users: int = 50
    minutes: float = 1.0
    people: int | None = None
    """How many users the backend knows: `test`, `test-2` and so on; None: whoever comes."""
    instances: int | None = None
    """How many of the backend; None: what its configuration says."""
    processes: int = 0
    """How many of Locust's on this machine; 0: one that does everything."""
    workers: int = 0
    """How many workers are waited for, from whatever machine."""
    master: str = LOOPBACK
    """The address that they come to."""
    master_port: int = 5557
    locustfile: Path | None = None
    max_p95_ms: float | None = None
    strict: bool = False
    fault: str = ""
    """A seeded fault of the reference backend, by its id."""

    def check(self) -> None:
        """Raise UsageError for what cannot be played."""
        wrong = next(self._wrong(), None)
        if wrong is not None:
            raise UsageError(wrong)

    def _wrong(self) -> Iterator[str]:
        if not 1 <= self.users <= MOST_USERS:
            yield f"--users {self.users}: give 1 to {MOST_USERS}"
        if not 0 < self.minutes <= LONGEST_MINUTES:
            yield f"--minutes {self.minutes:g}: give more than 0, and at most {LONGEST_MINUTES}"
        if self.people is not None and self.people < self.users:
            yield f"--people {self.people}: fewer than --users {self.users}; nobody is two users at once"
        if self.instances is not None and self.instances < 1:
            yield f"--instances {self.instances}: give 1 or more"
        if self.locustfile is not None and not self.locustfile.is_file():
            yield f"--locustfile {self.locustfile}: there is no such file"
        if self.max_p95_ms is not None and not self.max_p95_ms > 0:
            yield f"--max-p95 {self.max_p95_ms:g}: give milliseconds above 0"
        yield from self._wrong_with_workers()

    def _wrong_with_workers(self) -> Iterator[str]:
        for flag, number in (("--processes", self.processes), ("--workers", self.workers)):
            if number < 0:
                yield f"{flag} {number} is no number of processes: give 0 or more"
        if self.processes and self.workers:
            yield "--processes are this machine's own workers: give them or --workers"
        if self.master in EVERYWHERE:
            yield "--master needs one address of this machine's: it is never bound to all of them"
        if not 0 < self.master_port < PORTS_END:
            yield f"--master-port {self.master_port} is no port: give 1 to {PORTS_END - 1}"

    def document(self) -> Mapping[str, Any]:
        """Return it as results.json has it."""
        return {
            name: str(value) if isinstance(value, Path) else value for name, value in asdict(self).items()
        }
