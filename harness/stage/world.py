"""The composition root: a stage that lasts for the run, and one world for each scenario on it.

Owns putting the parts together: fake amoCRM, a backend, the gateway, the phones and their browser. The
parts know nothing of each other; whatever they say is recorded here.
"""

import itertools
import secrets
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fake_amo import AmoEvent, FakeAmo
from fake_amo.http.serving import ServingError
from fake_amo.site.faults import Hold
from fake_amo.state.dataset import DEFAULT_SEED
from harness.backends.backend import Backend
from harness.backends.foreign import amo_settings
from harness.config.settings import FIRST_USER, BackendConfig
from harness.engines import Engine, Tab
from harness.errors import UsageError
from harness.gateway.gateway import Gateway, open_gateway
from harness.gateway.probe import Probe
from harness.phone import Phone, PhoneSettings
from harness.stage.amo_side import AmoSide
from harness.stage.callback_page import CallbackPage
from harness.stage.consent import Consent
from harness.stage.delivery import race_for_leads, twin_delivery
from harness.stage.phone_side import PhoneSide
from harness.stage.scenario import Scenario
from harness.timeline.amo_events import amo_event
from harness.timeline.recorder import Recorder

OpenBackend = Callable[[FakeAmo, str], AbstractContextManager[Backend]]
"""Opens a backend that is connected to the fake and has this redirect URI."""

LEADS_AT_FIRST = 5
"""How many leads the fake's default account has."""


@dataclass
class Stage:
    """The servers and the browser of a run; scenarios play on it one after the other."""

    config: BackendConfig
    engine: Engine
    backend: Backend
    amo: FakeAmo
    gateway: Gateway
    recorder: Recorder
    phone: dict[str, Any] = field(default_factory=dict[str, Any])
    """What the user chose about the phone: fields of PhoneSettings."""
    out: Path | None = None
    open_process: OpenBackend | None = None
    """How the backend is had as a process of its own, for the scenarios that need to kill it."""
    stack: ExitStack = field(default_factory=ExitStack)
    processes: list[Backend] = field(default_factory=list[Backend])

    def backend_with(self, needs: Iterable[str]) -> Backend | None:
        """Return a backend that offers all this, or None; a process is started when first needed."""
        wanted = set(needs)
        if not wanted <= self.backend.offers and not self.processes and self.open_process is not None:
            process = self.stack.enter_context(self.open_process(self.amo, self.gateway.redirect_uri))
            self.processes.append(process)
        candidates = (self.backend, *self.processes)
        return next((each for each in candidates if wanted <= each.offers), None)

    def end_processes(self) -> None:
        """End what `backend_with` has started."""
        self.processes.clear()
        self.stack.close()

    def hear_amo(self, event: AmoEvent) -> None:
        """Record what the fake says, its secrets masked."""
        for label, value in event.secrets.items():
            self.recorder.secret(label, value)
        self.recorder.record(amo_event(event.kind, event.data), at_ns=event.at_ns)

    def trouble(self) -> tuple[str, ...]:
        """What went wrong around the scenario just played, and is nobody's finding."""
        of_amo = (*self.amo.problems(), *self.amo.left_over())
        return (*of_amo, *self.gateway.take_trouble(), *self.backend.take_trouble())

    @contextmanager
    def world(self, scenario: Scenario, backend: Backend | None = None) -> Generator["World"]:
        """Yield a fresh world for one scenario, with the stage's backend or another of its own."""
        backend = backend or self.backend
        recorder = self._begin(scenario, backend)
        with ExitStack() as stack:
            yield World(self, scenario, backend, recorder, stack)
            recorder.record("scenario", "ended")

    def _begin(self, scenario: Scenario, backend: Backend) -> Recorder:
        recorder = self.recorder = Recorder()
        recorder.secret("client_secret", self.amo.client_secret)
        recorder.record(
            "scenario",
            "started",
            id=scenario.id,
            engine=self.engine.name,
            backend=backend.name,
            storage_lasts=backend.storage_lasts,
            resets=backend.resets,
            deep_link=asdict(self.config.deep_link),
            texts=asdict(self.config.texts),
            callback=self.config.http.callback,
            leads_expected=LEADS_AT_FIRST,
        )
        self.gateway.records_to(recorder)
        self.amo.reset()
        self.amo.set_redirect_uri(self.gateway.redirect_uri)
        backend.prepare(recorder, patience_s=scenario.patience_s)
        self.gateway.backend_url = backend.url
        return recorder


class World:
    """One scenario's world, in the words of the story."""

    def __init__(
        self, stage: Stage, scenario: Scenario, backend: Backend, recorder: Recorder, stack: ExitStack
    ) -> None:
        self.stage, self.backend, self.gateway = stage, backend, stage.gateway
        self.recorder = recorder
        self._scenario, self._stack = scenario, stack
        self.probe = Probe(stage.config.http, backend, recorder)
        stack.callback(self.probe.close)
        stage.gateway.hold = self.probe
        self.amo = AmoSide(stage.amo, recorder, self.probe.barrier)
        self._phone: PhoneSide | None = None
        self._tap_numbers = itertools.count(1)

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

    def new_phone(self, user: str = FIRST_USER, **choices: Any) -> PhoneSide:
        """Return a phone with a browser of its own; `choices` are fields of PhoneSettings."""
        page = self._new_page(user)
        tab = page.tab
        settings = PhoneSettings(
            http=self.stage.config.http,
            base_url=self.backend.url,
            deep_link=self.stage.config.deep_link,
            user=user,
            authorization_url=None if self.stage.config.http.connect else self._own_authorization_url,
            **(self.stage.phone | choices),
        )
        app = self._stack.enter_context(Phone(settings, self.recorder))
        consent = Consent(tab, self.recorder, page, self.amo)
        return PhoneSide(
            app,
            page,
            consent,
            authorization_url=lambda: self._authorization_url(self.state_for(user)),
            in_browser=self.backend.in_browser,
            host_is_named="host" in self.stage.phone | choices,
        )

    def _new_page(self, user: str) -> CallbackPage:
        pages: list[CallbackPage] = []
        tab: Tab = self.stage.engine.open_tab(
            lambda departure: pages[0].on_departure(departure) if pages else None
        )
        self._stack.callback(tab.close)
        page = CallbackPage(
            tab,
            self.recorder,
            self.stage.config.texts,
            redirect_uri=self.gateway.redirect_uri,
            tap_is_trusted=self.stage.engine.tap_is_trusted,
            tap_numbers=self._tap_numbers,
        )
        page.before_callback = lambda: setattr(self.probe, "user", user)
        if self.stage.out is not None:
            page.picture_folder = self.stage.out / "screenshots" / self._scenario.id
        pages.append(page)
        return page

    def _authorization_url(self, state: str) -> str:
        query = {"client_id": self.stage.amo.client_id, "state": state}
        return f"{self.stage.amo.url}/oauth?{urlencode(query)}"

    def _own_authorization_url(self) -> str:
        """The authorization URL for a backend that issues none: a state of the harness's own."""
        return self._authorization_url(secrets.token_urlsafe(24))

    def state_for(self, user: str = FIRST_USER) -> str:
        """Return a state that the backend has just issued for a user."""
        return self.probe.state_for(user)

    def link(self, **parameters: str) -> str:
        """Return a link to the app's callback screen with these parameters."""
        query = f"?{urlencode(parameters)}" if parameters else ""
        return self.stage.config.deep_link.base + query

    def twin_delivery(self, query: Mapping[str, str], hold: Hold | None) -> AbstractContextManager[None]:
        """Deliver the same callback beside the browser while the block opens it."""
        return twin_delivery(self.gateway.redirect_uri, query, self.probe.barrier, hold, self.recorder)

    def race_for_leads(self, racers: int) -> AbstractContextManager[None]:
        """Let others wait for the leads, and for the refresh that they need, while the block asks too."""
        hold = self.amo.fake.hold("refresh")
        return race_for_leads(self.probe.ask_for_leads, self.probe.barrier, racers, hold, self.recorder)

    def take_picture(self, name: str) -> None:
        """Keep a screenshot of the user's phone, if it was switched on and the run keeps any."""
        if self._phone is not None:
            self._phone.page.take_picture(name)

    def tell(self, what: str, **data: Any) -> None:
        """Note a step of the story for whoever reads it."""
        self.recorder.record("scenario", "did", what=what, **data)


@contextmanager
def open_stage(
    config: BackendConfig,
    engine: Engine,
    open_backend: OpenBackend,
    *,
    open_process: OpenBackend | None = None,
    phone: dict[str, Any] | None = None,
    out: Path | None = None,
    seed: int = DEFAULT_SEED,
    amo_port: int = 0,
    gateway_port: int = 0,
) -> Generator[Stage]:
    """Yield a stage with everything running; `open_backend` gets the fake and the redirect URI."""
    with ExitStack() as stack:
        stages: list[Stage] = []
        try:
            amo = stack.enter_context(
                FakeAmo(
                    amo_settings(config, seed, amo_port),
                    on_event=lambda event: stages[0].hear_amo(event) if stages else None,
                )
            )
        except ServingError as trouble:
            raise UsageError(f"fake amoCRM {trouble}") from trouble
        recorder = Recorder()
        gateway = stack.enter_context(
            open_gateway(recorder, callback_path=config.http.callback, port=gateway_port)
        )
        amo.set_redirect_uri(gateway.redirect_uri)
        backend = stack.enter_context(open_backend(amo, gateway.redirect_uri))
        processes = stack.enter_context(ExitStack())
        stages.append(
            Stage(config, engine, backend, amo, gateway, recorder, phone or {}, out, open_process, processes)
        )
        yield stages[0]
