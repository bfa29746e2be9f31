"""amoCRM in a scenario's words: what the user does on its pages, and what goes wrong there.

Owns driving the consent page and holding the token answer. The fake itself is `fake_amo`.
"""

from collections.abc import Callable
from typing import Any, Literal

from fake_amo import FakeAmo
from harness.callback_page import CallbackPage, count_answers
from harness.engines import Tab
from harness.timeline import Recorder, Timeline

HOLD_TIMEOUT_S = 10.0
Decision = Literal["allow", "decline"]


class Consent:
    """The consent page, and the user in front of it."""

    def __init__(self, tab: Tab, recorder: Recorder, page: CallbackPage, side: "AmoSide") -> None:
        self._tab, self._recorder, self._page, self._side = tab, recorder, page, side

    def allow(self) -> None:
        """Tap «Разрешить», hold the token answer for a look at the callback, and wait for the page."""
        before = count_answers(self._recorder.timeline())
        if self._side.hold_token_answer:
            with self._side.fake.hold("token"):
                self._decide("allow")
                self._side.look_while_held(before)
        else:
            self._decide("allow")
        self._page.arrive(after=before)

    def decline(self) -> None:
        """Tap «Отказаться» and wait for the page."""
        before = count_answers(self._recorder.timeline())
        self._decide("decline")
        self._page.arrive(after=before)

    def _decide(self, did: Decision) -> None:
        self._page.take_picture("consent")
        self._recorder.record("webview", "consent", url=self._tab.page.url, did=did)
        self._tab.tap(self._tab.page.locator(f"#{did}"))


class AmoSide:
    """Fake amoCRM in one scenario."""

    def __init__(
        self, fake: FakeAmo, tab: Tab, recorder: Recorder, page: CallbackPage, barrier: Callable[[], None]
    ) -> None:
        self.fake = fake
        self.hold_token_answer = True
        self.consent = Consent(tab, recorder, page, self)
        self._recorder = recorder
        self._barrier = barrier

    def refuses(self, step: str, fault: str, **data: Any) -> None:
        """Let the fake go wrong once at a step; the menu is `fake_amo`'s own."""
        self._recorder.record("scenario", "did", what=f"amoCRM: {fault} at {step}", fault=fault, step=step)
        self.fake.faults.add(step, fault, **data)

    def look_while_held(self, answers_before: int) -> None:
        """Wait until the token answer is held or the callback has answered, then give the backend a turn.

        The turn is a round trip through the backend: a page that does not wait for the tokens has been
        sent before it ends, so no time needs to pass.
        """

        def is_held(seen: Timeline) -> bool:
            return seen.first("amo", "token_held") is not None

        def decided(seen: Timeline) -> bool:
            return is_held(seen) or count_answers(seen) > answers_before

        self._recorder.wait_for(decided, timeout_s=HOLD_TIMEOUT_S)
        if is_held(self._recorder.timeline()):
            self._barrier()
