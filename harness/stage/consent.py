"""amoCRM's consent page in the phone's browser, and the user in front of it.

Owns driving that page. What the callback then shows is `harness.stage.callback_page`'s.
"""

from typing import Literal

from harness.engines import Aim, Tab
from harness.stage.amo_side import AmoSide
from harness.stage.callback_page import CallbackPage, count_answers
from harness.timeline.recorder import Recorder

Decision = Literal["allow", "decline"]


class Consent:
    """The consent page of one phone."""

    def __init__(self, tab: Tab, recorder: Recorder, page: CallbackPage, amo: AmoSide) -> None:
        self._tab, self._recorder, self._page, self._amo = tab, recorder, page, amo

    def allow(self) -> None:
        """Tap «Разрешить», look at the callback while the token answer is held, and wait for the page."""
        before = count_answers(self._recorder.timeline())
        with self._amo.held_token_answer():
            self._decide("allow")
            self._amo.look_while_held(before)
        self._page.arrive(after=before)

    def decline(self) -> None:
        """Tap «Отказаться» and wait for the page."""
        before = count_answers(self._recorder.timeline())
        self._decide("decline")
        self._page.arrive(after=before)

    def _decide(self, did: Decision) -> None:
        self._page.take_picture("consent")
        self._page.before_callback()
        self._recorder.record("webview", "consent", url=self._tab.page.url, did=did)
        self._tab.tap(Aim("(id) => document.getElementById(id)", did))
