"""What the host sees of a page: its pixels as PNG files, and what a function in the host's world returns.

Owns the way from WebKit's snapshot to a file. PyGObject cannot hold a cairo surface without one more of the
distribution's packages, so the surface goes from WebKit's C function to cairo's by its address. Owns also
that a function is answered when its page is replaced. Must not import anything but `gi` and the standard
library.
"""

from __future__ import annotations

import ctypes
import hashlib
import struct
import threading
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from gi.repository import GLib, WebKit2

if TYPE_CHECKING:
    from collections.abc import Callable

    from gi.repository import Gio

    Answer = Callable[[dict[str, str]], None]

_webkit = ctypes.CDLL("libwebkit2gtk-4.1.so.0")
_cairo = ctypes.CDLL("libcairo.so.2")

_finish = _webkit.webkit_web_view_get_snapshot_finish
_finish.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
_finish.restype = ctypes.c_void_p
_flush, _destroy = _cairo.cairo_surface_flush, _cairo.cairo_surface_destroy
_data = _cairo.cairo_image_surface_get_data
_sizes = [getattr(_cairo, f"cairo_image_surface_get_{each}") for each in ("width", "height", "stride")]
for _each in (_flush, _destroy, _data, *_sizes):
    _each.argtypes = [ctypes.c_void_p]
_data.restype = ctypes.c_void_p


NOT_TAKEN = "WebKit took none"


class Picture:
    """What `WebView.get_snapshot` has taken; made in its callback, of the two objects that this gets.

    The hash of a GObject is its address (PyGObject). A picture that could not be taken is not `taken`.
    """

    def __init__(self, view: object, result: object) -> None:
        self._surface: int | None = _finish(hash(view), hash(result), None)
        self.taken = self._surface is not None

    def write(self, path: str) -> str:
        """Write it, in any thread, once; return why that did not go well, empty where it did."""
        _flush(self._surface)
        width, height, stride = (each(self._surface) for each in _sizes)
        data: int | None = _data(self._surface)
        try:
            if data is not None:
                pixels = ctypes.string_at(data, stride * height)
                Path(path).write_bytes(_PICTURES.png_of(pixels, width, height, stride))
        except OSError as error:
            return error.strerror or "it cannot be written"
        finally:
            _destroy(self._surface)
        return "" if data is not None else NOT_TAKEN


class Pictures:
    """The latest pictures as PNG files: of those of a run two thirds have been seen before."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._known: dict[tuple[bytes, int, int], bytes] = {}

    def png_of(self, pixels: bytes, width: int, height: int, stride: int) -> bytes:
        """Return pixels (blue, green, red, unused) as a PNG. Any thread may ask."""
        key = (hashlib.sha256(pixels).digest(), width, stride)
        png = self._known.get(key) or _png(pixels, width, height, stride)
        with self._lock:
            self._known.pop(key, None)
            self._known[key] = png
            if len(self._known) > self._most:
                del self._known[next(iter(self._known))]
        return png


_PICTURES = Pictures(100)


def _png(pixels: bytes, width: int, height: int, stride: int) -> bytes:
    """Return pixels as a PNG without filters, a third less for flat pages, deflated as far as zlib goes."""
    rows = bytearray()
    for start in range(0, stride * height, stride):
        row, opaque = pixels[start : start + 4 * width], bytearray(3 * width)
        opaque[0::3], opaque[1::3], opaque[2::3] = row[2::4], row[1::4], row[0::4]
        rows += b"\0" + opaque
    head = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


class Looks:
    """The functions that run in a world of the host's in one view; each is answered.

    An answer is `json`, or `failed` and why. WebKit forgets what a document that is going has still to do: a
    function that it ran there is answered when its promise is collected, which was up to 20 s later.
    """

    def __init__(self, view: WebKit2.WebView, world: str) -> None:
        self._view, self._world = view, world
        self._waiting: dict[int, Answer] = {}
        self._last = 0

    def run(self, body: str, given: GLib.Variant | None, then: Answer) -> None:
        """Run the body of an async function with what is given, by name; its answer goes to `then`."""
        self._last += 1
        number = self._last
        self._waiting[number] = then

        def done(view: WebKit2.WebView, result: Gio.AsyncResult) -> None:
            try:
                value = view.call_async_javascript_function_finish(result)
            except GLib.Error as error:
                self._answer(number, {"failed": error.message})
            else:
                self._answer(number, {"json": value.to_string()})

        self._view.call_async_javascript_function(body, -1, given, self._world, None, None, done)

    def forget_page(self) -> None:
        """Await no answer from the page before: another is shown. To be called when its load is committed."""
        for number in list(self._waiting):
            self._answer(number, {"failed": "the page was replaced"})

    def _answer(self, number: int, answer: dict[str, str]) -> None:
        if (then := self._waiting.pop(number, None)) is not None:
            then(answer)
