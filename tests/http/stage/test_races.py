"""The refresh that racers wait for is let go once the app waits for it as well."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from fake_amo import AmoEvent, FakeAmo
from harness.stage.amo_side import HeldAnswer
from harness.stage.delivery import STATUS_WAITS_S, race_for_leads
from harness.timeline.amo_events import TokenReleased, amo_event
from harness.timeline.events import AppRequest, Purpose
from harness.timeline.recorder import Recorder

GIVES_UP_S = 1.5


@dataclass
class Refreshing:
    """A backend that refreshes once, however many wait, and gives amoCRM up as an impatient one does."""

    amo: FakeAmo
    refresh_token: str
    recorder: Recorder
    answered: threading.Event = field(default_factory=threading.Event)
    begun: threading.Lock = field(default_factory=threading.Lock)
    gave_up: bool = False

    def tokens(self) -> None:
        """Return once there are new tokens, or none."""
        if self.begun.acquire(blocking=False):
            self._refresh()
        self.answered.wait(GIVES_UP_S * 2)

    def _refresh(self) -> None:
        body = {
            "client_id": self.amo.client_id,
            "client_secret": self.amo.client_secret,
            "redirect_uri": self.amo.redirect_uri,
            "grant_type": "refresh_token",
            "refresh_token": self.refresh_token,
        }
        try:
            httpx.post(f"{self.amo.url}/oauth2/access_token", json=body, timeout=GIVES_UP_S)
        except httpx.TimeoutException:
            self.gave_up = True
        self.answered.set()

    def app_asks(self, purpose: Purpose, answered_by: Callable[[], None]) -> None:
        """The app asks for something."""
        self.recorder.record(AppRequest(purpose=purpose))
        answered_by()


def raced(app: Callable[[Refreshing], None]) -> tuple[Refreshing, float, int]:
    """Let an app come back during a race; returns the backend, the seconds, and the leads asked for in it."""
    recorder = Recorder()

    def hear(event: AmoEvent) -> None:
        recorder.record(amo_event(event.kind, event.data), at_ns=event.at_ns)

    with FakeAmo(on_event=hear) as amo:
        body = {
            "client_id": amo.client_id,
            "client_secret": amo.client_secret,
            "redirect_uri": amo.redirect_uri,
            "grant_type": "authorization_code",
            "code": amo.mint_code(),
        }
        token = httpx.post(f"{amo.url}/oauth2/access_token", json=body).json()["refresh_token"]
        backend = Refreshing(amo, token, recorder)
        with amo.hold("refresh") as hold:
            held = HeldAnswer(hold, recorder, lambda: None)
            with race_for_leads(backend.tokens, lambda: None, 3, held, recorder):
                began = time.monotonic()
                app(backend)
            took_s = time.monotonic() - began
    (released,) = recorder.timeline().of(TokenReleased)
    asked = [each.purpose for each in recorder.timeline().of(AppRequest) if each.index < released.index]
    return backend, took_s, asked.count("leads")


def test_a_status_that_waits_for_the_refresh_ends_the_hold() -> None:
    """The leads come after the status, so they are never asked for while it waits."""

    def app(backend: Refreshing) -> None:
        backend.app_asks("status", backend.tokens)
        backend.app_asks("leads", backend.tokens)

    backend, took_s, leads_before = raced(app)
    assert not backend.gave_up
    assert (took_s < GIVES_UP_S, leads_before) == (True, 0)


def test_the_hold_lasts_until_the_leads_are_asked_for() -> None:
    """A status that takes a moment of its own does not end it: the app's leads are in the race."""

    def a_moment() -> None:
        threading.Event().wait(STATUS_WAITS_S / 3)

    def app(backend: Refreshing) -> None:
        backend.app_asks("status", a_moment)
        backend.app_asks("leads", backend.tokens)

    backend, _, leads_before = raced(app)
    assert not backend.gave_up
    assert leads_before == 1


def test_an_app_without_a_status_is_in_the_race() -> None:
    """Where there is none, the leads are all that it asks for."""
    backend, took_s, leads_before = raced(lambda backend: backend.app_asks("leads", backend.tokens))
    assert (backend.gave_up, took_s < GIVES_UP_S, leads_before) == (False, True, 1)
