"""A tester in front of a sitting's dashboard, without a browser, and the person who walks as it says."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from harness.backends.backend import OpenBackend
from harness.backends.reference import reference_backend
from harness.runs.runner import Played
from harness.serve.hand.journey import Journey
from harness.timeline.amo_events import TokenHeld
from tests.browser.processes import wait_for
from tests.e2e.by_hand import Sat, sitting
from tests.http.serve.walker import Walker

PATIENCE_S = 60


@dataclass(frozen=True, slots=True)
class Desk:
    """A dashboard that its owner has opened, and somebody with a phone beside it."""

    sat: Sat
    owner: httpx.Client
    person: Walker

    @property
    def journey(self) -> Journey:
        """The one under way."""
        return self.sat.serving.sitting.journey

    @property
    def origin(self) -> str:
        """The dashboard's."""
        return self.sat.serving.dashboard_url.partition("/?")[0]

    def press(self, path: str, **fields: str) -> int:
        """Press a button of the dashboard; return how it is answered."""
        return self.owner.post(
            f"{self.origin}{path}", data=fields, headers={"origin": self.origin}
        ).status_code

    def do(self, action: str) -> None:
        """Press one of the menu's."""
        assert self.press(f"/do/{action}") == httpx.codes.SEE_OTHER

    def begin(self, preset: str = "") -> None:
        """Begin a journey, and wait until it is under way."""
        sitting_, before = self.sat.serving.sitting, self.journey
        assert self.press("/next", preset=preset) == httpx.codes.SEE_OTHER
        assert wait_for(lambda: sitting_.is_under_way and sitting_.journey is not before)

    def shows(self) -> str:
        """Return what the dashboard shows."""
        return self.owner.get(f"{self.origin}/").text

    def meanwhile(self, ask: Callable[[], object]) -> Callable[[], None]:
        """Ask something that takes its time; return what waits for it."""
        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        return lambda: asking.join(PATIENCE_S)

    # --- the person -----------------------------------------------------------------------------------

    def comes_back_from_amo(self, decision: str = "allow") -> str:
        """Open the app, connect, and decide on amoCRM's page; return where it leads."""
        self.person.post("open")
        amo = self.person.post("connect").headers["location"]
        return self.person.client.post(amo, data={"decision": decision}).headers["location"]

    def comes_to_the_page(self, decision: str = "allow") -> httpx.Response:
        """Follow it to the backend's page."""
        return self.person.client.get(self.comes_back_from_amo(decision))

    def returns(self, decision: str = "allow") -> None:
        """Come to the page, tap its button, and look at the leads."""
        self.comes_to_the_page(decision)
        self.goes_on()

    def goes_on(self) -> None:
        """Tap the page's button where it has one, and look at the leads where the app shows success."""
        self.person.post("tapped" if self.person.is_shown("tapped") else "back")
        if self.person.is_shown("wait"):
            self.person.post("wait")

    def says_in(self, page: httpx.Response, kind: str, at_ms: float = 500.0, **words: object) -> None:
        """What the script says that `--observe` put into a page; nothing where the page has none."""
        exchange = page.text.partition('data-exchange="')[2].partition('"')[0]
        message = {"kind": kind, "page": "p", "exchange": int(exchange), "at_ms": at_ms, **words}
        gateway = self.sat.serving.sitting.servers.gateway.url
        said = self.person.client.post(f"{gateway}/__observe/said", json=message, headers={"origin": gateway})
        assert said.status_code == httpx.codes.NO_CONTENT

    def sees_an_answer_held(self) -> None:
        """Wait until amoCRM's token answer is held."""
        assert wait_for(lambda: bool(self.journey.timeline().of(TokenHeld)))

    def finish(self) -> list[Played]:
        """Press Finish, and return the journeys."""
        assert self.press("/finish") == httpx.codes.SEE_OTHER
        return self.sat.plays.result(PATIENCE_S)


@contextmanager
def at_a_desk(
    folder: Path, *, backend: OpenBackend = reference_backend, observed: bool = False
) -> Generator[Desk]:
    """Yield a desk before a sitting whose first journey is under way."""
    with (
        sitting(folder, backend=backend, observed=observed) as sat,
        httpx.Client(timeout=PATIENCE_S) as phone,
        httpx.Client(timeout=PATIENCE_S) as owner,
    ):
        opened = owner.get(sat.serving.dashboard_url)
        assert opened.status_code == httpx.codes.SEE_OTHER
        yield Desk(sat, owner, Walker(sat.serving, phone))
