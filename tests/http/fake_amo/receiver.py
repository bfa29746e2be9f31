"""A server that notes what amoCRM sends by itself."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from fake_amo.http.serving import Receive, Scope, Send, serve


@dataclass
class Receiver:
    """What came: (method, path with query, headers, body)."""

    url: str = ""
    status: int = 200
    received: list[tuple[str, str, dict[str, str], bytes]] = field(
        default_factory=list[tuple[str, str, dict[str, str], bytes]]
    )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note one request and answer it."""
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        path = f"{scope['path']}?{scope['query_string'].decode()}"
        self.received.append((scope["method"], path, headers, (await receive())["body"]))
        await send({"type": "http.response.start", "status": self.status, "headers": [(b"location", b"/x")]})
        await send({"type": "http.response.body", "body": b""})


@contextmanager
def receiving(status: int = 200) -> Generator[Receiver]:
    """Yield a running receiver."""
    receiver = Receiver(status=status)
    with serve(receiver) as server:
        receiver.url = server.url
        yield receiver
