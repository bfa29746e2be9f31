"""What the dashboard's pages are told as it happens: pieces of HTML and where each belongs.

Owns who listens, and that nobody who is slow is waited for. What is told is rendered elsewhere.
"""

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Literal

MOST_WAITING = 2000
"""Pieces that a page may be behind; one that is further is let go, and loads itself again."""
How = Literal["add", "swap", "clear", "over"]


@dataclass(frozen=True, slots=True)
class Piece:
    """One change of the page: HTML that is added to an element, or takes the place of what is in it.

    `over` is the last one: it swaps, and the page asks for no more.
    """

    how: How
    id: str
    html: str = ""

    def encoded(self) -> str:
        """Return it as a server-sent event."""
        return f"event: {self.how}\ndata: {json.dumps({'id': self.id, 'html': self.html})}\n\n"


@dataclass(eq=False, slots=True)
class _Listener:
    loop: asyncio.AbstractEventLoop
    waiting: asyncio.Queue[Piece | None] = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))

    def put(self, piece: Piece | None) -> None:
        """Run in the listener's own loop."""
        if self.waiting.full():
            while not self.waiting.empty():
                self.waiting.get_nowait()
            piece = None
        self.waiting.put_nowait(piece)


class Feed:
    """Tells every page that listens. Any thread may tell; none waits."""

    def __init__(self) -> None:
        self._listeners: tuple[_Listener, ...] = ()
        self._is_closed = False

    def tell(self, *pieces: Piece) -> None:
        """Tell the pages something."""
        for listener in self._listeners:
            for piece in pieces:
                self._put(listener, piece)

    def close(self, *last: Piece) -> None:
        """Tell the last, and let everybody go: whoever serves them can end at once."""
        self._is_closed = True
        for listener in self._listeners:
            for piece in (*last, None):
                self._put(listener, piece)

    async def listen(self) -> AsyncGenerator[str]:
        """Yield server-sent events until the page leaves, is too far behind, or everything ends."""
        listener = _Listener(asyncio.get_running_loop())
        self._listeners = (*self._listeners, listener)
        try:
            yield ": here\n\n"
            if self._is_closed:
                return
            while (piece := await listener.waiting.get()) is not None:
                yield piece.encoded()
        finally:
            self._listeners = tuple(each for each in self._listeners if each is not listener)

    @staticmethod
    def _put(listener: _Listener, piece: Piece | None) -> None:
        if not listener.loop.is_closed():
            listener.loop.call_soon_threadsafe(listener.put, piece)
