"""A Postgres of its own for a test: a cluster in a short directory, on a Unix socket alone.

Owns its start and its end. Postgres refuses to be root, so root starts it as the user of Debian's package.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.browser.processes import started

READY = "ready to accept connections"
SERVER = ("-c", "listen_addresses=", "-c", "fsync=off", "-c", "logging_collector=off")


def programs() -> Path:
    """Return the directory of the newest `initdb`."""
    return max(Path("/usr/lib/postgresql").glob("*/bin/initdb")).parent


@contextmanager
def own_postgres() -> Generator[Mapping[str, str]]:
    """Yield the variables by which libpq and node-postgres find it."""
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="amo-pg-"))
    if user is not None:
        shutil.chown(folder, user)
    data = folder / "data"
    made = [programs() / "initdb", "-D", data, "-A", "trust", "-U", "amo", "--no-sync", "--locale=C.UTF-8"]
    try:
        subprocess.run(made, user=user, cwd=folder, check=True, capture_output=True)
        command = [programs() / "postgres", "-D", data, "-k", folder, *SERVER]
        with started(
            command, user=user, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as server:
            assert server.stderr is not None
            said = [next(server.stderr, "")]
            while said[-1] and READY not in said[-1]:
                said.append(next(server.stderr, ""))
            assert READY in said[-1], said
            yield {"PGHOST": str(folder), "PGUSER": "amo", "PGDATABASE": "postgres"}
            server.send_signal(signal.SIGINT)
            server.stderr.read()
    finally:
        shutil.rmtree(folder)
