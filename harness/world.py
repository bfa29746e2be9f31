"""The composition root: a stage that lasts for the run, and one world for each scenario on it.

Owns putting the parts together: fake amoCRM, a backend, the gateway, the phone and its browser. The
parts know nothing of each other; whatever they say is recorded here.
"""

from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx

from fake_amo import AmoEvent, FakeAmo
from harness.amo_side import AmoSide
from harness.backends import Backend
from harness.callback_page import CallbackPage
from harness.config import BackendConfig
from harness.engines import Engine, Tab
from harness.gateway import Exchange, Gateway, open_gateway
from harness.phone import Phone, PhoneClock, PhoneSettings
from harness.phone_side import PhoneSide
from harness.scenario import Scenario
from harness.timeline import Recorder

PROBE_TIMEOUT_S = 5.0
BARRIER_TURNS = 3


@dataclass
class World:
    """One scenario's world, in the words of the story."""

    config: BackendConfig
    recorder: Recorder
    phone: PhoneSide
    amo: AmoSide
    page: CallbackPage
    backend: Backend
    gateway: Gateway
    probe: "Probe"

    def tell(self, what: str, **data: Any) -> None:
        """Note a step of the story for whoever reads it."""
        self.recorder.record("scenario", "did", what=what, **data)


class Probe:
    """Asks the backend for the status as the app would, while an answer's first byte is held."""

    def __init__(self, config: BackendConfig, backend: Backend, recorder: Recorder) -> None:
        self._config, self._backend, self._recorder = config, backend, recorder
        self._client = httpx.Client(trust_env=False, timeout=PROBE_TIMEOUT_S)
        self.before: Callable[[Exchange], None] | None = None
        """What else happens while the first byte is held, such as the backend's death."""

    def __call__(self, exchange: Exchange) -> None:
        """Look at the status; recorded as `gateway.probe`."""
        if self.before is not None:
            self.before(exchange)
        http = self._config.http
        seen = read_status(self._client, self._backend.url, http.status, http.headers, http.connected)
        self._recorder.record("gateway", "probe", exchange=exchange.number, **seen)

    def barrier(self) -> None:
        """Let the backend answer something else, so that it has had its turn."""
        for _ in range(BARRIER_TURNS):
            self._client.get(self._backend.url + self._config.http.ready)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


def read_status(
    client: httpx.Client, url: str, path: str, headers: Mapping[str, str], flag: str
) -> dict[str, Any]:
    """Ask for the status: `{http_status, connected}`; `connected` is None where the flag is not there."""
    try:
        answer = client.get(url + path, headers=dict(headers))
    except httpx.HTTPError as trouble:
        return {"http_status": None, "connected": None, "reason": str(trouble) or type(trouble).__name__}
    return {"http_status": answer.status_code, "connected": dotted(answer, flag)}


def dotted(answer: httpx.Response, path: str) -> Any:
    """Return the value at a dotted path of a JSON answer, or None."""
    try:
        value: Any = answer.json()
    except ValueError:
        return None
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    return value  # pyright: ignore[reportUnknownVariableType]


@dataclass
class Stage:
    """The servers and the browser of a run; scenarios play on it one after the other."""

    config: BackendConfig
    engine: Engine
    backend: Backend
    amo: FakeAmo
    gateway: Gateway
    recorder: Recorder
    out: Path | None = None

    def hear_amo(self, event: AmoEvent) -> None:
        """Record what the fake says, its secrets masked."""
        for label, value in event.secrets.items():
            self.recorder.secret(label, value)
        self.recorder.record("amo", event.kind, at_ns=event.at_ns, **event.data)

    def trouble(self) -> tuple[str, ...]:
        """What went wrong around the scenario just played, and is nobody's finding."""
        left = [f"fault left over: {fault}" for fault in self.amo.faults.pending()]
        return (*map(str, self.amo.trouble), *left, *self.gateway.trouble)

    @contextmanager
    def world(self, scenario: Scenario) -> Generator[World]:
        """Yield a fresh world for one scenario."""
        recorder = self._begin(scenario)
        with ExitStack() as stack:
            page: CallbackPage | None = None
            tab = self.engine.open_tab(lambda departure: page.on_departure(departure) if page else None)
            stack.callback(tab.close)
            page = self._page(tab, recorder, scenario)
            probe = Probe(self.config, self.backend, recorder)
            stack.callback(probe.close)
            self.gateway.hold = probe
            phone = stack.enter_context(self._phone(recorder))
            amo = AmoSide(self.amo, tab, recorder, page, probe.barrier)
            yield World(
                self.config, recorder, PhoneSide(phone, page), amo, page, self.backend, self.gateway, probe
            )
            recorder.record("scenario", "ended")

    def _begin(self, scenario: Scenario) -> Recorder:
        recorder = self.recorder = Recorder()
        for label in ("client_secret",):
            recorder.secret(label, getattr(self.amo, label))
        recorder.record(
            "scenario",
            "started",
            id=scenario.id,
            engine=self.engine.name,
            backend=self.backend.name,
            storage_lasts=self.backend.storage_lasts,
            deep_link=asdict(self.config.deep_link),
            texts=asdict(self.config.texts),
            callback=self.config.http.callback,
        )
        self.gateway.records_to(recorder)
        self.amo.reset()
        self.backend.prepare(recorder)
        self.gateway.backend_url = self.backend.url
        return recorder

    def _page(self, tab: Tab, recorder: Recorder, scenario: Scenario) -> CallbackPage:
        page = CallbackPage(
            tab,
            recorder,
            self.config.texts,
            redirect_uri=self.gateway.redirect_uri,
            tap_is_trusted=self.engine.tap_is_trusted,
        )
        page.picture_folder = self.out / "screenshots" / scenario.id if self.out else None
        return page

    @contextmanager
    def _phone(self, recorder: Recorder) -> Generator[Phone]:
        settings = PhoneSettings(
            http=self.config.http, base_url=self.backend.url, deep_link=self.config.deep_link
        )
        phone = Phone(settings=settings, recorder=recorder, clock=PhoneClock())
        try:
            yield phone
        finally:
            phone.close()


@contextmanager
def open_stage(
    config: BackendConfig,
    engine: Engine,
    open_backend: Callable[[FakeAmo, str], AbstractContextManager[Backend]],
    *,
    out: Path | None = None,
) -> Generator[Stage]:
    """Yield a stage with everything running; `open_backend` gets the fake and the redirect URI."""
    with ExitStack() as stack:
        stage: Stage | None = None
        amo = stack.enter_context(FakeAmo(on_event=lambda event: stage.hear_amo(event) if stage else None))
        recorder = Recorder()
        gateway = stack.enter_context(open_gateway(recorder, callback_path=config.http.callback))
        amo.set_redirect_uri(gateway.redirect_uri)
        backend = stack.enter_context(open_backend(amo, gateway.redirect_uri))
        stage = Stage(config, engine, backend, amo, gateway, recorder, out)
        yield stage
