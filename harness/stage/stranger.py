"""Somebody else's host: it notes what a backend sends there in amoCRM's place.

Owns that listener. What was sent is judged by nobody here.
"""

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress

from harness.backends.intercept import zone_of
from harness.backends.ports import longer_ports
from harness.config.settings import ZONES
from harness.timeline.events import TurnedElsewhere
from harness.timeline.recorder import Recorder

LONGEST_REQUEST = 64 * 1024
SILENCE_S = 0.5
"""How long more of a request is waited for."""
TLS_HANDSHAKE = b"\x16"
REFUSAL = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json\r\nContent-Length: 23\r\n"
    b'Connection: close\r\n\r\n{"title": "No such app"}'
)


@contextmanager
def open_stranger(recorder: Recorder, own: str = "") -> Generator[str]:
    """Yield `host:port` of a listener on loopback that records each request as `TurnedElsewhere`.

    It begins with `own`, amoCRM's address, where a port can be had that does (`short_ports`).
    """
    with _listener_that_begins_with(own) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        thread = threading.Thread(target=_serve, args=(listener, address, recorder), daemon=True)
        thread.start()
        try:
            yield address
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _listener_that_begins_with(own: str) -> socket.socket:
    port = own.rpartition(":")[2]
    for each in longer_ports(int(port)) if port.isdigit() else ():
        with suppress(OSError):  # somebody listens there
            return socket.create_server(("127.0.0.1", each))
    return socket.create_server(("127.0.0.1", 0))


def _serve(listener: socket.socket, address: str, recorder: Recorder) -> None:
    while True:
        try:
            connection, _peer = listener.accept()
        except OSError:
            return  # the scenario is over
        with connection:
            _note(connection, address, recorder)


def _note(connection: socket.socket, address: str, recorder: Recorder) -> None:
    connection.settimeout(SILENCE_S)
    received = b""
    try:
        while len(received) < LONGEST_REQUEST and (piece := connection.recv(LONGEST_REQUEST)):
            received += piece
            if received.startswith(TLS_HANDSHAKE) or _is_whole(received):
                break
    except OSError:
        received += b""  # it fell silent or broke off; what came is told
    is_tls = received.startswith(TLS_HANDSHAKE)
    text = "" if is_tls else received.decode("utf-8", "replace")
    recorder.record(TurnedElsewhere(host=address, tls=is_tls, request=text))
    if not is_tls and received:
        connection.sendall(REFUSAL)


def _is_whole(received: bytes) -> bool:
    """Tell whether a request's head and as much body as it announces are there."""
    head, end, body = received.partition(b"\r\n\r\n")
    lengths = [
        line.partition(b":")[2] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
    ]
    length = next((int(value) for value in lengths if value.strip().isdigit()), 0)
    return bool(end) and len(body) >= length


def spellings_of(address: str, own: str, *, names: bool) -> tuple[str, ...]:
    """Return what `referer` may say so that a careless check takes this address for amoCRM's.

    `own` is what it says rightly: a check may look for it at the beginning, at the end, or anywhere. With
    `names` also hosts that only a proxy before every host can see.
    """
    zone = zone_of(own) or ZONES[0]
    known = (
        address,
        f"{address}/.{zone}",
        f"{address}#.{zone}",
        f"{address}?.{zone}",
        f"testaccount.{zone}@{address}",
        f"{own}@{address}",
        f"{address}/{own}",
    )
    return known + ((f"evil{zone}", f"testaccount.{zone}.evil.example") if names else ())
