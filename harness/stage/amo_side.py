"""amoCRM in a scenario's words: what goes wrong there, and a look at the backend while it waits.

Owns what a scenario can ask of amoCRM, each told to the timeline, and the held token answer. The fake itself
is `fake_amo`; its consent page is driven by `harness.stage.consent`.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from fake_amo import FakeAmo
from fake_amo.site.faults import Hold
from harness.stage.page.answers import count_answers
from harness.timeline.amo_events import TokenHeld
from harness.timeline.events import StoryStep
from harness.timeline.recorder import Recorder
from harness.timeline.timeline import Timeline

HOLD_TIMEOUT_S = 10.0


class HeldAnswer:
    """A token answer that is held back, or will be once the backend has asked."""

    def __init__(self, hold: Hold, recorder: Recorder, barrier: Callable[[], None]) -> None:
        self._hold, self._recorder, self._barrier = hold, recorder, barrier
        self._held_before = _times_held(recorder.timeline())

    def release(self) -> None:
        """Let it go."""
        self._hold.release()

    def look(self, answers_before: int, *, held_for_s: float = 0.0) -> None:
        """Wait until it is held or the callback has answered, then give the backend a turn.

        The turn is a round trip through the backend: a page that does not wait for the tokens has been
        sent before it ends, so no time needs to pass. `held_for_s` is waited beyond it all the same.
        """

        def is_held(seen: Timeline) -> bool:
            return _times_held(seen) > self._held_before

        def has_answered(seen: Timeline) -> bool:
            return count_answers(seen) > answers_before

        self._recorder.wait_for(lambda seen: is_held(seen) or has_answered(seen), timeout_s=HOLD_TIMEOUT_S)
        if is_held(self._recorder.timeline()):
            self._barrier()
            self._recorder.wait_for(has_answered, timeout_s=held_for_s)


class AmoSide:
    """Fake amoCRM in one scenario."""

    def __init__(self, fake: FakeAmo, recorder: Recorder, barrier: Callable[[], None]) -> None:
        self._fake = fake
        self._recorder = recorder
        self._barrier = barrier

    def goes_wrong(self, step: str, kind: str, **parameters: str) -> None:
        """Let the fake go wrong once at a step; the menu, with each fault's parameters, is `fake_amo`'s."""
        self._recorder.record(StoryStep(what=f"amoCRM: {kind} at {step}", fault=kind, step=step))
        self._fake.faults.add(step, kind, count=1, **parameters)

    def has_leads(self, count: int) -> None:
        """Give the account that many leads."""
        self._recorder.record(StoryStep(what=f"the account has {count} leads", leads_expected=count))
        self._fake.set_leads(count)

    def days_pass(self, days: float) -> None:
        """Move amoCRM's clock forward by this, and a minute; an access token lives one day."""
        self._recorder.record(StoryStep(what=f"{days:g} days pass"))
        self._fake.advance(days=days, minutes=1)

    def switches_integration_off(self) -> None:
        """The user switches the integration off in amoCRM: its tokens end."""
        self._recorder.record(StoryStep(what="the integration is switched off in amoCRM"))
        self._fake.disconnect()

    def installs_from_marketplace(self) -> None:
        """The integration is installed from the marketplace: amoCRM's server calls, with no state."""
        self._recorder.record(StoryStep(what="the integration is installed from the marketplace"))
        self._fake.install_widget()

    def fresh_code(self) -> str:
        """Return a code as if the user had allowed access elsewhere."""
        code = self._fake.mint_code()
        self._recorder.secret("code", code)
        return code

    @contextmanager
    def held_token_answer(self) -> Generator[HeldAnswer]:
        """Hold the next token answer back for as long as the block lasts."""
        with self._fake.hold("token") as hold:
            yield HeldAnswer(hold, self._recorder, self._barrier)

    @contextmanager
    def held_refresh_answer(self) -> Generator[HeldAnswer]:
        """Hold the next answer to a refresh back for as long as the block lasts."""
        with self._fake.hold("refresh") as hold:
            yield HeldAnswer(hold, self._recorder, self._barrier)


def _times_held(seen: Timeline) -> int:
    return len(seen.of(TokenHeld))
