"""The phone's browser: a small program around WebKitGTK's `WebView`, as a host app is around iOS's WebKit.

Owns: web views (one a tab, each with its own ephemeral data), what happens to a navigation that leaves for
another scheme (reported and ignored, so that the page stays, as iOS does), taps as real input events.
Must not judge anything, and must not import anything but `gi`, the standard library and its own
parts `webview_*.py`: it runs on the system's Python, started by `webview_guard.py`.

Standard input: one JSON command a line, `{"do": name, "tab": number, "id": number, ...}`.
Standard output: one JSON event a line. A command with an `id` is answered by `{"event": "reply", "id": ...}`.
Times are CLOCK_MONOTONIC in nanoseconds, comparable with every other process of this machine.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")

if TYPE_CHECKING:
    from collections.abc import Callable

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

from gi.repository import Gdk, Gio, GLib, Gtk, WebKit2  # noqa: E402 - after the environment is set

sys.path.append(str(Path(__file__).parent))  # which an isolated Python leaves out
from webview_picture import Picture  # noqa: E402 - found there
from webview_scripts import FRAME, PAINT, SETTLE, VISIBILITY  # noqa: E402 - the same

WEB_SCHEMES = ("http", "https", "about", "data", "blob", "file")
WORLD = "amo-harness"  # an isolated script world: the page's fake clock and patched globals are not in it
MECHANISMS = {
    WebKit2.NavigationType.LINK_CLICKED: "link",
    WebKit2.NavigationType.FORM_SUBMITTED: "form",
    WebKit2.NavigationType.FORM_RESUBMITTED: "form",
    WebKit2.NavigationType.RELOAD: "reload",
    WebKit2.NavigationType.BACK_FORWARD: "history",
    WebKit2.NavigationType.OTHER: "navigation",
}


def say(event: str, **fields: object) -> None:
    """Write one event line, at once and whole."""
    fields["event"] = event
    os.write(1, json.dumps(fields).encode() + b"\n")


class Tab:
    """One web view in a window of a phone's size."""

    def __init__(self, number: int, options: Command) -> None:
        self.number = number
        self.tapped = False  # a tap reached the page that is shown now
        self.opened = False
        self.load_asked = 0  # number of the load that the harness asked for and that has not started yet
        self.load_running = 0  # number of the load that is going on, 0 when the page itself began it
        self.popups: list[WebKit2.WebView] = []
        # Data of its own, in memory; one network process serves all, which saves a third of a tab's cost.
        self.view = WebKit2.WebView(web_context=WebKit2.WebContext.get_default(), is_ephemeral=True)
        self.configure(options)
        kind = Gtk.WindowType.TOPLEVEL if options["headed"] else Gtk.WindowType.POPUP
        self.window = Gtk.Window(type=kind)
        self.window.set_default_size(options["width"], options["height"])
        self.window.set_resizable(False)
        self.view.set_size_request(options["width"], options["height"])
        self.window.add(self.view)
        self.window.show_all()
        self.focus(active=True)
        self.observe(self.view, same_tab=True)
        self.view.connect("load-changed", self.on_load_changed)
        self.view.connect("load-failed", self.on_load_failed)
        self.view.connect("web-process-terminated", self.on_process_ended)
        self.view.load_uri(f"about:blank#tab-{number}")

    def configure(self, options: Command) -> None:
        """Set what the view is, before its first page."""
        settings = self.view.get_settings()
        settings.set_enable_developer_extras(True)
        settings.set_user_agent(options["user_agent"])
        # Not to let pop-ups through (on_create refuses what iOS refuses) but to be asked about each of them.
        settings.set_javascript_can_open_windows_automatically(True)

    def observe(self, view: WebKit2.WebView, *, same_tab: bool) -> None:
        """Answer what the pages of `view` ask for."""
        view.connect("decide-policy", self.on_decide_policy, same_tab)
        view.connect("create", self.on_create)
        view.connect("permission-request", lambda _view, request: request.deny() or True)
        view.connect("script-dialog", self.on_script_dialog)

    def on_script_dialog(self, _view: WebKit2.WebView, dialog: WebKit2.ScriptDialog) -> bool:
        """No window of the host's may block the page; beforeunload is always confirmed."""
        if dialog.get_dialog_type() == WebKit2.ScriptDialogType.BEFORE_UNLOAD_CONFIRM:
            dialog.confirm_set_confirmed(True)
        return True

    # --- what the page asks for -------------------------------------------------------------------------

    def on_decide_policy(
        self,
        _view: WebKit2.WebView,
        decision: WebKit2.PolicyDecision,
        kind: WebKit2.PolicyDecisionType,
        same_tab: bool,
    ) -> bool:
        """Report a departure and let the page stay; leave everything else to WebKit."""
        new_window = kind == WebKit2.PolicyDecisionType.NEW_WINDOW_ACTION
        if not new_window and kind != WebKit2.PolicyDecisionType.NAVIGATION_ACTION:
            return False
        action = decision.get_navigation_action()
        if not leaves(action):
            return False
        decision.ignore()
        self.report(action, "decide-policy", new_window=new_window, same_tab=same_tab and not new_window)
        return True

    def on_create(self, view: WebKit2.WebView, action: WebKit2.NavigationAction) -> WebKit2.WebView | None:
        """Decide on `window.open`: a departure is reported; other windows open, unseen, if the user asked."""
        if leaves(action):
            self.report(action, "create", new_window=True, same_tab=False)
            return None
        if not self.has_gesture(action):
            return None  # what the pop-up blocker does
        popup = WebKit2.WebView.new_with_related_view(view)
        self.observe(popup, same_tab=False)
        self.popups.append(popup)
        return popup

    def has_gesture(self, action: WebKit2.NavigationAction) -> bool:
        """WebKit's own flag, less the gestures that the inspector feigns for scripts of the test."""
        return self.tapped and action.is_user_gesture()

    def report(
        self, action: WebKit2.NavigationAction, observer: str, *, new_window: bool, same_tab: bool
    ) -> None:
        """Say what the page attempted."""
        mechanism = MECHANISMS[action.get_navigation_type()]
        if new_window:
            mechanism = "new_window"
        elif action.is_redirect():
            mechanism = "redirect"
        say(
            "departure",
            tab=self.number,
            url=action.get_request().get_uri(),
            mechanism=mechanism,
            user_gesture=self.has_gesture(action),
            same_tab=same_tab,
            observer=observer,
            at_ns=time.monotonic_ns(),
        )

    # --- how loads end ----------------------------------------------------------------------------------

    def on_load_changed(self, view: WebKit2.WebView, change: WebKit2.LoadEvent) -> None:
        """Tell loads apart and say that a page is shown; the first is the empty one of a new tab."""
        if change == WebKit2.LoadEvent.STARTED:
            self.load_running, self.load_asked = self.load_asked, 0
        elif change == WebKit2.LoadEvent.COMMITTED:
            self.tapped = False
            say("committed", tab=self.number, url=view.get_uri(), at_ns=time.monotonic_ns())
        elif change == WebKit2.LoadEvent.FINISHED and not self.opened:
            self.opened = True
            say("opened", tab=self.number)

    def on_load_failed(
        self, _view: WebKit2.WebView, _change: WebKit2.LoadEvent, url: str, error: GLib.Error
    ) -> bool:
        """Say why a page is not shown, and keep the one before: no error page in its place."""
        say("load_failed", tab=self.number, url=url, reason=error.message, load=self.load_running)
        return True

    def on_process_ended(self, _view: WebKit2.WebView, reason: WebKit2.WebProcessTerminationReason) -> None:
        """Say that the page's process is gone, and end its connection: no call may wait for an answer."""
        say("crashed", tab=self.number, reason=reason.value_nick)
        self.view.destroy()

    # --- what the user and the harness do ---------------------------------------------------------------

    def load(self, command: Command) -> None:
        """Open an address as an app does."""
        self.load_asked = command["load"]
        self.view.load_uri(command["url"])

    def stop(self, _command: Command) -> None:
        """Give up what is being loaded."""
        self.view.stop_loading()

    def tap(self, command: Command) -> None:
        """Deliver a tap at a point of the view (CSS px), as input events from the windowing system are."""
        self.tapped = True
        for kind in (Gdk.EventType.MOTION_NOTIFY, Gdk.EventType.BUTTON_PRESS, Gdk.EventType.BUTTON_RELEASE):
            Gtk.main_do_event(pointer_event(self.view.get_window(), kind, command["x"], command["y"]))
        # WebKit sends each input event when the one before is handled: three turns, and all of them are.
        self.run_scripts(["", "", SETTLE], lambda: reply(command))

    def settle(self, command: Command) -> None:
        """Answer when all that the page has asked for so far has been reported."""
        scripts = [FRAME, SETTLE] if command.get("frame") else [SETTLE]
        self.run_scripts(scripts, lambda: reply(command))

    def first_paint(self, command: Command) -> None:
        """Answer with first contentful paint in ms, null if the page was replaced before it painted."""

        def done(view: WebKit2.WebView, result: Gio.AsyncResult) -> None:
            try:
                value = view.call_async_javascript_function_finish(result).to_double()
            except GLib.Error:
                value = None
            reply(command, value=value)

        self.view.call_async_javascript_function(PAINT, -1, None, WORLD, None, None, done)

    def run_scripts(self, scripts: list[str], then: Callable[[], None]) -> None:
        """Run scripts one after another in the isolated world; one that its page did not survive counts."""

        def done(view: WebKit2.WebView, result: Gio.AsyncResult) -> None:
            # An error says that the page was replaced: what it had asked for came before this answer.
            with contextlib.suppress(GLib.Error):
                view.call_async_javascript_function_finish(result)
            self.run_scripts(scripts[1:], then)

        if not scripts:
            then()
            return
        self.view.call_async_javascript_function(scripts[0], -1, None, WORLD, None, None, done)

    def ping(self, command: Command) -> None:
        """Answer when the page's process has; runs no script, so feigns no gesture."""
        self.view.can_execute_editing_command("Copy", None, lambda *_: reply(command))

    def switch_away_and_back(self, command: Command) -> None:
        """Hide the page and show it again, each noticed by the page before the next."""

        def back() -> None:
            self.view.show()
            self.focus(active=True)
            self.run_scripts([VISIBILITY % "visible", SETTLE], lambda: reply(command))

        self.focus(active=False)
        self.view.hide()
        self.run_scripts([VISIBILITY % "hidden", SETTLE], back)

    def focus(self, *, active: bool) -> None:
        """Make the window the active one, as a window manager would (Xvfb has none)."""
        event = Gdk.Event.new(Gdk.EventType.FOCUS_CHANGE)
        event.focus_change.window = self.window.get_window()
        event.focus_change.in_ = active
        event.set_device(self.window.get_display().get_default_seat().get_keyboard())
        Gtk.main_do_event(event)
        if active:
            self.view.grab_focus()

    def picture(self, command: Command) -> None:
        """Write the viewport as PNG; answer whether that went well."""

        def done(view: WebKit2.WebView, result: Gio.AsyncResult) -> None:
            taken = Picture(view, result)
            if taken.taken:
                threading.Thread(target=lambda: reply(command, ok=taken.write(command["path"]))).start()
            else:
                reply(command, ok=False)

        self.view.get_snapshot(WebKit2.SnapshotRegion.VISIBLE, WebKit2.SnapshotOptions.NONE, None, done)

    def close(self, command: Command) -> None:
        """Free the views with their processes."""
        for view in [*self.popups, self.view]:
            view.terminate_web_process()
            view.destroy()
        self.window.destroy()
        TABS.pop(self.number)
        reply(command)


def leaves(action: WebKit2.NavigationAction) -> bool:
    """Whether this navigation is for another app than the browser."""
    scheme, colon, _ = action.get_request().get_uri().partition(":")
    return bool(colon) and scheme.lower() not in WEB_SCHEMES  # window.open() without an address has no scheme


def pointer_event(window: Gdk.Window, kind: Gdk.EventType, x: float, y: float) -> Gdk.Event:
    """Make the event that the windowing system sends for the main pointer at a point of a window."""
    event = Gdk.Event.new(kind)
    _, left, top = window.get_origin()
    moving = kind == Gdk.EventType.MOTION_NOTIFY
    fields = event.motion if moving else event.button
    fields.window = window
    fields.time = time.monotonic_ns() // 1_000_000 & 0xFFFFFFFF
    fields.x, fields.y = x, y
    fields.x_root, fields.y_root = left + x, top + y
    if not moving:
        fields.button = Gdk.BUTTON_PRIMARY
    if kind == Gdk.EventType.BUTTON_RELEASE:
        fields.state = Gdk.ModifierType.BUTTON1_MASK
    event.set_device(window.get_display().get_default_seat().get_pointer())
    return event


def reply(command: Command, **fields: object) -> None:
    """Answer a command."""
    say("reply", id=command["id"], **fields)


TABS: dict[int, Tab] = {}


def obey(command: Command) -> None:
    """Carry out one command; one for a tab that is closed is done already."""
    if command["do"] == "open":
        TABS[command["tab"]] = Tab(command["tab"], command)
        answer_without_delay()
    elif command["tab"] in TABS:
        getattr(TABS[command["tab"]], command["do"])(command)
    else:
        reply(command)


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
    read_commands()
    say("ready", inspector=INSPECTOR_ADDRESS, version=version())
    Gtk.main()


if __name__ == "__main__":
    main()
