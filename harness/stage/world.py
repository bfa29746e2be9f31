"""The composition root: a stage that lasts for the run, and one world for each scenario on it.

Owns putting the parts together: fake amoCRM, a backend, the gateway, the phones and their browser. The
parts know nothing of each other; whatever they say is recorded here.
"""

import itertools
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

from fake_amo import FakeAmo
from fake_amo.state.dataset import DEFAULT_SEED
from harness.api_client.authorization import app_state, own_authorization_url
from harness.backends.backend import Backend, OpenBackend
from harness.backends.reach import LOOPBACK_ALONE, Reach
from harness.config.settings import FIRST_USER, BackendConfig
from harness.engines import Engine, PageStarved, worker_clock
from harness.gateway.exchange import Look
from harness.gateway.gateway import Exchange, Gateway
from harness.gateway.public_tls import PublicTls
from harness.phone import OWN_SCREENS, Phone, PhoneOptions, Screens
from harness.processes import stillness
from harness.stage.amo_side import AmoSide, HeldAnswer
from harness.stage.callback_page import CallbackPage, PageSetting
from harness.stage.consent import Consent
from harness.stage.delivery import deliver, only_look, race_for_leads, twin_delivery
from harness.stage.page.departing import DepartureNotes
from harness.stage.page.examining import Examiner, machine_offers
from harness.stage.page.pictures import Pictures
from harness.stage.phone_side import PhoneSide
from harness.stage.processes import Processes
from harness.stage.scene.app_side import phone_settings
from harness.stage.scene.servers import (
    PATIENCE_S,
    Casting,
    Scene,
    Servers,
    of_another_site,
    open_scene,
    open_servers,
)
from harness.stage.stranger import open_stranger, spellings_of
from harness.stage.watching import NOBODY, Watching
from harness.timeline.current import CurrentRecorder
from harness.timeline.events import Build, StoodStill, StoryStep
from harness.timeline.page_events import TooSlow
from harness.timeline.recorder import Recorder

__all__ = ["PATIENCE_S", "Setup", "Stage", "World", "open_stage"]


@dataclass(frozen=True, slots=True)
class Setup:
    """What is played with: all that a subject of `prove` may have otherwise."""

    config: BackendConfig
    phone: PhoneOptions = field(default_factory=PhoneOptions)
    screens: Screens = OWN_SCREENS
    page_query: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the address of a page that is judged alone carries."""
    out: Path | None = None
    """Where pictures are kept; None: none are taken."""
    open_process: OpenBackend | None = None
    """How the backend is had as a process of its own, for the scenarios that need to kill it."""
    watching: Watching = NOBODY


@dataclass(frozen=True)
class Stage:
    """The servers and the browser of a run; scenarios play on it one after the other."""

    setup: Setup
    engine: Engine
    backend: Backend
    amo: FakeAmo
    gateway: Gateway
    recording: CurrentRecorder
    processes: Processes
    examiner: Examiner = field(default_factory=Examiner)

    @contextmanager
    def recast(self, setup: Setup, backend: Backend) -> "Generator[Stage]":
        """Yield the same stage with another setup and backend, for as long as the block lasts."""
        with _processes(setup, self.amo, self.gateway, self.recording) as processes:
            yield replace(self, setup=setup, backend=backend, processes=processes)

    def backend_with(self, needs: Iterable[str]) -> Backend | None:
        """Return a backend that offers all this, or None; a process is started when first needed."""
        wanted = set(needs)
        if wanted <= self.backend.offers:
            return self.backend
        return next((each for each in self.processes.take() if wanted <= each.offers), None)

    def harness_errors(self) -> tuple[str, ...]:
        """What went wrong around the scenario just played, and is nobody's finding.

        On the reference nothing is passed over in silence: neither a call that the fake does not model, nor
        a fault that no request met.
        """
        passed_over = self.remarks() if self.backend.is_reference else ()
        own = (*self.amo.problems(), *self.gateway.take_defects(), *self.backend.take_defects())
        return (*own, *passed_over)

    def remarks(self) -> tuple[str, ...]:
        """What a reader should know of the scenario just played, whoever's backend it was."""
        calls = (f"not modelled by the fake: {each}" for each in self.amo.unmodelled())
        return (*calls, *self.amo.left_over())

    @contextmanager
    def world(
        self,
        name: str,
        *,
        patience_s: float = PATIENCE_S,
        backend: Backend | None = None,
        recorder: Recorder | None = None,
    ) -> "Generator[World]":
        """Yield a fresh world for one scenario, with the stage's backend or another of its own.

        Whatever happens until the end of the block is in `recorder`.
        """
        servers = Servers(
            self.setup.config,
            self.amo,
            self.gateway,
            backend or self.backend,
            self.recording,
            amo_origin=of_another_site(self.amo.url, self.gateway.url),
        )
        casting = Casting(
            name,
            self.engine.name,
            patience_s,
            also_offers=machine_offers(),
            worker_clock=worker_clock(),
            tells_of_frames=self.engine.name == "webkitgtk",
        )
        recorder = recorder or Recorder()

        def note(seconds: float) -> None:
            recorder.record(StoodStill(for_s=round(seconds, 1)))

        with open_scene(servers, casting, recorder) as scene, stillness.noticed(note):
            world = World(self, scene)
            try:
                yield world
                world.examine_pages()
            except PageStarved as slow:
                recorder.record(TooSlow(reason=str(slow)))
                raise


class World:
    """One scenario's world, in the words of the story."""

    def __init__(self, stage: Stage, scene: Scene) -> None:
        self.stage, self.backend, self.gateway = stage, scene.backend, stage.gateway
        self.recorder = scene.recorder
        self._scene, self._name, self._stack = scene, scene.name, scene.stack
        self._route, self._probe, self._callers = scene.route, scene.probe, scene.callers
        self.amo = AmoSide(
            stage.amo, self.recorder, scene.probe.barrier, shares_clock=scene.backend.shares_amo_clock
        )
        self._phone: PhoneSide | None = None
        self._pages: list[CallbackPage] = []
        self._tap_numbers = itertools.count(1)
        out = stage.setup.out
        self._pictures = Pictures(out and out / "screenshots" / scene.name, scene.recorder)

    @property
    def phone(self) -> PhoneSide:
        """The user's phone, switched on when the story first needs it."""
        if self._phone is None:
            self._phone = self.new_phone()
        return self._phone

    @property
    def page(self) -> CallbackPage:
        """The callback's page in the user's browser."""
        return self.phone.page

    @property
    def consent(self) -> Consent:
        """The consent page in the user's browser."""
        return self.phone.consent

    def new_phone(self, user: str = FIRST_USER, *, build: Build | None = None) -> PhoneSide:
        """Return a phone with a browser of its own, and this build of the app or the run's."""
        setup = self.stage.setup
        options = setup.phone if build is None else replace(setup.phone, build=build)
        page = self._new_page(user)
        app = Phone(
            phone_settings(setup.config, self._scene, options, user, lambda: self._url_without_a_call(user)),
            self.recorder,
            screens=setup.screens,
        )
        return PhoneSide(
            self._stack.enter_context(app),
            page,
            Consent(page.tab, self.recorder, page, self.amo),
            authorization_url=lambda: self._url_of_elsewhere(user),
            in_browser=self._route.in_browser,
            host_is_named=options.host is not None,
        )

    def _new_page(self, user: str) -> CallbackPage:
        setup = self.stage.setup
        setting = PageSetting(
            setup.config.texts,
            redirect_uri=self.gateway.redirect_uri,
            user=user,
            tap_is_trusted=self.stage.engine.tap_is_trusted,
            own_origins=frozenset({self.gateway.addresses.public_url, self.gateway.addresses.frontend_url}),
            examiner=self.stage.examiner,
            pictures=self._pictures,
            watching=setup.watching,
        )
        notes = DepartureNotes(self.recorder, self._tap_numbers)
        tab = self.stage.engine.open_tab(notes.take)
        self._stack.callback(tab.close)
        page = CallbackPage(tab, self.recorder, setting, notes, self._callers.visitors)
        self._pages.append(page)
        return page

    def examine_pages(self) -> None:
        """Let axe look at the pages that stand in the phones' browsers: the story is over."""
        for each in self._pages:
            each.examine()

    def _url_without_a_call(self, user: str) -> str:
        """Return where an app that asks nothing sends the browser: the connect path, or amoCRM."""
        http = self.stage.setup.config.http
        if http.connect_call is not None:
            return f"{self.gateway.url}{self._callers.sessions.connect_path(user)}"
        return self._amo_url(app_state(user))

    def _url_of_elsewhere(self, user: str) -> str:
        """Return amoCRM's page as a user reaches it who has not come from "connect" in the app."""
        in_browser = self.stage.setup.config.http.connect_in_browser
        return self._url_without_a_call(user) if in_browser else self._amo_url(self._probe.state_for(user))

    def _amo_url(self, state: str) -> str:
        return own_authorization_url(self.stage.amo.url, self.stage.amo.client_id, state)

    def state_for(self, user: str = FIRST_USER) -> str:
        """Return a state that the backend has just issued for a user.

        One that comes with a cookie is taken by the phone's browser, which opens the connect path for it.
        """
        if not self.stage.setup.config.http.connect_in_browser:
            return self._probe.state_for(user)
        self.page.open(self._url_without_a_call(user))
        return self.page.query_of_address().get("state", "")

    def open_page(self, **parameters: str) -> None:
        """Open the page that is judged alone, with these parameters besides its own."""
        self.page.open_callback({**self.stage.setup.page_query, **parameters})

    def link(self, **parameters: str) -> str:
        """Return a link to the app's callback screen with these parameters."""
        query = f"?{urlencode(parameters)}" if parameters else ""
        return self.stage.setup.config.deep_link.base + query

    @contextmanager
    def at_first_byte(self, happens: Callable[[Exchange], None]) -> Generator[None]:
        """Let something happen each time that a page's first byte is held, before the look at the backend."""

        def happen_and_look(exchange: Exchange) -> None:
            happens(exchange)
            self._probe.look(exchange)

        with self.gateway.leads(replace(self._route, on_first_byte=happen_and_look)):
            yield

    def backend_dies_at_first_byte(self) -> AbstractContextManager[None]:
        """While the block opens the callback: the backend is killed and started again at the first byte."""

        def die(_: Exchange) -> None:
            self._scene.kill_backend()

        return self.at_first_byte(die)

    def twin_delivery(self, query: Mapping[str, str], held: HeldAnswer) -> AbstractContextManager[None]:
        """Deliver the same callback beside the browser while the block opens it."""
        return twin_delivery(self.gateway, query, self._probe.barrier, held, self.recorder)

    @contextmanager
    def race_for_leads(self, racers: int) -> Generator[None]:
        """Let others wait for the leads, and for the refresh that they need, while the block asks too."""
        ask, turn = self._probe.ask_for_leads, self._probe.barrier
        with (
            self.amo.held_refresh_answer() as held,
            race_for_leads(ask, turn, racers, held, self.recorder),
        ):
            yield

    def take_picture(self, name: str) -> None:
        """Keep a screenshot of the user's phone, if it was switched on and the run keeps any."""
        if self._phone is not None:
            self._phone.page.take_picture(name)

    def looks_first(self, query: Mapping[str, str], look: Look) -> None:
        """Let somebody who is not the user look at the callback's address first."""
        self.recorder.record(StoryStep(what=f"{look or 'somebody'} comes first"))
        only_look(self.gateway, query, look)

    def follows_a_link(self, query: Mapping[str, str], page: str) -> None:
        """Deliver this callback as a link on somebody's page does: its header `Referer` names that page."""
        deliver(self.gateway, query, page)

    @contextmanager
    def somebody_elses_host(self) -> Generator[tuple[str, ...]]:
        """Yield what `referer` may name in amoCRM's place: spellings of a host that notes what it is sent."""
        own = self.amo.redirect(state=None, code="-")["referer"]
        with open_stranger(self.recorder, own) as address:
            yield spellings_of(address, own, names=self.backend.sees_every_host)

    def tell(
        self,
        what: str,
        *,
        foreign_host: str = "",
        hostile: Iterable[str] = (),
        state_kind: Literal["unknown", "spent"] | None = None,
        fault: str | None = None,
    ) -> None:
        """Note a step of the story; what it says besides is about the next callback (`StoryStep`)."""
        self.recorder.record(
            StoryStep(
                what=what,
                hostile=tuple(hostile),
                state_kind=state_kind,
                fault=fault,
                foreign_host=foreign_host,
            )
        )


def _processes(setup: Setup, amo: FakeAmo, gateway: Gateway, recording: CurrentRecorder) -> Processes:
    open_process = setup.open_process
    if open_process is None:
        return Processes(None)
    return Processes(lambda: open_process(amo, gateway.addresses, recording))


@contextmanager
def open_stage(
    setup: Setup,
    engine: Engine,
    open_backend: OpenBackend,
    *,
    seed: int = DEFAULT_SEED,
    amo_port: int = 0,
    gateway_port: int = 0,
    tls: PublicTls | None = None,
    reach: Reach = LOOPBACK_ALONE,
) -> Generator[Stage]:
    """Yield a stage with everything running; `open_backend` gets the fake and the gateway's addresses.

    `tls` is what the redirect URI is on https with, and what `engine` trusts; by `reach` a device finds them.
    """
    with ExitStack() as stack:
        servers = stack.enter_context(
            open_servers(
                setup.config,
                open_backend,
                seed=seed,
                amo_port=amo_port,
                gateway_port=gateway_port,
                tls=tls,
                reach=reach,
            )
        )
        amo, gateway, recording = servers.amo, servers.gateway, servers.recording
        processes = stack.enter_context(_processes(setup, amo, gateway, recording))
        yield Stage(setup, engine, servers.backend, amo, gateway, recording, processes)
