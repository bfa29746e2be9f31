"""`python -m backend_under_test`: the backend as a process, configured by environment variables.

Owns reading the environment, the listening socket, the ready line and the exit code. Prints log lines to
stdout; the server's access log stays off, as a callback's address holds the code.
"""

import os
import signal
import socket
import sys
from collections.abc import Mapping
from types import FrameType
from typing import Any

import uvicorn

from backend_under_test.app import create_app
from backend_under_test.events import BackendEvent
from backend_under_test.parts import Parts
from backend_under_test.settings import Settings, SettingsError

_GRACE_S = 5


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Settings from AMO_*, DATABASE_URL and APP_SESSIONS. Raises SettingsError.

    APP_SESSIONS is `token:user,token:user`, or `*`: every token is a user's name.
    """
    required = ("AMO_BASE_URL", "AMO_CLIENT_ID", "AMO_CLIENT_SECRET", "AMO_REDIRECT_URI")
    missing = [name for name in required if not environment.get(name)]
    if missing:
        raise SettingsError(f"{', '.join(missing)} not set: give each as an environment variable.")
    optional: dict[str, str | Mapping[str, str]] = {}
    if database_url := environment.get("DATABASE_URL"):
        optional["database_url"] = database_url
    if sessions := environment.get("APP_SESSIONS"):
        optional["sessions"] = _sessions(sessions)
    return Settings(*(environment[name] for name in required), **optional)  # pyright: ignore[reportArgumentType] - one dict, two types


class _Everybody(dict[str, str]):
    """Sessions of whoever comes, each under the token as a name."""

    def get(self, token: str, default: Any = None) -> Any:
        """Return the user of a token; nobody's is empty."""
        return token or default


def _sessions(text: str) -> dict[str, str]:
    if text == "*":
        return _Everybody({"*": "*"})
    pairs = [entry.strip().partition(":") for entry in text.split(",")]
    if not all(token and user for token, _, user in pairs):
        raise SettingsError("APP_SESSIONS must be token:user,token:user.")
    return {token: user for token, _, user in pairs}


def _listen(environment: Mapping[str, str]) -> socket.socket:
    port = environment.get("PORT", "0")
    if not (port.isascii() and port.isdigit() and int(port) < 2**16):
        raise SettingsError(f"PORT {port!r} is no port: give 0 for a free one, or 1 to 65535.")
    # asyncio sets TCP_NODELAY only where the protocol is named; without it an answer on a kept connection
    # waits 40 ms for the client's acknowledgement of its head.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", int(port)))
    except OSError as error:
        listener.close()
        raise SettingsError(f"PORT {port} cannot be used ({error.strerror}): give another, or 0.") from error
    listener.listen(128)
    return listener


def _print_line(event: BackendEvent) -> None:
    if event.kind == "log_line":
        print(event.data["line"], flush=True)  # noqa: T201 - the process's output is its log


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def main(parts: Parts | None = None) -> int:
    """Serve until SIGTERM or SIGINT; 0 then, 2 for a configuration that cannot work."""
    try:
        app = create_app(settings_from(os.environ), parts=parts, on_event=_print_line)
        listener = _listen(os.environ)
    except SettingsError as error:
        print(f"backend_under_test: {error}", file=sys.stderr)  # noqa: T201 - addressed to the user
        return 2
    # uvicorn ends gracefully, then sends itself the signal again: without a handler it would die by it.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    config = uvicorn.Config(app, access_log=False, log_config=None, timeout_graceful_shutdown=_GRACE_S)
    print(f"ready http://127.0.0.1:{listener.getsockname()[1]}", flush=True)  # noqa: T201 - read by who started it
    uvicorn.Server(config).run(sockets=[listener])
    return 0


if __name__ == "__main__":
    sys.exit(main())
