"""What a run of load stands on: fake amoCRM, the backend's instances, and Locust as a process of its own.

Owns putting them together and their end. Must not judge.
"""

import os
import secrets
import sys
import time
from collections import deque
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from fake_amo import FakeAmo
from harness.backends.backend import Addresses
from harness.backends.foreign import offers_of, placeholder_values, reference_start
from harness.backends.intercept import Intercept, open_intercept
from harness.backends.ports import free_port
from harness.backends.process import Environment
from harness.config.settings import BackendConfig, Start
from harness.errors import HarnessError, UsageError
from harness.load.driving.marks import Marks
from harness.load.driving.plan import PLAN, Plan
from harness.load.instances import open_instances
from harness.load.judging.server_side import Ear
from harness.load.outcome.request import LOOPBACK, LoadRequest
from harness.load.weather import EXPIRES_IN_S, amo_settings, make_weather
from harness.processes.supervised import Supervised
from harness.stage.stranger import open_stranger, spellings_of
from harness.timeline.current import CurrentRecorder
from harness.timeline.events import BackendEnded, BackendOutput, Event, TurnedElsewhere
from harness.timeline.recorder import Recorder

LOCUSTFILE = Path(__file__).parent / "driving" / "locustfile.py"
STOPS_WITHIN_S = 30
"""How long users may take for what they are at when the time is over."""
ENDS_WITHIN_S = 60.0
WORKERS_COME_WITHIN_S, A_DAY_S = 600.0, 86_400.0
KEPT_LINES = 200
NOT_THERE = 'load needs Locust: pip install "amo-harness[load]"'


def check_extra() -> None:
    """Raise UsageError where Locust is not installed; it is not imported here, for it patches who does."""
    if find_spec("locust") is None:
        raise UsageError(NOT_THERE)


class Hearing(Recorder):
    """Hears the backend's processes: secrets in their output, and ends by themselves."""

    def __init__(self, marks: Marks, ear: Ear) -> None:
        super().__init__()
        self._marks, self._ear = marks, ear
        self._leaks = 0

    def record(self, event: Event, *, at_ns: int | None = None) -> None:
        """Write what matters of an event."""
        moment_ns = at_ns or time.monotonic_ns()
        if isinstance(event, TurnedElsewhere):
            self._ear.hear_stranger(event, moment_ns)
        elif isinstance(event, BackendOutput):
            line = self._marks.hide(event.line)
            if line != event.line and self._leaks < KEPT_LINES:
                self._leaks += 1
                self._ear.hear_secret(line, moment_ns)
        elif isinstance(event, BackendEnded) and not event.expected:
            self._ear.hear_end(event.exit_code, moment_ns)


@dataclass(frozen=True)
class LoadStage:
    """Everything that runs, and the plan for whoever drives."""

    amo: FakeAmo
    plan: Plan
    hearing: Hearing
    owner_account: int
    """The account of whoever is the only user."""


def tells_users_apart(config: BackendConfig) -> bool:
    """Tell whether the backend has users."""
    return config.http.tells_users_apart


def offers_by_http(config: BackendConfig) -> frozenset[str]:
    """Return what the clauses may need and load can show: never a process that is killed."""
    return offers_of(config.http)


def started(config: BackendConfig, request: LoadRequest) -> Start | None:
    """Return how the backend is started; None: it runs already."""
    if request.backend is not None:
        return config.start
    start, _ = reference_start()
    env = {**start.env, "APP_SESSIONS": "*"}
    if not request.fault:
        return replace(start, env=env)
    command = (sys.executable, "-m", "backend_under_test.mutations.faults", request.fault)
    return replace(start, command=command, env=env)


@contextmanager
def open_load(config: BackendConfig, request: LoadRequest, folder: Path) -> Generator[LoadStage]:
    """Yield everything running, what is recorded going to the folder; BackendError, UsageError."""
    marks = Marks(secrets.token_hex(16), "")
    apart = tells_users_apart(config)
    settings = amo_settings(
        config, request.shape, request.users, host=request.master, tells_users_apart=apart
    )
    public_url = f"http://{request.master}:{free_port()}"
    redirect_uri = f"{public_url}{config.http.callback}"
    with ExitStack() as stack:
        ear = stack.enter_context(Ear(folder / "server.ndjson", marks))
        amo = stack.enter_context(FakeAmo(replace(settings, redirect_uri=redirect_uri), on_event=ear.hear))
        marks = replace(marks, client_secret=amo.client_secret)
        hearing = Hearing(marks, ear)
        stranger = stack.enter_context(open_stranger(hearing))
        urls = stack.enter_context(_backends(config, request, amo, Addresses(redirect_uri), hearing))
        make_weather(amo, request.shape)
        plan = Plan(
            shape=request.shape,
            users=request.users,
            backend_urls=tuple(_reached_by(url, request.master) for url in urls),
            public_url=public_url,
            amo_url=amo.url,
            client_id=amo.client_id,
            key=marks.key,
            client_secret=amo.client_secret,
            out=str((folder / "users.ndjson").resolve()),
            figures=str((folder / "figures.json").resolve()),
            tells_users_apart=apart,
            http=config.http,
            deep_link=config.deep_link,
            expires_in_s=EXPIRES_IN_S + 0.1,
            people=request.people or 0,
            strangers=spellings_of(stranger, _own_host(config), names=False),
            workers=request.workers or request.processes,
        )
        Path(plan.out).touch()
        yield LoadStage(amo, plan, hearing, amo.accounts[0].id)
        amo.faults.clear()


@contextmanager
def _backends(
    config: BackendConfig,
    request: LoadRequest,
    amo: FakeAmo,
    addresses: Addresses,
    hearing: Hearing,
) -> Generator[tuple[str, ...]]:
    start = started(config, request)
    if start is None:
        yield (config.http.url,)
        return
    count = request.instances or start.instances
    with ExitStack() as stack:

        def environment() -> Environment | None:
            if not start.intercept:
                return None
            intercept: Intercept = stack.enter_context(open_intercept(amo.url))
            return intercept.environment

        values: Mapping[str, str] = placeholder_values(amo, addresses)
        recording = CurrentRecorder(hearing)
        running = stack.enter_context(
            open_instances(config, start, values, recording, count=count, environment=environment)
        )
        yield tuple(each.url for each in running)


def _own_host(config: BackendConfig) -> str:
    """Return what `referer` rightly says, or might."""
    return f"testaccount.{config.zone}"


def _reached_by(url: str, host: str) -> str:
    """Return a loopback origin as other machines reach it, where some are to drive."""
    parts = urlsplit(url)
    if host == LOOPBACK or parts.hostname not in (LOOPBACK, "localhost"):
        return url
    return urlunsplit(parts._replace(netloc=f"{host}:{parts.port}"))


def _locust(request: LoadRequest) -> tuple[str, ...]:
    locustfile = str((request.locustfile or LOCUSTFILE).resolve())
    return (sys.executable, "-m", "locust", "-f", locustfile, "--loglevel", "WARNING")


def locust_command(plan: Plan, request: LoadRequest) -> tuple[str, ...]:
    """Return how Locust is started."""
    seconds = max(1, round(60 * request.minutes))
    words = [
        *_locust(request),
        *("--headless", "--only-summary", "--exit-code-on-error", "0"),
        *("-u", str(plan.users), "-r", str(plan.users), "-t", f"{seconds}s"),
        *("--stop-timeout", str(STOPS_WITHIN_S)),
        *("--master-bind-host", request.master, "--master-host", request.master),
        *_processes(request),
    ]
    if request.workers:
        words += ["--master", "--expect-workers", str(request.workers)]
        words += ["--master-bind-port", str(request.master_port)]
    return tuple(words)


def _processes(request: LoadRequest) -> tuple[str, ...]:
    if not request.processes:
        return ()
    port = str(free_port())
    return ("--processes", str(request.processes), "--master-bind-port", port, "--master-port", port)


def environment_of_locust() -> dict[str, str]:
    """Return ours without what would set Locust up otherwise."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LOCUST_")}
    return {**kept, "PYTHONUNBUFFERED": "1"}


class Driving:
    """Locust, supervised: it ends with us, however we end."""

    def __init__(self, marks: Marks) -> None:
        self.lines: deque[str] = deque(maxlen=KEPT_LINES)
        self._code: int | None = None
        self._marks = marks
        self.supervised = Supervised("Locust", hear=self._hear, end=self._end)

    def run(self, plan: Plan, request: LoadRequest) -> None:
        """Drive to the end; HarnessError where Locust could not."""
        folder = self._folder()
        plan.save(folder / "plan.json")
        env = {**environment_of_locust(), PLAN: str(folder / "plan.json")}
        limit_s = 60 * request.minutes + STOPS_WITHIN_S + ENDS_WITHIN_S
        limit_s += WORKERS_COME_WITHIN_S if request.workers else 0
        self._play(locust_command(plan, request), folder, env, limit_s)

    def serve(self, request: LoadRequest) -> None:
        """Work for a master to its end; HarnessError where Locust could not."""
        words = ("--worker", "--master-host", request.master, "--master-port", str(request.master_port))
        folder = self._folder()
        command = (*_locust(request), *words, *_processes(request))
        self._play(command, folder, environment_of_locust(), A_DAY_S)

    def _folder(self) -> Path:
        folder = self.supervised.directory / "locust"
        folder.mkdir()
        return folder

    def _play(self, command: tuple[str, ...], folder: Path, env: Mapping[str, str], limit_s: float) -> None:
        try:
            self.supervised.start(command, folder, env)
        except OSError as error:
            raise HarnessError(f"Locust cannot be started: {error}") from error
        if not self.supervised.wait(limit_s):
            raise HarnessError(f"Locust did not end within {limit_s:.0f} s")
        if self._code:
            raise HarnessError(self._with_last_words(f"Locust ended with exit code {self._code}"))

    def _with_last_words(self, sentence: str) -> str:
        return "\n".join([sentence, *(f"  {line}" for line in list(self.lines)[-12:])])

    def _hear(self, line: str) -> None:
        self.lines.append(self._marks.hide(line))

    def _end(self, code: int | None) -> None:
        self._code = code


@contextmanager
def open_driving(marks: Marks) -> Generator[Driving]:
    """Yield what drives, and end it with the block."""
    driving = Driving(marks)
    try:
        yield driving
    finally:
        driving.supervised.close()
