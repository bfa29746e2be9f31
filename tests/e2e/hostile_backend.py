"""A backend that means ill, or is out of order: one small server with some sixty ways to misbehave.

Owns the server and its modes. It runs in a thread of a test, on a stage; or as a program beside the real
command, with the mode and the path that it is for: `python -m tests.e2e.hostile_backend MODE PATH`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import threading
import zlib
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.backends.backend import Offer

CALLBACK, STATUS, CONNECT = "/api/amo-crm/callback", "/api/amo-crm/status", "/connect"
LINK = "foryoure://amo-crm/callback?success=true&state=s"
BUTTON = (
    f"""<button id=go onclick="window.open('{LINK}', '_self')" style="padding: 30px">Return to App</button>"""
)
HOUR_S = 3600.0
Mode = Callable[[asyncio.StreamWriter], Awaitable[None]]


def page(body: str = "", *, head: str = "", headers: str = "", button: str = BUTTON) -> bytes:
    """Return an answer that is a page, correct but for what is given."""
    text = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f"<title>AMO CRM Authorization</title>{head}"
        f"</head><body><h1>✓ Authorization successful!</h1><p>Your AMO CRM account has been successfully "
        f"connected.</p><p>Please tap the button below to return to the app:</p>{button}{body}</body></html>"
    ).encode()
    return answer(text, "text/html; charset=utf-8", headers)


def answer(
    body: bytes, content_type: str = "application/json", headers: str = "", status: str = "200 OK"
) -> bytes:
    """Return a whole answer; `headers` are further lines, each with its end."""
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    )
    return head.encode("latin-1") + body


def script(text: str) -> Mode:
    """Return a page with this script in it."""
    return says(page(f"<script>{text}</script>"))


def says(*pieces: bytes) -> Mode:
    """Return a mode that sends these bytes, and closes."""

    async def mode(writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()

    return mode


def stops(*pieces: bytes) -> Mode:
    """Return a mode that sends these bytes and then nothing, and stays."""

    async def mode(writer: asyncio.StreamWriter) -> None:
        await says(*pieces)(writer)
        await asyncio.sleep(HOUR_S)

    return mode


def repeats(first: bytes, again: bytes, pause_s: float = 0.0) -> Mode:
    """Return a mode that never ends."""

    async def mode(writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        while True:
            writer.write(again)
            await writer.drain()
            await asyncio.sleep(pause_s)

    return mode


def dies(whole: bytes, after: int = 0) -> Mode:
    """Return a mode that sends so many bytes of an answer, and ends the whole process."""

    async def mode(writer: asyncio.StreamWriter) -> None:
        await says(whole[:after])(writer)
        os._exit(7)

    return mode


JSON_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
PAGE_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
CHUNK = b"10000\r\n" + b" " * 0x10000 + b"\r\n"


async def bomb(writer: asyncio.StreamWriter) -> None:
    """Send gzip that becomes four hundred megabytes, a thousand times what is sent."""
    packing = zlib.compressobj(1, wbits=zlib.MAX_WBITS | 16)
    writer.write(JSON_HEAD + b"Content-Encoding: gzip\r\n\r\n")
    for _ in range(400):
        writer.write(packing.compress(b" " * 1_000_000))
        await writer.drain()
    writer.write(packing.flush())


def nonsense(*lines: str, body: bytes = b"") -> Mode:
    """Return a page whose head has these lines in the place of the usual ones."""
    return says("\r\n".join([*lines, "", ""]).encode("latin-1") + (body or BODY))


OK, HTML = "HTTP/1.1 200 OK", "Content-Type: text/html; charset=utf-8"
BODY = page().partition(b"\r\n\r\n")[2]
LENGTH = f"Content-Length: {len(BODY)}"
FOR_EVER = "for (;;);"
DEPARTS = "location.href = 'foryoure://x?' + 'y'.repeat"

VISITS: Mapping[str, Mode] = {
    # what is no answer, or not the whole of one
    "nothing at all": stops(),
    "closes": says(),
    "half a head": stops(b"HTTP/1.1 200 OK\r\nContent-Ty"),
    "a head that drips": repeats(b"HTTP/1.1 200 OK\r\nX: ", b"x", 0.5),
    "hints without end": repeats(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n"),
    "a body that drips": repeats(PAGE_HEAD + b"\r\n<p>", b"x", 0.5),
    "a body that stops": stops(PAGE_HEAD + b"Content-Length: 5000\r\n\r\n<p>and"),
    "chunks without end": repeats(PAGE_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", CHUNK),
    "a body without end": repeats(PAGE_HEAD + b"\r\n", b" " * 0x10000),
    "a bomb": bomb,
    # heads that are not HTTP
    "a name is missing": nonsense(OK, HTML, LENGTH, ": x"),
    "a space before the colon": nonsense(OK, HTML, LENGTH, "X : y"),
    "a signed length": nonsense(OK, HTML, LENGTH.replace(": ", ": +")),
    "two lengths": nonsense(OK, HTML, LENGTH, "Content-Length: 5"),
    "HTTP/1.2": nonsense("HTTP/1.2 200 OK", HTML, LENGTH),
    "status 205": nonsense("HTTP/1.1 205 Reset Content", HTML, LENGTH),
    "status 401": nonsense("HTTP/1.1 401 Unauthorized", HTML, LENGTH, 'WWW-Authenticate: Basic realm="x"'),
    "status 407": nonsense("HTTP/1.1 407 Proxy", HTML, LENGTH, 'Proxy-Authenticate: Basic realm="x"'),
    "status 304": nonsense("HTTP/1.1 304 Not Modified", HTML),
    "status 101": nonsense("HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: upgrade"),
    "chunk extensions": nonsense(
        OK, HTML, "Transfer-Encoding: chunked", body=b'5;a="b"\r\n<p>ok\r\n0\r\n\r\n'
    ),
    "a megabyte of headers": nonsense(OK, HTML, LENGTH, *(f"X-{n}: {'y' * 1000}" for n in range(1000))),
    "an unusable cookie": nonsense(OK, HTML, LENGTH, "Set-Cookie: \xff\xfe=\x01; Domain=[", "Set-Cookie: ="),
    "a location that is no URL": nonsense(
        "HTTP/1.1 302 Found", "Location: http://[::1/x", "Content-Length: 0"
    ),
    "an unusable location": nonsense("HTTP/1.1 302 Found", "Location: http://\x01[:x", "Content-Length: 0"),
    # pages that take the browser for themselves
    "hangs at load": script(FOR_EVER),
    "hangs later": script(f"setTimeout(() => {{ {FOR_EVER} }}, 30000)"),
    "hangs on the tap": script(f"go.onclick = () => {{ {FOR_EVER} }}"),
    "alerts for ever": script("for (;;) alert('again')"),
    "confirms for ever": script("while (!confirm('Sure?'));"),
    "asks for ever": script("while (prompt('Name?') === null);"),
    "prints": script("print(); print()"),
    "prints for ever": script("setInterval(print, 10)"),
    "two thousand departures": script(f"for (let n = 0; n < 2000; n++) {DEPARTS}(1) + n"),
    "ten thousand frames": script(
        "for (let n = 0; n < 10000; n++) { const f = document.createElement('iframe'); "
        "f.src = 'foryoure://' + n; document.body.append(f) }"
    ),
    "a departure of 50 MB": script(f"{DEPARTS}(50e6)"),
    "a departure of 50 MB on the tap": script(f"go.onclick = () => {{ {DEPARTS}(50e6) }}"),
    "eats memory": script("const a = []; for (;;) a.push(new Array(1e6).fill(a.length))"),
    "a large canvas": script(
        "for (let n = 0; n < 40; n++) { const c = document.createElement('canvas'); "
        "c.width = c.height = 8000; document.body.append(c); c.getContext('2d').fillRect(0, 0, 8000, 8000) }"
    ),
    "a large document": script(
        "for (let n = 0; n < 2e6; n++) document.body.append(document.createElement('p'))"
    ),
    "a deep document": says(page("<div>" * 100_000)),
    "reloads": script("location.reload()"),
    "leads to itself": script("location.href = location.href + '&x'"),
    "redirects to itself": nonsense("HTTP/1.1 302 Found", "Location: ?code=c&state=s", "Content-Length: 0"),
    "refreshes": says(page(head='<meta http-equiv="refresh" content="0">')),
    "console without end": script("for (let n = 0; n < 1e5; n++) console.log('x'.repeat(1000))"),
    "history without end": script("for (let n = 0; n < 1e4; n++) history.pushState(n, '', '?' + n)"),
    # pages on which our own scripts could stumble
    "a sandbox": says(page(headers="Content-Security-Policy: sandbox\r\n")),
    "a sandbox with scripts": says(page(headers="Content-Security-Policy: sandbox allow-scripts\r\n")),
    "no scripts": says(page(headers="Content-Security-Policy: default-src 'none'\r\n")),
    "trusted types": says(page(headers="Content-Security-Policy: require-trusted-types-for 'script'\r\n")),
    "changed prototypes": script(
        "for (const [of, names] of [[Array.prototype, ['map', 'filter', 'flatMap', 'find', 'push', 'slice']],"
        " [JSON, ['parse', 'stringify']], [Document.prototype, ['querySelector', 'querySelectorAll']],"
        " [String.prototype, ['replace', 'trim', 'match']], "
        "[Object, ['entries', 'getOwnPropertyDescriptor']], [Promise.prototype, ['then']],"
        " [Element.prototype, ['getAttribute', 'matches', 'getBoundingClientRect']],"
        " [EventTarget.prototype, ['addEventListener', 'dispatchEvent']]])"
        " for (const name of names) of[name] = () => { throw new Error('mine') }"
    ),
    "changed getters": script(
        "for (const name of ['body', 'title', 'documentElement', 'contentType'])"
        " Object.defineProperty(document, name, { get() { throw new Error('mine') } });"
        " Function.prototype.toString = Object.prototype.toString = () => { throw 1 }; window.Promise = null;"
        " window.Event = window.CustomEvent = window.Date = window.performance = null"
    ),
    "changed timers": script("window.setTimeout = window.requestAnimationFrame = window.__pwClock = null"),
    "an empty document": script("document.documentElement.remove()"),
    "writes itself": script("onload = () => { document.open(); document.write('new'); document.close() }"),
    "no page but a picture": says(answer(b"\x89PNG\r\n\x1a\n" + b"x" * 100, "image/png")),
    "frames within frames": script(
        "if (parent === top) { const f = document.createElement('iframe'); "
        "f.src = location; document.body.append(f) }"
    ),
    "a worker that hangs": script("new Worker(URL.createObjectURL(new Blob(['for (;;);'])))"),
    "a fullscreen, a file, a place": script(
        "navigator.geolocation.getCurrentPosition(() => {}); document.body.requestFullscreen()"
    ),
}
"""What the callback may answer."""

CALLS: Mapping[str, Mode] = {
    "nothing at all": stops(),
    "a head that drips": repeats(b"HTTP/1.1 200 OK\r\nX: ", b"x", 0.05),
    "a body that drips": repeats(JSON_HEAD + b"\r\n", b" ", 0.05),
    "a body without end": repeats(JSON_HEAD + b"\r\n", b" " * 0x10000),
    "chunks without end": repeats(JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", CHUNK),
    "hints without end": repeats(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "a bomb": bomb,
    "a gigabyte": stops(JSON_HEAD + b"Content-Length: 1000000000\r\n\r\n{"),
    "deep JSON": says(answer(b'{"connected":' + b"[" * 100_000 + b"]" * 100_000 + b"}")),
    "less deep JSON": says(
        answer(b'{"connected":' + b"[" * 900 + b"]" * 900 + b', "url":' + b"[" * 900 + b"]" * 900 + b"}")
    ),
    "a lone surrogate": says(
        answer(b'{"url": "http://x/?state=\\ud800", "connected": "\\udfff", "leads": ["\\ud800"]}')
    ),
    "a bad URL": says(answer(b'{"url": "http://[::1/?state=s", "connected": true, "leads": []}')),
    "a URL of controls": says(answer(b'{"url": "http://x\\u0000\\u000a/", "connected": true, "leads": []}')),
    "a URL of nobody": says(answer(b'{"url": "http://x/", "connected": true, "leads": []}')),
    "a URL of a closed port": says(
        answer(b'{"url": "http://127.0.0.1:65533/", "connected": true, "leads": []}')
    ),
    "a URL of no name": says(answer(b'{"url": "https://a.invalid/", "connected": true, "leads": []}')),
    "large numbers": says(answer(b'{"url": 1e999, "connected": ' + b"9" * 5000 + b', "leads": -1e999}')),
    "another scheme": says(answer(b"", headers="Location: foryoure://x\r\n", status="302 Found")),
    "an unusable location": says(answer(b"", headers="Location: http://[\r\n", status="302 Found")),
    "a location of controls": says(answer(b"", headers="Location: http://\x7f\xff/\r\n", status="302 Found")),
    "an unusable cookie": says(
        answer(b"{}", headers="Set-Cookie: \xff=\xfe; Path=/\r\nSet-Cookie: a=\x01\r\n")
    ),
    "a cookie for others": says(
        answer(b"{}", headers="Set-Cookie: a=\xc3\xa9\r\nSet-Cookie: a=2; Path=/api\r\n")
    ),
    "not gzip": says(answer(b"nonsense", headers="Content-Encoding: gzip\r\n")),
    "brotli": says(answer(b"nonsense", headers="Content-Encoding: br\r\n")),
    "an odd charset": says(answer(b"{}", "application/json; charset=\xff")),
    "a script's undefined charset": says(answer(b"{}", "application/json; charset=undefined")),
    "a codec of no text": says(answer(b"{}", "application/json; charset=hex")),
    "no charset": says(answer(b"{}", "application/json; charset=unknown-8bit")),
    "a space before the colon": nonsense(OK, "X : y", "Content-Length: 2", body=b"{}"),
    "a signed length": nonsense(OK, "Content-Length: +2", body=b"{}"),
    "two megabytes of headers": nonsense(OK, *(f"X-{n}: {'y' * 1000}" for n in range(2000)), body=b"{}"),
    "status 999": nonsense("HTTP/1.1 999 What", "Content-Length: 2", body=b"{}"),
}
"""What the app's own calls, and the look at readiness, may be answered."""


class HostileBackend:
    """Misbehaves in its own way at each path; a 404 at others. `asked` counts connections."""

    name = "hostile"
    storage_lasts = False
    resets = True
    is_reference = False
    shares_amo_clock = False
    sees_every_host = False
    offers: frozenset[Offer] = frozenset({"callback", "connect", "users", "status", "leads", "calls"})

    def __init__(self, modes: Mapping[str, Mode], otherwise: Mode) -> None:
        self._modes, self._otherwise = modes, otherwise
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.url = ""

    async def serve(self, port: int = 0, *, began: Callable[[], None] = lambda: None) -> None:
        """Serve until cancelled."""
        server = await asyncio.start_server(self._serve_one, "127.0.0.1", port)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        began()
        try:
            await asyncio.Event().wait()
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            for writer in self._writers:
                if writer.get_extra_info("socket").fileno() >= 0:  # what is closed cannot be aborted
                    writer.transport.abort()
            await asyncio.sleep(0)  # a turn of the loop, in which they close

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        with contextlib.suppress(OSError, asyncio.CancelledError, asyncio.IncompleteReadError):
            target = (await reader.readuntil(b"\r\n")).split(b" ")[1].decode()
            await self._modes.get(target.partition("?")[0], self._otherwise)(writer)
        self._tasks.discard(task)
        writer.close()

    def prepare(self, *, patience_s: float) -> None:
        """It has no state."""

    def kill_and_restart(self) -> None:
        """Nobody asks for it."""

    def in_browser(self, url: str) -> str:
        """Return the URL as it is."""
        return url

    def take_defects(self) -> list[str]:
        """It has none."""
        return []


NOT_FOUND = says(answer(b"{}", status="404 Not Found"))


@contextmanager
def hostile_backend(modes: Mapping[str, Mode], otherwise: Mode = NOT_FOUND) -> Generator[HostileBackend]:
    """Yield a running one, in a thread of its own."""
    backend, loop, serves = HostileBackend(modes, otherwise), asyncio.new_event_loop(), threading.Event()
    serving = loop.create_task(backend.serve(began=serves.set))

    def run() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(serving)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    serves.wait(20)
    try:
        yield backend
    finally:
        loop.call_soon_threadsafe(serving.cancel)
        thread.join(20)
        loop.close()


IN_ORDER = "in order"
DIES_AFTER = "dies after "
"""With how many bytes of an answer that was in order."""
CONSENT = "http://localhost/oauth?state=s"


def in_order(path: str, consent_url: str = CONSENT) -> bytes:
    """Return what is correct at this path, as far as `check` asks."""
    calls = {"connected": False, "leads": list[str](), "url": consent_url}
    return page() if path == CALLBACK else answer(json.dumps(calls).encode())


def mode_of(name: str, path: str) -> Mode:
    """Return the way of that name at that path."""
    if name.startswith(DIES_AFTER):
        return dies(in_order(path), int(name.removeprefix(DIES_AFTER)))
    ways = {**CALLS, **VISITS} if path == CALLBACK else {**VISITS, **CALLS}
    return says(in_order(path)) if name == IN_ORDER else ways[name]


def once(is_there: Callable[[], bool], mode: Mode, before: Mode) -> Mode:
    """Return a mode that is another one before."""

    async def chosen(writer: asyncio.StreamWriter) -> None:
        await (mode if is_there() else before)(writer)

    return chosen


def main() -> None:
    """Serve the mode of the command line at its path; everything else is in order, as far as `check` asks."""
    name, path = sys.argv[1:]
    consent_url, since = os.environ.get("CONSENT", CONSENT), os.environ.get("SINCE")
    calls = says(in_order("", consent_url))
    mode, before = mode_of(name, path), says(in_order(path, consent_url))
    modes = {CALLBACK: says(page()), path: once(Path(since).exists, mode, before) if since else mode}
    asyncio.run(HostileBackend(modes, calls).serve(int(os.environ["PORT"])))


if __name__ == "__main__":
    main()
