"""Free ports for processes that bind by themselves.

Owns the choice alone. A port that is free now can be taken before the backend binds it, and no call
prevents that; so ports are drawn at random from below the ranges that systems hand out by themselves,
and `harness.backends.process` takes another one when the backend says that its port is in use.
"""

import random
import socket

from harness.errors import HarnessError

LOWEST, HIGHEST = 20000, 32000
ATTEMPTS = 100


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on; HarnessError when none was found."""
    chooser = random.SystemRandom()
    for _ in range(ATTEMPTS):
        port = chooser.randrange(LOWEST, HIGHEST)
        with socket.socket() as probe:
            # As servers do: a closed connection that the kernel still remembers does not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise HarnessError(f"no free port between {LOWEST} and {HIGHEST} on 127.0.0.1; end what listens there")


def is_listened_on(host: str, port: int) -> bool:
    """Tell whether a connection to the port is accepted."""
    try:
        with socket.create_connection((host, port), timeout=1.0):
            return True
    except OSError:
        return False
