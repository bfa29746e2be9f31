"""What the host sees of a page: its pixels as PNG files, and what a function in the host's world returns.

Owns the way from WebKit's snapshot to a file. PyGObject cannot hold a cairo surface without one more of the
distribution's packages, so the surface goes from WebKit's C function to cairo's by its address. Owns also
that a function is answered when its page is replaced. Must not import anything but `gi` and the standard
library.
"""

from __future__ import annotations

import ctypes
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
_write = _cairo.cairo_surface_write_to_png
_write.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
_destroy = _cairo.cairo_surface_destroy
_destroy.argtypes = [ctypes.c_void_p]


class Picture:
    """What `WebView.get_snapshot` has taken; made in its callback, of the two objects that this gets.

    The hash of a GObject is its address (PyGObject). A picture that could not be taken is not `taken`.
    """

    def __init__(self, view: object, result: object) -> None:
        self._surface: int | None = _finish(hash(view), hash(result), None)
        self.taken = self._surface is not None

    def write(self, path: str) -> bool:
        """Write it, in any thread, once; return whether that went well."""
        status: int = _write(self._surface, path.encode())
        _destroy(self._surface)
        return status == 0


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
