"""amoCRM in a scenario's words: what goes wrong there, and a look at the backend while it waits.

Owns faults and the held token answer. The fake itself is `fake_amo`; its consent page is driven by
`harness.stage.consent`.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from fake_amo import FakeAmo
from fake_amo.site.faults import Hold
from harness.stage.callback_page import count_answers
from harness.timeline.recorder import Recorder
from harness.timeline.timeline import Timeline

HOLD_TIMEOUT_S = 10.0


class AmoSide:
    """Fake amoCRM in one scenario."""

    def __init__(self, fake: FakeAmo, recorder: Recorder, barrier: Callable[[], None]) -> None:
        self.fake = fake
        self.held_for_s = 0.0
        """How long the token answer is held back beyond the backend's turn, in real time."""
        self.holds_token_answer = True
        self._recorder = recorder
        self._barrier = barrier
        self._held_before = 0

    def goes_wrong(self, step: str, kind: str, **parameters: Any) -> None:
        """Let the fake go wrong once at a step; the menu is `fake_amo`'s own."""
        self._recorder.record("scenario", "did", what=f"amoCRM: {kind} at {step}", fault=kind, step=step)
        self.fake.faults.add(step, kind, **parameters)

    def has_leads(self, count: int) -> None:
        """Give the account that many leads."""
        self._recorder.record("scenario", "did", what=f"the account has {count} leads", leads_expected=count)
        self.fake.set_leads(count)

    def fresh_code(self) -> str:
        """Return a code as if the user had allowed access elsewhere."""
        code = self.fake.mint_code()
        self._recorder.secret("code", code)
        return code

    def held_token_answer(self) -> AbstractContextManager[Hold | None]:
        """Hold the next token answer back for as long as the block lasts."""
        self._held_before = self._times_held(self._recorder.timeline())
        return self.fake.hold("token") if self.holds_token_answer else nullcontext()

    def look_while_held(self, answers_before: int) -> None:
        """Wait until the token answer is held or the callback has answered, then give the backend a turn.

        The turn is a round trip through the backend: a page that does not wait for the tokens has been
        sent before it ends, so no time needs to pass.
        """
        if not self.holds_token_answer:
            return

        def is_held(seen: Timeline) -> bool:
            return self._times_held(seen) > self._held_before

        def has_answered(seen: Timeline) -> bool:
            return count_answers(seen) > answers_before

        self._recorder.wait_for(lambda seen: is_held(seen) or has_answered(seen), timeout_s=HOLD_TIMEOUT_S)
        if is_held(self._recorder.timeline()):
            self._barrier()
            self._recorder.wait_for(has_answered, timeout_s=self.held_for_s)

    @staticmethod
    def _times_held(seen: Timeline) -> int:
        return len(seen.of("amo", "token_held"))
