"""One journey by hand: a fresh world, the app that the start page plays, and what the tester adds to it.

Owns what a person can do on the start page and on the dashboard in one journey, each told to the timeline.
Must not serve a page and must not judge.
"""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from harness.addresses import has_host, is_same_origin, parts_of
from harness.api_client.authorization import app_state, own_authorization_url
from harness.backends.commands import in_words
from harness.config.settings import FIRST_USER
from harness.contract.reading.words import CONNECT_PROMPT
from harness.errors import BackendError, UsageError
from harness.gateway.gateway import Exchange
from harness.phone import Phone, PhoneOptions
from harness.phone.screens import Screen
from harness.processes import stillness
from harness.runs.results import BY_HAND
from harness.serve.hand.gate import Gate
from harness.serve.hand.halted import unanswered
from harness.serve.hand.hearing import Hearing
from harness.serve.hand.observer import PageObserver
from harness.serve.hand.real_app import RealApp, link_in
from harness.stage.amo_side import AmoSide
from harness.stage.scene.app_side import BACKEND_IS_WAITED_FOR_S, SUCCESS_IS_SHOWN_S, AppSide, phone_settings
from harness.stage.scene.servers import Casting, Scene, Servers, open_scene
from harness.timeline.events import (
    AppResponse,
    AppScreen,
    BackendEnded,
    BackendStarted,
    Event,
    NoteTaken,
    StoodStill,
    StoryStep,
)
from harness.timeline.gateway_events import GatewayRequest, GatewayResponse
from harness.timeline.recorder import Recorder
from harness.timeline.timeline import Timeline

NOT_OURS = "The backend is no process of the harness's, so it cannot be ended here: give it a [start] table"
NOT_OPEN = Screen("home", "open")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a journey is called, and what the person is asked to do in it."""

    id: str
    title: str
    said: tuple[str, ...] = ()
    """What to do on the phone, a sentence each."""


class Journey:
    """One journey, under way. Any thread may ask it; the app's calls come one after the other."""

    def __init__(self, plan: Plan, servers: Servers, scene: Scene, gate: Gate, real_app: RealApp) -> None:
        self.plan, self.gate, self.real_app = plan, gate, real_app
        self.observer = PageObserver(servers.config.deep_link, scene.recorder.record)
        self.servers, self._scene = servers, scene
        self.recorder = scene.recorder
        self.amo = AmoSide(
            servers.amo, scene.recorder, scene.probe.barrier, shares_clock=scene.backend.shares_amo_clock
        )
        self._lock = threading.RLock()
        self._app: AppSide | None = None
        self._options = PhoneOptions()
        self._dies_next = False
        self.halted = ""
        """Why the last tap on "connect" led nowhere."""
        self.led_astray = ""
        """Where it led in amoCRM's place: what matters where no callback came."""
        self.ended_at_ns = 0
        """When it ended, once it has."""

    def equip(self, options: PhoneOptions) -> None:
        """Have the app of the start page be on such a phone."""
        self._options = options

    # --- what the person does on the start page ---------------------------------------------------

    @property
    def screen(self) -> Screen:
        """What the app that the start page plays shows."""
        with self._lock:
            return NOT_OPEN if self._app is None else self._app.app.screen

    @property
    def is_open(self) -> bool:
        """Whether that app was opened in this journey."""
        return self._app is not None

    def open_app(self) -> None:
        """Open the app on its CRM tab, once."""
        with self._lock:
            if self._app is None:
                settings = phone_settings(
                    self.servers.config, self._scene, self._options, FIRST_USER, self._url_without_a_call
                )
                phone = self._scene.stack.enter_context(Phone(settings, self.recorder))
                self._app = AppSide(phone)
                self._app.open_crm_tab()

    def connect(self) -> str:
        """Tap "connect"; return where the person's browser goes.

        UsageError where there is nothing to tap, BackendError where no browser can go there.
        """
        try:
            url = self._authorization_url()
        except BackendError as refusal:
            self.halted = str(refusal)
            raise
        self.halted = ""
        return url

    def _authorization_url(self) -> str:
        with self._lock:
            asked = self._opened().app.tap_connect()
        url = self.servers.in_browser(asked)
        parts = parts_of(url)
        if parts is None or not has_host(parts):
            raise BackendError(f"the authorization URL is no address that a browser can open: {url}")
        here = self.servers.backend.in_browser(asked)
        is_amo = not self.servers.config.http.app_asks_for_the_url or is_same_origin(
            here, self.servers.amo.url
        )
        self.led_astray = "" if is_amo else f"the authorization URL does not lead to amoCRM: {url}"
        return url

    def come_back(self) -> None:
        """Come from the browser to the app by hand."""
        with self._lock:
            if self.screen.name == "browser":
                self._opened().come_back_by_hand()

    def start_again(self) -> None:
        """End the app and start it from its icon."""
        with self._lock:
            self._opened().start_again()

    def retry(self) -> None:
        """Tap "try again" on the error screen."""
        with self._lock:
            self._opened().app.tap_retry()

    def wait_out(self) -> None:
        """Let the second pass for which the app shows its success."""
        with self._lock:
            self._opened().wait(SUCCESS_IS_SHOWN_S)

    def follow_page_link(self) -> None:
        """The person says that the page's button was tapped: the page's link, as it was sent, opens the app.

        UsageError where no page with a link was sent.
        """
        link = self.page_link()
        if not link:
            raise UsageError("no page with a link to the app was sent in this journey yet")
        with self._lock:
            self.recorder.record(StoryStep(what="the person says: I tapped the button"))
            self._deliver(self._opened(), link)

    def _deliver(self, side: AppSide, link: str) -> None:
        side.app.deliver(link)
        side.app.clock.advance_at_most(
            BACKEND_IS_WAITED_FOR_S, until=lambda: side.app.screen.state != "processing"
        )

    def _opened(self) -> AppSide:
        if self._app is None:
            raise UsageError("the app is not open: open the start page first")
        return self._app

    # --- what a tester looks at and does ------------------------------------------------------------

    def timeline(self) -> Timeline:
        """Return what has happened so far."""
        return self.recorder.timeline()

    @property
    def has_begun(self) -> bool:
        """Whether anybody has done anything in it, or noted something."""
        timeline = self.timeline()
        return self._app is not None or bool(timeline.of(GatewayRequest) or timeline.of(NoteTaken))

    def page_answer(self) -> GatewayResponse | None:
        """Return the last page that the browser was sent."""
        pages = [each for each in self.timeline().of(GatewayResponse) if each.is_page and each.is_browser]
        return pages[-1] if pages else None

    def page_link(self) -> str:
        """Return the link to the app in that page, as it was sent."""
        answer = self.page_answer()
        return "" if answer is None else link_in(answer.body, self.servers.config.deep_link.scheme)

    def tell(self, event: Event) -> None:
        """Put something on the timeline."""
        self.recorder.record(event)

    def real_app_shows(self, what: str) -> None:
        """Put on the timeline what a tester sees in a real app's CRM tab: `leads`, `prompt` or `nothing`.

        How many leads there are is what the backend last answered. UsageError where no real app has asked.
        """
        has_leads, text = what == "leads", CONNECT_PROMPT if what == "prompt" else ""
        answers = [each for each in self.timeline().of(AppResponse) if each.purpose == "leads"]
        leads = answers[-1].leads if has_leads and answers else None
        if not self.real_app.has_called or (has_leads and leads is None):
            raise UsageError(f"no real app has asked for {'leads' if has_leads else 'anything'} yet")
        self.recorder.record(StoryStep(what=f"the tester says: the app shows {text or what}"))
        state = "connected" if has_leads else "disconnected"
        self.recorder.record(AppScreen(user=FIRST_USER, screen="crm", state=state, text=text, leads=leads))

    @property
    def can_kill(self) -> bool:
        """Whether the backend's process is the harness's to end."""
        return "process" in self._scene.backend.offers

    @property
    def dies_next(self) -> bool:
        """Whether the backend will be killed at the next page's first byte."""
        return self._dies_next

    @property
    def backend_ended(self) -> str:
        """How the backend ended by itself, where it has not been started again; empty where it runs."""
        timeline = self.timeline()
        started, ended = timeline.last(BackendStarted), timeline.last(BackendEnded)
        if ended is None or ended.expected or (started is not None and started.at_ns > ended.at_ns):
            return ""
        return in_words(ended.exit_code)

    def restart_backend(self) -> None:
        """Kill the backend and start it again on the same storage; UsageError where it cannot be killed."""
        if not self.can_kill:
            raise UsageError(NOT_OURS)
        self._scene.backend.kill_and_restart()
        self._scene.callers.sessions.forget()

    def kill_at_first_byte(self) -> None:
        """Kill the backend at the first byte of the next page, and start it again; UsageError as above."""
        if not self.can_kill:
            raise UsageError(NOT_OURS)
        self._dies_next = True
        self.recorder.record(StoryStep(what="the backend will be killed at the next page's first byte"))

    def first_byte(self, exchange: Exchange) -> None:
        """Look at the status while a page's first byte is held, before that kill the backend if asked to."""
        if self._dies_next:
            self._dies_next = False
            self._scene.kill_backend()
        self._scene.probe.look(exchange)

    # --- how it is put together --------------------------------------------------------------------

    def _url_without_a_call(self) -> str:
        """Return where an app that asks nothing sends the browser: the connect path, or amoCRM."""
        http, amo = self.servers.config.http, self.servers.amo
        if http.connect_call is not None:
            return f"{self.servers.gateway.url}{self._scene.callers.sessions.connect_path()}"
        return own_authorization_url(amo.url, amo.client_id, app_state(FIRST_USER))


@contextmanager
def open_journey(
    servers: Servers, plan: Plan, options: PhoneOptions, hearing: Hearing, *, script: str = ""
) -> Generator[Journey]:
    """Yield a journey with the gate before its page; `hearing` hears each event of it.

    `script` is the path of the one that observes the backend's pages; empty: they go as they are.
    """
    casting = Casting(plan.id, BY_HAND, by_hand=True, page_altered=bool(script))
    recorder = Recorder(heard_by=hearing.hear)

    def note(seconds: float) -> None:
        recorder.record(StoodStill(for_s=round(seconds, 1)))

    with open_scene(servers, casting, recorder) as scene, Gate(servers.amo, scene.probe) as gate:
        real_app = RealApp(servers.config, options.sdk, recorder.record)
        journey = Journey(plan, servers, scene, gate, real_app)
        journey.equip(options)
        route = replace(scene.route, on_first_byte=journey.first_byte, observer=script)
        ears = (gate.hear, real_app.hear, journey.observer.hear)
        with hearing.also(*ears), servers.gateway.leads(route), stillness.noticed(note):
            yield journey
            journey.observer.tell_silent()
            journey.ended_at_ns = time.monotonic_ns()
            for each in unanswered(recorder.timeline(), journey.ended_at_ns):
                recorder.record(each)
