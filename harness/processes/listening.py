"""Where a process and what it started listen, as the kernel lists it.

Owns reading Linux's /proc; elsewhere nothing is known. Must know nothing of backends.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

LISTENS = "0A"
"""State of a socket in /proc/net/tcp (include/net/tcp_states.h)."""


def listening_ports(pid: int) -> list[int]:
    """Return the TCP ports that a process and its descendants take connections on, in order."""
    sockets = {link for each in (pid, *_descendants(pid)) for link in _open_files(each)}
    return sorted({port for port, inode in _listeners() if f"socket:[{inode}]" in sockets})


def _descendants(pid: int) -> Iterator[int]:
    for listed in _listed(Path(f"/proc/{pid}/task")):
        with contextlib.suppress(OSError):
            for child in map(int, (listed / "children").read_text().split()):
                yield child
                yield from _descendants(child)


def _open_files(pid: int) -> Iterator[str]:
    for link in _listed(Path(f"/proc/{pid}/fd")):
        with contextlib.suppress(OSError):
            yield str(link.readlink())


def _listed(folder: Path) -> list[Path]:
    """Return what a folder holds; nothing where its process has gone or belongs to somebody else."""
    with contextlib.suppress(OSError):
        return [*folder.iterdir()]
    return []


def _listeners() -> Iterator[tuple[int, str]]:
    """Yield port and inode of each listening socket of this network namespace."""
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
                _, local, _, state, *rest = line.split()
                if state == LISTENS:
                    yield int(local.rpartition(":")[2], 16), rest[5]
