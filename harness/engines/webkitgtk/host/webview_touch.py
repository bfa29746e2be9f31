"""A touch screen and a finger on it, where the machine has neither.

Owns what the seat says of itself (a touch screen and no mouse, as a phone), so that WebKit tells pages
`(pointer: coarse)`, `(hover: none)` and `ontouchstart` itself, in style sheets and scripts; and the two
events of a short tap, GDK_TOUCH_BEGIN and GDK_TOUCH_END. From these WebKit makes the rest, as iOS does:
touchstart, touchend, then pointer and mouse events and the click. ctypes, because PyGObject can neither fill
these events nor derive a seat from GDK's. Must not import anything but `gi` and the standard library: it is
part of `webview_host.py`.
"""

from __future__ import annotations

import ctypes
import time
from typing import TYPE_CHECKING

from gi.repository import Gdk, GLib, Gtk

if TYPE_CHECKING:
    from collections.abc import Callable

    from gi.repository import GObject, WebKit2

    Asked = dict[str, object]
    Done = Callable[[Asked], object]

HELD_MS = 10  # how long the finger stays, at least: any tap is short for the page, and the test waits
HEARD_TURNS = 3  # the page has had `touchstart`, and what that asked for has been reported
HELD_AT_MOST_MS = 5000  # on a page that is busy
LONG = 4  # times that, for a finger that is held
# GdkSeatClass of GTK 3 (gdkseatprivate.h): GObjectClass, device_added, _removed, _changed, then it.
GET_CAPABILITIES = 17 + 3
TOUCH_SCREEN = int(Gdk.SeatCapabilities.TOUCH | Gdk.SeatCapabilities.KEYBOARD)
SEQUENCE = 1  # names the finger between its two events; any pointer but null, never followed

_PyCapsule_GetPointer = ctypes.pythonapi.PyCapsule_GetPointer
_PyCapsule_GetPointer.restype = ctypes.c_void_p
_PyCapsule_GetPointer.argtypes = (ctypes.py_object, ctypes.c_char_p)
_gdk = ctypes.CDLL("libgdk-3.so.0")
_gtk = ctypes.CDLL("libgtk-3.so.0")
_gobject = ctypes.CDLL("libgobject-2.0.so.0")


class _TouchEvent(ctypes.Structure):
    """`GdkEventTouch` of GTK 3, field by field."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("window", ctypes.c_void_p),
        ("send_event", ctypes.c_int8),
        ("time", ctypes.c_uint32),
        ("x", ctypes.c_double),
        ("y", ctypes.c_double),
        ("axes", ctypes.c_void_p),
        ("state", ctypes.c_uint),
        ("sequence", ctypes.c_void_p),
        ("emulating_pointer", ctypes.c_int),
        ("device", ctypes.c_void_p),
        ("x_root", ctypes.c_double),
        ("y_root", ctypes.c_double),
    )


def _function(library: ctypes.CDLL, name: str, result: object, *arguments: object) -> Callable[..., object]:
    """Return a C function with its types declared: pointers must not be cut to 32 bits."""
    function = getattr(library, name)
    function.restype, function.argtypes = result, arguments
    return function


_event_new = _function(_gdk, "gdk_event_new", ctypes.POINTER(_TouchEvent), ctypes.c_int)
_event_free = _function(_gdk, "gdk_event_free", None, ctypes.POINTER(_TouchEvent))
_set_device = _function(_gdk, "gdk_event_set_device", None, ctypes.POINTER(_TouchEvent), ctypes.c_void_p)
_set_source = _function(
    _gdk, "gdk_event_set_source_device", None, ctypes.POINTER(_TouchEvent), ctypes.c_void_p
)
_do_event = _function(_gtk, "gtk_main_do_event", None, ctypes.POINTER(_TouchEvent))
_ref = _function(_gobject, "g_object_ref", ctypes.c_void_p, ctypes.c_void_p)

_ASKED = ctypes.CFUNCTYPE(ctypes.c_uint, ctypes.c_void_p)
_answer = _ASKED(lambda _seat: TOUCH_SCREEN)  # kept: C code calls it for as long as this process lives


def have_touch_screen(display: Gdk.Display) -> bool:
    """Have the seat of `display` say that it has a touch screen and no mouse; return whether it does now.

    To be called before the first web view is made. The function is replaced in the class itself.
    """
    seat = display.get_default_seat()
    its_class = ctypes.cast(address(seat), ctypes.POINTER(ctypes.c_void_p))[0]
    slots = ctypes.cast(its_class, ctypes.POINTER(ctypes.c_void_p))
    before = slots[GET_CAPABILITIES]
    slots[GET_CAPABILITIES] = ctypes.cast(_answer, ctypes.c_void_p).value
    if int(seat.get_capabilities()) == TOUCH_SCREEN:
        return True
    slots[GET_CAPABILITIES] = before  # another GTK than the one that this was written for
    return False


def touch(
    view: WebKit2.WebView, where: Asked, then: Callable[[], None], order: Callable[[Asked, Done], None]
) -> None:
    """Put a finger on a point of the view (`x`, `y`: CSS px), lift it a little later, then call `then`.

    Before it is lifted it is drawn up by `up_px`, in steps, and stays for `held_ms` of page time, by `order`.

    The finger stays until the page has had its `touchstart`: what happens before `then` came from that alone.
    `then` says that both events are with WebKit, not that the page has had the second. It is called too when
    the view was destroyed meanwhile. There is one finger: the next tap begins after `then`.
    """
    x, y, up_px, held_ms = (float(str(where[name])) for name in ("x", "y", "up_px", "held_ms"))
    down = True
    Gtk.Settings.get_default().set_property(
        "gtk-long-press-time", 2 * HELD_AT_MOST_MS * LONG
    )  # never a long press

    def lift() -> bool:
        nonlocal down
        if down:
            down = False
            if at_most:
                GLib.source_remove(at_most)
            _deliver(view, Gdk.EventType.TOUCH_END, x, y - up_px)
            then()
        return GLib.SOURCE_REMOVE

    def lift_at_last() -> bool:
        nonlocal at_most
        at_most = 0
        return lift()

    def lift_when_heard(turns: int) -> bool:
        # Answers come in the order of what the page is sent; no script runs that would feign a gesture.
        if view.get_window() is None or (turns == 0 and not held_ms):
            return lift()
        if turns == 0 and held_ms:
            order({"do": "advance", "ms": round(held_ms)}, lambda _: lift())
            return GLib.SOURCE_REMOVE
        if up_px:
            done = (HEARD_TURNS - turns + 1) / HEARD_TURNS
            _deliver(view, Gdk.EventType.TOUCH_UPDATE, x, y - done * up_px)
        view.can_execute_editing_command("Copy", None, lambda *_: lift_when_heard(turns - 1))
        return GLib.SOURCE_REMOVE

    _deliver(view, Gdk.EventType.TOUCH_BEGIN, x, y)
    GLib.timeout_add(HELD_MS, lift_when_heard, HEARD_TURNS)
    at_most: int = GLib.timeout_add(HELD_AT_MOST_MS * (LONG if held_ms else 1), lift_at_last)


def _deliver(view: WebKit2.WebView, kind: Gdk.EventType, x: float, y: float) -> None:
    """Hand one event to GTK; none to a view without a window, which is one that was destroyed."""
    window: Gdk.Window | None = view.get_window()
    if window is None:
        return
    pointer = address(window.get_display().get_default_seat().get_pointer())
    _, left, top = window.get_origin()
    event = _event_new(int(kind))
    fields = event.contents  # type: ignore[attr-defined]
    fields.window = _ref(address(window))  # gdk_event_free lets go of it
    fields.time = time.monotonic_ns() // 1_000_000 & 0xFFFFFFFF
    fields.x, fields.y = x, y
    fields.x_root, fields.y_root = left + x, top + y
    fields.sequence = SEQUENCE
    _set_device(event, pointer)  # an event without a device, or without a sequence, ends the page's process
    _set_source(event, pointer)
    try:
        _do_event(event)
    finally:
        fields.sequence = None  # not ours to free
        _event_free(event)


def address(thing: GObject.Object) -> int:
    """Return where the C object is."""
    return _PyCapsule_GetPointer(thing.__gpointer__, None)
