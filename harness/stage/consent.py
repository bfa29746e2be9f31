"""amoCRM's consent page in the phone's browser, and the user in front of it.

Owns driving that page. What the callback then shows is `harness.stage.callback_page`'s.
"""

from typing import Literal

from harness.engines import Aim, CannotTap, Tab
from harness.errors import BackendError
from harness.stage.amo_side import AmoSide
from harness.stage.callback_page import CallbackPage
from harness.stage.page.scripts import script
from harness.timeline.page_events import ConsentTap
from harness.timeline.recorder import Recorder

Decision = Literal["allow", "decline"]


class Consent:
    """The consent page of one phone."""

    def __init__(self, tab: Tab, recorder: Recorder, page: CallbackPage, amo: AmoSide) -> None:
        self._tab, self._recorder, self._page, self._amo = tab, recorder, page, amo

    def allow(self, *, answered_after_s: float = 0.0) -> None:
        """Tap «Разрешить», look at the callback while the token answer is held, and wait for the page.

        `answered_after_s` is how long the answer is held back beyond the backend's turn, in real time.
        """
        before = self._page.begin_visit(self._tab.page.url)
        with self._amo.held_token_answer() as held:
            self._decide("allow")
            held.look(before, held_for_s=answered_after_s)
        self._page.arrive(after=before)

    def decline(self) -> None:
        """Tap «Отказаться» and wait for the page."""
        before = self._page.begin_visit(self._tab.page.url)
        self._decide("decline")
        self._page.arrive(after=before)

    def _decide(self, did: Decision) -> None:
        """Tap; BackendError where the authorization URL has not led to amoCRM."""
        self._page.take_picture("consent")
        self._recorder.record(ConsentTap(url=self._tab.page.url, did=did))
        try:
            self._tab.tap(Aim(script("find_by_id"), did))
        except CannotTap as failure:
            raise BackendError(
                f"the authorization URL led to {self._tab.page.url}, where there is no “{did}” to tap"
            ) from failure
