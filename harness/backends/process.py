"""A foreign backend as a child process: its environment, output, readiness, restart and death.

Owns its whole life, through a supervisor (`harness.processes.supervised`) that ends its process group and
removes its directory even when the harness is killed. Must not judge: that it died in the middle of a
scenario is recorded as `backend.ended` with `expected: false`, and what it answers is others' business.
"""

import os
import re
import shlex
import shutil
import time
from collections import deque
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from types import TracebackType
from typing import Self, cast
from urllib.parse import urlsplit

from harness.api_client.bounded import cut_after
from harness.api_client.trust import trust_for
from harness.backends.commands import (
    LAST_WORDS,
    Beside,
    Output,
    Surrounding,
    in_words,
    run_to_its_end,
    with_last_words,
)
from harness.backends.ports import free_port, is_listened_on, what_to_change
from harness.config.placeholders import fill_in, placeholders_in
from harness.config.settings import Http, Start
from harness.errors import BackendError
from harness.processes.listening import listening_ports
from harness.processes.supervised import Afterwards, Supervised
from harness.timeline.current import CurrentRecorder
from harness.timeline.events import (
    BackendEnded,
    BackendKilled,
    BackendReset,
    BackendStarted,
)

STOP_GRACE_S = 3.0
FIRST_PAUSE_S = 0.01
LONGEST_PAUSE_S = 0.1
SHORTEST_PROBE_S, LONGEST_PROBE_S = 0.5, 2.0
RESET_TIMEOUT_S = 10.0
PORT_ATTEMPTS = 3
_PORT_TAKEN = re.compile(r"EADDRINUSE|address (is )?already in use", re.IGNORECASE)

Environment = Callable[[Path], Mapping[str, str]]
"""Given a directory of its own to write files to, the variables to add (`Intercept.environment`)."""


class ForeignProcess:
    """A backend that `with` starts, hands out ready, and ends with everything it started.

    `values` are those of `harness.config.settings.PLACEHOLDERS` without `port` and `tmp`, chosen here.
    `url` may change with a restart, when the old port has been taken meanwhile: read it after each one.
    Raises `BackendError` when the backend cannot be started, did not get ready in time, or cannot be
    reset; the message carries its last words, masked.
    """

    def __init__(
        self,
        start: Start,
        http: Http,
        values: Mapping[str, str],
        recording: CurrentRecorder,
        name: str,
        *,
        environment: Environment | None = None,
    ) -> None:
        self._start = start
        self._http = http
        self._values = dict(values)
        self._recording = recording
        self._output = Output(recording)
        self._added = environment
        self._port = 0
        self._exit_code: int | None = None
        self._end_is_expected = False
        self._lines: deque[str] = deque(maxlen=LAST_WORDS)
        self._beside = Beside(self._note_the_end_beside)
        self.name = name
        self.pid = 0
        """The process id of the command, which is also that of its group."""

    @property
    def url(self) -> str:
        """The origin that the backend listens on."""
        return fill_in(self._http.url, {"port": str(self._port)}).rstrip("/")

    @property
    def resets(self) -> bool:
        """Whether `reset` gets it back to "not connected"."""
        return self._start.reset != "none"

    @property
    def is_running(self) -> bool:
        """Whether the command has not ended."""
        return self._supervised.is_running

    @property
    def storage(self) -> Path:
        """The directory that `{tmp}` stands for: kept by `kill` and `restart`, emptied by `reset`."""
        return self._supervised.directory / "tmp"

    @property
    def _prepared(self) -> Path:
        """What `{tmp}` was like once the backend was prepared; not there where nothing is prepared."""
        return self._supervised.directory / "prepared"

    @property
    def last_words(self) -> tuple[str, ...]:
        """The last lines of its output, masked."""
        return tuple(self._recording.now.mask.apply(line) for line in tuple(self._lines))

    def __enter__(self) -> Self:
        self._supervised = Supervised(self.name, hear=self._hear, end=self._note_the_end)
        try:
            self.storage.mkdir()
            self._prepare()
            self.start()
        except BaseException:
            self._beside.close()
            self._supervised.close()
            raise
        return self

    def _prepare(self) -> None:
        """Run what is to be run once, and keep what it made of the storage."""
        if self._start.prepare:
            self._choose_port()
            for command in self._start.prepare:
                self._run("[start].prepare", command)
            shutil.copytree(self.storage, self._prepared, symlinks=True)

    def _run(self, setting: str, command: tuple[str, ...]) -> None:
        limit_s = self._start.commands_timeout_s
        run_to_its_end(setting, self._filled(command), self._surrounding(), limit_s)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop()
        except BackendError:
            if kind is None:
                raise
        finally:
            self._beside.close()
            self._supervised.close()

    def tell_that_it_runs(self) -> None:
        """Record that it serves, for a scenario that finds it running already."""
        if self.is_running:
            self._record_start()

    def start(self) -> None:
        """Start the command and return once it serves, on another port if its own has been taken."""
        for attempt in range(1, PORT_ATTEMPTS + 1):
            self._choose_port()
            self._spawn()
            try:
                self._wait_until_ready()
            except BackendError:
                lost_its_port = not self.is_running and self._names_a_taken_port()
                self.stop()
                if attempt == PORT_ATTEMPTS or not lost_its_port or not self._takes_a_port:
                    raise
                self._port = 0
                continue
            self._record_start()
            return

    def stop(self, *, for_good: bool = True) -> None:
        """Ask the whole group to end, and end it after a grace period; nothing when it has ended.

        For good means with what runs beside it; BackendError where `[start].stop` fails then.
        """
        self._end_is_expected = True
        if for_good:
            self._beside.stop(STOP_GRACE_S)
        if self._supervised.owes:
            self._check_stop(self._supervised.stop(STOP_GRACE_S, for_good=for_good))

    def kill(self, why: str) -> None:
        """End the whole group at once, as a crash of the machine does; `{tmp}` stays as it is."""
        self._recording.now.record(BackendKilled(why=why))
        self._end_is_expected = True
        self._beside.kill()
        if self._supervised.owes:
            self._check_stop(self._supervised.kill())

    def _check_stop(self, left: str) -> None:
        if left:
            command = shlex.join(self._start.stop)
            raise BackendError(with_last_words(f"[start].stop `{command}` {left}", self.last_words))

    def end_in_words(self) -> str:
        """Say how it ended, with its last words."""
        return self._with_last_words(in_words(self._exit_code))

    def has_ended(self, within_s: float) -> bool:
        """Wait until the command has ended and its end is recorded; tells whether that came."""
        return self._supervised.wait(within_s)

    def restart(self) -> None:
        """End it and start it again with the same `{tmp}`."""
        self.stop()
        self.start()

    def reset(self) -> None:
        """Bring it back to "not connected", in the way that its configuration says."""
        reset = self._start.reset
        if not isinstance(reset, str):
            self.stop(for_good=False)
            self._run("[start].reset", reset)
            self.start()
        elif reset.startswith("POST "):
            self._post_reset(reset.removeprefix("POST "))
        elif reset == "restart":
            self.stop()
            self._empty_storage()
            self.start()
        self._recording.now.record(BackendReset(how=self._start.reset_in_words))

    @property
    def _takes_a_port(self) -> bool:
        return "port" in placeholders_in(self._http.url)

    def _choose_port(self) -> None:
        if self._takes_a_port:
            self._port = self._port or free_port()
            return
        parts = urlsplit(self._http.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        if is_listened_on(parts.hostname or "", port):
            raise BackendError(
                f"something already listens on {self._http.url}, so {self.name} would not be what is judged; "
                "end it, or let the harness choose with {port} in [http].url"
            )

    def _names_a_taken_port(self) -> bool:
        return any(_PORT_TAKEN.search(line) for line in tuple(self._lines))

    @property
    def _values_now(self) -> dict[str, str]:
        return {**self._values, "port": str(self._port), "tmp": str(self.storage)}

    def _filled(self, command: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(fill_in(each, self._values_now) for each in command)

    def _surrounding(self) -> Surrounding:
        """In what its commands run, and who hears them."""
        return Surrounding(
            self._start.cwd,
            self._environment(self._values_now),
            self._output.hear,
            self._recording.now.mask.apply,
        )

    def _spawn(self) -> None:
        if self._start.beside and not self._beside.is_started:
            self._beside.start(map(self._filled, self._start.beside), self._surrounding())
        command, stop = self._filled(self._start.command), self._filled(self._start.stop)
        afterwards = Afterwards(stop, self._start.commands_timeout_s) if stop else None
        self._lines.clear()
        self._end_is_expected = False
        try:
            self.pid = self._supervised.start(
                command, self._start.cwd, self._environment(self._values_now), afterwards
            )
        except OSError as error:
            raise BackendError(
                f"{self.name} cannot be started: {command[0]}: {error}; see [start].command"
            ) from error

    def _record_start(self) -> None:
        self._recording.now.record(BackendStarted(backend=self.name, url=self.url, how="child process"))

    def _hear(self, line: str) -> None:
        self._lines.append(line)
        self._output.hear(line)

    def _note_the_end(self, code: int | None) -> None:
        self._exit_code = code
        self._recording.now.record(BackendEnded(exit_code=code, expected=self._end_is_expected))

    def _note_the_end_beside(self, command: str, code: int | None) -> None:
        expected = self._end_is_expected
        self._recording.now.record(BackendEnded(exit_code=code, expected=expected, beside=command))

    def _environment(self, values: Mapping[str, str]) -> dict[str, str]:
        """Ours, without what would lead the backend past the fake; then what the configuration says."""
        env = {**os.environ, "PYTHONUNBUFFERED": "1"}
        for name in ("NO_PROXY", "no_proxy"):
            env[name] = ",".join(filter(None, ("127.0.0.1", "localhost", "::1", os.environ.get(name))))
        env |= {name: fill_in(each, values) for name, each in self._start.env.items()}
        if self._added:
            own = self._supervised.directory / "added"
            own.mkdir(exist_ok=True)
            added = dict(self._added(own))
            if "NODE_OPTIONS" in added and "NODE_OPTIONS" in env:
                added["NODE_OPTIONS"] = f"{env['NODE_OPTIONS']} {added['NODE_OPTIONS']}"
            env |= added
        return env

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + self._start.ready_timeout_s
        pause_s, seen, failure = FIRST_PAUSE_S, "it was not asked yet", None
        while (left_s := deadline - time.monotonic()) > 0:
            self._beside.check()
            if self._supervised.wait(min(pause_s, left_s)):
                raise BackendError(
                    self._with_last_words(f"{self.name} {in_words(self._exit_code)} before it served")
                )
            try:
                patience_s = max(SHORTEST_PROBE_S, min(LONGEST_PROBE_S, left_s))
                status = self._ask("GET", self._http.ready, patience_s)
            except (OSError, HTTPException) as error:
                seen, failure = f"no answer ({error or type(error).__name__})", error
            else:
                if status < 400:  # noqa: PLR2004 - errors begin there
                    return
                seen, failure = f"status {status}", None
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
        remedy = what_to_change(self.url, failure, listening_ports(self.pid))
        raise BackendError(
            self._with_last_words(
                f"{self.name} was not ready within {self._start.ready_timeout_s:g} s: "
                f"GET {self.url}{self._http.ready} gave {seen}; {remedy}"
            )
        )

    def _with_last_words(self, sentence: str) -> str:
        return with_last_words(sentence, self.last_words)

    def _ask(self, method: str, path: str, timeout_s: float) -> int:
        """Send a request with the app's headers; returns the status. OSError, HTTPException."""
        parts = urlsplit(self.url)
        host = cast("str", parts.hostname)
        if parts.scheme == "https":
            trust = trust_for(self.url, self._http.authority)
            connection: HTTPConnection = HTTPSConnection(host, parts.port, timeout=timeout_s, context=trust)
        else:
            connection = HTTPConnection(host, parts.port, timeout=timeout_s)
        try:
            with cut_after(timeout_s, lambda: [connection.sock] if connection.sock else []):
                connection.request(method, path, headers={**self._http.headers_for(), "Connection": "close"})
                return connection.getresponse().status
        finally:
            connection.close()

    def _post_reset(self, path: str) -> None:
        remedy = f'[start].reset = "{self._start.reset}" must answer 2xx once nobody is connected'
        try:
            status = self._ask("POST", path, RESET_TIMEOUT_S)
        except (OSError, HTTPException) as error:
            raise BackendError(f"{self.name} did not answer POST {path} ({error}); {remedy}") from error
        if not 200 <= status < 300:  # noqa: PLR2004 - success
            raise BackendError(f"{self.name} answered {status} to POST {path}; {remedy}")

    def _empty_storage(self) -> None:
        shutil.rmtree(self.storage)
        if self._start.prepare:
            shutil.copytree(self._prepared, self.storage, symlinks=True)
        else:
            self.storage.mkdir()
