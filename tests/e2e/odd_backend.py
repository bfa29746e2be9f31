"""A backend of bare sockets on a stage: it answers each path with exactly the bytes that a test gives it."""

import socket
import threading
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager

from harness.backends.backend import Offer
from harness.errors import BackendError

Pieces = Iterable[bytes]


class OddBackend:
    """Answers by path, what is not listed by `otherwise`. Closes after each answer."""

    name = "odd"
    storage_lasts = False
    resets = True
    is_reference = False
    shares_amo_clock = False
    sees_every_host = False
    offers: frozenset[Offer] = frozenset({"connect", "users", "status", "leads"})

    def __init__(self, answers: Mapping[str, Pieces], otherwise: Pieces) -> None:
        self._answers, self._otherwise = answers, otherwise
        self._listener = socket.create_server(("127.0.0.1", 0))

    @property
    def url(self) -> str:
        """The backend's origin."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def serve(self) -> None:
        """Take connections until the listener is closed."""
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            target = connection.recv(65536).split(b" ")[1].decode()
            try:
                for piece in self._answers.get(target.partition("?")[0], self._otherwise):
                    connection.sendall(piece)
            except OSError:
                return  # the gateway has left

    def prepare(self, *, patience_s: float) -> None:
        """It has no state."""

    def kill_and_restart(self) -> None:
        """It serves no more, as a backend that finds its own pid file."""
        raise BackendError("odd ended before it served")

    def in_browser(self, url: str) -> str:
        """Return the URL as it is."""
        return url

    def take_defects(self) -> list[str]:
        """It has none."""
        return []

    def close(self) -> None:
        """Take no more connections."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


NOT_FOUND: Pieces = [b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"]


@contextmanager
def odd_backend(answers: Mapping[str, Pieces], otherwise: Pieces = NOT_FOUND) -> Generator[OddBackend]:
    """Yield a running one."""
    backend = OddBackend(answers, otherwise)
    thread = threading.Thread(target=backend.serve, daemon=True)
    thread.start()
    try:
        yield backend
    finally:
        backend.close()
        thread.join(20)


def answer(
    body: bytes, content_type: str = "text/html; charset=utf-8", status: str = "200 OK", **more: str
) -> bytes:
    """Return an answer with a length; `more` are headers, with _ for -."""
    headers = {"Content-Type": content_type, "Content-Length": str(len(body))}
    headers |= {name.replace("_", "-"): value for name, value in more.items()}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode() + body
