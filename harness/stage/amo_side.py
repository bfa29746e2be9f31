"""amoCRM in a scenario's words: what goes wrong there, and a look at the backend while it waits.

Owns what a scenario can ask of amoCRM, each told to the timeline, and the held token answer. The fake itself
is `fake_amo`; its consent page is driven by `harness.stage.consent`.
"""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from fake_amo import FakeAmo
from fake_amo.site.faults import Hold
from harness.stage.page.answers import count_answers
from harness.timeline.amo_events import TokenHeld, TokensIssued
from harness.timeline.events import StoryStep
from harness.timeline.recorder import Recorder
from harness.timeline.timeline import Timeline

HOLD_TIMEOUT_S = 10.0
ACCESS_TOKEN_LIVES_DAYS = 1
LEADS_OF_EACH = 4
SHORT_LIFE_S = 3
"""How long a short access token lives, on every clock."""
CLOCK_TICK_S = 0.1
"""Backends keep whole seconds or milliseconds: an expiry is past for certain a little later."""


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

    def __init__(
        self, fake: FakeAmo, recorder: Recorder, barrier: Callable[[], None], *, shares_clock: bool
    ) -> None:
        self._fake = fake
        self._shares_clock = shares_clock
        self._recorder = recorder
        self._barrier = barrier

    def goes_wrong(self, step: str, kind: str, **parameters: str) -> None:
        """Let the fake go wrong once at a step; the menu, with each fault's parameters, is `fake_amo`'s."""
        self._recorder.record(StoryStep(what=f"amoCRM: {kind} at {step}", fault=kind, step=step))
        self._fake.faults.add(step, kind, count=1, share=1.0, **parameters)

    def has_leads(self, count: int) -> None:
        """Give the account that many leads."""
        self._recorder.record(StoryStep(what=f"the account has {count} leads", leads_expected=count))
        self._fake.set_leads(count)

    def issues_short_tokens(self) -> None:
        """Let the next access token expire while a backend with a clock of its own can see it.

        One that shares amoCRM's clock needs none: the clock is moved.
        """
        if not self._shares_clock:
            self._recorder.record(StoryStep(what=f"access tokens live for {SHORT_LIFE_S} s"))
            self._fake.faults.add("token", "expires_in", count=1, seconds=SHORT_LIFE_S)

    def refreshes_to_short_tokens(self) -> None:
        """Let what the next refresh buys expire as soon, unless the backend has refreshed early already."""
        issued = self._recorder.timeline().last(TokensIssued)
        if issued is not None and issued.expires_in == SHORT_LIFE_S:
            self._recorder.record(StoryStep(what=f"what a refresh buys lives for {SHORT_LIFE_S} s"))
            self._fake.faults.add("refresh", "expires_in", count=1, seconds=SHORT_LIFE_S)

    def access_token_expires(self) -> None:
        """Let the access token's life end, on amoCRM's clock and on the backend's own."""
        self._recorder.record(StoryStep(what="the access token expires", tokens="expired"))
        self._let_it_expire()

    def refresh_answer_gets_lost(self) -> None:
        """Let the access token expire, and the answer to the refresh that follows be lost."""
        what = "the access token expires, and the answer to its refresh will be lost"
        self._recorder.record(StoryStep(what=what, tokens="refresh_lost"))
        self._let_it_expire()
        self.goes_wrong("refresh", "reset", when="after")

    def _let_it_expire(self) -> None:
        issued = self._recorder.timeline().last(TokensIssued)
        if self._shares_clock or issued is None or issued.expires_in != SHORT_LIFE_S:
            # Whoever refreshed early has tokens for a day: amoCRM's clock alone is moved, and refuses them.
            self._fake.advance(days=ACCESS_TOKEN_LIVES_DAYS, minutes=1)
        else:
            end_ns = issued.at_ns + round((SHORT_LIFE_S + CLOCK_TICK_S) * 1e9)
            left_s = (end_ns - time.monotonic_ns()) / 1e9
            time.sleep(max(0.0, left_s))  # two clocks that nobody moves must agree

    def limits_requests(self) -> None:
        """AmoCRM answers the next request for leads with 429."""
        self._recorder.record(StoryStep(what="amoCRM limits requests", tokens="limited"))
        self.goes_wrong("leads", "problem", name="too_many_requests")

    def breaks_down(self) -> None:
        """AmoCRM answers requests for leads with a server error."""
        self._recorder.record(StoryStep(what="amoCRM is down", tokens="limited"))
        self.goes_wrong("leads", "server_error")

    def switches_integration_off(self) -> None:
        """The user switches the integration off in amoCRM: its tokens end."""
        what = "the integration is switched off in amoCRM"
        self._recorder.record(StoryStep(what=what, tokens="switched_off"))
        self._fake.disconnect()

    def signs_in(self, account: int) -> None:
        """Let the person of that account, counted from 0, be who is signed in in fresh browsers."""
        told = self._fake.accounts[account]
        self._recorder.record(StoryStep(what=f"{told.login} is signed in to amoCRM"))
        self._fake.sign_in_as(told.login)

    def tells_accounts_apart(self) -> None:
        """Tell by which ids and names of leads each account is known."""
        accounts = self._fake.accounts
        for each in accounts:
            self._fake.set_leads(LEADS_OF_EACH, each.subdomain)
        words = {str(each.id): self._fake.lead_words(each.subdomain) for each in accounts}
        what = f"amoCRM has {len(accounts)} accounts"
        self._recorder.record(StoryStep(what=what, accounts=words, leads_expected=LEADS_OF_EACH))

    def redirect(
        self,
        *,
        state: str | None,
        code: str | None = None,
        error: str | None = None,
        referer: str | None = None,
    ) -> dict[str, str]:
        """Return what amoCRM's redirect carries: a fresh code, or this one; `referer` may name somebody else.

        With an error it carries the code only where one is given.
        """
        sent = code if code or error else self.fresh_code()
        query = self._fake.redirect_query(sent, state, error=error)
        return query | ({} if referer is None else {"referer": referer})

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
