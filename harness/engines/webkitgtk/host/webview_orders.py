"""What the host asks of a page without a script that it evaluates: that would feign a user gesture.

Owns the host's scripts in every page (`webview_page.js` in a world of its own; `iphone.js` and the
page's time in the page's) and the orders that they take. A page's script says that it is ready by a message
with an answer, and the host holds the answer back until it has an order. Measured: an order takes 0.4 ms,
has no gesture, leaves `navigator.userActivation` as it was. Must not import anything but `gi` and the
standard library.
"""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from gi.repository import GLib, JavaScriptCore, WebKit2

if TYPE_CHECKING:
    from collections.abc import Callable

    Order = dict[str, object]
    Answer = dict[str, object]

WORLD = "amo-harness"
READY = "host"  # the messages that are answered with an order
PAINT = "paint"  # first contentful paint, in ms
DIALOG = "dialog"  # kind and text
NO_DOCUMENT_MS = 500  # a page that has begun no document by then has no script that could ask for anything
_HERE = Path(__file__).parent


class PageOrders:
    """The orders of one view, one after another; each is answered, also if its page is replaced.

    `on_paint` hears when a page has painted, in ms since its navigation began, `on_dialog` of its dialogs.
    `page_time`, `ask_page_time` and `end_animations` are the sources of `harness/engines/tabs/scripts`.
    """

    def __init__(
        self,
        view: WebKit2.WebView,
        on_paint: Callable[[float], None],
        on_dialog: Callable[[str, str], None],
        *,
        page_time: str,
        ask_page_time: str,
        end_animations: str,
    ) -> None:
        self._view = view
        self._tell_paint, self._tell_dialog = on_paint, on_dialog
        iphone, page = (_HERE / name for name in ("iphone.js", "webview_page.js"))
        self._manager = view.get_user_content_manager()
        self._name = f"x{secrets.token_hex(8)}"  # of the events between the worlds: no page can guess it
        self._iphone = f'({iphone.read_text(encoding="utf-8")})("{self._name}")'
        self._page_time = page_time
        source = page.read_text(encoding="utf-8")
        self._page = f'({source})("{self._name}", ({ask_page_time}), ({end_animations}))'
        self._ready: WebKit2.ScriptMessageReply | None = None
        # That of WebKit's own messages: one made here would stand in the inspector's list in a tab's place.
        self._context: JavaScriptCore.Context | None = None
        self._waiting: list[tuple[Order, Callable[[Answer], None]]] = []
        self._given: tuple[int, Order, Callable[[Answer], None]] | None = None
        self._last = 0
        self._over = 0  # the last order of the pages before
        self._passed_ms = 0  # page time that passed by orders, in all pages of this view
        self._manager.register_script_message_handler_with_reply(READY, WORLD)
        for message in (PAINT, DIALOG):
            self._manager.register_script_message_handler_in_world(message, WORLD)
        self._heard = (
            self._manager.connect(f"script-message-with-reply-received::{READY}", self._on_ready),
            self._manager.connect(f"script-message-received::{PAINT}", self._on_paint),
            self._manager.connect(f"script-message-received::{DIALOG}", self._on_dialog),
        )
        self._put(self._iphone)
        self._timed = self._put_page_time()
        self._put(self._page, WORLD)

    def give(self, order: Order, then: Callable[[Answer], None]) -> None:
        """Have the page that is shown, or the next one, carry an order out; its answer goes to `then`.

        The answer is empty when the page was replaced meanwhile, or has no document that could carry it out.
        """
        self._waiting.append((order, then))
        if self._ready is None and self._given is None:
            GLib.timeout_add(NO_DOCUMENT_MS, self._look_for_document)
        self._go_on()

    def forget_page(self) -> None:
        """Take no order to the page before: another is shown. To be called when its load is committed."""
        self._ready, self._over = None, self._last
        self._answer_given({})
        if self._waiting:
            GLib.timeout_add(NO_DOCUMENT_MS, self._look_for_document)

    def give_up(self) -> None:
        """Answer everything that was asked, and know the view no longer: it is going, and is to be freed."""
        for number in self._heard:
            self._manager.disconnect(number)
        self._heard = ()
        self._ready = self._context = None
        self._tell_paint = self._tell_dialog = lambda *_: None
        self._answer_given({})
        self._answer_waiting()

    def _look_for_document(self) -> bool:
        """Wait no longer for a page that says nothing, if its process would have brought what it says."""

        def answered(*_: object) -> None:
            if self._ready is None and self._given is None:
                self._answer_waiting()

        if self._ready is None and self._given is None and self._waiting:
            self._view.can_execute_editing_command("Copy", None, answered)
        return GLib.SOURCE_REMOVE

    def _answer_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for _, then in waiting:
            then({})

    def _answer_given(self, answer: Answer) -> None:
        given, self._given = self._given, None
        if given is None:
            return
        number, order, then = given
        mine = answer if answer.get("id") == number else {}  # a new page answers nothing: it was not asked
        if order["do"] == "land":
            self._pass(int(str(mine.get("passed_ms", 0))))
        then(mine)

    def _on_ready(
        self,
        _manager: WebKit2.UserContentManager,
        said: JavaScriptCore.Value,
        reply: WebKit2.ScriptMessageReply,
    ) -> bool:
        """Take the answer to the order before, and give the next one.

        A page that has been replaced may still say something: WebKit keeps it for a way back, where none of
        its timers run. It gets no order.
        """
        answer: Answer = json.loads(said.to_string()) or {}
        if 0 < int(str(answer.get("id", 0))) <= self._over:
            return True
        self._ready, self._context = reply, said.get_context()
        self._answer_given(answer)
        self._go_on()
        return True

    def _on_paint(self, _manager: WebKit2.UserContentManager, said: WebKit2.JavascriptResult) -> None:
        self._tell_paint(said.get_js_value().to_double())

    def _on_dialog(self, _manager: WebKit2.UserContentManager, said: WebKit2.JavascriptResult) -> None:
        self._tell_dialog(*json.loads(said.get_js_value().to_string()))

    def _go_on(self) -> None:
        if self._ready is None or not self._waiting:
            return
        reply, self._ready = self._ready, None
        order, then = self._waiting.pop(0)
        self._last += 1
        self._given = self._last, order, then
        if order["do"] in ("advance", "sleep"):
            self._pass(int(str(order["ms"])))
        text = json.dumps(order | {"id": self._last})
        reply.return_value(JavaScriptCore.Value.new_string(self._context, text))

    def _pass(self, ms: int) -> None:
        """Have the next page's clock go on from where this one's is."""
        if ms:
            self._passed_ms += ms
            before, self._timed = self._timed, self._put_page_time()
            self._manager.remove_script(before)  # a page that begins in between gets both, and not none

    def _put_page_time(self) -> WebKit2.UserScript:
        """Have it run in every document from now on."""
        return self._put(f'({self._page_time})("{self._name}", {self._passed_ms})')

    def _put(self, source: str, world: str | None = None) -> WebKit2.UserScript:
        start = WebKit2.UserScriptInjectionTime.START
        frames = WebKit2.UserContentInjectedFrames.ALL_FRAMES
        script = (
            WebKit2.UserScript.new(source, frames, start, None, None)
            if world is None
            else WebKit2.UserScript.new_for_world(source, frames, start, world, None, None)
        )
        self._manager.add_script(script)
        return script
