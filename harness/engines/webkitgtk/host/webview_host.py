"""The phone's browser: a small program around WebKitGTK's `WebView`, as a host app is around iOS's WebKit.

Owns: the process, its inspector, its commands and its events; what a tab does is `webview_tab.py`'s.
Must not judge anything, and must not import anything but `gi`, the standard library and its own
parts `webview_*.py`: it runs on the system's Python, started by `webview_guard.py`.

Standard input: one JSON command a line, `{"do": name, "tab": number, "id": number, ...}`.
Standard output: one JSON event a line. A command with an `id` is answered by `{"event": "reply", "id": ...}`.
Times are CLOCK_MONOTONIC in nanoseconds, comparable with every other process of this machine.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import socket
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")

if TYPE_CHECKING:
    Command = dict[str, object]  # one line of standard input


def reserve_port() -> socket.socket:
    """Bind a loopback port that nobody else is given, and that WebKit can still listen on.

    Linux allows a second bind to the same port while both sockets ask for SO_REUSEADDR and none listens.
    """
    reserved = socket.socket()
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reserved.bind(("127.0.0.1", 0))
    return reserved


INSPECTOR = reserve_port()
INSPECTOR_ADDRESS = "{}:{}".format(*INSPECTOR.getsockname())
# Read by WebKit when it is loaded, so before the import below.
os.environ["WEBKIT_INSPECTOR_HTTP_SERVER"] = INSPECTOR_ADDRESS

from gi.repository import Gdk, GLib, Gtk, WebKit2  # noqa: E402 - after the environment is set

sys.path.append(str(Path(__file__).parent))  # which an isolated Python leaves out
from webview_tab import Tab  # noqa: E402 - found there
from webview_touch import have_touch_screen  # noqa: E402 - the same
from webview_vitals import Processes, reply, say, shared_context, trusting_context  # noqa: E402 - the same

TABS: dict[int, Tab] = {}
PROCESSES = Processes()


@cache
def context() -> WebKit2.WebContext:
    """Return what all views share."""
    return shared_context()


def obey(command: Command) -> None:
    """Carry out one command; one for a tab that is closed, or whose page is gone, is done already."""
    if command["do"] == "pulse":
        reply(command, **PROCESSES.look())
        return
    if command["do"] == "open":
        own = context() if command["trusted"] is None else trusting_context(command["trusted"])
        TABS[command["tab"]] = Tab(command["tab"], own, PROCESSES, command)
        answer_without_delay()
        return
    tab = TABS.get(command["tab"])
    if command["do"] == "close" and tab is not None:
        del TABS[command["tab"]]
        tab.close(command)
        GLib.idle_add(collect)
    elif tab is not None and not tab.ended:
        getattr(tab, command["do"])(command)
    elif "id" in command:
        reply(command)


def collect() -> bool:
    """Free what a closed tab has left, here in the main thread, once.

    Python's collector runs by itself in whichever thread allocates, so also in the one that writes a picture,
    and WebKit aborts the process when an object of its own is freed outside the main thread.
    """
    gc.collect()
    return GLib.SOURCE_REMOVE


def answer_without_delay() -> None:
    """Turn Nagle's algorithm off: WebKit writes each message in two pieces, which cost 44 ms together.

    Connections inherit the option from the listening socket (Linux).
    """
    for descriptor in Path("/proc/self/fd").iterdir():
        # The descriptor of the listing itself is gone when its turn comes.
        with contextlib.suppress(FileNotFoundError):
            if str(descriptor.readlink()).startswith("socket:"):
                with socket.socket(fileno=os.dup(int(descriptor.name))) as found:
                    if found.family == socket.AF_INET:
                        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def read_commands() -> None:
    """Obey each line of standard input; end with it."""
    pending = bytearray()

    def on_input(descriptor: int, _condition: GLib.IOCondition) -> bool:
        received = os.read(descriptor, 65536)
        if not received:
            Gtk.main_quit()
            return False
        pending.extend(received)
        *lines, rest = bytes(pending).split(b"\n")
        pending[:] = rest
        for line in lines:
            obey(json.loads(line))
        return True

    GLib.unix_fd_add_full(GLib.PRIORITY_DEFAULT, 0, GLib.IOCondition.IN | GLib.IOCondition.HUP, on_input)


def version() -> str:
    """Return WebKit's version."""
    return f"{WebKit2.get_major_version()}.{WebKit2.get_minor_version()}.{WebKit2.get_micro_version()}"


def main() -> None:
    """Say that the host is ready, then obey until the end of standard input."""
    if Gdk.Display.get_default() is None:
        say("ready", refused="neither DISPLAY nor WAYLAND_DISPLAY leads to a display")
        return
    if not have_touch_screen(Gdk.Display.get_default()):
        sys.stderr.write("this GTK cannot be told of a touch screen: pages see a mouse's device\n")
    gc.disable()  # see `collect`
    gc.freeze()  # what is loaded by now lasts
    read_commands()
    say("ready", inspector=INSPECTOR_ADDRESS, version=version())
    Gtk.main()


if __name__ == "__main__":
    main()
