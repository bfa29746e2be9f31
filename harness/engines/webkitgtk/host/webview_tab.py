"""One tab of the phone's browser: a web view in a window of a phone's size.

Owns: the view with its own ephemeral data, what happens to a navigation that leaves for another scheme
(reported and ignored, so that the page stays, as iOS does), what the user does to it. Must not judge
anything, and must not import anything but `gi`, the standard library and its own parts `webview_*.py`: it is
part of `webview_host.py`.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from gi.repository import Gdk, GLib, Gtk, WebKit2
from webview_orders import WORLD, PageOrders
from webview_seen import NOT_TAKEN, Looks, Picture
from webview_touch import touch
from webview_vitals import Loads, Processes, leave_out, reply, say, turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from gi.repository import Gio

    Command = dict[str, object]  # one line of standard input

WEB_SCHEMES = ("http", "https", "about", "data", "blob", "file")
AFTER_ORIGIN = ("", "/", "?", "#")
TOUCH_TURNS = 5  # touchend, then three mouse events, each sent when the one before is handled
MOST_DIALOGS = 100  # that are told of: a page may open them for ever
LONGEST_TEXT = 100_000  # characters of an address or a dialog that are told: a page may make one of 50 MB
MECHANISMS = {
    WebKit2.NavigationType.LINK_CLICKED: "link",
    WebKit2.NavigationType.FORM_SUBMITTED: "form",
    WebKit2.NavigationType.FORM_RESUBMITTED: "form",
    WebKit2.NavigationType.RELOAD: "reload",
    WebKit2.NavigationType.BACK_FORWARD: "history",
    WebKit2.NavigationType.OTHER: "navigation",
}


def cut(text: str) -> str:
    """Return a text of a page's making, its end left out where it is very long."""
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"


class Tab:
    """One web view; its public methods but the handlers `on_…` are the commands of the harness."""

    def __init__(
        self, number: int, context: WebKit2.WebContext, processes: Processes, options: Command
    ) -> None:
        self.number = number
        self.processes = processes
        self.tapped = False  # a tap reached the page that is shown now
        self.finger_down = False  # a finger is on it, and what the page does now follows from touchstart
        self.opened = False
        self.ended = False  # the page's process is gone, and the view with it
        self.load_asked = 0  # number of the load that the harness asked for and that has not started yet
        self.load_running = 0  # number of the load that is going on, 0 when the page itself began it
        self.app_links: list[str] = options["app_links"]  # beginnings of addresses that open an app
        self.let_go_to = ""  # the latest address of the web that a page asked for
        self.left: list[str] = []  # since the last tap, for another app
        self.by_frames = 0  # how many of those a frame left for, as the page's process says
        self.dialogs = 0
        self.painted_ms: float | None = None
        self.paint_asked: list[Command] = []
        self.popups: list[WebKit2.WebView] = []
        # Data of its own, in memory; one network process serves all, which saves a third of a tab's cost.
        self.view = WebKit2.WebView(web_context=context, is_ephemeral=True)
        self.configure(options)
        self.orders = PageOrders(
            self.view,
            self.on_paint,
            self.on_dialog,
            page_time=options["page_time"],
            ask_page_time=options["ask_page_time"],
            end_animations=options["end_animations"],
        )
        self.looks = Looks(self.view, WORLD)
        self.loads = Loads(self.view, self.on_sent)
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
        self.load_first(options["trusted"])

    def load_first(self, trusted: dict[str, str] | None) -> None:
        """Load the empty page by which the inspector tells this view from others.

        Each TLS connection reads the system's authorities anew, which takes 10 ms: the first is made ahead.
        """
        address = f"about:blank#tab-{self.number}"
        if trusted is None:
            self.view.load_uri(address)
        else:
            self.view.load_html(f'<link rel="preconnect" href="{trusted["origin"]}">', address)

    def configure(self, options: Command) -> None:
        """Set what the view is, before its first page."""
        settings = self.view.get_settings()
        settings.set_enable_developer_extras(True)
        settings.set_user_agent(options["user_agent"])
        # Not to let pop-ups through (on_create refuses what iOS refuses) but to be asked about each of them.
        settings.set_javascript_can_open_windows_automatically(True)
        leave_out(settings)

    def observe(self, view: WebKit2.WebView, *, same_tab: bool) -> None:
        """Answer what the pages of `view` ask for."""
        view.connect("decide-policy", self.on_decide_policy, same_tab)
        view.connect("create", self.on_create)
        view.connect("permission-request", lambda _view, request: request.deny() or True)
        view.connect("script-dialog", self.on_script_dialog)
        view.connect("print", self.on_print)

    def on_script_dialog(self, _view: WebKit2.WebView, dialog: WebKit2.ScriptDialog) -> bool:
        """Tell of it and close it: no window of the host's may block the page.

        A page that asks whether it may be left always may: on iOS nobody is asked.
        """
        if dialog.get_dialog_type() == WebKit2.ScriptDialogType.BEFORE_UNLOAD_CONFIRM:
            dialog.confirm_set_confirmed(True)
            return True
        self.on_dialog(dialog.get_dialog_type().value_nick, dialog.get_message())
        return True

    def on_print(self, _view: WebKit2.WebView, _operation: WebKit2.PrintOperation) -> bool:
        """Tell of the sheet that a phone would show, and dismiss it: GTK would ask for a printer."""
        self.on_dialog("print", "")
        return True

    def on_dialog(self, kind: str, text: str) -> None:
        """Say what a phone's user would see."""
        self.dialogs += 1
        if self.dialogs <= MOST_DIALOGS:
            say("dialog", tab=self.number, kind=kind, text=cut(text), at_ns=time.monotonic_ns())

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
        if not leaves(action, self.app_links):
            self.let_go_to = action.get_request().get_uri()
            return False
        decision.ignore()
        self.report(action, "decide-policy", new_window=new_window, same_tab=same_tab and not new_window)
        return True

    def on_create(self, view: WebKit2.WebView, action: WebKit2.NavigationAction) -> WebKit2.WebView | None:
        """Decide on `window.open`: a departure is reported; other windows open, unseen, if the user asked."""
        if leaves(action, self.app_links):
            self.report(action, "create", new_window=True, same_tab=False)
            return None
        if not self.has_gesture(action):
            return None  # what the pop-up blocker does
        popup = WebKit2.WebView.new_with_related_view(view)
        self.observe(popup, same_tab=False)
        self.popups.append(popup)
        return popup

    def has_gesture(self, action: WebKit2.NavigationAction) -> bool:
        """WebKit's own flag, less what the inspector feigns, less a touch that has not ended: none on iOS."""
        return self.tapped and not self.finger_down and action.is_user_gesture()

    def report(
        self, action: WebKit2.NavigationAction, observer: str, *, new_window: bool, same_tab: bool
    ) -> None:
        """Say what the page attempted."""
        self.left.append(cut(action.get_request().get_uri()))
        mechanism = MECHANISMS[action.get_navigation_type()]
        if new_window:
            mechanism = "new_window"
        elif action.is_redirect():
            mechanism = "redirect"
        say(
            "departure",
            tab=self.number,
            url=cut(action.get_request().get_uri()),
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
            if self.opened and not self.load_running:
                say("own_load", tab=self.number, url=self.let_go_to)
        elif change == WebKit2.LoadEvent.REDIRECTED:
            if self.opened and not self.load_running:
                say("own_load", tab=self.number, url=view.get_uri())
        elif change == WebKit2.LoadEvent.COMMITTED:
            self.tapped, self.painted_ms = False, None
            self.orders.forget_page()
            self.answer_paint()  # that of the page before will not come
            say("committed", tab=self.number, url=view.get_uri(), at_ns=time.monotonic_ns())
            self.looks.forget_page()
        elif change == WebKit2.LoadEvent.FINISHED and not self.opened:
            self.opened = True
            say("opened", tab=self.number)

    def on_sent(self, url: str) -> None:
        """Say what the page asks others for."""
        say("sent", tab=self.number, url=cut(url), page=cut(self.view.get_uri() or ""))

    def on_load_failed(
        self, _view: WebKit2.WebView, _change: WebKit2.LoadEvent, url: str, error: GLib.Error
    ) -> bool:
        """Say why a page is not shown, and keep the one before: no error page in its place."""
        told = {"reason": error.message, "domain": error.domain, "load": self.load_running}
        say("load_failed", tab=self.number, url=cut(url), **told)
        return True

    def on_process_ended(self, _view: WebKit2.WebView, _reason: WebKit2.WebProcessTerminationReason) -> None:
        """Say that the page's process is gone."""
        self.end(self.processes.why_one_ended())

    def abandon(self, command: Command) -> None:
        """End a page that has stopped answering."""
        self.end(str(command["reason"]), is_slow=bool(command["is_slow"]))

    def end(self, reason: str, *, is_slow: bool = False) -> None:
        """Say why there is no page any more, and end its process and connection: no call may wait for it."""
        if self.ended:
            return
        self.ended = True
        say("lost", tab=self.number, reason=reason, is_slow=is_slow)
        self.orders.give_up()
        self.answer_paint()
        self.view.terminate_web_process()
        self.view.destroy()

    def on_paint(self, painted_ms: float) -> None:
        """Keep when the page painted."""
        self.painted_ms = painted_ms
        self.answer_paint()

    def answer_paint(self) -> None:
        """Tell everyone who asked."""
        asked, self.paint_asked = self.paint_asked, []
        for command in asked:
            reply(command, value=self.painted_ms)

    # --- what the user and the harness do ---------------------------------------------------------------

    def load(self, command: Command) -> None:
        """Open an address as an app does."""
        self.load_asked = command["load"]
        self.view.load_uri(command["url"])

    def stop(self, _command: Command) -> None:
        """Give up what is being loaded."""
        self.view.stop_loading()

    def tap(self, command: Command) -> None:
        """Put a finger on a point of the view (CSS px), draw it up or hold it in page time, and lift it.

        Answered when the page has had it all.
        """

        def lifted() -> None:
            self.finger_down = False
            self.echo(TOUCH_TURNS, lambda: reply(command))

        def begin(_: dict[str, str]) -> None:  # also if the page was replaced
            self.tapped = self.finger_down = True
            self.left, self.by_frames = [], 0
            self.loads.begin_count()
            touch(self.view, command, lifted, self.orders.give)

        # What the test evaluates leaves `navigator.userActivation` active for 5 s; a script of ours ends it.
        self.looks.run("", None, begin)

    def echo(self, times: int, then: Callable[[], None]) -> None:
        """Go on when the page's process has answered so many times; runs no script, so feigns no gesture."""
        if times == 0:
            then()
        else:
            self.view.can_execute_editing_command("Copy", None, lambda *_: self.echo(times - 1, then))

    def ping(self, command: Command) -> None:
        """Answer when the page's process has."""
        self.echo(1, lambda: reply(command))

    def order(self, command: Command) -> None:
        """Have the page carry an order out, of its time or of `webview_page.js`; answer with its answer."""

        def done(answer: dict[str, object]) -> None:
            self.by_frames += int(str(answer.get("by_frames", 0)))
            if 0 < len(self.left) <= self.by_frames:
                answer["framed"] = self.left
            loads = self.loads
            told = {"loading": loads.addresses} if command["order"]["do"] == "open" else {}
            reply(command, answer=answer, loads=loads.all, since_tap=loads.since, **told)

        self.orders.give(command["order"], done)

    def look(self, command: Command) -> None:
        """Run a function in the host's own script world; answer with its JSON, or with why there is none."""
        body = f"return JSON.stringify((await ({command['script']})(JSON.parse(argument))) ?? null)"
        given = GLib.Variant("a{sv}", {"argument": GLib.Variant("s", command["argument"])})
        self.looks.run(body, given, lambda answer: reply(command, **answer))

    def first_paint(self, command: Command) -> None:
        """Answer with first contentful paint in ms, null if the page was replaced before it painted."""
        self.paint_asked.append(command)
        if self.painted_ms is not None:
            self.answer_paint()

    def switch_away(self, command: Command) -> None:
        """Hide the page; answered when it has noticed."""
        self.focus(active=False)
        self.view.hide()
        self.orders.give({"do": "visibility", "state": "hidden"}, lambda _: reply(command))

    def switch_back(self, command: Command) -> None:
        """Show it again; answered when it has noticed."""
        self.view.show()
        self.focus(active=True)
        self.orders.give({"do": "visibility", "state": "visible"}, lambda _: reply(command))

    def turn(self, command: Command) -> None:
        """Give the view another size; answered when the page has noticed."""
        turn(self.window, self.view, (int(str(command["width"])), int(str(command["height"]))))
        order = {"do": "turned", "width": command["width"]}
        self.orders.give(order, lambda _: reply(command))

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
        """Write the viewport as PNG; answer why that did not go well, empty where it did."""

        def done(view: WebKit2.WebView, result: Gio.AsyncResult) -> None:
            taken = Picture(view, result)
            if taken.taken:
                threading.Thread(target=lambda: reply(command, why_not=taken.write(command["path"]))).start()
            else:
                reply(command, why_not=NOT_TAKEN)

        self.view.get_snapshot(WebKit2.SnapshotRegion.VISIBLE, WebKit2.SnapshotOptions.NONE, None, done)

    def close(self, command: Command) -> None:
        """Free the views with their processes."""
        self.orders.give_up()
        self.loads.give_up()
        for view in [*self.popups, self.view]:
            view.terminate_web_process()
            view.destroy()
        self.window.destroy()
        reply(command)


def leaves(action: WebKit2.NavigationAction, app_links: list[str]) -> bool:
    """Whether this navigation is for another app than the browser."""
    url = action.get_request().get_uri()
    scheme, colon, _ = url.partition(":")
    if any(url[: len(each)].lower() == each and url[len(each) :][:1] in AFTER_ORIGIN for each in app_links):
        return True
    return bool(colon) and scheme.lower() not in WEB_SCHEMES  # window.open() without an address has no scheme
