"""The reference with one path that means ill: what stands behind that path can still be judged.

Owns the door before it, one connection a request: a mode of `tests.e2e.hostile_backend` answers at one path,
the reference at all others. A program beside the command: `python -m tests.e2e.hostile_front MODE PATH`.
"""

import asyncio
import contextlib
import os
import re
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import uvicorn

from backend_under_test.__main__ import settings_from
from backend_under_test.app import create_app
from tests.e2e.hostile_backend import IN_ORDER, Mode, mode_of

KEEPS = re.compile(rb"\r\nconnection:[^\r]*", re.IGNORECASE)
CLOSES = b"\r\nConnection: close\r\n\r\n"
MUCH = 0x10000


def start_reference() -> int:
    """Serve the reference from a thread of this process, with which it dies; return its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(settings_from(os.environ)), access_log=False, log_config=None)
    threading.Thread(target=uvicorn.Server(config).run, args=([listener],), daemon=True).start()
    return int(listener.getsockname()[1])


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hand on what comes, to its end."""
    while piece := await reader.read(MUCH):
        writer.write(piece)
        await writer.drain()


async def pass_on(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    """Let the reference answer one request."""
    answers, asks = await asyncio.open_connection("127.0.0.1", port)
    asks.write(KEEPS.sub(b"", head).removesuffix(b"\r\n\r\n") + CLOSES)
    body = asyncio.create_task(copy(reader, asks))
    try:
        await copy(answers, writer)
    finally:
        body.cancel()
        asks.close()


async def serve(path: str, mode: Mode | None, is_there: Callable[[], bool]) -> None:
    """Serve for ever; `mode` answers at its path once it is there, the reference everything else."""
    port = start_reference()

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            target = head.split(b" ")[1].decode("latin-1").partition("?")[0]
            if mode is not None and target == path and is_there():
                await mode(writer)
            else:
                await pass_on(head, reader, writer, port)
        writer.close()

    server = await asyncio.start_server(serve_one, "127.0.0.1", int(os.environ["PORT"]))
    await server.serve_forever()


def main() -> None:
    """Serve what the command line and the environment say; SINCE names a file that begins the mode."""
    name, path = sys.argv[1:]
    mode = None if name == IN_ORDER else mode_of(name, path)
    since = os.environ.get("SINCE")
    asyncio.run(serve(path, mode, Path(since).exists if since else lambda: True))


if __name__ == "__main__":
    main()
