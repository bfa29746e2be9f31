"""How the views are doing, and the one way to tell: what each loads, what the pages' processes use.

Owns standard output, counting what WebKit and the kernel report, and the end of a process that takes more
memory than a page has on a phone. Must not import anything but `gi` and the standard library: it is part of
`webview_host.py`.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from gi.repository import Gio, Gtk, WebKit2

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_MEMORY_MB = 1024
MOST_TOLD, LONGEST_TOLD = 20, 500  # addresses that are going on, and characters of each
LANGUAGE = "en-US"  # and not that of this machine
PROCESS_NAME = "WebKitWebProces"  # as the kernel cuts it
NETWORK_NAME = "WebKitNetworkPr"
USER_TIME, SYSTEM_TIME, RESIDENT = 11, 12, 21  # fields of /proc/PID/stat after the process's name


EVENTS = os.dup(1)  # standard output, for the harness alone
os.dup2(2, 1)  # what else is printed there, as WebKit's libraries do when they fall over, is last words
TELLING = threading.Lock()


def say(event: str, **fields: object) -> None:
    """Write one event line, at once and whole."""
    fields["event"] = event
    with TELLING:
        os.write(EVENTS, json.dumps(fields).encode() + b"\n")


def reply(command: dict[str, object], **fields: object) -> None:
    """Answer a command."""
    say("reply", id=command["id"], **fields)


def _host(url: str | None) -> str:
    return (url or "").partition("://")[2].partition("/")[0]


class Loads:
    """The loads of one view."""

    def __init__(self, view: WebKit2.WebView, on_sent: Callable[[str], None]) -> None:
        self._tell_sent = on_sent
        self._open: dict[int, str] = {}  # number -> address
        self._last = 0
        self.mark = 0  # loads with a greater number began since it was set
        view.connect("resource-load-started", self._on_started)

    def _on_started(
        self, view: WebKit2.WebView, load: WebKit2.WebResource, request: WebKit2.URIRequest
    ) -> None:
        if _host(request.get_uri()) != _host(view.get_uri()):
            self._tell_sent(request.get_uri())
        self._last += 1
        number = self._last
        self._open[number] = request.get_uri()
        load.connect("finished", lambda *_: self._open.pop(number, None))

    def give_up(self) -> None:
        """Tell nobody any more: the view is going, and is to be freed."""
        self._tell_sent = lambda _url: None

    def begin_count(self) -> None:
        """Count from now on, for `since`."""
        self.mark = self._last

    @property
    def all(self) -> int:
        """How many are going on."""
        return len(self._open)

    @property
    def addresses(self) -> list[str]:
        """What is going on, cut and bounded: a page may ask for any number of long ones."""
        return [url[:LONGEST_TOLD] for url in [*self._open.values()][:MOST_TOLD]]

    @property
    def since(self) -> int:
        """How many of those that began since `begin_count` are going on."""
        return sum(number > self.mark for number in self._open)


class Processes:
    """The processes of all pages."""

    def __init__(self) -> None:
        self.overgrown = False  # one was ended for its memory, and its end is not explained yet

    def look(self) -> dict[str, object]:
        """Say how much processor time they have used, in s, and whether one of them wants more.

        One that has taken too much memory is ended.
        """
        used, wants_more = 0, False
        for pid in children():
            # One that has ended meanwhile has no file.
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                name, _, rest = Path(f"/proc/{pid}/stat").read_text().partition("(")[2].rpartition(")")
                fields = rest.split()
                # T: somebody has stopped it. Pages wait for the network's process as for their own.
                wants_more |= name in (PROCESS_NAME, NETWORK_NAME) and fields[0] in "RDT"
                if name == PROCESS_NAME:
                    used += int(fields[USER_TIME]) + int(fields[SYSTEM_TIME])
                    self._end_if_overgrown(pid, int(fields[RESIDENT]))
        return {"used_s": used / os.sysconf("SC_CLK_TCK"), "wants_more": wants_more}

    def _end_if_overgrown(self, pid: int, pages: int) -> None:
        if pages * os.sysconf("SC_PAGE_SIZE") > MOST_MEMORY_MB * 1024 * 1024:
            self.overgrown = True
            os.kill(pid, signal.SIGKILL)

    def why_one_ended(self) -> str:
        """Say why WebKit told of the end of one, once."""
        overgrown, self.overgrown = self.overgrown, False
        return "it took more memory than a phone's page has" if overgrown else "its process crashed"


def children() -> list[int]:
    """Return the ids of the processes that this one has started, in whatever thread."""
    found: list[int] = []
    for listing in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError):  # of a thread that has ended
            found += [int(pid) for pid in listing.read_text().split()]
    return found


def shared_context() -> WebKit2.WebContext:
    """Return what all views share: it leaves no file of a page behind."""
    return _of_a_phone(WebKit2.WebContext.get_default())


def leave_out(settings: WebKit2.Settings) -> None:
    """Switch off what ends this program (SIGSEGV in 2.50.6 without a screen's compositor): view transitions.

    `iphone.js` has what a page can ask of them in their place, without the picture.
    """
    features = WebKit2.Settings.get_all_features()
    for each in map(features.get, range(features.get_length())):
        if each.get_identifier() in ("ViewTransitions", "CrossDocumentViewTransitions"):
            settings.set_feature_enabled(each, False)


def turn(window: Gtk.Window, view: WebKit2.WebView, size: tuple[int, int]) -> None:
    """Give a view another size, in CSS px: that of a phone on its side, or its own again."""
    view.set_size_request(*size)
    window.set_resizable(True)  # one that is not never becomes smaller
    window.resize(*size)


def trusting_context(trusted: dict[str, str]) -> WebKit2.WebContext:
    """Return what one view has alone, which takes this `certificate` (PEM) of this `host`, and no other's.

    WebKit keeps that with a context's data, of which an ephemeral view of the shared one has none. It starts
    a network process for each of them unless there are data that last, whose process they share
    (WebsiteDataStore.cpp): so the default context's are asked for, of which nothing else is used.
    """
    WebKit2.WebContext.get_default().get_website_data_manager().get_itp_enabled()
    context = WebKit2.WebContext.new_ephemeral()
    certificate = Gio.TlsCertificate.new_from_pem(trusted["certificate"], -1)
    context.allow_tls_certificate_for_host(certificate, trusted["host"])
    return _of_a_phone(context)


def _of_a_phone(context: WebKit2.WebContext) -> WebKit2.WebContext:
    """Have a context leave no file of a page behind, and ask for pages in the language of most reports."""
    context.connect("download-started", lambda _context, download: download.cancel())
    context.set_preferred_languages([LANGUAGE])
    return context
