"""Pictures of a web view as PNG files, for the host.

Owns the way from WebKit's snapshot to a file. PyGObject cannot hold a cairo surface without one more of the
distribution's packages, so the surface goes from WebKit's C function to cairo's by its address.
"""

import ctypes

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
