"""Backends outside this process, on the stage: one that the harness starts, one that already runs.

Owns what each of them offers to scenarios and how it gets back to "not connected".
"""

import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from fake_amo import FakeAmo
from harness.backends import Offer
from harness.config import BackendConfig, Http
from harness.errors import HarnessError
from harness.process import Environment, ForeignProcess, reference_start
from harness.timeline import Recorder


def offers_of(http: Http, *extra: Offer) -> frozenset[Offer]:
    """What a backend with these endpoints offers to scenarios."""
    offers = set(extra)
    if http.connect is not None:
        offers.add("connect")
    if any("{user}" in text for text in http.headers.values()):
        offers.add("users")
    return frozenset(offers)


class StartedBackend:
    """A backend whose process the harness owns."""

    storage_lasts = True

    def __init__(self, process: ForeignProcess, http: Http) -> None:
        self.name = process.name
        self.offers = offers_of(http, "process")
        self._process = process
        self._is_fresh = True

    @property
    def url(self) -> str:
        """The backend's origin, which may change with a restart."""
        return self._process.url

    def prepare(self, recorder: Recorder) -> None:
        """Get back to "not connected"; a process that has just been started is there already."""
        self._process.records_to(recorder)
        if not self._is_fresh or not self._process.is_running:
            self._process.reset()
        self._is_fresh = False

    def kill_and_restart(self) -> None:
        """Kill the process group and start it again on the same storage."""
        self._process.kill("the scenario kills it at the page's first byte")
        self._process.start()

    def take_trouble(self) -> list[str]:
        """What goes wrong in a process of its own is the backend's finding."""
        return []


class RunningBackend:
    """A backend that somebody else runs: it cannot be reset, restarted or killed."""

    storage_lasts = False

    def __init__(self, config: BackendConfig) -> None:
        self.name = config.name
        self.offers = offers_of(config.http)
        self.url = config.http.url

    def prepare(self, recorder: Recorder) -> None:
        """Record that it is used as it is."""
        recorder.record("backend", "started", name=self.name, url=self.url, how="already running")

    def kill_and_restart(self) -> None:
        """Not ours to kill."""
        raise HarnessError(f"{self.name} is not ours to kill: its scenario needs a [start] table")

    def take_trouble(self) -> list[str]:
        """What goes wrong in a backend of somebody else's is its finding."""
        return []


def placeholder_values(amo: FakeAmo, redirect_uri: str) -> Mapping[str, str]:
    """What a backend's command line and environment may name."""
    return {
        "amo_url": amo.url,
        "client_id": amo.client_id,
        "client_secret": amo.client_secret,
        "redirect_uri": redirect_uri,
    }


@contextmanager
def foreign_backend(
    config: BackendConfig, amo: FakeAmo, redirect_uri: str, *, environment: Environment | None = None
) -> Generator[StartedBackend | RunningBackend]:
    """Yield the backend of a `backend.toml`, running."""
    if config.start is None:
        yield RunningBackend(config)
        return
    values = placeholder_values(amo, redirect_uri)
    process = ForeignProcess(
        config.start, config.http, values, Recorder(), config.name, environment=environment
    )
    with process:
        yield StartedBackend(process, config.http)


@contextmanager
def reference_process(amo: FakeAmo, redirect_uri: str, *, fault: str = "") -> Generator[StartedBackend]:
    """Yield the reference backend as a process of its own, with a database that lasts, or a broken one."""
    start, http = reference_start()
    if fault:
        start = replace(start, command=(sys.executable, "-m", "backend_under_test.faults", fault))
    values = placeholder_values(amo, redirect_uri)
    with ForeignProcess(start, http, values, Recorder(), "reference") as process:
        yield StartedBackend(process, http)
