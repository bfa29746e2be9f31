"""Backends outside this process, on the stage: one that the harness starts, one that already runs.

Owns what each of them offers to scenarios and how it gets back to "not connected".
"""

import os
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import chain
from multiprocessing import current_process, parent_process
from pathlib import Path
from urllib.parse import urlsplit

from fake_amo import AmoSettings, FakeAmo
from fake_amo.state.dataset import DEFAULT_SEED
from fake_amo.state.profiles import profile_of_zone
from harness.backends.backend import Addresses, Offer
from harness.backends.intercept import Intercept, Refusal, open_intercept
from harness.backends.process import ForeignProcess
from harness.backends.reach import LOOPBACK_ALONE, Reach
from harness.config.placeholders import own_secrets, placeholders_in
from harness.config.settings import BackendConfig, Http, Start
from harness.errors import HarnessError
from harness.timeline.current import CurrentRecorder
from harness.timeline.events import BackendStarted, ConnectionRefused
from harness.timeline.masking import OWN

OWN_ADDRESS = "127.0.0.1:{port}"
"""What `referer` carries where amoCRM's own hosts are not answered: the address that the backend knows."""
OWN_ADDRESSES = "127.0.0.1:{own_port}"
"""The same where the backend is told the second account's address as well."""


def offers_of(http: Http, *extra: Offer) -> frozenset[Offer]:
    """What a backend with these endpoints offers to scenarios."""
    offers = {"callback", *extra}
    if http.status:
        offers.add("status")
    if http.leads:
        offers.add("leads")
    if http.status or http.leads:
        offers.add("calls")
    if http.connect is not None:
        offers.add("connect")
    if http.tells_users_apart:
        offers.add("users")
    return frozenset(offers)


def offers_of_config(config: BackendConfig) -> frozenset[Offer]:
    """What the backend of a configuration offers to scenarios."""
    start = config.start
    if start is None:
        return offers_of(config.http)
    return offers_of(config.http, "process", *(("storage",) if start.storage_lasts else ()))


ENDS_WITHIN_S = 2.0
"""How long a process that has just dropped a connection may take to be gone."""


class StartedBackend:
    """A backend whose process the harness owns."""

    is_reference = False
    shares_amo_clock = False

    def __init__(
        self, process: ForeignProcess, offers: frozenset[Offer], intercept: Intercept | None = None
    ) -> None:
        self.name = process.name
        self.resets = process.resets
        self.offers = offers
        self.storage_lasts = "storage" in offers
        self._process = process
        self._intercept = intercept
        self._is_fresh = True
        self.sees_every_host = intercept is not None

    @property
    def url(self) -> str:
        """The backend's origin, which may change with a restart."""
        return self._process.url

    @property
    def refusals(self) -> Sequence[Refusal]:
        """What the intercepting proxy has refused so far, oldest first; nothing where there is none."""
        return tuple(self._intercept.refusals) if self._intercept else ()

    def prepare(self, *, patience_s: float) -> None:  # noqa: ARG002 - a foreign backend has its own
        """Get back to "not connected"; a process that has just been started is there already."""
        self._process.tell_that_it_runs()
        if not self._is_fresh or not self._process.is_running:
            self.reset()
        self._is_fresh = False

    def reset(self) -> None:
        """Get back to "not connected" in the way that its configuration says; BackendError when it cannot."""
        self._process.reset()

    def comes_back(self) -> str:
        """Start it again where it has just ended by itself; return how it ended, nothing where it runs."""
        if not self._process.has_ended(ENDS_WITHIN_S):
            return ""
        ended = self._process.end_in_words()
        self._process.start()
        return ended

    def kill_and_restart(self) -> None:
        """Kill the process group and start it again on the same storage."""
        self._process.kill("it is killed on purpose, and started again")
        self._process.start()

    def in_browser(self, url: str) -> str:
        """Return amoCRM's URL as the phone's browser must open it here."""
        return self._intercept.in_browser(url) if self._intercept else url

    def take_defects(self) -> list[str]:
        """What goes wrong in a process of its own is its finding; a defect of the proxy before it is ours."""
        return self._intercept.take_defects() if self._intercept else []


class RunningBackend:
    """A backend that somebody else runs: it cannot be reset, restarted or killed."""

    storage_lasts = False
    resets = False
    is_reference = False
    shares_amo_clock = False
    sees_every_host = False
    refusals: Sequence[Refusal] = ()

    def __init__(
        self, config: BackendConfig, recording: CurrentRecorder, *, offers: frozenset[Offer]
    ) -> None:
        self._recording = recording
        self.name = config.name
        self.offers = offers
        self.url = config.http.url

    def prepare(self, *, patience_s: float) -> None:  # noqa: ARG002 - a foreign backend has its own
        """Record that it is used as it is."""
        self._recording.now.record(BackendStarted(backend=self.name, url=self.url, how="already running"))

    def kill_and_restart(self) -> None:
        """Not ours to kill."""
        raise HarnessError(f"{self.name} is not ours to kill: its scenario needs a [start] table")

    def in_browser(self, url: str) -> str:
        """Return the URL as it is."""
        return url

    def take_defects(self) -> list[str]:
        """What goes wrong in a backend of somebody else's is its finding."""
        return []


def placeholder_values(amo: FakeAmo, addresses: Addresses) -> Mapping[str, str]:
    """What a backend's command line and environment may name."""
    return {
        "amo_url": amo.url,
        "client_id": amo.client_id,
        "client_secret": amo.client_secret,
        "redirect_uri": addresses.redirect_uri,
        "public_url": addresses.public_url,
        "frontend_url": addresses.frontend_url,
        "amo_host": amo.account_host,
        "amo_hosts": ",".join(dict.fromkeys(each.host for each in amo.accounts)),
        "amo_subdomain": amo.account_host.partition(".")[0],
        "worker": _worker(),
    }


def _worker() -> str:
    """Return the number of this worker, of ours or of pytest-xdist's: from 1 on, 0 for a process alone."""
    if parent_process() is not None:
        return current_process().name.rpartition("-")[2]
    of_pytest = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    return str(int(of_pytest) + 1) if of_pytest.isdecimal() else "0"


def amo_settings(
    config: BackendConfig,
    seed: int = DEFAULT_SEED,
    port: int = 0,
    hooks_trust: Path | None = None,
    reach: Reach = LOOPBACK_ALONE,
) -> AmoSettings:
    """Return the fake's settings for a backend: one that is intercepted is sent to amoCRM's own hosts."""
    is_intercepted = config.start is not None and config.start.intercept
    return AmoSettings(
        profile=profile_of_zone(config.zone).name,
        seed=seed,
        port=port,
        world="two-accounts" if "users" in offers_of(config.http) else "default",
        account_host=f"{{subdomain}}.{config.zone}" if is_intercepted else _own_address(config, reach),
        lan=reach.lan or None,
        public_url=reach.amo_url or None,
        allowed_hosts=tuple(sorted(reach.names)),
        control=reach == LOOPBACK_ALONE,  # whoever reaches it from elsewhere must not steer it
        hooks_trust=str(hooks_trust) if hooks_trust else None,
        raise_at_exit=False,
        limits=False,
    )


def _own_address(config: BackendConfig, reach: Reach) -> str:
    if reach.amo_url:
        return urlsplit(reach.amo_url).netloc
    host = f"[{reach.lan}]" if ":" in reach.lan else reach.lan
    if host:
        return f"{host}:{{port}}"
    return OWN_ADDRESSES if _knows_all_hosts(config) else OWN_ADDRESS


def _knows_all_hosts(config: BackendConfig) -> bool:
    """Tell whether a backend is told all addresses: the reference, which has no [start], or one by name."""
    if config.start is None:
        return "{port}" in config.http.url
    told = (*config.start.command, *chain(*config.start.beside), *config.start.env.values())
    return any("amo_hosts" in placeholders_in(text) for text in told)


OF_A_PAGE: frozenset[Offer] = frozenset({"page"})
"""What a page that is judged alone offers."""


@contextmanager
def page_alone(
    config: BackendConfig, _amo: FakeAmo, _addresses: Addresses, recording: CurrentRecorder
) -> Generator[RunningBackend]:
    """Yield whatever serves the page at `[http].callback`, of which nothing else is known."""
    yield RunningBackend(config, recording, offers=OF_A_PAGE)


@contextmanager
def foreign_backend(
    config: BackendConfig, amo: FakeAmo, addresses: Addresses, recording: CurrentRecorder
) -> Generator[StartedBackend | RunningBackend]:
    """Yield the backend of a `backend.toml`, running."""
    if config.start is None:
        yield RunningBackend(config, recording, offers=offers_of_config(config))
        return
    recording.now.secret("client_secret", amo.client_secret)  # its last words, where it does not start
    for each in own_secrets(config.start.env):
        recording.now.secret(OWN, each)

    def tell(refusal: Refusal) -> None:
        recording.now.record(ConnectionRefused(host=refusal.host, why=refusal.why))

    with ExitStack() as stack:
        intercept = stack.enter_context(open_intercept(amo.url, tell)) if config.start.intercept else None
        process = ForeignProcess(
            config.start,
            config.http,
            placeholder_values(amo, addresses),
            recording,
            config.name,
            environment=intercept.environment if intercept else None,
        )
        stack.enter_context(process)
        yield StartedBackend(process, offers_of_config(config), intercept)


@contextmanager
def reference_process(
    amo: FakeAmo, addresses: Addresses, recording: CurrentRecorder, *, fault: str = ""
) -> Generator[StartedBackend]:
    """Yield the reference backend as a process of its own, with a database that lasts, or a broken one."""
    start, http = reference_start()
    if fault:
        start = replace(start, command=(sys.executable, "-m", "backend_under_test.mutations.faults", fault))
    values = placeholder_values(amo, addresses)
    with ForeignProcess(start, http, values, recording, "reference") as process:
        yield StartedBackend(process, offers_of(http, "process", "storage"))


def reference_start() -> tuple[Start, Http]:
    """Return how the reference backend runs as a child process with storage that lasts (for ST-03)."""
    start = Start(
        command=(sys.executable, "-m", "backend_under_test"),
        env={
            "PORT": "{port}",
            "AMO_BASE_URL": "{amo_url}",
            "AMO_CLIENT_ID": "{client_id}",
            "AMO_CLIENT_SECRET": "{client_secret}",
            "AMO_REDIRECT_URI": "{redirect_uri}",
            "DATABASE_URL": "sqlite:///{tmp}/backend.db",
            "PYTHONSAFEPATH": "1",  # the directory that the harness was called from hides no module
        },
    )
    return start, Http(connect="/api/amo-crm/auth-url")
