"""The servers of a run, and one scenario's scene on them, for a browser that is driven and for a person's.

Owns opening fake amoCRM, the gateway and the backend so that they know of each other, and where a scene leads
and records. Knows no browser, no engine and no clause.
"""

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cache
from socket import gethostbyname
from urllib.parse import urlsplit

from fake_amo import AmoEvent, AmoSettings, FakeAmo
from fake_amo.http.serving import ServingError
from fake_amo.state.dataset import DEFAULT_SEED
from harness.api_client.session import Sessions
from harness.backends.backend import Backend, OpenBackend
from harness.backends.foreign import OWN_ADDRESS, OWN_ADDRESSES, amo_settings
from harness.backends.ports import short_ports
from harness.backends.reach import LOOPBACK_ALONE, Reach
from harness.config.placeholders import own_secrets
from harness.config.settings import BackendConfig
from harness.errors import BackendError, UsageError
from harness.gateway.gateway import Gateway, Route, gateway_of
from harness.gateway.probe import Callers, Probe, Visitors
from harness.gateway.public_tls import PublicTls
from harness.timeline.amo_events import amo_event
from harness.timeline.current import CurrentRecorder
from harness.timeline.events import BackendEnded, ScenarioEnded, ScenarioStarted
from harness.timeline.masking import OWN
from harness.timeline.recorder import Recorder

LEADS_AT_FIRST = 5
"""How many leads the fake's default account has."""
THIS_MACHINE, ITS_OTHER_NAME = "127.0.0.1", "localhost"
PATIENCE_S = 10.0
"""How long a backend that lets itself be told waits for amoCRM."""


@dataclass(frozen=True, slots=True)
class Servers:
    """Fake amoCRM, the gateway and the backend of a run, running; what they say goes where `recording` is."""

    config: BackendConfig
    amo: FakeAmo
    gateway: Gateway
    backend: Backend
    recording: CurrentRecorder
    amo_origin: str = ""
    """Where the phone's browser finds fake amoCRM, if not at its own address."""

    def in_browser(self, url: str) -> str:
        """Return an address of amoCRM's as the phone's browser can open it here; any other as it is."""
        here = self.backend.in_browser(url)
        if self.amo_origin and here.startswith((f"{self.amo.url}/", f"{self.amo.url}?")):
            return self.amo_origin + here.removeprefix(self.amo.url)
        return here


@dataclass(frozen=True, slots=True)
class Scene:
    """What one scenario has of its own."""

    name: str
    backend: Backend
    route: Route
    probe: Probe
    callers: Callers
    stack: ExitStack
    """Ends with it: what was opened for this scenario alone."""

    @property
    def recorder(self) -> Recorder:
        """Where it records."""
        return self.route.recorder

    def kill_backend(self) -> None:
        """Kill the backend and start it again on the same storage; note one that does not serve then."""
        try:
            self.backend.kill_and_restart()
        except BackendError as error:
            self.recorder.record(BackendEnded(why=str(error)))
        self.callers.sessions.forget()


@dataclass(frozen=True, slots=True)
class Casting:
    """How one scenario is told on its timeline, and how patient a backend is that lets itself be told."""

    name: str
    engine: str
    """Its name; for a person's own browser what the harness calls that."""
    patience_s: float = PATIENCE_S
    also_offers: frozenset[str] = frozenset()
    """What is offered besides what the backend offers, in the words of a clause's `needs`."""
    by_hand: bool = False
    """Whether a person walks it, in a browser of their own."""
    page_altered: bool = False
    """Whether a script of ours is in the backend's pages."""
    worker_clock: bytes = b""
    """What a worker's file begins with, where the page's time is the harness's."""
    tells_of_frames: bool = False
    """Whether the engine can be made to tell of frames that leave for another app."""


@contextmanager
def open_scene(servers: Servers, casting: Casting, recorder: Recorder) -> Generator[Scene]:
    """Yield a fresh scene: the fake and the backend are put back, the gateway leads to it, and it records."""
    config, backend = servers.config, servers.backend
    with servers.recording.during(recorder), ExitStack() as stack:
        _begin(servers, casting, recorder)
        http = config.http
        callers = Callers(Visitors(), Sessions(http, lambda: backend.url))
        probe = Probe(http, lambda: backend.url, recorder, callers)
        stack.callback(probe.close)
        route = Route(
            lambda: backend.url,
            recorder,
            probe.look,
            ca=http.authority,
            in_browser=servers.in_browser,
            worker_clock=casting.worker_clock,
            tells_of_frames=casting.tells_of_frames,
        )
        stack.enter_context(servers.gateway.leads(route))
        yield Scene(casting.name, backend, route, probe, callers, stack)
        recorder.record(ScenarioEnded())


def _begin(servers: Servers, casting: Casting, recorder: Recorder) -> None:
    config, backend = servers.config, servers.backend
    recorder.secret("client_secret", servers.amo.client_secret)
    signs_in = "\n".join(config.http.headers.values())  # which has a label of its own
    for each in own_secrets(config.start.env if config.start else {}, besides=signs_in):
        recorder.secret(OWN, each)
    recorder.record(
        ScenarioStarted(
            id=casting.name,
            engine=casting.engine,
            backend=backend.name,
            storage_lasts=backend.storage_lasts,
            resets=backend.resets,
            shares_amo_clock=backend.shares_amo_clock,
            deep_link=config.deep_link.in_parts,
            universal=config.deep_link.universal,
            texts=asdict(config.texts),
            callback=config.http.callback,
            leads_expected=LEADS_AT_FIRST,
            offers=tuple(sorted(backend.offers | casting.also_offers)),
            by_hand=casting.by_hand,
            page_altered=casting.page_altered,
        )
    )
    servers.amo.reset()
    servers.amo.set_redirect_uri(servers.gateway.redirect_uri)
    backend.prepare(patience_s=casting.patience_s)


def _hear_amo(event: AmoEvent, recording: CurrentRecorder) -> None:
    """Record what the fake says, its secrets masked."""
    recorder = recording.now
    for label, value in event.secrets.items():
        recorder.secret(label, value)
    recorder.record(amo_event(event.kind, event.data), at_ns=event.at_ns)


@contextmanager
def open_servers(
    config: BackendConfig,
    open_backend: OpenBackend,
    *,
    seed: int = DEFAULT_SEED,
    amo_port: int = 0,
    gateway_port: int = 0,
    tls: PublicTls | None = None,
    reach: Reach = LOOPBACK_ALONE,
) -> Generator[Servers]:
    """Yield the servers; `open_backend` gets the fake and the gateway's addresses.

    `tls` is what the redirect URI is on https with; by `reach` phones find them.
    UsageError for an address that cannot be had.
    """
    recording = CurrentRecorder()
    with ExitStack() as stack:
        settings = amo_settings(config, seed, amo_port, tls and tls.ca_file, reach)
        amo = stack.enter_context(_open_amo(settings, lambda event: _hear_amo(event, recording)))
        gateway = stack.enter_context(gateway_of(config.http, port=gateway_port, tls=tls, reach=reach))
        amo.set_redirect_uri(gateway.redirect_uri)
        backend = stack.enter_context(open_backend(amo, gateway.addresses, recording))
        yield Servers(config, amo, gateway, backend, recording)


@contextmanager
def _open_amo(settings: AmoSettings, hear: Callable[[AmoEvent], None]) -> Generator[FakeAmo]:
    """Yield fake amoCRM, running.

    Where `referer` carries its address, that is one that a longer one can begin with, for whoever compares
    beginnings alone (`open_stranger`).
    """
    is_named = settings.account_host in (OWN_ADDRESS, OWN_ADDRESSES) and not settings.port
    with ExitStack() as stack:
        for port in (*(short_ports() if is_named else ()), settings.port):
            amo = FakeAmo(replace(settings, port=port), on_event=hear)
            try:
                stack.enter_context(amo)
            except ServingError as error:
                if port != settings.port:
                    continue  # somebody listens there
                raise UsageError(f"fake amoCRM {error}") from error
            yield amo
            return


@cache
def of_another_site(amo_url: str, gateway_url: str) -> str:
    """Return fake amoCRM's address by this machine's other name; empty where there is none.

    All ports of 127.0.0.1 are one site: from there a `SameSite=Strict` cookie would come to the callback,
    which on a phone it never does.
    """
    is_so_called = urlsplit(gateway_url).hostname == THIS_MACHINE
    if not is_so_called or not _is_this_machine(ITS_OTHER_NAME):
        return ""
    return amo_url.replace(f"//{THIS_MACHINE}:", f"//{ITS_OTHER_NAME}:")


def _is_this_machine(name: str) -> bool:
    try:
        return gethostbyname(name) == THIS_MACHINE
    except OSError:
        return False


def with_backend(servers: Servers, backend: Backend) -> Servers:
    """Return the same servers with another backend."""
    return replace(servers, backend=backend)
