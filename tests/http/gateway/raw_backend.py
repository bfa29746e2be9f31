"""A backend of bare sockets, for exactly the bytes that a test wants to be sent."""

import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

Answer = Callable[[socket.socket], None]


@contextmanager
def raw_backend(*answers: Answer) -> Generator[tuple[str, list[bytes]]]:
    """Serve one connection per answer; yields the origin, and what was asked for as it comes."""
    listener = socket.create_server(("127.0.0.1", 0))
    asked: list[bytes] = []

    def serve() -> None:
        for answer in answers:
            connection, _ = listener.accept()
            with connection:
                asked.append(connection.recv(65536))
                answer(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked
        thread.join(20)
    finally:
        listener.close()


def says(*pieces: bytes) -> Answer:
    """Return an answer that sends these bytes and closes."""
    return lambda connection: connection.sendall(b"".join(pieces))


def response(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Return an answer with a length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def falls_silent(*pieces: bytes) -> Answer:
    """Return an answer that sends these bytes and no more, until the other side closes."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(b"".join(pieces))
        connection.recv(1)

    return answer
